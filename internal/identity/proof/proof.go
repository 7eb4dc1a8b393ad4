package proof

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/base32"
	"io/fs"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Finder finds records. Each look stands in the access log under the name by.
type Finder interface {
	// Find gives the records that a claim may be about: those with its NHS
	// number, and those with its birth date. all is false where there are more
	// than could be looked at.
	Find(ctx context.Context, by string, claimed match.Details) (found []match.Candidate, all bool, err error)
	// Patient reads one record; NotFound where there is none.
	Patient(ctx context.Context, by, id string) (match.Candidate, error)
}

// Grants ends what apps may do.
type Grants interface {
	// EndAbout ends every permission that an account gave about a record.
	// Doing it twice is no error.
	EndAbout(ctx context.Context, account, patient string) error
}

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Ring     *seal.Ring
	Accounts *account.Accounts
	Find     Finder
	Grants   Grants
	// Rules decide which records are linked; nil is those that Bevan comes with.
	Rules *match.Rules
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Proofs is the proofs of a store. It is safe for concurrent use.
type Proofs struct {
	Config
	papers *Papers

	numberHash, birthHash seal.Hasher

	// trace is told each statement, so that a test can hold the work for one
	// refusal against that for another.
	trace func(string)
}

// Open makes the tables ready.
func Open(ctx context.Context, c Config) (*Proofs, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "identity/proof", files); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rules == nil {
		if c.Rules, err = match.BuiltIn(); err != nil {
			return nil, err
		}
	}
	papers, err := BuiltInPapers()
	if err != nil {
		return nil, err
	}
	p := &Proofs{Config: c, papers: papers, numberHash: c.Ring.Hasher("proof document"), birthHash: c.Ring.Hasher("proof birth date")}
	c.Accounts.OnClose(p.letGo)
	return p, nil
}

// letGo frees what an account had that is closed: its record can be somebody's
// again, and so can a sign-in somewhere else. What was decided stays known.
func (p *Proofs) letGo(dt *db.Tx, id string) error {
	t := &tx{db.Watch(dt, p.trace)}
	now := p.seconds()
	for _, c := range []struct {
		sql  string
		args []any
	}{
		{"DELETE FROM external_identity WHERE account = $1", []any{id}},
		{"DELETE FROM record_owner WHERE account = $1", []any{id}},
		{"UPDATE match_decision SET closed = $2 WHERE account = $1 AND outcome = 'queued' AND closed = 0", []any{id, now}},
		{"UPDATE match_decision SET undone = $2, undone_by = $3, undone_why = 'The account was closed.', cut = 1 WHERE account = $1 AND outcome = 'linked' AND undone = 0",
			[]any{id, now, "account:" + id}},
		{"UPDATE proofing_event SET ended = $2, ended_by = $3, ended_why = 'The account was closed.' WHERE account = $1 AND ended = 0",
			[]any{id, now, "account:" + id}},
	} {
		if _, err := t.Exec(c.sql, c.args...); err != nil {
			return err
		}
	}
	return nil
}

// Papers is the list of documents that can be checked.
func (p *Proofs) Papers() *Papers { return p.papers }

// tx is a transaction whose statements can be watched.
type tx struct{ *db.Watched }

// write runs a transaction. What is proven of accounts may have changed by it,
// so sessions are read anew.
func (p *Proofs) write(ctx context.Context, fn func(*tx) error) error {
	err := p.DB.Write(ctx, func(t *db.Tx) error { return fn(&tx{db.Watch(t, p.trace)}) })
	p.Accounts.Forget()
	return err
}

// letters are the digits of ids and codes: no letter looks like a digit.
const letters = "0123456789abcdefghjkmnpqrstvwxyz"

var text = base32.NewEncoding(letters).WithPadding(base32.NoPadding)

// random is n random bytes as letters.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return text.EncodeToString(b)
}

func newID() string { return random(10) }

func (p *Proofs) seconds() int64 { return p.Now().Unix() }

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// line checks a short text that somebody gives: one line, not empty.
func line(s string, most int, wrong *problem.Problem) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, unicode.IsControl) {
		return "", wrong
	}
	return s, nil
}

// reasonOf checks the reason that a member of staff gives.
func reasonOf(s string) (string, error) {
	return line(s, 300, problem.New(problem.Invalid, "Say why, in one line of up to 300 characters. It is kept with the decision.").Because("decision-why"))
}

func tooMany() error {
	return problem.New(problem.TooMany, "There were too many tries. Wait two hours, then try again. With a code from a desk you need fewer.").Because("proof-too-many")
}
