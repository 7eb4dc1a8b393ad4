package vaccine

import "slices"

// verdicts are those of the best series, in the order of the history.
func (a *assessment) verdicts() []Verdict {
	n := 0
	for _, r := range a.best {
		for _, m := range r.marks {
			if m.status != NotEvaluated {
				n++
			}
		}
	}
	if n == 0 {
		return nil
	}
	a.places = a.places[:0]
	for range a.who.History {
		a.places = append(a.places, -1)
	}
	for i := range a.given {
		a.places[a.given[i].no] = i
	}
	out := make([]Verdict, 0, n)
	for no, i := range a.places {
		if i < 0 {
			continue
		}
		for _, r := range a.best {
			if m := r.marks[i]; m.status != NotEvaluated {
				out = append(out, a.verdict(r, m, no))
			}
		}
	}
	return out
}

func (a *assessment) verdict(r *run, m mark, no int) Verdict {
	an := &a.plan.antigens[r.antigen]
	return Verdict{Dose: no, Antigen: an.rule.Name, Group: a.plan.groups[an.group].rule.Name,
		Series: r.series.rule.Name, Path: r.series.rule.Select.Group,
		Status: m.status, Reason: m.reason, Also: m.also, Target: m.target, From: m.from}
}

// forecasts merges the best series into a forecast for each vaccine group and
// series group (chapter 9, FORECASTVG-1).
func (a *assessment) forecasts() []Forecast {
	out := make([]Forecast, 0, len(a.plan.groups))
	a.names, a.spans = a.names[:0], a.spans[:0]
	for g := range a.plan.groups {
		from := len(out)
		for _, r := range a.best {
			path := r.series.rule.Select.Group
			if r.series.group == g && !onPath(out[from:], path) {
				m := merging{a: a, group: g, path: path}
				out = append(out, m.forecast(r))
			}
		}
	}
	a.hand(out)
	return out
}

func onPath(all []Forecast, path string) bool {
	for i := range all {
		if all[i].Path == path {
			return true
		}
	}
	return false
}

// hand gives each forecast its lists, all from one piece of memory.
func (a *assessment) hand(all []Forecast) {
	names := slices.Clone(a.names)
	for i := range all {
		f, from := &all[i], 0
		if i > 0 {
			from = a.spans[i-1][len(lists{})-1]
		}
		for k, to := range [...]*[]string{&f.Series, &f.Antigens, &f.Guidance, &f.Vaccines} {
			if end := a.spans[i][k]; end > from {
				*to, from = names[from:end:end], end
			}
		}
	}
}

// lists are the ends of a forecast's lists among the names: series, antigens,
// guidance and vaccines.
type lists [4]int

// merging is the best series of a group on a path, one after the other.
type merging struct {
	a     *assessment
	group int
	path  string
}

func (m *merging) each(yield func(*run) bool) {
	for _, r := range m.a.best {
		if r.series.group == m.group && r.series.rule.Select.Group == m.path && !yield(r) {
			return
		}
	}
}

// forecast is that of the group, but for its lists; first is the first of its
// series.
func (m *merging) forecast(first *run) Forecast {
	rule := m.a.plan.groups[m.group].rule
	f := Forecast{Group: rule.Name, Path: m.path, Type: first.series.rule.Type}
	var counts [NotRecommended + 1]int
	n := 0
	for r := range m.each {
		counts[r.status]++
		n++
		m.a.names = append(m.a.names, r.series.rule.Name)
	}
	f.Status = groupStatus(counts, n)
	if f.Status == NotComplete {
		m.fill(&f, rule)
	}
	m.list(f.Status == NotComplete)
	return f
}

// list notes what lies in the lists of a forecast; open says that there is more
// than the series.
func (m *merging) list(open bool) {
	a := m.a
	ends := lists{len(a.names)}
	for k, add := range [...]func(*run){
		func(r *run) { a.names = append(a.names, a.plan.antigens[r.antigen].rule.Name) },
		func(r *run) { m.add(ends[1], r.series.rule.Guidance...) },
		func(r *run) { m.vaccines(ends[2], r) },
	} {
		for r := range m.each {
			if open && r.status == NotComplete {
				add(r)
			}
		}
		ends[k+1] = len(a.names)
	}
	a.spans = append(a.spans, ends)
}

// add appends names that are not there since a place.
func (m *merging) add(since int, more ...string) {
	for _, s := range more {
		if !slices.Contains(m.a.names[since:], s) {
			m.a.names = append(m.a.names, s)
		}
	}
}

// groupStatus is table 9-4; of a single antigen it is that one's status
// (SINGLEANTVG-1).
func groupStatus(counts [NotRecommended + 1]int, n int) SeriesStatus {
	for _, s := range [...]SeriesStatus{Contraindicated, AgedOut, NotRecommended, NotComplete} {
		if counts[s] > 0 {
			return s
		}
	}
	if counts[Immune] == n {
		return Immune
	}
	return Complete
}

// fill gives a group its dates and number (table 9-2).
func (m *merging) fill(f *Forecast, rule *Group) {
	var recommended, overdue Date
	for r := range m.each {
		if r.status != NotComplete {
			continue
		}
		first := f.Dose == 0
		switch {
		case first, rule.Full && r.number < f.Dose, !rule.Full && r.number > f.Dose: // FORECASTDN-2
			f.Dose = r.number
		}
		recommended = soonest(recommended, r.dates.recommended)
		overdue = soonest(overdue, r.dates.overdue)
		f.Latest = soonest(f.Latest, r.dates.latest) // FORECASTVG-4
	}
	f.Earliest = m.earliest(len(rule.Antigens) > 1)
	f.Recommended = max(recommended, f.Earliest) // FORECASTVG-2
	if overdue != 0 {
		f.Overdue = max(overdue, f.Recommended) // FORECASTVG-3
	}
}

// earliest is SINGLEANTVG-2, or MULTIANTVG-1 for several antigens.
func (m *merging) earliest(several bool) (d Date) {
	var soon, late Date
	priority := false
	for r := range m.each {
		if r.status == NotComplete {
			soon, late = soonest(soon, r.dates.earliest), max(late, r.dates.earliest)
			priority = priority || m.a.priority(r)
		}
	}
	switch {
	case !several:
		return soon
	case !priority:
		return late
	}
	for _, an := range m.a.plan.groups[m.group].antigens {
		if doses := m.a.byAntigen[an]; len(doses) > 0 {
			soon = max(soon, m.a.given[doses[len(doses)-1]].On)
		}
	}
	return soon
}

// priority is FORECASTPRIORITY-1.
func (a *assessment) priority(r *run) bool {
	n := 0
	for _, in := range r.series.doses[r.target].intervals {
		if in.rule.Holds(a.on) {
			if !in.rule.Priority {
				return false
			}
			n++
		}
	}
	return n > 0
}

// vaccines adds what is recommended for a series (FORECASTRECVAC-1). Beyond the
// specification, a day that is past is taken as today: a dose that is years late
// may need another vaccine than the one that was missed.
func (m *merging) vaccines(since int, r *run) {
	d := &r.series.doses[r.target]
	for k, no := range d.preferable {
		p := &d.rule.Preferable[k]
		if !p.Forecast || m.a.barred(r.antigen, no) {
			continue
		}
		if m.a.aged(max(r.dates.earliest, m.a.on), p.From, p.Until) || m.a.aged(max(r.dates.recommended, m.a.on), p.From, p.Until) {
			m.add(since, p.Vaccine)
		}
	}
}

// soonest is the earlier of two dates; blank is none.
func soonest(x, y Date) Date {
	if x == 0 || y != 0 && y < x {
		return y
	}
	return x
}
