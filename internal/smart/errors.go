package smart

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

// fault is a refusal with the code that a protocol has for it. Its words are
// ours and hold nothing that the caller sent.
type fault struct {
	code      string
	challenge string // for WWW-Authenticate; may be empty
	err       error  // a problem, with its status
}

func (f *fault) Error() string { return f.code + ": " + f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// Challenge is what WWW-Authenticate has to say (RFC 6750 section 3, RFC 9449
// section 7.1); empty where it has nothing.
func (f *fault) Challenge() string { return f.challenge }

// The codes of RFC 6749 section 5.2, RFC 6750 section 3.1 and RFC 9449.
const (
	invalidRequest   = "invalid_request"
	invalidClient    = "invalid_client"
	invalidGrant     = "invalid_grant"
	invalidScope     = "invalid_scope"
	unauthorized     = "unauthorized_client"
	unsupportedGrant = "unsupported_grant_type"
	invalidProof     = "invalid_dpop_proof"
	invalidToken     = "invalid_token"
	tooLittle        = "insufficient_scope"
)

// Because is the fault with a reason, by which a page finds a sentence of its
// own. What a program is told stays the same.
func (f *fault) Because(reason string) *fault {
	g := *f
	g.err = web.WithStatus(web.Status(f.err), problem.Of(f.err).Because(reason))
	return &g
}

// refuse is the refusal of a request to an endpoint of OAuth: status 400. One
// that people can be shown (PagePaths) has a reason.
func refuse(code, sentence string) *fault {
	return &fault{code: code, err: web.WithStatus(http.StatusBadRequest, problem.New(problem.Invalid, sentence))}
}

// deny is the refusal of a credential in a header: status 401, or 403 where it
// is good and too little. scheme is that of the credential.
func deny(scheme, code, sentence string) error {
	status, kind := http.StatusUnauthorized, problem.Unauthorized
	if code == tooLittle {
		status, kind = http.StatusForbidden, problem.Forbidden
	}
	return &fault{code: code, challenge: challenge(scheme, code, sentence), err: web.WithStatus(status, problem.New(kind, sentence))}
}

// challenge writes one challenge. An empty code only says which scheme works.
func challenge(scheme, code, sentence string) string {
	c := scheme + ` realm="bevan"`
	if strings.EqualFold(scheme, schemeDPoP) {
		c += `, algs="` + strings.Join(proofAlgs, " ") + `"`
	}
	if code != "" && scheme != schemeBasic {
		c += `, error="` + code + `", error_description="` + clean(sentence) + `"`
	}
	return c
}

// WriteError writes err as RFC 6749 section 5.2 has it; it is a
// web.ErrorWriter.
func (s *Server) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	body := struct {
		Code  string `json:"error"`
		Words string `json:"error_description,omitempty"`
	}{Code: "server_error", Words: clean(problem.Sentence(err))}
	var f *fault
	switch {
	case errors.As(err, &f):
		body.Code = f.code
		if f.challenge != "" {
			w.Header().Set("WWW-Authenticate", f.challenge)
		}
	case problem.KindOf(err).Retry():
		body.Code = "temporarily_unavailable"
	case problem.KindOf(err) != problem.Internal:
		body.Code = invalidRequest
	}
	b, _ := json.Marshal(body) // two texts always can be written
	c := call{s: s, w: w, r: r}
	_ = c.send(web.Status(err), b)
}

// clean keeps what may stand in a description: RFC 6749 section 5.2 allows
// printable ASCII but for " and \.
func clean(sentence string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"' || r == '\\':
			return '\''
		case r < ' ' || r > '~':
			return -1
		}
		return r
	}, sentence)
}

// send writes JSON that nobody may keep.
func (c *call) send(status int, body []byte) error {
	h := c.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	return c.write(status, body)
}

func (c *call) write(status int, body []byte) error {
	return c.writeAs("application/json", status, body)
}

func (c *call) writeAs(typ string, status int, body []byte) error {
	h := c.w.Header()
	h.Set("Content-Type", typ)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body) // the client went away; there is nobody to tell
	}
	return nil
}
