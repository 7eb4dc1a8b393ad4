package portal

import (
	"net/http"
	"strings"
	"testing"
)

// From every page one can change for whom one acts, without a script, and every
// page says so in a band and in its title.
func TestEveryPageCanChangeForWhomOneActs(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		ann.get("/account").hides("Change person")
		s.child("Sam Hill", "sam2", "2021-05-04", numberSam)
		s.child("Una Hill", "una2", "2022-05-04", "9990007063")
		sam, una := ann.parentOf("sam2"), ann.parentOf("una2")
		for _, path := range []string{"/", "/account", "/record", "/family", "/no-such-page"} {
			a := ann.get(path)
			a.shows(a.Code, "Change person", "My own record (open now)", "Sam Hill", "Una Hill")
			if strings.Contains(a.Body.String(), "You are acting for") {
				t.Errorf("%s says that they act", path)
			}
		}
		ann.send("/family/act", "right", sam.ID).to("/family/record")
		for _, path := range []string{"/", "/account", "/family/record", "/family/record/timeline", "/no-such-page"} {
			a := ann.get(path)
			a.shows(a.Code, "Change person", "Sam Hill (open now)", "Una Hill", "You are acting for Sam Hill")
			if !strings.Contains(a.Body.String(), "(You are acting for Sam Hill) - Bevan</title>") || strings.Contains(a.Body.String(), "But this page is about your own record.") {
				t.Errorf("%s: the title or the band is not right", path)
			}
		}
		ann.get("/record").shows(http.StatusOK, "You are acting for Sam Hill But this page is about your own record.", "My record")
		ann.get("/record").hides("MMR vaccine Sam")
		ann.send("/family/act", "right", una.ID).to("/family/record")
		ann.get("/family/record").shows(http.StatusOK, "Record of Una Hill", "Una Hill (open now)")
		ann.send("/family/stop").to("/family")
		ann.get("/").shows(http.StatusOK, "My own record (open now)")
		ann.get("/").hides("You are acting for")

		// Whoever may act for nobody has no menu, and another's right is none.
		bob := s.proven("Bob Dale", "", "")
		bob.get("/").hides("Change person", "Sam Hill")
		bob.send("/family/act", "right", sam.ID).hides("Sam Hill", "Record of")
	})
}
