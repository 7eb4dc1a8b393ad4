package portal

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// largestFile is how large a file may be that is fetched from a page, in bytes.
const largestFile = 20 << 20

// fileLink is a file that lies in an entry.
type fileLink struct{ Name, Href string }

// attachments are the files of an entry that lie in it themselves (FHIR R4,
// Attachment.data), in the order in which they stand there. An address of
// another place is not followed: nothing is fetched that the operator did not
// set up.
func attachments(n fhir.Node) (all []fhir.Node) {
	add := func(a fhir.Node) {
		if a.Get("data").Kind() == fhir.String {
			all = append(all, a)
		}
	}
	for c := range n.Get("content").Items() { // DocumentReference
		add(c.Get("attachment"))
	}
	if n.Get("content").Kind() == fhir.Object { // Media
		add(n.Get("content"))
	}
	for a := range n.Get("presentedForm").Items() { // DiagnosticReport
		add(a)
	}
	for c := range n.Get("payload").Items() { // Communication
		add(c.Get("contentAttachment"))
	}
	return all
}

// filesOf are links to the files of an entry.
func (f *folder) filesOf(t *fhir.Tree, at string) (all []fileLink) {
	for i, a := range attachments(t.Root()) {
		name := a.Get("title").Str()
		if name == "" {
			name = f.p.words.Folder.File
		}
		all = append(all, fileLink{name, at + "/file/" + strconv.Itoa(i)})
	}
	return all
}

// entryFile sends one file of an entry. It is kept by the browser and never
// opened as a page of ours, whatever it calls itself: its type is told by what
// it holds.
func entryFile(f *folder) error {
	w := f.p.words.Folder
	t, err := f.one()
	if err != nil {
		return err
	}
	if done, err := f.asksBefore(t); done || err != nil {
		return err
	}
	files := attachments(t.Root())
	n, err := strconv.Atoi(f.r.PathValue("n"))
	if err != nil || n < 0 || n >= len(files) || strconv.Itoa(n) != f.r.PathValue("n") {
		return problem.New(problem.NotFound, w.FileGone)
	}
	text := files[n].Get("data").Str()
	if base64.StdEncoding.DecodedLen(len(text)) > largestFile {
		return problem.New(problem.Unprocessable, w.FileLarge)
	}
	data, err := base64.StdEncoding.DecodeString(strings.Map(notBlank, text))
	if err != nil {
		return problem.Wrap(problem.NotFound, w.FileGone, err)
	}
	kind, end := sniffed(data)
	h := f.Header()
	f.p.guard(h)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+fileName(files[n].Get("title").Str(), n)+end+`"`)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	f.WriteHeader(http.StatusOK)
	_, _ = f.Write(data) // a reader that went away can not be told
	return nil
}

func notBlank(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' || r == ' ' {
		return -1
	}
	return r
}

// signatures are how files begin whose types are told to a browser. All others
// are bytes.
var signatures = []struct{ begin, kind, end string }{
	{"%PDF-", "application/pdf", ".pdf"},
	{"\x89PNG\r\n\x1a\n", "image/png", ".png"},
	{"\xff\xd8\xff", "image/jpeg", ".jpg"},
	{"GIF87a", "image/gif", ".gif"},
	{"GIF89a", "image/gif", ".gif"},
}

const plainText = "text/plain; charset=utf-8"

// sniffed is the type of a file by what it holds, and what its name ends with.
func sniffed(data []byte) (kind, end string) {
	for _, s := range signatures {
		if bytes.HasPrefix(data, []byte(s.begin)) {
			return s.kind, s.end
		}
	}
	if utf8.Valid(data) && !bytes.ContainsRune(data, 0) {
		return plainText, ".txt"
	}
	return "application/octet-stream", ".bin"
}

// fileName is a name that no system reads as more than a name. What the name of
// the file ended with is not kept: what it is called ends with what it is.
func fileName(title string, n int) string {
	title, _, _ = strings.Cut(title, ".")
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			return r
		case r == ' ', r == '_':
			return '-'
		}
		return -1
	}, title)
	if name = strings.Trim(name[:min(len(name), 60)], "-"); name == "" {
		return "file-" + strconv.Itoa(n+1)
	}
	return name
}
