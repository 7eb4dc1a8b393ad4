package staff

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// ServiceCode is the code of the organisation of those who run the service. It
// is made with the first operator, before there is any other, and is no code
// of the Organisation Data Service.
const (
	ServiceCode = "SERVICE"
	serviceName = "Service team"
)

// FirstOperator gives the account that was made with the set-up code its place
// as operator, and makes the organisation that the place is in. It does nothing
// where anybody ever was an operator, so it may be asked for at each start.
func (s *Staff) FirstOperator(ctx context.Context, account, name string) error {
	m, err := s.checked(Member{Account: account, Name: name, Role: Operator})
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if tx.Dialect() == db.Postgres {
			if err := tx.Query("SELECT pg_advisory_xact_lock(hashtextextended('first operator', 0))", nil, func(*db.Row) error { return nil }); err != nil {
				return err
			}
		}
		ever, err := tx.One("SELECT 1 FROM member WHERE role = $1 LIMIT 1", []any{string(Operator)}, func(*db.Row) error { return nil })
		if err != nil || ever {
			return err
		}
		by := Actor(account)
		o := Organisation{ID: newID(), ODS: ServiceCode, Name: serviceName, Made: moment(s.now().Unix())}
		there, err := tx.One("SELECT id FROM organisation WHERE ods = $1", []any{ServiceCode}, func(r *db.Row) error { o.ID = r.Text(0); return nil })
		if err == nil && !there {
			err = s.insertOrganisation(tx, by, o)
		}
		if err != nil {
			return err
		}
		m.Organisation, m.MadeBy = o.ID, by
		if err := s.insertMember(tx, &m); err != nil {
			return err
		}
		return s.note(tx, Deed{Actor: by, What: PlaceGiven, About: m.ID, Name: m.Name})
	})
	s.nudge()
	return err
}

// operated says whether somebody is an operator now. Whoever asks has written a
// line before, so that two who take away the last two wait for each other.
func (s *Staff) operated(tx *db.Tx) (bool, error) {
	return tx.One("SELECT 1"+standing+" AND m.role = $2 LIMIT 1", []any{s.now().Unix(), string(Operator)}, func(*db.Row) error { return nil })
}

// leavesOperator refuses what takes away the last operator: nobody could give
// the place back on a page.
func (s *Staff) leavesOperator(tx *db.Tx, before bool) error {
	after, err := s.operated(tx)
	if err == nil && before && !after {
		err = problem.New(problem.Conflict, "Then nobody would be an operator any more. Make somebody else an operator first.").Because("staff-last-operator")
	}
	return err
}
