package vaccine

// choice is room to choose among the series of an antigen.
type choice struct {
	scorable    []*run
	points      []int
	prioritized []*run // by series group; nil for none
}

// selectBest takes the best series of an antigen (chapter 8): one of each series
// group, less those that another group makes unnecessary.
func (a *assessment) selectBest(an *antigen, runs []run) {
	c := &a.choice
	c.prioritized = c.prioritized[:0]
	for g := range an.groups {
		c.prioritized = append(c.prioritized, a.prioritized(runs, g))
	}
	for _, r := range c.prioritized {
		if r != nil && c.isBest(r) {
			a.best = append(a.best, r)
		}
	}
}

// isBest is table 8-14.
func (c *choice) isBest(r *run) bool {
	if r.status == Complete {
		return true
	}
	risk := false // in an equivalent series group
	for _, g := range r.series.equivalent {
		if other := c.prioritized[g]; other != nil {
			if other.status == Complete {
				return false
			}
			risk = risk || other.series.rule.Type == Risk
		}
	}
	switch r.series.rule.Type {
	case EvaluationOnly:
		return false
	case Risk:
		return true
	}
	return !risk
}

// prioritized is the one series of a group that is taken, or none (sections 8.1
// to 8.7).
func (a *assessment) prioritized(runs []run, group int) *run {
	a.scorable(runs, group)
	all := a.choice.scorable
	standard := defaultOf(runs, group)
	if len(all) == 0 {
		return standard
	}
	if len(all) == 1 {
		return all[0]
	}
	// Tables 8-3 and 8-5: what is complete goes before what is under way.
	if n := keep(all, (*run).complete); n == 1 {
		return all[0]
	} else if n > 1 {
		return a.highest(all[:n], a.scoreComplete)
	}
	if n := keep(all, (*run).inProcess); n == 1 {
		return all[0]
	} else if n > 1 {
		return a.highest(all[:n], a.scoreInProcess)
	}
	if standard != nil {
		return standard
	}
	if n := keep(all, (*run).untouched); n > 0 {
		all = all[:n]
	}
	return a.highest(all, a.scoreUntouched)
}

// scorable fills the choice with the series of a group that come into question
// (table 8-2).
func (a *assessment) scorable(runs []run, group int) {
	c := &a.choice
	c.scorable = c.scorable[:0]
	f := factsOf(runs, group)
	for i := range runs {
		r := &runs[i]
		rule := r.series.rule
		if r.series.selection != group || r.status == Contraindicated && !f.allContraindicated {
			continue // SELECTB-24
		}
		ok := false
		switch rule.Type {
		case Risk:
			ok = rule.Select.Priority <= f.priority
		case Standard:
			ok = a.startedInTime(r) || !f.anyValid && !f.anyDefault
		case EvaluationOnly:
			ok = r.status == Complete
		}
		if ok {
			c.scorable = append(c.scorable, r)
		}
	}
}

// facts are those of all series of a group that are for the person.
type facts struct {
	allContraindicated, anyValid, anyDefault bool
	priority                                 string // the best; A is better than B
}

func factsOf(runs []run, group int) facts {
	f := facts{allContraindicated: true, priority: "\xff"}
	for i := range runs {
		r := &runs[i]
		if r.series.selection != group {
			continue
		}
		f.allContraindicated = f.allContraindicated && r.status == Contraindicated
		f.anyValid = f.anyValid || r.valid > 0
		f.anyDefault = f.anyDefault || r.series.rule.Select.Default
		f.priority = min(f.priority, r.series.rule.Select.Priority)
	}
	return f
}

func defaultOf(runs []run, group int) *run {
	for i := range runs {
		if r := &runs[i]; r.series.selection == group && r.series.rule.Select.Default {
			return r
		}
	}
	return nil
}

// startedInTime says that the first valid dose was given before the maximum age
// to start.
func (a *assessment) startedInTime(r *run) bool {
	for i, m := range r.marks {
		if m.status == Valid {
			return a.aged(a.given[i].On, Period{}, r.series.rule.Select.MaxStart)
		}
	}
	return false
}

// complete is SELECTB-6, inProcess SELECTB-16.
func (r *run) complete() bool  { return r.status == Complete }
func (r *run) inProcess() bool { return r.valid > 0 && r.status == NotComplete }
func (r *run) untouched() bool { return r.valid == 0 }

// keep moves those for which ok holds to the front, in their order, and counts
// them.
func keep(all []*run, ok func(*run) bool) (n int) {
	for i, r := range all {
		if ok(r) {
			copy(all[n+1:i+1], all[n:i])
			all[n] = r
			n++
		}
	}
	return n
}
