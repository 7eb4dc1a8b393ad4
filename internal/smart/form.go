package smart

import (
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

const (
	maxForm      = 64 << 10 // bytes of a request's body
	maxAssertion = 16 << 10 // bytes of one signed text
)

// read reads the parameters of a request, which come in the body only: what
// stands in a URL ends up in logs. Each may come once (RFC 6749 section 3.2).
func (c *call) read() error {
	if c.r.URL.RawQuery != "" {
		return refuse(invalidRequest, "Parameters are sent in the body and never in the address. Move them there.").Because("app-form")
	}
	typ, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || typ != "application/x-www-form-urlencoded" {
		return refuse(invalidRequest, "The body has to be a form. Send the header Content-Type: application/x-www-form-urlencoded.").Because("app-form")
	}
	b, err := io.ReadAll(io.LimitReader(c.r.Body, maxForm+1))
	switch {
	case err != nil:
		return err
	case len(b) > maxForm:
		return &fault{code: invalidRequest, err: web.WithStatus(http.StatusRequestEntityTooLarge,
			problem.New(problem.TooLarge, "The body is too large. It may have 64 kB.").Because("app-too-much"))}
	}
	if c.form, err = url.ParseQuery(string(b)); err != nil {
		return refuse(invalidRequest, "The body is not a form. Encode it as application/x-www-form-urlencoded.").Because("app-form")
	}
	return c.onceEach()
}

// onceEach refuses a parameter that came twice: two readers of a request could
// each take another one (RFC 6749 section 3.1).
func (c *call) onceEach() error {
	for _, values := range c.form {
		if len(values) > 1 {
			return refuse(invalidRequest, "A parameter was sent twice. Send each once.").Because("app-twice")
		}
	}
	return nil
}
