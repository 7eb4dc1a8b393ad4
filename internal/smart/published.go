package smart

import (
	"context"
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/smart/brands"
)

// Brands says which brands this server has; nil where it has none.
type Brands interface {
	Bundle(ctx context.Context) (*brands.Bundle, error)
}

// brandsFile is where the bundle lies, below the FHIR interface.
const brandsFile = "/brands.json"

// brands publishes the bundle of user-access brands (SMART 2.2, User-access
// Brands and Endpoints).
func (c *call) brands() error {
	b, err := c.s.bundle(c.ctx)
	if err != nil {
		return err
	}
	if b == nil {
		return problem.New(problem.NotFound, "This service has published no brands. Ask whoever runs it.")
	}
	h := c.w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("ETag", b.ETag)
	if matches(c.r.Header.Values("If-None-Match"), b.ETag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return c.writeAs("application/fhir+json", http.StatusOK, b.Body)
}

func (s *Server) bundle(ctx context.Context) (*brands.Bundle, error) {
	if s.cfg.Brands == nil {
		return nil, nil
	}
	return s.cfg.Brands.Bundle(ctx)
}

// matches says whether one of the tags is etag, whether weak or not (RFC 9110
// section 13.1.2).
func matches(sent []string, etag string) bool {
	for _, line := range sent {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
				return true
			}
		}
	}
	return false
}

// preflight answers the question that a browser asks before it sends a header
// such as If-None-Match from another site's page (WHATWG Fetch, CORS protocol).
func (c *call) preflight() error {
	h := c.w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "Accept, Content-Type, If-None-Match")
	h.Set("Access-Control-Max-Age", "600")
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
