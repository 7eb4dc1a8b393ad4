package vaccine

// highest is the series with the most points; of several the one with the best
// preference (section 8.7, SELECTBEST-1 and SELECTBEST-2).
func (a *assessment) highest(all []*run, score func([]*run, []int)) *run {
	c := &a.choice
	c.points = c.points[:0]
	for range all {
		c.points = append(c.points, 0)
	}
	score(all, c.points)
	best := 0
	for i := range all {
		switch {
		case c.points[i] > c.points[best]:
			best = i
		case c.points[i] == c.points[best] && all[i].series.rule.Select.Preference < all[best].series.rule.Select.Preference:
			best = i
		}
	}
	return all[best]
}

// award gives points for a condition: to the only one for which it is true, and
// less to those for which it is not. Several share nothing.
func award(points []int, n int, is func(i int) bool) {
	count := 0
	for i := range points {
		if is(i) {
			count++
		}
	}
	for i := range points {
		switch {
		case !is(i):
			points[i] -= n
		case count == 1:
			points[i] += n
		}
	}
}

// grant gives points to each for which a condition is true.
func grant(points []int, n int, is func(i int) bool) {
	for i := range points {
		if is(i) {
			points[i] += n
		} else {
			points[i] -= n
		}
	}
}

// scoreComplete is table 8-7.
func (a *assessment) scoreComplete(all []*run, points []int) {
	award(points, 1, func(i int) bool { return mostValid(all, i) })
}

// scoreInProcess is table 8-9.
func (a *assessment) scoreInProcess(all []*run, points []int) {
	grant(points, 2, func(i int) bool { return all[i].series.rule.Select.ProductPath && allValid(all[i]) })
	grant(points, 3, func(i int) bool { return a.completable(all[i]) })
	award(points, 2, func(i int) bool { return mostValid(all, i) })
	award(points, 2, func(i int) bool { return closest(all, i) })
	award(points, 1, func(i int) bool { return a.finishesFirst(all, i) })
}

// scoreUntouched is table 8-11.
func (a *assessment) scoreUntouched(all []*run, points []int) {
	award(points, 1, func(i int) bool { return startsFirst(all, i) })
	grant(points, 1, func(i int) bool { return a.completable(all[i]) })
	grant(points, -1, func(i int) bool { return all[i].series.rule.Select.ProductPath })
}

// mostValid is SELECTB-19.
func mostValid(all []*run, i int) bool {
	for _, r := range all {
		if r.valid > all[i].valid {
			return false
		}
	}
	return true
}

// allValid is SELECTB-2.
func allValid(r *run) bool {
	for _, m := range r.marks {
		if m.status != Valid && m.status != NotEvaluated {
			return false
		}
	}
	return true
}

// closest is SELECTB-5: the fewest target doses are left.
func closest(all []*run, i int) bool {
	left := func(r *run) int { return len(r.series.doses) - r.target }
	for _, r := range all {
		if left(r) < left(all[i]) {
			return false
		}
	}
	return true
}

// completable is SELECTB-3.
func (a *assessment) completable(r *run) bool {
	last := &r.series.doses[len(r.series.doses)-1]
	age := last.ageOn(a.on)
	return r.dates.earliest != 0 && (!age.Max.Given() || a.finish(r) < a.who.Born.Add(age.Max))
}

// finish is the forecast finish date (SELECTB-12).
func (a *assessment) finish(r *run) Date {
	end := r.dates.earliest
	for t := r.target + 1; t < len(r.series.doses); t++ {
		for _, in := range r.series.doses[t].intervals {
			if in.rule.Min.Given() && in.rule.Holds(a.on) {
				end = max(end, r.dates.earliest.Add(in.rule.Min))
			}
		}
	}
	return end
}

// finishesFirst is SELECTB-11.
func (a *assessment) finishesFirst(all []*run, i int) bool {
	if !a.completable(all[i]) {
		return false
	}
	for _, r := range all {
		if a.completable(r) && a.finish(r) < a.finish(all[i]) {
			return false
		}
	}
	return true
}

// startsFirst is SELECTB-14: before all others that have a start.
func startsFirst(all []*run, i int) bool {
	start := all[i].dates.earliest
	for k, r := range all {
		if k != i && r.dates.earliest != 0 && r.dates.earliest <= start {
			return false
		}
	}
	return start != 0
}
