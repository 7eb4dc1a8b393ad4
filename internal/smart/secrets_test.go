package smart

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
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

// The same for what people's apps come with: codes, verifiers, refresh tokens,
// addresses of requests that were pushed, words of launches and of logouts, ID
// tokens. What an app was given it was given; what it sends is never shown.
func TestNoRefusalAndNoLogHoldsASecretOfAnApp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, func(s *client.Spec) { trades(s); s.Grants = append(s.Grants, client.DeviceCode) })
		w.s.cfg.Registration = InvitedRegistration
		invitation, err := w.clients.Invite(t.Context(), 1_000, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		shown := a.shows()
		a.verifier = "a-verifier-that-is-very-long-and-very-secret-too"
		got := a.let(nil)
		pushed := w.post(pathPush, a.proven(a.asks())).text("request_uri")
		secrets := map[string]string{"code": a.code(nil), "code_verifier": a.verifier, "refresh_token": got.text("refresh_token"), "request_uri": pushed,
			"launch": "a-launch-word-that-nobody-may-see", "id_token_hint": got.text("id_token"), "client_secret": a.secret, "token": got.text("access_token"),
			"state": "a-state-that-nobody-may-see", "nonce": "a-nonce-that-nobody-may-see", "access_token": got.text("access_token"),
			"device_code": shown.text("device_code"), "user_code": shown.text("user_code"), "subject_token": a.let(nil).text("access_token"), "software_statement": "a-statement.that-nobody.may-see", "invitation": invitation}
		rapid.Check(t, func(t *rapid.T) {
			form := a.asks()
			for name, s := range secrets {
				switch rapid.IntRange(0, 3).Draw(t, name) {
				case 0:
					form.Set(name, s)
				case 1:
					form.Set(name, s+"0")
				case 2:
					form.Del(name)
				}
			}
			for name, values := range map[string][]string{"grant_type": {"authorization_code", "refresh_token", client.DeviceCode, client.TokenExchange, ""}, "subject_token_type": {accessTokenType, ""}, "redirect_uri": {appBack, "https://evil.example/"}, "client_id": {a.ID, "x"}, "scope": {"openid", "system/*.rs"}} {
				form.Set(name, rapid.SampledFrom(values).Draw(t, name))
			}
			path := rapid.SampledFrom([]string{pathToken, pathPush, pathAuthorize, pathLogout, pathUserinfo, pathRevoke, pathIntrospect, pathDevice, pathRegister, pathRegister + "/" + a.ID}).Draw(t, "path")
			var got answer
			if strings.HasPrefix(path, pathRegister) {
				m := plainApp()
				for name := range form {
					m[name] = form.Get(name)
				}
				if rapid.Bool().Draw(t, "good") {
					m = plainApp()
				}
				got = w.json(rapid.SampledFrom([]string{"POST", "PUT", "GET"}).Draw(t, "method"), path, m, "Authorization", "Bearer "+invitation+rapid.StringMatching(`0?`).Draw(t, "more"))
			} else if rapid.Bool().Draw(t, "as a query") {
				got = w.get(path, form)
			} else {
				got = w.post(path, form)
			}
			shown := w.log.String() + strings.Join(got.header.Values("Www-Authenticate"), " ")
			if got.status >= 400 {
				shown += got.body
			}
			to := got.header.Get("Location")
			for name, s := range secrets {
				secret := strings.TrimPrefix(s, requestPrefix)
				if strings.Contains(shown, secret) || strings.Contains(shown, url.QueryEscape(secret)) {
					t.Fatalf("%s was shown by %s", name, path)
				}
				if name != "state" && name != "request_uri" && strings.Contains(to, secret) {
					t.Fatalf("%s is in the address that %s sends the browser to: %s", name, path, to)
				}
			}
		})
		if !strings.Contains(w.log.String(), "/oauth/") {
			t.Error("nothing was logged at all")
		}
	})
}
