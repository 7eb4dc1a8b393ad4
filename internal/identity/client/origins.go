package client

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// origins remembers where the pages of public clients come from.
type origins struct {
	mu  sync.Mutex
	at  time.Time
	all map[string]bool
}

const (
	originsBelieved = 10 * time.Second // a new app waits so long; a token decides what it sees
	maxOrigins      = 10_000
)

// IsOrigin says whether a web origin is that of a public client's pages: of an
// address that people are sent back to. Their scripts may ask the FHIR interface
// (SMART 2.2, "CORS support"); what they may see is for their token.
func (c *Clients) IsOrigin(ctx context.Context, origin string) (bool, error) {
	c.origins.mu.Lock()
	defer c.origins.mu.Unlock()
	if now := c.now(); c.origins.all == nil || now.Sub(c.origins.at) >= originsBelieved || now.Before(c.origins.at) {
		all := map[string]bool{}
		err := c.db.Query(ctx, "SELECT redirects FROM client WHERE proof = $1 AND revoked = 0 ORDER BY created DESC LIMIT $2", []any{string(NoProof), int64(maxOrigins)}, func(r *db.Row) error {
			for u := range strings.FieldsSeq(r.Text(0)) {
				if at, err := url.Parse(u); err == nil && (at.Scheme == "https" || at.Scheme == "http") {
					all[at.Scheme+"://"+strings.ToLower(at.Host)] = true
				}
			}
			return nil
		})
		if err != nil {
			return false, err
		}
		c.origins.all, c.origins.at = all, now
	}
	return c.origins.all[origin], nil
}
