package smart

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// An app sends a browser with GET or POST; the person decides on a page; the
// browser goes back to the app with a code and the app's own state (SMART 2.2,
// "Obtain authorization code").
func TestAPersonIsAskedAndTheAnswerGoesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		v := m.asks()
		for method, a := range map[string]answer{
			"GET":  w.authorize(v),
			"POST": w.post(pathAuthorize, v),
		} {
			if a.body != "" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Referrer-Policy") != "no-referrer" || a.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: %v %q", method, a.header, a.body)
			}
			q := w.allow(a.waiting(t), yes(""))
			if len(q["code"]) != 1 || len(q.Get("code")) < 40 || q.Get("state") != "a state & more" || q.Get("iss") != issuer || q.Has("error") {
				t.Errorf("%s: %v", method, q)
			}
		}
		// Without a state none comes back.
		if q := w.allow(w.authorize(m.asks("state", "")).waiting(t), yes("")); q.Has("state") {
			t.Errorf("a state that nobody sent: %v", q)
		}
	})
}

// A no goes back as an error, with the state, and never with a code.
func TestANoGoesBackToTheApp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		id := w.authorize(m.asks()).waiting(t)
		if _, _, err := w.clients.Opened(t.Context(), id, theBrowser); err != nil {
			t.Fatal(err)
		}
		location, err := w.clients.Decline(t.Context(), id, theBrowser, "access_denied")
		if err != nil {
			t.Fatal(err)
		}
		if q := landed(t, location, back); q.Get("error") != "access_denied" || q.Get("state") != "a state & more" || q.Has("code") || q.Get("iss") != issuer {
			t.Errorf("%v", q)
		}
		if _, err := w.clients.Approve(t.Context(), id, theBrowser, yes("openid")); err == nil {
			t.Error("a yes after a no")
		}
	})
}

// Only addresses that were registered are gone to, to the letter; anything else
// is a page (18; RFC 9700 section 4.1.3).
func TestOnlyRegisteredAddressesAreGoneTo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		for _, to := range []string{"https://evil.example/back", back + "/", back + "x", back + "?a=b", back + "#x", strings.ToUpper(back), "http://app.example/back",
			"https://app.example:443/back", "https://app.example:8443/back", "https://user@app.example/back", "https://app.example/x/../back", "https://app.example/bac%6b", ""} {
			for what, a := range map[string]answer{"GET": w.authorize(m.asks("redirect_uri", to)), "POST": w.post(pathAuthorize, m.asks("redirect_uri", to))} {
				if a.status != 400 || a.header.Get("Location") != "" || strings.Contains(a.body, "evil") {
					t.Errorf("%s %q: %d %v %s", what, to, a.status, a.header, a.body)
				}
			}
		}
		twice := m.asks()
		twice.Add("redirect_uri", "https://evil.example")
		if a := w.authorize(twice); a.status != 400 || a.header.Get("Location") != "" {
			t.Errorf("two addresses: %d %v", a.status, a.header)
		}
		for _, id := range []string{"", "nobody", w.register(testKeys().p384, "ES384", nil).ID} {
			if a := w.authorize(m.asks("client_id", id)); a.status != 400 || a.header.Get("Location") != "" {
				t.Errorf("client %q: %d %v", id, a.status, a.header)
			}
		}
		if err := w.clients.Revoke(t.Context(), m.ID); err != nil {
			t.Fatal(err)
		}
		if a := w.authorize(m.asks()); a.status != 400 || a.header.Get("Location") != "" {
			t.Errorf("a client that was revoked: %d %v", a.status, a.header)
		}
	})
}

// What is wrong with a request of a known app goes back to it as an error of
// RFC 6749 section 4.1.2.1, with its state; nobody is asked.
func TestAuthorizationRequestsThatAreRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		for name, c := range map[string]struct {
			changes []string
			code    string
		}{
			"no response_type":           {[]string{"response_type", ""}, "invalid_request"},
			"implicit":                   {[]string{"response_type", "token"}, "unsupported_response_type"},
			"hybrid":                     {[]string{"response_type", "code id_token"}, "unsupported_response_type"},
			"another mode":               {[]string{"response_mode", "fragment"}, "invalid_request"},
			"no challenge":               {[]string{"code_challenge", "", "code_challenge_method", ""}, "invalid_request"},
			"plain (15)":                 {[]string{"code_challenge_method", "plain"}, "invalid_request"},
			"no method, which is plain":  {[]string{"code_challenge_method", ""}, "invalid_request"},
			"a method of another case":   {[]string{"code_challenge_method", "s256"}, "invalid_request"},
			"a short challenge":          {[]string{"code_challenge", "abc"}, "invalid_request"},
			"a challenge of plain":       {[]string{"code_challenge", verifier + "x"}, "invalid_request"},
			"no scope that it may have":  {[]string{"scope", "system/*.rs introspect"}, "invalid_scope"},
			"no scope":                   {[]string{"scope", ""}, "invalid_scope"},
			"a signed request":           {[]string{"request", "eyJ"}, "request_not_supported"},
			"a registration":             {[]string{"registration", "{}"}, "registration_not_supported"},
			"none and login":             {[]string{"prompt", "none login"}, "invalid_request"},
			"an age that is no number":   {[]string{"max_age", "soon"}, "invalid_request"},
			"a hint of nobody's":         {[]string{"id_token_hint", "a.b.c"}, "invalid_request"},
			"another server (96)":        {[]string{"aud", "https://other.example/fhir"}, "invalid_request"},
			"a prefix of this server":    {[]string{"aud", issuer + "/fhir.evil.example"}, "invalid_request"},
			"a part of this server":      {[]string{"aud", issuer}, "invalid_request"},
			"no server":                  {[]string{"aud", ""}, "invalid_request"},
			"another server as resource": {[]string{"resource", "https://other.example/fhir"}, "invalid_target"},
		} {
			q := w.authorize(m.asks(c.changes...)).sent(t, back)
			if q.Get("error") != c.code || q.Get("state") != "a state & more" || q.Get("iss") != issuer || q.Has("code") || q.Get("error_description") == "" {
				t.Errorf("%s: %v, want %s", name, q, c.code)
			}
		}
		twice := m.asks()
		twice.Add("aud", "https://other.example/fhir")
		if a := w.authorize(twice); a.status != 400 || a.header.Get("Location") != "" {
			t.Errorf("two servers: %d %v", a.status, a.header)
		}
		// The same with resource in place of aud, and with a slash, is this server.
		w.authorize(m.asks("aud", "", "resource", issuer+"/fhir")).waiting(t)
		w.authorize(m.asks("aud", issuer+"/fhir/")).waiting(t)
	})
}

// A code is given for the verifier of its challenge and for nothing else
// (14, 15, 31; RFC 7636).
func TestACodeNeedsItsVerifier(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for _, proof := range []client.Proof{client.NoProof, client.BySecret, client.ByKey} {
			m := w.app(proof, nil)
			for name, v := range map[string]string{
				"none": "", "another": strings.Repeat("x", 43), "the challenge": challengeOf(verifier), "a short one": verifier[:42], "one more letter": verifier + "x",
			} {
				code := m.code(yes(""))
				m.redeem(code, "code_verifier", v).want(string(proof)+": "+name, 400, "invalid_grant")
				// A code that was tried with another verifier is used up.
				m.redeem(code).want(string(proof)+": again", 400, "invalid_grant")
			}
			if a := m.redeem(m.code(yes(""))); a.status != 200 {
				t.Errorf("%s: %d %s", proof, a.status, a.body)
			}
		}
	})
}

// Requests that a client pushes are checked as those that a browser brings, and
// nothing of them is in an address (RFC 9126).
func TestAPushedRequestIsUsedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.ByKey, nil)
		v, header := m.proves(m.asks())
		a := w.post(pathPush, v, header...)
		address := a.text("request_uri")
		if a.status != 201 || !strings.HasPrefix(address, "urn:ietf:params:oauth:request_uri:") || a.json()["expires_in"].(float64) > 600 || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v %s", a.status, a.header, a.body)
		}
		w.authorizeOther(t, address)
		id := w.authorize(url.Values{"client_id": {m.ID}, "request_uri": {address}}).waiting(t)
		if q := w.allow(id, yes("")); q.Get("state") != "a state & more" || !q.Has("code") {
			t.Errorf("%v", q)
		}
		if a := w.authorize(url.Values{"client_id": {m.ID}, "request_uri": {address}}); a.status == 303 {
			t.Errorf("used twice: %v", a.header)
		}
		v, header = m.proves(m.asks("redirect_uri", "https://evil.example/"))
		w.post(pathPush, v, header...).want("another address", 400, "invalid_request")
		v, header = m.proves(m.asks("request_uri", address))
		w.post(pathPush, v, header...).want("a request within a request", 400, "invalid_request")
	})
}

// authorizeOther comes with an address that another client pushed.
func (w *town) authorizeOther(t *testing.T, address string) {
	t.Helper()
	o := w.app(client.NoProof, nil)
	if a := w.authorize(url.Values{"client_id": {o.ID}, "request_uri": {address}}); a.status == 303 {
		t.Errorf("another client's request: %v", a.header)
	}
}
