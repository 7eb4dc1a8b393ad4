package vaccine

// conflict says whether a dose came too soon after another vaccine, whatever
// antigen that was for (section 6.7, CONFLICT-3).
func (a *assessment) conflict(r *run, i int) mark {
	g := &a.given[i]
	for _, c := range a.plan.conflicts[g.vaccine] {
		for k := range i {
			before := &a.given[k]
			if before.vaccine != c.previous {
				continue
			}
			end := c.rule.End
			if s := r.marks[k].status; s == Valid || s == NotEvaluated {
				end = c.rule.MinEnd
			}
			until := before.On.Add(end)
			if g.On >= before.On.Add(c.rule.Begin) && g.On < until {
				return mark{status: NotValid, reason: Conflicting, from: until}
			}
		}
	}
	return mark{status: Valid}
}

// freeFrom is the first day on which no dose given stands in the way of a
// vaccine that is offered for a dose (CALCDTCONFLICT-3); zero if none does.
func (a *assessment) freeFrom(d *dose) (from Date) {
	for _, v := range d.preferable {
		for _, c := range a.plan.conflicts[v] {
			for k := range a.given {
				if a.given[k].vaccine == c.previous {
					from = max(from, a.given[k].On.Add(c.rule.End))
				}
			}
		}
	}
	return from
}
