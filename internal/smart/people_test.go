package smart

import (
	"context"
	"crypto/sha256"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// folk are the people of a test. What stands in gone has ended: an account, a
// session or a place.
type folk struct {
	mu   sync.Mutex
	gone map[string]bool
}

func (f *folk) end(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone[id] = true
}

func (f *folk) Holds(_ context.Context, account string, in client.Context) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return account != "" && !f.gone[account] && !(in.Session != "" && f.gone[in.Session]) && !(in.Member != "" && f.gone[in.Member]), nil
}

func (f *folk) Profile(_ context.Context, account string) (Profile, error) {
	return Profile{Name: "Name of " + account, Email: account + "@example.org", Phone: "+447700900123"}, nil
}

// app is a client that people use, with what it proves itself by.
type app struct {
	client.Client
	w        *world
	secret   string
	signs    *program // where it proves itself by a key
	verifier string
	jkt      any // the key of its DPoP proofs; nil for none
}

const (
	appBack  = "https://app.example/back"
	appScope = "openid fhirUser profile email phone launch launch/patient offline_access online_access patient/*.rs patient/Observation.cruds user/*.rs"
)

// app registers a client that people use; change may make it another one.
func (w *world) app(proof client.Proof, change func(*client.Spec)) *app {
	w.t.Helper()
	k := testKeys()
	spec := client.Spec{Name: "Diary", Profile: client.SMART, Proof: proof, Redirects: []string{appBack}, Scopes: appScope,
		Logouts: []string{"https://app.example/bye"}, LaunchURL: "https://app.example/launch",
		Grants: []string{client.AuthorizationCode, client.RefreshToken}}
	key, alg := any(k.p384), "ES384"
	if change != nil {
		change(&spec)
	}
	if spec.Profile == client.FAPI2 {
		key, alg = k.p256, "ES256"
	}
	if spec.Proof == client.ByKey {
		spec.Keys = keySet(jwk("1", key))
	}
	cl, secret, err := w.clients.Add(w.t.Context(), spec)
	if err != nil {
		w.t.Fatal(err)
	}
	a := &app{Client: cl, w: w, secret: secret, verifier: strings.Repeat("v", 43)}
	if spec.Proof == client.ByKey {
		a.signs = &program{Client: cl, w: w, key: key, alg: alg, kid: "1"}
	}
	if spec.Profile == client.FAPI2 {
		a.jkt = k.p256
	}
	return a
}

// strict makes a client one of the profile fapi2.
func strict(s *client.Spec) { s.Profile, s.Proof = client.FAPI2, client.ByKey }

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return b64(sum[:])
}

// asks is a good authorization request.
func (a *app) asks() url.Values {
	return url.Values{"response_type": {"code"}, "client_id": {a.ID}, "redirect_uri": {a.Redirects[0]}, "state": {"state-1"}, "nonce": {"nonce-1"},
		"scope": {"openid fhirUser offline_access launch/patient patient/*.rs"}, "aud": {issuer + "/fhir"},
		"code_challenge": {challengeOf(a.verifier)}, "code_challenge_method": {"S256"}}
}

// with is a form with some parameters changed: in pairs, and "" takes one away.
func with(form url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range form {
		out[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if out.Del(pairs[i]); pairs[i+1] != "" {
			out.Set(pairs[i], pairs[i+1])
		}
	}
	return out
}

// proven is a form with what the client proves itself by.
func (a *app) proven(form url.Values) url.Values {
	switch {
	case a.signs != nil:
		return with(form, "client_assertion_type", assertionType, "client_assertion", a.signs.assertion(nil))
	case a.secret != "":
		return with(form, "client_id", a.ID, "client_secret", a.secret)
	}
	return with(form, "client_id", a.ID)
}

// headed is a proof of the client's key for an endpoint, if it has one.
func (a *app) headed(path string) []string {
	if a.jkt == nil {
		return nil
	}
	return []string{"DPoP", a.w.proves(a.jkt, "ES256", path, nil)}
}

// get sends a browser somewhere.
func (w *world) get(path string, form url.Values) answer {
	return w.send("GET", path+"?"+form.Encode(), "")
}

// place is where a browser is sent.
func (a answer) place() *url.URL {
	a.t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if a.status != 303 || err != nil || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Referrer-Policy") != "no-referrer" {
		a.t.Fatalf("no redirect: %d %v %s", a.status, a.header, a.body)
	}
	return u
}

// page is the id of the request that a page of ours is about.
func (a answer) page() string {
	a.t.Helper()
	id, ok := strings.CutPrefix(a.place().String(), issuer+"/authorize/")
	if !ok {
		a.t.Fatalf("the browser is not sent to our page but to %s", a.place())
	}
	return id
}

// nowhere is a refusal on a page: the browser is sent to nobody.
func (a answer) nowhere(what string) {
	a.t.Helper()
	if a.status < 400 || a.status > 499 || a.header.Get("Location") != "" {
		a.t.Errorf("%s: %d %v", what, a.status, a.header)
	}
}

// wrong is a refusal that the app is told by way of the browser.
func (a answer) wrong(what, code string) {
	a.t.Helper()
	u := a.place()
	q := u.Query()
	if q.Get("error") != code || q.Get("error_description") == "" || q.Has("code") || q.Get("iss") != issuer || !strings.HasPrefix(u.String(), appBack+"?") {
		a.t.Errorf("%s: sent to %s, want the error %s", what, u, code)
	}
}

const browser = "the secret of a browser"

// approves opens a request and allows what change makes of all that is asked
// for.
func (w *world) approves(id string, change func(*client.Approval)) (url.Values, error) {
	w.t.Helper()
	a, _, err := w.clients.Opened(w.t.Context(), id, browser)
	if err != nil {
		return nil, err
	}
	y := client.Approval{Account: "ann", Context: client.Context{Patient: "p1", User: "Patient/p1", Role: access.RoleSelf},
		SignIn: client.SignIn{Verified: w.now().Add(-time.Minute), Trust: "P9.Cm"}, Scopes: a.Scopes, Until: w.now().Add(365 * 24 * time.Hour)}
	if change != nil {
		change(&y)
	}
	to, err := w.clients.Approve(w.t.Context(), id, browser, y)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(to)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Query(), nil
}

// begins sends a person with a good request, and gives the id of the page.
func (a *app) begins(pairs ...string) string {
	a.w.t.Helper()
	form := with(a.asks(), pairs...)
	if a.Profile == client.FAPI2 {
		pushed := a.w.post(pathPush, a.proven(form), a.headed(pathPush)...)
		if pushed.status != 201 {
			a.w.t.Fatalf("nothing was pushed: %d %s", pushed.status, pushed.body)
		}
		form = url.Values{"client_id": {a.ID}, "request_uri": {pushed.text("request_uri")}}
	}
	return a.w.get(pathAuthorize, form).page()
}

// code is a code that a person allowed.
func (a *app) code(change func(*client.Approval), pairs ...string) string {
	a.w.t.Helper()
	q, err := a.w.approves(a.begins(pairs...), change)
	if err != nil || q.Get("code") == "" {
		a.w.t.Fatalf("no code: %v %v", q, err)
	}
	return q.Get("code")
}

// redeems comes with a code to the token endpoint.
func (a *app) redeems(code string, pairs ...string) answer {
	a.w.t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.Redirects[0]}, "code_verifier": {a.verifier}}
	return a.w.post(pathToken, with(a.proven(form), pairs...), a.headed(pathToken)...)
}

// renews comes with a refresh token.
func (a *app) renews(refresh string, pairs ...string) answer {
	a.w.t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	return a.w.post(pathToken, with(a.proven(form), pairs...), a.headed(pathToken)...)
}

// let is the answer with the tokens of somebody who allowed all.
func (a *app) let(change func(*client.Approval), pairs ...string) answer {
	a.w.t.Helper()
	got := a.redeems(a.code(change, pairs...))
	if got.status != 200 || got.text("access_token") == "" {
		a.w.t.Fatalf("no token: %d %s", got.status, got.body)
	}
	return got
}

// asked is what the FHIR interface says of who comes with a token.
func (w *world) asks(token string) (access.Who, error) {
	return w.s.Verify(w.t.Context(), Presented{Scheme: "Bearer", Token: token, Method: "GET", Path: "/Patient/p1"})
}

// kinds runs a test for each kind of client.
func kinds(w *world, test func(t *testing.T, a *app)) {
	t := w.t.(*testing.T)
	for name, a := range map[string]*app{"public": w.app(client.NoProof, nil), "secret": w.app(client.BySecret, nil),
		"key": w.app(client.ByKey, nil), "fapi2": w.app(client.ByKey, strict)} {
		t.Run(name, func(t *testing.T) {
			before := w.t
			w.t = t
			defer func() { w.t = before }()
			test(t, a)
		})
	}
}

// refused is the refusal of the token endpoint for what a client comes with.
func (a answer) refused(what, code string) {
	a.t.Helper()
	a.want(what, 400, code)
	for _, secret := range []string{"access_token", "refresh_token", "id_token"} {
		if strings.Contains(a.body, `"`+secret+`"`) {
			a.t.Errorf("%s: the refusal holds %s", what, secret)
		}
	}
}
