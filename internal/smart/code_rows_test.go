package smart

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// The answer of the token endpoint is the JSON of RFC 6749 section 5.1, for
// each way in which an app proves itself (73 to 88).
func TestACodeBecomesAToken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for _, proof := range []client.Proof{client.NoProof, client.BySecret, client.ByKey} {
			m := w.app(proof, nil)
			a := m.redeem(m.code(yes(""), "scope", "openid fhirUser launch/patient patient/*.rs"))
			if a.status != 200 || a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
				t.Errorf("%s: %d %v", proof, a.status, a.header)
			}
			o := a.json()
			token, _ := o["access_token"].(string)
			if !regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`).MatchString(token) || o["token_type"] != "Bearer" || o["expires_in"] != 3600.0 ||
				o["scope"] != "openid fhirUser launch/patient patient/*.rs" || o["refresh_token"] != nil || o["error"] != nil {
				t.Errorf("%s: %v", proof, o)
			}
			if len(token) > 200 || a.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: %d bytes, %v", proof, len(token), a.header)
			}
			if !w.good(token) {
				t.Errorf("%s: the FHIR interface does not take it", proof)
			}
		}
		w.app(client.NoProof, nil).redeem("nothing").want("no such code", 400, "invalid_grant")
	})
}

// The scope of the answer is what was allowed, which may be less than what was
// asked for (78).
func TestTheAnswerSaysWhatWasAllowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, func(s *client.Spec) { s.Scopes = "openid launch/patient patient/Observation.rs patient/Patient.rs" })
		for _, c := range []struct{ asked, allowed, given string }{
			{"openid patient/Observation.rs", "", "openid patient/Observation.rs"},
			{"openid patient/Observation.rs patient/Patient.rs", "patient/Patient.rs", "patient/Patient.rs"},
			{"patient/Observation.rs", "patient/Observation.s", "patient/Observation.s"},
			{"patient/Observation.rs", "patient/Observation.rs?category=laboratory", "patient/Observation.rs?category=laboratory"},
			{"patient/Observation.cruds", "", "patient/Observation.rs"}, // the app may have no more
			{"patient/Observation.read", "", "patient/Observation.read"},
			{"openid patient/Goal.rs nonsense user/Goal.dus", "", "openid"},
		} {
			if o := m.let(yes(c.allowed), "scope", c.asked); o["scope"] != c.given {
				t.Errorf("%s of %s: %v, want %s", c.allowed, c.asked, o["scope"], c.given)
			}
		}
		// More than was asked for is never given, whatever a page says.
		id := w.authorize(m.asks("scope", "patient/Observation.s")).waiting(t)
		if _, _, err := w.clients.Opened(t.Context(), id, theBrowser); err != nil {
			t.Fatal(err)
		}
		y := yes("patient/Observation.rs")
		y.Until = w.now().Add(time.Hour)
		if _, err := w.clients.Approve(t.Context(), id, theBrowser, y); err == nil {
			t.Error("more was allowed than asked for")
		}
	})
}

// A token is good for an hour at most, and for no longer than the permission
// (77, 88, 94).
func TestATokenOfAPersonRunsOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		o := m.let(yes(""))
		w.move(time.Hour - time.Second)
		if !w.good(o["access_token"]) {
			t.Error("it ended too soon")
		}
		w.move(time.Second)
		if w.good(o["access_token"]) {
			t.Error("it is good for longer than it says")
		}
		y := yes("")
		y.Until = w.now().Add(10 * time.Minute)
		short := m.let(y)
		if short["expires_in"] != 600.0 {
			t.Errorf("good for %v seconds of a permission of ten minutes", short["expires_in"])
		}
		w.move(10 * time.Minute)
		if w.good(short["access_token"]) {
			t.Error("it outlived the permission")
		}
	})
}

// A code is good once, for a minute, for one app and one address; a second use
// ends what the first one gave.
func TestACodeIsGoodOnceForOneApp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m, thief := w.app(client.NoProof, nil), w.app(client.NoProof, nil)

		code := m.code(yes(""))
		first := m.redeem(code).json()
		m.redeem(code).want("used twice", 400, "invalid_grant")
		if w.good(first["access_token"]) {
			t.Error("a token of a code that was used twice is still good")
		}

		code = m.code(yes(""))
		thief.redeem(code).want("another app's", 400, "invalid_grant")
		if a := m.redeem(code); a.status != 200 {
			t.Errorf("its own, after another tried: %d %s", a.status, a.body)
		}

		m.redeem(m.code(yes("")), "redirect_uri", other).want("another address", 400, "invalid_grant")
		m.redeem(m.code(yes("")), "redirect_uri", "").want("no address", 400, "invalid_grant")

		code = m.code(yes(""))
		w.move(59 * time.Second)
		if a := m.redeem(code); a.status != 200 {
			t.Errorf("after 59 seconds: %d %s", a.status, a.body)
		}
		code = m.code(yes(""))
		w.move(61 * time.Second)
		m.redeem(code).want("after 61 seconds", 400, "invalid_grant")

		secret := w.app(client.BySecret, nil)
		code = secret.code(yes(""))
		secret.secret += "x"
		if a := secret.redeem(code); a.status != 401 || a.text("error") != "invalid_client" || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic") {
			t.Errorf("a wrong secret: %d %v %s", a.status, a.header, a.body)
		}
	})
}

// Of many who come with one code at the same time, one gets tokens at most, and
// none of them outlives the fault.
func TestOneCodeComesManyTimesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		code := m.code(yes(""))
		var all sync.WaitGroup
		var mu sync.Mutex
		var given []any
		for range 8 {
			all.Go(func() {
				if a := m.redeem(code); a.status == 200 {
					mu.Lock()
					defer mu.Unlock()
					given = append(given, a.json()["access_token"])
				}
			})
		}
		all.Wait()
		if len(given) > 1 {
			t.Errorf("%d tokens for one code", len(given))
		}
		if slices.ContainsFunc(given, w.good) {
			t.Error("its token is still good")
		}
	})
}

// Two ways of proof at once, none, and one that is another client's are refused
// at the token endpoint.
func TestAnAppProvesItselfInItsOwnWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		public, secret, key := w.app(client.NoProof, nil), w.app(client.BySecret, nil), w.app(client.ByKey, nil)
		for name, m := range map[string]*member{"secret": secret, "key": key} {
			code := m.code(yes(""))
			form := with(map[string][]string{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier}, "client_id": {m.ID}})
			w.post(pathToken, form).want(name+" by its name alone", 400, "invalid_client")
			if a := m.redeem(code); a.status != 200 {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		}
		form := with(map[string][]string{"grant_type": {"authorization_code"}, "code": {public.code(yes(""))}, "redirect_uri": {back}, "code_verifier": {verifier}})
		if a := w.post(pathToken, with(form, "client_id", secret.ID, "client_secret", secret.secret)); a.status != 400 || a.text("error") != "invalid_grant" {
			t.Errorf("another client's code: %d %s", a.status, a.body)
		}
		// The secret may stand in the form as well.
		form.Set("code", secret.code(yes("")))
		if a := w.post(pathToken, with(form, "client_id", secret.ID, "client_secret", secret.secret)); a.status != 200 {
			t.Errorf("client_secret_post: %d %s", a.status, a.body)
		}
		form.Set("code", secret.code(yes("")))
		w.post(pathToken, with(form, "client_id", secret.ID, "client_secret", secret.secret), "Authorization", basicOf(secret.ID, secret.secret)).want("two ways", 400, "invalid_request")
	})
}
