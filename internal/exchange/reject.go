package exchange

import (
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
)

// reject is a piece of input that was not loaded, and why.
type reject struct {
	file  string
	line  int // from 1; 0 when the file is one document
	entry int // of a Bundle, from 1; 0 for none
	err   error
}

func (r reject) because(err error) reject {
	r.err = err
	return r
}

// place is where it stands, in words.
func (r *reject) place() string {
	text := r.file
	if r.line > 0 {
		text += ", line " + strconv.Itoa(r.line)
	}
	if r.entry > 0 {
		text += ", entry " + strconv.Itoa(r.entry)
	}
	return text
}

// append writes the reject as an OperationOutcome on a line of its own
// (http://hl7.org/fhir/R4/operationoutcome.html): the reason in details, the
// file with line and entry in diagnostics, the place within the resource in
// expression.
func (r *reject) append(dst []byte) []byte {
	dst = append(dst, `{"resourceType":"OperationOutcome","issue":[`...)
	for i, is := range problem.IssuesOf(r.err) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"severity":"error","code":`...)
		dst = fhir.AppendString(dst, is.Code)
		dst = append(dst, `,"details":{"text":`...)
		dst = fhir.AppendString(dst, is.Sentence)
		dst = append(dst, `},"diagnostics":`...)
		dst = fhir.AppendString(dst, r.place())
		if is.Place != "" {
			dst = append(dst, `,"expression":[`...)
			dst = fhir.AppendString(dst, is.Place)
			dst = append(dst, ']')
		}
		dst = append(dst, '}')
	}
	return append(dst, "]}\n"...)
}

func writeRejects(w io.Writer, bad []reject) error {
	if w == nil || len(bad) == 0 {
		return nil
	}
	var b []byte
	for i := range bad {
		b = bad[i].append(b)
	}
	if _, err := w.Write(b); err != nil {
		return problem.Wrap(problem.Unavailable, "The errors file could not be written. Check the disk, then run the load again.", err)
	}
	return nil
}

// pairsOf reads a query.
func pairsOf(query string) ([]search.Pair, error) {
	var pairs []search.Pair
	for part := range strings.SplitSeq(strings.TrimPrefix(query, "?"), "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return nil, problem.New(problem.Invalid, "The search holds a % that is not followed by two hex digits. Write a percent sign as %25.")
		}
		pairs = append(pairs, search.Pair{Name: n, Value: v})
	}
	return pairs, nil
}
