package portal

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/child/talk"
	"github.com/bevanhealth/bevan/internal/problem"
)

// notesAt is the list of families' notes that wait for those who work somewhere.
const notesAt = staffAt + "/notes"

// mostNoted bounds how many records are opened for one page of the list.
const mostNoted = 8 * perPage

// talking lets a page be seen where it is kept which notes wait.
func talking(do func(*visit, subject) error) func(*visit, subject) error {
	return func(v *visit, s subject) error {
		if v.p.cfg.Talks == nil {
			return problem.New(problem.NotFound, v.p.words.Problem.NotHere)
		}
		return do(v, s)
	}
}

// noted is somebody whose notes may wait, as whoever looks may know of them. patient
// is nil for one whom they may not see.
type noted struct {
	id      string
	patient *fhir.Tree
	waiting []*fhir.Tree
}

// noted looks at one record: who it is, and which notes wait there.
func (v *visit) noted(s subject, id string) (one noted, err error) {
	one.id = id
	bound := access.OneType("Patient", access.Read).Or(access.OneType("Communication", access.Search)).Or(access.OneType("Provenance", access.Search))
	r, err := v.p.cfg.Open(v.r.Context(), s.who(v.s.Account, id, bound), id, s.why)
	if err != nil {
		return one, err
	}
	if one.patient, err = read(v.r.Context(), r, "Patient", id); err != nil {
		return one, err
	}
	q, err := talk.Notes(r.Registry())
	if err != nil {
		return one, err
	}
	all, err := searched(v.r.Context(), r, q)
	if err != nil {
		return one, err
	}
	written, err := v.writtenByStaff(r, all)
	if err != nil {
		return one, err
	}
	one.waiting = book.Waiting(all, written)
	return one, nil
}

// writtenByStaff says which of some notes were written by staff, by what a session
// sees.
func (v *visit) writtenByStaff(r Records, notes []*fhir.Tree) (func(id string) bool, error) {
	q, some, err := talk.ByStaff(r.Registry(), notes)
	if err != nil || !some {
		return talk.Written(nil), err
	}
	all, err := searched(v.r.Context(), r, q)
	return talk.Written(all), err
}

// searched are the resources on the first page of a query.
func searched(ctx context.Context, r Records, q search.Query) (all []*fhir.Tree, err error) {
	page, err := r.Search(ctx, q, "")
	if err != nil {
		return nil, err
	}
	for _, one := range page.Items {
		t, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		all = append(all, t)
	}
	return all, nil
}

// notedAll looks at the records on some rows, a few at once. Whom whoever looks may
// not see is as if they were not there.
func (v *visit) notedAll(s subject, rows []talk.Row) ([]noted, error) {
	all, broken := make([]noted, len(rows)), make([]error, len(rows))
	var wait sync.WaitGroup
	turns := make(chan struct{}, listAtOnce)
	for i, row := range rows {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			all[i], broken[i] = v.noted(s, row.Patient)
		})
	}
	wait.Wait()
	for i, err := range broken {
		switch {
		case problem.Is(err, problem.Forbidden), problem.Is(err, problem.NotFound), problem.Is(err, problem.Gone):
			all[i] = noted{}
		case err != nil:
			return nil, err
		}
	}
	return all, nil
}

// notedPage is one page of those whose notes wait for those who look, and where the
// next one begins.
func (v *visit) notedPage(s subject, after string) (all []noted, next string, err error) {
	org := v.work.acting.Organisation.ID
	for looked := 0; looked < mostNoted; {
		rows, more, err := v.p.cfg.Talks.List(v.r.Context(), org, after, perPage)
		if err != nil {
			return nil, "", err
		}
		some, err := v.notedAll(s, rows)
		if err != nil {
			return nil, "", err
		}
		for i, one := range some {
			if len(one.waiting) == 0 {
				continue
			}
			if all = append(all, one); len(all) < perPage {
				continue
			}
			if i == len(rows)-1 && more == "" {
				return all, "", nil
			}
			next, err := v.p.cfg.Talks.After(org, rows[i])
			return all, next, err
		}
		if looked += len(rows); more == "" {
			return all, "", nil
		}
		after = more
	}
	return all, after, nil
}

// waitingNotes shows whose notes wait for those who work where whoever looks does.
func waitingNotes(v *visit, s subject) error {
	all, next, err := v.notedPage(s, v.after())
	if problem.ReasonOf(err) == "recall-page" {
		return v.goOn(notesAt)
	}
	if err != nil {
		return err
	}
	w := v.p.words.Book.Talk.List
	t := table{Caption: w.Caption, None: w.None, Heads: []string{w.Name, w.Born, w.Number, w.Since, w.HowMany}}
	for _, one := range all {
		n := one.patient.Root()
		name, born := nameOf(n), v.p.words.Clinic.Person.BornUnknown
		if name == "" {
			name = v.p.words.Recall.NoName
		}
		if day, err := time.ParseInLocation(time.DateOnly, n.Get("birthDate").Str(), v.p.cfg.Zone); err == nil {
			born = v.date(day)
		}
		t.Rows = append(t.Rows, []cell{{Text: name, Href: peopleAt + "/" + one.id + childAt + "/notes"}, text(born), text(numberIn(n)),
			text(v.date(time.Unix(talk.Since(one.waiting), 0))), text(strconv.Itoa(len(one.waiting)))})
	}
	if next != "" {
		t.More = v.more(next)
	}
	page := &sheet{title: w.Title, text: []string{w.Text}, tables: []table{t}, links: v.linksOf(link{v.p.words.Clinic.List.Title, listAt}, link{v.p.words.Staff.Title, staffAt})}
	if len(all) > 0 {
		page.text = append(page.text, w.Urgent)
	}
	return v.showSheet(page)
}
