package account

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// Good says whether an account can be used now and, where a session is named by
// its id, whether that session is still alive: for what others hold in
// somebody's name.
func (a *Accounts) Good(ctx context.Context, id, session string) (bool, error) {
	good := false
	now := a.now()
	if session == "" {
		found, err := a.one(ctx, "SELECT state FROM account WHERE id = $1", []any{id}, func(r *db.Row) error {
			good = State(r.Int64(0)) == Good
			return nil
		})
		return found && good, err
	}
	found, err := a.one(ctx, "SELECT "+sessionColumns+" WHERE s.account = $1 AND s.id = $2", []any{id, session}, func(r *db.Row) error {
		s := a.scanSession(r)
		good = s.live(now) && s.state == Good
		return nil
	})
	return found && good, err
}
