package growth

import (
	"cmp"
	"fmt"
	"slices"
)

// Options are what a review goes by besides the measurements.
type Options struct {
	Correction Correction
	Parents    Parents
	// Rules are DefaultRules when they are nil.
	Rules *Rules
}

// Reviewed is what Review found.
type Reviewed struct {
	// Results are the measurements in the order of their days, each with what is odd
	// about it by itself.
	Results []Result
	// Findings are those of the series: slips that the child's own line shows, and
	// thresholds that the last measurements pass. They stand in the order of
	// measures, doubts first.
	Findings []Finding
}

// maxSeries bounds how many measurements are reviewed; the last ones are.
const maxSeries = 5_000

// Review judges all measurements of one child. A number in doubt passes no
// threshold: that it is in doubt is said instead.
func (r *Reference) Review(c Child, series []Measurement, o Options) Reviewed {
	if o.Rules == nil {
		o.Rules = DefaultRules()
	}
	series = slices.Clone(series)
	slices.SortStableFunc(series, func(a, b Measurement) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Of, b.Of))
	})
	series = series[max(0, len(series)-maxSeries):]
	w := &reviewer{ref: r, rules: o.Rules, child: c, options: o, results: make([]Result, len(series))}
	for i, m := range series {
		w.results[i] = r.Assess(c, m, o.Correction)
		if m.Of >= 0 && m.Of < measures {
			w.by[m.Of] = append(w.by[m.Of], &w.results[i])
		}
	}
	w.doubt()
	w.thresholds()
	return Reviewed{w.results, w.out}
}

// reviewer is one review at work.
type reviewer struct {
	ref     *Reference
	rules   *Rules
	child   Child
	options Options
	results []Result
	by      [measures][]*Result // by measure, in the order of days
	sound   [measures][]*Result // those of by that have a score and no doubt
	out     []Finding
}

func (w *reviewer) add(code string, kind Kind, r *Result, clinician string) {
	w.out = append(w.out, Finding{code, kind, r.Of, r.On, layWords[code], clinician, w.rules.Name()})
}

// doubt finds slips, and leaves the measurements that are not in doubt in sound.
func (w *reviewer) doubt() {
	doubted := map[*Result]bool{}
	w.swappedFields(doubted)
	for _, m := range Measures {
		for i, r := range w.by[m] {
			if !doubted[r] && w.slip(w.by[m], i) {
				doubted[r] = true
			}
		}
		for _, r := range w.by[m] {
			if !doubted[r] && r.Score().Known() && !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Kind == Check }) {
				w.sound[m] = append(w.sound[m], r)
			}
		}
	}
	w.shrinking(Height, w.rules.Shrinking.HeightCM)
	w.shrinking(Head, w.rules.Shrinking.HeadCM)
}

// shrinking finds what became less than children can measure by chance.
func (w *reviewer) shrinking(m Measure, slack float64) {
	all := w.sound[m]
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		may := slack
		if m == Height && lain(a) && !lain(b) {
			may += w.rules.Shrinking.StandingCM
		}
		if m == Head && a.Chronological.Age*YearDays < float64(w.rules.Shrinking.AfterDays) {
			continue
		}
		if a.On < b.On && b.Value < a.Value-may {
			w.add("shrinking", Check, b,
				fmt.Sprintf("%s on %s after %s on %s: less by more than measurements differ by chance (%s cm).", valueText(b.Measurement), b.On, valueText(a.Measurement), a.On, number(may)))
		}
	}
}

// lain says whether a height was taken lying, as far as is known.
func lain(r *Result) bool {
	if r.Method != NotSaid {
		return r.Method == Lying
	}
	return r.Chronological.Method == Lying
}
