package smart

import (
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Three months after an app was used last it still gets a token. A public
// client gets another refresh token each time, one that proves itself keeps
// the one it has.
func TestAnAppAsksAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		kinds(w, func(t *testing.T, a *app) {
			first := a.let(nil)
			refresh := first.text("refresh_token")
			for range 3 {
				w.move(90 * 24 * time.Hour)
				got := a.renews(refresh)
				o := got.json()
				if got.status != 200 || o["scope"] != a.asks().Get("scope") || o["patient"] != "p1" || o["expires_in"] == nil || o["access_token"] == first.text("access_token") || got.header.Get("Cache-Control") != "no-store" {
					t.Fatalf("%d %s", got.status, got.body)
				}
				next := got.text("refresh_token")
				if rotates := a.Proof == client.NoProof; rotates == (next == "") || next == refresh {
					t.Errorf("the next refresh token is %q", next)
				}
				if next != "" {
					refresh = next
				}
			}
			if o := a.renews(refresh, "scope", "patient/Observation.r openid").json(); o["scope"] != "patient/Observation.r openid" || o["fhirUser"] != nil {
				t.Errorf("a part of it: %v", o)
			}
		})
		a := w.app(client.ByKey, nil)
		refresh := a.let(nil).text("refresh_token")
		w.move(100*24*time.Hour + time.Second)
		a.renews(refresh).refused("nobody used it for a hundred days", "invalid_grant")
	})
}

// A client that proves itself uses its refresh token as often as it likes: an
// answer that was lost costs it nothing (FAPI 2.0, no rotation).
func TestARefreshTokenOfAClientThatProvesItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		for _, a := range []*app{w.app(client.BySecret, nil), w.app(client.ByKey, nil), w.app(client.ByKey, strict)} {
			refresh := a.let(nil).text("refresh_token")
			for range 3 {
				if got := a.renews(refresh); got.status != 200 || got.text("refresh_token") != "" {
					t.Errorf("%s: %d %s", a.Proof, got.status, got.body)
				}
			}
		}
	})
}

// A refresh token is of no use to another client. One that comes again after
// it was replaced shows that two have it, and all that came of it ends.
func TestAttack8RefreshTokens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a, b := w.app(client.NoProof, nil), w.app(client.NoProof, nil)
		secret := w.app(client.BySecret, nil)
		first := a.let(nil)
		one := first.text("refresh_token")
		b.renews(one).refused("another client", "invalid_grant")
		secret.renews(one).refused("another client, which proves itself", "invalid_grant")
		for _, bad := range []string{"", "x", one + "0", one[:len(one)-1], first.text("access_token"), first.text("id_token")} {
			a.renews(bad).refused("what is no refresh token", "invalid_grant")
		}
		second := a.renews(one)
		if second.status != 200 {
			t.Fatalf("nobody else used it up, and %d %s", second.status, second.body)
		}
		third := a.renews(second.text("refresh_token"))
		b.renews(one).refused("the old one, by another client", "invalid_grant")
		if _, err := w.asks(third.text("access_token")); err != nil {
			t.Errorf("another client ended it: %v", err)
		}
		a.renews(one).refused("the old one", "invalid_grant")
		for name, got := range map[string]answer{"first": first, "second": second, "third": third} {
			if _, err := w.asks(got.text("access_token")); !problem.Is(err, problem.Revoked) {
				t.Errorf("the %s access token: %v", name, err)
			}
		}
		a.renews(third.text("refresh_token")).refused("the newest one", "invalid_grant")
	})
}

// Of many that come with one refresh token at once, on two nodes, one gets
// another, and none of what came of it is good after that.
func TestAttack8ARefreshTokenOnTwoNodes(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *world, a, same *app) {
		refresh := a.let(nil).text("refresh_token")
		var all sync.WaitGroup
		got := make(chan answer, 12)
		for i := range 12 {
			all.Go(func() { got <- []*app{a, same}[i%2].renews(refresh) })
		}
		all.Wait()
		close(got)
		n := 0
		for one := range got {
			if one.status != 200 {
				one.refused("another", "invalid_grant")
				continue
			}
			n++
			a.renews(one.text("refresh_token")).refused("the next one", "invalid_grant")
		}
		if n > 1 { // or none, where the others were quicker to end it
			t.Errorf("%d got tokens", n)
		}
	})
}

// A refresh gives no more than was allowed.
func TestAttack9MoreThanWasAllowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.NoProof, func(s *client.Spec) { s.Scopes = "openid offline_access profile patient/*.cruds user/*.rs" })
		got := a.let(nil, "scope", "openid offline_access patient/Observation.rs?category=laboratory patient/Patient.r")
		refresh := got.text("refresh_token")
		for name, scope := range map[string]string{
			"a larger scope": "patient/Observation.cruds?category=laboratory", "a wildcard": "patient/*.rs", "the restriction removed": "patient/Observation.rs",
			"another restriction": "patient/Observation.rs?category=vital-signs", "another level": "user/Patient.r", "the system's": "system/Patient.r", "another type": "patient/Condition.r",
			"a letter more": "patient/Patient.rs", "a word more": "openid profile", "what is not understood": "patient/Patient.dus", "v1": "patient/Patient.read", "a look-alike": "patient/Рatient.r",
			"encoded": "patient/Observation.rs%3Fcategory=laboratory", "an empty restriction": "patient/Observation.rs?", "10 kB": "patient/Patient.r " + string(make([]byte, 10_000)),
		} {
			a.renews(refresh, "scope", scope).refused(name, "invalid_scope")
		}
		ok := a.renews(refresh, "scope", "patient/Observation.r?category=laboratory  patient/Patient.r patient/Patient.r")
		if ok.status != 200 || ok.text("scope") != "patient/Observation.r?category=laboratory patient/Patient.r" {
			t.Fatalf("none of them used it up, and %d %s", ok.status, ok.body)
		}
		// A part that was asked for once does not narrow the permission.
		again := a.renews(ok.text("refresh_token"))
		if again.status != 200 || again.text("scope") != got.text("scope") {
			t.Errorf("%d %s, want %s", again.status, again.body, got.text("scope"))
		}
		many := ""
		for range 2_000 {
			many += "patient/Patient.r "
		}
		a.renews(again.text("refresh_token"), "scope", many).refused("too many scopes", "invalid_scope")
	})
}

// What a client takes back ends, and so does all that came of it.
func TestARefreshTokenIsTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		kinds(w, func(t *testing.T, a *app) {
			got := a.let(nil)
			other := w.app(client.NoProof, nil)
			refresh := got.text("refresh_token")
			if r := w.post(pathRevoke, other.proven(with(nil, "token", refresh))); r.status != 200 || r.body != "{}" {
				t.Errorf("another's: %d %s", r.status, r.body)
			}
			if r := w.post(pathRevoke, a.proven(with(nil, "token", refresh+"0"))); r.status != 200 || r.body != "{}" {
				t.Errorf("none: %d %s", r.status, r.body)
			}
			next := a.renews(refresh)
			if next.status != 200 {
				t.Fatalf("somebody else took it back: %d %s", next.status, next.body)
			}
			if n := next.text("refresh_token"); n != "" {
				refresh = n
			}
			if r := w.post(pathRevoke, a.proven(with(nil, "token", refresh, "token_type_hint", "access_token"))); r.status != 200 || r.body != "{}" {
				t.Errorf("its own: %d %s", r.status, r.body)
			}
			a.renews(refresh).refused("after that", "invalid_grant")
			if a.jkt == nil {
				if _, err := w.asks(next.text("access_token")); !problem.Is(err, problem.Revoked) {
					t.Errorf("the access token: %v", err)
				}
			}
		})
	})
}
