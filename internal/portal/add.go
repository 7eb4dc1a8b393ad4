package portal

import (
	"net/http"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// People add to their own record, and who acts for them does where their right
// says so. What they add names them as who said so, and lies among all other
// entries: it is found, shown, hidden and taken along as they are.

// mayAdd says whether the viewer may add to the record.
func (f *folder) mayAdd() bool { return f.own() || f.right.May&mandate.Manage != 0 }

// adding lets a page be seen by who may add to the record.
func adding(do func(*folder) error) func(*folder) error {
	return func(f *folder) error {
		if !f.mayAdd() {
			return problem.New(problem.Forbidden, f.p.words.Add.NotAllowed)
		}
		return do(f)
	}
}

// addPages are the routes of what people add themselves.
func addPages(at string, ask, finish func(*folder) error) []route {
	return []route{
		{"GET " + recordAt + at, ofSelf(adding(ask))}, {"POST " + recordAt + at, ofSelf(adding(finish))},
		{"GET " + familyRecordAt + at, ofFamily(adding(ask))}, {"POST " + familyRecordAt + at, ofFamily(adding(finish))},
	}
}

// whatToAdd asks what somebody wants to add.
func whatToAdd(f *folder) error {
	w := f.p.words.Add
	title, err := f.titled(f.mine(w.Title, w.TitleFor))
	if err != nil {
		return err
	}
	return f.showSheet(&sheet{title: title, text: []string{f.mine(w.What, w.WhatFor)}, links: []link{
		{w.Reading, f.at + "/add/reading"}, {w.Note, f.at + "/add/note"}, {w.File, f.at + "/add/file"}, {f.mine(f.p.words.Record.Back, f.p.words.Folder.Record), f.at + "/summary"}}})
}

// addQuestion is a form with a number of its own.
func (f *folder) addQuestion(title string, text []string, fields ...*field) *question {
	form := f.newForm(f.p.words.Add.Button, fields...)
	form.Cancel = f.at + "/add"
	form.Hidden = append(form.Hidden, [2]string{"key", f.formKey()})
	return &question{title: title, text: text, form: form}
}

// addDay asks for a day, which is today's where none is typed.
func (f *folder) addDay() *field { return f.dateField("day", f.p.words.Add.Day, f.p.words.Add.DayHint) }

// dayAdded is the day that was typed, as FHIR writes it, or now. What is wrong
// with it is said at the field.
func (f *folder) dayAdded(q *question) (day string, ok bool) {
	now := f.p.cfg.Now().In(f.p.cfg.Zone)
	at, empty, ok := f.typedDay("day")
	switch {
	case empty:
		return now.Format(time.RFC3339), true
	case !ok:
		q.form.wrong("day", f.p.words.Looked.BadDay)
	case at.After(now):
		q.form.wrong("day", f.p.words.Add.Future)
	case at.Year() < 1900:
		q.form.wrong("day", f.p.words.Add.Past)
	default:
		return at.Format(time.DateOnly), true
	}
	return "", false
}

// author is who says what is added, as the record knows them.
func (f *folder) author() string {
	if f.own() {
		return "Patient/" + f.patient
	}
	return f.right.Holder
}

// add writes an entry once, and goes on to a page: a form that was sent before adds
// nothing again.
func (f *folder) add(typ string, entry map[string]any, then string) error {
	key := f.formKey()
	entry["resourceType"], entry["subject"], entry["meta"] = typ, f.subjectRef(), tagged(key)
	body, err := f.valid(entry)
	if err != nil {
		return err
	}
	s, err := f.open(access.OneType(typ, access.Looking|access.Create))
	if err != nil {
		return err
	}
	w, ok := s.(transactor)
	if !ok {
		return problem.New(problem.Unavailable, "")
	}
	once, err := f.unsent(s, typ, key)
	if err != nil {
		return err
	}
	if _, err = w.Transact(f.r.Context(), []record.Op{{Method: record.Post, Key: record.Key{Type: typ}, If: once, Body: body}}); err != nil {
		return err
	}
	return f.doneThen(entryAdded, then)
}

// Bounds of a note.
const maxNote = 2_000 // characters

func (f *folder) noteQuestion() *question {
	w := f.p.words.Add
	return f.addQuestion(w.Note, []string{f.mine(w.Shown, w.ShownFor)}, &field{ID: "note", Label: w.NoteLabel, Hint: w.NoteHint, Lines: 6}, f.addDay())
}

// addNote asks for a note.
func addNote(f *folder) error { return f.ask(f.noteQuestion()) }

// addNoteFinish adds a note: a document of plain text, whose words stand in its
// description as well, so that they are seen without opening a file.
func addNoteFinish(f *folder) error {
	q, w, note := f.noteQuestion(), f.p.words.Add, f.typed("note")
	switch n := len([]rune(note)); {
	case n == 0:
		q.form.wrong("note", w.NoNote)
	case n > maxNote:
		q.form.wrong("note", w.LongNote)
	}
	day, ok := f.dayAdded(q)
	if !ok || q.form.Problems() {
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	return f.add("DocumentReference", f.document(day, w.NoteKind, note, "text/plain; charset=utf-8", []byte(note)), f.at+"/timeline")
}

// document is a document that somebody added.
func (f *folder) document(day, kind, text, contentType string, data []byte) map[string]any {
	if len(day) == len(time.DateOnly) { // R4 wants an instant
		at, _ := time.ParseInLocation(time.DateOnly, day, f.p.cfg.Zone)
		day = at.Format(time.RFC3339)
	}
	return map[string]any{
		"status": "current", "type": map[string]string{"text": kind}, "date": day, "description": text,
		"author":  []map[string]string{{"reference": f.author()}},
		"content": []any{map[string]any{"attachment": map[string]any{"contentType": contentType, "title": kind, "data": data}}},
	}
}
