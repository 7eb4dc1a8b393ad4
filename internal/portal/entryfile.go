package portal

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// largestFile is how large a file may be that is fetched from a page, in bytes.
const largestFile = 20 << 20

// fileLink is a file of an entry: one that can be fetched here, or where another
// lies, in words.
type fileLink struct{ Name, Href, Where string }

// attachments are the files of an entry, in the order in which they stand there:
// those that lie in it (FHIR R4, Attachment.data), and those that an address leads
// to (Attachment.url).
func attachments(n fhir.Node) (all []fhir.Node) {
	add := func(a fhir.Node) {
		if a.Get("data").Kind() == fhir.String || a.Get("url").Kind() == fhir.String {
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

// kept says where the Binary of a file is, as its address has it: one of this
// server. It is not ok for a file that lies in the entry, and for an address of
// another place: nothing is fetched that the operator did not set up.
func (f *folder) kept(a fhir.Node) (url string, ok bool) {
	if a.Get("data").Kind() == fhir.String {
		return "", false
	}
	url = a.Get("url").Str()
	ref := fhir.ParseReference(url)
	ours := ref.Form == fhir.Relative || ref.Form == fhir.Absolute && f.p.cfg.Base != "" && ref.Base == f.p.cfg.Base
	return url, ours && ref.Type == "Binary"
}

// filesOf are links to the files of an entry. A file of another place is named
// with that place, and no link leads there: the address may say who asked.
func (f *folder) filesOf(t *fhir.Tree, at string) (all []fileLink) {
	w := f.p.words.Folder
	for i, a := range attachments(t.Root()) {
		one := fileLink{Name: a.Get("title").Str(), Href: at + "/file/" + strconv.Itoa(i)}
		if one.Name == "" {
			one.Name = w.File
		}
		if _, ours := f.kept(a); !ours && a.Get("data").Kind() != fhir.String {
			one.Href, one.Where = "", w.FileElse
			if u, err := url.Parse(a.Get("url").Str()); err == nil && u.Hostname() != "" {
				one.Where += " " + w.FileAt + " " + u.Hostname() + "."
			}
		}
		all = append(all, one)
	}
	return all
}

// filer is a session of the record that gives out what an entry leads to.
type filer interface {
	ReadFile(ctx context.Context, k record.Key, which func(record.Resource) (url string, err error)) (record.Resource, error)
}

// entryFile sends one file of an entry. It is kept by the browser and never
// opened as a page of ours, whatever it calls itself: its type is told by what
// it holds.
func entryFile(f *folder) error {
	w := f.p.words.Folder
	typ, err := f.kindNamed()
	if err != nil {
		return err
	}
	r, ok := f.Records.(filer)
	if !ok {
		return problem.New(problem.Unavailable, "")
	}
	var entry *fhir.Tree
	var file fhir.Node
	asks := false
	kept, err := r.ReadFile(f.r.Context(), record.Key{Type: typ, ID: f.r.PathValue("id")}, func(one record.Resource) (string, error) {
		if entry, err = parsed(one.Body); err != nil {
			return "", err
		}
		if asks = f.keeps(entry); asks {
			return "", nil
		}
		files, n := attachments(entry.Root()), f.r.PathValue("n")
		i, err := strconv.Atoi(n)
		if err != nil || i < 0 || i >= len(files) || strconv.Itoa(i) != n {
			return "", problem.New(problem.NotFound, w.FileGone)
		}
		file = files[i]
		url, ours := f.kept(file)
		if !ours && file.Get("data").Kind() != fhir.String {
			return "", problem.New(problem.NotFound, w.FileGone)
		}
		return url, nil
	})
	switch {
	case entry == nil && problem.Is(err, problem.Forbidden): // a kind that they may not see looks like one that has no such entry
		return problem.Wrap(problem.NotFound, f.p.words.Problem.NotHere, err)
	case entry == nil && err != nil:
		return f.notThere(err)
	case problem.Is(err, problem.NotFound):
		return problem.Wrap(problem.NotFound, w.FileGone, err)
	case err != nil:
		return err
	case asks:
		_, err := f.asksBefore(entry)
		return err
	}
	return f.sendFile(file, kept)
}

// sendFile sends what an attachment holds, or the Binary to which it leads.
func (f *folder) sendFile(a fhir.Node, kept record.Resource) error {
	w, content := f.p.words.Folder, a
	if kept.Body != nil {
		t, err := parsed(kept.Body)
		if err != nil {
			return err
		}
		content = t.Root()
	}
	text := content.Get("data").Str()
	if base64.StdEncoding.DecodedLen(len(text)) > largestFile {
		return problem.New(problem.Unprocessable, w.FileLarge)
	}
	data, err := base64.StdEncoding.DecodeString(strings.Map(notBlank, text))
	if err != nil || kept.Body != nil && len(data) == 0 {
		return problem.Wrap(problem.NotFound, w.FileGone, err)
	}
	n, _ := strconv.Atoi(f.r.PathValue("n")) // it was read before
	kind, end := sniffed(data)
	h := f.Header()
	f.p.guard(h)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+fileName(a.Get("title").Str(), n)+end+`"`)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	f.WriteHeader(http.StatusOK)
	_, _ = f.Write(data) // a reader that went away can not be told
	return nil
}

// parsed reads a resource as the record gave it out.
func parsed(body []byte) (*fhir.Tree, error) {
	t, err := fhir.Parse(body, fhir.Limits{Bytes: len(body), Nodes: 64 << 20})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return t, nil
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
