package portal

import "encoding/base64"

// mostNote bounds a note, in letters: some ten pages.
const mostNote = 20_000

// noteForm is a note: a DocumentReference that holds its text (US Core and UK Core
// keep clinical notes so), under LOINC's "Progress note".
var noteForm = entryForm{at: "note", key: "n", typ: "DocumentReference",
	text: func(v *visit) (string, string) {
		w := v.p.words.Clinic.Write.Note
		return w.Action, w.Title
	},
	fields: func(f *folder) []*field {
		w := f.p.words.Clinic.Write.Note
		return []*field{{ID: "about", Label: w.About, Hint: w.AboutHint, Auto: "off"}, {ID: "note", Label: w.Text, Lines: 10}}
	},
	read: readNote,
}

func readNote(f *folder) draft {
	w := f.p.words.Clinic.Write.Note
	about, ok := f.line("about", 200)
	if !ok {
		return bad("about", w.Long)
	}
	text, ok := f.line("note", mostNote)
	switch {
	case !ok:
		return bad("note", w.Long)
	case text == "":
		return bad("note", w.Missing)
	}
	file := map[string]any{"contentType": "text/plain", "data": base64.StdEncoding.EncodeToString([]byte(text))}
	body := map[string]any{"status": "current", "type": coded("http://loinc.org", "11506-3", f.p.words.Clinic.Write.Note.Text), "subject": f.subjectRef(),
		"date": f.p.cfg.Now().UTC().Format("2006-01-02T15:04:05Z"), "author": []any{f.me()}, "custodian": f.ours(), "content": []any{map[string]any{"attachment": file}}}
	if about != "" {
		body["description"], file["title"] = about, about
	}
	return draft{body: body, facts: []fact{{w.About, f.orNotSaid(about)}, {w.Text, text}}}
}
