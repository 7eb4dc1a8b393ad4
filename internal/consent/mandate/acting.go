package mandate

import (
	"context"
	"errors"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// mayHold refuses a session that no mandate works for: only one that began with
// a passkey, of somebody whose identity is proven (P9, as the national service
// wants it).
func mayHold(s account.Session) error {
	switch {
	case s.Strength < account.Strong:
		return account.NeedPasskey.Problem()
	case s.Proof < account.P9:
		return account.NeedProof.Problem()
	}
	return nil
}

// Act makes a session act for somebody from now on. A mandate that gives no
// right now, whatever the reason, is one that there is not.
func (m *Mandates) Act(ctx context.Context, s account.Session, id string) (Right, error) {
	if err := mayHold(s); err != nil {
		return Right{}, err
	}
	r, err := m.right(ctx, s, id, true)
	if err != nil {
		return Right{}, err
	}
	err = m.write(ctx, func(t *tx) error {
		_, err := t.Exec(`INSERT INTO mandate_acting (session, account, mandate, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (session) DO UPDATE SET account = excluded.account, mandate = excluded.mandate, at = excluded.at`, s.ID, s.Account, id, m.Now().Unix())
		return err
	})
	return r, err
}

// StopActing makes a session act for nobody. Doing it twice is no error.
func (m *Mandates) StopActing(ctx context.Context, s account.Session) error {
	return m.write(ctx, func(t *tx) error {
		_, err := t.Exec("DELETE FROM mandate_acting WHERE session = $1", s.ID)
		return err
	})
}

// Acting is for whom a session acts now. It is true of the moment in which it
// was asked for, so it is asked for in each request and kept nowhere. ok is
// false where it acts for nobody, and where the right is no more.
func (m *Mandates) Acting(ctx context.Context, s account.Session) (r Right, ok bool, err error) {
	id := ""
	err = m.query(ctx, "SELECT mandate FROM mandate_acting WHERE session = $1 AND account = $2", []any{s.ID, s.Account}, func(r *db.Row) error {
		id = r.Text(0)
		return nil
	})
	if err != nil || id == "" || mayHold(s) != nil {
		return Right{}, false, err
	}
	r, err = m.right(ctx, s, id, false)
	if problem.Is(err, problem.NotFound) {
		return Right{}, false, nil
	}
	return r, err == nil, err
}

// Holds says what a mandate gives its holder now, for a door that acts on a
// credential which was given out before. What gives nothing is NotFound.
func (m *Mandates) Holds(ctx context.Context, holds account.Session, id string) (Right, error) {
	if err := mayHold(holds); err != nil {
		return Right{}, err
	}
	return m.right(ctx, holds, id, false)
}

// right is what one mandate gives the holder of a session. Whatever it does not
// give, and for whatever reason, is answered after the same statements and in
// the same words, so that a suspension can not be told from absence.
func (m *Mandates) right(ctx context.Context, s account.Session, id string, fresh bool) (right Right, err error) {
	var d Mandate
	var person subject
	var can ability
	found := false
	args := append(holder(s), id)
	read := func() error {
		return m.DB.Read(ctx, func(dt *db.Tx) error {
			t := &tx{db.Watch(dt, m.trace)}
			var closed sealed
			found, err = t.One("SELECT "+columns+from+" WHERE"+mine+" AND m.id = $3", args, func(r *db.Row) error {
				d, closed = scan(r)
				return nil
			})
			if err != nil {
				return err
			}
			if found {
				if err := m.opened(&d, closed); err != nil {
					return err
				}
			}
			person, can, err = m.facts(t, d.Patient) // of nobody, where there is none
			return err
		})
	}
	if err := read(); err != nil {
		return Right{}, err
	}
	right, ok := m.Rules.stand(d, person, can, m.Now(), m.Zone)
	if found && ok && (fresh || m.Now().Sub(person.checked) >= checkEvery) {
		if err := m.recheck(ctx, d); err != nil {
			return Right{}, err
		}
		if err := read(); err != nil {
			return Right{}, err
		}
		right, ok = m.Rules.stand(d, person, can, m.Now(), m.Zone)
	}
	if !found || !ok {
		return Right{}, noMandate()
	}
	return right, nil
}

// recheck asks the record about the person of a mandate.
func (m *Mandates) recheck(ctx context.Context, d Mandate) error {
	s, err := m.look(ctx, d.MadeBy, d.Patient)
	if problem.Is(err, problem.NotFound) {
		s, err = subject{died: true, checked: m.Now()}, nil // their record is no more
	}
	if err != nil {
		return err
	}
	return m.write(ctx, func(t *tx) error { return m.keep(t, d.Patient, &s, false) })
}

// letGo frees what an account had that is closed: it acts for nobody any more.
// What others may do for its holder stays theirs to end.
func (m *Mandates) letGo(dt *db.Tx, id string) error {
	t := &tx{db.Watch(dt, m.trace)}
	if _, err := t.Exec("DELETE FROM mandate_acting WHERE account = $1", id); err != nil {
		return err
	}
	var held []string
	err := t.Query("SELECT m.id"+from+" WHERE r.account = $1 AND m.status <> 'ended'", []any{id}, func(r *db.Row) error {
		held = append(held, r.Text(0))
		return nil
	})
	for _, one := range held {
		err = errors.Join(err, m.become(t, one, "account:"+id, change{status: Ended, reason: Unused}))
	}
	if err != nil {
		return err
	}
	_, err = t.Exec("DELETE FROM mandate_code WHERE account = $1 AND used = 0", id)
	return err
}
