package web

import (
	"net/http"
	"slices"
)

// cors lets the pages of listed origins read answers (WHATWG Fetch, CORS
// protocol). Credentials are never allowed: a page sends a token, not a
// cookie.
type cors struct {
	every   bool
	origins []string
	more    func(r *http.Request, origin string) bool // may be nil
}

func newCORS(origins []string, more func(*http.Request, string) bool) *cors {
	return &cors{every: slices.Contains(origins, "*"), origins: origins, more: more}
}

// allows says whether the pages of an origin may read answers.
func (c *cors) allows(r *http.Request, origin string) bool {
	return c.every || slices.Contains(c.origins, origin) || c.more != nil && len(origin) <= maxOrigin && c.more(r, origin)
}

const maxOrigin = 300 // bytes: a scheme, the longest name, a port

// What FHIR's RESTful interface needs a page to send and to read
// (http://hl7.org/fhir/R4/http.html).
const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsSends   = "Accept, Authorization, Content-Type, Content-Encoding, DPoP, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer, X-Request-Id"
	corsReads   = "Content-Location, ETag, Last-Modified, Link, Location, Retry-After, WWW-Authenticate, X-Progress, X-Request-Id"
)

// answer sets the headers for a page's request, and is true when that was all
// there was to do: the question before the request (a preflight).
func (c *cors) answer(w http.ResponseWriter, r *http.Request) bool {
	if len(c.origins) == 0 && c.more == nil {
		return false
	}
	h := w.Header()
	if !c.every {
		h.Add("Vary", "Origin")
	}
	origin := r.Header.Get("Origin")
	if origin == "" || !c.allows(r, origin) {
		return false
	}
	if c.every {
		origin = "*"
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", corsReads)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", corsSends)
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
