package portal

import (
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/book"
)

// mostNotes is how many notes a page reads.
const mostNotes = 50

// notesPage is the notes between the family and those who look after the child.
// Read is how staff say that they read those that wait; nil where none does.
type notesPage struct {
	Text  []string
	May   bool
	Read  *way
	Notes table
	Links []link
}

// mayNote says whether whoever looks may write a note.
func (f *folder) mayNote() bool { return f.mayAdd() || f.mayWrite() }

// noteForm asks for a note. waiting are those that the page shows as waiting: what is
// sent from it answers these, and none that came since.
func (f *folder) noteForm(waiting []string) *form {
	w := f.p.words.Book.Talk
	q := f.newForm(w.Button, &field{ID: "note", Label: w.Label, Hint: w.Hint, Lines: 4})
	q.Hidden = append(q.Hidden, [2]string{"key", f.formKey()})
	if f.mayWrite() {
		q.Hidden = append(q.Hidden, [2]string{"seen", strings.Join(waiting, " ")})
	}
	return q
}

// bookNotes shows the notes, the newest first, and whether the newest waits for an
// answer.
func bookNotes(f *folder) error { return f.showNotes("") }

// notes are the notes of the record, the newest first, and the ids of those that wait.
func (f *folder) notes() (all []*fhir.Tree, waiting []string, err error) {
	all, err = f.coded("_tag", []book.Code{{System: book.Own, Code: book.NoteTag}}, mostNotes, "Communication")
	if err != nil {
		return nil, nil, err
	}
	var written func(string) bool
	if f.mayWrite() {
		if written, err = f.writtenByStaff(f.Records, all); err != nil {
			return nil, nil, err
		}
	}
	for _, n := range book.Waiting(all, written) {
		waiting = append(waiting, n.Root().Get("id").Str())
	}
	return all, waiting, nil
}

// newestNote is what the first page of the book says of the notes: whether one waits.
// The notes are read only where the newest is the family's, or it is kept that one
// waits for somebody.
func (f *folder) newestNote(newest *fhir.Tree) (string, error) {
	w := f.p.words.Book
	perhaps := book.FromFamily(newest)
	if !perhaps && f.p.cfg.Talks != nil {
		waiting, err := f.p.cfg.Talks.Among(f.r.Context(), []string{f.patient})
		if err != nil {
			return "", err
		}
		perhaps = waiting[f.patient]
	}
	if !perhaps {
		return w.Open, nil
	}
	if _, waiting, err := f.notes(); err != nil || len(waiting) > 0 {
		return w.Talk.Waits, err
	}
	return w.Open, nil
}

// showNotes shows the notes with the form; wrong is what is wrong with what was typed.
func (f *folder) showNotes(wrong string) error {
	b := f.p.words.Book
	all, waiting, err := f.notes()
	if err != nil {
		return err
	}
	q := f.noteForm(waiting)
	if wrong != "" {
		q.wrong("note", wrong)
	}
	body := notesPage{Text: []string{b.Talk.Text}, May: f.mayNote(), Links: []link{{b.BackTo, f.at + childAt}},
		Notes: table{Caption: b.Notes, None: f.noneHere(b.Talk.None), Heads: []string{b.When, b.Talk.From, b.Talk.Said}}}
	if len(waiting) > 0 {
		body.Text = append(body.Text, b.Talk.Waits)
		if f.mayWrite() {
			body.Read = &way{Action: f.at + childAt + "/notes/read", Text: b.Talk.Read, Hidden: q.Hidden}
		}
	}
	for _, one := range all {
		if n := one.Root(); !n.Get("status").Is("entered-in-error") {
			from, said := f.noteWords(one)
			body.Notes.Rows = append(body.Notes.Rows, []cell{{Text: f.dayOf(n.Get("sent")), Href: f.at + "/Communication/" + n.Get("id").Str()}, text(from), text(said)})
		}
	}
	title, err := f.bookTitle(b.Notes)
	if err != nil {
		return err
	}
	return f.show(f.mayAsk(body.May, q), "booknotes", title, body)
}

// noteWords are who wrote a note, and what it says.
func (f *folder) noteWords(one *fhir.Tree) (from, said string) {
	w := f.p.words.Book.Talk
	from, said = one.Root().Get("sender").Get("display").Str(), book.NoteText(one)
	if book.FromFamily(one) {
		from = w.Family
	}
	if said == "" && one.Root().Get("received").Exists() {
		said = w.WasRead
	}
	return f.orKnown(from), f.orKnown(said)
}

// addBookNote sends a note. One of staff answers those of the family that wait.
func addBookNote(f *folder) error {
	w := f.p.words.Book.Talk
	said, ok := f.line("note", book.MostNote)
	switch {
	case !ok:
		return f.showNotes(w.Long)
	case said == "":
		return f.showNotes(w.Missing)
	}
	var answers []string
	if f.mayWrite() {
		var err error
		if answers, err = f.answered(); err != nil {
			return err
		}
	}
	return f.sendNote(w.Entry, book.Note(said, f.moment(), answers...), f.formKey(), noteSent)
}

// readBookNotes says that staff read the notes that wait.
func readBookNotes(f *folder) error {
	read, err := f.answered()
	if err != nil {
		return err
	}
	if len(read) == 0 { // somebody else was quicker
		return f.doneThen(notesRead, f.at+childAt+"/notes")
	}
	return f.sendNote(f.p.words.Book.Talk.ReadEntry, book.NoteRead(f.moment(), read...), f.formKey()+"-read", notesRead)
}

// answered are the notes that wait and were on the page that was sent.
func (f *folder) answered() ([]string, error) {
	_, waiting, err := f.notes()
	if _, said := f.r.PostForm["seen"]; !said || err != nil {
		return waiting, err
	}
	seen := strings.Fields(f.typed("seen"))
	return slices.DeleteFunc(waiting, func(id string) bool { return !slices.Contains(seen, id) }), nil
}

func (f *folder) moment() string { return f.p.cfg.Now().UTC().Format(time.RFC3339) }

// sendNote writes a note once, with what it is called in the lists of a record, and the
// Provenance that says that it was staff.
func (f *folder) sendNote(called string, entry map[string]any, key string, said done) error {
	entry["topic"] = map[string]string{"text": called}
	entry["subject"], entry["sender"] = f.subjectRef(), ref(f.author())
	all := []book.Placed{{Body: entry}}
	if f.mayWrite() {
		entry["sender"] = f.me()
		all[0].Place = "urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-000000000401"
		all = append(all, book.Placed{Body: f.provenance(all[0].Place, "CREATE")})
	}
	if _, err := f.writeAll(all, key); err != nil {
		return err
	}
	return f.doneThen(said, f.at+childAt+"/notes")
}
