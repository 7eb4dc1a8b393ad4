package portal

import (
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/book"
)

// mostNotes is how many notes a page reads.
const mostNotes = 50

// notesPage is the notes between the family and those who look after the child.
type notesPage struct {
	Text  []string
	May   bool
	Notes table
	Links []link
}

// mayNote says whether whoever looks may write a note.
func (f *folder) mayNote() bool { return f.mayAdd() || f.mayWrite() }

func (f *folder) noteForm() *form {
	w := f.p.words.Book.Talk
	q := f.newForm(w.Button, &field{ID: "note", Label: w.Label, Hint: w.Hint, Lines: 4})
	q.Hidden = append(q.Hidden, [2]string{"key", f.formKey()})
	return q
}

// bookNotes shows the notes, the newest first, and whether the newest waits for an
// answer.
func bookNotes(f *folder) error { return f.showNotes(f.noteForm()) }

func (f *folder) showNotes(q *form) error {
	b := f.p.words.Book
	all, err := f.coded("_tag", []book.Code{{System: book.Own, Code: book.NoteTag}}, mostNotes, "Communication")
	if err != nil {
		return err
	}
	body := notesPage{Text: []string{b.Talk.Text}, May: f.mayNote(), Links: []link{{b.BackTo, f.at + childAt}},
		Notes: table{Caption: b.Notes, None: f.noneHere(b.Talk.None), Heads: []string{b.When, b.Talk.From, b.Talk.Said}}}
	if _, waits := book.Waits(all); waits {
		body.Text = append(body.Text, f.mine(b.Talk.Waits, b.Talk.Waits))
	}
	for _, one := range all {
		n := one.Root()
		if n.Get("status").Is("entered-in-error") {
			continue
		}
		from := n.Get("sender").Get("display").Str()
		if book.FromFamily(one) {
			from = b.Talk.Family
		}
		body.Notes.Rows = append(body.Notes.Rows, []cell{{Text: f.dayOf(n.Get("sent")), Href: f.at + "/Communication/" + n.Get("id").Str()}, text(f.orKnown(from)), text(f.orKnown(book.NoteText(one)))})
	}
	title, err := f.bookTitle(b.Notes)
	if err != nil {
		return err
	}
	return f.show(f.mayAsk(body.May, q), "booknotes", title, body)
}

// addBookNote sends a note. One of staff answers the family's newest.
func addBookNote(f *folder) error {
	w, q := f.p.words.Book.Talk, f.noteForm()
	said, ok := f.line("note", book.MostNote)
	switch {
	case !ok:
		q.wrong("note", w.Long)
	case said == "":
		q.wrong("note", w.Missing)
	}
	if q.Problems() {
		return f.showNotes(q)
	}
	answers := ""
	if f.mayWrite() {
		all, err := f.coded("_tag", []book.Code{{System: book.Own, Code: book.NoteTag}}, 1, "Communication")
		if err != nil {
			return err
		}
		if id, waits := book.Waits(all); waits {
			answers = id
		}
	}
	entry := book.Note(said, f.p.cfg.Now().UTC().Format(time.RFC3339), answers)
	entry["subject"] = f.subjectRef()
	if f.why == access.Care {
		entry["sender"] = f.me()
	} else {
		entry["sender"] = ref(f.author())
	}
	all := []book.Placed{{Body: entry}}
	if f.mayWrite() {
		all[0].Place = "urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-000000000401"
		all = append(all, book.Placed{Body: f.provenance(all[0].Place, "CREATE")})
	}
	if _, err := f.writeAll(all, f.formKey()); err != nil {
		return err
	}
	return f.doneThen(noteSent, f.at+childAt+"/notes")
}
