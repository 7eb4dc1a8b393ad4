package client

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// maxPage bounds what one page of a list gives.
const maxPage = 1_000

// Page gives the newest clients first: at most so many of those behind the
// client with the id after; "" is from the newest on. Those that were revoked
// are among them.
func (c *Clients) Page(ctx context.Context, after string, most int) ([]Client, error) {
	var all []Client
	err := c.db.Query(ctx, "SELECT "+clientColumns+` FROM client c WHERE $1 = ''
		OR created < (SELECT created FROM client WHERE id = $1) OR created = (SELECT created FROM client WHERE id = $1) AND id > $1
		ORDER BY created DESC, id LIMIT $2`, []any{after, int64(min(max(most, 1), maxPage))}, func(r *db.Row) error {
		cl, err := c.scanClient(r)
		all = append(all, cl)
		return err
	})
	return all, err
}
