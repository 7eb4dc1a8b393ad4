package smart

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// Whatever text comes as signed, nothing panics, and nothing is taken for
// signed by a key that did not sign it.
func FuzzSigned(f *testing.F) {
	k := testKeys()
	claims := object{"iss": "a", "aud": []string{"b"}, "exp": 1.5}
	f.Add(sign(f, k.p384, object{"alg": "ES384", "kid": "1", "typ": "JWT"}, claims), false)
	f.Add(sign(f, k.p256, object{"alg": "ES256", "jwk": jwk("", k.p256), "typ": "dpop+jwt"}, claims), true)
	f.Add("a.b.c", false)
	good := sign(f, k.p384, object{"alg": "ES384", "kid": "1", "typ": "JWT"}, claims)
	f.Fuzz(func(t *testing.T, text string, withKey bool) {
		s, err := parseSigned(text, checkedAlgs, withKey)
		if err != nil {
			return
		}
		if c, err := readClaims(s.peek()); err == nil {
			_ = c.audience()
		}
		b, err := s.verify(&k.p384.PublicKey)
		head, _, _ := strings.Cut(text, ".")
		goodHead, _, _ := strings.Cut(good, ".")
		if err == nil && (head != goodHead || string(b) == "") {
			t.Errorf("%q is taken for signed", text)
		}
	})
}

// Whatever is asked for, what is given lies within what was allowed.
func FuzzScopes(f *testing.F) {
	const allowed = "system/Observation.rs system/Condition.cruds?category=x introspect"
	for _, s := range []string{"", "system/*.cruds", "system/Observation.rs introspect", "system/Condition.r?category=x&code=y", "\x00 a%20b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := asked(text, allowed)
		if err != nil {
			return
		}
		if again, err := asked(got, allowed); err != nil || again != got {
			t.Errorf("%q gave %q, and that %q, %v", text, got, again, err)
		}
		if strings.Contains(got, "*") || strings.ContainsAny(got, "\t\n\r\"\\") {
			t.Errorf("%q gave %q", text, got)
		}
	})
}

// Whatever form is sent, the answer is JSON, is never to be kept, and is no
// fault of ours.
func FuzzTokenEndpoint(f *testing.F) {
	w := newWorld(f, dbtest.SQLite(f), nil) // strangers' texts meet the same code before either database
	p := w.register(testKeys().p384, "ES384", func(s *client.Spec) { s.Scopes = "system/*.rs" })
	f.Add(p.form("system/*.rs").Encode(), "", "")
	f.Add(url.Values{"token": {"x"}}.Encode(), "Basic eDp5", w.proves(testKeys().p256, "ES256", pathToken, nil))
	f.Add("grant_type=client_credentials&client_assertion_type="+url.QueryEscape(assertionType)+"&client_assertion=a.b.c", "Bearer x", "a.b.c")
	a := w.app(client.BySecret, func(s *client.Spec) { trades(s); s.Grants = append(s.Grants, client.DeviceCode) })
	f.Add(a.proven(a.asks()).Encode(), "", "")
	f.Add(a.proven(url.Values{"grant_type": {client.DeviceCode}, "device_code": {a.shows().text("device_code")}}).Encode(), "", "")
	f.Add(a.proven(url.Values{"grant_type": {client.TokenExchange}, "subject_token": {a.let(nil).text("access_token")}, "subject_token_type": {accessTokenType}, "requested_subject": {"Patient/x"}}).Encode(), "", "")
	f.Add(a.proven(url.Values{"grant_type": {"authorization_code"}, "code": {a.code(nil)}, "redirect_uri": {appBack}, "code_verifier": {a.verifier}}).Encode(), "", "")
	f.Add(a.proven(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.let(nil).text("refresh_token")}, "scope": {"patient/*.r"}}).Encode(), "", "a.b.c")
	f.Fuzz(func(t *testing.T, body, authorization, proof string) {
		w := &world{t: t, handler: w.handler}
		for _, path := range []string{pathToken, pathIntrospect, pathRevoke, pathPush, pathDevice} {
			a := w.send("POST", path, body, "Content-Type", "application/x-www-form-urlencoded", "Authorization", authorization, "DPoP", proof)
			if a.status >= 500 || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: %d %v %s", path, a.status, a.header, a.body)
			}
			_ = a.json()
		}
	})
}

// Whatever an app asks, and whatever it signs people out to, the browser is
// sent to a page of ours, or to an address that the app was registered with,
// and never with a code.
func FuzzAuthorize(f *testing.F) {
	w := newWorld(f, dbtest.SQLite(f), nil)
	a := w.app(client.NoProof, func(s *client.Spec) { s.Redirects = []string{appBack, "org.example.app:/back?x=1"} })
	id := a.let(nil).text("id_token")
	f.Add(a.asks().Encode())
	f.Add(with(a.asks(), "redirect_uri", "org.example.app:/back?x=1", "scope", "").Encode())
	f.Add(with(a.asks(), "redirect_uri", appBack+"@evil.example", "id_token_hint", id).Encode())
	f.Add(url.Values{"client_id": {a.ID}, "request_uri": {requestPrefix + "x"}}.Encode())
	f.Add(url.Values{"client_id": {a.ID}, "id_token_hint": {id}, "post_logout_redirect_uri": {a.Logouts[0]}, "state": {"x"}}.Encode())
	f.Fuzz(func(t *testing.T, query string) {
		w := &world{t: t, handler: w.handler}
		for _, path := range []string{pathAuthorize, pathLogout} {
			got := w.send("POST", path, query, "Content-Type", "application/x-www-form-urlencoded")
			if got.status >= 500 {
				t.Errorf("%s: %d %s", path, got.status, got.body)
			}
			to := got.header.Get("Location")
			if to == "" {
				continue
			}
			ours := strings.HasPrefix(to, issuer+"/authorize/") || to == issuer+"/sign-out" || strings.HasPrefix(to, issuer+"/sign-out?to=")
			its := path == pathAuthorize && strings.Contains(to, "error=") && (strings.HasPrefix(to, appBack+"?") || strings.HasPrefix(to, "org.example.app:/back?x=1&"))
			if !ours && !its || strings.ContainsAny(to, "\r\n") {
				t.Errorf("%s sends people to %q", path, to)
			}
		}
	})
}
