package portal

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/portal/chart"
)

// growthView is a growth chart, and what a script has to know to zoom it.
type growthView struct {
	SVG                                template.HTML
	At                                 string // of the page with other ages, at {from} and {to}
	From, To, Least, Most, Left, Right string
	Notes                              []string
}

// standsFrom is the age from which children are measured standing.
const standsFrom = 2.0

// Ages between which charts are drawn, in years. Before birth there are weeks of
// pregnancy.
const (
	leastAge    = -17.0 / 52
	mostAge     = 20.0
	shortestAge = 0.08
)

// readAges reads between which ages the chart is drawn. Where the address says nothing
// that can be drawn, it is the usual chart for the age of the newest measurement.
func (g *grown) readAges(q url.Values, newest float64) ageWindow {
	from, err1 := strconv.ParseFloat(q.Get("from"), 64)
	to, err2 := strconv.ParseFloat(q.Get("to"), 64)
	if err1 == nil && err2 == nil && from >= leastAge-0.01 && to <= mostAge && to-from >= shortestAge-1e-9 {
		return ageWindow{from, to}
	}
	if math.IsNaN(newest) && g.child.Born != 0 {
		newest = g.child.Age(g.growthToday())
	}
	for _, w := range usualAges {
		if newest <= w.to {
			return g.fromBirth(w)
		}
	}
	return ageWindow{0, mostAge}
}

// usualAges are the ages of the charts in use.
var usualAges = []ageWindow{{0, 1}, {0, 2}, {1, 5}, {5, 18}}

// fromBirth lets a chart that begins at birth begin before it for a child who was born
// early, where the reference has lines there.
func (g *grown) fromBirth(w ageWindow) ageWindow {
	early := growth.Term - g.child.Gestation
	if w.from != 0 || g.ref == nil || g.child.Gestation == 0 || early < 21 {
		return w
	}
	if first, _ := g.ref.Range(g.of, g.child.Sex); first < 0 {
		weeks := math.Ceil(float64(early) / 7)
		w.from = max(leastAge, -weeks*7/growth.YearDays)
	}
	return w
}

// chart draws the measurements among the lines.
func (g *grown) chart() *growthView {
	w := g.p.words.Growth
	name := w.Measures[g.of.String()]
	c := chart.Growth{From: g.win.from, To: g.win.to, Unit: g.of.Unit(), Label: w.Axes[g.of.String()], Ages: w.Ages, Before: w.Before, Actual: w.Actual, Corrected: w.Corrected, Beyond: w.Beyond,
		Text: chart.Text{ID: cmp.Or(g.id, "growth"), Title: w.ChartTitle + " " + name, Summary: strings.Join(g.says()[:1], " ")}}
	v := &growthView{At: g.address("from", "FROM", "to", "TO") + "#chart"}
	v.At = strings.NewReplacer("FROM", "{from}", "TO", "{to}").Replace(v.At)
	if g.ref != nil {
		c.Centiles, c.Steps = g.lines()
	}
	if t, known := g.target(); known && g.win.to > standsFrom {
		c.Target = &chart.Target{Name: w.Target, Low: g.edge(t.LowZ), High: g.edge(t.HighZ)}
	}
	for _, e := range g.entries {
		m := chart.Measured{Age: g.child.Age(e.On), Corrected: math.NaN(), Value: e.Value}
		// A cross on its own dot would hide it: who was born on the day has the dot alone.
		if age, known := g.child.CorrectedAge(e.On, growth.ForLife); known && g.child.Gestation != growth.Term {
			m.Corrected = age
		}
		c.Points = append(c.Points, m)
	}
	d := c.Draw()
	v.SVG = template.HTML(d.SVG) //nolint:gosec // the chart escapes all text that it is given
	v.From, v.To, v.Least, v.Most = yearsText(g.win.from), yearsText(g.win.to), yearsText(leastAge), yearsText(mostAge)
	v.Left, v.Right = strconv.FormatFloat(d.Left, 'f', 4, 64), strconv.FormatFloat(d.Right, 'f', 4, 64)
	v.Notes = g.notes(d, len(c.Centiles) > 0, g.stepsSaid(c.Steps))
	return v
}

// edge is a line of the range that is expected, from the age on at which children stand:
// before, they have not found their own line.
func (g *grown) edge(z float64) (all []chart.Place) {
	for _, s := range g.ref.Curve(growth.Height, g.child.Sex, z, max(g.win.from, standsFrom), g.win.to) {
		for _, p := range s.Points {
			all = append(all, chart.Place{Age: p.Age, Value: p.Value})
		}
	}
	return all
}

// lines are the lines of the reference between the ages of the chart, and its steps. They
// are drawn a little beyond, so that they reach its edges.
func (g *grown) lines() (all []chart.Centile, steps []chart.Step) {
	for _, l := range growth.Lines {
		if !g.ref.Draws(g.of, l.Z) {
			continue
		}
		one := chart.Centile{Name: l.Name, Dashed: l.Dashed}
		for _, s := range g.ref.Curve(g.of, g.child.Sex, l.Z, g.win.from, g.win.to) {
			part := make([]chart.Place, len(s.Points))
			for i, p := range s.Points {
				part[i] = chart.Place{Age: p.Age, Value: p.Value}
			}
			one.Parts = append(one.Parts, part)
		}
		if len(one.Parts) > 0 {
			all = append(all, one)
		}
	}
	return all, g.steps()
}

// steps are the ages at which the lines of the chart end and begin again. Where children
// are measured standing from then on, the drawing says so.
func (g *grown) steps() (all []chart.Step) {
	parts := g.ref.Curve(g.of, g.child.Sex, 0, g.win.from, g.win.to)
	last := -1.0
	for i := 1; i < len(parts); i++ {
		one := chart.Step{Age: parts[i].Points[0].Age}
		if one.Age-last < 0.2 { // a table between two others
			continue
		}
		if parts[i-1].Method == growth.Lying && parts[i].Method == growth.Standing {
			one.Text = g.p.words.Growth.Step
		}
		last = one.Age
		all = append(all, one)
	}
	return all
}

// stepsSaid are the steps in words, for whoever wonders why the lines break.
func (g *grown) stepsSaid(steps []chart.Step) (all []string) {
	for _, s := range steps {
		text := g.p.words.Growth.StepTables
		if s.Text != "" {
			text = g.p.words.Growth.StepStands
		}
		all = append(all, fmt.Sprintf(text, growth.AgeText(s.Age)))
	}
	return all
}

// notes are what has to be said under the chart: whose lines they are, how large it is on
// paper, and what it does not show.
func (g *grown) notes(d chart.GrowthDrawing, lined bool, steps []string) (all []string) {
	w := g.p.words.Growth
	all = append(append(all, w.Explain), steps...)
	whose := map[growth.Sex]string{growth.Female: "girls", growth.Male: "boys"}[g.child.Sex]
	switch {
	case g.chosen:
		all = append(all, fmt.Sprintf(w.AsIf, whose))
	case lined: // a sheet of paper has to say it too
		all = append(all, fmt.Sprintf(w.For, whose))
	}
	if g.ref != nil {
		info := g.ref.Info()
		if !lined {
			all = append(all, fmt.Sprintf(w.NoLines, info.Name))
		}
		all = append(all, fmt.Sprintf(w.Reference, info.Name, info.Version))
		if lined && !g.ref.Draws(g.of, growth.Lines[0].Z) {
			all = append(all, w.Fewer)
		}
		if g.care() && info.SignedOff == nil {
			all = append(all, w.Unsigned)
		}
	}
	if g.child.Gestation > 0 {
		all = append(all, fmt.Sprintf(w.Early, pregnancy(g.child.Gestation)))
	} else {
		all = append(all, w.NoGestation)
	}
	if d.Cut > 0 {
		all = append(all, fmt.Sprintf(w.Off, d.Cut))
	}
	if d.Outside > 0 {
		all = append(all, fmt.Sprintf(w.Outside, d.Outside))
	}
	mm := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	return append(all, fmt.Sprintf(w.Scale, w.ScaleAge[d.Scale.Age], mm(d.Scale.Across), g.of.Unit(), mm(d.Scale.Up)))
}

// pregnancy is the length of a pregnancy in words: 30 weeks and 3 days.
func pregnancy(days int) string {
	text := strconv.Itoa(days/7) + " weeks"
	switch days % 7 {
	case 0:
		return text
	case 1:
		return text + " and 1 day"
	}
	return text + " and " + strconv.Itoa(days%7) + " days"
}

// windows are the links that zoom: the usual charts, and nearer, farther, younger and
// older than what is shown.
func (g *grown) windows() (all []link) {
	w := g.p.words.Growth
	add := func(text string, to ageWindow) {
		l := link{Text: text, Href: g.address("from", yearsText(to.from), "to", yearsText(to.to)) + "#chart"}
		if math.Abs(to.from-g.win.from) < 0.005 && math.Abs(to.to-g.win.to) < 0.005 {
			l.Href = ""
		}
		all = append(all, l)
	}
	for i, text := range []string{w.FirstYear, w.TwoYears, w.Toddler, w.School} {
		add(text, g.fromBirth(usualAges[i]))
	}
	add(w.All, ageWindow{0, mostAge})
	span, middle := g.win.to-g.win.from, (g.win.to+g.win.from)/2
	if n := len(g.entries); n > 0 { // towards what was measured last, where it can be seen
		if age := g.child.Age(g.entries[n-1].On); age >= g.win.from && age <= g.win.to {
			middle = age
		}
	}
	if span/2 >= shortestAge {
		add(w.Closer, within(middle-span/4, span/2))
	}
	if span < mostAge {
		add(w.Wider, within(middle-span, span*2))
	}
	if g.win.from > 0 {
		add(w.Younger, within(g.win.from-span/2, span))
	}
	if g.win.to < mostAge {
		add(w.Older, within(g.win.from+span/2, span))
	}
	return all
}

// within moves a window of so many years to where charts are drawn.
func within(from, span float64) ageWindow {
	span = min(span, mostAge)
	from = max(0, min(from, mostAge-span))
	return ageWindow{from, from + span}
}
