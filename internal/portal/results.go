package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/units"
	"github.com/bevanhealth/bevan/internal/problem"
)

// resultsListed is how many results one page of the list is made of.
const resultsListed = 60

// mostTogether is how many tests are shown on one page: as many as can be told
// apart.
const mostTogether = 6

// listedResult is one test in the list.
type listedResult struct {
	Name, Href       string
	Tick             string // what it is chosen by, to be compared; "" where it has no code
	Value, Day, Wait string
	Means, Range     string
	Trend, State     string
	Told             string // where a clinician says that they talked about it
}

// resultGroup is what was tested together.
type resultGroup struct {
	Title string
	Rows  []listedResult
	Learn []link // pages about what was tested
}

// found is what a search for results gave.
type found struct {
	results []result
	reports []*fhir.Tree
	next    string
}

// findResults searches Observations, the newest first, with the reports that list
// them and with who made both: one question, so that it is one entry of the access
// log.
func (f *folder) findResults(pairs []search.Pair, most int, cursor string) (found, error) {
	// Along the line of the record, or of the test, however long that is.
	pairs = append(pairs, search.Pair{Name: "_sort", Value: "-" + search.When}, search.Pair{Name: "_count", Value: strconv.Itoa(most)}, search.Pair{Name: "_total", Value: "none"},
		search.Pair{Name: "_include", Value: "Observation:performer"}, search.Pair{Name: "_include:iterate", Value: "DiagnosticReport:performer"}, search.Pair{Name: "_revinclude", Value: "DiagnosticReport:result"})
	q, err := search.Parse(f.Registry(), []string{"Observation"}, nil, pairs, search.Options{Strict: true, When: true, Now: f.p.cfg.Now().UnixMicro(), MaxCount: most})
	if err != nil {
		return found{}, err
	}
	f.showingAhead()
	page, err := f.Search(f.r.Context(), q, cursor)
	if err != nil {
		return found{}, err
	}
	out := found{next: page.Next}
	var all []*fhir.Tree
	for _, one := range page.Items {
		t, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return found{}, problem.Wrap(problem.Internal, "", err)
		}
		switch {
		case !one.Include:
			all = append(all, t)
		case one.Type == "DiagnosticReport":
			out.reports = append(out.reports, t)
		default:
			f.meet(one, t)
		}
	}
	for _, t := range all {
		out.results = append(out.results, f.readResult(t))
	}
	return out, nil
}

// resultList lists tests by what was done together, each with its newest value.
func resultList(f *folder) error {
	w := f.p.words.Results
	var pairs []search.Pair
	of := f.r.URL.Query().Get("of")
	if w.Of[of] != "" {
		pairs = append(pairs, search.Pair{Name: "category", Value: "http://terminology.hl7.org/CodeSystem/observation-category|" + of})
	} else if of != "" {
		return problem.New(problem.NotFound, f.p.words.Problem.NotHere)
	}
	all, err := f.findResults(pairs, resultsListed, f.after())
	if err != nil {
		return err
	}
	body := struct {
		What, None, More, Compare string
		Filters                   []link
		Groups                    []resultGroup
		Care                      bool
		BackAt                    string
	}{What: w.What, None: w.None, Compare: f.at + "/results/together", Care: f.care(), BackAt: f.at}
	if f.care() {
		body.What = w.WhatCare
	}
	if of != "" {
		body.None = w.NoneOf
	}
	body.Filters = f.resultFilters(of)
	body.Groups = f.group(all)
	if all.next != "" {
		body.More = f.r.URL.Path + "?" + url.Values{"after": {all.next}, "of": {of}}.Encode()
	}
	return f.showFolder(http.StatusOK, "results", f.headed(w.Title), body)
}

// resultFilters are the links to one kind of result, and to all.
func (f *folder) resultFilters(of string) (all []link) {
	w := f.p.words.Results
	at := func(of string) string {
		if of == "" {
			return f.at + "/results"
		}
		return f.at + "/results?of=" + of
	}
	for _, k := range []string{"", "laboratory", "vital-signs", "imaging", "exam", "survey", "social-history"} {
		name := w.Of[k]
		if k == "" {
			name = w.All
		}
		l := link{Text: name, Href: at(k)}
		if k == of {
			l.Href = "" // the page itself
		}
		all = append(all, l)
	}
	return all
}

// group sorts the tests of a page by the report that lists them, and the others by
// their kind. A test is told once, by its newest value.
func (f *folder) group(all found) (out []resultGroup) {
	w := f.p.words.Results
	in := map[string]int{} // of an Observation: its group
	for _, t := range all.reports {
		if _, hidden := f.waits(t); hidden {
			continue // its name would tell of what waits
		}
		e := f.head(t)
		title := e.Title + ", " + e.Date
		if e.By != f.p.words.Record.Unknown {
			title += ", " + w.From + " " + e.By
		}
		for r := range t.Root().Get("result").Items() {
			if ref := fhir.ParseReference(r.Get("reference").Str()); ref.Type == "Observation" {
				if _, twice := in[ref.ID]; !twice {
					in[ref.ID] = len(out)
				}
			}
		}
		out = append(out, resultGroup{Title: title})
	}
	byKind := map[string]int{}
	seen := map[test]bool{}
	for i, r := range all.results {
		if r.test != (test{}) && seen[r.test] && !r.hidden {
			continue
		}
		if !r.hidden {
			seen[r.test] = true
		}
		at, ok := in[r.id]
		if !ok {
			name := w.Of[r.category]
			if name == "" {
				name = w.Others
			}
			if at, ok = byKind[name]; !ok {
				at = len(out)
				byKind[name] = at
				out = append(out, resultGroup{Title: name})
			}
		}
		out[at].Rows = append(out[at].Rows, f.listed(r, all.results[i+1:]))
		if !r.hidden {
			out[at].Learn = f.aboutResult(out[at].Learn, r)
		}
	}
	return slices.DeleteFunc(out, func(g resultGroup) bool { return len(g.Rows) == 0 })
}

// listed is a result in the list; before are those that are older.
func (f *folder) listed(r result, before []result) listedResult {
	w := f.p.words.Results
	if r.hidden {
		row := listedResult{Name: r.wait.Kind, Wait: r.wait.Says}
		if r.wait.Asks() {
			row.Href = r.link
		}
		return row
	}
	row := listedResult{Name: r.name, Href: r.link, Day: r.day, State: w.State[r.status], Value: f.valueText(r)}
	if r.test != (test{}) {
		row.Href, row.Tick = f.at+"/results/"+url.PathEscape(r.test.String()), r.test.String()
	}
	if f.care() && r.hard {
		row.Told = f.at + "/results/told?entry=Observation/" + url.QueryEscape(r.id)
	}
	if !r.drawn() {
		row.Tick = ""
		if r.status == "cancelled" || r.status == "registered" {
			row.Value = ""
		}
		return row
	}
	for i, one := range r.all {
		means := f.meansWords(one)
		if len(r.all) > 1 {
			means = one.name + ": " + means
		}
		if i > 0 {
			means = row.Means + ". " + means
		}
		row.Means = means
		if one.rangeIs != "" && len(r.all) == 1 {
			row.Range = w.RangeIs + ": " + one.rangeIs
		}
	}
	if len(r.all) == 1 && r.numeric() && r.all[0].value.Comparator == "" {
		trends := w.Trend
		if f.care() {
			trends = w.TrendCare
		}
		row.Trend = trends[trend(r, before)]
	}
	return row
}

func (r result) numeric() bool { return len(r.all) > 0 && r.all[0].numeric() }

// valueText is all that a result says, in one line.
func (f *folder) valueText(r result) string {
	text := ""
	for i, one := range r.all {
		s := one.words
		if s == "" {
			s = f.p.words.Results.NoValue
		}
		if len(r.all) > 1 {
			s = one.name + ": " + s
		}
		if i > 0 {
			text += ", "
		}
		text += s
	}
	return text
}

// trend compares the first value of a result with that of the one before it that
// has the same test and can be said in the same unit: up, down, same or none.
func trend(r result, before []result) string {
	now := r.all[0]
	u := units.Published()
	for _, old := range before {
		if old.test != r.test || r.test == (test{}) || old.hidden || !old.drawn() || !old.numeric() || old.all[0].value.Comparator != "" || old.all[0].test != now.test {
			continue
		}
		v, ok := u.Convert(old.all[0].value.Value, u.Unit(old.all[0].value), u.Unit(now.value), now.codes)
		if !ok {
			continue
		}
		switch now.value.Value.Compare(v) {
		case 1:
			return "up"
		case -1:
			return "down"
		}
		return "same"
	}
	return "none"
}
