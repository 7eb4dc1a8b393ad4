package correction

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

//go:embed sql/*.sql
var steps embed.FS

//go:embed terms.json
var termsFile []byte

// terms are the rules of how long an answer may take.
type terms struct {
	ID        string `json:"id"`
	Effective string `json:"effective"`
	Source    string `json:"source"`
	SignOff   string `json:"sign_off"`
	Months    int    `json:"months"`
}

// Session is what this room needs of the record, about one person.
type Session interface {
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	Transact(ctx context.Context, ops []record.Op) ([]record.Outcome, error)
	Keeper(ctx context.Context) (record.Keeper, error)
	Person() (int64, bool)
}

// Config is what requests are kept by.
type Config struct {
	DB *db.DB
	// Open gives a session about one patient to somebody.
	Open func(ctx context.Context, who access.Who, patient string, why access.Purpose) (Session, error)
	// Tell leaves the news that a request was answered, in the transaction that
	// answers it.
	Tell func(tx *db.Tx, account string) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Corrections keeps the requests. It is safe for concurrent use.
type Corrections struct {
	cfg   Config
	terms terms
}

// Open makes the table ready.
func Open(ctx context.Context, cfg Config) (*Corrections, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := cfg.DB.Migrate(ctx, "correction", files); err != nil {
		return nil, err
	}
	c := &Corrections{cfg: cfg}
	if c.cfg.Now == nil {
		c.cfg.Now = time.Now
	}
	if err := json.Unmarshal(termsFile, &c.terms); err != nil || c.terms.Months < 1 || c.terms.ID == "" {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return c, nil
}

// State is where a request stands.
type State string

// The states. The first two wait for an answer.
const (
	Asked     State = "asked"
	Seen      State = "seen"
	Accepted  State = "accepted"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
)

// Open says that it waits for an answer.
func (s State) Open() bool { return s == Asked || s == Seen }

// Request is what somebody says is wrong, without their words.
type Request struct {
	ID      string
	Entry   record.Key
	Version int64 // that they saw
	// Org is the organisation that wrote the entry, by the id of its Organization;
	// "" where the entry names none, and then operators answer.
	Org                       string
	Made, Due, Seen, Answered time.Time // zero for never
	State                     State
	How                       How
	Became                    int64 // the version that put it right; 0 for none

	account, patient   string
	person             int64
	words, said, stood []byte // sealed
}

// Late says that the time for an answer is over.
func (r Request) Late(now time.Time) bool { return r.State.Open() && now.After(r.Due) }

// Told is a request with what was written.
type Told struct {
	Request
	Words     string // what they say is wrong
	Reason    string // of the answer
	Statement string // why they do not agree with it; "" for none
}

// Bounds of what is kept.
const (
	maxOpen  = 50 // that wait for an answer, of one person
	maxWords = 2_000
	maxList  = 500
)

// Self is somebody who asks about their own record.
type Self struct {
	Who     access.Who
	Account string
	Patient string // the id of the Patient
}

func (c *Corrections) own(ctx context.Context, by Self) (Session, error) {
	return c.cfg.Open(ctx, by.Who, by.Patient, access.Own)
}

// written checks what somebody wrote.
func written(s, empty string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "" || !utf8.ValidString(s):
		return "", problem.New(problem.Invalid, empty).Because("correction-words")
	case utf8.RuneCountInString(s) > maxWords:
		return "", problem.New(problem.Invalid, "This is too long. Write at most 2,000 letters.").Because("correction-too-long")
	}
	return s, nil
}

// Ask keeps that somebody says that an entry is wrong. They must be able to see
// it: the answer for what is hidden is that for what is not there.
func (c *Corrections) Ask(ctx context.Context, by Self, entry record.Key, words string) (Request, error) {
	s, err := c.own(ctx, by)
	if err != nil {
		return Request{}, err
	}
	seen, err := s.Read(ctx, entry, 0)
	if err != nil {
		return Request{}, err
	}
	if words, err = written(words, "Write what is wrong, and what it should say."); err != nil {
		return Request{}, err
	}
	k, err := s.Keeper(ctx)
	if err != nil {
		return Request{}, err
	}
	r := Request{ID: rand.Text(), Entry: entry, Version: seen.Version, Org: wroteIt(seen), Made: c.now(), State: Asked, account: by.Account, patient: by.Patient}
	r.person, _ = s.Person()
	r.Due = r.Made.AddDate(0, c.terms.Months, 0)
	r.words = k.Seal(nil, []byte(words), what("words", r.ID))
	return r, c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		n := int64(0)
		if _, err := tx.One("SELECT count(*) FROM correction WHERE person = $1 AND state IN ('asked', 'seen')", []any{r.person}, func(q *db.Row) error { n = q.Int64(0); return nil }); err != nil {
			return err
		}
		if n >= maxOpen {
			return problem.New(problem.TooMany, "You have asked about many entries that are not answered yet. Wait for an answer, or take one back.").Because("correction-too-many")
		}
		_, err := tx.Exec("INSERT INTO correction (id, account, patient, person, type, entry, version, org, words, terms, made, due, state, reason, statement) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'asked', $13, $13)",
			r.ID, r.account, r.patient, r.person, entry.Type, entry.ID, r.Version, r.Org, r.words, c.terms.ID, r.Made.Unix(), r.Due.Unix(), []byte{})
		return err
	})
}

func (c *Corrections) now() time.Time { return c.cfg.Now().UTC().Truncate(time.Second) }

// what ties sealed words to their place.
func what(part, id string) string { return "correction " + part + " " + id }

// wroteIt is the organisation that an entry names as its author, by the id of its
// Organization.
func wroteIt(r record.Resource) string {
	t, err := fhir.Parse(r.Body, fhir.Limits{Bytes: len(r.Body), Nodes: 64 << 20})
	if err != nil {
		return ""
	}
	for _, name := range []string{"performer", "author", "recorder", "asserter", "custodian", "requester", "serviceProvider", "managingOrganization", "source", "informationSource"} {
		n := t.Root().Get(name)
		for _, one := range []fhir.Node{n, n.At(0), n.Get("actor"), n.At(0).Get("actor"), n.At(1)} {
			if ref := fhir.ParseReference(one.Get("reference").Str()); ref.Type == "Organization" && ref.ID != "" {
				return ref.ID
			}
		}
	}
	return ""
}

const columns = "id, type, entry, version, org, made, due, seen, answered, state, how, became, account, patient, person, words, reason, statement"

func scan(r *db.Row) Request {
	return Request{ID: r.Text(0), Entry: record.Key{Type: r.Text(1), ID: r.Text(2)}, Version: r.Int64(3), Org: r.Text(4), Made: moment(r.Int64(5)), Due: moment(r.Int64(6)),
		Seen: moment(r.Int64(7)), Answered: moment(r.Int64(8)), State: State(r.Text(9)), How: How(r.Text(10)), Became: r.Int64(11),
		account: r.Text(12), patient: r.Text(13), person: r.Int64(14), words: keep(r.Bytes(15)), said: keep(r.Bytes(16)), stood: keep(r.Bytes(17))}
}

func keep(b []byte) []byte { return append([]byte{}, b...) }

func moment(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

func (c *Corrections) list(ctx context.Context, where string, args ...any) (all []Request, err error) {
	err = c.cfg.DB.Query(ctx, "SELECT "+columns+" FROM correction WHERE "+where, args, func(r *db.Row) error {
		all = append(all, scan(r))
		return nil
	})
	return all, err
}

// Mine lists what a person asked about their record, the newest first.
func (c *Corrections) Mine(ctx context.Context, by Self) ([]Request, error) {
	s, err := c.own(ctx, by)
	if err != nil {
		return nil, err
	}
	return c.MineIn(ctx, s, by.Account)
}

// MineIn is Mine in a session that the person has open already.
func (c *Corrections) MineIn(ctx context.Context, s interface{ Person() (int64, bool) }, account string) ([]Request, error) {
	person, _ := s.Person()
	return c.list(ctx, "person = $1 AND account = $2 ORDER BY made DESC, id LIMIT $3", person, account, int64(maxList))
}

var errGone = problem.New(problem.NotFound, "There is no such request here. Look at the list of what you asked.").Because("correction-gone")

// One gives a request of a person's own, with what was written.
func (c *Corrections) One(ctx context.Context, by Self, id string) (Told, error) {
	s, err := c.own(ctx, by)
	if err != nil {
		return Told{}, err
	}
	r, err := c.one(ctx, id)
	person, _ := s.Person()
	if err == nil && (r.account != by.Account || r.person != person) {
		err = errGone
	}
	if err != nil {
		return Told{}, err
	}
	return c.tell(ctx, s, r)
}

func (c *Corrections) one(ctx context.Context, id string) (Request, error) {
	all, err := c.list(ctx, "id = $1", id)
	if err == nil && len(all) == 0 {
		err = errGone
	}
	if err != nil {
		return Request{}, err
	}
	return all[0], nil
}

// tell opens what was written.
func (c *Corrections) tell(ctx context.Context, s Session, r Request) (Told, error) {
	k, err := s.Keeper(ctx)
	if err != nil {
		return Told{}, err
	}
	t := Told{Request: r}
	for _, p := range []struct {
		to     *string
		sealed []byte
		part   string
	}{{&t.Words, r.words, "words"}, {&t.Reason, r.said, "reason"}, {&t.Statement, r.stood, "statement"}} {
		if len(p.sealed) == 0 {
			continue
		}
		b, err := k.Open(nil, p.sealed, what(p.part, r.ID))
		if err != nil {
			return Told{}, err
		}
		*p.to = string(b)
	}
	return t, nil
}

// Withdraw takes back a request that waits.
func (c *Corrections) Withdraw(ctx context.Context, by Self, id string) error {
	t, err := c.One(ctx, by, id)
	if err != nil {
		return err
	}
	return c.move(ctx, "UPDATE correction SET state = 'withdrawn', answered = $2 WHERE id = $1 AND state IN ('asked', 'seen')", nil, t.ID, c.now().Unix())
}

// move changes a request that is still in the state for it.
func (c *Corrections) move(ctx context.Context, sql string, also func(*db.Tx) error, args ...any) error {
	return c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(sql, args...)
		if err == nil && n == 0 {
			err = problem.New(problem.Conflict, "This request has changed meanwhile. Look at it again.").Because("correction-changed")
		}
		if err == nil && also != nil {
			err = also(tx)
		}
		return err
	})
}

// Erase takes away all that was asked about a person's record.
func (c *Corrections) Erase(ctx context.Context, person int64) error {
	return c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM correction WHERE person = $1", person)
		return err
	})
}
