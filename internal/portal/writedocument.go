package portal

import (
	"bytes"
	"encoding/base64"
	"net/http"
)

func (f *folder) documentQuestion() (*question, error) {
	t, err := f.person()
	if err != nil {
		return nil, err
	}
	w := f.p.words.Clinic.Write
	q := f.newForm(w.Document.Button, &field{ID: "name", Label: w.Document.Name, Auto: "off"}, &field{ID: "kind", Label: w.Document.Kind, Options: documentKinds(f)},
		f.dateField("when", w.When, w.WhenHint), &field{ID: "file", Label: w.Document.File, Hint: w.Document.FileHint, Type: "file"})
	q.Hidden, q.Cancel, q.Upload = f.formHidden(), f.at, true
	return &question{title: w.Document.Title, shown: []string{newSomeone(t, f.p.words.Choosing, f.p.cfg.Zone).Text}, text: []string{w.Document.Text}, form: q}, nil
}

// documentKinds are the kinds that can be chosen, by LOINC.
func documentKinds(f *folder) []option {
	w := f.p.words.Clinic.Write.Document
	return []option{{"51852-2", w.Letter}, {"55107-7", w.Scan}, {"72170-4", w.Picture}, {"47039-3", w.OtherOne}}
}

// askDocument asks for a file.
func askDocument(f *folder) error {
	q, err := f.documentQuestion()
	if err != nil {
		return f.orNobody(err)
	}
	return f.ask(q)
}

// sendDocument keeps a file as it is, in the record itself. It is saved without a
// page to check it first: no page could hold the file meanwhile. A mistake can be
// marked as one.
func sendDocument(f *folder) error {
	w := f.p.words.Clinic.Write
	file, err := f.upload(w.Document.TooLarge, w.Document.BadFile)
	again := func(at, wrong string) error {
		q, qerr := f.documentQuestion()
		if qerr != nil {
			return f.orNobody(qerr)
		}
		q.form.wrong(at, wrong)
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	if err != nil {
		return again("file", f.p.sentence(err))
	}
	name, ok := f.line("name", 200)
	kind, known := picked(documentKinds(f), f.typed("kind"))
	day, wrong := f.dayTyped("when")
	switch {
	case !ok || name == "":
		return again("name", w.Document.Missing)
	case !known:
		return again("kind", w.Document.Kind)
	case wrong != "":
		return again("when", wrong)
	case len(file) == 0:
		return again("file", w.Document.NoFile)
	case kindOfFile(file) == "":
		return again("file", w.Document.BadFile)
	case !formKey.MatchString(f.typed("key")):
		return again("file", w.Document.Again)
	}
	if day == "" {
		day = f.today()
	}
	body := map[string]any{"status": "current", "type": coded("http://loinc.org", f.typed("kind"), kind), "subject": f.subjectRef(), "date": f.p.cfg.Now().UTC().Format("2006-01-02T15:04:05Z"),
		"author": []any{f.me()}, "custodian": f.ours(), "description": name,
		"content": []any{map[string]any{"attachment": map[string]any{"contentType": kindOfFile(file), "title": name, "creation": day, "size": len(file), "data": base64.StdEncoding.EncodeToString(file)}}}}
	return f.saveEntry("DocumentReference", draft{body: body})
}

// kindOfFile is what a file is by its first bytes, "" for what is not taken:
// nothing that a browser could run.
func kindOfFile(b []byte) string {
	switch kind, _ := sniffed(b); {
	case kind == "application/pdf", kind == "image/jpeg", kind == "image/png":
		return kind
	case kind == plainText && len(b) > 0 && !markup(b) &&
		!bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f }):
		return "text/plain"
	}
	return ""
}

// markup says whether a text begins as what browsers run.
func markup(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n\ufeff")
	return bytes.HasPrefix(b, []byte("<"))
}
