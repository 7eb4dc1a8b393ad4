// Package enquiry keeps what people ask about entries of the access log: who
// looked, and why. A question goes to the organisation that looked, or to those
// who run the service; it has a day by which it is answered, and the asker is
// told of the answer, without its content.
//
// Why here: a log that nobody can ask about is a list of puzzles. A question is
// part of somebody's say over who sees their record, and stands with the rest of
// that. What is not here: the log itself (audit), who may read it (record), and
// the pages (portal).
package enquiry

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/base32"
	"encoding/json"
	"io/fs"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed sql/*.sql
var steps embed.FS

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Accounts *account.Accounts
	// Within is how long an answer may take; 0 is 28 days.
	Within time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Enquiries are the questions of a store. It is safe for concurrent use.
type Enquiries struct{ Config }

// inTime is how long an answer may take, unless told otherwise: the month that
// people have to be answered in who ask about their data (UK GDPR, article
// 12(3)), and a little less, since months differ.
const inTime = 28 * 24 * time.Hour

// Open makes the table ready.
func Open(ctx context.Context, c Config) (*Enquiries, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "consent/enquiry", files); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Within <= 0 {
		c.Within = inTime
	}
	q := &Enquiries{c}
	c.Accounts.OnClose(q.letGo)
	return q, nil
}

// letGo closes the questions of an account that is closed: its key is gone, and
// so is what they said.
func (q *Enquiries) letGo(tx *db.Tx, account string) error {
	_, err := tx.Exec("UPDATE enquiry SET closed = $2 WHERE account = $1 AND closed = 0", account, seconds(q.Now()))
	return err
}

// Erase takes away what was asked about looks at a record that is erased, by
// whomever, with the answers. Doing it twice is no error.
func (q *Enquiries) Erase(ctx context.Context, patient string) error {
	return q.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM enquiry WHERE patient = $1", patient)
		return err
	})
}

// Fact is one line of what an entry says, in the words in which the asker read it.
type Fact struct{ Key, Value string }

// Enquiry is one question.
type Enquiry struct {
	ID, Account, Patient string
	Look                 string // the id of the entry
	Organisation         string // its id; "" is whoever runs the service
	Facts                []Fact // the entry, as the asker saw it
	Question, Answer     string
	// The times at which it was asked, is to be answered, was first read by
	// those whom it is put to, answered and closed; zero is not yet.
	Asked, Due, Seen, Answered, Closed time.Time
	AnsweredBy                         string // the actor
}

// Late says whether it should have been answered by now.
func (e Enquiry) Late(now time.Time) bool {
	return e.Answered.IsZero() && e.Closed.IsZero() && now.After(e.Due)
}

// Bounds.
const (
	maxText   = 2_000 // characters
	maxFacts  = 30
	maxOpen   = 20 // questions of one account that wait
	maxListed = 200
)

// tidy reads a text of several lines.
func tidy(text string) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	hidden := func(r rune) bool { return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r) }
	if text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxText || strings.ContainsFunc(text, hidden) {
		return "", problem.New(problem.Invalid, "Write up to 2,000 characters of plain text.").Because("enquiry-text")
	}
	return text, nil
}

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func newID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return idText.EncodeToString(b[:])
}

// said is what is sealed of a question.
type said struct {
	Facts    []Fact
	Question string
}

// Names under which texts are sealed.
const (
	sealedSaid   = "enquiry"
	sealedAnswer = "enquiry answer"
)

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// Ask keeps a question. Of e the account, the record, the entry, to whom it is
// put, the facts and the question count.
func (q *Enquiries) Ask(ctx context.Context, e Enquiry) (Enquiry, error) {
	text, err := tidy(e.Question)
	if err != nil {
		return Enquiry{}, err
	}
	if e.Account == "" || e.Patient == "" || e.Look == "" || len(e.Facts) > maxFacts {
		return Enquiry{}, problem.New(problem.Internal, "")
	}
	now := q.Now()
	e.ID, e.Question, e.Asked, e.Due = newID(), text, now, now.Add(q.Within)
	e.Seen, e.Answered, e.Closed, e.Answer, e.AnsweredBy = time.Time{}, time.Time{}, time.Time{}, "", ""
	plain, err := json.Marshal(said{e.Facts, e.Question})
	if err != nil {
		return Enquiry{}, err
	}
	sealed, err := q.Accounts.Seal(ctx, e.Account, sealedSaid, e.ID, plain)
	if err != nil {
		return Enquiry{}, err
	}
	var refusal error
	err = q.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := q.Accounts.Hold(tx, e.Account); err != nil { // two at once are counted one after the other
			return err
		}
		open, twice := int64(0), false
		err := tx.Query("SELECT look FROM enquiry WHERE account = $1 AND closed = 0", []any{e.Account}, func(r *db.Row) error {
			open++
			twice = twice || r.Text(0) == e.Look
			return nil
		})
		if err != nil {
			return err
		}
		switch {
		case twice:
			refusal = problem.New(problem.Conflict, "You asked about this already. Look at your questions.").Because("enquiry-twice")
		case open >= maxOpen:
			refusal = problem.New(problem.TooMany, "You have twenty questions that wait. Close one, or wait for answers.").Because("enquiry-many")
		}
		if refusal != nil {
			return nil
		}
		_, err = tx.Exec(`INSERT INTO enquiry (id, account, patient, look, organisation, said, answer, asked, due, seen, answered, answered_by, closed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, '', 0)`,
			e.ID, e.Account, e.Patient, e.Look, e.Organisation, sealed, []byte{}, seconds(e.Asked), seconds(e.Due))
		return err
	})
	if err == nil {
		err = refusal
	}
	return e, err
}
