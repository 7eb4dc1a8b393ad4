package client

import (
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

const browserA, browserB = "a secret of a browser A", "a secret of a browser B"

// asked keeps a request of an app, and opens it in browser A.
func asked(t *testing.T, c *Clients) (Client, Ask) {
	t.Helper()
	cl, _, err := c.Add(t.Context(), Spec{Name: "Run Club", Profile: SMART, Proof: NoProof, Redirects: []string{"https://app.example/back"},
		Scopes: "openid patient/*.rs offline_access", Grants: []string{AuthorizationCode, RefreshToken}})
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := c.Keep(t.Context(), Ask{Client: cl.ID, Issuer: "https://id.example.org", Redirect: "https://app.example/back", Scopes: "openid patient/*.rs", MaxAge: -1}, false)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := c.Opened(t.Context(), id, browserA)
	if err != nil {
		t.Fatal(err)
	}
	return cl, a
}

func TestAChoiceIsOfOneAccountInOneBrowser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHand()
		c := openAt(t, d, newRing(t), h)
		_, a := asked(t, c)
		want := Choice{Confirmed: true, Patient: "p", Encounter: "e"}
		wantKind(t, "another browser", c.Choose(t.Context(), a.ID, browserB, "ann", want), problem.NotFound)
		wantKind(t, "another request", c.Choose(t.Context(), "nothing", browserA, "ann", want), problem.NotFound)
		if err := c.Choose(t.Context(), a.ID, browserA, "ann", want); err != nil {
			t.Fatal(err)
		}
		for _, who := range []struct {
			id, browser, account string
			want                 Choice
		}{{a.ID, browserA, "ann", want}, {a.ID, browserB, "ann", Choice{}}, {a.ID, browserA, "mallory", Choice{}}, {"nothing", browserA, "ann", Choice{}}, {a.ID, browserA, "", Choice{}}} {
			if got, err := c.Chosen(t.Context(), who.id, who.browser, who.account); err != nil || got != who.want {
				t.Errorf("%v: %+v, %v", who, got, err)
			}
		}
		if err := c.Choose(t.Context(), a.ID, browserA, "mallory", Choice{Patient: "q"}); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Chosen(t.Context(), a.ID, browserA, "ann"); err != nil || got != (Choice{}) {
			t.Errorf("after somebody else chose: %+v, %v", got, err)
		}
		h.move(time.Hour)
		wantKind(t, "too late", c.Choose(t.Context(), a.ID, browserA, "ann", want), problem.NotFound)
	})
}

func TestAPermissionSaysWhenItWasUsed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHand()
		c := openAt(t, d, newRing(t), h)
		cl, standing, _ := added(t, c)
		g, err := c.Allow(t.Context(), Grant{Client: cl.ID, Account: "ann", Context: Context{Patient: "p"}, Scopes: "patient/*.rs", Until: h.now().Add(24 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		used := func() map[string]time.Time {
			t.Helper()
			all, err := c.LastUsed(t.Context(), "ann")
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if got := used(); len(got) != 0 {
			t.Errorf("before the first token: %v", got)
		}
		first := h.now().UTC()
		issued(t, c, g.ID)
		h.move(30 * time.Second)
		issued(t, c, g.ID)
		if got := used(); !got[g.ID].Equal(first) {
			t.Errorf("%v, want %v", got, first)
		}
		h.move(time.Hour)
		issued(t, c, g.ID)
		if got := used(); !got[g.ID].Equal(h.now()) {
			t.Errorf("an hour later: %v", got)
		}
		issued(t, c, standing.ID)
		if all, err := c.LastUsed(t.Context(), ""); err != nil || len(all) != 0 {
			t.Errorf("the operator's own: %v, %v", all, err)
		}
	})
}

// A permission is ended, and given another end, by whoever gave it and by
// nobody else; what ended stays ended, on every node within a second.
func TestAPermissionIsItsGiversToEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHand()
		ring := newRing(t)
		c, other := openAt(t, d, ring, h), openAt(t, d, ring, h)
		cl, _, _ := added(t, c)
		allow := func() Grant {
			t.Helper()
			g, err := c.Allow(t.Context(), Grant{Client: cl.ID, Account: "ann", Context: Context{Patient: "p"}, Scopes: "patient/*.rs", Until: h.now().Add(24 * time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			return g
		}
		g := allow()
		token := issued(t, c, g.ID)
		later := h.now().Add(48 * time.Hour)
		for _, who := range []string{"mallory", ""} {
			wantKind(t, "end by "+who, c.End(t.Context(), who, g.ID), problem.NotFound)
			wantKind(t, "move by "+who, c.MoveEnd(t.Context(), who, g.ID, later), problem.NotFound)
		}
		wantKind(t, "into the past", c.MoveEnd(t.Context(), "ann", g.ID, h.now()), problem.Invalid)
		if err := c.MoveEnd(t.Context(), "ann", g.ID, h.now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Verify(t.Context(), token); err != nil {
			t.Errorf("before the new end: %v", err)
		}
		h.move(time.Minute + time.Second)
		for name, node := range map[string]*Clients{"here": c, "elsewhere": other} {
			_, err := node.Verify(t.Context(), token)
			wantKind(t, name+", after the new end", err, problem.Unauthorized)
		}
		wantKind(t, "what has ended is woken up", c.MoveEnd(t.Context(), "ann", g.ID, later), problem.NotFound)

		g = allow()
		token = issued(t, c, g.ID)
		if _, err := other.Verify(t.Context(), token); err != nil {
			t.Error(err)
		}
		if err := c.End(t.Context(), "ann", g.ID); err != nil {
			t.Fatal(err)
		}
		_, err := c.Verify(t.Context(), token)
		wantKind(t, "here", err, problem.Revoked)
		h.move(time.Second)
		_, err = other.Verify(t.Context(), token)
		wantKind(t, "elsewhere, a second later", err, problem.Revoked)
		wantKind(t, "ended twice", c.End(t.Context(), "ann", g.ID), problem.NotFound)
		wantKind(t, "ended and moved", c.MoveEnd(t.Context(), "ann", g.ID, later), problem.NotFound)
	})
}

func TestWhatIsSaidOfAClient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := openAt(t, d, newRing(t), newHand())
		cl, _ := asked(t, c)
		if got, err := c.AboutClient(t.Context(), cl.ID); err != nil || got != (About{}) {
			t.Errorf("nothing was said: %+v, %v", got, err)
		}
		for _, bad := range []About{{}, {Purpose: "x"}, {Owner: "a\nb"}, {Owner: "x", Purpose: strings.Repeat("x", 301)}, {Owner: "\xff"}} {
			wantKind(t, bad.Owner, c.Describe(t.Context(), cl.ID, bad), problem.Invalid)
		}
		wantKind(t, "nobody", c.Describe(t.Context(), "app-nothing", About{Owner: "x"}), problem.NotFound)
		for _, want := range []About{{"Run Club Ltd", "To plan your training."}, {"Run Club plc", ""}} {
			if err := c.Describe(t.Context(), cl.ID, want); err != nil {
				t.Fatal(err)
			}
			if got, err := c.AboutClient(t.Context(), cl.ID); err != nil || got != want {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
}
