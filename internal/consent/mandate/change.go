package mandate

import (
	"context"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// change is what becomes of a mandate.
type change struct {
	status Status
	reason Reason
	quiet  bool
	review time.Time // zero leaves it
	words  string
}

// become changes a mandate. What has ended stays so.
func (m *Mandates) become(t *tx, id, actor string, c change) error {
	d, there, err := m.read(t, id)
	switch {
	case err != nil:
		return err
	case !there:
		return noMandate()
	case d.Status == Ended:
		return problem.New(problem.Conflict, "This right has ended already. Give a new one if it is needed.").Because("mandate-ended")
	}
	if c.review.IsZero() {
		c.review = d.Review
	}
	now := m.Now().Unix()
	_, err = t.Exec(`UPDATE mandate SET status = $2, reason = $3, quiet = $4, review = $5, changed = $6, changed_by = $7, version = version + 1, due = $6 WHERE id = $1`,
		id, string(c.status), string(c.reason), number(c.quiet), c.review.Unix(), now, actor)
	if err != nil {
		return err
	}
	return m.event(t, id, d.version+1, actor, string(c.status)+" "+string(c.reason), c.words)
}

// changed changes one mandate and writes it into the record. Once the first is
// done the change holds; where the record can not be written now, it is tried
// again until it is.
func (m *Mandates) changed(ctx context.Context, id string, by By, allowed func(Mandate, *tx) error, c change) error {
	err := m.write(ctx, func(t *tx) error {
		d, there, err := m.read(t, id)
		if err == nil && !there {
			err = noMandate()
		}
		if err == nil {
			err = allowed(d, t)
		}
		if err != nil {
			return err
		}
		return m.become(t, id, by.Actor, c)
	})
	if err != nil {
		return err
	}
	_ = m.publish(ctx, id, by) // Sweep goes on with it
	return nil
}

// self is a person with their own record.
func self(s account.Session) By {
	return By{Actor: "account:" + s.Account, Reference: "Patient/" + recordID(s.Record)}
}

// EndMine ends a right that somebody has to act for the holder of the session.
// Nobody is told: whoever takes it away may have to fear them. It asks for no
// fresh passkey, since it can only take away.
func (m *Mandates) EndMine(ctx context.Context, s account.Session, id string) error {
	return m.changed(ctx, id, self(s), func(d Mandate, _ *tx) error {
		if s.Record == "" || d.Patient != recordID(s.Record) || d.Status != Active {
			return noMandate()
		}
		return nil
	}, change{status: Ended, reason: ByRequest})
}

// Leave ends a right that the holder of the session has. A suspended one is not
// theirs to know of.
func (m *Mandates) Leave(ctx context.Context, s account.Session, id string) error {
	if _, err := m.Holds(ctx, s, id); err != nil {
		return err
	}
	by := By{Actor: "account:" + s.Account}
	if s.Record != "" {
		by = self(s)
	}
	return m.changed(ctx, id, by, func(Mandate, *tx) error { return nil }, change{status: Ended, reason: Changed})
}

// Suspend takes a right away at once, until somebody has looked at it. Neither
// the one who has it nor the person is told, and to both it is as if there were
// none. safeguarding keeps that word out of the record as well, where others
// could read it; staff see it here.
func (m *Mandates) Suspend(ctx context.Context, by By, id string, safeguarding bool, reason string) error {
	reason, err := why(reason)
	if err != nil {
		return err
	}
	c := change{status: Suspended, reason: ForReview, words: reason}
	if safeguarding {
		c.reason, c.quiet = Safeguarding, true
	}
	return m.changed(ctx, id, by, func(d Mandate, _ *tx) error {
		if d.Status == Suspended {
			return problem.New(problem.Conflict, "This right is suspended already. Look at the list.").Because("mandate-suspended")
		}
		return nil
	}, c)
}

// Resume gives a suspended right back, or moves the day on which one is to be
// looked at again. Where age or law allow it no more it stays as it is: such a
// right is given anew or not at all.
func (m *Mandates) Resume(ctx context.Context, by By, id, reason string) error {
	reason, err := why(reason)
	if err != nil {
		return err
	}
	d, err := m.Find(ctx, id)
	if err != nil {
		return err
	}
	owner, err := m.Owner(ctx, d.Patient)
	if err != nil {
		return err
	}
	holds, err := m.holds(ctx, d.Relation.Account, d.Relation.Record)
	if err != nil {
		return err
	}
	if err := notOwn(by, owner, holds); err != nil {
		return err
	}
	if err := m.recheck(ctx, d); err != nil {
		return err
	}
	terms := m.Rules.Bases[d.Basis]
	if terms == nil {
		return problem.New(problem.Unprocessable, "On this legal basis it can not be given here. Choose another one.").Because("mandate-basis")
	}
	review := moment(m.Now().Unix()).AddDate(0, terms.ReviewMonths, 0)
	return m.changed(ctx, id, by, func(d Mandate, t *tx) error {
		s, can, err := m.facts(t, d.Patient)
		if err != nil {
			return err
		}
		s.paused = time.Time{} // that is the person's, and holds whatever staff decide
		d.Status, d.Review, d.published = Active, review, max(d.published, 1)
		if _, ok := m.Rules.stand(d, s, can, m.Now(), m.Zone); !ok {
			return problem.New(problem.Unprocessable, "Age, time or law do not allow this right any more. Give a new one if it is needed.").Because("mandate-not-again")
		}
		return nil
	}, change{status: Active, reason: Reactivated, review: review, words: reason})
}

// EndAsStaff ends a right for good, for one of Endings.
func (m *Mandates) EndAsStaff(ctx context.Context, by By, id string, reason Reason, words string) error {
	words, err := why(words)
	if err != nil {
		return err
	}
	if !slices.Contains(endings, reason) {
		return problem.New(problem.Invalid, "Choose why it ends from the list.").Because("mandate-ending")
	}
	return m.changed(ctx, id, by, func(Mandate, *tx) error { return nil }, change{status: Ended, reason: reason, quiet: reason == Safeguarding, words: words})
}

// Pause lets nobody act for the holder of the session, or again those who could
// before. Nobody is told. Pausing asks for no more than a sign-in, so that it
// can be done in a moment alone; that going on wants a fresh passkey is for the
// caller to see to.
func (m *Mandates) Pause(ctx context.Context, s account.Session, on bool) error {
	if s.Record == "" {
		return account.NeedRecord.Problem()
	}
	patient := recordID(s.Record)
	by := self(s)
	person, err := m.look(ctx, by.Actor, patient)
	if err != nil {
		return err
	}
	return m.write(ctx, func(t *tx) error {
		if err := m.keep(t, patient, &person, false); err != nil {
			return err
		}
		at := int64(0)
		if on {
			at = m.Now().Unix()
		}
		_, err := t.Exec("UPDATE mandate_person SET paused = CASE WHEN CAST($2 AS bigint) > 0 AND paused > 0 THEN paused ELSE CAST($2 AS bigint) END WHERE patient = $1", patient, at)
		return err
	})
}

// Paused is since when nobody may act for a person; zero where they may.
func (m *Mandates) Paused(ctx context.Context, patient string) (since time.Time, err error) {
	err = m.query(ctx, "SELECT paused FROM mandate_person WHERE patient = $1", []any{patient}, func(r *db.Row) error {
		since = moment(r.Int64(0))
		return nil
	})
	return since, err
}

// Forget takes away everything that is kept here about a person, for their
// erasure. What is in the record goes with the record.
func (m *Mandates) Forget(ctx context.Context, patient string) error {
	return m.write(ctx, func(t *tx) error {
		for _, sql := range []string{
			"DELETE FROM mandate_acting WHERE mandate IN (SELECT id FROM mandate WHERE patient = $1)",
			"DELETE FROM mandate_event WHERE mandate IN (SELECT id FROM mandate WHERE patient = $1)",
			"DELETE FROM mandate WHERE patient = $1",
			"DELETE FROM mandate_relationship WHERE patient = $1",
			"DELETE FROM mandate_ability WHERE patient = $1",
			"DELETE FROM mandate_code WHERE patient = $1",
			"DELETE FROM mandate_person WHERE patient = $1",
		} {
			if _, err := t.Exec(sql, patient); err != nil {
				return err
			}
		}
		return nil
	})
}
