package portal

import (
	"net/http"
	"sync"

	"github.com/bevanhealth/bevan/internal/identity/worklist"
	"github.com/bevanhealth/bevan/internal/problem"
)

const listAt = staffAt + "/list"

// listOwner is whose list it is: somebody's, at the place where they work now.
func (v *visit) listOwner() worklist.Owner {
	return worklist.Owner{Account: v.s.Account, Organisation: v.work.acting.Organisation.ID}
}

// listedPerson is one person on a list. Notes is where a note of the family waits, ""
// where none does.
type listedPerson struct {
	someone
	At, Looked, Remove, Notes string
	Kept                      bool
}

// listAtOnce bounds how many records are asked together.
const listAtOnce = 4

// listed asks the record for each of those on a list, some at once: who they are, and
// whether a note of theirs waits, which is asked only of those of whom any waits for
// anybody. A list has twice worklist.Most people at most.
func (v *visit) listed(s subject, all []worklist.Entry) (names []someone, waits []bool, broken []error, err error) {
	waiting := map[string]bool{}
	if v.p.cfg.Talks != nil {
		ids := make([]string, len(all))
		for i, e := range all {
			ids[i] = e.Patient
		}
		if waiting, err = v.p.cfg.Talks.Among(v.r.Context(), ids); err != nil {
			return nil, nil, nil, err
		}
	}
	names, waits, broken = make([]someone, len(all)), make([]bool, len(all)), make([]error, len(all))
	var wait sync.WaitGroup
	turns := make(chan struct{}, listAtOnce)
	for i, e := range all {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			if !waiting[e.Patient] {
				names[i], broken[i] = v.patientNamed(s, e.Patient)
				return
			}
			var one noted
			if one, broken[i] = v.noted(s, e.Patient); broken[i] == nil {
				names[i], waits[i] = newSomeone(one.patient, v.p.words.Choosing, v.p.cfg.Zone), len(one.waiting) > 0
			}
		})
	}
	wait.Wait()
	return names, waits, broken, nil
}

// myList shows whom somebody put on their list and whom they looked after lately.
// The record is asked for each of them anew: whom they may see no more is not
// there, and each name that is shown is a look.
func myList(v *visit, s subject) error {
	all, err := v.p.cfg.Lists.List(v.r.Context(), v.listOwner())
	if err != nil {
		return err
	}
	names, waits, broken, err := v.listed(s, all)
	if err != nil {
		return err
	}
	body := struct {
		Kept, Lately []listedPerson
		Links        []link
	}{Links: v.linksOf(link{v.p.words.Clinic.Find.Link, peopleAt}, link{v.p.words.Staff.Title, staffAt})}
	for i, e := range all {
		switch err := broken[i]; {
		case problem.Is(err, problem.Forbidden), problem.Is(err, problem.NotFound), problem.Is(err, problem.Gone):
			continue
		case err != nil:
			return err
		}
		one := listedPerson{someone: names[i], At: peopleAt + "/" + e.Patient, Looked: v.when(e.Looked), Remove: listAt + "/" + e.Patient + "/remove", Kept: !e.Kept.IsZero()}
		if waits[i] {
			one.Notes = one.At + childAt + "/notes"
		}
		if one.Kept {
			body.Kept = append(body.Kept, one)
		} else {
			body.Lately = append(body.Lately, one)
		}
	}
	return v.show(http.StatusOK, "mylist", v.p.words.Clinic.List.Title, body)
}

// listRemove takes somebody off the list, whom they may perhaps see no more.
func listRemove(v *visit, _ subject) error {
	if err := v.p.cfg.Lists.Remove(v.r.Context(), v.listOwner(), v.r.PathValue("person")); err != nil {
		return err
	}
	return v.doneThen(listTakenOff, listAt)
}

// keepQuestion asks whether to put the person on the list.
func (f *folder) keepQuestion() (*question, error) {
	t, err := f.person()
	if err != nil {
		return nil, err
	}
	w := f.p.words.Clinic.List
	q := f.newForm(w.Keep)
	q.Cancel, q.Action = f.at, f.at+"/keep"
	return &question{title: w.Keep, shown: []string{newSomeone(t, f.p.words.Choosing, f.p.cfg.Zone).Text}, text: []string{w.KeepText}, form: q}, nil
}

func keepOnList(f *folder) error {
	q, err := f.keepQuestion()
	if err != nil {
		return f.orNobody(err)
	}
	return f.ask(q)
}

func keepOnListFinish(f *folder) error {
	err := f.p.cfg.Lists.Keep(f.r.Context(), f.listOwner(), f.patient)
	if problem.ReasonOf(err) == "worklist-full" {
		q, qerr := f.keepQuestion()
		if qerr != nil {
			return f.orNobody(qerr)
		}
		return f.again(q, "", err)
	}
	if err != nil {
		return err
	}
	return f.doneThen(listPutOn, f.at)
}
