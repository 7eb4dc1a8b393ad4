package appstate

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"io/fs"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// States keeps what apps keep. It is safe for concurrent use.
type States struct {
	db   *db.DB
	ring *seal.Ring
	now  func() time.Time
}

// Open makes the table ready. now is the clock; nil is time.Now.
func Open(ctx context.Context, d *db.DB, ring *seal.Ring, now func() time.Time) (*States, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "smart/appstate", files); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &States{db: d, ring: ring, now: now}, nil
}

// maxStates is how many states an app may keep about one subject, each with a
// code of its own.
const maxStates = 100

// State is one resource as it is kept.
type State struct {
	ID      string
	Version int64
	Updated time.Time
	Body    []byte // the resource as it came in, without id and version
	Place
}

// Place is where a state belongs. An app reaches its own only.
type Place struct {
	Client  string
	Subject string // such as Patient/17; "" for what the app keeps for everybody
	Code    string // system|code
}

func (p Place) hash() []byte {
	sum := sha256.Sum256([]byte(p.Code))
	return sum[:]
}

const stateColumns = "id, version, updated, body"

// sealedAs binds what is sealed to its row, so that whoever writes to the
// database can not give one app what another keeps.
func sealedAs(client, subject, id string) string {
	return "app state\x00" + client + "\x00" + subject + "\x00" + id
}

func (s *States) scan(r *db.Row, client, subject string) (st State, err error) {
	st = State{ID: r.Text(0), Version: r.Int64(1), Updated: time.Unix(r.Int64(2), 0).UTC(), Place: Place{Client: client, Subject: subject}}
	if st.Body, err = s.ring.OpenToken(sealedAs(client, subject, st.ID), r.Text(3)); err != nil {
		return st, problem.Wrap(problem.Internal, "", err)
	}
	b, err := parse(st.Body)
	if err != nil {
		return st, problem.Wrap(problem.Internal, "", err)
	}
	st.Code = codeOf(b)
	return st, nil
}

// Create keeps a new state. Where there is one of the same code about the same
// subject the error is of kind Conflict.
func (s *States) Create(ctx context.Context, p Place, body []byte) (State, error) {
	id, err := fhir.NewID(rand.Reader)
	if err != nil {
		return State{}, problem.Wrap(problem.Internal, "", err)
	}
	st := State{ID: id, Version: 1, Updated: time.Unix(s.now().Unix(), 0).UTC(), Body: body, Place: p}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		var n int64
		if _, err := tx.One("SELECT count(*) FROM app_state WHERE client = $1 AND subject = $2", []any{p.Client, p.Subject}, func(r *db.Row) error {
			n = r.Int64(0)
			return nil
		}); err != nil {
			return err
		}
		if n >= maxStates {
			return problem.New(problem.Conflict, "This app keeps too much already. Delete what it does not need any more.")
		}
		n, err := tx.Exec(`INSERT INTO app_state (id, client, subject, code, body, version, updated) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (client, subject, code) DO NOTHING`,
			st.ID, p.Client, p.Subject, p.hash(), s.ring.SealToken(sealedAs(p.Client, p.Subject, st.ID), body), st.Version, st.Updated.Unix())
		if err == nil && n == 0 {
			err = problem.New(problem.Conflict, "The app keeps something under this code already. Find it, and update it.")
		}
		return err
	})
	return st, err
}

// stale is the answer to whoever does not know the newest version, or names
// what is not there: the two look alike.
func stale() error {
	return problem.New(problem.PreconditionFailed, "This was changed or deleted in the meantime, or is something else than before. Find it again, and send If-Match with its ETag.")
}

// Update puts body in the place of a version that the caller knows. Who names
// another version, or another subject or code than before, gets
// PreconditionFailed.
func (s *States) Update(ctx context.Context, p Place, id string, known int64, body []byte) (State, error) {
	st := State{ID: id, Version: known + 1, Updated: time.Unix(s.now().Unix(), 0).UTC(), Body: body, Place: p}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE app_state SET body = $1, version = version + 1, updated = $2 WHERE id = $3 AND client = $4 AND subject = $5 AND code = $6 AND version = $7",
			s.ring.SealToken(sealedAs(p.Client, p.Subject, id), body), st.Updated.Unix(), id, p.Client, p.Subject, p.hash(), known)
		if err == nil && n == 0 {
			err = stale()
		}
		return err
	})
	return st, err
}

// Get finds a state of a client by its id.
func (s *States) Get(ctx context.Context, client, id string) (st State, found bool, err error) {
	err = s.db.Query(ctx, "SELECT "+stateColumns+", subject FROM app_state WHERE id = $1 AND client = $2", []any{id, client}, func(r *db.Row) (err error) {
		st, err = s.scan(r, client, r.Text(4))
		found = err == nil
		return err
	})
	return st, found, err
}

// Delete takes a version that the caller knows away.
func (s *States) Delete(ctx context.Context, client, id string, known int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("DELETE FROM app_state WHERE id = $1 AND client = $2 AND version = $3", id, client, known)
		if err == nil && n == 0 {
			err = stale()
		}
		return err
	})
}

// Find gives what a client keeps in a place.
func (s *States) Find(ctx context.Context, p Place) (all []State, err error) {
	err = s.db.Query(ctx, "SELECT "+stateColumns+" FROM app_state WHERE client = $1 AND subject = $2 AND code = $3", []any{p.Client, p.Subject, p.hash()}, func(r *db.Row) error {
		st, err := s.scan(r, p.Client, p.Subject)
		all = append(all, st)
		return err
	})
	return all, err
}
