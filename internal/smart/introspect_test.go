package smart

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// about is a request about a token, by a program's assertion.
func (p *program) about(token string) url.Values {
	return url.Values{"token": {token}, "client_assertion_type": {assertionType}, "client_assertion": {p.assertion(nil)}}
}

func TestIntrospection(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p := w.register(k.p384, "ES384", nil)
		gate := w.register(k.p384, "ES384", func(s *client.Spec) { s.Scopes = "introspect" })
		token := p.token("system/Observation.rs system/Patient.r")
		ask := url.Values{"token": {token}}
		for name, a := range map[string]answer{
			"by the client itself":         w.post(pathIntrospect, p.about(token)),
			"by who may ask about all":     w.post(pathIntrospect, gate.about(token)),
			"by a token with introspect":   w.post(pathIntrospect, ask, "Authorization", "Bearer "+gate.token("introspect")),
			"by an operator":               w.post(pathIntrospect, ask, "Authorization", "Bearer operator"),
			"with a hint that is not true": w.post(pathIntrospect, url.Values{"token": {token}, "token_type_hint": {"refresh_token"}}, "Authorization", "Bearer operator"),
		} {
			o := a.json()
			now := float64(w.now().Unix())
			if a.status != 200 || o["active"] != true || o["scope"] != "system/Observation.rs system/Patient.r" || o["client_id"] != p.ID ||
				o["exp"] != now+300 || o["iat"] != now || o["token_type"] != "Bearer" || len(o) != 6 {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
			if a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s may be kept", name)
			}
		}
		f := w.register(k.p256, "ES256", nil)
		bound := f.token("system/Observation.rs", "DPoP", w.proves(k.p256, "ES256", pathToken, nil))
		if o := w.post(pathIntrospect, f.about(bound)).json(); o["token_type"] != "DPoP" || o["cnf"] == nil {
			t.Errorf("a bound token is %v", o)
		}
	})
}

// Who may not ask learns nothing, and of a token that is not good nobody learns
// more than that.
func TestAttack18IntrospectionProbing(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p, other := w.register(k.p384, "ES384", nil), w.register(k.p384, "ES384", nil)
		f := w.register(k.p256, "ES256", func(s *client.Spec) { s.Scopes = "introspect" })
		token, plain := p.token("system/Observation.rs"), other.token("system/Observation.rs")
		bound := f.token("introspect", "DPoP", w.proves(k.p256, "ES256", pathToken, nil))
		shop, secret, err := w.clients.Add(t.Context(), client.Spec{Name: "Shop", Profile: client.SMART, Proof: client.BySecret, Scopes: "patient/*.rs",
			Grants: []string{client.AuthorizationCode}, Redirects: []string{"https://shop.example/"}})
		if err != nil {
			t.Fatal(err)
		}
		basic := func(id, secret string) string { return "Basic " + base64Std(id+":"+secret) }
		ask := url.Values{"token": {token}}
		for _, c := range []struct {
			name, header string
			status       int
			code         string
		}{
			{"nobody", "", 401, "invalid_client"},
			{"a token without the scope", "Bearer " + plain, 403, "insufficient_scope"},
			{"the token itself", "Bearer " + token, 403, "insufficient_scope"},
			{"a token that is none", "Bearer nothing", 401, "invalid_token"},
			{"a bound token without a proof", "Bearer " + bound, 401, "invalid_token"},
			{"a bound token without a proof, as DPoP", "DPoP " + bound, 401, "invalid_dpop_proof"},
			{"a wrong secret", basic(shop.ID, "wrong"), 401, "invalid_client"},
			{"no secret", basic(shop.ID, ""), 401, "invalid_client"},
			{"a client with a key, by a secret", basic(p.ID, ""), 401, "invalid_client"},
			{"another scheme", "Digest x", 401, "invalid_client"},
		} {
			var header []string
			if c.header != "" {
				header = []string{"Authorization", c.header}
			}
			a := w.post(pathIntrospect, ask, header...)
			a.want(c.name, c.status, c.code)
			if strings.Contains(a.body, "active") || a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: %v %s", c.name, a.header, a.body)
			}
		}
		revoked := p.token("system/Observation.rs")
		if a := w.post(pathRevoke, p.about(revoked)); a.status != 200 {
			t.Fatal(a.body)
		}
		nothing := func(name string, a answer) {
			t.Helper()
			if a.status != 200 || a.body != inactive {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		}
		nothing("another's token", w.post(pathIntrospect, other.about(token)))
		nothing("another's token, by a secret", w.post(pathIntrospect, ask, "Authorization", basic(shop.ID, secret)))
		nothing("no token", w.post(pathIntrospect, p.about("x")))
		nothing("an operator's token", w.post(pathIntrospect, p.about("operator")))
		nothing("an assertion", w.post(pathIntrospect, p.about(p.assertion(nil))))
		changed := "0"
		if token[len(token)-2] == '0' {
			changed = "1"
		}
		nothing("a token with a letter changed", w.post(pathIntrospect, p.about(token[:len(token)-2]+changed+token[len(token)-1:])))
		nothing("one that was revoked", w.post(pathIntrospect, p.about(revoked)))
		w.post(pathIntrospect, p.about("")).want("no token named", 400, "invalid_request")
		w.move(5 * time.Minute)
		nothing("one that ran out", w.post(pathIntrospect, p.about(token)))
	})
}

// A client takes back its own tokens; of others' it learns nothing.
func TestRevocation(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p, other := w.register(k.p384, "ES384", nil), w.register(k.p384, "ES384", nil)
		token, second := p.token("system/Observation.rs"), p.token("system/Observation.rs")
		good := func(token string) error {
			_, err := w.s.Verify(t.Context(), Presented{Scheme: "Bearer", Token: token})
			return err
		}
		for name, form := range map[string]url.Values{"another's": other.about(token), "nothing": p.about("x"), "an operator's": p.about("operator")} {
			if a := w.post(pathRevoke, form); a.status != 200 || a.body != "{}" {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		}
		if err := good(token); err != nil {
			t.Fatalf("somebody else took it back: %v", err)
		}
		for range 2 {
			if a := w.post(pathRevoke, p.about(token)); a.status != 200 || a.body != "{}" {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		if err := good(token); !problem.Is(err, problem.Revoked) {
			t.Errorf("a token that was taken back: %v", err)
		}
		if err := good(second); err != nil {
			t.Errorf("another token of the client: %v", err)
		}
		w.post(pathRevoke, url.Values{"token": {second}}).want("nobody", 400, "invalid_client")
		w.post(pathRevoke, p.about("")).want("no token named", 400, "invalid_request")
	})
}
