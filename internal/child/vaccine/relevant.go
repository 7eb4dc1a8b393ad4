package vaccine

import "slices"

// relevant says that a series is for the person (section 5.1, table 5-5): by
// sex, by an indication if it is for a risk, and, beyond the Logic
// Specification, by the days on which it is in force, the birth cohort and the
// age at the first dose.
func (a *assessment) relevant(s *series, antigen int) bool {
	rule := s.rule
	if !rule.InForce.Holds(a.on) || !rule.Born.Holds(a.who.Born) {
		return false
	}
	if len(rule.Sex) > 0 && !slices.Contains(rule.Sex, a.sex()) {
		return false
	}
	if rule.FirstDose != (AgeRange{}) {
		started := a.on
		if doses := a.byAntigen[antigen]; len(doses) > 0 {
			started = a.given[doses[0]].On
		}
		if !a.aged(started, rule.FirstDose.From, rule.FirstDose.Until) {
			return false
		}
	}
	return rule.Type != Risk || a.indicated(rule.Indications)
}

func (a *assessment) sex() Sex {
	if a.who.Sex == "" {
		return Unknown
	}
	return a.who.Sex
}

// indicated says that an indication applies to the person (table 5-4). What is
// not known of somebody does not make a series theirs.
func (a *assessment) indicated(all []Indication) bool {
	if len(a.who.Observations) == 0 {
		return false
	}
	for i := range all {
		if a.observed(all[i].Observation) && a.aged(a.on, all[i].From, all[i].Until) {
			return true
		}
	}
	return false
}

// observed says that a fact is known of the person on the assessment date.
func (a *assessment) observed(code string) bool {
	_, seen := a.lastObserved(code, a.on)
	return seen
}

// lastObserved is the last day until d on which a fact was seen; 0 if the day is
// not known.
func (a *assessment) lastObserved(code string, d Date) (last Date, seen bool) {
	for _, o := range a.who.Observations {
		if o.Code == code && o.On <= d {
			last, seen = max(last, o.On), true
		}
	}
	return last, seen
}
