package portal

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Bounds of a file that somebody adds, in bytes: the file, and the form around
// it.
const (
	maxAdded   = 5 << 20
	maxAddForm = maxAdded + maxForm
)

// largeForms are the routes whose forms bring a file.
var largeForms = map[string]bool{"POST " + recordAt + "/add/file": true, "POST " + familyRecordAt + "/add/file": true}

// readLarge reads a form with a file. All of it stays in memory, which bounds it:
// nothing of a record is left in a folder for temporary files.
func (v *visit) readLarge() error {
	v.r.Body = http.MaxBytesReader(v.ResponseWriter, v.r.Body, maxAddForm)
	err := v.r.ParseMultipartForm(maxAddForm)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return problem.Wrap(problem.TooLarge, "", err)
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) { // without a file it may be a form like others
		return problem.Wrap(problem.Invalid, "", err)
	}
	return nil
}

func (f *folder) fileQuestion() *question {
	w := f.p.words.Add
	return f.addQuestion(w.File, []string{f.mine(w.Shown, w.ShownFor), w.FileText}, &field{ID: "file", Label: w.FileLabel, Hint: w.FileHint, Type: "file"},
		&field{ID: "title", Label: w.FileTitle, Hint: w.FileTitleHint}, f.addDay())
}

// addFile asks for a photo or a file.
func addFile(f *folder) error { return f.askFile(http.StatusOK, f.fileQuestion()) }

func (f *folder) askFile(status int, q *question) error {
	f.form = q.form
	return f.show(status, "addfile", q.title, struct{ Text []string }{q.text})
}

// addFileFinish adds it. What it is, is told by what it holds; what it is called
// by whoever sent it is not believed, and is not kept.
func addFileFinish(f *folder) error {
	q, w := f.fileQuestion(), f.p.words.Add
	data, err := f.sentFile()
	if err != nil {
		return err
	}
	kind, _ := sniffed(data)
	switch {
	case len(data) == 0:
		q.form.wrong("file", w.NoFile)
	case len(data) > maxAdded:
		q.form.wrong("file", w.LargeFile)
	case kind == "application/octet-stream":
		q.form.wrong("file", w.OtherFile)
	}
	title := f.typed("title")
	if len([]rune(title)) > 100 {
		q.form.wrong("title", w.LongTitle)
	}
	if title == "" {
		title = w.FileKind
	}
	day, ok := f.dayAdded(q)
	if !ok || q.form.Problems() {
		return f.askFile(http.StatusUnprocessableEntity, q)
	}
	return f.add("DocumentReference", f.document(day, title, w.FileKind, strings.Replace(kind, "; charset=utf-8", "", 1), withoutPlace(data)))
}

// sentFile is the file of the form; none is no file.
func (f *folder) sentFile() ([]byte, error) {
	file, _, err := f.r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxAdded+1))
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "", err)
	}
	return data, nil
}

// The markers of JPEG (ISO/IEC 10918-1, table B.1) that are looked at: a segment
// of an application, of a comment, and the beginning of the picture itself.
const (
	jpegApp1, jpegApp15, jpegComment, jpegScan = 0xe1, 0xef, 0xfe, 0xda
	jpegColours, jpegAdobe                     = 0xe2, 0xee
)

// withoutPlace takes out of a photo what a telephone writes into it beside the
// picture: where and when it was taken, and with what. Segments that say how its
// colours are to be read stay. A file of another type, or one that is not built
// as a photo should be, stays as it is.
func withoutPlace(data []byte) []byte {
	if !bytes.HasPrefix(data, []byte("\xff\xd8\xff")) {
		return data
	}
	out := append(make([]byte, 0, len(data)), data[:2]...)
	for i := 2; ; {
		if i+4 > len(data) || data[i] != 0xff {
			return data
		}
		mark := data[i+1]
		if mark == jpegScan {
			return append(out, data[i:]...)
		}
		end := i + 2 + int(data[i+2])<<8 + int(data[i+3])
		if end < i+4 || end > len(data) {
			return data
		}
		if private := mark >= jpegApp1 && mark <= jpegApp15 && mark != jpegColours && mark != jpegAdobe || mark == jpegComment; !private {
			out = append(out, data[i:end]...)
		}
		i = end
	}
}
