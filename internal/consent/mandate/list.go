package mandate

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

const columns = `m.id, m.patient, m.basis, m.way, m.may, m.shown, m.grantor, m.practice, m.status, m.reason, m.quiet, m.starts, m.ends, m.review, m.made, m.made_by,
	m.changed, m.changed_by, m.rules, m.outside, m.version, m.published, m.told, m.passed,
	r.id, r.account, r.record, r.kind, r.name, r.evidence, r.made, r.made_by`

const from = " FROM mandate m JOIN mandate_relationship r ON r.id = m.relationship"

// sealed is what of a row is opened when the rows have been read.
type sealed struct{ practice, name string }

func scan(r *db.Row) (Mandate, sealed) {
	d := Mandate{ID: r.Text(0), Patient: r.Text(1), Basis: Basis(r.Text(2)), Way: Way(r.Text(3)), May: May(r.Int64(4)), Shown: uint64(r.Int64(5)), Grantor: r.Text(6),
		Status: Status(r.Text(8)), Reason: Reason(r.Text(9)), Quiet: r.Bool(10), Starts: moment(r.Int64(11)), Ends: moment(r.Int64(12)), Review: moment(r.Int64(13)),
		Made: moment(r.Int64(14)), MadeBy: r.Text(15), Changed: moment(r.Int64(16)), ChangedBy: r.Text(17), Rules: r.Text(18), Outside: r.Text(19),
		version: r.Int64(20), published: r.Int64(21), told: r.Int64(22), passed: r.Int64(23)}
	d.Relation = Relationship{ID: r.Text(24), Patient: d.Patient, Account: r.Text(25), Record: r.Text(26), Kind: Kind(r.Text(27)), Evidence: fields(r.Text(29)), Made: moment(r.Int64(30)), MadeBy: r.Text(31)}
	return d, sealed{r.Text(7), r.Text(28)}
}

func (m *Mandates) opened(d *Mandate, s sealed) (err error) {
	if d.practice, err = m.open("practice", d.ID, s.practice); err != nil {
		return err
	}
	d.Relation.Name, err = m.open("name", d.Relation.ID, s.name)
	return err
}

// list reads mandates by a condition.
func (m *Mandates) list(ctx context.Context, where string, args ...any) ([]Mandate, error) {
	var all []Mandate
	var closed []sealed
	err := m.query(ctx, "SELECT "+columns+from+where, args, func(r *db.Row) error {
		d, s := scan(r)
		all, closed = append(all, d), append(closed, s)
		return nil
	})
	for i := range all {
		if err == nil {
			err = m.opened(&all[i], closed[i])
		}
	}
	return all, err
}

// read is one mandate in a transaction, held until that ends.
func (m *Mandates) read(t *tx, id string) (d Mandate, there bool, err error) {
	var s sealed
	there, err = t.One("SELECT "+columns+from+" WHERE m.id = $1"+t.Dialect().Pick("", " FOR UPDATE OF m"), []any{id}, func(r *db.Row) error {
		d, s = scan(r)
		return nil
	})
	if err != nil || !there {
		return Mandate{}, false, err
	}
	return d, true, m.opened(&d, s)
}

// mine is the condition that a mandate is somebody's: their account's, or that
// of the record which their account is linked to.
const mine = " (r.account = $1 OR r.account = '' AND r.record <> '' AND r.record = $2)"

// holder are the account and the record of a session, for mine.
func holder(s account.Session) []any { return []any{s.Account, recordID(s.Record)} }

// recordID is the logical id of the Patient that an account is linked to.
func recordID(record string) string {
	const at = "Patient/"
	if len(record) > len(at) && record[:len(at)] == at {
		return record[len(at):]
	}
	return record
}

// Rights lists those for whom the holder of a session can act now, and how.
// What was suspended is not among them, and neither is what never was.
func (m *Mandates) Rights(ctx context.Context, s account.Session) ([]Right, error) {
	all, err := m.Mine(ctx, s)
	if err != nil {
		return nil, err
	}
	return all.Rights(ctx)
}

// Mine are the mandates of the holder of a session as they were at one moment, for
// a page that says several things of them.
type Mine struct {
	m   *Mandates
	all []Mandate
}

// Mine reads them. It is empty for a session that may hold none.
func (m *Mandates) Mine(ctx context.Context, s account.Session) (Mine, error) {
	if mayHold(s) != nil {
		return Mine{m: m}, nil
	}
	all, err := m.list(ctx, " WHERE"+mine+" AND m.status <> 'ended' ORDER BY m.made, m.id LIMIT $3", append(holder(s), int64(maxListed))...)
	return Mine{m, all}, err
}

// Rights is Mandates.Rights for what was read.
func (h Mine) Rights(ctx context.Context) ([]Right, error) {
	if len(h.all) == 0 {
		return nil, nil
	}
	return h.m.standing(ctx, h.all)
}

// Ahead lists what age changes soon, or changed of late, of somebody's rights to act
// for others, the first to happen first. Who paused everybody is not told of, and
// neither is a right that was stopped.
func (h Mine) Ahead(ctx context.Context) ([]Handover, error) { return h.m.handovers(ctx, h.all, false) }

// standing are those of mandates that give a right now.
func (m *Mandates) standing(ctx context.Context, all []Mandate) ([]Right, error) {
	var rights []Right
	err := m.DB.Read(ctx, func(dt *db.Tx) error {
		rights = nil
		t := &tx{db.Watch(dt, m.trace)}
		for _, d := range all {
			s, can, err := m.facts(t, d.Patient)
			if err != nil {
				return err
			}
			if r, ok := m.Rules.stand(d, s, can, m.Now(), m.Zone); ok {
				rights = append(rights, r)
			}
		}
		return nil
	})
	return rights, err
}

// facts are those of a person on which a right rests.
func (m *Mandates) facts(t *tx, patient string) (s subject, can ability, err error) {
	about := ""
	_, err = t.One("SELECT about, died, paused, checked FROM mandate_person WHERE patient = $1", []any{patient}, func(r *db.Row) error {
		about, s = r.Text(0), subject{died: r.Bool(1), paused: moment(r.Int64(2)), checked: moment(r.Int64(3))}
		return nil
	})
	if err != nil {
		return s, can, err
	}
	if about == "" {
		s.died = true // nothing is known of them, and on that rests no right
	} else if err := m.unsealSubject(patient, about, &s); err != nil {
		return s, can, err
	}
	can, err = m.ability(t, patient)
	return s, can, err
}

// Given lists the mandates about a person that they may know of: those in
// force. A suspension is for staff to tell, since whoever it is meant to keep
// out may look over their shoulder.
func (m *Mandates) Given(ctx context.Context, patient string) ([]Mandate, error) {
	all, err := m.list(ctx, " WHERE m.patient = $1 AND m.status = 'active' ORDER BY m.made, m.id LIMIT $2", patient, int64(maxListed))
	if err != nil {
		return nil, err
	}
	var shown []Mandate
	for _, d := range all {
		if d.Ends.After(m.Now()) && d.Review.After(m.Now()) {
			shown = append(shown, d)
		}
	}
	return shown, nil
}

// About lists every mandate about a person, for staff, the newest first.
func (m *Mandates) About(ctx context.Context, patient string) ([]Mandate, error) {
	return m.list(ctx, " WHERE m.patient = $1 ORDER BY m.made DESC, m.id LIMIT $2", patient, int64(maxListed))
}

// Find reads one mandate, for staff.
func (m *Mandates) Find(ctx context.Context, id string) (Mandate, error) {
	all, err := m.list(ctx, " WHERE m.id = $1", id)
	if err == nil && len(all) == 0 {
		err = noMandate()
	}
	if err != nil {
		return Mandate{}, err
	}
	return all[0], nil
}

func noMandate() error {
	return problem.New(problem.NotFound, "There is no such right here. Look at the list.").Because("no-mandate")
}

// Event is one thing that became of a mandate.
type Event struct {
	At          time.Time
	Actor, What string
	Words       string // why, as it was written; "" where nothing was
}

// History lists what became of a mandate, the oldest first, for staff.
func (m *Mandates) History(ctx context.Context, id string) ([]Event, error) {
	var all []Event
	var ids, closed []string
	err := m.query(ctx, "SELECT id, at, actor, what, words FROM mandate_event WHERE mandate = $1 ORDER BY version, at, id LIMIT $2", []any{id, int64(maxListed)}, func(r *db.Row) error {
		all = append(all, Event{At: moment(r.Int64(1)), Actor: r.Text(2), What: r.Text(3)})
		ids, closed = append(ids, r.Text(0)), append(closed, r.Text(4))
		return nil
	})
	for i := range all {
		if err == nil {
			all[i].Words, err = m.open("words", ids[i], closed[i])
		}
	}
	return all, err
}
