package smart

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// crowd are people as a test says: all are good but those who are gone, and
// sessions live until they are ended.
type crowd struct {
	mu   sync.Mutex
	gone map[string]bool // accounts and sessions
	says map[string]Profile
}

func (c *crowd) Holds(_ context.Context, account string, in client.Context) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.gone[account] && !c.gone[in.Session] && !c.gone[in.Member], nil
}

func (c *crowd) Profile(_ context.Context, account string) (Profile, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.says[account], nil
}

func (c *crowd) end(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone[what] = true
}

// town is a world with people in it.
type town struct {
	*world
	people *crowd
}

func newTown(t testing.TB, d *db.DB) *town {
	t.Helper()
	return townOf(newWorld(t, d, nil))
}

func townOf(w *world) *town {
	p := &crowd{gone: map[string]bool{}, says: map[string]Profile{
		"anna": {Name: "Anna Example", Email: "anna@mail.example", Phone: "+447700900123"}}}
	w.s.cfg.People = p
	return &town{w, p}
}

const (
	back  = "https://app.example/back"
	other = "https://app.example/other"
	// verifier is 43 characters of PKCE.
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)

// everything is what the apps of these tests may ask for.
const everything = "openid fhirUser profile email phone launch launch/patient launch/encounter offline_access online_access patient/*.cruds user/*.cruds"

// member is an app that people allow: public, with a secret, or with a key.
type member struct {
	*program
	w      *town
	secret string
}

// app registers one; change may make it another.
func (w *town) app(proof client.Proof, change func(*client.Spec)) *member {
	w.t.Helper()
	spec := client.Spec{Name: "Growth chart", Profile: client.SMART, Proof: proof, Redirects: []string{back, other}, LaunchURL: "https://app.example/launch",
		Scopes: everything, Grants: []string{client.AuthorizationCode, client.RefreshToken}}
	key, alg := any(testKeys().p384), "ES384"
	if proof == client.ByKey {
		spec.Keys = keySet(jwk("1", key))
	}
	if change != nil {
		change(&spec)
	}
	if spec.Profile == client.FAPI2 {
		key, alg = testKeys().p256, "ES256"
		spec.Keys = keySet(jwk("1", key))
	}
	cl, secret, err := w.clients.Add(w.t.Context(), spec)
	if err != nil {
		w.t.Fatal(err)
	}
	return &member{&program{Client: cl, w: w.world, key: key, alg: alg, kid: "1"}, w, secret}
}

// asks is a good authorization request, with changes: pairs of a name and a
// value, where an empty value takes the parameter out.
func (m *member) asks(changes ...string) url.Values {
	v := url.Values{"response_type": {"code"}, "client_id": {m.ID}, "redirect_uri": {back}, "scope": {"openid fhirUser launch/patient patient/Observation.rs"},
		"state": {"a state & more"}, "aud": {issuer + "/fhir"}, "code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}, "nonce": {"n-1"}}
	return with(v, changes...)
}

// authorize sends the browser with a request.
func (w *town) authorize(v url.Values) answer { return w.send("GET", pathAuthorize+"?"+v.Encode(), "") }

const theBrowser = "a theBrowser's own secret"

// waiting is the id of a request that waits for a person.
func (a answer) waiting(t testing.TB) string {
	t.Helper()
	id, ok := strings.CutPrefix(a.header.Get("Location"), issuer+"/authorize/")
	if a.status != 303 || !ok {
		t.Fatalf("nobody is asked: %d %v %s", a.status, a.header, a.body)
	}
	return id
}

// sent are the parameters with which the browser goes back to the app.
func (a answer) sent(t testing.TB, to string) url.Values {
	t.Helper()
	return landed(t, a.header.Get("Location"), to)
}

func landed(t testing.TB, location, to string) url.Values {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, to+"?") || u.Fragment != "" {
		t.Fatalf("the browser goes to %q: %v", location, err)
	}
	return u.Query()
}

// yes is what Anna allows: all that was asked, about herself.
func yes(scopes string) client.Approval {
	return client.Approval{Account: "anna", Context: client.Context{Patient: "17", User: "Patient/17", Role: access.RoleSelf},
		SignIn: client.SignIn{Trust: "P9.Cm"}, Scopes: scopes}
}

// allow lets the person decide about a request. Empty scopes are all that were
// asked for.
func (w *town) allow(id string, y client.Approval) url.Values {
	w.t.Helper()
	ask, _, err := w.clients.Opened(w.t.Context(), id, theBrowser)
	if err != nil {
		w.t.Fatal(err)
	}
	if y.Scopes == "" {
		y.Scopes = ask.Scopes
	}
	if y.Until.IsZero() {
		y.Until = w.now().Add(90 * 24 * time.Hour)
	}
	if y.Verified.IsZero() {
		y.Verified = w.now().Add(-time.Minute)
	}
	location, err := w.clients.Approve(w.t.Context(), id, theBrowser, y)
	if err != nil {
		w.t.Fatal(err)
	}
	return landed(w.t, location, ask.Redirect)
}

// code is a code for a request that Anna allowed.
func (m *member) code(y client.Approval, changes ...string) string {
	m.w.t.Helper()
	return m.w.allow(m.w.authorize(m.asks(changes...)).waiting(m.w.t), y).Get("code")
}

// proves adds what the app proves itself by.
func (m *member) proves(v url.Values) (url.Values, []string) {
	switch m.Proof {
	case client.BySecret:
		return v, []string{"Authorization", basicOf(m.ID, m.secret)}
	case client.ByKey:
		v.Set("client_assertion_type", assertionType)
		v.Set("client_assertion", m.assertion(nil))
	default:
		v.Set("client_id", m.ID)
	}
	return v, nil
}

// redeem asks for tokens with a code.
func (m *member) redeem(code string, changes ...string) answer {
	m.w.t.Helper()
	v, header := m.proves(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier}})
	return m.w.post(pathToken, with(v, changes...), header...)
}

// renew asks for a token with a refresh token.
func (m *member) renew(token string, changes ...string) answer {
	m.w.t.Helper()
	v, header := m.proves(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	return m.w.post(pathToken, with(v, changes...), header...)
}

// let gets tokens: Anna allows what is asked for.
func (m *member) let(y client.Approval, changes ...string) object {
	m.w.t.Helper()
	a := m.redeem(m.code(y, changes...))
	if a.status != 200 {
		m.w.t.Fatalf("no tokens: %d %s", a.status, a.body)
	}
	return a.json()
}

// good says whether the FHIR interface takes a token.
func (w *town) good(token any) bool {
	text, _ := token.(string)
	_, err := w.s.Verify(w.t.Context(), Presented{Scheme: "Bearer", Token: text, Method: "GET", Path: "/Patient/17"})
	return err == nil
}

// claimsOf are those of a signed token, after its signature was checked against
// the keys that are published, by the standard library alone.
func (w *town) claimsOf(token any) (head, claims object) {
	w.t.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		w.t.Fatalf("%q is not signed", text)
	}
	decode := func(s string, into *object) {
		if err := json.Unmarshal(unb64(w.t, s), into); err != nil {
			w.t.Fatal(err)
		}
	}
	decode(parts[0], &head)
	decode(parts[1], &claims)
	for _, k := range w.send("GET", pathKeys, "").json()["keys"].([]any) {
		key := k.(object)
		if key["kid"] == head["kid"] && key["alg"] == head["alg"] {
			if !signedBy(w.t, key, parts[0]+"."+parts[1], unb64(w.t, parts[2])) {
				w.t.Fatalf("%q is not signed by key %v", text, key["kid"])
			}
			return head, claims
		}
	}
	w.t.Fatalf("no published key is %v", head)
	return nil, nil
}
