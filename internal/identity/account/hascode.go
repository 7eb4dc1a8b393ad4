package account

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// HasTimeCode says whether codes of an app can be used for an account.
func (a *Accounts) HasTimeCode(ctx context.Context, account string) (bool, error) {
	return a.one(ctx, "SELECT account FROM time_code WHERE account = $1", []any{account}, func(*db.Row) error { return nil })
}
