package proof

import (
	"context"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
)

// Claim links the record that agrees with what somebody typed, and proves P5.
// Where there is no such record, where several are like it, and where it has
// another account, the answer and the work are the same: Result says not
// linked, and no error. now-read details come from Typed.Read.
func (p *Proofs) Claim(ctx context.Context, s account.Session, from account.Source, claimed match.Details) (Result, error) {
	if err := account.ProveIdentity.Lacks(s.Standing, s.Verified, p.Now()).Problem(); err != nil {
		return Result{}, err
	}
	if err := p.try(ctx, s, from); err != nil {
		return Result{}, err
	}
	found, all, err := p.Find.Find(ctx, "account:"+s.Account, claimed)
	if err != nil {
		return Result{}, err
	}
	d := p.traced(ViaDetails, claimed, found, all)
	if d.details, err = p.sealDetails(ctx, s.Account, d.ID, claimed); err != nil {
		return Result{}, err
	}
	e := Event{ID: newID(), Framework: p.Rules.ID, Level: account.P5, Methods: []Method{ByDetails}, Verifier: "rules:" + p.Rules.ID}
	var out Result
	err = p.write(ctx, func(t *tx) error {
		a, err := p.Accounts.HoldSession(t.Tx, s)
		if err != nil {
			return err
		}
		out, err = p.decide(t, a, claim{decision: d, event: &e})
		return err
	})
	return out, err
}

// try counts one try of a session at proving who somebody is.
func (p *Proofs) try(ctx context.Context, s account.Session, from account.Source) error {
	ok := false
	err := p.write(ctx, func(t *tx) (err error) {
		ok, err = p.Accounts.MayProve(t.Tx, from, s.Account)
		return err
	})
	if err == nil && !ok {
		err = tooMany()
	}
	return err
}
