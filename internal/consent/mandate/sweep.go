package mandate

import (
	"context"
	"errors"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Bounds of one Sweep.
const (
	sweepMost = 100
	// again is how long a mandate is left alone at most: what the record says of
	// the person is looked at daily.
	again = 24 * time.Hour
	// actingLife is how long it is kept what a session does: longer than any
	// session lasts.
	actingLife = 24 * time.Hour
)

// Sweep writes down what time has changed: mandates that ended or are to be
// looked at again, notice to both before an age takes something away, and what
// is not in the record yet. That something has ended does not wait for it. It
// does a bounded amount of work; call it every minute.
func (m *Mandates) Sweep(ctx context.Context) error {
	now := m.Now().Unix()
	var due []string
	err := m.query(ctx, "SELECT id FROM mandate WHERE due > 0 AND due <= $1 ORDER BY due, id LIMIT $2", []any{now, int64(sweepMost)}, func(r *db.Row) error {
		due = append(due, r.Text(0))
		return nil
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range due {
		if err := m.tend(ctx, id); err != nil {
			errs = append(errs, err)
		}
	}
	errs = append(errs, m.write(ctx, func(t *tx) error {
		if _, err := t.Exec("DELETE FROM mandate_acting WHERE session IN (SELECT session FROM mandate_acting WHERE at <= $1 LIMIT 1000)", now-int64(actingLife.Seconds())); err != nil {
			return err
		}
		_, err := t.Exec("DELETE FROM mandate_code WHERE id IN (SELECT id FROM mandate_code WHERE until <= $1 LIMIT 1000)", now)
		return err
	}))
	return errors.Join(errs...)
}

// tend looks after one mandate.
func (m *Mandates) tend(ctx context.Context, id string) error {
	d, err := m.Find(ctx, id)
	if err != nil {
		return err
	}
	by := By{Actor: d.ChangedBy}
	if d.Status != Ended {
		if err := m.recheck(ctx, d); err != nil {
			return err
		}
	}
	owner, err := m.Owner(ctx, d.Patient)
	if err != nil {
		return err
	}
	holds, err := m.holds(ctx, d.Relation.Account, d.Relation.Record)
	if err != nil {
		return err
	}
	err = m.write(ctx, func(t *tx) error { return m.tended(t, id, owner, holds) })
	if err != nil {
		return err
	}
	return m.publish(ctx, id, by)
}

// holds is the account of whoever holds a right: the one that is named, or the
// one that their record is linked to; "" for none yet.
func (m *Mandates) holds(ctx context.Context, account, record string) (string, error) {
	if account != "" || record == "" {
		return account, nil
	}
	return m.Owner(ctx, record)
}

// tended writes down what time has changed of one mandate, and when it is to be
// looked at next.
func (m *Mandates) tended(t *tx, id, owner, holds string) error {
	d, there, err := m.read(t, id)
	if err != nil || !there {
		return err
	}
	s, can, err := m.facts(t, d.Patient)
	if err != nil {
		return err
	}
	now := m.Now()
	if !s.paused.IsZero() {
		holds = "" // to the holder it is as if there were no right
	}
	if err := m.notices(t, d, s, can, owner, holds); err != nil {
		return err
	}
	if c, over := m.Rules.over(d, s, can, now, m.Zone); over && d.Status != Ended && (c.status == Ended || d.Status == Active) {
		return m.become(t, id, byTime, c)
	}
	next := int64(0)
	if d.Status != Ended {
		next = now.Add(again).Unix()
	}
	if d.Status == Active {
		soon := earliest(d.Ends, d.Review)
		for _, at := range m.Rules.changes(d, s, now, m.Zone) {
			soon = earliest(soon, at)
			if notice := at.AddDate(0, -m.Rules.NoticeMonths, 0); notice.After(now) {
				soon = earliest(soon, notice)
				break
			}
			if at.Unix() <= d.told {
				continue
			}
			if _, err := t.Exec("UPDATE mandate SET told = $2 WHERE id = $1", id, at.Unix()); err != nil {
				return err
			}
			if err := errors.Join(m.tell(t, owner, notify.MandateChanges), m.tell(t, holds, notify.MandateChanges)); err != nil {
				return err
			}
		}
		next = min(next, soon.Unix())
	}
	_, err = t.Exec("UPDATE mandate SET due = $2 WHERE id = $1 AND version = $3", id, next, d.version)
	return err
}

// tell writes to an account, if there is one.
func (m *Mandates) tell(t *tx, account string, k notify.Kind) error {
	if account == "" {
		return nil
	}
	err := m.Accounts.Tell(t.Tx, account, k)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}

// over says what time or the record make of a mandate that gives no right any
// more. It never gives one back.
func (r *Rules) over(d Mandate, s subject, can ability, now time.Time, zone *time.Location) (change, bool) {
	terms := r.Bases[d.Basis]
	switch {
	case s.died:
		return change{status: Ended, reason: PersonDied}, true
	case !d.Ends.After(now):
		return change{status: Ended, reason: EndReached}, true
	case terms != nil && terms.EndsOnTransfer && d.practice != "" && d.practice != s.Practice:
		return change{status: Ended, reason: Moved}, true
	case now.Before(d.Starts):
		return change{}, false
	}
	s.paused, d.published, d.Status = time.Time{}, max(d.published, 1), Active
	if _, ok := r.stand(d, s, can, now, zone); !ok {
		return change{status: Suspended, reason: ForReview}, true
	}
	return change{}, false
}
