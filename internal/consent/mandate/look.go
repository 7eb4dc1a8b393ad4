package mandate

import (
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
)

// MaySeeLook says whether somebody who acts for another may see an entry of
// that person's access log. They see what they did themself, and looks by others
// at what they could see too. They never see what the person did, by themself or
// by an app, nor what another who acts for them did; and not that somebody looked
// at what is hidden from them, which an empty answer may have been as well. sees
// says whether they could see a resource now.
func MaySeeLook(viewer access.Who, e audit.Entry, sees func(audit.Ref) bool) bool {
	if viewer.Role != access.RoleProxy || viewer.For == 0 || viewer.Mandate == "" || e.Person != viewer.For {
		return false
	}
	switch {
	case e.Who.Role == access.RoleProxy:
		return e.Who.Actor == viewer.Actor
	case e.Who.Role != access.RoleProfessional:
		return false
	case len(e.Returned) == 0:
		return false
	}
	for _, r := range e.Returned {
		if !sees(r) {
			return false
		}
	}
	return true
}
