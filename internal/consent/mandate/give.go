package mandate

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Grant is a mandate that is to be given. The same checks are made whoever gives
// it.
type Grant struct {
	// Patient is about whom it is, by the logical id of their Patient.
	Patient string
	// Account or Record says whose it will be: an account, or the logical id of
	// the Patient of somebody whose account is linked to it, now or later.
	Account, Record string
	Kind            Kind
	Name            string // what they are called
	Basis           Basis
	Way             Way
	May             May
	Shown           uint64 // sensitivity categories, by their bits
	Evidence        []string
	Grantor         string // the code (ODS) of the organisation that grants it
	// Starts and Ends are its time; zero are now, and the longest that there is.
	Starts, Ends time.Time
	// Outside is the identifier under which another service keeps it.
	Outside string
}

// longest is for how long one is given at most.
const longest = 10 * 365 * 24 * time.Hour

// check refuses what the rules do not allow, whichever way it comes.
func (r *Rules) check(g Grant, s subject, can ability, now time.Time, zone *time.Location) error {
	terms := r.Bases[g.Basis]
	if terms == nil || !slices.Contains(terms.Ways, g.Way) {
		return problem.New(problem.Unprocessable, "On this legal basis it can not be given here. Choose another one.").Because("mandate-basis")
	}
	switch {
	case s.died:
		return problem.New(problem.Unprocessable, "The record says that this person has died, so nobody can act for them.").Because("mandate-died")
	case g.Patient == g.Record:
		return problem.New(problem.Unprocessable, "Nobody needs a right to act for themself. Check who it is for.").Because("mandate-self")
	case g.May&Look == 0 || g.May > Look|Ask|Manage|Copy || g.May&Manage != 0 && g.May&Ask == 0 || g.May&Copy != 0 && g.May&Manage == 0:
		return problem.New(problem.Invalid, "Choose what they may do from the list.").Because("mandate-may")
	case !slices.Contains(Kinds(), g.Kind):
		return problem.New(problem.Invalid, "Choose what they are to the person from the list.").Because("mandate-kind")
	case len(terms.Evidence) > 0 && !slices.ContainsFunc(g.Evidence, func(e string) bool { return slices.Contains(terms.Evidence, e) }):
		return problem.New(problem.Unprocessable, "This legal basis needs evidence. Say which paper you looked at.").Because("mandate-evidence")
	case slices.ContainsFunc(g.Evidence, func(e string) bool { return !slices.Contains(Evidence(), e) }):
		return problem.New(problem.Invalid, "Choose the evidence from the list.").Because("mandate-evidence-kind")
	case g.Way != ByPerson && g.Grantor == "":
		return problem.New(problem.Invalid, "Say which organisation grants it.").Because("mandate-grantor")
	case !g.Ends.IsZero() && !g.Ends.After(now), !g.Starts.IsZero() && !g.Ends.IsZero() && !g.Ends.After(g.Starts):
		return problem.New(problem.Invalid, "The end lies in the past, or before the beginning. Check the two dates.").Because("mandate-dates")
	}
	if err := terms.checkAge(g, s, can, now, zone); err != nil {
		return err
	}
	if began := dateOf(later(now, g.Starts).In(zone)); g.May&Copy != 0 && !terms.copies(readDate(s.Born), began) {
		return problem.New(problem.Unprocessable, "On this legal basis, at this age, nobody takes a copy of the record along. Choose less from the list.").Because("mandate-copy")
	}
	return nil
}

// later is the later of two moments.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// checkAge refuses for age, and for what was decided about the person.
func (t *Terms) checkAge(g Grant, s subject, can ability, now time.Time, zone *time.Location) error {
	born := readDate(s.Born)
	if !born.known() {
		return problem.New(problem.Unprocessable, "The record does not say when this person was born. Have it put right first.").Because("mandate-born")
	}
	age := born.age(dateOf(now.In(zone)))
	switch {
	case age < t.From:
		return problem.New(problem.Unprocessable, "This person is too young for that legal basis. Choose another one.").Because("mandate-young")
	case t.Before != 0 && age >= t.Before:
		return problem.New(problem.Unprocessable, "This person is too old for that legal basis. Ask them, or choose another one.").Because("mandate-old")
	case t.Unable && !can.good(false, now):
		return problem.New(problem.Unprocessable, "This is only for somebody who can not decide themself. Write down that decision first.").Because("mandate-unable")
	case !t.Unable && g.Basis == Consented && can.good(false, now):
		return problem.New(problem.Unprocessable, "It was decided that this person can not decide this themself now. Another legal basis is needed.").Because("mandate-not-able")
	case g.Way != ByPerson && age < t.AbleUnder && !can.good(true, now):
		return problem.New(problem.Unprocessable, "Somebody has to decide first whether this child understands what it means. Write down that decision.").Because("mandate-able")
	}
	return nil
}

// give gives a mandate: the one way in for all. It is good when the record has
// it, which is when this returns without an error, or soon after.
func (m *Mandates) give(ctx context.Context, by By, g Grant) (Mandate, error) {
	s, err := m.look(ctx, by.Actor, g.Patient)
	if err != nil {
		return Mandate{}, err
	}
	owner, err := m.Owner(ctx, g.Patient)
	if err != nil {
		return Mandate{}, err
	}
	now := moment(m.Now().Unix())
	if g.Name, err = line(g.Name, maxName, problem.New(problem.Invalid, "Say what they are called, in one line.").Because("mandate-name")); err != nil {
		return Mandate{}, err
	}
	if owner != "" && owner == g.Account {
		g.Record = g.Patient // refused below, in the words for that
	}
	holds, err := m.holds(ctx, g.Account, g.Record)
	if err != nil {
		return Mandate{}, err
	}
	if g.Way != ByPerson {
		if err := notOwn(by, owner, holds); err != nil {
			return Mandate{}, err
		}
	}
	var d Mandate
	err = m.write(ctx, func(t *tx) error {
		can, err := m.ability(t, g.Patient)
		if err != nil {
			return err
		}
		if err := m.Rules.check(g, s, can, now, m.Zone); err != nil {
			return err
		}
		if err := m.keep(t, g.Patient, &s, true); err != nil {
			return err
		}
		if err := m.room(t, by, g); err != nil {
			return err
		}
		d = m.drafted(by, g, s, now)
		if err := m.insert(t, d); err != nil {
			return err
		}
		if err := m.tell(t, owner, notify.MandateGiven); err != nil {
			return err
		}
		return m.tell(t, holds, notify.MandateTaken)
	})
	if err != nil {
		return Mandate{}, err
	}
	return d, m.publish(ctx, d.ID, by)
}

// notOwn refuses staff who would decide about themselves.
func notOwn(by By, accounts ...string) error {
	for _, a := range accounts {
		if a != "" && by.Actor == "account:"+a {
			return problem.New(problem.Forbidden, "This is about your own account. Ask a colleague to decide it.").Because("own-account")
		}
	}
	return nil
}

// room refuses more mandates about one person than there can be, and a second
// one of the same for somebody who has it. One that waits to be looked at makes
// way for the new one. But whoever was stopped to keep the person safe gets no
// other right from them, as long as staff have not looked at it: the person may
// not be free to say no.
func (m *Mandates) room(t *tx, by By, g Grant) error {
	all := 0
	var old []string
	var err error
	qerr := t.Query(`SELECT m.id, r.account, r.record, m.basis, m.status, m.quiet FROM mandate m JOIN mandate_relationship r ON r.id = m.relationship
		WHERE m.patient = $1 AND m.status <> 'ended' ORDER BY m.id`, []any{g.Patient}, func(r *db.Row) error {
		all++
		if theirs := g.Account != "" && r.Text(1) == g.Account || g.Record != "" && r.Text(2) == g.Record; !theirs {
			return nil
		}
		same, status := r.Text(3) == string(g.Basis), Status(r.Text(4))
		switch {
		case status == Suspended && r.Bool(5) && g.Way == ByPerson:
			err = noCode()
		case status == Suspended && r.Bool(5):
			err = problem.New(problem.Conflict, "A right of theirs was stopped to keep this person safe. Look at that one first.").Because("mandate-stopped")
		case status == Suspended && same:
			old = append(old, r.Text(0))
		case same:
			err = problem.New(problem.Conflict, "They can act for this person already. End that right first if it is to be another one.").Because("mandate-twice")
		}
		return nil
	})
	switch {
	case qerr != nil:
		return qerr
	case err == nil && all-len(old) >= maxOf:
		err = problem.New(problem.Conflict, "Twenty people can act for this person, which is the most. End one of those rights first.").Because("mandate-most")
	}
	for _, id := range old {
		if err == nil {
			err = m.become(t, id, by.Actor, change{status: Ended, reason: Changed})
		}
	}
	return err
}

// drafted is the mandate that a grant makes.
func (m *Mandates) drafted(by By, g Grant, s subject, now time.Time) Mandate {
	terms := m.Rules.Bases[g.Basis]
	d := Mandate{ID: newID(), Patient: g.Patient, Basis: g.Basis, Way: g.Way, May: g.May, Shown: g.Shown, Grantor: g.Grantor,
		Status: Active, Reason: Created, Starts: now, Ends: now.Add(longest), Review: now.AddDate(0, terms.ReviewMonths, 0),
		Made: now, MadeBy: by.Actor, Changed: now, ChangedBy: by.Actor, Rules: m.Rules.Jurisdiction + " " + m.Rules.Version, Outside: g.Outside, version: 1}
	d.Relation = Relationship{ID: newID(), Patient: g.Patient, Account: g.Account, Record: g.Record, Kind: g.Kind, Name: g.Name, Evidence: g.Evidence, Made: now, MadeBy: by.Actor}
	if g.Starts.After(now) {
		d.Starts = g.Starts
		d.Review = g.Starts.AddDate(0, terms.ReviewMonths, 0)
	}
	if !g.Ends.IsZero() && g.Ends.Before(d.Ends) {
		d.Ends = g.Ends
	}
	if terms.EndsOnTransfer {
		d.practice = s.Practice
	}
	return d
}

func (m *Mandates) insert(t *tx, d Mandate) error {
	r := d.Relation
	_, err := t.Exec(`INSERT INTO mandate_relationship (id, patient, account, record, kind, name, evidence, made, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.ID, r.Patient, r.Account, r.Record, string(r.Kind), m.seal("name", r.ID, r.Name), strings.Join(r.Evidence, " "), r.Made.Unix(), r.MadeBy)
	if err != nil {
		return err
	}
	_, err = t.Exec(`INSERT INTO mandate (id, relationship, patient, basis, way, may, shown, grantor, practice, status, reason, starts, ends, review,
		made, made_by, changed, changed_by, rules, outside, version, due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		d.ID, r.ID, d.Patient, string(d.Basis), string(d.Way), int64(d.May), int64(d.Shown), d.Grantor, m.seal("practice", d.ID, d.practice), string(d.Status), string(d.Reason),
		d.Starts.Unix(), d.Ends.Unix(), d.Review.Unix(), d.Made.Unix(), d.MadeBy, d.Changed.Unix(), d.ChangedBy, d.Rules, d.Outside, d.version, d.Made.Unix())
	if err != nil {
		return err
	}
	return m.event(t, d.ID, d.version, d.MadeBy, string(d.Reason), "")
}

// event writes down what became of a mandate.
func (m *Mandates) event(t *tx, id string, version int64, actor, what, words string) error {
	e := newID()
	_, err := t.Exec("INSERT INTO mandate_event (id, mandate, version, at, actor, what, words) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		e, id, version, m.Now().Unix(), actor, what, m.seal("words", e, words))
	return err
}

// GiveAsStaff gives a mandate in the name of an organisation, with evidence.
// That whoever does it has the right is for the caller to find out.
func (m *Mandates) GiveAsStaff(ctx context.Context, by By, g Grant) (Mandate, error) {
	g.Way, g.Grantor = ByStaff, by.Organisation
	if g.Account == "" && g.Record == "" {
		return Mandate{}, problem.New(problem.Invalid, "Say who is to have the right.").Because("mandate-whose")
	}
	return m.give(ctx, by, g)
}
