package smart

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// A request is kept as it was meant, by GET and by POST, and the browser goes
// on to the page where the person decides.
func TestAnAppAsksAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.NoProof, nil)
		jkt := strings.Repeat("j", 43)
		form := with(a.asks(), "launch", "word", "vtr", `["P9.Cm"]`, "dpop_jkt", jkt, "max_age", "60", "prompt", "login consent", "display", "page", "ui_locales", "en", "unknown", "x")
		for method, id := range map[string]string{"GET": w.get(pathAuthorize, form).page(), "POST": w.post(pathAuthorize, form).page()} {
			got, cl, err := w.clients.Opened(t.Context(), id, browser)
			want := client.Ask{ID: id, Client: a.ID, Issuer: issuer, Redirect: appBack, Scopes: form.Get("scope"), State: "state-1", Nonce: "nonce-1",
				Challenge: challengeOf(a.verifier), Thumbprint: jkt, Launch: "word", Again: true, Confirm: true, MaxAge: time.Minute, Trust: `["P9.Cm"]`,
				Created: got.Created, Expires: w.now().Add(30 * time.Minute).UTC()}
			if err != nil || got != want || cl.ID != a.ID {
				t.Errorf("%s: %+v, want %+v, %v", method, got, want, err)
			}
		}
		a2 := w.get(pathAuthorize, form)
		if strings.Contains(a2.header.Get("Location"), "state-1") || a2.header.Get("Set-Cookie") != "" {
			t.Errorf("the way to the page shows the request: %v", a2.header)
		}
	})
}

func TestHowAPersonIsToBeAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.NoProof, nil)
		kept := func(pairs ...string) client.Ask {
			got, _, err := w.clients.Opened(t.Context(), a.begins(pairs...), browser)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if k := kept(); k.MaxAge >= 0 || k.Silent || k.Again || k.Confirm || k.Choose || k.Account != "" {
			t.Errorf("nothing was said, and it is %+v", k)
		}
		if k := kept("prompt", "none", "max_age", "0"); !k.Silent || k.MaxAge != 0 {
			t.Errorf("none: %+v", k)
		}
		if k := kept("prompt", "select_account login"); !k.Choose || !k.Again || k.Confirm {
			t.Errorf("two words: %+v", k)
		}
		for _, bad := range []string{"-1", "x", "1.5", "99999999999999999999", " 1", "1e3"} {
			w.get(pathAuthorize, with(a.asks(), "max_age", bad)).wrong("max_age "+bad, "invalid_request")
		}
		for _, bad := range []string{"none login", "login none", "none none"} {
			w.get(pathAuthorize, with(a.asks(), "prompt", bad)).wrong("prompt "+bad, "invalid_request")
		}
		// Whom the app expects, by an ID token of this server for this app, one
		// that ran out too.
		id := a.let(nil).text("id_token")
		w.move(24 * time.Hour)
		if k := kept("id_token_hint", id); k.Account != "ann" {
			t.Errorf("the hint gives %q", k.Account)
		}
		other := w.app(client.NoProof, nil)
		parts := strings.Split(id, ".")
		for name, hint := range map[string]string{"another's": other.let(nil).text("id_token"), "rubbish": "a.b.c", "unsigned": parts[0] + "." + parts[1] + ".", "an access token": a.let(nil).text("access_token"),
			"signed by somebody": sign(t, testKeys().rsa, object{"alg": "RS256", "kid": "1"}, object{"iss": issuer, "sub": "bob", "aud": a.ID})} {
			w.get(pathAuthorize, with(a.asks(), "id_token_hint", hint)).wrong(name, "invalid_request")
		}
	})
}

// What is wrong is told to the app, at its own address, with its state and our
// name.
func TestWhatTheAuthorizationEndpointRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		long := strings.Repeat("s", maxState+1)
		for name, c := range map[string]struct {
			code  string
			pairs []string
		}{
			"no response_type":           {"invalid_request", []string{"response_type", ""}},
			"a token at once":            {"unsupported_response_type", []string{"response_type", "token"}},
			"a code and an ID token":     {"unsupported_response_type", []string{"response_type", "code id_token"}},
			"an answer in the fragment":  {"invalid_request", []string{"response_mode", "fragment"}},
			"an answer in a form":        {"invalid_request", []string{"response_mode", "form_post"}},
			"a signed request":           {"request_not_supported", []string{"request", "a.b.c"}},
			"registration on the way":    {"registration_not_supported", []string{"registration", "{}"}},
			"no scope":                   {"invalid_scope", []string{"scope", ""}},
			"scopes it may not have":     {"invalid_scope", []string{"scope", "system/*.rs introspect launch/encounter"}},
			"10 kB of scopes":            {"invalid_scope", []string{"scope", strings.Repeat("patient/*.rs ", 800)}},
			"a long nonce":               {"invalid_request", []string{"nonce", long}},
			"a long launch":              {"invalid_request", []string{"launch", long}},
			"a thumbprint that is none":  {"invalid_request", []string{"dpop_jkt", strings.Repeat("j", 101)}},
			"the resource of another":    {"invalid_target", []string{"resource", "https://other.example/fhir"}},
			"aud in place, and resource": {"invalid_target", []string{"resource", issuer}},
		} {
			got := w.get(pathAuthorize, with(a.asks(), c.pairs...))
			got.wrong(name, c.code)
			if q := got.place().Query(); q.Get("state") != "state-1" {
				t.Errorf("%s: the state is %q", name, q.Get("state"))
			}
		}
		if q := w.get(pathAuthorize, with(a.asks(), "scope", "", "state", "")).place().Query(); q.Has("state") {
			t.Errorf("a state that nobody sent: %v", q)
		}
		w.get(pathAuthorize, with(a.asks(), "request_uri", "https://app.example/request")).nowhere("an address to fetch a request from")
		w.get(pathAuthorize, with(a.asks(), "request_uri", requestPrefix+"nothing")).nowhere("a request that nobody pushed")
		w.send("GET", pathAuthorize+"?"+a.asks().Encode()+"&state=x", "").nowhere("a parameter twice")
		w.send("GET", pathAuthorize+"?"+a.asks().Encode()+"&x=%zz", "").nowhere("no form")
		w.send("GET", pathAuthorize+"?"+a.asks().Encode()+"&x="+strings.Repeat("x", maxForm), "").nowhere("a very long address")
		w.send("POST", pathAuthorize, "{}", "Content-Type", "application/json").nowhere("JSON")
		if got := w.send("PUT", pathAuthorize, ""); got.status != 405 {
			t.Errorf("PUT: %d", got.status)
		}
		back := w.app(client.ByKey, func(s *client.Spec) {
			s.Grants, s.Redirects, s.Logouts, s.LaunchURL, s.Scopes = []string{client.ClientCredentials}, nil, nil, "", "system/*.rs"
		})
		w.get(pathAuthorize, with(a.asks(), "client_id", back.ID)).nowhere("a program that asks by itself")
		w.get(pathAuthorize, with(a.asks(), "client_id", "")).nowhere("nobody")
		if err := w.clients.Revoke(t.Context(), a.ID); err != nil {
			t.Fatal(err)
		}
		w.get(pathAuthorize, a.asks()).nowhere("a client that was revoked")
	})
}

// An app that means another server gets no code.
func TestAttack1AudOfAnotherServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		for _, aud := range []string{"https://other.example/fhir", issuer, issuer + "/fhir/x", issuer + "/FHIR", "http://bevan.example/fhir", issuer + ".evil.example/fhir", issuer + "/fhir?x", issuer + "/fhir#x", "https://x@bevan.example/fhir", issuer + "/fhir " + issuer + "/fhir"} {
			w.get(pathAuthorize, with(a.asks(), "aud", aud)).wrong(aud, "invalid_request")
			if pushed := w.post(pathPush, a.proven(with(a.asks(), "aud", aud))); pushed.status != 400 {
				t.Errorf("%s, pushed: %d %s", aud, pushed.status, pushed.body)
			}
		}
		w.get(pathAuthorize, with(a.asks(), "aud", "")).wrong("no aud", "invalid_request")
		w.get(pathAuthorize, with(a.asks(), "aud", "", "scope", "launch/patient")).wrong("no aud, for a launch", "invalid_request")
		w.get(pathAuthorize, with(a.asks(), "aud", issuer+"/fhir/")).page()
		w.get(pathAuthorize, with(a.asks(), "aud", "", "resource", issuer+"/fhir")).page()
		w.get(pathAuthorize, with(a.asks(), "aud", "", "scope", "openid")).page() // it asks nothing of the FHIR interface
	})
}

// A browser is sent to no address but one that the app was registered with, to
// the letter.
func TestAttack2AnAddressThatIsNotTheApps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		apps := []*app{w.app(client.NoProof, nil), w.app(client.BySecret, nil), w.app(client.NoProof, func(s *client.Spec) { s.Redirects = []string{"org.example.app:/back", "https://app.example/back?x=1"} })}
		for _, a := range apps {
			for _, bad := range []string{
				"", appBack + "/", appBack + "/..", appBack + "/../evil", appBack + "x", "https://app.example/bac", "https://app.example", "https://app.example/", appBack + "?x=2", appBack + "?", appBack + "#", appBack + "#x",
				"https://APP.example/back", "HTTPS://app.example/back", "https://app.example/BACK", "https://app.example/%62ack", "https://app.example:443/back", "https://app.example:8443/back",
				"http://app.example/back", "https://evil@app.example/back", "https://app.example@evil.example/back", "https://app.example.evil.example/back", "https://evilapp.example/back",
				"https://app.example\\.evil.example/back", "https://app.example/back\r\nX: y", " " + appBack, appBack + " ", "//app.example/back", "javascript:alert(1)", "data:text/html,x",
				"https://app.example/back%0d%0aX:%20y", "https://аpp.example/back", "https://evil.example/?" + appBack, "org.example.app:/back/", "org.example.app:/Back", "org.example.appx:/back", "org.example.app://back", "https://app.example/launch", "https://app.example/bye",
			} {
				w.get(pathAuthorize, with(a.asks(), "redirect_uri", bad)).nowhere(bad)
				w.post(pathAuthorize, with(a.asks(), "redirect_uri", bad)).nowhere("POST " + bad)
				w.get(pathAuthorize, with(a.asks(), "redirect_uri", bad, "scope", "", "response_type", "token")).nowhere("with another fault, " + bad)
				w.post(pathPush, a.proven(with(a.asks(), "redirect_uri", bad))).want("pushed "+bad, 400, "invalid_request")
			}
		}
		w.get(pathAuthorize, with(apps[2].asks(), "redirect_uri", "org.example.app:/back")).page()
		a := apps[2]
		id := a.begins("redirect_uri", "https://app.example/back?x=1")
		if q, err := w.approves(id, nil); err != nil || q.Get("x") != "1" || q.Get("code") == "" {
			t.Errorf("a query of its own: %v, %v", q, err)
		}
	})
}

// An app on a device is sent to the port that was registered and to no other,
// and localhost is not 127.0.0.1.
func TestAttack3Loopback(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		own := "http://127.0.0.1:8123/back"
		a := w.app(client.NoProof, func(s *client.Spec) { s.Redirects = []string{own, "http://[::1]:8123/back"} })
		for _, bad := range []string{"http://localhost:8123/back", "http://127.0.0.1:8124/back", "http://127.0.0.1/back", "http://127.0.0.2:8123/back", "http://[::1]:8124/back", "http://0.0.0.0:8123/back", "http://2130706433:8123/back", "http://127.1:8123/back", "https://127.0.0.1:8123/back", "http://[::ffff:127.0.0.1]:8123/back"} {
			w.get(pathAuthorize, with(a.asks(), "redirect_uri", bad)).nowhere(bad)
		}
		for _, good := range a.Redirects {
			w.get(pathAuthorize, with(a.asks(), "redirect_uri", good)).page()
		}
		for _, bad := range []string{"http://localhost:8123/back", "http://192.168.0.1/back", "http://127.0.0.1.evil.example/"} {
			if _, _, err := w.clients.Add(t.Context(), client.Spec{Name: "x", Profile: client.SMART, Proof: client.NoProof, Redirects: []string{bad}, Scopes: "openid", Grants: []string{client.AuthorizationCode}}); err == nil {
				t.Errorf("%s was registered", bad)
			}
		}
	})
}

// Every answer says who answers, so that an app which knows several servers
// does not take one for another (RFC 9207); the metadata promise it.
func TestAttack21MixUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		kinds(w, func(t *testing.T, a *app) {
			id := a.begins()
			q, err := w.approves(id, nil)
			if err != nil || q.Get("iss") != issuer || q.Get("state") != "state-1" || len(q) != 3 {
				t.Errorf("yes: %v, %v", q, err)
			}
			if got := w.post(pathPush, a.proven(a.asks()), a.headed(pathPush)...); got.status != 201 {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
		a := w.app(client.NoProof, nil)
		if q := w.get(pathAuthorize, with(a.asks(), "scope", "")).place().Query(); q.Get("iss") != issuer {
			t.Errorf("a fault: %v", q)
		}
		if w.send("GET", pathServer, "").json()["authorization_response_iss_parameter_supported"] != true {
			t.Error("nobody is told to look")
		}
	})
}

// Scripts of any page may come to the endpoints that look at no cookie, and to
// the authorization endpoint never.
func TestScriptsOfOtherPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.NoProof, nil)
		origin := []string{"Origin", "https://app.example"}
		before := append(origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type,dpop")
		for _, path := range []string{pathToken, pathRevoke, pathUserinfo, pathIntrospect} {
			got := w.send("OPTIONS", path, "", before...)
			h := got.header
			if got.status != 204 || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Credentials") != "" ||
				!strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "DPoP") {
				t.Errorf("%s: %d %v", path, got.status, h)
			}
			if got := w.post(path, url.Values{}, origin...); got.status < 400 || got.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("the refusal of %s is not readable: %d %v", path, got.status, got.header)
			}
		}
		for _, path := range []string{pathAuthorize, pathLogout, pathPush} {
			for name, got := range map[string]answer{"before": w.send("OPTIONS", path, "", before...), "GET": w.send("GET", path+"?"+a.asks().Encode(), "", origin...), "POST": w.post(path, a.asks(), origin...)} {
				for header := range got.header {
					if strings.HasPrefix(header, "Access-Control-") {
						t.Errorf("%s %s: %v", name, path, got.header)
					}
				}
			}
		}
	})
}
