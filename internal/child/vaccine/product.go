package vaccine

import "strings"

// product says whether a dose was a preferable vaccine (section 6.8, table
// 6-26), or else an allowable one (section 6.9, table 6-29).
func (a *assessment) product(d *dose, i int) mark {
	g := &a.given[i]
	wrong := mark{status: NotValid, reason: WrongVaccine}
	for k, no := range d.preferable {
		rule := &d.rule.Preferable[k]
		if no != g.vaccine {
			continue
		}
		if !a.aged(g.On, rule.From, rule.Until) {
			wrong.reason = WrongAgeVaccine
			continue
		}
		if !sameProduct(g.Given, rule) {
			continue
		}
		if g.Amount > 0 && g.Amount < rule.Volume {
			return mark{status: Valid, reason: LowVolume}
		}
		return mark{status: Valid}
	}
	for k, no := range d.alsoValid {
		rule := &d.rule.AlsoValid[k]
		if no != g.vaccine {
			continue
		}
		if a.aged(g.On, rule.From, rule.Until) {
			return mark{status: Valid}
		}
		wrong.reason = WrongAgeVaccine
	}
	return wrong
}

// sameProduct holds a dose against a trade name, or against its maker where the
// record has no name.
func sameProduct(g *Given, rule *Preferable) bool {
	switch {
	case rule.Product == "":
		return true
	case g.Product != "":
		return strings.EqualFold(g.Product, rule.Product)
	}
	return rule.Maker != "" && g.Maker == rule.Maker
}
