package example

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/sim"
)

// Remove removes the family, for an account of an operator: their records, what
// any room keeps about them, and the places that they name. From its beginning on
// nobody looks round any more. It may be asked again, and goes on where it was
// stopped; where there is nothing it does nothing.
func (e *Examples) Remove(ctx context.Context, account string) error {
	by, err := e.Operator(ctx, account)
	if err != nil {
		return err
	}
	return e.RemoveAs(ctx, by, account)
}

// RemoveAs is Remove for an operator at the command line. account is "" for one
// without.
func (e *Examples) RemoveAs(ctx context.Context, by access.Who, account string) error {
	there := false
	if err := e.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE example_family SET state = $1, by_whom = $2, at = $3 WHERE id = 1", going, account, e.Now().Unix())
		if err == nil && n > 0 {
			there = true
			_, err = tx.Exec("DELETE FROM example_acting")
		}
		return err
	}); err != nil || !there {
		return err
	}
	people, err := e.People(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if err := e.Erase(ctx, by, p.Patient); err != nil {
			return err
		}
	}
	if err := e.removePlaces(ctx, by); err != nil {
		return err
	}
	return e.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM example_person"); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM example_family WHERE id = 1 AND state = $1", going)
		return err
	})
}

// removePlaces deletes the organisations and staff of the example. They are about
// nobody, so they are no record to erase.
func (e *Examples) removePlaces(ctx context.Context, by access.Who) error {
	s, err := e.Write(ctx, access.Job(Work, by))
	if err != nil {
		return err
	}
	now := e.Now().In(e.Zone)
	var ops []record.Op
	for one := range sim.Example(sim.Date(now.Year(), int(now.Month()), now.Day())).Places() {
		ops = append(ops, record.Op{Method: record.Delete, Key: record.Key{Type: one.Type, ID: one.ID}})
	}
	_, err = s.Transact(ctx, ops)
	return err
}

// Forget forgets that a record is one of the family, when it is erased.
func (e *Examples) Forget(ctx context.Context, patient string) error {
	return e.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM example_acting WHERE patient = $1", patient); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM example_person WHERE patient = $1", patient)
		return err
	})
}

// Resume goes on with a removal that was stopped, for whoever asked for it. One
// who runs the service no more is not asked again: somebody else is shown that it
// is not done, and removes them.
func (e *Examples) Resume(ctx context.Context) error {
	account := ""
	if err := e.DB.Query(ctx, "SELECT by_whom FROM example_family WHERE id = 1 AND state = $1", []any{going}, func(r *db.Row) error {
		account = r.Text(0)
		return nil
	}); err != nil || account == "" {
		return err
	}
	err := e.Remove(ctx, account)
	if problem.Is(err, problem.Forbidden) {
		return nil
	}
	return err
}
