package portal

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// The main pages are one step away from everywhere, and the menu tells where one is.
func TestTheMenu(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, _ := hospitalOf(t, d)
		p := s.linked("Gwen", "gwen")
		for path, here := range map[string]string{"/record/timeline": `<a href="/record" aria-current="true">My record`, "/record/looked": `<a href="/record/looked" aria-current="page">Who looked`,
			"/": `<a href="/" aria-current="page">Home`, "/family": `<a href="/family" aria-current="page">Family`} {
			a := p.get(path)
			a.shows(http.StatusOK)
			menu := a.find(`(?s)(<nav class="bevan-menu".*?</nav>)`)
			for _, want := range []string{here, `href="/sharing"`, `href="/health-a-to-z"`} {
				if !strings.Contains(menu, want) {
					t.Errorf("%s: %q is not in %s", path, want, menu)
				}
			}
			if strings.Contains(menu, `"/operator"`) || strings.Contains(menu, `"/staff`) || strings.Count(menu, "aria-current") != 1 {
				t.Errorf("%s: %s", path, menu)
			}
		}
		op.get("/operator/quality").find(`(<a href="/operator" aria-current="true">Run this service)`)
		if strings.Contains(s.person().get("/sign-in").Body.String(), "bevan-menu") {
			t.Error("who is not signed in has a menu")
		}
	})
}
