package vaccine

// skipping is what the conditions of a skip are held against.
type skipping struct {
	run    *run
	on     Date  // conditional skip reference date (CONDSKIP-2)
	before int   // the doses given before this one are counted
	others []run // of the same antigen
}

// skips says that a target dose is not needed (section 6.2, table 6-11).
func (a *assessment) skips(all []skip, at skipping) bool {
	for i := range all {
		met := 0
		for k := range all[i].sets {
			set := &all[i].sets[k]
			if set.rule.Holds(at.on) && a.setMet(set, at) {
				met++
			}
		}
		if met == len(all[i].sets) || met > 0 && all[i].logic == Any {
			return true
		}
	}
	return false
}

// setMet is table 6-10.
func (a *assessment) setMet(s *skipSet, at skipping) bool {
	for i := range s.conditions {
		if a.met(&s.conditions[i], at) != (s.rule.Logic == All || s.rule.Logic == "") {
			return s.rule.Logic == Any
		}
	}
	return s.rule.Logic != Any
}

func (a *assessment) met(c *condition, at skipping) bool {
	rule := c.rule
	switch rule.Kind {
	case ConditionAge: // table 6-6
		return a.aged(at.on, rule.BeginAge, rule.EndAge)
	case ConditionBorn:
		return DateRange{rule.Start, rule.End}.Holds(a.who.Born)
	case ConditionCompleted: // table 6-7
		for i := range at.others {
			r := &at.others[i]
			for _, g := range c.groups {
				if r.series.selection == g && r.status == Complete {
					return true
				}
			}
		}
		return false
	case ConditionInterval: // table 6-8
		for i := at.before - 1; i >= 0; i-- {
			if at.run.marks[i].status != NotEvaluated {
				return at.on >= a.given[i].On.Add(rule.Interval)
			}
		}
		return false
	default: // table 6-9
		n := a.count(c, at)
		switch rule.Compare {
		case More:
			return n > rule.Count
		case Equal:
			return n == rule.Count
		}
		return n < rule.Count
	}
}

// count is the number of conditional doses administered (CONDSKIP-1).
func (a *assessment) count(c *condition, at skipping) (n int) {
	rule := c.rule
	for i := range at.before {
		g := &a.given[i]
		if len(c.vaccines) > 0 && !c.vaccines.has(g.vaccine) {
			continue
		}
		if rule.ValidOnly && at.run.marks[i].status != Valid {
			continue
		}
		if a.aged(g.On, rule.BeginAge, rule.EndAge) && (DateRange{rule.Start, rule.End}).Holds(g.On) {
			n++
		}
	}
	return n
}
