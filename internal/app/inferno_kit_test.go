package app

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// kit is the whole program with two patients, a person whose record one of them
// is, a doctor, and three apps. A person decides through the room that keeps
// requests, as the page does.
type kit struct {
	t                   *testing.T
	p                   *plant
	operator            string // a token
	self, doctor        client.Approval
	public, secret, key *inApp
}

// inApp is an app with what it proves itself by.
type inApp struct {
	client.Client
	secret string
	p      *plant // whose key it has
}

const (
	kitBack     = "https://inferno.example/redirect"
	kitVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	kitBrowser  = "a browser's own secret"
	kitScopes   = "launch launch/patient launch/encounter openid fhirUser offline_access online_access patient/*.cruds user/*.cruds"
)

func newKit(t *testing.T, at place) *kit {
	t.Helper()
	if added := bevan(t, at.args("org", "add", "VLY", "Valley Health")...); added.code != exitOK {
		t.Fatalf("%+v", added)
	}
	k := &kit{t: t, p: newPlant(t, at, "system/*.rs")}
	k.p.h.queue.Start(1)
	_, op, err := k.p.h.tokens.Issue(t.Context(), identity.Spec{Role: access.RoleOperator, Verbs: access.AllVerbs, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	k.operator = op
	k.fill()
	k.self = client.Approval{Account: k.account("Sam Example"), Context: client.Context{Patient: "sam", User: "Patient/sam", Role: access.RoleSelf}}
	k.doctor = k.staffed()
	k.public, k.secret, k.key = k.app(client.NoProof), k.app(client.BySecret), k.app(client.ByKey)
	return k
}

// fill puts two people into the record, with something of each type that US
// Core names and that scopes are tried on.
func (k *kit) fill() {
	k.t.Helper()
	about := func(body string) string {
		return strings.Replace(body, "{", `{"subject":{"reference":"Patient/sam"},`, 1)
	}
	for _, r := range [...]string{
		`{"resourceType":"Patient","id":"sam","name":[{"family":"Example","given":["Sam"]}],"generalPractitioner":[{"reference":"Practitioner/doc"}],"gender":"male","birthDate":"1980-01-02"}`,
		`{"resourceType":"Patient","id":"tia","name":[{"family":"Example","given":["Tia"]}],"gender":"female","birthDate":"1990-01-02"}`,
		`{"resourceType":"Practitioner","id":"doc","name":[{"family":"Doctor"}]}`,
		`{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/sam"}},{"entity":{"reference":"Patient/tia"}}]}`,
		about(`{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"}}`),
		about(`{"resourceType":"Condition","id":"c","code":{"text":"x"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"problem-list-item"}]}]}`),
		about(`{"resourceType":"Condition","id":"c2","code":{"text":"y"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-category","code":"encounter-diagnosis"}]}]}`),
		about(`{"resourceType":"Observation","id":"lab","status":"final","code":{"text":"x"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}]}`),
		about(`{"resourceType":"Observation","id":"vital","status":"final","code":{"text":"x"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]}`),
		`{"resourceType":"Observation","id":"other","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/tia"}}`,
	} {
		var o struct{ ResourceType, ID string }
		if err := json.Unmarshal([]byte(r), &o); err != nil {
			k.t.Fatal(err)
		}
		if w := k.p.fhir("PUT", "/"+o.ResourceType+"/"+o.ID, k.operator, r); w.Code != 201 {
			k.t.Fatalf("%s: %d %s", r, w.Code, w.Body)
		}
	}
}

// account makes an account with a passkey.
func (k *kit) account(name string) string {
	k.t.Helper()
	c, err := k.p.h.accounts.BeginAccount(k.t.Context(), account.SourceOf(netip.MustParseAddr("192.0.2.1")), name)
	if err != nil {
		k.t.Fatal(err)
	}
	s, _, err := k.p.h.accounts.FinishAccount(k.t.Context(), c.ID, k.visitor().registers(c), "telephone", "test")
	if err != nil {
		k.t.Fatal(err)
	}
	return s.Account
}

// staffed is a doctor who acts for an organisation, with a patient before them.
func (k *kit) staffed() client.Approval {
	k.t.Helper()
	org, err := k.p.h.staff.ByODS(k.t.Context(), "VLY")
	if err != nil {
		k.t.Fatal(err)
	}
	id := k.account("Doctor Example")
	m, err := k.p.h.staff.AddMember(k.t.Context(), staff.Member{Account: id, Organisation: org.ID, Name: "Doctor Example", Role: staff.Clinician, Starts: time.Now().Add(-time.Hour)}, "test")
	if err != nil {
		k.t.Fatal(err)
	}
	return client.Approval{Account: id, Context: client.Context{Patient: "sam", Encounter: "e", User: "Practitioner/doc", Role: access.RoleProfessional,
		Organisation: org.ID, Member: m.ID, Intent: "summary", Banner: true}}
}

func (k *kit) app(proof client.Proof) *inApp {
	k.t.Helper()
	spec := client.Spec{Name: "Inferno", Profile: client.SMART, Proof: proof, Scopes: kitScopes, Redirects: []string{kitBack}, LaunchURL: "https://inferno.example/launch",
		Grants: []string{client.AuthorizationCode, client.RefreshToken}}
	if proof == client.ByKey {
		own, found, err := k.p.h.apps.Get(k.t.Context(), k.p.id)
		if err != nil || !found {
			k.t.Fatal(found, err)
		}
		spec.Keys = own.Keys
	}
	c, secret, err := k.p.h.apps.Add(k.t.Context(), spec)
	if err != nil {
		k.t.Fatal(err)
	}
	signer := *k.p
	signer.id = c.ID
	return &inApp{c, secret, &signer}
}

// send is a request to the program.
func (k *kit) send(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	k.p.handler.ServeHTTP(w, r)
	return w
}

func body(w *httptest.ResponseRecorder) map[string]any {
	o := map[string]any{}
	_ = json.Unmarshal(w.Body.Bytes(), &o) // what is no JSON has nothing in it
	return o
}

// asks is a good authorization request; changes are names and values.
func (k *kit) asks(a *inApp, scope string, changes ...string) url.Values {
	sum := sha256.Sum256([]byte(kitVerifier))
	v := url.Values{"response_type": {"code"}, "client_id": {a.ID}, "redirect_uri": {kitBack}, "scope": {scope}, "state": {"abc123"},
		"aud": {plantIssuer + "/fhir"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

// code lets the person decide, and gives where the browser lands.
func (k *kit) code(v url.Values, y client.Approval, how string) (url.Values, error) {
	w := k.send("GET", "/oauth/authorize?"+v.Encode(), "")
	if how == "POST" {
		w = k.send("POST", "/oauth/authorize", v.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	to := w.Header().Get("Location")
	id := to[strings.LastIndexByte(to, '/')+1:]
	if w.Code != 303 || strings.HasPrefix(to, kitBack) {
		u, err := url.Parse(to)
		if err != nil || w.Code != 303 {
			return nil, fmt.Errorf("nobody is asked: %d %s", w.Code, w.Body)
		}
		return u.Query(), nil
	}
	ask, _, err := k.p.h.apps.Opened(k.t.Context(), id, kitBrowser)
	if err != nil {
		return nil, err
	}
	if y.Scopes == "" {
		y.Scopes = ask.Scopes
	}
	y.Until, y.Verified = time.Now().Add(200*24*time.Hour), time.Now().Add(-time.Minute)
	location, err := k.p.h.apps.Approve(k.t.Context(), id, kitBrowser, y)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, kitBack+"?") {
		return nil, fmt.Errorf("the browser goes to %s", location)
	}
	return u.Query(), nil
}

// form sends a form to an endpoint, with what the app proves itself by.
func (k *kit) form(a *inApp, path string, v url.Values, header ...string) *httptest.ResponseRecorder {
	switch a.Proof {
	case client.BySecret:
		header = append(header, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(a.ID+":"+a.secret)))
	case client.ByKey:
		a.p.t = k.t
		v.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		v.Set("client_assertion", a.p.assertion())
	default:
		v.Set("client_id", a.ID)
	}
	return k.send("POST", path, v.Encode(), append(header, "Content-Type", "application/x-www-form-urlencoded")...)
}

func (k *kit) redeem(a *inApp, code string, changes ...string) *httptest.ResponseRecorder {
	v := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {kitBack}, "code_verifier": {kitVerifier}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return k.form(a, "/oauth/token", v, "Origin", "https://inferno.example")
}

// launch gets tokens for an app. What goes wrong is found.
func (k *kit) launch(f *suitetest.Finding, a *inApp, scope string, y client.Approval) map[string]any {
	q, err := k.code(k.asks(a, scope), y, "GET")
	if !f.Want(err == nil, "%v", err) {
		return map[string]any{}
	}
	w := k.redeem(a, q.Get("code"))
	f.Want(w.Code == 200, "no tokens: %d %s", w.Code, w.Body)
	return body(w)
}

// read reads from the record with an access token.
func (k *kit) read(o map[string]any, path string) *httptest.ResponseRecorder {
	token, _ := o["access_token"].(string)
	return k.p.fhir("GET", path, token, "", "Origin", "https://inferno.example")
}
