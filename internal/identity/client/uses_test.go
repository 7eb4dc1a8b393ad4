package client

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// What a program uses data for is in its token, and in the work that goes on
// for it. Apps that people sign in to have none, and what can not be read gives
// nothing.
func TestAPurposeIsChosenWhenAProgramIsLetIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := openAt(t, d, newRing(t), newHand())
		spec := backend(t)
		spec.Uses = access.Research
		cl, _, err := c.Add(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		g, _, err := c.Standing(t.Context(), cl.ID)
		if err != nil {
			t.Fatal(err)
		}
		h, err := c.Verify(t.Context(), issued(t, c, g.ID))
		if err != nil || h.Who.Uses != access.Research {
			t.Errorf("its token is for %s, %v", h.Who.Uses, err)
		}
		forgot := h.Who
		forgot.Uses = access.Unstated
		if w, err := c.Still(t.Context(), access.Job("export", forgot)); err != nil || w.Uses != access.Research {
			t.Errorf("its work is for %s, %v", w.Uses, err)
		}
		if got, found, err := c.Get(t.Context(), cl.ID); err != nil || !found || got.Uses != access.Research {
			t.Errorf("it is kept as %s, %v", got.Uses, err)
		}
		_, _, token := added(t, c)
		if h, err := c.Verify(t.Context(), token); err != nil || h.Who.Uses != access.Unstated {
			t.Errorf("another one is for %s, %v", h.Who.Uses, err)
		}
		for _, bad := range []func(*Spec){
			func(s *Spec) { s.Uses = access.Care },
			func(s *Spec) { s.Grants, s.Redirects = words{AuthorizationCode}, []string{"https://run.example/back"} },
		} {
			s := spec
			bad(&s)
			_, _, err := c.Add(t.Context(), s)
			wantKind(t, "a purpose that nobody may have", err, problem.Invalid)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE client_use SET purpose = 'nonsense'")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if w, err := c.Still(t.Context(), access.Job("export", h.Who)); err == nil {
			t.Errorf("what can not be read gives %+v", w)
		}
	})
}
