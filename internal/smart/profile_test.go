package smart

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// SMART App Launch 2.2 and FAPI 2.0 contradict each other, so one server keeps
// to both by the profile of each client. A case stands for a row of the table
// of where they differ, and of what FAPI 2.0 asks besides.
func TestTwoProfilesOnOneServer(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		s, f := w.app(client.ByKey, nil), w.app(client.ByKey, strict)
		registers := func(change func(*client.Spec)) error {
			spec := client.Spec{Name: "x", Profile: client.FAPI2, Proof: client.ByKey, Keys: keySet(jwk("1", k.p256)), Redirects: []string{appBack}, Scopes: "openid", Grants: []string{client.AuthorizationCode}}
			change(&spec)
			_, _, err := w.clients.Add(t.Context(), spec)
			return err
		}
		t.Run("public clients and secrets", func(t *testing.T) {
			for _, p := range []client.Proof{client.NoProof, client.BySecret} {
				if registers(func(s *client.Spec) { s.Proof, s.Keys = p, "" }) == nil {
					t.Errorf("fapi2 takes %s", p)
				}
				if err := registers(func(s *client.Spec) { s.Profile, s.Proof, s.Keys = client.SMART, p, "" }); err != nil {
					t.Errorf("smart does not take %s: %v", p, err)
				}
			}
		})
		t.Run("algorithms", func(t *testing.T) {
			head, _ := w.opened(s.let(nil).text("id_token"))
			strong, _ := w.opened(f.let(nil).text("id_token"))
			if head["alg"] != "RS256" || strong["alg"] != "ES256" {
				t.Errorf("ID tokens by %v and %v", head["alg"], strong["alg"])
			}
			if a, b := client.SMART.Algorithms(), client.FAPI2.Algorithms(); slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) }) {
				t.Errorf("%v and %v share one", a, b)
			}
			r := w.register(k.rsa, "RS384", nil)
			as := *w.register(k.rsa, "PS256", nil)
			as.alg = "RS256"
			w.post(pathToken, as.form("system/Observation.rs"), "DPoP", w.proves(k.p256, "ES256", pathToken, nil)).want("RS256 in fapi2", 400, "invalid_client")
			as.alg = "RS384"
			w.post(pathToken, as.form("system/Observation.rs"), "DPoP", w.proves(k.p256, "ES256", pathToken, nil)).want("RS384 in fapi2", 400, "invalid_client")
			r.token("system/Observation.rs")
		})
		t.Run("whom an assertion is for", func(t *testing.T) {
			for _, a := range []*app{s, f} {
				form := with(a.asks(), "client_assertion_type", assertionType, "client_assertion", a.signs.assertion(func(_, c object) { c["aud"] = issuer + pathToken }))
				if got := w.post(pathPush, form, a.headed(pathPush)...); (got.status == 201) != (a.Profile == client.SMART) {
					t.Errorf("%s, for the token endpoint: %d %s", a.Profile, got.status, got.body)
				}
				form.Set("client_assertion", a.signs.assertion(func(_, c object) { c["aud"] = issuer }))
				if got := w.post(pathPush, form, a.headed(pathPush)...); got.status != 201 {
					t.Errorf("%s, for the issuer: %d %s", a.Profile, got.status, got.body)
				}
			}
		})
		t.Run("how a request comes", func(t *testing.T) {
			w.get(pathAuthorize, s.asks()).page()
			w.get(pathAuthorize, f.asks()).nowhere("fapi2 in the address")
			w.post(pathAuthorize, f.asks()).nowhere("fapi2 in a form")
			got := w.post(pathPush, f.proven(f.asks()), f.headed(pathPush)...)
			if n, _ := got.json()["expires_in"].(float64); got.status != 201 || n <= 0 || n >= 600 {
				t.Errorf("%d %s", got.status, got.body)
			}
			w.post(pathPush, with(f.asks(), "client_id", f.ID)).want("fapi2 that proves nothing", 400, "invalid_client")
		})
		t.Run("tokens are bound", func(t *testing.T) {
			if o := s.let(nil).json(); o["token_type"] != "Bearer" {
				t.Errorf("smart: %v", o["token_type"])
			}
			if o := f.let(nil).json(); o["token_type"] != "DPoP" {
				t.Errorf("fapi2: %v", o["token_type"])
			}
			code, bare := f.code(nil), *f
			bare.jkt = nil
			bare.redeems(code).refused("fapi2 without a proof", "invalid_dpop_proof")
			refresh := f.let(nil).text("refresh_token")
			bare.renews(refresh).refused("fapi2 without a proof, later", "invalid_dpop_proof")
		})
		t.Run("refresh tokens stay", func(t *testing.T) {
			refresh := f.let(nil).text("refresh_token")
			for range 3 {
				if got := f.renews(refresh); got.status != 200 || got.text("refresh_token") != "" {
					t.Errorf("%d %s", got.status, got.body)
				}
			}
			public := w.app(client.NoProof, nil)
			if got := public.renews(public.let(nil).text("refresh_token")); got.text("refresh_token") == "" {
				t.Errorf("a public client keeps its own: %s", got.body)
			}
		})
		t.Run("addresses", func(t *testing.T) {
			for bad, may := range map[string]bool{"http://app.example/back": false, "http://localhost/back": false, "http://127.0.0.1:8000/back": true, "https://app.example/back": true} {
				if err := registers(func(s *client.Spec) { s.Redirects = []string{bad} }); (err == nil) != may {
					t.Errorf("%s: %v", bad, err)
				}
			}
		})
		t.Run("times", func(t *testing.T) {
			code := f.code(nil)
			w.move(61 * time.Second)
			f.redeems(code).refused("a code after 61 seconds", "invalid_grant")
			if life := f.let(nil).json()["expires_in"].(float64); life > 600 {
				t.Errorf("a token is good for %v seconds", life)
			}
			for ahead, may := range map[int64]bool{8: true, 10: true, 61: false, 600: false} { // how far a clock may be off
				form := with(f.asks(), "client_assertion_type", assertionType, "client_assertion", f.signs.assertion(func(_, c object) { c["nbf"], c["iat"] = w.now().Unix()+ahead, w.now().Unix()+ahead }))
				if got := w.post(pathPush, form, f.headed(pathPush)...); (got.status == 201) != may {
					t.Errorf("%d seconds ahead: %d %s", ahead, got.status, got.body)
				}
			}
		})
		t.Run("the answer", func(t *testing.T) {
			q, err := w.approves(f.begins(), nil)
			if err != nil || q.Get("iss") != issuer || !q.Has("code") {
				t.Errorf("%v, %v", q, err)
			}
			for _, kind := range []string{"token", "code id_token", "code token", "id_token"} {
				w.post(pathPush, f.proven(with(f.asks(), "response_type", kind)), f.headed(pathPush)...).want(kind, 400, "unsupported_response_type")
			}
			if secret := strings.Count(q.Get("code"), ""); secret < 52 { // 256 bits
				t.Errorf("a code has %d letters", secret)
			}
		})
	})
}
