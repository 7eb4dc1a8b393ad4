package emergency

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/notify"
)

// perSweep bounds what one transaction of a sweep does.
const perSweep = 100

// Sweep does what falls due: people who waited are told, operators are told of
// reviews that are late, and reasons for what was never begun go. Two nodes that
// sweep at once tell nobody twice.
func (e *Emergencies) Sweep(ctx context.Context) error {
	for _, do := range []func(*db.Tx) (int, error){e.tellDue, e.tellLate} {
		for {
			n := 0
			err := e.DB.Write(ctx, func(t *db.Tx) (err error) { n, err = do(t); return err })
			if err != nil {
				return err
			}
			if n < perSweep {
				break
			}
		}
	}
	return e.DB.Write(ctx, func(t *db.Tx) error {
		_, err := t.Exec("DELETE FROM emergency WHERE begun = 0 AND made < $1", e.Now().Add(-24*time.Hour).Unix())
		return err
	})
}

func (e *Emergencies) due(t *db.Tx, which string, args ...any) ([]Emergency, error) {
	var all []Emergency
	err := t.Query("SELECT "+columns+which+" ORDER BY e.id LIMIT 100"+t.Dialect().Pick("", " FOR UPDATE SKIP LOCKED"), args, func(r *db.Row) error {
		all = append(all, scan(r))
		return nil
	})
	return all, err
}

// tellDue tells those who were to be told later.
func (e *Emergencies) tellDue(t *db.Tx) (int, error) {
	all, err := e.due(t, " WHERE e.told = 0 AND e.held <> 0 AND e.held <= $1", e.seconds())
	if err != nil {
		return 0, err
	}
	for i := range all {
		if err := e.tell(t, &all[i]); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// tellLate tells the operators of reviews that were not done in time: one
// message, however many there are.
func (e *Emergencies) tellLate(t *db.Tx) (int, error) {
	now := e.seconds()
	all, err := e.due(t, " WHERE e.reviewed = 0 AND e.begun <> 0 AND e.escalated = 0 AND e.due <= $1", now)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	operators, err := e.Staff.AccountsIn(t, staff.Operator)
	if err != nil {
		return 0, err
	}
	for _, id := range operators {
		if err := e.Accounts.Tell(t, id, notify.ReviewLate); err != nil {
			return 0, err
		}
	}
	for _, m := range all {
		if _, err := t.Exec("UPDATE emergency SET escalated = $2 WHERE id = $1", m.ID, now); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}
