package emergency

import (
	"context"
	"encoding/json"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Wanted is what somebody says who declares an emergency.
type Wanted struct {
	// Patient is the logical id of the one Patient that it is about.
	Patient string
	Details
	// Reviewer is the account of the reviewer who is to decide whether the
	// person is told later; "" tells them at once.
	Reviewer string
}

// may refuses whoever may not declare an emergency at all: by their role, by
// how they signed in, and by how well it is known who they are.
func (e *Emergencies) may(by By) error {
	if err := by.Acting.May(staff.Emergency); err != nil {
		return err
	}
	if !by.Acting.Role.MayAsk(access.Emergency) || by.Acting.Account != by.Session.Account {
		return problem.New(problem.Forbidden, "Only somebody who looks after people can open a record in an emergency. Choose that role, or ask one of them.").Because("emergency-role")
	}
	if err := by.Session.MayAct(); err != nil {
		return err
	}
	now := e.Now()
	return account.BreakGlass.Lacks(by.Session.Standing, now, now).Problem()
}

// Declare keeps why somebody has to see a record, and gives the id by which
// Begin opens it once they touched their passkey. It opens nothing.
func (e *Emergencies) Declare(ctx context.Context, by By, w Wanted) (id string, err error) {
	if err := e.may(by); err != nil {
		return "", err
	}
	if w.Patient == "" {
		return "", problem.New(problem.Internal, "")
	}
	if w.Reason, err = e.text(w.Reason); err != nil {
		return "", err
	}
	if w.Reviewer != "" {
		if err := e.reviews(ctx, by, w.Reviewer); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(w.Details)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	id = newID()
	err = e.DB.Write(ctx, func(t *db.Tx) error {
		if _, err := e.Accounts.HoldSession(t, by.Session); err != nil {
			return err
		}
		if err := e.seldom(t, by); err != nil {
			return err
		}
		key, err := e.keyIn(t, w.Patient)
		if err != nil {
			return err
		}
		a := by.Acting
		_, err = t.Exec(`INSERT INTO emergency (id, patient, account, session, passkey, place, organisation, org_name, trust, role, name, sealed, policy, made, held_for)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
			id, w.Patient, a.Account, by.Session.ID, []byte(by.Session.Passkey), a.Member, a.Organisation.ID, a.Organisation.Name, by.trust(), string(a.Role), a.Name,
			key.Seal(nil, text, place("details", id)), e.Policy.Version, e.seconds(), w.Reviewer)
		return err
	})
	return id, err
}

// seldom bounds how many one account may declare in a day, those that were not
// begun counted too.
func (e *Emergencies) seldom(t *db.Tx, by By) error {
	var n int64
	_, err := t.One("SELECT count(*) FROM emergency WHERE account = $1 AND made > $2", []any{by.Session.Account, e.Now().Add(-24 * time.Hour).Unix()},
		func(r *db.Row) error { n = r.Int64(0); return nil })
	if err == nil && n >= int64(e.Policy.MostPerDay) {
		err = problem.New(problem.TooMany, "You opened very many records today. Ask somebody you work with to open this one.").Because("emergency-many")
	}
	return err
}

// reviews refuses a reviewer who is none here.
func (e *Emergencies) reviews(ctx context.Context, by By, reviewer string) error {
	all, err := e.Reviewers(ctx, by)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.Account == reviewer {
			return nil
		}
	}
	return problem.New(problem.Invalid, "Choose one of the reviewers on the list, or let the person be told at once.").Because("emergency-reviewer")
}

// Reviewers are those who review emergencies where somebody works, without
// themself.
func (e *Emergencies) Reviewers(ctx context.Context, by By) ([]staff.Acting, error) {
	all, err := e.Staff.Holders(ctx, by.trust(), staff.Review)
	var others []staff.Acting
	seen := map[string]bool{by.Session.Account: true}
	for _, a := range all {
		if !seen[a.Account] {
			seen[a.Account] = true
			others = append(others, a)
		}
	}
	return others, err
}

// Begin opens the record, for the sign-in that declared the emergency and has
// been verified again since. The person is told in the same transaction, unless
// a reviewer was asked whether they should wait.
func (e *Emergencies) Begin(ctx context.Context, by By, id string) (Emergency, error) {
	if err := e.may(by); err != nil {
		return Emergency{}, err
	}
	now := e.Now()
	if err := account.BreakGlass.Lacks(by.Session.Standing, by.Session.Verified, now).Problem(); err != nil {
		return Emergency{}, err
	}
	var m Emergency
	err := e.DB.Write(ctx, func(t *db.Tx) (err error) {
		if _, err = e.Accounts.HoldSession(t, by.Session); err != nil {
			return err
		}
		if m, err = one(t, id); err != nil {
			return err
		}
		switch {
		case !m.isOf(by):
			return unknown()
		case by.Session.Verified.Before(m.Made):
			return account.NeedAgain.Problem()
		case !m.Begun.IsZero(), now.Sub(m.Made) >= time.Duration(e.Policy.DraftMinutes)*time.Minute:
			return tooLate()
		}
		return e.begin(t, &m, by, now)
	})
	if err != nil {
		return Emergency{}, err
	}
	return m, nil
}

func tooLate() error {
	return problem.New(problem.Conflict, "This was used already, or took too long. Begin again.").Because("emergency-late")
}

func (e *Emergencies) begin(t *db.Tx, m *Emergency, by By, now time.Time) error {
	m.Begun = moment(now.Unix())
	m.Ends = m.Begun.Add(time.Duration(e.Policy.Minutes) * time.Minute)
	m.Due = moment(e.Policy.Due(now, e.Zone).Unix())
	m.passkey, m.State = []byte(by.Session.Passkey), Waits
	if m.HeldFor != "" {
		m.Held = m.Begun.Add(time.Duration(e.Policy.DelayHours) * time.Hour)
	}
	_, err := t.Exec("UPDATE emergency SET begun = $2, ends = $3, due = $4, month = $5, passkey = $6, held = $7 WHERE id = $1",
		m.ID, m.Begun.Unix(), m.Ends.Unix(), m.Due.Unix(), now.In(e.Zone).Format("2006-01"), m.passkey, unix(m.Held))
	if err != nil || !m.Held.IsZero() {
		return err
	}
	return e.tell(t, m)
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// isOf says whether an emergency belongs to who is here: the account, the
// sign-in in which it was declared, and the place.
func (m Emergency) isOf(by By) bool {
	return m.Account != "" && m.Account == by.Session.Account && m.session == by.Session.ID && m.Place == by.Acting.Member
}

// tell tells the person, in the transaction of what they are told of.
func (e *Emergencies) tell(t *db.Tx, m *Emergency) error {
	owner, err := e.Owners.OwnerIn(t, m.Patient)
	if err != nil {
		return err
	}
	m.Told, m.Reached = moment(e.seconds()), owner != ""
	reached := int64(0)
	if m.Reached {
		reached = 1
	}
	if _, err := t.Exec("UPDATE emergency SET told = $2, reached = $3 WHERE id = $1", m.ID, m.Told.Unix(), reached); err != nil {
		return err
	}
	if !m.Reached {
		return nil // they find it in their list when they have an account; until then the review says so
	}
	return e.Accounts.Tell(t, owner, notify.EmergencyOpened)
}
