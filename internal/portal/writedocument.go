package portal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Bounds of a document that is sent, in bytes.
const (
	mostFile   = 5 << 20
	mostUpload = mostFile + 64<<10 // with the other fields
	mostTyped  = 4 << 10           // of one field beside the file
)

// sentFile is a file as it came.
type sentFile struct {
	kind string // what it is by its first bytes; the name and what the browser says are not believed
	body []byte
}

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
	file, err := f.upload()
	again := func(at, wrong string) error {
		q, qerr := f.documentQuestion()
		if qerr != nil {
			return f.orNobody(qerr)
		}
		q.form.wrong(at, wrong)
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	w := f.p.words.Clinic.Write
	if err != nil {
		return again("file", f.p.sentence(err))
	}
	if f.strange() {
		return again("", w.KeptElse)
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
	case len(file.body) == 0:
		return again("file", w.Document.NoFile)
	case file.kind == "":
		return again("file", w.Document.BadFile)
	case !formKey.MatchString(f.typed("key")):
		return again("file", w.Document.Again)
	}
	if day == "" {
		day = f.today()
	}
	body := map[string]any{"status": "current", "type": coded("http://loinc.org", f.typed("kind"), kind), "subject": f.subjectRef(), "date": f.p.cfg.Now().UTC().Format("2006-01-02T15:04:05Z"),
		"author": []any{f.me()}, "custodian": f.ours(), "description": name,
		"content": []any{map[string]any{"attachment": map[string]any{"contentType": file.kind, "title": name, "creation": day, "size": len(file.body), "data": base64.StdEncoding.EncodeToString(file.body)}}}}
	return f.saveEntry("DocumentReference", draft{body: body})
}

// upload reads a form with one file. Of the fields it keeps what a form of this
// page can have.
func (f *folder) upload() (file sentFile, err error) {
	w := f.p.words.Clinic.Write.Document
	unread := problem.New(problem.Invalid, w.BadFile)
	kind, params, err := mime.ParseMediaType(f.r.Header.Get("Content-Type"))
	f.r.PostForm = url.Values{}
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return file, unread
	}
	r := multipart.NewReader(http.MaxBytesReader(f.ResponseWriter, f.wire, mostUpload), params["boundary"])
	for range 20 {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return file, nil
		}
		if err != nil {
			return file, tooLargeOr(err, w.TooLarge, unread)
		}
		most := mostTyped
		if p.FormName() == "file" {
			most = mostFile
		}
		b, err := io.ReadAll(io.LimitReader(p, int64(most)+1))
		switch {
		case err != nil:
			return file, tooLargeOr(err, w.TooLarge, unread)
		case len(b) > most:
			return file, problem.New(problem.Invalid, w.TooLarge)
		case p.FormName() == "file":
			file = sentFile{kindOfFile(b), b}
		case utf8.Valid(b):
			f.r.PostForm.Set(p.FormName(), string(b))
		}
	}
	return file, unread
}

func tooLargeOr(err error, sentence string, other error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return problem.New(problem.Invalid, sentence)
	}
	return other
}

// kindOfFile is what a file is by its first bytes, "" for what is not taken:
// nothing that a browser could run.
func kindOfFile(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return "application/pdf"
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case len(b) > 0 && utf8.Valid(b) && !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f }) && !markup(b):
		return "text/plain"
	}
	return ""
}

// markup says whether a text begins as what browsers run.
func markup(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n\ufeff")
	return bytes.HasPrefix(b, []byte("<"))
}
