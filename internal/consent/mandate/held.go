package mandate

import (
	"context"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// HeldBy says what a mandate gives an account now, for a credential that its
// holder gave to an app after a strong sign-in and that outlives it. The facts
// of the account are as they are at this moment: where it is closed, or it is
// not proven any more who its holder is, the app has nothing. ok is false for
// that, and for a mandate that gives nothing, whatever the reason.
func (m *Mandates) HeldBy(ctx context.Context, holder, id string) (r Right, ok bool, err error) {
	a, err := m.Accounts.Get(ctx, holder)
	if problem.Is(err, problem.NotFound) {
		return Right{}, false, nil
	}
	if err != nil || a.State != account.Good {
		return Right{}, false, err
	}
	r, err = m.Holds(ctx, account.Session{Account: holder, Standing: account.Standing{Strength: account.Strong, Proof: a.Proof, Record: a.Record}}, id)
	if k := problem.KindOf(err); err != nil && (k == problem.NotFound || k == problem.Forbidden) {
		return Right{}, false, nil
	}
	return r, err == nil, err
}
