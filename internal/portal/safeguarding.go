package portal

import (
	"context"
	"net/http"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Notes that professionals write for each other to keep a child safe. There is no
// page of them for anybody else, and no link: the record itself withholds them.
const safeguardingAt = childAt + "/safeguarding"

// mostSafeguarding is how many notes a page reads.
const mostSafeguarding = 50

func safeguardingRoutes() []route {
	at := peopleAt + "/{person}" + safeguardingAt
	return []route{{"GET " + at, ofCare(safeguarding)},
		{"GET " + at + "/address", ofCare(keepAddress)},
		{"POST " + at + "/address", ofCare(keepAddressFinish)},
		{"GET " + at + "/address/release", ofCare(tellAddress)},
		{"POST " + at + "/address/release", ofCare(tellAddressFinish)},
		{"GET " + at + "/write", ofCare(func(f *folder) error { return f.askEntry(safeguardingForm, http.StatusOK, "", "") })},
		{"POST " + at + "/write", ofCare(func(f *folder) error { return f.sendEntry(safeguardingForm) })},
		{"GET " + at + "/release/{id}", ofCare(release)},
		{"POST " + at + "/release/{id}", ofCare(releaseFinish)}}
}

// safeguarding lists the notes, the newest first, each with all its words.
func safeguarding(f *folder) error {
	w := f.p.words.Book.Safe
	all, err := f.coded("_tag", []book.Code{{System: book.Own, Code: book.SafeguardingTag}}, mostSafeguarding, "DocumentReference")
	if err != nil {
		return err
	}
	t := table{Caption: w.Title, None: w.None, Heads: []string{w.When, w.Note, w.By, w.Kept}}
	for _, one := range all {
		n := one.Root()
		if n.Get("status").Is("entered-in-error") {
			continue
		}
		said, ok := book.PlainText(one)
		if !ok {
			said = f.p.words.Book.NotKnown
		}
		e, id := f.entry(one), n.Get("id").Str()
		kept := cell{Text: w.Released}
		if book.Withheld(one) {
			kept = cell{Text: w.Release, Href: f.at + safeguardingAt + "/release/" + id, About: e.Date}
		}
		t.Rows = append(t.Rows, []cell{{Text: e.Date, Href: f.at + "/written/DocumentReference/" + id}, text(said), text(e.By), kept})
	}
	home, way, err := f.homeKept()
	if err != nil {
		return err
	}
	s := &sheet{alarm: w.Alarm, text: []string{w.Text}, facts: []fact{home}, tables: []table{t}, links: []link{{w.Write, f.at + safeguardingAt + "/write"}, way}}
	return f.bookPage(w.Title, s)
}

// safeguardingForm is the form of one note.
var safeguardingForm = entryForm{typ: "DocumentReference",
	text: func(v *visit) (string, string) { t := v.p.words.Book.Safe.Write; return t, t },
	fields: func(f *folder) []*field {
		return []*field{{ID: "note", Label: f.p.words.Book.Safe.Note, Hint: f.p.words.Book.Safe.Hint, Lines: 8}}
	},
	read: func(f *folder) draft {
		w := f.p.words.Book.Safe
		said, ok := f.line("note", mostNote)
		switch {
		case !ok:
			return bad("note", f.p.words.Clinic.Write.Note.Long)
		case said == "":
			return bad("note", f.p.words.Clinic.Write.Note.Missing)
		}
		body := book.Safeguarding(w.Kind, said)
		body["subject"], body["author"], body["custodian"] = f.subjectRef(), []any{f.me()}, f.ours()
		body["date"] = f.p.cfg.Now().UTC().Format("2006-01-02T15:04:05Z")
		return draft{many: []book.Placed{{Body: body}}, back: f.at + safeguardingAt, facts: []fact{{w.Note, said}}, warnings: []string{w.Alarm}}
	},
}

// releaser is a session that takes away that something is for professionals only.
type releaser interface {
	Release(ctx context.Context, k record.Key, reason string) (record.Resource, error)
}

// releaseQuestion asks why a note is to be seen by the child.
func (f *folder) releaseQuestion() *question {
	w := f.p.words.Book.Safe
	q := f.newForm(w.Release, &field{ID: "why", Label: w.Why, Hint: f.p.words.Clinic.Write.MarkWhyHint, Lines: 3})
	q.Danger, q.Cancel = true, f.at+safeguardingAt
	return &question{title: w.ReleaseTitle, text: []string{w.ReleaseText}, form: q}
}

// withheld reads the note in the address, for a passkey that was used of late. ok
// is false where the answer was given.
func (f *folder) withheld() (k record.Key, ok bool, err error) {
	k = record.Key{Type: "DocumentReference", ID: f.r.PathValue("id")}
	if ok, err := f.need(account.ReleaseAtWork, f.r.URL.Path); err != nil || !ok {
		return k, false, err
	}
	t, err := read(f.r.Context(), f.Records, k.Type, k.ID)
	if err != nil {
		return k, false, f.notThere(err)
	}
	if !book.Withheld(t) {
		return k, false, problem.New(problem.NotFound, f.p.words.Problem.NotHere)
	}
	return k, true, nil
}

func release(f *folder) error {
	if _, ok, err := f.withheld(); err != nil || !ok {
		return err
	}
	return f.ask(f.releaseQuestion())
}

func releaseFinish(f *folder) error {
	k, ok, err := f.withheld()
	if err != nil || !ok {
		return err
	}
	q := f.releaseQuestion()
	return f.withReason(q, f.released(k))
}

// released takes away that something is kept from those whose record it is, or who act
// for them.
func (f *folder) released(k record.Key) func(Records, string) error {
	return func(w Records, why string) error {
		s, ok := w.(releaser)
		if !ok {
			return problem.New(problem.Unavailable, "")
		}
		_, err := s.Release(f.r.Context(), k, why)
		return err
	}
}

// withReason does something with the record for the reason that a question asked for,
// and goes back to the notes.
func (f *folder) withReason(q *question, do func(Records, string) error) error {
	why, ok := f.line("why", 1_000)
	if !ok || utf8.RuneCountInString(why) < 10 {
		q.form.wrong("why", f.p.words.Clinic.Write.MarkWhyHint+".")
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	w, err := f.open(f.who.Bound)
	if err != nil {
		return f.orNobody(err)
	}
	if err := do(w, why); err != nil {
		return err
	}
	return f.doneThen(entrySaved, f.at+safeguardingAt)
}
