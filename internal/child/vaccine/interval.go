package vaccine

// apart says whether a dose kept the intervals: all preferable ones (section
// 6.5, table 6-18), or all allowable ones if there are any (section 6.6, table
// 6-21).
func (a *assessment) apart(r *run, d *dose, i int) mark {
	m, _ := a.kept(r, d.intervals, i)
	if m.status == Valid {
		return m
	}
	if other, held := a.kept(r, d.allowable, i); held > 0 && other.status == Valid {
		return other
	}
	return m
}

// kept says whether a dose kept all of some intervals that are in effect on its
// day, and how many it was held against. An interval from what there is not is
// kept.
func (a *assessment) kept(r *run, all []interval, i int) (m mark, held int) {
	on := a.given[i].On
	m.status = Valid
	for k := range all {
		rule := all[k].rule
		if !rule.Holds(on) {
			continue
		}
		ref := a.reference(r, &all[k], i, on)
		if ref == 0 {
			continue
		}
		held++
		if rule.AbsoluteMin.Given() {
			if from := ref.Add(rule.AbsoluteMin); on < from {
				m = mark{status: NotValid, reason: TooSoon, from: max(m.from, from)}
				continue
			}
		}
		if m.status == Valid && rule.Min.Given() && on < ref.Add(rule.Min) {
			m.reason = GracePeriod
		}
	}
	return m, held
}

// reference is the day from which an interval is counted (CALCDTINT-1, 2, 8 and
// 9), looking at the doses before a place in the history; zero if there is none.
func (a *assessment) reference(r *run, in *interval, before int, on Date) Date {
	switch {
	case in.rule.FromPrevious:
		for i := before - 1; i >= 0; i-- {
			if m := r.marks[i]; (m.status == Valid || m.status == NotValid) && m.reason != InadvertentVaccine {
				return a.given[i].On
			}
		}
	case in.rule.FromTarget > 0:
		for i := before - 1; i >= 0; i-- {
			if m := r.marks[i]; m.status == Valid && m.target == in.rule.FromTarget {
				return a.given[i].On
			}
		}
	case len(in.vaccines) > 0:
		for i := before - 1; i >= 0; i-- {
			if in.vaccines.has(a.given[i].vaccine) && r.marks[i].reason != InadvertentVaccine {
				return a.given[i].On
			}
		}
	default:
		last, _ := a.lastObserved(in.rule.FromObservation, on)
		return last
	}
	return 0
}
