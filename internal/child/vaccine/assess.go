package vaccine

import "slices"

// assessment is a desk on which one person is held against the plan; it is used
// again for the next, so that it costs little memory.
type assessment struct {
	plan *Plan
	who  *Person
	on   Date

	given     []given // those until the assessment date, by day
	byAntigen [][]int // for each antigen: indexes into given
	unknown   []int   // doses whose vaccine the schedule does not know
	runs      []run
	best      []*run // by antigen
	marks     []mark
	choice    choice
	places    []int    // of the history among the given; -1 for none
	names     []string // of all lists of the forecasts
	spans     []lists
}

// Assess says what of a person's history counts on a day, and what is due
// (chapter 4). What was given or seen after that day is not looked at. Of
// somebody who has no date of birth, or one after that day, it says nothing.
func (p *Plan) Assess(who Person, on Date) Outcome {
	out := Outcome{Schedule: p.schedule.ID, Version: p.schedule.Version, On: on}
	if who.Born == 0 || on < who.Born {
		return out
	}
	a := p.desks.Get().(*assessment)
	defer p.desks.Put(a)
	a.who, a.on = &who, on
	a.organise()
	a.runs, a.best, a.marks = a.runs[:0], a.best[:0], a.marks[:0]
	for i := range p.antigens {
		a.antigen(i)
	}
	out.Verdicts = a.verdicts()
	out.Forecasts = a.forecasts()
	out.Unknown = slices.Clone(a.unknown)
	a.who = nil
	return out
}

// antigen evaluates and forecasts all series of an antigen that are for the
// person (section 4.4), and takes the best (section 4.5).
func (a *assessment) antigen(no int) {
	an := &a.plan.antigens[no]
	first := len(a.runs)
	for i := range an.series {
		if a.relevant(&an.series[i], no) {
			a.runs = append(a.runs, run{series: &an.series[i], antigen: no, marks: a.newMarks()})
			r := &a.runs[len(a.runs)-1]
			a.evaluate(r, a.runs[first:])
			a.forecast(r, a.runs[first:])
		}
	}
	a.selectBest(an, a.runs[first:])
}

// newMarks is a mark for each dose that was given.
func (a *assessment) newMarks() []mark {
	from := len(a.marks)
	for range a.given {
		a.marks = append(a.marks, mark{})
	}
	return a.marks[from:len(a.marks):len(a.marks)]
}
