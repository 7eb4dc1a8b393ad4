package portal

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Bounds of a form with a file, in bytes.
const (
	mostFile   = 5 << 20
	mostUpload = mostFile + maxForm // with the other fields
	mostTyped  = 4 << 10            // of one field beside the file
	mostParts  = 20
)

// upload reads a form with one file, which is empty where none was chosen. A page
// calls it once it knows who sends: nobody else makes this server hold a file. It
// stays in memory, so that nothing of a record is left in a folder. What the file
// is called, and what the browser says of it, is not kept. large and bad are what
// is said of one that is too large, and of one that can not be read.
func (v *visit) upload(large, bad string) (file []byte, err error) {
	kind, params, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, nil // a form like others
	}
	v.r.PostForm = url.Values{}
	r := multipart.NewReader(http.MaxBytesReader(v.ResponseWriter, v.wire, mostUpload), params["boundary"])
	for range mostParts {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return file, v.foreign()
		}
		if err != nil {
			return nil, unread(err, large, bad)
		}
		most := mostTyped
		if p.FormName() == "file" {
			most = mostFile
		}
		b, err := io.ReadAll(io.LimitReader(p, int64(most)+1))
		switch {
		case err != nil:
			return nil, unread(err, large, bad)
		case len(b) > most:
			return nil, problem.New(problem.Invalid, large)
		case p.FormName() == "file":
			file = b
		case utf8.Valid(b):
			v.r.PostForm.Set(p.FormName(), string(b))
		}
	}
	return nil, problem.New(problem.Invalid, bad)
}

func unread(err error, large, bad string) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return problem.New(problem.Invalid, large)
	}
	return problem.Wrap(problem.Invalid, bad, err)
}
