package smart

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/seal"
)

// A program that signs with its registered key gets a token, with each
// algorithm of each profile.
func TestAProgramGetsAToken(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		for alg, key := range map[string]any{"RS384": k.rsa, "ES384": k.p384, "PS256": k.rsa, "ES256": k.p256, "EdDSA": k.ed} {
			p := w.register(key, alg, nil)
			var header []string
			kind := "Bearer"
			if p.Profile == client.FAPI2 {
				header, kind = []string{"DPoP", w.proves(k.p256, "ES256", pathToken, nil)}, "DPoP"
			}
			a := w.post(pathToken, p.form("system/Observation.rs"), header...)
			o := a.json()
			if a.status != 200 || o["token_type"] != kind || o["expires_in"] != 300.0 || o["scope"] != "system/Observation.rs" || len(o) != 4 {
				t.Errorf("%s: %d %s", alg, a.status, a.body)
			}
			h := a.header
			if h.Get("Cache-Control") != "no-store" || h.Get("Pragma") != "no-cache" || h.Get("Content-Type") != "application/json" {
				t.Errorf("%s: headers %v", alg, h)
			}
		}
	})
}

func TestATokenEndsAfterFiveMinutes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p := w.register(testKeys().p384, "ES384", nil)
		token := p.token("system/Observation.rs")
		who, err := w.s.Verify(t.Context(), Presented{Scheme: "Bearer", Token: token})
		if err != nil || who.Bound != access.OneType("Observation", access.Read|access.History|access.Search|access.TypeHistory) || who.App != p.ID {
			t.Errorf("%+v, %v", who, err)
		}
		w.move(299 * time.Second)
		if _, err := w.s.Verify(t.Context(), Presented{Scheme: "Bearer", Token: token}); err != nil {
			t.Error(err)
		}
		w.move(time.Second)
		if _, err := w.s.Verify(t.Context(), Presented{Scheme: "Bearer", Token: token}); err == nil {
			t.Error("a token is good after five minutes")
		}
	})
}

// Whatever is wrong with an assertion, the answer is invalid_client, and the
// client has no token.
func TestAttack10Assertions(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p := w.register(k.p384, "ES384", nil)
		r := w.register(k.rsa, "RS384", nil)
		f := w.register(k.p256, "ES256", nil)
		other := w.register(k.ec, "ES384", nil)
		gone := w.register(k.p384, "ES384", nil)
		if err := w.clients.Revoke(t.Context(), gone.ID); err != nil {
			t.Fatal(err)
		}
		public := p.Keys
		now := w.now().Unix()
		head := func(name string, v any) string {
			return p.assertion(func(h, _ object) { h[name] = v })
		}
		says := func(name string, v any) string {
			return p.assertion(func(_, c object) { c[name] = v })
		}
		lacks := func(name string) string {
			return p.assertion(func(_, c object) { delete(c, name) })
		}
		good := p.assertion(nil)
		parts := strings.Split(good, ".")
		for name, assertion := range map[string]string{
			"none":                               p.unsigned("none"),
			"none in other letters":              p.unsigned("nOnE"),
			"no algorithm":                       p.unsigned(""),
			"HS256 by the public key":            sign(t, []byte(public), object{"alg": "HS256", "kid": "1", "typ": "JWT"}, p.says()),
			"RS256 where RS384 is registered":    sign(t, k.rsa, object{"alg": "RS256", "kid": "1", "typ": "JWT"}, r.says()),
			"PS256 in the profile smart":         sign(t, k.rsa, object{"alg": "PS256", "kid": "1", "typ": "JWT"}, r.says()),
			"ES256 by a key of P-384":            sign(t, k.p384, object{"alg": "ES256", "kid": "1", "typ": "JWT"}, p.says()),
			"RS384 in the profile fapi2":         sign(t, k.rsa, object{"alg": "RS384", "kid": "1", "typ": "JWT"}, f.says()),
			"an unknown kid":                     head("kid", "2"),
			"no kid":                             p.assertion(func(h, _ object) { delete(h, "kid") }),
			"a kid that is a number":             head("kid", 1),
			"the name of a key of another type":  sign(t, k.rsa, object{"alg": "RS384", "kid": "1", "typ": "JWT"}, p.says()),
			"another's key":                      sign(t, k.ec, p.head(), p.says()),
			"another's name":                     sign(t, k.ec, other.head(), p.says()),
			"a jku where none is registered":     head("jku", "https://bevan.example/keys"),
			"its key in the header":              head("jwk", jwk("1", k.p384)),
			"a foreign key in the header":        sign(t, k.ec, merged(p.head(), object{"jwk": jwk("1", k.ec)}), p.says()),
			"a certificate's address":            head("x5u", "https://evil.example/"),
			"a certificate":                      head("x5c", []string{"MA=="}),
			"what must be understood":            head("crit", []string{"exp"}),
			"a body that is not encoded":         head("b64", false),
			"a DPoP proof's kind":                head("typ", "dpop+jwt"),
			"a kind that is a list":              head("typ", []string{"JWT"}),
			"aud of another server":              says("aud", "https://other.example/oauth/token"),
			"aud of the FHIR interface":          says("aud", issuer+"/fhir"),
			"aud by a longer address":            says("aud", issuer+pathToken+"/"),
			"aud by a host that begins with it":  says("aud", issuer+".evil.example"),
			"aud in other letters":               says("aud", strings.ToUpper(issuer)),
			"aud of several":                     says("aud", []string{issuer + pathToken, "https://other.example"}),
			"aud twice":                          says("aud", []string{issuer, issuer}),
			"aud in a list in a list":            says("aud", [][]string{{issuer}}),
			"aud as an object":                   says("aud", object{"0": issuer}),
			"aud of nobody":                      says("aud", []string{}),
			"no aud":                             lacks("aud"),
			"the token endpoint as aud in fapi2": f.assertion(func(_, c object) { c["aud"] = issuer + pathToken }),
			"exp six minutes ahead":              says("exp", now+360),
			"exp past":                           says("exp", now-60),
			"exp as text":                        says("exp", "2999999999"),
			"exp beyond all clocks":              says("exp", 1e300),
			"no exp":                             lacks("exp"),
			"nbf ahead":                          says("nbf", now+61),
			"iat ahead":                          says("iat", now+61),
			"no jti":                             lacks("jti"),
			"an empty jti":                       says("jti", ""),
			"a jti that is too long":             says("jti", strings.Repeat("j", 257)),
			"iss is not sub":                     says("sub", other.ID),
			"sub is not iss":                     says("iss", other.ID),
			"no sub":                             lacks("sub"),
			"no iss":                             lacks("iss"),
			"a client that is not there":         p.assertion(func(_, c object) { c["iss"], c["sub"] = "app-x", "app-x" }),
			"a client that was revoked":          gone.assertion(nil),
			"a broken signature":                 parts[0] + "." + parts[1] + "." + b64(make([]byte, 96)),
			"another body":                       parts[0] + "." + strings.Split(p.assertion(nil), ".")[1] + "." + parts[2],
			"no signature":                       parts[0] + "." + parts[1] + ".",
			"two parts":                          parts[0] + "." + parts[1],
			"four parts":                         good + ".",
			"a JSON serialisation":               `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
			"padding":                            parts[0] + "=." + parts[1] + "." + parts[2],
			"blanks":                             good + " ",
			"nothing":                            "",
			"too much":                           strings.Repeat("a", maxAssertion) + good,
			"claims that come twice":             p.twice(),
		} {
			form := p.form("system/Observation.rs")
			form.Set("client_assertion", assertion)
			w.post(pathToken, form).want(name, 400, "invalid_client")
		}
		if _, _, err := w.s.assertion(t.Context(), good, ""); err != nil {
			t.Errorf("the good one that others were made of: %v", err)
		}
		form := p.form("system/Observation.rs")
		form.Set("client_id", other.ID)
		w.post(pathToken, form).want("another's client_id beside it", 400, "invalid_client")
		form = p.form("system/Observation.rs")
		form.Set("client_assertion_type", "not_an_assertion_type")
		w.post(pathToken, form).want("another kind of assertion", 400, "invalid_client")
	})
}

// unsigned is an assertion with no signature and the algorithm named.
func (p *program) unsigned(alg string) string {
	h, _ := json.Marshal(object{"alg": alg, "kid": "1", "typ": "JWT"})
	c, _ := json.Marshal(p.says())
	return b64(h) + "." + b64(c) + "."
}

// twice is an assertion whose claims name exp twice, which two readers would
// understand in two ways.
func (p *program) twice() string {
	h := b64([]byte(`{"alg":"ES384","kid":"1","typ":"JWT"}`))
	c := b64([]byte(`{"iss":"` + p.ID + `","sub":"` + p.ID + `","aud":"` + issuer + `","exp":1,"exp":1700000200,"jti":"twice"}`))
	return signText(p.w.t, p.key, "ES384", h+"."+c)
}

// Small differences of clocks, and forms that clients in the field use.
func TestWhatAnAssertionMayLookLike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p := w.register(testKeys().p384, "ES384", nil)
		f := w.register(testKeys().p256, "ES256", nil)
		now := w.now().Unix()
		for name, assertion := range map[string]string{
			"the issuer as aud":            p.assertion(func(_, c object) { c["aud"] = issuer }),
			"aud as a list of one":         p.assertion(func(_, c object) { c["aud"] = []string{issuer + pathToken} }),
			"no typ":                       p.assertion(func(h, _ object) { delete(h, "typ") }),
			"the typ of RFC 7523's change": p.assertion(func(h, _ object) { h["typ"] = "client-authentication+jwt" }),
			"iat and nbf 8 seconds ahead":  p.assertion(func(_, c object) { c["iat"], c["nbf"] = now+8, now+8 }),
			"exp a little past":            p.assertion(func(_, c object) { c["exp"] = now - 8 }),
			"fractions of seconds":         p.assertion(func(_, c object) { c["exp"] = float64(now) + 60.5 }),
			"claims that we do not know":   p.assertion(func(h, c object) { h["x"], c["extra"] = 1, object{"a": 1} }),
		} {
			if _, _, err := w.s.assertion(t.Context(), assertion, p.ID); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := w.s.assertion(t.Context(), f.assertion(func(_, c object) { c["iat"] = now + 8 }), ""); err != nil {
			t.Errorf("fapi2: %v", err)
		}
	})
}

// Of many uses of one assertion at the same time, on two nodes, one gets a
// token; and none after a failure that it was good for.
func TestAttack10AnAssertionIsGoodOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
		if err != nil {
			t.Fatal(err)
		}
		nodes := []*world{nodeOf(t, d, ring, nil), nodeOf(t, d, ring, nil)}
		p := nodes[0].register(testKeys().p384, "ES384", nil)
		form := p.form("system/Observation.rs")
		var all sync.WaitGroup
		answers := make(chan answer, 12)
		for i := range 12 {
			all.Go(func() { answers <- nodes[i%2].post(pathToken, form) })
		}
		all.Wait()
		close(answers)
		good := 0
		for a := range answers {
			if a.status == 200 {
				good++
				continue
			}
			a.want("a replay", 400, "invalid_client")
		}
		if good != 1 {
			t.Errorf("%d tokens for one assertion", good)
		}
		w := nodes[0]
		form = p.form("system/Goal.rs")
		w.post(pathToken, form).want("a scope that is not allowed", 400, "invalid_scope")
		form.Set("scope", "system/Observation.rs")
		w.post(pathToken, form).want("the same assertion with another scope", 400, "invalid_client")
		form = url.Values{"token": {"x"}, "client_assertion_type": {assertionType}, "client_assertion": {p.assertion(nil)}}
		if a := w.post(pathRevoke, form); a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
		w.post(pathIntrospect, form).want("the same assertion at another endpoint", 400, "invalid_client")
		w.move(4 * time.Minute) // and it is remembered to its end
		if err := w.clients.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.post(pathIntrospect, form).want("later", 400, "invalid_client")
	})
}

// A scope that is not written as SMART has it, or reaches beyond what was
// allowed, is never granted, and never as something wider.
func TestAttack13ScopeParsing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p := w.register(testKeys().p384, "ES384", func(s *client.Spec) {
			s.Scopes = "system/Observation.rs system/Patient.cruds?_id=1 system/Condition.rs?category=problem-list-item"
		})
		for _, scope := range []string{
			"", " ", "system/*.dus", "system/Observation.sr", "system/Observation.rd", "system/Observation.rs?", "system/Observation.rs?category",
			"system/Observation.rs%3Fcategory=laboratory", "system/Observation.rs?category:in=x", "system/Observation.rs?a.b=x", "system/Observation.rs?_include=x",
			"system/Оbservation.rs", "system/observation.rs", "System/Observation.rs", "system/Observation.RS", "system\u2215Observation.rs",
			"system/Observation.rs\tsystem/Goal.rs", "system/Observation.rs\nsystem/*.cruds", "system/Observation.rs,system/Goal.rs",
			"system/*.rs", "system/Observation.cruds", "system/Observation.read system/Observation.write", "system/Goal.r", "patient/Observation.rs", "user/Observation.rs",
			"system/Condition.rs", "system/Condition.rs?category=encounter-diagnosis", "system/Condition.rs?category=problem-list-item&category=", "system/Patient.r",
			"openid", "offline_access", "introspect", "launch/patient", "*", "system/*.*", strings.Repeat("system/Observation.rs ", 1000), strings.Repeat("x", 10_000),
			"system/Observation.rs " + strings.Repeat("system/Observation.rs?code=1 ", 300),
		} {
			w.post(pathToken, p.form(scope)).want(scope, 400, "invalid_scope")
		}
		for scope, want := range map[string]string{
			"system/Observation.read":                                              "system/Observation.read",
			"system/Observation.r system/Observation.r":                            "system/Observation.r",
			"http://smarthealthit.org/fhir/scopes/system/Observation.s":            "system/Observation.s",
			"system/Condition.s?code=x&category=problem-list-item":                 "system/Condition.s?category=problem-list-item&code=x",
			"system/Observation.rs?category=laboratory&category=laboratory":        "system/Observation.rs?category=laboratory",
			"system/Patient.u?_id=1 system/Observation.rs":                         "system/Patient.u?_id=1 system/Observation.rs",
			"system/Condition.rs?category=problem-list-item system/Observation.rs": "system/Condition.rs?category=problem-list-item system/Observation.rs",
		} {
			if a := w.post(pathToken, p.form(scope)); a.status != 200 || a.text("scope") != want {
				t.Errorf("%s: %d %s", scope, a.status, a.body)
			}
		}
	})
}

func TestWhatTheTokenEndpointRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p := w.register(testKeys().p384, "ES384", nil)
		person := w.register(testKeys().p384, "ES384", func(s *client.Spec) {
			s.Grants, s.Redirects, s.Scopes = []string{client.AuthorizationCode}, []string{"https://a.example/"}, "patient/*.rs"
		})
		without := func(name string) url.Values { f := p.form("system/Observation.rs"); f.Del(name); return f }
		and := func(name, v string) url.Values {
			f := p.form("system/Observation.rs")
			f[name] = append(f[name], v)
			return f
		}
		w.post(pathToken, without("grant_type")).want("no grant_type", 400, "invalid_request")
		w.post(pathToken, without("client_assertion")).want("no assertion", 400, "invalid_client")
		w.post(pathToken, without("client_assertion_type")).want("no kind of assertion", 400, "invalid_client")
		w.post(pathToken, without("scope")).want("no scope", 400, "invalid_scope")
		w.post(pathToken, and("scope", "system/*.rs")).want("two scopes", 400, "invalid_request")
		w.post(pathToken, and("client_secret", "x")).want("a secret too", 400, "invalid_request")
		w.post(pathToken, p.form("system/Observation.rs"), "Authorization", "Basic eDp5").want("two proofs", 400, "invalid_request")
		w.post(pathToken, url.Values{"grant_type": {"client_credentials"}}, "Authorization", "Basic eDp5").want("a secret", 401, "invalid_client")
		for _, g := range []string{"password", "CLIENT_CREDENTIALS", "implicit"} {
			f := p.form("system/Observation.rs")
			f.Set("grant_type", g)
			w.post(pathToken, f).want(g, 400, "unsupported_grant_type")
		}
		for _, g := range []string{"authorization_code", "refresh_token"} {
			f := p.form("system/Observation.rs")
			f.Set("grant_type", g)
			w.post(pathToken, f).want(g+" by a program", 400, "unauthorized_client")
		}
		w.post(pathToken, person.form("system/Observation.rs")).want("a client for people", 400, "unauthorized_client")
		w.post(pathToken+"?scope=x", p.form("system/Observation.rs")).want("a parameter in the address", 400, "invalid_request")
		w.send("POST", pathToken, `{"grant_type":"client_credentials"}`, "Content-Type", "application/json").want("JSON", 400, "invalid_request")
		w.send("POST", pathToken, "a=%zz", "Content-Type", "application/x-www-form-urlencoded").want("no form", 400, "invalid_request")
		w.post(pathToken, and("x", strings.Repeat("x", maxForm))).want("a large body", 413, "invalid_request")
		if a := w.send("GET", pathToken, ""); a.status != 405 || a.header.Get("Allow") != "POST" {
			t.Errorf("GET: %d %v", a.status, a.header)
		}
		if a := w.send("GET", "/oauth/other", ""); a.status != 404 {
			t.Errorf("another address: %d", a.status)
		}
		g, _, err := w.clients.Standing(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.clients.RevokeGrant(t.Context(), g.ID); err != nil {
			t.Fatal(err)
		}
		w.post(pathToken, p.form("system/Observation.rs")).want("a permission that was taken back", 400, "unauthorized_client")
	})
}
