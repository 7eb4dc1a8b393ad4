package takeaway

import (
	"encoding/base64"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Attached is a file that was in a resource.
type Attached struct {
	Name  string // in the copy
	Of    string // the resource, such as DocumentReference/7
	Title string // as the resource says; may be empty
}

// maxAttached bounds how many files are taken out of resources. The rest stays
// where it is, in the resources.
const maxAttached = 20_000

// attachments takes files out of resources: what lies in an Attachment (FHIR R4,
// Attachment.data), and a Binary, which is listed with the entries that open it.
func (b *build) attachments() error {
	return b.g.each(func(_ string, line []byte) error {
		t, err := fhir.Parse(line, fhir.Limits{Bytes: len(line), Nodes: 64 << 20})
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		n := 0
		for data := range t.Strings("data") {
			if !data.Parent().Get("contentType").Exists() || len(b.kept) >= maxAttached {
				continue
			}
			n++
			if err := b.attach(t.Root(), data, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *build) attach(root, data fhir.Node, n int) error {
	typ, id := root.Get("resourceType").Str(), root.Get("id").Str()
	a := Attached{Of: typ + "/" + id, Title: data.Parent().Get("title").Str()}
	if typ == typeBinary { // of which there may be several versions
		n, _ = strconv.Atoi(root.Get("meta").Get("versionId").Str())
	}
	a.Name = "files/" + typ + "-" + safe(id) + "-" + strconv.Itoa(n) + endOf(data.Parent().Get("contentType").Str())
	content := base64.NewDecoder(base64.StdEncoding, strings.NewReader(data.Str()))
	err := b.file(listed{Name: a.Name}, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		var bad base64.CorruptInputError
		if errors.As(err, &bad) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil // what can be read of it is there, and the resource holds the rest
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case typ == typeBinary:
		b.open(root, a.Name)
	default:
		b.kept = append(b.kept, a)
	}
	return nil
}

// safe leaves of an id what a file name may hold on every system.
func safe(id string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || c == '.' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			return c
		}
		return '_'
	}, id)
}

// endOf is the end of a file's name. What a browser would run is a text to be
// read: somebody else wrote it.
func endOf(contentType string) string {
	typ, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(contentType)), ";")
	switch end := map[string]string{"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/tiff": ".tif",
		"image/webp": ".webp", "audio/mpeg": ".mp3", "audio/wav": ".wav", "video/mp4": ".mp4", "application/rtf": ".rtf", "text/rtf": ".rtf",
		"application/dicom": ".dcm", "text/csv": ".csv", "application/json": ".json",
		"application/msword": ".doc", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx"}[strings.TrimSpace(typ)]; {
	case end != "":
		return end
	case strings.HasPrefix(typ, "text/"), strings.HasSuffix(typ, "xml"), strings.HasSuffix(typ, "html"), strings.HasSuffix(typ, "javascript"):
		return ".txt"
	}
	return ".bin"
}

// pull turns a loop inside out, so that several files are written from it one
// after the other.
func pull(each func(func(string, []byte) error) error) (next func() ([]byte, error), stop func()) {
	var failed error
	errStop := errors.New("takeaway: enough")
	pull, stop := iter.Pull(func(yield func([]byte) bool) {
		failed = each(func(_ string, line []byte) error {
			if !yield(line) {
				return errStop
			}
			return nil
		})
	})
	return func() ([]byte, error) {
		line, ok := pull()
		if !ok {
			if failed == nil {
				failed = io.ErrUnexpectedEOF
			}
			return nil, failed
		}
		return line, nil
	}, stop
}
