package client

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// origins are the web origins of the apps that are let in, as they were a
// moment ago: browsers of strangers ask for them with every page.
type origins struct {
	mu    sync.Mutex
	asked time.Time
	known map[string]bool
}

// originsKept is how long they are remembered. They let nobody in: a page
// needs a token as well.
const originsKept = 10 * time.Second

// maxOrigins bounds how many clients are looked at, the newest first.
const maxOrigins = 10_000

// Origin says whether a web origin is that of an address which an app was
// registered with, so that its pages may use the FHIR interface (SMART 2.2,
// "CORS support").
func (c *Clients) Origin(ctx context.Context, origin string) (bool, error) {
	if !strings.HasPrefix(origin, "http") || len(origin) > 300 {
		return false, nil
	}
	o := &c.origins
	o.mu.Lock()
	defer o.mu.Unlock()
	now := c.now()
	if age := now.Sub(o.asked); o.known == nil || age < 0 || age >= originsKept {
		known := map[string]bool{}
		err := c.db.Query(ctx, "SELECT redirects FROM client WHERE revoked = 0 AND redirects <> '' ORDER BY created DESC LIMIT $1", []any{maxOrigins}, func(r *db.Row) error {
			for at := range strings.FieldsSeq(r.Text(0)) {
				if u, err := url.Parse(at); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
					known[u.Scheme+"://"+strings.ToLower(u.Host)] = true
				}
			}
			return nil
		})
		if err != nil {
			return false, err
		}
		o.known, o.asked = known, now
	}
	return o.known[origin], nil
}
