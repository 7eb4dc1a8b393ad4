package smart

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"pgregory.net/rapid"
)

func base64Std(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// Whatever is sent, no refusal and no line of the log holds an assertion, a
// proof, a token, a secret, or a part of one that is long enough to be of use.
func TestNoRefusalAndNoLogHoldsASecret(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p := w.register(k.p384, "ES384", nil)
		token := p.token("system/Observation.rs")
		rapid.Check(t, func(t *rapid.T) {
			assertion := p.assertion(func(h, c object) {
				switch rapid.IntRange(0, 5).Draw(t, "wrong") {
				case 0:
					c["aud"] = "https://other.example/"
				case 1:
					c["exp"] = 1
				case 2:
					h["kid"] = "other"
				case 3:
					c["sub"] = "other"
				case 4:
					delete(c, "jti")
				}
			})
			if rapid.Bool().Draw(t, "cut") {
				assertion = assertion[:rapid.IntRange(1, len(assertion)).Draw(t, "length")]
			}
			proof := w.proves(k.p256, "ES256", pathRevoke, nil)
			secret := "very-secret-" + rapid.StringMatching(`[a-z0-9"\\<>%é]{20}`).Draw(t, "secret")
			form := url.Values{"client_assertion": {assertion}, "token": {token + rapid.StringMatching(`x?`).Draw(t, "token")}}
			for name, values := range map[string][]string{
				"grant_type": {"client_credentials", "", secret}, "scope": {"system/Goal.rs", "", secret, "system/Observation.rs"},
				"client_assertion_type": {assertionType, "", secret}, "client_id": {"", p.ID, secret}, "client_secret": {"", secret},
			} {
				if v := rapid.SampledFrom(values).Draw(t, name); v != "" {
					form.Set(name, v)
				}
			}
			header := []string{"DPoP", proof}
			if h := rapid.SampledFrom([]string{"", "Basic " + base64Std("app:"+secret), "Bearer " + secret, "DPoP " + token, "Bearer " + token + "0"}).Draw(t, "header"); h != "" {
				header = append(header, "Authorization", h)
			}
			path := rapid.SampledFrom([]string{pathToken, pathIntrospect, pathRevoke}).Draw(t, "path")
			if rapid.Bool().Draw(t, "query") {
				path += "?client_assertion=" + url.QueryEscape(assertion) + "&token=" + token
			}
			a := w.post(path, form, header...)
			shown := a.body + strings.Join(a.header.Values("Www-Authenticate"), " ")
			if a.status == 200 && strings.HasPrefix(path, pathToken) {
				shown = "" // what was asked for
			}
			shown += w.log.String()
			parts := append(strings.Split(assertion, "."), strings.Split(proof, ".")...)
			for _, s := range append(parts, assertion, proof, token, secret, token[len(token)-40:], base64Std("app:"+secret)) {
				if len(s) >= 16 && strings.Contains(shown, s) {
					t.Fatalf("%s was shown: %s", s, shown)
				}
			}
		})
		if !strings.Contains(w.log.String(), "/oauth/") {
			t.Error("nothing was logged at all")
		}
	})
}
