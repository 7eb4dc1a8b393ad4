package emergency

import (
	"context"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// What is what was said about an emergency afterwards.
type What string

// What can be said.
const (
	Delayed     What = "delayed"   // by the named reviewer: the person waits, and why
	ToldNow     What = "told"      // by the named reviewer: they do not
	Question    What = "question"  // by a reviewer, to the holder
	Answer      What = "answer"    // by the holder
	WasRight    What = "justified" // by a reviewer
	WasNotRight What = "unjustified"
)

// Note is one thing that was said.
type Note struct {
	At   time.Time
	Name string // of who said it
	What What
	Text string // "" where it was forgotten with the person
}

// Queue lists what is to be reviewed where a reviewer works, the soonest due
// first, without those that they declared themself.
func (e *Emergencies) Queue(ctx context.Context, by By) ([]Emergency, error) {
	if err := by.Acting.May(staff.Review); err != nil {
		return nil, err
	}
	return e.list(ctx, " WHERE e.trust = $1 AND e.reviewed = 0 AND e.begun <> 0 AND e.account <> $2 ORDER BY e.due, e.id LIMIT $3",
		by.trust(), by.Session.Account, int64(mostListed))
}

// Late lists what is not reviewed in time, anywhere, for operators: who has to
// be reminded, and nothing of whom it was about.
func (e *Emergencies) Late(ctx context.Context, by By) ([]Emergency, error) {
	if err := by.Acting.May(staff.Operate); err != nil {
		return nil, err
	}
	return e.list(ctx, " WHERE e.reviewed = 0 AND e.begun <> 0 AND e.due <= $1 ORDER BY e.due, e.id LIMIT $2", e.seconds(), int64(mostListed))
}

// Case is all that a reviewer sees of an emergency.
type Case struct {
	Emergency
	Details Details
	Notes   []Note
}

// Case gives one to a reviewer.
func (e *Emergencies) Case(ctx context.Context, by By, id string) (Case, error) {
	var c Case
	err := e.DB.Read(ctx, func(t *db.Tx) (err error) {
		if c.Emergency, err = one0(t, id); err != nil {
			return err
		}
		return e.reviewer(t, by, c.Emergency)
	})
	if err != nil {
		return Case{}, err
	}
	if c.Details, err = e.details(ctx, c.Emergency); err != nil {
		return Case{}, err
	}
	c.Notes, err = e.notes(ctx, c.Emergency)
	return c, err
}

// one0 is one without keeping it as it is.
func one0(t *db.Tx, id string) (Emergency, error) {
	var m Emergency
	found, err := t.One("SELECT "+columns+" WHERE e.id = $1", []any{id}, func(r *db.Row) error { m = scan(r); return nil })
	if err == nil && !found {
		err = unknown()
	}
	return m, err
}

// MyCase is one to its holder, with what was asked of them.
func (e *Emergencies) MyCase(ctx context.Context, account, id string) (Case, error) {
	all, err := e.list(ctx, " WHERE e.id = $1 AND e.account = $2 AND e.begun <> 0", id, account)
	if err == nil && len(all) != 1 {
		err = unknown()
	}
	if err != nil {
		return Case{}, err
	}
	c := Case{Emergency: all[0]}
	if c.Details, err = e.details(ctx, c.Emergency); err != nil {
		return Case{}, err
	}
	c.Notes, err = e.notes(ctx, c.Emergency)
	return c, err
}

func noteID(id string, seq int64) string { return id + "/" + strconv.FormatInt(seq, 10) }

func (e *Emergencies) notes(ctx context.Context, m Emergency) ([]Note, error) {
	type row struct {
		Note
		seq    int64
		sealed []byte
	}
	var rows []row
	err := e.DB.Query(ctx, "SELECT seq, at, name, what, sealed FROM emergency_note WHERE emergency = $1 ORDER BY seq", []any{m.ID}, func(r *db.Row) error {
		rows = append(rows, row{Note{At: moment(r.Int64(1)), Name: r.Text(2), What: What(r.Text(3))}, r.Int64(0), append([]byte{}, r.Bytes(4)...)})
		return nil
	})
	out := make([]Note, 0, len(rows))
	for _, r := range rows {
		text, _, err := e.open(ctx, m.Patient, "note", noteID(m.ID, r.seq), r.sealed)
		if err != nil {
			return nil, err
		}
		r.Text = string(text)
		out = append(out, r.Note)
	}
	return out, err
}

// mostNotes bounds how often people ask and answer about one.
const mostNotes = 20

// note adds what somebody said.
func (e *Emergencies) note(t *db.Tx, by By, m Emergency, what What, text string) error {
	var seq int64
	if _, err := t.One("SELECT count(*) FROM emergency_note WHERE emergency = $1", []any{m.ID}, func(r *db.Row) error { seq = r.Int64(0); return nil }); err != nil {
		return err
	}
	if seq >= mostNotes {
		return problem.New(problem.Conflict, "Much was said about this already. Decide it now.").Because("emergency-much")
	}
	key, err := e.keyIn(t, m.Patient)
	if err != nil {
		return err
	}
	_, err = t.Exec("INSERT INTO emergency_note (emergency, seq, at, account, name, what, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		m.ID, seq, e.seconds(), by.Session.Account, by.Acting.Name, string(what), key.Seal(nil, []byte(text), place("note", noteID(m.ID, seq))))
	return err
}

// Decide says how a review came out: WasRight, WasNotRight, or a Question to
// the holder. What was decided stays so.
func (e *Emergencies) Decide(ctx context.Context, by By, id string, what What, text string) error {
	text, err := e.text(text)
	if err != nil {
		return err
	}
	to := map[What]State{WasRight: Justified, WasNotRight: Unjustified, Question: Asked}[what]
	if to == "" {
		return problem.New(problem.Invalid, "Say whether it was right, or ask something.").Because("emergency-verdict")
	}
	return e.DB.Write(ctx, func(t *db.Tx) error {
		m, err := one(t, id)
		if err == nil {
			err = e.reviewer(t, by, m)
		}
		if err != nil {
			return err
		}
		if !m.Reviewed.IsZero() {
			return decided()
		}
		if err := e.note(t, by, m, what, text); err != nil {
			return err
		}
		reviewed := int64(0)
		if what != Question {
			reviewed = e.seconds()
		}
		_, err = t.Exec("UPDATE emergency SET state = $2, reviewed = $3 WHERE id = $1", id, string(to), reviewed)
		return err
	})
}

func decided() error {
	return problem.New(problem.Conflict, "This was decided already. Look at the list again.").Because("emergency-decided")
}

// Answer is what the holder says to a question.
func (e *Emergencies) Answer(ctx context.Context, by By, id, text string) error {
	text, err := e.text(text)
	if err != nil {
		return err
	}
	return e.DB.Write(ctx, func(t *db.Tx) error {
		m, err := one(t, id)
		switch {
		case err != nil:
			return err
		case m.Account != by.Session.Account:
			return unknown()
		case m.State != Asked:
			return decided()
		}
		if err := e.note(t, by, m, Answer, text); err != nil {
			return err
		}
		_, err = t.Exec("UPDATE emergency SET state = $2 WHERE id = $1", id, string(Answered))
		return err
	})
}

// Delay has a person told later, at the latest so many days after the
// emergency (Policy.DelayMostDays). Only the reviewer who was named may decide
// that, and only while the person was not told.
func (e *Emergencies) Delay(ctx context.Context, by By, id string, until time.Time, text string) error {
	text, err := e.text(text)
	if err != nil {
		return err
	}
	return e.DB.Write(ctx, func(t *db.Tx) error {
		m, err := e.mayDelay(t, by, id)
		if err != nil {
			return err
		}
		if now := e.Now(); !until.After(now) || until.After(m.Begun.AddDate(0, 0, e.Policy.DelayMostDays)) {
			return problem.New(problem.Invalid, "Choose a day from tomorrow on. A person is told after 30 days at the latest.").Because("emergency-delay")
		}
		if err := e.note(t, by, m, Delayed, text); err != nil {
			return err
		}
		_, err = t.Exec("UPDATE emergency SET held = $2, held_by = $3 WHERE id = $1", id, until.Unix(), by.Session.Account)
		return err
	})
}

// TellNow has the person told at once, where they were to wait.
func (e *Emergencies) TellNow(ctx context.Context, by By, id, text string) error {
	text, err := e.text(text)
	if err != nil {
		return err
	}
	return e.DB.Write(ctx, func(t *db.Tx) error {
		m, err := e.mayDelay(t, by, id)
		if err != nil {
			return err
		}
		if err := e.note(t, by, m, ToldNow, text); err != nil {
			return err
		}
		return e.tell(t, &m)
	})
}

// mayDelay is one about which the named reviewer decides whether the person
// waits.
func (e *Emergencies) mayDelay(t *db.Tx, by By, id string) (Emergency, error) {
	m, err := one(t, id)
	if err == nil {
		err = e.reviewer(t, by, m)
	}
	switch {
	case err != nil:
		return m, err
	case m.HeldFor != by.Session.Account:
		return m, problem.New(problem.Forbidden, "Another reviewer was asked to decide this. Leave it to them.").Because("emergency-not-asked")
	case !m.Told.IsZero():
		return m, problem.New(problem.Conflict, "The person was told already.").Because("emergency-told")
	}
	return m, nil
}

// MayDelay says whether a reviewer is the one who decides when the person is
// told.
func (c Case) MayDelay(account string) bool {
	return c.Told.IsZero() && c.HeldFor != "" && c.HeldFor == account
}
