package portal

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/units"
	"github.com/bevanhealth/bevan/internal/portal/chart"
	"github.com/bevanhealth/bevan/internal/problem"
)

// mostDrawn is how many results one page reads: what one can read through on a
// telephone. Older ones are a link away, and a closer look at all of them is a script's.
const mostDrawn = 60

// chartView is a chart and what stands beside it.
type chartView struct {
	SVG     template.HTML
	Summary string
	Notes   []string
	Heading string // where there are several charts
}

// valueRow is one value in the table under the charts.
type valueRow struct {
	Name, Day, Value, Also, Means, Range, State, Who, Href string
}

// resultPage is what the page of one test, or of several, shows.
type resultPage struct {
	Name      string // what the page is about
	Charts    []chartView
	Rows      []valueRow
	Several   bool
	Waiting   []string
	Newest    string
	EarlierAt string
	Dense     *denseView // nil where there is no more to draw
	Windows   []link
	Units     []link
	Learn     []link
	BackAt    string
	None      string
}

// oneTest shows one test over time.
func oneTest(f *folder) error {
	t, ok := readTest(f.r.PathValue("test"))
	if !ok {
		return problem.New(problem.NotFound, f.p.words.Results.BadTest)
	}
	return f.showTests([]test{t})
}

// together shows several tests on one page.
func together(f *folder) error {
	var all []test
	for _, s := range f.r.URL.Query()["test"] {
		t, ok := readTest(s)
		if !ok {
			return problem.New(problem.NotFound, f.p.words.Results.BadTest)
		}
		if !slices.Contains(all, t) {
			all = append(all, t)
		}
		if len(all) > mostTogether {
			return problem.New(problem.Invalid, f.p.words.Results.CompareMany)
		}
	}
	if len(all) == 0 {
		return problem.New(problem.Invalid, f.p.words.Results.CompareNone)
	}
	return f.showTests(all)
}

// window is the time that a page shows; zero ends are open.
type window struct{ from, to time.Time }

// readWindow reads it from the address. What is no day is left out: the page then
// shows more, and says which time it is.
func (f *folder) readWindow() (w window) {
	q := f.r.URL.Query()
	w.from, _ = time.Parse(time.DateOnly, q.Get("from"))
	w.to, _ = time.Parse(time.DateOnly, q.Get("to"))
	if !w.from.IsZero() && !w.to.IsZero() && !w.from.Before(w.to) {
		return window{}
	}
	return w
}

func (w window) pairs() (all []search.Pair) {
	if !w.from.IsZero() {
		all = append(all, search.Pair{Name: search.When, Value: "ge" + w.from.Format(time.DateOnly)})
	}
	if !w.to.IsZero() {
		all = append(all, search.Pair{Name: search.When, Value: "lt" + w.to.Format(time.DateOnly)})
	}
	return all
}

func (f *folder) showTests(tests []test) error {
	codes := ""
	for i, t := range tests {
		if i > 0 {
			codes += ","
		}
		codes += t.system + "|" + t.code
	}
	win := f.readWindow()
	all, err := f.findResults(append(win.pairs(), search.Pair{Name: "code", Value: codes}), mostDrawn, "")
	if err != nil {
		return err
	}
	w := f.p.words.Results
	body := resultPage{Several: len(tests) > 1, BackAt: f.at + "/results", None: w.TableNone}
	var shown []result
	for _, r := range all.results {
		if !r.hidden {
			shown = append(shown, r)
			continue
		}
		if r.wait.Asks() {
			if done, err := f.asksFirst(r.wait, body.BackAt); done || err != nil {
				return err
			}
			shown = append(shown, r)
			continue
		}
		if !slices.Contains(body.Waiting, r.wait.Says) {
			body.Waiting = append(body.Waiting, r.wait.Says)
		}
	}
	if len(all.results) == 0 && win == (window{}) {
		return problem.New(problem.NotFound, w.BadTest)
	}
	if all.next != "" {
		body.Newest = fmt.Sprintf(w.Newest, mostDrawn)
		if len(tests) == 1 {
			body.Dense = f.denser(tests[0])
		}
		if last := shown; len(last) > 0 && !last[len(last)-1].at.IsZero() {
			body.EarlierAt = f.windowAt(window{to: last[len(last)-1].at.AddDate(0, 0, 1)})
		}
	}
	drawn := f.series(shown)
	body.Charts = f.charts(drawn, win)
	body.Rows = f.valueRows(shown, drawn)
	body.Windows = f.windows(win, shown)
	body.Units = f.unitLinks(drawn)
	for _, r := range shown {
		body.Learn = f.aboutResult(body.Learn, r)
	}
	title := w.TogetherTitle
	if len(tests) == 1 {
		if title = w.OneTitle; len(shown) > 0 {
			title = shown[0].name
		}
	}
	body.Name = title
	return f.showFolder(http.StatusOK, "resultchart", f.headed(title), body)
}

// drawnSeries is the values of one thing in one unit.
type drawnSeries struct {
	key    string // what is measured
	name   string
	unit   string
	codes  []string
	points []drawnPoint // the oldest first
	left   int          // values that are not among the points
}

type drawnPoint struct {
	at      time.Time
	value   float64
	text    string // in the unit of the series
	sign    chart.Sign
	low, hi float64 // the usual range, in the unit of the series
	id      string  // of the result
}

// series sorts the values by what was measured. All of one thing are in one unit:
// the one that was asked for, or that of the newest value.
func (f *folder) series(all []result) (out []*drawnSeries) {
	asked := f.r.URL.Query().Get("unit")
	by := map[string]*drawnSeries{}
	for _, r := range all { // the newest first
		if !r.drawn() {
			continue
		}
		for _, one := range r.all {
			key := r.test.String() + " " + one.test.String()
			s := by[key]
			if s == nil {
				s = &drawnSeries{key: key, name: one.name, codes: one.codes}
				by[key] = s
				out = append(out, s)
			}
			s.add(r, one, asked)
		}
	}
	for _, s := range out {
		slices.SortStableFunc(s.points, func(a, b drawnPoint) int { return a.at.Compare(b.at) })
	}
	return out
}

func (s *drawnSeries) add(r result, one reading, asked string) {
	u := units.Published()
	if !one.numeric() || r.at.IsZero() {
		s.left++
		return
	}
	unit := u.Unit(one.value)
	if len(s.points) == 0 && s.unit == "" {
		if s.unit = unit; slices.Contains(u.To(unit, one.codes), asked) {
			s.unit = asked
		}
	}
	v, ok := u.Convert(one.value.Value, unit, s.unit, one.codes)
	if !ok {
		s.left++
		return
	}
	p := drawnPoint{at: r.at, value: v.Float64(), low: math.NaN(), hi: math.NaN(), id: r.id, text: v.String() + " " + u.Name(s.unit)}
	switch one.value.Comparator {
	case "<", "<=":
		p.sign = chart.Below
	case ">", ">=":
		p.sign = chart.Above
	}
	if unit == s.unit {
		p.low, p.hi, p.text = one.low, one.hi, ""
	} else {
		p.low, p.hi = s.inUnit(one.low, unit), s.inUnit(one.hi, unit)
	}
	s.points = append(s.points, p)
}

// charts draws what can be drawn: all of one unit on one chart.
func (f *folder) charts(all []*drawnSeries, win window) (out []chartView) {
	var order []string
	byUnit := map[string][]*drawnSeries{}
	for _, s := range all {
		if len(s.points) == 0 {
			continue
		}
		if byUnit[s.unit] == nil {
			order = append(order, s.unit)
		}
		byUnit[s.unit] = append(byUnit[s.unit], s)
	}
	for i, unit := range order {
		for from := 0; from < len(byUnit[unit]); from += mostTogether {
			some := byUnit[unit][from:min(from+mostTogether, len(byUnit[unit]))]
			c := f.chart("r"+strconv.Itoa(i)+"n"+strconv.Itoa(from), unit, some, win)
			if len(order) > 1 {
				c.Heading = units.Published().Name(unit)
			}
			out = append(out, c)
		}
	}
	return out
}

func (f *folder) chart(id, unit string, all []*drawnSeries, win window) chartView {
	w := f.p.words.Results
	l := chart.Lines{X: chart.Axis{Time: true}, Y: chart.Axis{Label: units.Published().Name(unit)}, BoundName: w.Bound, BeyondName: w.Beyond}
	if !win.from.IsZero() && !win.to.IsZero() {
		l.X.From, l.X.To = float64(win.from.Unix()), float64(win.to.Unix())
	}
	names, summary, left := "", "", 0
	for i, s := range all {
		one := chart.Series{Name: s.name}
		for _, p := range s.points {
			one.Points = append(one.Points, chart.Point{X: float64(p.at.Unix()), Y: p.value, Sign: p.sign, Key: p.id})
		}
		l.Series = append(l.Series, one)
		if i > 0 {
			names, summary = names+", ", summary+" "
		}
		names, summary, left = names+s.name, summary+f.summary(s), left+s.left
	}
	if len(all) == 1 {
		l.Bands = all[0].bands(w.Band)
	}
	l.Text = chart.Text{ID: id, Title: names, Summary: summary}
	d := l.Draw()
	c := chartView{SVG: template.HTML(d.SVG), Summary: summary} //nolint:gosec // the chart escapes all text that it is given
	if d.Thinned > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf(w.Thinned, d.Thinned))
	}
	if d.Cut > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf(w.Cut, d.Cut))
	}
	if left > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf(w.OtherUnit, left))
	}
	return c
}

// bands are the usual ranges where they held: from halfway to the value before, to
// halfway to the one behind.
func (s *drawnSeries) bands(name string) (out []chart.Band) {
	same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
	for i := 0; i < len(s.points); {
		j := i + 1
		for j < len(s.points) && same(s.points[i].low, s.points[j].low) && same(s.points[i].hi, s.points[j].hi) {
			j++
		}
		b := chart.Band{Name: name, Low: s.points[i].low, High: s.points[i].hi, From: math.Inf(-1), To: math.Inf(1)}
		if i > 0 {
			b.From = (float64(s.points[i-1].at.Unix()) + float64(s.points[i].at.Unix())) / 2
		}
		if j < len(s.points) {
			b.To = (float64(s.points[j-1].at.Unix()) + float64(s.points[j].at.Unix())) / 2
		}
		if !math.IsNaN(b.Low) || !math.IsNaN(b.High) {
			out = append(out, b)
		}
		i = j
	}
	return out
}

// inUnit is an end of a range in the unit of the series.
func (s *drawnSeries) inUnit(f float64, unit string) float64 {
	d, err := decimalOf(f)
	if err != nil {
		return math.NaN()
	}
	v, ok := units.Published().Convert(d, unit, s.unit, s.codes)
	if !ok {
		return math.NaN()
	}
	return v.Float64()
}

// summary says in one sentence, or two, what the chart shows.
func (f *folder) summary(s *drawnSeries) string {
	w := f.p.words.Results
	day := func(p drawnPoint) string { return p.at.Format("2 January 2006") }
	text := func(p drawnPoint) string {
		sign := map[chart.Sign]string{chart.Below: w.Signs["<"] + " ", chart.Above: w.Signs[">"] + " "}[p.sign]
		return sign + strconv.FormatFloat(p.value, 'f', -1, 64) + " " + units.Published().Name(s.unit)
	}
	switch len(s.points) {
	case 0:
		return fmt.Sprintf(w.SummaryNone, s.name)
	case 1:
		return fmt.Sprintf(w.SummaryOne, s.name, text(s.points[0]), day(s.points[0]))
	}
	byValue := func(a, b drawnPoint) int { return cmp.Compare(a.value, b.value) }
	first, last := s.points[0], s.points[len(s.points)-1]
	says := fmt.Sprintf(w.Summary, s.name, len(s.points), day(first), day(last), text(slices.MinFunc(s.points, byValue)), text(slices.MaxFunc(s.points, byValue)))
	if first.sign != chart.Exact || last.sign != chart.Exact {
		return says
	}
	return says + " " + map[int]string{1: w.SummaryUp, -1: w.SummaryDown, 0: w.SummarySame}[cmp.Compare(last.value, first.value)]
}
