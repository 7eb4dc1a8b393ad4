package app

import (
	"context"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/smart"
)

// people answers what the room of protocols asks about those who gave a
// permission, from the rooms that know.
type people struct {
	accounts *account.Accounts
	staff    *staff.Staff
}

// Holds says whether a permission can still be used: the account is good, its
// session has not ended where it ends with that, and its holder still has the
// place that they acted in.
func (p people) Holds(ctx context.Context, id string, in client.Context) (bool, error) {
	good, err := p.accounts.Good(ctx, id, in.Session)
	if err != nil || !good || in.Member == "" {
		return good, err
	}
	_, err = p.staff.ActingIn(ctx, in.Member, id)
	if problem.Is(err, problem.Forbidden) {
		return false, nil
	}
	return err == nil, err
}

// Profile is what an account says of its owner: what it is called, and the
// first of each kind of address that was shown to be theirs.
func (p people) Profile(ctx context.Context, id string) (smart.Profile, error) {
	a, err := p.accounts.Get(ctx, id)
	if err != nil {
		return smart.Profile{}, err
	}
	out := smart.Profile{Name: a.Name}
	all, err := p.accounts.Channels(ctx, id)
	for _, c := range all {
		switch {
		case c.Verified.IsZero():
		case c.Medium == notify.Email && out.Email == "":
			out.Email = c.Address
		case c.Medium == notify.Phone && out.Phone == "":
			out.Phone = c.Address
		}
	}
	return out, err
}
