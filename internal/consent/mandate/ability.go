package mandate

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Ability is a decision about whether somebody can decide who acts for them: of
// a child whether they understand enough of it, of an adult whether they have
// the capacity for this decision now.
type Ability struct {
	Able   bool
	At     time.Time
	Review time.Time // when it is to be decided again; zero where it need not be
	Actor  string
	Words  string // what it was about, and why
}

// Decide writes such a decision down. Who can not decide is looked at again: the
// decision that they can not holds for a year at most.
func (m *Mandates) Decide(ctx context.Context, by By, patient string, able bool, review time.Time, words string) error {
	words, err := why(words)
	if err != nil {
		return err
	}
	s, err := m.look(ctx, by.Actor, patient)
	if err != nil {
		return err
	}
	now := moment(m.Now().Unix())
	switch year := now.AddDate(1, 0, 0); {
	case !review.IsZero() && !review.After(now):
		return problem.New(problem.Invalid, "The day to look at it again lies in the past. Give a later one.").Because("mandate-review")
	case !able && (review.IsZero() || review.After(year)):
		review = year
	}
	return m.write(ctx, func(t *tx) error {
		if err := m.keep(t, patient, &s, false); err != nil {
			return err
		}
		id := newID()
		_, err := t.Exec("INSERT INTO mandate_ability (id, patient, seq, able, at, review, actor, words) SELECT $1, $2, coalesce(max(seq), 0) + 1, CAST($3 AS bigint), CAST($4 AS bigint), CAST($5 AS bigint), $6, $7 FROM mandate_ability WHERE patient = $2",
			id, patient, number(able), now.Unix(), seconds(review), by.Actor, m.seal("words", id, words))
		if err != nil {
			return err
		}
		_, err = t.Exec("UPDATE mandate SET due = $2 WHERE patient = $1 AND status <> 'ended'", patient, now.Unix())
		return err
	})
}

// ability is what was decided last about a person.
func (m *Mandates) ability(t *tx, patient string) (a ability, err error) {
	_, err = t.One("SELECT able, review FROM mandate_ability WHERE patient = $1 ORDER BY seq DESC LIMIT 1", []any{patient}, func(r *db.Row) error {
		a = ability{known: true, able: r.Bool(0), review: moment(r.Int64(1))}
		return nil
	})
	return a, err
}

// Abilities lists the decisions about a person, the newest first, for staff.
func (m *Mandates) Abilities(ctx context.Context, patient string) ([]Ability, error) {
	var all []Ability
	var ids, closed []string
	err := m.query(ctx, "SELECT id, able, at, review, actor, words FROM mandate_ability WHERE patient = $1 ORDER BY seq DESC LIMIT $2", []any{patient, int64(maxListed)}, func(r *db.Row) error {
		all = append(all, Ability{Able: r.Bool(1), At: moment(r.Int64(2)), Review: moment(r.Int64(3)), Actor: r.Text(4)})
		ids, closed = append(ids, r.Text(0)), append(closed, r.Text(5))
		return nil
	})
	for i := range all {
		if err == nil {
			all[i].Words, err = m.open("words", ids[i], closed[i])
		}
	}
	return all, err
}
