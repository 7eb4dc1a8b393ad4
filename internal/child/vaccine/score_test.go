package vaccine

import (
	"slices"
	"testing"
)

// made is a series of so many doses with 28 days between, of which some are
// satisfied, forecast from a day.
type made struct {
	product     bool
	doses       int
	valid       int
	bad         bool // one dose more did not count
	from        Date
	max         Period // greatest age of the last dose
	preference  int
	lastMinimum Period
}

func (m made) run() *run {
	rule := &Series{Select: Select{ProductPath: m.product, Preference: m.preference}, Doses: make([]SeriesDose, m.doses)}
	s := &series{rule: rule}
	for i := range rule.Doses {
		d := dose{rule: &rule.Doses[i]}
		if i == m.doses-1 {
			rule.Doses[i].Ages = []Age{{Max: m.max}}
			if m.lastMinimum.Given() {
				d.intervals = []interval{{rule: &Interval{FromPrevious: true, Min: m.lastMinimum}}}
			}
		}
		s.doses = append(s.doses, d)
	}
	r := &run{series: s, valid: m.valid, target: m.valid, dates: dates{earliest: m.from}}
	for range m.valid {
		r.marks = append(r.marks, mark{status: Valid})
	}
	if m.bad {
		r.marks = append(r.marks, mark{status: NotValid})
	}
	return r
}

// TestPoints holds the points of tables 8-7, 8-9 and 8-11 against sums by hand.
func TestPoints(t *testing.T) {
	born := DateOf(2020, 1, 1)
	a := &assessment{who: &Person{Born: born}, on: born + 400}
	year := MustPeriod("1 year")
	for _, c := range []struct {
		name  string
		score func([]*run, []int)
		runs  []made
		want  []int
	}{
		{"complete: one has the most valid doses", a.scoreComplete, []made{{doses: 3, valid: 3}, {doses: 2, valid: 2}}, []int{1, -1}},
		{"complete: two have", a.scoreComplete, []made{{doses: 3, valid: 3}, {doses: 3, valid: 3}, {doses: 2, valid: 2}}, []int{0, 0, -1}},
		// No product path -2; completable +3; most valid shared 0; closest +2 and -2; first shared 0.
		{"in process: closest to completion", a.scoreInProcess, []made{{doses: 3, valid: 2, from: born + 500}, {doses: 4, valid: 2, from: born + 500}}, []int{-2 + 3 + 2, -2 + 3 - 2}},
		// The product +2 and -2; completable +3; the others shared.
		{"in process: a product", a.scoreInProcess, []made{{product: true, doses: 3, valid: 1, from: born + 500}, {doses: 3, valid: 1, from: born + 500}}, []int{2 + 3, -2 + 3}},
		{"in process: a product with a dose that does not count", a.scoreInProcess, []made{{product: true, bad: true, doses: 3, valid: 1, from: born + 500}, {doses: 3, valid: 1, from: born + 500}}, []int{-2 + 3, -2 + 3}},
		// Completable +3 and -3; who is not can not finish first: +1 and -1; the rest shared.
		{"in process: completable", a.scoreInProcess, []made{{doses: 3, valid: 1, from: born + 500}, {doses: 3, valid: 1, from: born + 500, max: year}}, []int{-2 + 3 + 1, -2 - 3 - 1}},
		{"in process: most valid doses", a.scoreInProcess, []made{{doses: 4, valid: 2, from: born + 500}, {doses: 3, valid: 1, from: born + 500}}, []int{-2 + 3 + 2, -2 + 3 - 2}},
		{"in process: finishes first", a.scoreInProcess, []made{{doses: 3, valid: 1, from: born + 500, lastMinimum: year}, {doses: 3, valid: 1, from: born + 501}}, []int{-2 + 3 - 1, -2 + 3 + 1}},
		{"untouched: starts first", a.scoreUntouched, []made{{doses: 1, from: born + 500}, {doses: 1, from: born + 501}}, []int{1 + 1 + 1, -1 + 1 + 1}},
		{"untouched: two start together", a.scoreUntouched, []made{{doses: 1, from: born + 500}, {doses: 1, from: born + 500}}, []int{-1 + 1 + 1, -1 + 1 + 1}},
		{"untouched: a product, and one that has no start", a.scoreUntouched, []made{{product: true, doses: 1, from: born + 500}, {doses: 1}}, []int{1 + 1 - 1, -1 - 1 + 1}},
	} {
		var runs []*run
		for _, m := range c.runs {
			runs = append(runs, m.run())
		}
		points := make([]int, len(runs))
		if c.score(runs, points); !slices.Equal(points, c.want) {
			t.Errorf("%s: %v, not %v", c.name, points, c.want)
		}
	}
}

// TestTheBestPreferenceBreaksATie is SELECTBEST-2.
func TestTheBestPreferenceBreaksATie(t *testing.T) {
	a := &assessment{who: &Person{Born: 1}, on: 2}
	second := made{doses: 1, preference: 2}.run()
	first := made{doses: 1, preference: 1}.run()
	if a.highest([]*run{second, first}, func([]*run, []int) {}) != first {
		t.Error("the worse preference was taken")
	}
	if a.highest([]*run{second, first}, func(_ []*run, points []int) { points[0] = 1 }) != second {
		t.Error("fewer points were taken")
	}
}

// TestStatusOfAGroup is table 9-4.
func TestStatusOfAGroup(t *testing.T) {
	for _, c := range []struct {
		all  []SeriesStatus
		want SeriesStatus
	}{
		{[]SeriesStatus{Complete}, Complete},
		{[]SeriesStatus{NotComplete, Complete, Immune}, NotComplete},
		{[]SeriesStatus{NotRecommended, NotComplete}, NotRecommended},
		{[]SeriesStatus{AgedOut, NotRecommended, NotComplete}, AgedOut},
		{[]SeriesStatus{Contraindicated, AgedOut}, Contraindicated},
		{[]SeriesStatus{Immune, Immune}, Immune},
		{[]SeriesStatus{Immune, Complete}, Complete},
	} {
		var counts [NotRecommended + 1]int
		for _, s := range c.all {
			counts[s]++
		}
		if got := groupStatus(counts, len(c.all)); got != c.want {
			t.Errorf("%v are together %s, not %s", c.all, got, c.want)
		}
	}
}
