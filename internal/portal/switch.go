package portal

import "strings"

// mostSwitched is how many people stand in the menu above each page. The page
// about family lists all.
const mostSwitched = 12

// switchTo is somebody whose record can be opened; without an ID it is the
// visitor's own.
type switchTo struct {
	ID, Name string
	This     bool // it is open now
}

// switching is for whom the visitor can act: themself, and each by whose right
// they can. It is empty for nobody else, and where it can not be found out: the
// page is worth more than the menu. The request of an app asks itself whose
// record it is about.
func (v *visit) switching() (all []switchTo) {
	if strings.HasPrefix(v.r.URL.Path, askAt) {
		return nil
	}
	rights, err := v.p.cfg.Mandates.Rights(v.r.Context(), v.s)
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
