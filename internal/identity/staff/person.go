package staff

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Person is somebody who works, or worked, for an organisation.
type Person struct {
	Account      string
	Practitioner string // the id of their Practitioner in the record
	Name         string // what they are called at work
}

// Person finds somebody by their account.
func (s *Staff) Person(ctx context.Context, account string) (p Person, err error) {
	found := false
	err = s.db.Query(ctx, "SELECT account, practitioner, name FROM staff_person WHERE account = $1", []any{account}, func(r *db.Row) error {
		p, found = Person{r.Text(0), r.Text(1), r.Text(2)}, true
		return nil
	})
	if err == nil && !found {
		err = problem.New(problem.NotFound, "Nobody with this account works here. Look at the list of members.").Because("staff-not-here")
	}
	return p, err
}

// AccountOf is whose a Practitioner of the record is, by its id; "" for one of
// nobody who works, or worked, here.
func (s *Staff) AccountOf(ctx context.Context, practitioner string) (account string, err error) {
	err = s.db.Query(ctx, "SELECT account FROM staff_person WHERE practitioner = $1", []any{practitioner}, func(r *db.Row) error { account = r.Text(0); return nil })
	return account, err
}

// known makes sure that the holder of a place is one of the people who work
// here, and gives the place their name. A name that is given later takes the
// place of the one before.
func known(tx *db.Tx, m *Member, now int64) error {
	if m.Name != "" {
		_, err := tx.Exec(`INSERT INTO staff_person (account, practitioner, name, made) VALUES ($1, $2, $3, $4)
			ON CONFLICT (account) DO UPDATE SET name = excluded.name`, m.Account, newID(), m.Name, now)
		return err
	}
	there, err := tx.One("SELECT name FROM staff_person WHERE account = $1", []any{m.Account}, func(r *db.Row) error { m.Name = r.Text(0); return nil })
	if err == nil && !there {
		err = problem.New(problem.Invalid, "Say what they are called at work: this is their first place here.").Because("staff-first-place")
	}
	return err
}
