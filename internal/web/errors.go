package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Handler answers a request or says why not. It returns an error only before
// it wrote anything, or when the rest of its answer can not be written; then
// the connection is cut, so that half an answer never looks like a whole one.
type Handler func(w http.ResponseWriter, r *http.Request) error

// ErrorWriter writes err in the format of its door. It uses Status for the
// status, problem.IssuesOf for the words, and shows nothing else of err.
type ErrorWriter func(w http.ResponseWriter, r *http.Request, err error)

// statusError gives an error the exact HTTP status where a kind is too coarse.
type statusError struct {
	status int
	err    error
}

func (e statusError) Error() string { return e.err.Error() }
func (e statusError) Unwrap() error { return e.err }

// WithStatus gives err the HTTP status of RFC 9110 that a door knows better
// than the problem's kind, such as 405, 406, 415 or 501.
func WithStatus(status int, err error) error { return statusError{status, err} }

// Status is the HTTP status for err: that of WithStatus, or of its kind.
func Status(err error) int {
	var s statusError
	if errors.As(err, &s) {
		return s.status
	}
	return problem.KindOf(err).Status()
}

// PlainError is the ErrorWriter for doors that have no format of their own: a
// small JSON object with the sentence and the request's id.
func PlainError(w http.ResponseWriter, r *http.Request, err error) {
	body, jerr := json.Marshal(struct {
		Error   string `json:"error"`
		Request string `json:"request"`
	}{problem.Sentence(err), RequestID(r.Context())})
	if jerr != nil {
		body = []byte(`{"error":"Something went wrong on our side."}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(Status(err))
	_, _ = w.Write(body) // the client went away; there is nobody to tell
}

// errorHeaders sets what every refusal carries, whatever its format.
func errorHeaders(h http.Header, err error) {
	if problem.KindOf(err).Retry() && h.Get("Retry-After") == "" {
		h.Set("Retry-After", retryAfter(err))
	}
	if Status(err) == http.StatusUnauthorized && h.Get("WWW-Authenticate") == "" {
		h.Set("WWW-Authenticate", "Bearer")
	}
}
