package erasure

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Refuse answers that a record is kept: on which ground in law, and why, in words
// for the person.
func (e *Erasures) Refuse(ctx context.Context, by access.Who, id, ground, reason string) error {
	if _, err := named(e.grounds.Keep, ground); err != nil {
		return err
	}
	reason, err := written(reason)
	if err != nil {
		return err
	}
	r, err := e.one(ctx, id)
	if err != nil {
		return err
	}
	s, err := e.cfg.Open(ctx, by, r.Patient, access.Operations)
	if err != nil {
		return err
	}
	k, err := s.Keeper(ctx)
	if err != nil {
		return err
	}
	return e.move(ctx, "UPDATE erasure SET state = 'refused', ground = $2, reason = $3, by_whom = $4, decided = $5 WHERE id = $1 AND state = 'asked'",
		id, ground, k.Seal(nil, []byte(reason), what("reason", id)), by.Actor, e.now().Unix())
}

// Decide says that a record is erased, on a ground in law, and begins to do it.
// The session over everybody is opened first: nothing is decided by whoever could
// not do it.
func (e *Erasures) Decide(ctx context.Context, by access.Who, id, ground string) error {
	if _, err := named(e.grounds.Erase, ground); err != nil {
		return err
	}
	if _, err := e.cfg.Over(ctx, access.Job(Kind, by)); err != nil {
		return err
	}
	if err := e.move(ctx, "UPDATE erasure SET state = 'decided', ground = $2, by_whom = $3, decided = $4 WHERE id = $1 AND state = 'asked'", id, ground, by.Actor, e.now().Unix()); err != nil {
		return err
	}
	job, err := e.cfg.Queue.Add(ctx, jobs.Spec{Kind: Kind, By: by, Purpose: access.Operations, Args: []byte(id), Tries: 20})
	if err != nil {
		return err
	}
	return e.move(ctx, "UPDATE erasure SET job = $2 WHERE id = $1", id, job)
}

// Resume begins again what was decided and is not done, such as after a stop
// between the decision and the work. It is done for whoever decided.
func (e *Erasures) Resume(ctx context.Context) error {
	all, err := e.list(ctx, "state = 'decided' ORDER BY decided LIMIT 100")
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.job != 0 {
			st, err := e.cfg.Queue.Get(ctx, r.job)
			if err != nil && !problem.Is(err, problem.NotFound) {
				return err
			}
			if err == nil && !st.State.Ended() {
				continue
			}
		}
		job, err := e.cfg.Queue.Add(ctx, jobs.Spec{Kind: Kind, By: e.cfg.Decider(r.by), Purpose: access.Operations, Args: []byte(r.ID), Tries: 20})
		if err != nil {
			return err
		}
		if err := e.move(ctx, "UPDATE erasure SET job = $2 WHERE id = $1", r.ID, job); err != nil {
			return err
		}
	}
	return nil
}

func (e *Erasures) work(ctx context.Context, j *jobs.Job) error {
	who := j.Who()
	who.Bound = access.AllTypes(access.AllVerbs) // an operator decided; what their token bounds was asked then
	return e.Carry(ctx, who, string(j.Args))
}

// Carry does what was decided. It may be called again until it has been done.
func (e *Erasures) Carry(ctx context.Context, who access.Who, id string) error {
	r, err := e.one(ctx, id)
	if err != nil || r.State == Done {
		return err
	}
	if r.State != Decided {
		return problem.New(problem.Conflict, "Nobody decided that this record is erased. Look at the request.").Because("erasure-changed")
	}
	s, err := e.cfg.Over(ctx, who)
	if err != nil {
		return err
	}
	gone, err := s.Erase(ctx, r.Person, record.Erasing{Decision: r.ID, Basis: r.Ground})
	if err != nil {
		return err
	}
	// A second try finds nothing left to count: the first one's numbers stay.
	if err := e.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE erasure SET resources = resources + $2, versions = versions + $3, entries = entries + $4, files = files + $5, files_shared = files_shared + $6 WHERE id = $1",
			id, gone.Resources, gone.Versions, gone.Entries, gone.Files, gone.Shared)
		return err
	}); err != nil {
		return err
	}
	for _, do := range e.cfg.Elsewhere {
		if err := do(ctx, Subject{Person: r.Person, Patient: r.Patient, By: who}); err != nil {
			return err
		}
	}
	return e.certify(ctx, r)
}

// Certificate says that a record was erased: the number that it had, who decided,
// when, on which ground, and how much it was. It holds no word about anybody's
// health, and no name or id of whoever the record was about.
type Certificate struct {
	Format    string    `json:"format"`
	Decision  string    `json:"decision"`
	Person    int64     `json:"person"`
	Decided   time.Time `json:"decided"`
	DecidedBy string    `json:"decided_by"`
	Asked     bool      `json:"asked_by_the_person"`
	Ground    string    `json:"ground"`
	Grounds   string    `json:"grounds"`
	Done      time.Time `json:"done"`
	Resources int64     `json:"resources"`
	Versions  int64     `json:"versions"`
	Entries   int64     `json:"index_entries"`
	Files     int64     `json:"files"`        // that lay in nobody's record; the others count them too
	Shared    int64     `json:"files_shared"` // that stay: entries of others open them too
}

// Signed is a certificate as it is handed out. Text is the very bytes of the
// certificate that Signature is over (Ed25519).
type Signed struct {
	Text      string `json:"certificate"`
	Key       string `json:"public_key"`
	Signature string `json:"signature"`
}

const format = "bevan-erasure-1"

func (e *Erasures) certify(ctx context.Context, r Request) error {
	return e.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		c := Certificate{Format: format, Decision: r.ID, Person: r.Person, Decided: r.Decided, DecidedBy: r.by, Asked: !r.ByOperator, Ground: r.Ground, Done: e.now()}
		if _, err := tx.One("SELECT resources, versions, entries, terms, files, files_shared FROM erasure WHERE id = $1", []any{r.ID}, func(q *db.Row) error {
			c.Resources, c.Versions, c.Entries, c.Grounds = q.Int64(0), q.Int64(1), q.Int64(2), q.Text(3)
			c.Files, c.Shared = q.Int64(4), q.Int64(5)
			return nil
		}); err != nil {
			return err
		}
		text, err := json.Marshal(c)
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		signed, err := json.Marshal(Signed{Text: string(text), Key: base64.StdEncoding.EncodeToString(e.cfg.Key), Signature: base64.StdEncoding.EncodeToString(e.cfg.Sign(text))})
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		// Other requests about the same record go: their words are lost with the key.
		if _, err := tx.Exec("DELETE FROM erasure WHERE person = $1 AND id <> $2", r.Person, r.ID); err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE erasure SET state = 'done', done = $2, account = '', patient = '', words = $3, reason = $3, certified = $4 WHERE id = $1 AND state = 'decided'",
			r.ID, c.Done.Unix(), []byte{}, string(signed))
		return err
	})
}
