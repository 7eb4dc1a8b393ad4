package portal

import (
	"bytes"
	"net/http"
	"strings"
)

func (f *folder) fileQuestion() *question {
	w := f.p.words.Add
	q := f.addQuestion(w.File, []string{f.mine(w.Shown, w.ShownFor), w.FileText}, &field{ID: "file", Label: w.FileLabel, Hint: w.FileHint, Type: "file"},
		&field{ID: "title", Label: w.FileTitle, Hint: w.FileTitleHint}, f.addDay())
	q.form.Upload = true
	return q
}

// addFile asks for a photo or a file.
func addFile(f *folder) error { return f.ask(f.fileQuestion()) }

// addFileFinish adds it. What it is, is told by what it holds.
func addFileFinish(f *folder) error {
	w := f.p.words.Add
	data, err := f.upload(w.LargeFile, w.OtherFile)
	q := f.fileQuestion()
	kind, _ := sniffed(data)
	switch {
	case err != nil:
		q.form.wrong("file", f.p.sentence(err))
	case len(data) == 0:
		q.form.wrong("file", w.NoFile)
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
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	return f.add("DocumentReference", f.document(day, title, w.FileKind, strings.Replace(kind, "; charset=utf-8", "", 1), withoutPlace(data)), f.at+"/timeline")
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
