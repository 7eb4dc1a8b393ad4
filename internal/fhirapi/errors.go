package fhirapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

// refuse is a problem with an HTTP status that its kind does not have, since
// only this door knows the reason: 405, 406, 415.
func refuse(status int, sentence string) error {
	return web.WithStatus(status, problem.New(problem.Unsupported, sentence))
}

func methodNotAllowed(method string, allow []string) error {
	return refuse(http.StatusMethodNotAllowed, method+" does not work at this address. What works here: "+strings.Join(allow, ", ")+".")
}

// unknownPath says what is wrong with a path that no route fits.
func unknownPath(path string) error {
	var buf [maxSegments]string
	segments, ok := split(buf[:0], path)
	sentence := "There is nothing at this address. Look at /metadata for what this server does."
	if ok && len(segments) > 0 {
		last := segments[len(segments)-1]
		switch {
		case strings.HasPrefix(last, "$"):
			sentence = "The operation " + quote(last) + " is not here. Look at /metadata for the operations that are."
		case !spec.IsResource(segments[0]) && !strings.HasPrefix(segments[0], "_"):
			sentence = quote(segments[0]) + " is not a resource type of FHIR R4. Check the spelling; types begin with a capital letter, such as Patient."
		case len(segments) > 1 && !fhir.ValidID(segments[1]):
			sentence = quote(segments[1]) + " can not be an id. An id is 1 to 64 letters, digits, minus signs and full stops."
		}
	}
	return problem.New(problem.NotFound, sentence)
}

// quote shows a caller's own text back to them, cut and without control
// characters.
func quote(s string) string {
	const most = 60
	cut := len(s) > most
	if cut {
		s = s[:most]
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if cut {
		s += "..."
	}
	return "\"" + s + "\""
}

// fail writes an error as an OperationOutcome.
func (c *call) fail(err error) {
	status := web.Status(err)
	h := c.w.Header()
	for _, name := range []string{"Etag", "Last-Modified", "Location", "Content-Location"} {
		h.Del(name)
	}
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", challenge(c.r.Header.Get("Authorization"), err))
	case http.StatusForbidden:
		if errors.As(err, &tooLittle{}) {
			scheme, _, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
			if !strings.EqualFold(scheme, "DPoP") {
				scheme = "Bearer"
			}
			h.Set("WWW-Authenticate", scheme+` realm="bevan", error="insufficient_scope"`)
		}
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set("Retry-After", "2")
	}
	_ = c.send(status, appendOutcome(nil, c.requestID(), problem.IssuesOf(err)))
}

// tooLittle is a refusal of what a program's scopes do not cover (RFC 6750
// section 3.1).
type tooLittle struct{ error }

// Unwrap gives the refusal itself.
func (t tooLittle) Unwrap() error { return t.error }

// challenge is what WWW-Authenticate says (RFC 6750 section 3): nothing about
// an error where no token was sent.
func challenge(sent string, err error) string {
	var said interface{ Challenge() string }
	switch {
	case errors.As(err, &said) && said.Challenge() != "":
		return said.Challenge()
	case sent == "":
		return `Bearer realm="bevan"`
	}
	return `Bearer realm="bevan", error="invalid_token"`
}

// requestID is the id that the HTTP plant gave this request.
func (c *call) requestID() string { return web.RequestID(c.ctx) }

// appendOutcome appends an OperationOutcome
// (http://hl7.org/fhir/R4/operationoutcome.html). The sentence stands in
// details.text, where the specification wants words for people, and in
// diagnostics, where most clients look.
func appendOutcome(dst []byte, id string, issues []problem.Issue) []byte {
	dst = append(dst, `{"resourceType":"OperationOutcome"`...)
	if fhir.ValidID(id) {
		dst = append(dst, `,"id":`...)
		dst = fhir.AppendString(dst, id)
	}
	dst = append(dst, `,"issue":[`...)
	for i, is := range issues {
		if i > 0 {
			dst = append(dst, ',')
		}
		severity := "error"
		switch {
		case is.Code == "informational":
			severity = "information"
		case is.Warning:
			severity = "warning"
		}
		dst = append(dst, `{"severity":"`...)
		dst = append(dst, severity...)
		dst = append(dst, `","code":`...)
		dst = fhir.AppendString(dst, is.Code)
		dst = append(dst, `,"details":{"text":`...)
		dst = fhir.AppendString(dst, is.Sentence)
		dst = append(dst, `},"diagnostics":`...)
		dst = fhir.AppendString(dst, is.Sentence)
		if is.Place != "" {
			dst = append(dst, `,"expression":[`...)
			dst = fhir.AppendString(dst, is.Place)
			dst = append(dst, ']')
		}
		dst = append(dst, '}')
	}
	return append(dst, `]}`...)
}

// done is the OperationOutcome of a write that worked, for those who prefer
// one.
func done(sentence string) []problem.Issue {
	return []problem.Issue{{Sentence: sentence, Code: "informational"}}
}
