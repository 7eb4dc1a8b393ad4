package client

import (
	"context"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// usedStep is how exactly it is kept when a permission was last used. It bounds
// writes for a client that asks all the time.
const usedStep = time.Minute

// noteUse writes down that a token is given out for somebody's permission. The
// operator's own, for programs that ask by themselves, are not counted: many
// requests at once would wait for one row.
func (c *Clients) noteUse(p *db.Pipeline, grant string) {
	now := c.now()
	p.Exec("UPDATE client_grant SET used = $2 WHERE id = $1 AND account <> '' AND used <= $3", grant, now.Unix(), now.Add(-usedStep).Unix())
}

// LastUsed says when a token was last given out for each of an account's
// permissions that stand, by the permission's id. One that is not in it was
// never used.
func (c *Clients) LastUsed(ctx context.Context, account string) (map[string]time.Time, error) {
	all := map[string]time.Time{}
	err := c.db.Query(ctx, "SELECT id, used FROM client_grant WHERE account = $1 AND account <> '' AND revoked = 0 AND used <> 0 ORDER BY used DESC LIMIT "+strconv.Itoa(maxGrants), []any{account}, func(r *db.Row) error {
		all[r.Text(0)] = moment(r.Int64(1))
		return nil
	})
	return all, err
}

// End takes back one permission that an account gave. One of somebody else's is
// not found.
func (c *Clients) End(ctx context.Context, account, id string) error {
	n, err := c.endWhere(ctx, "account = $2 AND $2 <> '' AND id = $3", account, id)
	if err == nil && n == 0 {
		err = noGrant()
	}
	return err
}

// MoveEnd gives another end to a permission that an account gave and that
// stands. One that ended is not woken up.
func (c *Clients) MoveEnd(ctx context.Context, account, id string, until time.Time) error {
	now := c.now()
	if !now.Before(until) {
		return problem.New(problem.Invalid, "A permission ends on a day that is still to come. Choose another day, or end it now.").Because("permission-end")
	}
	var n int64
	err := c.db.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec("UPDATE client_grant SET until = $3 WHERE id = $1 AND account = $2 AND account <> '' AND revoked = 0 AND (until = 0 OR until > $4)",
			id, account, until.Unix(), now.Unix())
		return err
	})
	c.cache.DropAll() // also after an error that may hide a commit
	if err == nil && n == 0 {
		err = noGrant()
	}
	return err
}

func noGrant() error {
	return problem.New(problem.NotFound, "You have given no such permission, or it has ended. Look at the list again.").Because("no-permission")
}
