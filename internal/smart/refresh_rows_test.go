package smart

import (
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

const toLast = "openid offline_access launch/patient patient/Observation.rs patient/Patient.rs"

// A refresh token gives another access token, with the scopes of the first one
// (101, 109 to 114).
func TestARefreshTokenGivesAnotherToken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for _, proof := range []client.Proof{client.NoProof, client.BySecret, client.ByKey} {
			m := w.app(proof, nil)
			first := m.let(yes(""), "scope", toLast)
			refresh, _ := first["refresh_token"].(string)
			if refresh == "" || first["scope"] != toLast {
				t.Fatalf("%s: %v", proof, first)
			}
			w.move(2 * time.Hour)
			a := m.renew(refresh)
			o := a.json()
			if a.status != 200 || o["access_token"] == "" || o["access_token"] == first["access_token"] || o["token_type"] != "Bearer" || o["expires_in"] != 3600.0 || o["scope"] != toLast ||
				o["patient"] != "17" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
				t.Errorf("%s: %d %v %v", proof, a.status, a.header, o)
			}
			if !w.good(o["access_token"]) {
				t.Errorf("%s: the FHIR interface does not take it", proof)
			}
		}
	})
}

// The scope of a renewal may be less than at first, and never more (104, 115).
func TestARefreshTokenGivesNoMoreThanAtFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.BySecret, nil)
		refresh, _ := m.let(yes("openid offline_access launch/patient patient/Observation.rs?category=laboratory patient/Patient.rs"), "scope", toLast)["refresh_token"].(string)
		for _, scope := range []string{"patient/Patient.rs", "patient/Patient.r", "patient/Observation.s?category=laboratory openid"} {
			if o := m.renew(refresh, "scope", scope).json(); o["scope"] != scope || !w.good(o["access_token"]) {
				t.Errorf("%s: %v", scope, o)
			}
		}
		for _, scope := range []string{"patient/*.rs", "patient/Patient.cruds", "patient/Observation.rs", "patient/Observation.rs?category=vital-signs", "user/Patient.rs", "system/Patient.rs",
			"patient/Goal.rs", "fhirUser", "patient/Patient.rs fhirUser", "introspect"} {
			m.renew(refresh, "scope", scope).want(scope, 400, "invalid_scope")
		}
		if o := m.renew(refresh).json(); o["scope"] != "openid offline_access launch/patient patient/Observation.rs?category=laboratory patient/Patient.rs" {
			t.Errorf("without a scope: %v", o["scope"])
		}
	})
}

// A refresh token is of use to its own client only (103).
func TestARefreshTokenIsOneClients(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m, thief, key := w.app(client.BySecret, nil), w.app(client.BySecret, nil), w.app(client.ByKey, nil)
		refresh, _ := m.let(yes(""), "scope", toLast)["refresh_token"].(string)
		thief.renew(refresh).want("another client's", 400, "invalid_grant")
		key.renew(refresh).want("a client with a key", 400, "invalid_grant")
		form := map[string][]string{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {m.ID}}
		w.post(pathToken, form).want("without the secret", 400, "invalid_client")
		m.renew(refresh+"x").want("a longer one", 400, "invalid_grant")
		m.renew("").want("none", 400, "invalid_grant")
		if a := m.renew(refresh); a.status != 200 {
			t.Errorf("its own: %d %s", a.status, a.body)
		}
		access := m.let(yes(""), "scope", toLast)["access_token"].(string)
		m.renew(access).want("an access token", 400, "invalid_grant")
		if w.good(refresh) {
			t.Error("a refresh token is taken for an access token")
		}
	})
}

// Whether there is a refresh token is for the scopes that were allowed, and for
// what the client was registered with (89).
func TestWhoGetsARefreshToken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		if o := m.let(yes(""), "scope", "openid patient/Patient.rs"); o["refresh_token"] != nil {
			t.Error("nobody asked for it")
		}
		if o := m.let(yes("openid patient/Patient.rs"), "scope", toLast); o["refresh_token"] != nil {
			t.Error("the person did not allow it")
		}
		never := w.app(client.NoProof, func(s *client.Spec) { s.Grants = []string{client.AuthorizationCode} })
		if o := never.let(yes(""), "scope", toLast); o["refresh_token"] != nil || o["scope"] != "openid launch/patient patient/Observation.rs patient/Patient.rs" {
			t.Errorf("a client without refresh tokens: %v", o)
		}
	})
}

// An app with online access gets tokens as long as the person is signed in, and
// one with offline access also after that (100, 101, 365, 366).
func TestOnlineAccessEndsWithTheSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.BySecret, nil)
		on, off := yes(""), yes("")
		on.Session = "session-1"
		online := m.let(on, "scope", "online_access launch/patient patient/Patient.rs")
		offline := m.let(off, "scope", "offline_access launch/patient patient/Patient.rs")
		refresh, _ := online["refresh_token"].(string)
		if a := m.renew(refresh); a.status != 200 || !w.good(a.json()["access_token"]) {
			t.Fatalf("online: %d %s", a.status, a.body)
		}
		w.people.end("session-1")
		m.renew(refresh).want("after the session", 400, "invalid_grant")
		if w.good(online["access_token"]) {
			t.Error("an access token outlives the session")
		}
		if a := m.renew(offline["refresh_token"].(string)); a.status != 200 || !w.good(offline["access_token"]) {
			t.Errorf("offline: %d %s", a.status, a.body)
		}
		w.people.end("anna")
		m.renew(offline["refresh_token"].(string)).want("after the account", 400, "invalid_grant")
	})
}

// A public client gets another refresh token with each use. One that comes
// again shows that two have it, and all of them end (RFC 9700 section 4.14.2).
func TestAPublicClientsRefreshTokenIsReplaced(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		first := m.let(yes(""), "scope", toLast)
		one, _ := first["refresh_token"].(string)
		second := m.renew(one).json()
		two, _ := second["refresh_token"].(string)
		if two == "" || two == one {
			t.Fatalf("not replaced: %v", second)
		}
		m.renew(one).want("the first again", 400, "invalid_grant")
		m.renew(two).want("the second, after that", 400, "invalid_grant")
		for _, o := range []object{first, second} {
			if w.good(o["access_token"]) {
				t.Error("an access token of the family is still good")
			}
		}
		// Of many at once, one goes on at most.
		again, _ := m.let(yes(""), "scope", toLast)["refresh_token"].(string)
		var all sync.WaitGroup
		var mu sync.Mutex
		n := 0
		for range 6 {
			all.Go(func() {
				if a := m.renew(again); a.status == 200 {
					mu.Lock()
					defer mu.Unlock()
					n++
				}
			})
		}
		all.Wait()
		if n > 1 {
			t.Errorf("%d were given for one", n)
		}
	})
}

// A refresh token that is used lasts as long as the permission, and one that
// nobody uses for a hundred days ends.
func TestARefreshTokenLastsThreeMonths(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.BySecret, nil)
		y := yes("")
		y.Until = w.now().Add(365 * 24 * time.Hour)
		refresh, _ := m.let(y, "scope", toLast)["refresh_token"].(string)
		for range 3 {
			w.move(99 * 24 * time.Hour)
			if a := m.renew(refresh); a.status != 200 {
				t.Fatalf("after %v: %d %s", w.now(), a.status, a.body)
			}
		}
		w.move(69 * 24 * time.Hour)
		m.renew(refresh).want("after the permission", 400, "invalid_grant")
		y.Until = w.now().Add(365 * 24 * time.Hour)
		idle, _ := m.let(y, "scope", toLast)["refresh_token"].(string)
		w.move(101 * 24 * time.Hour)
		m.renew(idle).want("after a hundred days", 400, "invalid_grant")
	})
}
