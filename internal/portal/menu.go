package portal

import (
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/atoz"
)

// menuLink is a main page. Here is "page" on the page itself, "true" on one below
// it, and "" elsewhere (WAI-ARIA 1.2, aria-current).
type menuLink struct{ Text, Href, Here string }

// menu are the main pages of somebody who is signed in.
func (v *visit) menu() []menuLink {
	w := v.around.Header
	return v.whereIn([]menuLink{{Text: w.Home, Href: "/"}, {Text: w.Record, Href: recordAt}, {Text: w.Family, Href: familyAt},
		{Text: w.Sharing, Href: sharingAt}, {Text: w.Looked, Href: lookedAt}, {Text: w.Read, Href: atoz.At}})
}

// menuAtWork are the main pages of what somebody may do where they work.
func (v *visit) menuAtWork(a staff.Acting) []menuLink {
	w := v.around.Header
	all := []menuLink{{Text: w.Home, Href: "/"}}
	for _, one := range []struct {
		page staff.Page
		link menuLink
	}{
		{staff.Launch, menuLink{Text: w.Find, Href: peopleAt}},
		{staff.Launch, menuLink{Text: w.List, Href: listAt}},
		{staff.Operate, menuLink{Text: w.Run, Href: operatorAt}},
	} {
		if a.May(one.page) == nil {
			all = append(all, one.link)
		}
	}
	return v.whereIn(append(all, menuLink{Text: w.Read, Href: atoz.At}))
}

// whereIn marks the page that is shown, or the one that it lies below: the deepest
// of those whose address its own begins with.
func (v *visit) whereIn(all []menuLink) []menuLink {
	path, best := v.r.URL.Path, -1
	for i, l := range all {
		below := l.Href != "/" && strings.HasPrefix(path, l.Href+"/")
		if (path == l.Href || below) && (best < 0 || len(l.Href) > len(all[best].Href)) {
			best = i
		}
	}
	if best >= 0 {
		all[best].Here = "true"
		if path == all[best].Href {
			all[best].Here = "page"
		}
	}
	return all
}
