package erasure

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

//go:embed sql/*.sql
var steps embed.FS

//go:embed grounds.json
var groundsFile []byte

// Ground is a reason in law.
type Ground struct {
	ID    string `json:"id"`
	Law   string `json:"law"`
	Words string `json:"words"`
}

// Grounds are the reasons for which a record is erased, and those for which it is
// kept.
type Grounds struct {
	ID        string   `json:"id"`
	Effective string   `json:"effective"`
	Source    string   `json:"source"`
	SignOff   string   `json:"sign_off"`
	Months    int      `json:"months"`
	Erase     []Ground `json:"erase"`
	Keep      []Ground `json:"keep"`
}

// Session is a session about one patient, of whom a request is.
type Session interface {
	Keeper(ctx context.Context) (record.Keeper, error)
	Person() (int64, bool)
}

// Eraser is a session over everybody, which erases.
type Eraser interface {
	Erase(ctx context.Context, person int64, why record.Erasing) (record.Erased, error)
}

// Subject is whose record is erased, for the rooms that keep more about them.
type Subject struct {
	Person  int64
	Patient string // the id of the Patient
	// By is who erases: the work, for whoever decided.
	By access.Who
}

// Config is what the room stands on.
type Config struct {
	DB    *db.DB
	Queue *jobs.Queue
	// Open gives a session about one patient, and Over one over everybody.
	Open func(ctx context.Context, who access.Who, patient string, why access.Purpose) (Session, error)
	Over func(ctx context.Context, who access.Who) (Eraser, error)
	// Decider is the operator with an actor id who decided, for work that is begun
	// again.
	Decider func(actor string) access.Who
	// Elsewhere are what other rooms do: each takes away what it keeps about
	// somebody, and may be asked again.
	Elsewhere []func(ctx context.Context, of Subject) error
	// Sign signs a certificate, and Key is the public key for it.
	Sign func(text []byte) []byte
	Key  []byte
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Kind is the kind of the jobs that carry out a decision.
const Kind = "erase-record"

// Erasures keeps requests and carries out decisions. It is safe for concurrent
// use.
type Erasures struct {
	cfg     Config
	grounds Grounds
}

// Open makes the table ready and registers the work with the queue, so it comes
// before the queue's Start.
func Open(ctx context.Context, cfg Config) (*Erasures, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := cfg.DB.Migrate(ctx, "erasure", files); err != nil {
		return nil, err
	}
	e := &Erasures{cfg: cfg}
	if e.cfg.Now == nil {
		e.cfg.Now = time.Now
	}
	if err := json.Unmarshal(groundsFile, &e.grounds); err != nil || e.grounds.Months < 1 {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	cfg.Queue.Handle(Kind, e.work)
	return e, nil
}

// Grounds are the reasons in law, as they are now.
func (e *Erasures) Grounds() Grounds { return e.grounds }

func named(list []Ground, id string) (Ground, error) {
	i := slices.IndexFunc(list, func(g Ground) bool { return g.ID == id })
	if i < 0 {
		return Ground{}, problem.New(problem.Invalid, "Choose a ground in law from the list.").Because("erasure-ground")
	}
	return list[i], nil
}

// State is where a request stands.
type State string

// The states. A record is being erased while the decision is made and not done.
const (
	Asked     State = "asked"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Decided   State = "decided"
	Done      State = "done"
)

// Request is a request, or a decision, without the words of anybody.
type Request struct {
	ID                       string
	Person                   int64
	Patient                  string // "" after the erasure
	Made, Due, Decided, Done time.Time
	State                    State
	Ground                   string
	// ByOperator says that nobody asked for it.
	ByOperator bool
	// Certificate is the signed certificate; "" before the end.
	Certificate string

	account, by   string
	words, reason []byte
	job           int64
}

// Told is a request with what was written.
type Told struct {
	Request
	Words  string // why somebody asks
	Reason string // of a refusal
}

const maxWords = 2_000

func written(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxWords {
		return "", problem.New(problem.Invalid, "Write why, in at most 2,000 letters.").Because("erasure-words")
	}
	return s, nil
}

func what(part, id string) string { return "erasure " + part + " " + id }

// Self is somebody who asks about their own record.
type Self struct {
	Who     access.Who
	Account string
	Patient string
}

// Ask keeps that a person asks for their record to be erased. Whether they used
// a passkey of late is for the caller to know.
func (e *Erasures) Ask(ctx context.Context, by Self, words string) (Request, error) {
	s, err := e.cfg.Open(ctx, by.Who, by.Patient, access.Own)
	if err != nil {
		return Request{}, err
	}
	if words, err = written(words); err != nil {
		return Request{}, err
	}
	return e.insert(ctx, s, Request{account: by.Account, Patient: by.Patient}, words)
}

// Begin is Ask of an operator, for a record of which nobody asks.
func (e *Erasures) Begin(ctx context.Context, by access.Who, patient, words string) (Request, error) {
	s, err := e.cfg.Open(ctx, by, patient, access.Operations)
	if err != nil {
		return Request{}, err
	}
	if words, err = written(words); err != nil {
		return Request{}, err
	}
	return e.insert(ctx, s, Request{Patient: patient}, words)
}

func (e *Erasures) insert(ctx context.Context, s Session, r Request, words string) (Request, error) {
	k, err := s.Keeper(ctx)
	if err != nil {
		return Request{}, err
	}
	r.ID, r.State, r.Made = rand.Text(), Asked, e.now()
	r.Due = r.Made.AddDate(0, e.grounds.Months, 0)
	r.Person, _ = s.Person()
	r.words = k.Seal(nil, []byte(words), what("words", r.ID))
	return r, e.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		open := false
		if _, err := tx.One("SELECT id FROM erasure WHERE person = $1 AND state IN ('asked', 'decided') LIMIT 1", []any{r.Person}, func(*db.Row) error { open = true; return nil }); err != nil {
			return err
		}
		if open {
			return problem.New(problem.Conflict, "There is a request about this record already. Wait for its answer, or take it back.").Because("erasure-open")
		}
		_, err := tx.Exec("INSERT INTO erasure (id, account, patient, person, words, terms, made, due, state, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'asked', $9)",
			r.ID, r.account, r.Patient, r.Person, r.words, e.grounds.ID, r.Made.Unix(), r.Due.Unix(), []byte{})
		return err
	})
}

func (e *Erasures) now() time.Time { return e.cfg.Now().UTC().Truncate(time.Second) }

const columns = "id, person, patient, made, due, decided, done, state, ground, account, by_whom, words, reason, certified, job"

func scan(r *db.Row) Request {
	return Request{ID: r.Text(0), Person: r.Int64(1), Patient: r.Text(2), Made: moment(r.Int64(3)), Due: moment(r.Int64(4)), Decided: moment(r.Int64(5)), Done: moment(r.Int64(6)),
		State: State(r.Text(7)), Ground: r.Text(8), account: r.Text(9), ByOperator: r.Text(9) == "", by: r.Text(10),
		words: append([]byte{}, r.Bytes(11)...), reason: append([]byte{}, r.Bytes(12)...), Certificate: r.Text(13), job: r.Int64(14)}
}

func moment(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

func (e *Erasures) list(ctx context.Context, where string, args ...any) (all []Request, err error) {
	err = e.cfg.DB.Query(ctx, "SELECT "+columns+" FROM erasure WHERE "+where, args, func(r *db.Row) error {
		all = append(all, scan(r))
		return nil
	})
	return all, err
}

var errGone = problem.New(problem.NotFound, "There is no such request here. Look at the list again.").Because("erasure-gone")

func (e *Erasures) one(ctx context.Context, id string) (Request, error) {
	all, err := e.list(ctx, "id = $1", id)
	if err == nil && len(all) == 0 {
		err = errGone
	}
	if err != nil {
		return Request{}, err
	}
	return all[0], nil
}

// Mine is the newest request of a person about their own record, with what was
// written.
func (e *Erasures) Mine(ctx context.Context, by Self) (Told, bool, error) {
	s, err := e.cfg.Open(ctx, by.Who, by.Patient, access.Own)
	if err != nil {
		return Told{}, false, err
	}
	person, ok := s.Person()
	if !ok {
		return Told{}, false, nil
	}
	all, err := e.list(ctx, "person = $1 AND account = $2 ORDER BY CASE WHEN state IN ('asked', 'decided') THEN 0 ELSE 1 END, made DESC, id LIMIT 1", person, by.Account)
	if err != nil || len(all) == 0 {
		return Told{}, false, err
	}
	t, err := e.tell(ctx, s, all[0])
	return t, true, err
}

func (e *Erasures) tell(ctx context.Context, s Session, r Request) (Told, error) {
	k, err := s.Keeper(ctx)
	if err != nil {
		return Told{}, err
	}
	t := Told{Request: r}
	words, err := k.Open(nil, r.words, what("words", r.ID))
	if err != nil {
		return Told{}, err
	}
	t.Words = string(words)
	if len(r.reason) > 0 {
		reason, err := k.Open(nil, r.reason, what("reason", r.ID))
		if err != nil {
			return Told{}, err
		}
		t.Reason = string(reason)
	}
	return t, nil
}

// Withdraw takes back a request that waits.
func (e *Erasures) Withdraw(ctx context.Context, by Self, id string) error {
	t, found, err := e.Mine(ctx, by)
	if err == nil && (!found || t.ID != id) {
		err = errGone
	}
	if err != nil {
		return err
	}
	return e.move(ctx, "UPDATE erasure SET state = 'withdrawn' WHERE id = $1 AND state = 'asked'", id)
}

func (e *Erasures) move(ctx context.Context, sql string, args ...any) error {
	return e.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(sql, args...)
		if err == nil && n == 0 {
			err = problem.New(problem.Conflict, "This request has changed meanwhile. Look at it again.").Because("erasure-changed")
		}
		return err
	})
}

// List gives operators what there is: what waits first, that which is due first.
func (e *Erasures) List(ctx context.Context, limit int) ([]Request, error) {
	return e.list(ctx, "1 = 1 ORDER BY CASE state WHEN 'asked' THEN 0 WHEN 'decided' THEN 1 ELSE 2 END, due, id LIMIT $1", int64(limit))
}

// Look opens a request for an operator, as them. One that is done, or being
// done, has no words any more.
func (e *Erasures) Look(ctx context.Context, by access.Who, id string) (Told, error) {
	r, err := e.one(ctx, id)
	if err != nil || r.State == Decided || r.State == Done {
		return Told{Request: r}, err
	}
	s, err := e.cfg.Open(ctx, by, r.Patient, access.Operations)
	if err != nil {
		return Told{}, err
	}
	return e.tell(ctx, s, r)
}
