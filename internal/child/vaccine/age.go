package vaccine

// ageOn is the rule of age that is in effect on a day (section 3.3).
func (d *dose) ageOn(day Date) *Age {
	for i := range d.rule.Ages {
		if d.rule.Ages[i].Holds(day) {
			return &d.rule.Ages[i]
		}
	}
	return &Age{}
}

// age says whether a dose was given at a valid age (section 6.4, table 6-15).
// Beyond the specification, nobody has a vaccine before they are born, also where
// a rule names no age.
func (a *assessment) age(d *dose, i int) mark {
	on, born := a.given[i].On, a.who.Born
	rule := d.ageOn(on)
	if on < born {
		return mark{status: NotValid, reason: TooYoung, from: born}
	}
	if rule.AbsoluteMin.Given() {
		if from := born.Add(rule.AbsoluteMin); on < from {
			return mark{status: NotValid, reason: TooYoung, from: from}
		}
	}
	if rule.Max.Given() && on >= born.Add(rule.Max) {
		return mark{status: Extraneous, reason: TooOld}
	}
	if rule.Min.Given() && on < born.Add(rule.Min) {
		return mark{status: Valid, reason: GracePeriod}
	}
	return mark{status: Valid}
}
