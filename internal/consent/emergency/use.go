package emergency

import (
	"bytes"
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Use gives the emergency by which somebody may look now. It is asked at each
// look, so that one which was ended, or whose place or sign-in ended, is over at
// once and on every node. What is another's is not found.
func (e *Emergencies) Use(ctx context.Context, by By, id string) (Emergency, error) {
	if err := e.may(by); err != nil {
		return Emergency{}, err
	}
	all, err := e.list(ctx, " WHERE e.id = $1", id)
	if err != nil {
		return Emergency{}, err
	}
	if len(all) != 1 || !all[0].isOf(by) || !bytes.Equal(all[0].passkey, []byte(by.Session.Passkey)) {
		return Emergency{}, unknown()
	}
	if !all[0].Open(e.Now()) {
		return all[0], problem.New(problem.Forbidden, "This emergency is over, and the record is closed. If you still can not wait, begin again and say why.").Because("emergency-over")
	}
	return all[0], nil
}

// End ends an emergency before its time, by its holder from any of their
// sign-ins. Doing it twice is no error.
func (e *Emergencies) End(ctx context.Context, by By, id string) error {
	n := int64(0)
	err := e.DB.Write(ctx, func(t *db.Tx) (err error) {
		n, err = t.Exec("UPDATE emergency SET ended = CASE WHEN ended = 0 AND ends > $3 THEN $3 ELSE ended END WHERE id = $1 AND account = $2 AND begun <> 0",
			id, by.Session.Account, e.seconds())
		return err
	})
	if err == nil && n == 0 {
		err = unknown()
	}
	return err
}

// mostListed bounds a list.
const mostListed = 100

// Mine lists the emergencies that an account declared and began, the newest
// first.
func (e *Emergencies) Mine(ctx context.Context, account string) ([]Emergency, error) {
	return e.list(ctx, " WHERE e.account = $1 AND e.begun <> 0 ORDER BY e.begun DESC, e.id LIMIT $2", account, int64(mostListed))
}

// Declared is one that somebody has declared and not begun yet, for the page
// that asks for their passkey.
func (e *Emergencies) Declared(ctx context.Context, by By, id string) (Emergency, Details, error) {
	if err := e.may(by); err != nil {
		return Emergency{}, Details{}, err
	}
	all, err := e.list(ctx, " WHERE e.id = $1", id)
	switch {
	case err != nil:
		return Emergency{}, Details{}, err
	case len(all) != 1 || !all[0].isOf(by):
		return Emergency{}, Details{}, unknown()
	case !all[0].Begun.IsZero():
		return all[0], Details{}, tooLate()
	}
	d, err := e.details(ctx, all[0])
	return all[0], d, err
}

// OfPatient lists the emergencies in which a person's record was opened and of
// which they were told, the newest first, with why. Who may ask is for the
// caller.
func (e *Emergencies) OfPatient(ctx context.Context, patient string) ([]Seen, error) {
	all, err := e.list(ctx, " WHERE e.patient = $1 AND e.told <> 0 ORDER BY e.begun DESC, e.id LIMIT $2", patient, int64(mostListed))
	if err != nil {
		return nil, err
	}
	out := make([]Seen, 0, len(all))
	for _, m := range all {
		s := Seen{Emergency: m}
		if s.Details, err = e.details(ctx, m); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Seen is an emergency with what was said when it was declared.
type Seen struct {
	Emergency
	Details Details
}

// Untold are the mandates, as the access log names them, of the emergencies
// about a person of which they are not told yet. Their looks are not shown to
// the person until they are.
func (e *Emergencies) Untold(ctx context.Context, patient string) (map[string]bool, error) {
	out := map[string]bool{}
	err := e.DB.Query(ctx, "SELECT id FROM emergency WHERE patient = $1 AND begun <> 0 AND told = 0", []any{patient}, func(r *db.Row) error {
		out[Emergency{ID: r.Text(0)}.Mandate()] = true
		return nil
	})
	return out, err
}

// reviewer refuses whoever does not review where an emergency was declared, who
// declared it, and whose record it was.
func (e *Emergencies) reviewer(t *db.Tx, by By, m Emergency) error {
	if err := by.Acting.May(staff.Review); err != nil {
		return err
	}
	if m.trust != by.trust() || m.Begun.IsZero() {
		return unknown()
	}
	owner, err := e.Owners.OwnerIn(t, m.Patient)
	if err != nil {
		return err
	}
	if m.Account == by.Session.Account || owner == by.Session.Account {
		return problem.New(problem.Forbidden, "You can not review this one, since you declared it or it was your own record. Ask another reviewer.").Because("emergency-own")
	}
	return nil
}
