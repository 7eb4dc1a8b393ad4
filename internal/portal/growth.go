package portal

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/child/growing"
	"github.com/bevanhealth/bevan/internal/problem"
)

// growthAt is what the address of the growth chart adds to that of a record.
const growthAt = "/child/growth"

// growthRoutes are the pages of how a child grows.
var growthRoutes = slices.Concat(recordPages(recordPage{growthAt, withSources(growthChart)}), addPages(parentsAt, askParents, askParentsFinish), []route{
	{"GET " + peopleAt + "/{person}" + parentsAt, ofCare(askParents)}, {"POST " + peopleAt + "/{person}" + parentsAt, ofCare(askParentsFinish)},
})

// growthPage is what the page shows.
type growthPage struct {
	Measures   []link
	Says       []string
	Findings   []growthFinding
	Ask        string
	Choose     []link
	Chart      *growthView
	Windows    []link
	References []link
	Table      growthTable
	Missing    []string
	Links      []link
}

// growthFinding is what was found, and what to do next.
type growthFinding struct {
	What string
	Next []string
}

// grown is what one page of the growth chart is made from: what the record says, and what
// the address asks.
type grown struct {
	*folder
	book    growing.Book
	of      growth.Measure
	child   growth.Child // with the sex whose lines are shown
	chosen  bool         // that sex was chosen here, and is not in the record
	refs    []*growth.Reference
	ref     *growth.Reference // nil where there is none for this child
	entries []growing.Entry   // of the measure, the oldest first
	results []growth.Result   // of each entry; none where there are no lines
	found   []growth.Finding  // in all measures, those of this one first
	win     ageWindow
	id      string // of the chart, where a page has several
}

// ageWindow is between which ages the chart is drawn, in years.
type ageWindow struct{ from, to float64 }

// growthBook reads how the child grows. What waits for a clinician is not in it.
func (f *folder) growthBook() (growing.Book, error) {
	r := growing.Reader{Now: f.p.cfg.Now(), Zone: f.p.cfg.Zone, Meets: f.meet, Leaves: func(t *fhir.Tree) bool {
		_, hidden := f.waits(t)
		return hidden
	}}
	var patient *fhir.Tree
	who := aside(func() (err error) { patient, err = f.person(); return err })
	found, err := r.Find(f.r.Context(), f.Records)
	if failed := who(); failed != nil {
		return growing.Book{}, failed
	}
	if err != nil {
		return growing.Book{}, err
	}
	return r.Book(patient, found), nil
}

// growthChart shows one measure of a child over time, on the lines of a reference.
func growthChart(f *folder) error {
	b, err := f.growthBook()
	if err != nil {
		return f.notThere(err)
	}
	g, err := f.growthAsked(b)
	if err != nil {
		return err
	}
	w := f.p.words.Growth
	body := growthPage{Measures: g.measureLinks(), Table: g.table(), Missing: g.missing(), Links: g.links()}
	body.Says = g.says()
	body.Findings = g.findings()
	switch {
	case b.Child.Born == 0:
		body.Ask = f.mine(w.NoBornOwn, w.NoBorn)
	case g.child.Sex == growth.SexNotKnown:
		body.Ask = f.mine(w.NoSexOwn, w.NoSex)
		body.Choose = []link{{w.Girls, g.address("sex", "female")}, {w.Boys, g.address("sex", "male")}}
	default:
		body.Chart, body.Windows, body.References = g.chart(), g.windows(), g.referenceLinks()
		f.pinches = true
	}
	f.read = b.Patient
	return f.showFolder(http.StatusOK, "growth", f.mine(w.Title, w.TitleFor), body)
}

// growthAsked reads what the address asks. What it asks for and is not there is an error;
// ages that can not be drawn are those that fit the child.
func (f *folder) growthAsked(b growing.Book) (*grown, error) {
	g := &grown{folder: f, book: b, child: b.Child}
	q := f.r.URL.Query()
	var ok bool
	if g.of, ok = growth.ParseMeasure(q.Get("of")); !ok && q.Get("of") != "" {
		return nil, problem.New(problem.NotFound, f.p.words.Problem.NotHere)
	}
	if g.child.Sex == growth.SexNotKnown {
		g.child.Sex, g.chosen = growth.ParseSex(q.Get("sex"))
	}
	g.entries = g.book.Of(g.of)
	newest := math.NaN()
	if n := len(g.entries); n > 0 && b.Child.Born != 0 {
		newest = b.Child.Age(g.entries[n-1].On)
	}
	for _, r := range f.p.cfg.References {
		if _, to := r.Range(g.of, g.child.Sex); to > 0 {
			g.refs = append(g.refs, r)
		}
	}
	for _, r := range g.refs {
		if r.Info().ID == q.Get("ref") {
			g.ref = r
		}
	}
	if g.ref == nil && q.Get("ref") != "" && g.child.Sex != growth.SexNotKnown {
		return nil, problem.New(problem.NotFound, f.p.words.Problem.NotHere)
	}
	if g.ref == nil && len(g.refs) > 0 {
		g.ref = g.refs[0]
	}
	g.win = g.readAges(q, newest)
	if g.ref != nil {
		g.review()
	}
	return g, nil
}

// address is that of this page with other values of some names; "" leaves a name out. It
// leads to the chart itself.
func (g *grown) address(pairs ...string) string {
	q := url.Values{}
	for _, keep := range []string{"of", "ref", "sex", "from", "to"} {
		if v := g.r.URL.Query().Get(keep); v != "" {
			q.Set(keep, v)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if q.Del(pairs[i]); pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return g.pageAt(q)
}

// measureLinks are the links to the other measures.
func (g *grown) measureLinks() (all []link) {
	for _, m := range growth.Measures {
		l := link{Text: g.p.words.Growth.Measures[m.String()], Href: g.address("of", m.String(), "from", "", "to", "", "ref", "")}
		if m == g.of {
			l.Href = "" // the page itself
		}
		all = append(all, l)
	}
	return all
}

// referenceLinks are the links to other references, where there are several.
func (g *grown) referenceLinks() (all []link) {
	if len(g.refs) < 2 {
		return nil
	}
	for _, r := range g.refs {
		l := link{Text: r.Info().Name + " (" + r.Info().Version + ")", Href: g.address("ref", r.Info().ID)}
		if r == g.ref {
			l.Href = ""
		}
		all = append(all, l)
	}
	return all
}

// says is what stands first: the newest measurement and where it lies, and what has to
// be known to read the chart.
func (g *grown) says() (all []string) {
	w := g.p.words.Growth
	name := w.Measures[g.of.String()]
	n := len(g.entries)
	if n == 0 {
		return append(all, g.orHidden(fmt.Sprintf(w.NoneOf, name), name+": "+g.p.words.Book.NothingShown))
	}
	e := g.entries[n-1]
	if n == 1 {
		all = append(all, fmt.Sprintf(w.Only, name, g.growthDay(e.On)))
	} else {
		all = append(all, fmt.Sprintf(w.Several, name, n, g.growthDay(g.entries[0].On), g.growthDay(e.On)))
	}
	if g.child.Born == 0 {
		return all
	}
	newest := fmt.Sprintf(w.Newest, g.valueText(e), g.growthDay(e.On), growth.AgeOn(g.child.Born, e.On))
	if len(g.results) > 0 && g.child.Sex != growth.SexNotKnown {
		newest += " " + g.results[n-1].Lay()
	}
	all = append(all, newest)
	if g.care() && len(g.results) > 0 && g.child.Sex != growth.SexNotKnown {
		all = append(all, w.Care+" "+g.results[n-1].Clinician())
	}
	if g.of == growth.Weight && g.child.Age(e.On) < 3*7/growth.YearDays {
		all = append(all, w.FirstDays)
	}
	if t, known := g.target(); known {
		all = append(all, fmt.Sprintf(w.TargetIs, g.whole(t.Low), g.whole(t.High)))
	}
	return all
}

// target is the height that is expected from the parents' heights, on the chart of height.
func (g *grown) target() (growth.Target, bool) {
	if g.of != growth.Height || g.ref == nil {
		return growth.Target{}, false
	}
	t, why := g.ref.Target(g.book.Parents(), g.child.Sex, growth.DefaultRules().Parents.TargetSpaces)
	return t, why == growth.Present
}

func (g *grown) whole(cm float64) string { return strconv.FormatFloat(cm, 'f', 0, 64) }

// valueText is a value as it is shown: as it was written, and in the unit of the chart
// where that is another.
func (g *grown) valueText(e growing.Entry) string {
	places := 2
	if g.of != growth.Weight {
		places = 1
	}
	return strconv.FormatFloat(e.Value, 'f', places, 64) + " " + g.of.Unit()
}

// growthDay is a day in words.
func (f *folder) growthDay(d growth.Date) string { return d.Time().Format("2 January 2006") }

// review has all measurements judged together: a slip shows in a child's own line, and a
// threshold in what was before.
func (g *grown) review() {
	all := g.ref.Review(g.child, g.book.Series(), growth.Options{Parents: g.book.Parents()})
	for i, e := range g.book.Entries { // both are in one order
		if e.Of == g.of {
			g.results = append(g.results, all.Results[i])
		}
	}
	for _, r := range all.Results {
		g.found = append(g.found, r.Findings...)
	}
	g.found = append(g.found, all.Findings...)
	slices.SortStableFunc(g.found, func(a, b growth.Finding) int {
		return cmp.Or(order(a.Measure != g.of, b.Measure != g.of), cmp.Compare(b.On, a.On))
	})
}

// findings are the doubts about the measurements, and the thresholds that they reach.
func (g *grown) findings() (all []growthFinding) {
	w := g.p.words.Growth
	for _, f := range g.found {
		one := growthFinding{What: w.Measures[f.Measure.String()] + ", " + g.growthDay(f.On) + ": " + f.Lay}
		if f.On == 0 {
			one.What = w.Measures[f.Measure.String()] + ": " + f.Lay
		}
		switch {
		case g.care():
			one.Next = append(one.Next, w.Care+" "+strings.TrimSpace(f.Clinician+" "+f.Rules))
			if f.Kind == growth.Look {
				one.Next = append(one.Next, w.LookNextCare)
			}
		case f.Kind == growth.Check:
			one.Next = append(one.Next, w.CheckNext)
		case f.Kind == growth.Look:
			one.Next = append(one.Next, w.LookNext)
		}
		if all = append(all, one); len(all) == mostFindings {
			break
		}
	}
	return all
}

// mostFindings is how many are shown; each measurement may have one.
const mostFindings = 6

// links are the ways on from the page.
func (g *grown) links() (all []link) {
	w := g.p.words.Growth
	if g.of == growth.Height && (g.care() || g.mayAdd()) {
		all = append(all, link{w.Parents, g.folder.at + parentsAt})
	}
	kind := map[growth.Measure]string{growth.Weight: "weight", growth.Height: "height", growth.Head: "head"}[g.of]
	if g.of == growth.Height && g.child.Born != 0 && g.child.Age(g.growthToday()) < 2 {
		kind = "length"
	}
	switch {
	case g.care():
		all = append(all, link{w.Add, g.folder.at + "/add/measurement?which=" + kind})
	case g.mayAdd():
		all = append(all, link{w.Add, g.folder.at + "/add/reading?what=" + kind})
	}
	return append(all, link{w.Back, g.folder.at})
}

// missing says what is not on the page.
func (g *grown) missing() (all []string) {
	w := g.p.words.Growth
	if g.book.Unread > 0 {
		all = append(all, fmt.Sprintf(w.Unread, g.book.Unread))
	}
	if g.book.Unborn > 0 {
		all = append(all, fmt.Sprintf(w.Unborn, g.book.Unborn))
	}
	if g.book.More {
		all = append(all, fmt.Sprintf(w.More, growing.Most))
	}
	return all
}

// today is the day where the pages are.
func (f *folder) growthToday() growth.Date { return growth.DateOf(f.p.cfg.Now().In(f.p.cfg.Zone)) }

// yearsText is an age for an address.
func yearsText(a float64) string { return strconv.FormatFloat(math.Round(a*100)/100, 'f', -1, 64) }
