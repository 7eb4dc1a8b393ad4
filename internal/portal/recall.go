package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/problem"
)

// calledChild is one dose on a list, as whoever looks may know of it.
type calledChild struct {
	recall.Row
	view recall.View
	tree *fhir.Tree // the Patient
}

// sameJab says whether two rows ask for one injection: a vaccine that is due for
// several programmes at once.
func (c calledChild) sameJab(o calledChild) bool {
	return c.Patient == o.Patient && c.Vaccine == o.Vaccine && c.Due == o.Due && c.Overdue == o.Overdue
}

// Bounds of one page of the list: how many records are opened for it at most, since
// some of them are shown to whoever looks in another way than they are kept.
const (
	mostCalled = 8 * perPage
	mostInFile = 200
)

// recallAsk reads from the address what the list is asked for; what is not among
// the choices is the first of them.
func (v *visit) recallAsk() (recall.Ask, *form) {
	w, q := v.p.words.Recall, v.r.URL.Query()
	what := &field{ID: "what", Label: w.What, Options: []option{{"", w.Overdue}, {"0", w.Now}, {"28", w.Weeks4}, {"84", w.Weeks12}}}
	vaccine := &field{ID: "vaccine", Label: w.Vaccine, Options: []option{{"", w.AnyVaccine}}}
	for _, n := range v.p.cfg.Recalls.Programmes() {
		vaccine.Options = append(vaccine.Options, option{n.ID, n.Text})
	}
	age := &field{ID: "age", Label: w.Age, Options: []option{{"", w.AnyAge}, {"0", w.Under1}, {"1", w.Under5}, {"5", w.Over5}}}
	f := v.newForm(w.Show, what, vaccine, age)
	for _, one := range f.Fields {
		one.Value = q.Get(one.ID)
		if _, ok := picked(one.Options, one.Value); !ok {
			one.Value = ""
		}
	}
	ask := recall.Ask{Practice: v.work.acting.Organisation.ID, Overdue: what.Value == "", Programme: vaccine.Value, After: v.after(), Most: perPage}
	ask.Within, _ = strconv.Atoi(what.Value)
	today := v.p.cfg.Recalls.Today()
	switch age.Value {
	case "0":
		ask.BornFrom = today.AddMonths(-12) + 1
	case "1":
		ask.BornFrom, ask.BornBefore = today.AddMonths(-60)+1, today.AddMonths(-12)+1
	case "5":
		ask.BornBefore = today.AddMonths(-60) + 1
	}
	return ask, f
}

// called are those on a list whom whoever looks may see, at most so many, and where
// the list goes on. Each is one look at one record, which stands in its log.
func (v *visit) called(s subject, a recall.Ask, most int) (all []calledChild, next string, err error) {
	seen := map[string]*calledChild{}
	for looked := 0; looked < max(mostCalled, most); {
		rows, after, err := v.p.cfg.Recalls.List(v.r.Context(), a)
		if err != nil {
			return nil, "", err
		}
		if err := v.openCalled(s, rows, seen); err != nil {
			return nil, "", err
		}
		for i, row := range rows {
			one := *seen[row.Patient]
			if one.tree == nil {
				continue
			}
			var on bool
			if one.Row, on = v.p.cfg.Recalls.On(a, one.view, row); !on || slices.ContainsFunc(all, one.sameJab) {
				continue
			}
			if all = append(all, one); len(all) < most {
				continue
			}
			if i == len(rows)-1 && after == "" {
				return all, "", nil
			}
			next, err = v.p.cfg.Recalls.After(a, row)
			return all, next, err
		}
		if looked += len(rows); after == "" {
			return all, "", nil
		}
		a.After = after
	}
	return all, a.After, nil
}

// openCalled opens the records of those on some rows that were not opened before.
func (v *visit) openCalled(s subject, rows []recall.Row, seen map[string]*calledChild) error {
	var wait sync.WaitGroup
	turns := make(chan struct{}, listAtOnce)
	var fresh []*calledChild
	broken := make([]error, len(rows))
	for _, row := range rows {
		if seen[row.Patient] != nil {
			continue
		}
		one := &calledChild{}
		seen[row.Patient], fresh = one, append(fresh, one)
		i, patient := len(fresh)-1, row.Patient
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			broken[i] = v.openChild(s, patient, one)
		})
	}
	wait.Wait()
	for _, err := range broken {
		if err != nil {
			return err
		}
	}
	return nil
}

// openChild looks at one child. Whom whoever looks may not see is
// as if they were not there.
func (v *visit) openChild(s subject, patient string, one *calledChild) error {
	bound := access.Rights{}
	for _, t := range recall.Reads() {
		bound = bound.Or(access.OneType(t, access.Search))
	}
	r, err := v.p.cfg.Open(v.r.Context(), s.who(v.s.Account, patient, bound), patient, s.why)
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return nil
	}
	if err != nil {
		return err
	}
	queries, err := v.p.cfg.Recalls.Queries(r.Registry())
	if err != nil {
		return err
	}
	var entries []*fhir.Tree
	for _, q := range queries {
		q.Count = mostOfChild
		page, err := r.Search(v.r.Context(), q, "")
		if err != nil || page.Next != "" { // a record beyond the bound says nothing here
			return err
		}
		for _, item := range page.Items {
			t, err := fhir.Parse(item.Body, fhir.Limits{})
			if err != nil {
				return problem.Wrap(problem.Internal, "", err)
			}
			if entries = append(entries, t); item.Type == "Patient" {
				one.tree = t
			}
		}
	}
	one.view, err = v.p.cfg.Recalls.View(entries)
	return err
}

// mostOfChild bounds what is read of one child for a list.
const mostOfChild = 1000

// recallPage is the list.
type recallPage struct {
	Table   table
	Links   []link
	File    string
	Rules   string
	Message string
}

// recallList shows whom to call, of those who are registered where somebody works.
func recallList(v *visit, s subject) error {
	a, f := v.recallAsk()
	all, next, err := v.called(s, a, perPage)
	if err != nil {
		if problem.ReasonOf(err) == "recall-page" {
			return v.goOn(recallAt)
		}
		return err
	}
	v.form = f
	w := v.p.words.Recall
	body := recallPage{Table: v.calledTable(a, all), Rules: v.p.cfg.Recalls.Version(), Links: v.linksOf(link{w.Coverage.Link, coverageAt}, link{w.Next, peopleAt})}
	query := url.Values{}
	for _, one := range f.Fields {
		if one.Value != "" {
			query.Set(one.ID, one.Value)
		}
	}
	if !v.p.cfg.Recalls.SignedOff() {
		body.Message = w.NotSigned
	}
	body.File = recallAt + "/file?" + query.Encode()
	if next != "" {
		query.Set("after", next)
		body.Table.More = recallAt + "?" + query.Encode()
	}
	return v.show(http.StatusOK, "recall", w.Title, body)
}

// calledTable is the list as a table.
func (v *visit) calledTable(a recall.Ask, all []calledChild) table {
	w := v.p.words.Recall
	t := table{Caption: w.Caption, None: w.None, Heads: []string{w.Name, w.Born, w.Number, w.Vaccine, w.Late, w.Asked, w.Mark}}
	if !a.Overdue {
		t.Caption, t.Heads[4] = w.CaptionDue, w.Due
	}
	for _, c := range all {
		n := c.tree.Root()
		name := v.calledName(c)
		at := peopleAt + "/" + c.Patient
		t.Rows = append(t.Rows, []cell{{Text: name, Href: at}, text(v.date(c.view.Born.Time())), text(numberIn(n)), text(v.doseText(c.Row)), text(v.date(c.since(a))), text(v.askedText(c)),
			{Text: w.Mark, Href: at + "/add/" + recallEntryAt + "?vaccine=" + url.QueryEscape(c.Programme.ID), About: name + ", " + v.doseText(c.Row)}})
	}
	return t
}

// since is the day by which a list goes.
func (c *calledChild) since(a recall.Ask) time.Time {
	if a.Overdue {
		return c.Overdue.Time()
	}
	return c.Due.Time()
}

func (v *visit) calledName(c calledChild) string {
	if name := nameOf(c.tree.Root()); name != "" {
		return name
	}
	return v.p.words.Recall.NoName
}

// doseText is a vaccine with the number of its dose.
func (v *visit) doseText(r recall.Row) string {
	return r.Vaccine + ", " + v.p.words.Recall.Dose + " " + strconv.Itoa(r.Dose)
}

// numberIn is the NHS number in a Patient, as people write it; "" for none.
func numberIn(n fhir.Node) string {
	for id := range n.Get("identifier").Items() {
		if !id.Get("system").Is(fhir.NHSNumberSystem) || id.Get("use").Is("old") {
			continue
		}
		if digits, ok := fhir.ParseNHSNumber(id.Get("value").Str()); ok {
			return fhir.FormatNHSNumber(digits)
		}
	}
	return ""
}

// askedText says how the family was asked last, by the practice or by a reminder.
func (v *visit) askedText(c calledChild) string {
	w := v.p.words.Recall
	asked, ok := c.view.Last(c.Programme.ID)
	reminded := time.Unix(c.Reminded, 0)
	switch {
	case ok && (c.Reminded == 0 || !asked.On.Time().Before(reminded.AddDate(0, 0, -1))):
		return w.Write.Kinds[string(asked.Kind)] + " " + w.On + " " + v.date(asked.On.Time())
	case c.Reminded != 0:
		return w.Reminded + " " + w.On + " " + v.date(reminded)
	}
	return w.NeverAsked
}

// vaccineOptions are the programmes, and all of them together.
func (v *visit) vaccineOptions() []option {
	out := []option{{"", v.p.words.Recall.AnyVaccine}}
	if v.p.cfg.Recalls != nil {
		for _, n := range v.p.cfg.Recalls.Programmes() {
			out = append(out, option{n.ID, n.Text})
		}
	}
	return slices.Clip(out)
}
