package vaccine

// run is a series that is for the person, as far as they are in it (patient
// series).
type run struct {
	series  *series
	antigen int
	marks   []mark // for each dose given; those of other antigens are not evaluated
	target  int    // the dose that is next: index into series.doses
	valid   int    // how many target doses were satisfied

	status SeriesStatus
	dates  dates
	number int // of the dose that is forecast
}

// mark is what a dose given was worth in a series.
type mark struct {
	status DoseStatus
	reason Reason
	also   Reasons
	target int // number of the series dose that it was held against; 0 for none
	from   Date
}

// exhausted says that no dose of the series is left.
func (r *run) exhausted() bool { return r.target >= len(r.series.doses) }

// evaluate holds what was given of the antigen against the doses of a series,
// one after the other (figure 4-6, chapter 6). Others are the runs of the same
// antigen until now.
func (a *assessment) evaluate(r *run, others []run) {
	for _, i := range a.byAntigen[r.antigen] {
		m := a.hold(r, i, others)
		r.marks[i] = m
		if m.status != Valid {
			continue
		}
		r.valid++
		if !r.series.doses[r.target].rule.Recurring {
			r.target++
		}
	}
}

// hold says what one dose is worth for the target dose that is next. What may be
// skipped is passed over for good.
func (a *assessment) hold(r *run, i int, others []run) mark {
	for !r.exhausted() {
		if m, usable := a.condition(i); !usable {
			return m
		}
		d := &r.series.doses[r.target]
		if a.skips(d.evaluation, skipping{run: r, on: a.given[i].On, before: i, others: others}) {
			r.target++
			continue
		}
		m := a.satisfies(r, d, i)
		m.target = r.target + 1
		return m
	}
	return mark{status: Extraneous, reason: AlreadyComplete}
}

// condition says that a dose can be evaluated (section 6.1, table 6-3).
func (a *assessment) condition(i int) (mark, bool) {
	g := &a.given[i]
	switch {
	case g.Expires != 0 && g.On > g.Expires:
		return mark{status: SubStandard, reason: LotExpired}, false
	case g.SubStandard:
		return mark{status: SubStandard, reason: BadCondition}, false
	}
	return mark{}, true
}

// satisfies says what a dose is worth for a target dose (section 6.10, table
// 6-31). Where several things are wrong, the first in the order of the chapter is
// the reason, all are told, and the dose would have counted from the day on which
// none was left.
func (a *assessment) satisfies(r *run, d *dose, i int) mark {
	if d.inadvertent.has(a.given[i].vaccine) { // section 6.3
		return mark{status: NotValid, reason: InadvertentVaccine}
	}
	out := mark{status: Valid}
	for _, m := range [...]mark{a.age(d, i), a.apart(r, d, i), a.conflict(r, i), a.product(d, i)} {
		switch {
		case m.status == Extraneous:
			return m
		case m.status == Valid && out.status != Valid:
			continue
		case m.status != Valid && out.status == Valid:
			out = mark{status: m.status, reason: m.reason} // what was by grace does not matter now
		case out.reason == NoReason:
			out.reason = m.reason
		case m.reason != NoReason && m.reason != out.reason:
			out.also |= 1 << m.reason
		}
		out.from = max(out.from, m.from)
	}
	return out
}
