package smart

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// registers sends a description of a program.
func (w *world) registers(m object, header ...string) answer {
	w.t.Helper()
	return w.json("POST", pathRegister, m, header...)
}

func (w *world) json(method, path string, m object, header ...string) answer {
	w.t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(method, path, string(b), append([]string{"Content-Type", "application/json"}, header...)...)
}

func plainApp() object {
	return object{"client_name": "Step counter", "redirect_uris": []string{appBack}, "token_endpoint_auth_method": "none",
		"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"}, "scope": "openid fhirUser launch/patient offline_access patient/*.rs"}
}

// registered is the app that an answer tells of.
func (w *world) registered(a answer) *app {
	w.t.Helper()
	if a.status != 201 {
		w.t.Fatalf("not registered: %d %s", a.status, a.body)
	}
	cl, _, err := w.clients.Get(w.t.Context(), a.text("client_id"))
	if err != nil {
		w.t.Fatal(err)
	}
	return &app{Client: cl, w: w, secret: a.text("client_secret"), verifier: strings.Repeat("v", 43)}
}

// A program registers itself with each way of proof, is marked as one that
// nobody looked at, and works.
func TestAProgramRegistersItself(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		w.s.cfg.Registration = OpenRegistration
		more := object{"client_uri": "https://app.example/", "tos_uri": "https://app.example/terms", "policy_uri": "https://app.example/privacy", "contacts": []string{"help@app.example"},
			"logo_uri": "http://169.254.169.254/logo.png", "software_id": "steps", "software_version": "1.2", "initiate_login_uri": "https://app.example/launch",
			"post_logout_redirect_uris": []string{"https://app.example/bye"}, "unknown": object{"a": 1}, "id_token_signed_response_alg": "RS256", "subject_type": "public"}
		for how, change := range map[string]object{
			"none": {}, "client_secret_basic": {"token_endpoint_auth_method": "client_secret_basic"}, "client_secret_post": {"token_endpoint_auth_method": "client_secret_post"},
			"private_key_jwt": {"token_endpoint_auth_method": "private_key_jwt", "jwks": json.RawMessage(keySet(jwk("1", k.p384))), "token_endpoint_auth_signing_alg": "ES384"},
		} {
			got := w.registers(merged(merged(plainApp(), more), change))
			o := got.json()
			a := w.registered(got)
			if o["client_name"] != "Step counter" || o["scope"] != plainApp()["scope"] || o["client_id_issued_at"] != float64(w.now().Unix()) || o["tos_uri"] != "https://app.example/terms" ||
				o["policy_uri"] != "https://app.example/privacy" || o["client_uri"] != "https://app.example/" || o["initiate_login_uri"] != "https://app.example/launch" || o["software_id"] != "steps" ||
				o["registration_client_uri"] != issuer+pathRegister+"/"+a.ID || !strings.HasPrefix(got.text("registration_access_token"), "bevanrm_") || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %s", how, got.body)
			}
			if o["logo_uri"] != nil || o["unknown"] != nil || (a.Proof == client.BySecret) != (a.secret != "") || (a.secret != "") != (o["client_secret_expires_at"] == 0.0) {
				t.Errorf("%s: %s", how, got.body)
			}
			if !a.Itself || a.Terms != "https://app.example/terms" || a.Profile != client.SMART || a.PrivateNetwork || a.LaunchURL != "https://app.example/launch" || !slices.Equal(a.Logouts, []string{"https://app.example/bye"}) {
				t.Errorf("%s is kept as %+v", how, a.Client)
			}
			if a.Proof == client.ByKey {
				a.signs = &program{Client: a.Client, w: w, key: k.p384, alg: "ES384", kid: "1"}
			}
			a.let(nil)
		}
		own := w.app(client.NoProof, nil)
		for _, name := range []string{"Diary", "diary", " D.i-a r y ", "DIARY!"} { // as people know the operator's
			w.registers(merged(plainApp(), object{"client_name": name})).want(name, 400, "invalid_client_metadata")
		}
		if own.Itself {
			t.Error("one that the operator let in is marked too")
		}
		small := w.registers(object{"client_name": "Small", "redirect_uris": []string{appBack}})
		if o := small.json(); o["token_endpoint_auth_method"] != "client_secret_basic" || fmt.Sprint(o["grant_types"]) != "[authorization_code]" || fmt.Sprint(o["response_types"]) != "[code]" || o["scope"] != unasked {
			t.Errorf("what was not said: %s", small.body)
		}
		strong := w.registers(merged(plainApp(), object{"token_endpoint_auth_method": "private_key_jwt", "jwks": json.RawMessage(keySet(jwk("1", k.p256))), "dpop_bound_access_tokens": true, "require_pushed_authorization_requests": true}))
		if a := w.registered(strong); a.Profile != client.FAPI2 || strong.json()["dpop_bound_access_tokens"] != true || strong.text("id_token_signed_response_alg") != "ES256" {
			t.Errorf("under FAPI 2.0: %s", strong.body)
		}
	})
}

// Registration is the operator's to allow: to nobody unless they say, to those
// whom they invited, or to anybody.
func TestRegistrationIsTheOperatorsToAllow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		said := func() any { return w.send("GET", pathSMART, "").json()["registration_endpoint"] }
		for _, off := range []Registration{"", NoRegistration, "everybody"} {
			w.s.cfg.Registration = off
			for _, got := range []answer{w.registers(plainApp()), w.send("GET", pathRegister+"/app-x", "", "Authorization", "Bearer x"), w.json("PUT", pathRegister+"/app-x", plainApp(), "Authorization", "Bearer x"), w.send("DELETE", pathRegister+"/app-x", "", "Authorization", "Bearer x")} {
				got.want("while it is "+string(off), 404, "invalid_request")
			}
			if said() != nil {
				t.Errorf("%q: discovery says %v", off, said())
			}
		}
		w.s.cfg.Registration = InvitedRegistration
		if said() != issuer+pathRegister {
			t.Errorf("discovery says %v", said())
		}
		token, err := w.clients.Invite(t.Context(), 2, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for name, header := range map[string][]string{"nobody": nil, "rubbish": {"Authorization", "Bearer x"}, "another": {"Authorization", "Bearer " + token[:len(token)/2] + map[bool]string{true: "b", false: "a"}[token[len(token)/2] == 'a'] + token[len(token)/2+1:]}, "another scheme": {"Authorization", "Basic " + token}, "the operator": {"Authorization", "Bearer operator"}} {
			got := w.registers(plainApp(), header...)
			if got.status != 401 || got.header.Get("WWW-Authenticate") == "" || strings.Contains(got.body, token) {
				t.Errorf("%s: %d %v %s", name, got.status, got.header, got.body)
			}
		}
		bearer := []string{"Authorization", "Bearer " + token}
		w.registers(merged(plainApp(), object{"redirect_uris": []string{"javascript:alert(1)"}}), bearer...).want("a fault costs no use", 400, "invalid_redirect_uri")
		for range 2 {
			w.registered(w.registers(plainApp(), bearer...))
		}
		w.registers(plainApp(), bearer...).want("more than it is good for", 401, "invalid_token")
		late, err := w.clients.Invite(t.Context(), 1, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		w.move(time.Hour)
		w.registers(plainApp(), "Authorization", "Bearer "+late).want("an old invitation", 401, "invalid_token")
		for _, c := range []struct {
			uses int
			life time.Duration
		}{{0, time.Hour}, {1001, time.Hour}, {1, 0}, {1, 367 * 24 * time.Hour}} {
			if _, err := w.clients.Invite(t.Context(), c.uses, c.life); !problem.Is(err, problem.Invalid) {
				t.Errorf("%+v: %v", c, err)
			}
		}
		if err := w.clients.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Of many that come with one invitation at once, on two nodes, as many get in
// as it is good for.
func TestAnInvitationOnTwoNodes(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *world, _, _ *app) {
		token, err := here.clients.Invite(t.Context(), 3, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		here.s.cfg.Registration, there.s.cfg.Registration = InvitedRegistration, InvitedRegistration
		var all sync.WaitGroup
		got := make(chan answer, 10)
		for i := range 10 {
			w := []*world{here, there}[i%2]
			all.Go(func() { got <- w.registers(plainApp(), "Authorization", "Bearer "+token) })
		}
		all.Wait()
		close(got)
		n := 0
		for one := range got {
			if one.status == 201 {
				n++
			} else {
				one.want("one too many", 401, "invalid_token")
			}
		}
		if n != 3 {
			t.Errorf("%d got in", n)
		}
	})
}

// noDoer fails a test that asks anybody for anything.
type noDoer struct{ t *testing.T }

func (n noDoer) Do(r *http.Request) (*http.Response, error) {
	n.t.Errorf("somebody asked %s", r.URL.Host)
	return nil, fmt.Errorf("no")
}

// A description that would run a script in somebody's browser, or have this
// server ask an address inside its network, is refused; addresses that are
// only text are asked by nobody.
func TestAttack20Registration(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, noDoer{t})
		w.s.cfg.Registration = OpenRegistration
		n := 0
		try := func(name, code string, change object) {
			t.Helper()
			n++
			w.from = fmt.Sprintf("192.0.2.%d:1", n) // each is counted by itself
			m := merged(plainApp(), change)
			maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
			w.registers(m).want(name, 400, code)
		}
		for _, bad := range []string{"javascript:alert(1)", "JavaScript:alert(1)", "javascript://app.example/%0aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://x", "about:blank", "http://app.example/back",
			"http://localhost/back", "http://10.0.0.1/", "https://app.example/#x", "https://x@app.example/", "//app.example/", "/back", "", "https://*.example/", "https://app.example/\\evil", "myapp:/back", "https:///back", "https://app.example/ back"} {
			try(bad, "invalid_redirect_uri", object{"redirect_uris": []string{bad}})
			try("to sign out, "+bad, "invalid_redirect_uri", object{"post_logout_redirect_uris": []string{bad}})
			if bad != "" {
				try("to open, "+bad, "invalid_client_metadata", object{"initiate_login_uri": bad})
			}
		}
		for _, bad := range []string{"http://app.example/keys", "https://127.0.0.1/keys", "https://10.0.0.1/keys", "https://[::1]/keys", "https://[fd00::1]/keys", "https://169.254.169.254/latest/meta-data", "https://localhost/keys", "https://LOCALHOST./keys",
			"https://metadata.google.internal/keys", "https://keys.local/", "https://intranet/keys", "https://2130706433/keys", "https://0x7f.1/keys", "https://127.1/keys", "https://app.example:8443/keys", "https://x@app.example/keys", "https://app.example/keys#x", "file:///keys", "javascript:x", "https://8.8.8.8/keys"} {
			try("keys at "+bad, "invalid_client_metadata", object{"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": bad})
		}
		for _, name := range []string{"client_uri", "tos_uri", "policy_uri"} {
			for _, bad := range []string{"javascript:alert(1)", "http://app.example/", "https://x@app.example/", "data:x", "x", "https://app.example/\u202e"} {
				try(name+" "+bad, "invalid_client_metadata", object{name: bad})
			}
		}
		for name, change := range map[string]object{
			"a name that turns the line around": {"client_name": "Bevan\u202eevil"}, "a name that hides": {"client_name": "NHS\u200b App"}, "a name of two lines": {"client_name": "a\nb"}, "no name": {"client_name": nil}, "a blank name": {"client_name": "  "}, "a long name": {"client_name": strings.Repeat("x", 101)},
			"scopes of the system": {"scope": "system/*.rs"}, "a scope for introspection": {"scope": "openid introspect"}, "a scope that is none": {"scope": "patient/*.everything"},
			"a grant without a person": {"grant_types": []string{"client_credentials"}}, "passwords": {"grant_types": []string{"password"}}, "exchange": {"grant_types": []string{"authorization_code", client.TokenExchange}}, "refresh alone": {"grant_types": []string{"refresh_token"}, "redirect_uris": nil, "response_types": nil},
			"another response": {"response_types": []string{"token"}}, "two responses": {"response_types": []string{"code", "token"}}, "another proof": {"token_endpoint_auth_method": "tls_client_auth"},
			"a key for a public client": {"jwks": json.RawMessage(keySet(jwk("1", k.p384)))}, "no keys": {"token_endpoint_auth_method": "private_key_jwt"}, "keys twice": {"token_endpoint_auth_method": "private_key_jwt", "jwks": json.RawMessage(keySet(jwk("1", k.p384))), "jwks_uri": "https://app.example/keys"},
			"a private key": {"token_endpoint_auth_method": "private_key_jwt", "jwks": json.RawMessage(keySet(merged(jwk("1", k.p384), object{"d": "AQ"})))}, "keys that are none": {"token_endpoint_auth_method": "private_key_jwt", "jwks": object{"keys": []string{}}},
			"half of FAPI 2.0": {"dpop_bound_access_tokens": true}, "FAPI 2.0 without a key": {"dpop_bound_access_tokens": true, "require_pushed_authorization_requests": true},
			"RS256 assertions": {"token_endpoint_auth_method": "private_key_jwt", "jwks": json.RawMessage(keySet(jwk("1", k.p384))), "token_endpoint_auth_signing_alg": "RS256"}, "unsigned ID tokens": {"id_token_signed_response_alg": "none"}, "pairwise": {"subject_type": "pairwise"},
			"21 addresses": {"redirect_uris": slices.Repeat([]string{appBack}, 21)}, "no address": {"redirect_uris": nil}, "11 contacts": {"contacts": slices.Repeat([]string{"x"}, 11)}, "a long contact": {"contacts": []string{strings.Repeat("x", 201)}}, "a number for a name": {"client_name": 7}, "a text for a list": {"redirect_uris": appBack},
		} {
			try(name, "invalid_client_metadata", change)
		}
		try("a software statement", "unapproved_software_statement", object{"software_statement": "a.b.c"})
		w.from = "198.51.100.1:1"
		w.send("POST", pathRegister, "[]", "Content-Type", "application/json").want("a list", 400, "invalid_client_metadata")
		w.send("POST", pathRegister, "{", "Content-Type", "application/json").want("half an object", 400, "invalid_request")
		w.send("POST", pathRegister, "{}", "Content-Type", "text/plain").want("text", 400, "invalid_request")
		w.send("POST", pathRegister, `{"client_name":"`+strings.Repeat("x", 2*maxForm)+`"}`, "Content-Type", "application/json").want("a large body", 413, "invalid_client_metadata")
		if all, err := w.clients.List(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("%d were registered, %v", len(all), err)
		}
	})
}

// The address of keys is looked at again whenever it is asked: a name that
// leads inside is reached by nobody.
func TestAttack20AKeyAddressThatLeadsInside(t *testing.T) {
	asked := 0
	within := listening(t, func() { asked++ })
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		w.s.cfg.Registration = OpenRegistration
		a := w.registered(w.registers(merged(plainApp(), object{"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/keys"})))
		cl := a.Client
		cl.KeysURL = within // as if the name led here
		if _, err := w.s.fetch.keys(t.Context(), cl, "1"); err == nil || asked != 0 {
			t.Errorf("it was asked %d times, %v", asked, err)
		}
	})
}

// Whoever registers much is refused for a while, and a program that nobody
// allowed anything is forgotten after a week.
func TestRegistrationsAreBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		w.s.cfg.Registration = OpenRegistration
		w.from = "192.0.2.1:5"
		var used, unused *app
		for i := range 10 {
			a := w.registered(w.registers(plainApp()))
			if i == 0 {
				used = a
			}
			unused = a
		}
		if got := w.registers(plainApp()); got.status != 429 || got.text("error") != "temporarily_unavailable" {
			t.Errorf("the eleventh: %d %s", got.status, got.body)
		}
		w.from = "192.0.2.2:5"
		w.registered(w.registers(plainApp()))
		w.from = "192.0.2.1:6"
		w.move(2 * time.Minute)
		w.registered(w.registers(plainApp()))
		used.let(nil)
		own := w.app(client.NoProof, nil)
		w.move(7*24*time.Hour - 2*time.Minute)
		if err := w.clients.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			id   string
			want bool
		}{"one that was let in": {used.ID, true}, "one that nobody let in": {unused.ID, false}, "the operator's": {own.ID, true}} {
			if _, found, err := w.clients.Get(t.Context(), c.id); err != nil || found != c.want {
				t.Errorf("%s is there: %v, %v", name, found, err)
			}
		}
	})
}

// Its maker reads, changes and removes a program by the token that came with
// its registration, and nobody else does.
func TestAProgramIsChangedByItsMaker(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		w.s.cfg.Registration = OpenRegistration
		got := w.registers(merged(plainApp(), object{"token_endpoint_auth_method": "client_secret_basic", "client_uri": "https://app.example/"}))
		a := w.registered(got)
		other := w.registers(plainApp())
		at := pathRegister + "/" + a.ID
		by := []string{"Authorization", "Bearer " + got.text("registration_access_token")}
		read := w.send("GET", at, "", by...)
		o := read.json()
		if read.status != 200 || o["client_name"] != "Step counter" || o["client_secret"] != nil || o["registration_access_token"] != nil || read.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %s", read.status, read.body)
		}
		own := w.app(client.BySecret, nil)
		for name, h := range map[string][]string{"nobody": nil, "another's": {"Authorization", "Bearer " + other.text("registration_access_token")}, "rubbish": {"Authorization", "Bearer x"}, "its secret": {"Authorization", "Bearer " + a.secret}, "the operator": {"Authorization", "Bearer operator"}} {
			for _, path := range []string{at, pathRegister + "/" + own.ID, pathRegister + "/app-nothing", pathRegister + "/"} {
				for _, r := range []answer{w.send("GET", path, "", h...), w.json("PUT", path, merged(plainApp(), object{"client_id": a.ID}), h...), w.send("DELETE", path, "", h...)} {
					if name == "another's" && path == pathRegister+"/"+other.text("client_id") {
						continue
					}
					if r.status != 401 || strings.Contains(r.body, "Step") || r.header.Get("WWW-Authenticate") == "" {
						t.Errorf("%s at %s: %d %s", name, path, r.status, r.body)
					}
				}
			}
		}
		change := func(pairs object) answer {
			return w.json("PUT", at, merged(merged(plainApp(), object{"client_id": a.ID, "token_endpoint_auth_method": "client_secret_basic"}), pairs), by...)
		}
		for name, pairs := range map[string]object{"no id": {"client_id": ""}, "another id": {"client_id": own.ID}, "a wrong secret": {"client_secret": "x"}, "the token": {"registration_access_token": "x"}, "the address": {"registration_client_uri": "x"}, "the day": {"client_id_issued_at": 5}} {
			change(pairs).want(name, 400, "invalid_request")
		}
		change(object{"redirect_uris": []string{"javascript:x"}}).want("a script", 400, "invalid_redirect_uri")
		change(object{"token_endpoint_auth_method": "none"}).want("another proof", 400, "invalid_client_metadata")
		change(object{"scope": "system/*.rs"}).want("the system", 400, "invalid_client_metadata")
		change(object{"client_name": "DIARY"}).want("the name of another", 400, "invalid_client_metadata")
		code := a.code(nil)
		done := change(object{"client_name": "Steps", "client_secret": a.secret, "redirect_uris": []string{"https://app.example/new"}, "scope": "openid patient/*.r"})
		if o := done.json(); done.status != 200 || o["client_name"] != "Steps" || o["client_uri"] != nil || o["scope"] != "openid patient/*.r" {
			t.Errorf("%d %s", done.status, done.body)
		}
		if got := a.redeems(code); got.status != 200 { // with the address that it was asked for
			t.Errorf("a code from before: %d %s", got.status, got.body)
		}
		w.get(pathAuthorize, a.asks()).nowhere("the old address")
		a.Redirects = []string{"https://app.example/new"}
		w.get(pathAuthorize, a.asks()).page()
		token := a.let(nil, "scope", "openid patient/*.r").text("access_token")
		if gone := w.send("DELETE", at, "", by...); gone.status != 204 || gone.body != "" {
			t.Errorf("%d %s", gone.status, gone.body)
		}
		if _, err := w.asks(token); !problem.Is(err, problem.Revoked) {
			t.Errorf("a token of a program that is gone: %v", err)
		}
		w.send("GET", at, "", by...).want("after that", 401, "invalid_token")
		w.get(pathAuthorize, a.asks()).nowhere("a program that is gone")
	})
}

// Whatever is sent, the answer is JSON, no fault of ours, and
// what is registered may send nobody to a script.
func FuzzRegistration(f *testing.F) {
	w := newWorld(f, dbtest.SQLite(f), nil)
	w.s.cfg.Registration = OpenRegistration
	b, _ := json.Marshal(plainApp())
	f.Add(string(b))
	f.Add(`{"client_name":"x","redirect_uris":["javascript:x"],"jwks":{"keys":[]},"grant_types":null}`)
	f.Add(`[1]`)
	n := 0
	f.Fuzz(func(t *testing.T, body string) {
		n++
		w := &world{t: t, handler: w.handler, from: fmt.Sprintf("[2001:db8:%x:%x::1]:1", n>>16&0xffff, n&0xffff)}
		got := w.send("POST", pathRegister, body, "Content-Type", "application/json")
		if got.status >= 500 || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %s", got.status, got.body)
		}
		o := got.json()
		all, _ := o["redirect_uris"].([]any)
		for _, u := range all {
			if s := strings.ToLower(fmt.Sprint(u)); !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://127.") && !strings.HasPrefix(s, "http://[::1]") && !strings.Contains(strings.SplitN(s, ":", 2)[0], ".") {
				t.Errorf("people may be sent to %q", s)
			}
		}
	})
}
