package mandate

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

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Ring     *seal.Ring
	Accounts *account.Accounts
	// Session opens the record for this room's own work, over everybody, in the
	// name of the actor by and with no more than bound. Each look and each write
	// stands in the access log under that name.
	Session func(ctx context.Context, by string, bound access.Rights) (*record.Session, error)
	// Owner is the account that a record is linked to, "" for none; Patient is
	// the logical id of the record.
	Owner func(ctx context.Context, patient string) (account string, err error)
	// Rules say what age changes; nil is England's.
	Rules *Rules
	// Zone is where birthdays begin; nil is the server's own.
	Zone *time.Location
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Mandates keeps who may act for whom. It is safe for concurrent use.
type Mandates struct {
	Config

	// trace is told each statement, so that a test can hold the work for a
	// mandate that is suspended against that for one which never was.
	trace func(string)
}

// Open makes the tables ready.
func Open(ctx context.Context, c Config) (*Mandates, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "consent/mandate", files); err != nil {
		return nil, err
	}
	if c.Rules == nil {
		if c.Rules, err = England(); err != nil {
			return nil, err
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Zone == nil {
		c.Zone = time.Local
	}
	m := &Mandates{Config: c}
	c.Accounts.OnClose(m.letGo)
	return m, nil
}

// tx is a transaction whose statements can be watched.
type tx struct{ *db.Watched }

func (m *Mandates) write(ctx context.Context, fn func(*tx) error) error {
	return m.DB.Write(ctx, func(t *db.Tx) error { return fn(&tx{db.Watch(t, m.trace)}) })
}

func (m *Mandates) query(ctx context.Context, sql string, args []any, scan func(*db.Row) error) error {
	if m.trace != nil {
		m.trace(sql)
	}
	return m.DB.Query(ctx, sql, args, scan)
}

// By is who does something, for the record and its log.
type By struct {
	// Actor is their stable id, such as "account:3f2a" or "client:gp".
	Actor string
	// Reference is the resource that the record knows them by, such as
	// "Practitioner/3f2a"; "" where it knows none.
	Reference string
	// Organisation is the code (ODS) of the organisation that they act for; ""
	// for none.
	Organisation string
}

var idText = base32.NewEncoding(letters).WithPadding(base32.NoPadding)

// letters are the digits of ids and codes: no letter looks like a digit.
const letters = "0123456789abcdefghjkmnpqrstvwxyz"

// random is n random bytes as letters.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return idText.EncodeToString(b)
}

func newID() string { return random(10) }

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// seal seals a text for a place of a table: it opens nowhere else. Empty stays
// empty.
func (m *Mandates) seal(what, id, plain string) string {
	if plain == "" {
		return ""
	}
	return m.Ring.SealToken("mandate "+what+"\x00"+id, []byte(plain))
}

func (m *Mandates) open(what, id, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	plain, err := m.Ring.OpenToken("mandate "+what+"\x00"+id, sealed)
	return string(plain), err
}

func (m *Mandates) sealJSON(what, id string, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	return m.seal(what, id, string(plain)), nil
}

// Bounds of what is typed, in characters, and of how many there may be.
const (
	maxName   = 100
	maxWords  = 300
	maxListed = 200
	// maxOf is how many people may have a right to act for one person, and
	// codes that were not used, at a time.
	maxOf = 20
)

// line checks a text of one line.
func line(s string, most int, wrong *problem.Problem) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, unseen) {
		return "", wrong
	}
	return s, nil
}

// unseen are characters that change how others are read.
func unseen(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

func why(s string) (string, error) {
	return line(s, maxWords, problem.New(problem.Invalid, "Say why, in one line of up to 300 characters. It is kept with the decision.").Because("mandate-why"))
}
