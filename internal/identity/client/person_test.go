package client

import (
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A program in somebody's name gets nothing until there is a rule for it.
func TestATokenInSomebodysNameLetsNothingInYet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHand()
		c := openAt(t, d, newRing(t), h)
		cl, _, _ := added(t, c)
		g, err := c.Allow(t.Context(), Grant{Client: cl.ID, Account: "a", Context: Context{Patient: "p"}, Scopes: "system/*.cruds", Until: h.now().Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.Issue(t.Context(), Issuing{Grant: g.ID, Scopes: g.Scopes, Life: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Verify(t.Context(), out.Token)
		if err != nil || got.Patient != "p" || !got.Who.Bound.Empty() || got.Who.Role != access.NoRole {
			t.Errorf("%+v, %v", got, err)
		}
		h.move(2 * time.Minute)
		_, err = c.Verify(t.Context(), out.Token)
		wantKind(t, "beyond the permission's end", err, problem.Unauthorized)
	})
}
