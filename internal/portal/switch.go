package portal

import (
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/consent/mandate"
)

// mostSwitched is how many people stand in the menu above each page. The page
// about family lists all.
const mostSwitched = 12

// switchTo is somebody whose record can be opened; without an ID it is the
// visitor's own.
type switchTo struct {
	ID, Name string
	This     bool // it is open now
}

// switchAhead begins to find out for whom the visitor can act, beside the page
// itself, of a page that changes nothing.
func (v *visit) switchAhead() {
	if v.r.Method != http.MethodGet {
		return
	}
	var all []switchTo
	wait := aside(func() error { all = v.switching(); return nil })
	v.switched = func() []switchTo { _ = wait(); return all } // it says itself where it is not known
}

// mandates are those by which the visitor can act for others, read once for a page.
func (v *visit) mandates() (mandate.Mine, error) {
	v.forWho.read.Do(func() { v.forWho.mine, v.forWho.unread = v.p.cfg.Mandates.Mine(v.r.Context(), v.s) })
	return v.forWho.mine, v.forWho.unread
}

// switching is for whom the visitor can act: themself, and each by whose right
// they can. It is empty for nobody else, and where it can not be found out: the
// page is worth more than the menu. The request of an app asks itself whose
// record it is about.
func (v *visit) switching() (all []switchTo) {
	if strings.HasPrefix(v.r.URL.Path, askAt) {
		return nil
	}
	mine, err := v.mandates()
	if err != nil {
		return nil
	}
	rights, err := mine.Rights(v.r.Context())
	if err != nil {
		return nil
	}
	examples, err := v.examples()
	if err != nil {
		return nil
	}
	if rights = append(rights, examples...); len(rights) == 0 {
		return nil
	}
	now, acts, err := v.actingFor()
	if err != nil {
		return nil
	}
	all = []switchTo{{Name: v.around.Switch.Own, This: !acts}}
	for _, r := range rights[:min(len(rights), mostSwitched)] {
		all = append(all, switchTo{ID: r.Mandate, Name: r.Name, This: acts && r.Mandate == now.Mandate})
	}
	return all
}
