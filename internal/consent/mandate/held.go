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
	s, ok, err := m.strong(ctx, holder)
	if err != nil || !ok {
		return Right{}, false, err
	}
	r, err = m.Holds(ctx, s, id)
	if k := problem.KindOf(err); err != nil && (k == problem.NotFound || k == problem.Forbidden) {
		return Right{}, false, nil
	}
	return r, err == nil, err
}

// RightsOf lists those for whom an account can act now, for work that its holder
// began after a strong sign-in.
func (m *Mandates) RightsOf(ctx context.Context, holder string) ([]Right, error) {
	s, ok, err := m.strong(ctx, holder)
	if err != nil || !ok {
		return nil, err
	}
	return m.Rights(ctx, s)
}

// strong is an account as it is now, as if its holder had just signed in with
// their passkey; ok is false for one that can not be used.
func (m *Mandates) strong(ctx context.Context, holder string) (s account.Session, ok bool, err error) {
	a, err := m.Accounts.Get(ctx, holder)
	if problem.Is(err, problem.NotFound) {
		return s, false, nil
	}
	if err != nil || a.State != account.Good {
		return s, false, err
	}
	return account.Session{Account: holder, Standing: account.Standing{Strength: account.Strong, Proof: a.Proof, Record: a.Record}}, true, nil
}
