package proof

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/identity/upstream"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// External is a sign-in somewhere else that belongs to an account.
type External struct {
	Issuer, Subject string
	Vector          string
	Linked, Used    time.Time
}

// ByProvider links a sign-in somewhere else to the account of a session, and
// takes over what the provider proved, where it proved anything. A record is
// linked by the same rules as one that was claimed by typing: what a provider
// knows may fit nobody, several, or somebody who has an account.
func (p *Proofs) ByProvider(ctx context.Context, s account.Session, from account.Source, seen upstream.Identity) (Result, error) {
	if err := account.ProveIdentity.Lacks(s.Standing, s.Verified, p.Now()).Problem(); err != nil {
		return Result{}, err
	}
	if err := p.try(ctx, s, from); err != nil {
		return Result{}, err
	}
	var found []match.Candidate
	all := true
	if seen.Level > account.P0 && seen.Details.Birth != "" {
		var err error
		if found, all, err = p.Find.Find(ctx, "account:"+s.Account, seen.Details); err != nil {
			return Result{}, err
		}
	}
	d := p.traced(ViaProvider, seen.Details, found, all)
	var err error
	if d.details, err = p.sealDetails(ctx, s.Account, d.ID, seen.Details); err != nil {
		return Result{}, err
	}
	e := Event{ID: newID(), Framework: seen.Issuer, Level: seen.Level, Methods: []Method{Vouched}, Verifier: seen.Issuer, Source: seen.Source}
	var out Result
	err = p.write(ctx, func(t *tx) error {
		a, err := p.Accounts.HoldSession(t.Tx, s)
		if err != nil {
			return err
		}
		if err := p.join(t, a, seen); err != nil {
			return err
		}
		out = Result{Linked: a.Record != "", Level: a.Proof}
		if seen.Level == account.P0 {
			return nil // a way in, and no proof
		}
		out, err = p.decide(t, a, claim{decision: d, event: &e, always: true})
		return err
	})
	return out, err
}

// join makes a sign-in somewhere else the account's own.
func (p *Proofs) join(t *tx, a account.Account, seen upstream.Identity) error {
	now := p.seconds()
	n, err := t.Exec(`INSERT INTO external_identity (iss, sub, account, vot, vtm, authenticated, linked, used) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
		ON CONFLICT DO NOTHING`, seen.Issuer, seen.Subject, a.ID, seen.Vector, seen.Trustmark, unix(seen.Authenticated), now)
	if err != nil {
		return err
	}
	if n == 1 {
		return p.Accounts.Tell(t.Tx, a.ID, notify.ProviderLinked)
	}
	n, err = t.Exec("UPDATE external_identity SET vot = $4, vtm = $5, authenticated = $6, used = $7 WHERE iss = $1 AND sub = $2 AND account = $3",
		seen.Issuer, seen.Subject, a.ID, seen.Vector, seen.Trustmark, unix(seen.Authenticated), now)
	if err == nil && n == 0 {
		err = problem.New(problem.Conflict, "That sign-in belongs to another account here, or your account has another one from there. Sign in with it, or remove the one that you have first.").Because("outside-taken")
	}
	return err
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// AccountOf is the account that a sign-in somewhere else belongs to; found is
// false for none. It counts as a use.
func (p *Proofs) AccountOf(ctx context.Context, seen upstream.Identity) (id string, found bool, err error) {
	err = p.write(ctx, func(t *tx) error {
		id = ""
		if _, err := t.Exec("UPDATE external_identity SET vot = $3, vtm = $4, authenticated = $5, used = $6 WHERE iss = $1 AND sub = $2",
			seen.Issuer, seen.Subject, seen.Vector, seen.Trustmark, unix(seen.Authenticated), p.seconds()); err != nil {
			return err
		}
		found, err = t.One("SELECT account FROM external_identity WHERE iss = $1 AND sub = $2", []any{seen.Issuer, seen.Subject}, func(r *db.Row) error { id = r.Text(0); return nil })
		return err
	})
	return id, found, err
}

// Externals lists the sign-ins somewhere else that belong to an account.
func (p *Proofs) Externals(ctx context.Context, id string) ([]External, error) {
	var all []External
	err := p.DB.Query(ctx, "SELECT iss, sub, vot, linked, used FROM external_identity WHERE account = $1 ORDER BY linked, iss LIMIT $2", []any{id, int64(maxListed)}, func(r *db.Row) error {
		all = append(all, External{r.Text(0), r.Text(1), r.Text(2), moment(r.Int64(3)), moment(r.Int64(4))})
		return nil
	})
	return all, err
}

// Part removes a sign-in somewhere else from the account of a session. What it
// proved stays proven: it was so.
func (p *Proofs) Part(ctx context.Context, s account.Session, issuer string) error {
	if err := account.ProveIdentity.Lacks(s.Standing, s.Verified, p.Now()).Problem(); err != nil {
		return err
	}
	return p.write(ctx, func(t *tx) error {
		a, err := p.Accounts.HoldSession(t.Tx, s)
		if err != nil {
			return err
		}
		n, err := t.Exec("DELETE FROM external_identity WHERE account = $1 AND iss = $2", a.ID, issuer)
		if err == nil && n == 0 {
			err = problem.New(problem.NotFound, "You have no such sign-in. Look at the list again.").Because("no-outside")
		}
		if err != nil {
			return err
		}
		return p.Accounts.Tell(t.Tx, a.ID, notify.ProviderUnlinked)
	})
}
