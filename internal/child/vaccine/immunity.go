package vaccine

import "slices"

// immune says that the person is protected without a vaccine (section 7.2, table
// 7-3). A country of birth that is not known is not the one that is asked for.
func (a *assessment) immune(antigen int) bool {
	rule := &a.plan.antigens[antigen].rule.Immunity
	if slices.ContainsFunc(rule.Observations, a.observed) {
		return true
	}
	for i := range rule.Born {
		b := &rule.Born[i]
		if a.who.Born < b.Before && !slices.ContainsFunc(b.Unless, a.observed) && (b.Country == "" || b.Country == a.who.Country) {
			return true
		}
	}
	return false
}

// contraindicated says that a series should not be forecast (section 7.3, table
// 7-7): a contraindication of the antigen applies, or each vaccine that the next
// dose prefers has one.
func (a *assessment) contraindicated(r *run) bool {
	if len(a.who.Observations) == 0 {
		return false
	}
	rule := a.plan.antigens[r.antigen].rule
	for i := range rule.Contraindications { // table 7-5
		c := &rule.Contraindications[i]
		if a.observed(c.Observation) && a.aged(a.on, c.From, c.Until) {
			return true
		}
	}
	offered := r.series.doses[r.target].preferable
	for _, v := range offered {
		if !a.barred(r.antigen, v) {
			return false
		}
	}
	return len(offered) > 0
}

// barred says that a contraindication takes a vaccine away from the person
// (table 7-6).
func (a *assessment) barred(antigen int, v vaccineNo) bool {
	if len(a.who.Observations) == 0 {
		return false
	}
	all := a.plan.antigens[antigen].barred
	for i := range all {
		if !a.observed(all[i].rule.Observation) {
			continue
		}
		for k, no := range all[i].vaccines {
			if aged := &all[i].rule.Vaccines[k]; no == v && a.aged(a.on, aged.From, aged.Until) {
				return true
			}
		}
	}
	return false
}
