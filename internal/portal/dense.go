package portal

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/units"
	"github.com/bevanhealth/bevan/internal/portal/chart"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// mostDense is how many values of a test are drawn by a script at once: a minute
// of each day of three years, and as much as can be read while somebody waits.
const mostDense = 5_000

// denseView is what stands on the page of a test that has more values than the
// page reads: where a script gets all of them, and what draws them. Without it the
// page has the newest ones, and leads to those before.
type denseView struct {
	At, Draw string
	words.Dense
}

// denser offers the chart of all values. A page that nobody dressed has no program
// that draws.
func (f *folder) denser(t test) *denseView {
	if f.p.plot == "" {
		return nil
	}
	f.draws = true
	q := url.Values{}
	for _, name := range []string{"unit", "from", "to", lookAnyway} {
		if value := f.r.URL.Query().Get(name); value != "" {
			q.Set(name, value)
		}
	}
	at := f.at + "/results/" + url.PathEscape(t.String()) + "/values"
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	return &denseView{At: at, Draw: f.p.plot, Dense: f.p.words.Results.Dense}
}

// denseSeries is what the script draws: times, in seconds since 1970, and for each
// the value of every series; null where there is none.
type denseSeries struct {
	Name   string     `json:"name"`
	Unit   string     `json:"unit"`
	Times  []int64    `json:"times"`
	Series []denseOne `json:"series"`
	Band   string     `json:"band"`          // what low and high are called
	Low    []*float64 `json:"low,omitempty"` // the usual range, where there is one series
	High   []*float64 `json:"high,omitempty"`
	Count  int        `json:"count"` // of the values
	Left   int        `json:"left"`  // values that can not be drawn here
	More   bool       `json:"more"`  // there are older ones
}

type denseOne struct {
	Name   string     `json:"name"`
	Values []*float64 `json:"values"`
}

// denseValues gives a script the values of one test, as many as it may draw. What
// waits, or was not warned of yet, is not among them, and is not counted.
func denseValues(f *folder) error {
	t, ok := readTest(f.r.PathValue("test"))
	if !ok {
		return problem.New(problem.NotFound, f.p.words.Results.BadTest)
	}
	shown, more, err := f.findDense(t)
	if err != nil {
		return err
	}
	if len(shown) == 0 {
		return problem.New(problem.NotFound, f.p.words.Results.BadTest)
	}
	body, err := json.Marshal(f.dense(shown, more))
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	h := f.Header()
	f.p.guard(h)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = f.Write(body) // a reader that went away can not be told
	return nil
}

// findDense is findResults for very many, without what they refer to.
func (f *folder) findDense(t test) (shown []result, more bool, err error) {
	pairs := append(f.readWindow().pairs(), search.Pair{Name: "code", Value: t.system + "|" + t.code}, search.Pair{Name: "_sort", Value: "-" + search.When},
		search.Pair{Name: "_count", Value: strconv.Itoa(mostDense)}, search.Pair{Name: "_total", Value: "none"})
	q, err := search.Parse(f.Registry(), []string{"Observation"}, nil, pairs, search.Options{Strict: true, When: true, Now: f.p.cfg.Now().UnixMicro(), MaxCount: mostDense})
	if err != nil {
		return nil, false, err
	}
	page, err := f.Search(f.r.Context(), q, "")
	if err != nil {
		return nil, false, err
	}
	warned := f.r.URL.Query().Get(lookAnyway) == "yes"
	for _, one := range page.Items {
		tree, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return nil, false, problem.Wrap(problem.Internal, "", err)
		}
		r := f.readResult(tree)
		if r.hidden && !(warned && r.wait.Asks()) {
			continue
		}
		shown = append(shown, r)
	}
	return shown, page.Next != "", nil
}

// dense lays out the values for the script: those of one unit, that of the first
// series, which are known exactly.
func (f *folder) dense(shown []result, more bool) denseSeries {
	d := denseSeries{Name: shown[0].name, Band: f.p.words.Results.Band, Count: 0, More: more}
	type place struct {
		series int
		drawnPoint
	}
	var all []place
	for _, s := range f.series(shown) {
		d.Left += s.left
		if len(d.Series) == 0 {
			d.Unit = s.unit
		}
		if s.unit != d.Unit {
			d.Left += len(s.points)
			continue
		}
		for _, p := range s.points {
			if p.sign != chart.Exact {
				d.Left++
				continue
			}
			all = append(all, place{len(d.Series), p})
		}
		d.Series = append(d.Series, denseOne{Name: s.name})
	}
	d.Count = len(all)
	slices.SortStableFunc(all, func(a, b place) int { return a.at.Compare(b.at) })
	var points []chart.Point
	for _, p := range all {
		points = append(points, chart.Point{X: float64(p.at.Unix())})
	}
	gap := chart.LongGap(points)
	for i, p := range all {
		at := p.at.Unix()
		if i > 0 && float64(at-all[i-1].at.Unix()) > gap {
			d.add(all[i-1].at.Unix() + (at-all[i-1].at.Unix())/2) // where nothing is joined
		}
		if n := len(d.Times); n == 0 || d.Times[n-1] != at || d.Series[p.series].Values[n-1] != nil {
			d.add(at)
		}
		n := len(d.Times) - 1
		d.Series[p.series].Values[n], d.Low[n], d.High[n] = finite(p.value), finite(p.low), finite(p.hi)
	}
	if len(d.Series) != 1 {
		d.Low, d.High = nil, nil
	}
	d.Unit = units.Published().Name(d.Unit)
	return d
}

// add begins a place in time at which nothing is known yet.
func (d *denseSeries) add(at int64) {
	d.Times, d.Low, d.High = append(d.Times, at), append(d.Low, nil), append(d.High, nil)
	for i := range d.Series {
		d.Series[i].Values = append(d.Series[i].Values, nil)
	}
}

// finite is a number as JSON has it; nil for what is none.
func finite(v float64) *float64 {
	if v-v != 0 {
		return nil
	}
	return &v
}
