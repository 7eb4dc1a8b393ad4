package example

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// label is what the name of a right to look round begins with, in the access log
// as well, so that it can be told from a right to act for somebody.
const label = "example:"

// Named is whose record a right to look round is about; false for a right of
// another sort.
func Named(right string) (patient string, ok bool) { return strings.CutPrefix(right, label) }

// right is the right to look round as somebody. Where it ends is the same all day,
// so that the record remembers what it decided about it.
func (e *Examples) right(p Person) mandate.Right {
	return mandate.Right{Mandate: label + p.Patient, Patient: p.Patient, Name: p.Name, May: mandate.Look, Types: access.AllActing(),
		Shown: uint64(access.Sensitive), Until: e.Now().UTC().Truncate(24 * time.Hour).Add(48 * time.Hour)}
}

// mayLook says whether a session may look round at all: of an operator, who
// signed in with a passkey.
func (e *Examples) mayLook(ctx context.Context, s account.Session) (bool, error) {
	if s.Strength < account.Strong || !s.Staff {
		return false, nil
	}
	if state, _, err := e.state(ctx); err != nil || state != here {
		return false, err
	}
	_, err := e.Operator(ctx, s.Account)
	if problem.Is(err, problem.Forbidden) {
		return false, nil
	}
	return err == nil, err
}

// Rights lists as whom a session may look round; none for whoever may not.
func (e *Examples) Rights(ctx context.Context, s account.Session) (all []mandate.Right, err error) {
	if ok, err := e.mayLook(ctx, s); err != nil || !ok {
		return nil, err
	}
	people, err := e.People(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		owner, err := e.Owner(ctx, p.Patient)
		if err != nil {
			return nil, err
		}
		if owner == "" { // somebody keeps what is linked to an account as their own
			all = append(all, e.right(p))
		}
	}
	return all, nil
}

// Act makes a session look round as somebody of the family from now on. Whatever
// is not one of the family is one that there is not.
func (e *Examples) Act(ctx context.Context, s account.Session, id string) (mandate.Right, error) {
	all, err := e.Rights(ctx, s)
	if err != nil {
		return mandate.Right{}, err
	}
	i := slices.IndexFunc(all, func(r mandate.Right) bool { return r.Mandate == id })
	if i < 0 {
		return mandate.Right{}, noExample()
	}
	return all[i], e.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := e.Accounts.Hold(tx, s.Account); err != nil { // no row outlives an account that is closed
			return err
		}
		_, err := tx.Exec(`INSERT INTO example_acting (session, account, patient, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (session) DO UPDATE SET account = excluded.account, patient = excluded.patient, at = excluded.at`, s.ID, s.Account, all[i].Patient, e.Now().Unix())
		return err
	})
}

// StopActing makes a session look round as nobody. Doing it twice is no error.
func (e *Examples) StopActing(ctx context.Context, s account.Session) error {
	return e.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM example_acting WHERE session = $1", s.ID)
		return err
	})
}

// Acting is as whom a session looks round now. It is true of the moment in which
// it was asked for, so it is asked for in each request and kept nowhere.
func (e *Examples) Acting(ctx context.Context, s account.Session) (r mandate.Right, ok bool, err error) {
	var p Person
	if !s.Staff {
		return r, false, nil
	}
	err = e.DB.Query(ctx, `SELECT p.patient, p.name, p.relation FROM example_acting a JOIN example_person p ON p.patient = a.patient
		WHERE a.session = $1 AND a.account = $2`, []any{s.ID, s.Account}, func(r *db.Row) error {
		p = Person{r.Text(0), r.Text(1), r.Text(2)}
		return nil
	})
	if err != nil || p.Patient == "" {
		return r, false, err
	}
	if ok, err = e.mayLook(ctx, s); err != nil || !ok {
		return r, false, err
	}
	owner, err := e.Owner(ctx, p.Patient)
	if err != nil || owner != "" {
		return r, false, err
	}
	return e.right(p), true, nil
}

// actingLife is how long it is kept what a session does: longer than any session
// lasts.
const actingLife = 24 * time.Hour

// Sweep forgets what sessions did that are over. It does a bounded amount of
// work.
func (e *Examples) Sweep(ctx context.Context) error {
	return e.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM example_acting WHERE session IN (SELECT session FROM example_acting WHERE at <= $1 LIMIT 1000)", e.Now().Add(-actingLife).Unix())
		return err
	})
}
