package correction

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// How an entry is put right.
type How string

// An entry is marked as entered in error, or gets a new version with other words.
const (
	InError How = "error"
	Amended How = "amended"
)

// By is a member of staff who answers: for the organisation that wrote an entry,
// or as an operator, who may answer any.
type By struct {
	Who          access.Who
	Why          access.Purpose
	Account      string
	Organisation string // the id of its Organization
	Practitioner string // the reference by which the record names them; "" for none
	Operator     bool
}

// may says whether they may answer a request.
func (b By) may(r Request) bool { return b.Operator || b.Organisation != "" && b.Organisation == r.Org }

// Waiting lists what somebody may answer, that which is due first. It holds no
// word that anybody wrote.
func (c *Corrections) Waiting(ctx context.Context, by By) ([]Request, error) {
	if by.Operator {
		return c.list(ctx, "state IN ('asked', 'seen') ORDER BY due, id LIMIT $1", int64(maxList))
	}
	return c.list(ctx, "state IN ('asked', 'seen') AND org = $1 AND org <> '' ORDER BY due, id LIMIT $2", by.Organisation, int64(maxList))
}

// Case is a request with the entry that it is about, for whoever answers it.
type Case struct {
	Told
	Patient string
	Now     record.Resource // the entry as it is now
}

// Look opens a request for whoever may answer it. The entry is read as them, so
// that it is on the person's list of who looked.
func (c *Corrections) Look(ctx context.Context, by By, id string) (Case, error) {
	s, r, err := c.openCase(ctx, by, id)
	if err != nil {
		return Case{}, err
	}
	now, err := s.Read(ctx, r.Entry, 0)
	if err != nil {
		return Case{}, err
	}
	t, err := c.tell(ctx, s, r)
	return Case{Told: t, Patient: r.patient, Now: now}, err
}

// See says to the person that somebody is looking at their request.
func (c *Corrections) See(ctx context.Context, by By, id string) error {
	_, r, err := c.openCase(ctx, by, id)
	if err != nil || r.State != Asked {
		return err
	}
	return c.move(ctx, "UPDATE correction SET state = 'seen', seen = $2 WHERE id = $1 AND state = 'asked'", nil, r.ID, c.now().Unix())
}

func (c *Corrections) openCase(ctx context.Context, by By, id string) (Session, Request, error) {
	r, err := c.one(ctx, id)
	if err == nil && !by.may(r) {
		err = errGone
	}
	if err != nil {
		return nil, Request{}, err
	}
	by.Who.Patient = r.patient
	s, err := c.cfg.Open(ctx, by.Who, r.patient, by.Why)
	return s, r, err
}

// Refuse answers that nothing is changed, and why.
func (c *Corrections) Refuse(ctx context.Context, by By, id, reason string) error {
	s, r, err := c.openCase(ctx, by, id)
	if err != nil {
		return err
	}
	return c.answer(ctx, s, by, r, Refused, "", 0, reason)
}

// Accept puts an entry right: by marking it as entered in error, or with what it
// should say. version is the one that whoever answers has seen. The entry's new
// version and its Provenance, which holds the reason, are written together; the
// older version stays in the history.
func (c *Corrections) Accept(ctx context.Context, by By, id string, how How, version int64, body []byte, reason string) error {
	s, r, err := c.openCase(ctx, by, id)
	if err != nil {
		return err
	}
	if !r.State.Open() {
		return problem.New(problem.Conflict, "This request was answered already. Look at it again.").Because("correction-changed")
	}
	if reason, err = written(reason, "Write why, in words that the person can read."); err != nil {
		return err
	}
	now, err := s.Read(ctx, r.Entry, 0)
	if err != nil {
		return err
	}
	if now.Version != version {
		return problem.New(problem.Conflict, "Somebody changed this entry meanwhile. Look at it again, then answer.").Because("correction-entry-changed")
	}
	put, err := rightly(now, how, body)
	if err != nil {
		return err
	}
	// Where an earlier try was stopped between the record and the answer, the entry
	// says it already and is not written again.
	became := now.Version
	if put != nil {
		if became, err = c.write(ctx, s, by, r, now, put, reason); err != nil {
			return err
		}
	}
	return c.answer(ctx, s, by, r, Accepted, how, became, reason)
}

// write makes the new version and the Provenance of it.
func (c *Corrections) write(ctx context.Context, s Session, by By, r Request, now record.Resource, put *fhir.Tree, reason string) (int64, error) {
	became := now.Version + 1
	p, err := provenance(by, r, became, reason, c.now())
	if err != nil {
		return 0, err
	}
	out, err := s.Transact(ctx, []record.Op{
		{Method: record.Put, Key: r.Entry, IfMatch: now.Version, Body: put},
		{Method: record.Post, Key: record.Key{Type: "Provenance"}, Body: p},
	})
	if err != nil {
		return 0, err
	}
	return out[0].Resource.Version, nil
}

// answer keeps the answer and tells the person.
func (c *Corrections) answer(ctx context.Context, s Session, by By, r Request, state State, how How, became int64, reason string) error {
	reason, err := written(reason, "Write why, in words that the person can read.")
	if err != nil {
		return err
	}
	k, err := s.Keeper(ctx)
	if err != nil {
		return err
	}
	said := k.Seal(nil, []byte(reason), what("reason", r.ID))
	return c.move(ctx, "UPDATE correction SET state = $2, how = $3, became = $4, reason = $5, answered = $6, by_whom = $7, by_org = $8 WHERE id = $1 AND state IN ('asked', 'seen')",
		func(tx *db.Tx) error { return c.cfg.Tell(tx, r.account) },
		r.ID, string(state), string(how), became, said, c.now().Unix(), by.Account, by.Organisation)
}

// Disagree keeps why a person does not agree with a refusal. It is written into
// their record as well, beside the entry, so that whoever reads one can read the
// other.
func (c *Corrections) Disagree(ctx context.Context, by Self, id, statement string) error {
	t, err := c.One(ctx, by, id)
	if err != nil {
		return err
	}
	if t.State != Refused || t.Statement != "" {
		return problem.New(problem.Conflict, "You can add this once, after a request was refused. Look at it again.").Because("correction-changed")
	}
	if statement, err = written(statement, "Write why you do not agree."); err != nil {
		return err
	}
	s, err := c.own(ctx, by)
	if err != nil {
		return err
	}
	k, err := s.Keeper(ctx)
	if err != nil {
		return err
	}
	note, err := disagreement(t.Request, statement, c.now())
	if err != nil {
		return err
	}
	sealed := k.Seal(nil, []byte(statement), what("statement", id))
	if err := c.move(ctx, "UPDATE correction SET statement = $2 WHERE id = $1 AND state = 'refused' AND length(statement) = 0", nil, id, sealed); err != nil {
		return err
	}
	_, err = s.Transact(ctx, []record.Op{{Method: record.Post, Key: record.Key{Type: "Communication"}, Body: note}})
	return err
}

// Late counts what should have been answered by now.
func (c *Corrections) Late(ctx context.Context, now time.Time) (n int64, err error) {
	err = c.cfg.DB.Query(ctx, "SELECT count(*) FROM correction WHERE state IN ('asked', 'seen') AND due < $1", []any{now.Unix()}, func(r *db.Row) error {
		n = r.Int64(0)
		return nil
	})
	return n, err
}
