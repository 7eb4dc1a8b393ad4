package healthlink

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed sql/*.sql
var steps embed.FS

// Path is where links are opened, with a slash at its end.
const Path = "/health-link/"

// Bounds of links.
const (
	MostLife     = 90 * 24 * time.Hour
	MostOpenings = 50
	mostLabel    = 80 // characters (Links Specification, payload)
	mostLinks    = 20 // of one account that are not over
	mostFile     = 5 << 20
	wrongTries   = 5 // passcodes, then the link is over
	leastCode    = 6 // characters of a passcode
	mostCode     = 64
	keptAfter    = 30 * 24 * time.Hour // how long it is shown that a link was there
)

// Config is what links stand on.
type Config struct {
	DB       *db.DB
	Accounts *account.Accounts
	// Log takes an entry for each opening, before its answer leaves.
	Log interface {
		Append(ctx context.Context, entries ...audit.Entry) error
	}
	// Still refuses an account whose record that is not, or no longer, known to be.
	Still func(ctx context.Context, account, patient string) error
	// Origin is where this service is reached, such as https://example.org.
	Origin string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Links are the links of a store. It is safe for concurrent use.
type Links struct{ cfg Config }

// Open makes the tables ready.
func Open(ctx context.Context, c Config) (*Links, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "healthlink", files); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	l := &Links{c}
	if c.Accounts != nil {
		c.Accounts.OnClose(func(tx *db.Tx, id string) error { return drop(tx, "account = $1", id) })
	}
	return l, nil
}

// Whose says who makes a link, and of whom.
type Whose struct {
	Account, Patient string
	Person           int64
}

// Asked is how a link is to be.
type Asked struct {
	Label    string
	Passcode string // "" for none
	Ends     time.Time
	Most     int // how often it may be opened
}

// Link is one that was made.
type Link struct {
	ID, Label    string
	Made, Ends   time.Time
	Coded        bool // it has a passcode
	Opened, Most int
	Stopped      time.Time // zero where nobody stopped it
	Locked       bool      // it ended by wrong passcodes
	Over         bool      // nobody can open it any more, for whatever reason
}

// Opening is one opening of a link.
type Opening struct {
	At        time.Time
	Recipient string // what whoever opened it called themself
}

// check refuses what can not be made, in words for the field that has it.
func (l *Links) check(a Asked) error {
	now := l.cfg.Now()
	switch n := len([]rune(a.Label)); {
	case n == 0 || n > mostLabel:
		return problem.New(problem.Invalid, "Give the link a name of 1 to 80 letters.").Because("link-label")
	case !a.Ends.After(now) || a.Ends.After(now.Add(MostLife)):
		return problem.New(problem.Invalid, "Choose a last day that is within the next 90 days.").Because("link-ends")
	case a.Most < 1 || a.Most > MostOpenings:
		return problem.New(problem.Invalid, "A link can be opened 1 to 50 times. Choose a number.").Because("link-most")
	case a.Passcode != "" && (len(a.Passcode) < leastCode || len(a.Passcode) > mostCode):
		return problem.New(problem.Invalid, "Type a passcode of 6 to 64 letters and numbers, or none.").Because("link-code")
	}
	return nil
}

// Make seals a document and makes a link to it. The link is the answer and can
// not be had again.
func (l *Links) Make(ctx context.Context, of Whose, a Asked, doc []byte) (link string, err error) {
	if err := l.check(a); err != nil {
		return "", err
	}
	if len(doc) > mostFile {
		return "", problem.New(problem.TooLarge, "Your summary is too large for a link. Save it as a file instead.").Because("link-large")
	}
	if err := l.cfg.Still(ctx, of.Account, of.Patient); err != nil {
		return "", err
	}
	key, address := random32(), base64.RawURLEncoding.EncodeToString(random32())
	file, err := sealed(key, doc)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	now := l.cfg.Now()
	var code any
	if a.Passcode != "" {
		code = coded(address, a.Passcode)
	}
	if err := l.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		if l.cfg.Accounts != nil {
			if _, err := l.cfg.Accounts.Hold(tx, of.Account); err != nil { // no link outlives an account that is closed
				return err
			}
		}
		n := int64(0)
		if _, err := tx.One("SELECT count(*) FROM healthlink WHERE account = $1 AND file IS NOT NULL AND ends > $2", []any{of.Account, now.Unix()}, func(r *db.Row) error {
			n = r.Int64(0)
			return nil
		}); err != nil {
			return err
		}
		if n >= mostLinks {
			return problem.New(problem.Conflict, "You have 20 links that can be opened. Stop one of them first.").Because("link-many")
		}
		_, err := tx.Exec("INSERT INTO healthlink (id, address, account, patient, person, label, passcode, made, ends, most, file) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
			rand.Text(), digest(address), of.Account, of.Patient, of.Person, a.Label, code, now.Unix(), a.Ends.Unix(), int64(a.Most), file)
		return err
	}); err != nil {
		return "", err
	}
	return payload{URL: l.cfg.Origin + Path + address, Key: base64.RawURLEncoding.EncodeToString(key), Expires: a.Ends.Unix(), Flag: flag(a), Label: a.Label, Version: 1}.link()
}

// payload is what stands in a link (Links Specification, "SMART Health Links
// Payload"). There is no flag L: what it leads to never changes.
type payload struct {
	URL     string `json:"url"`
	Key     string `json:"key"`
	Expires int64  `json:"exp"`
	Flag    string `json:"flag,omitempty"`
	Label   string `json:"label"`
	Version int    `json:"v"`
}

func flag(a Asked) string {
	if a.Passcode != "" {
		return "P"
	}
	return ""
}

func (p payload) link() (string, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	return "shlink:/" + base64.RawURLEncoding.EncodeToString(b), nil
}

// sealed is a document as the Links Specification wants files: a compact JWE,
// direct encryption with AES-256 in GCM, compressed.
func sealed(key, doc []byte) ([]byte, error) {
	e, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.DIRECT, Key: key},
		(&jose.EncrypterOptions{Compression: jose.DEFLATE}).WithContentType(jose.ContentType(fileType)))
	if err != nil {
		return nil, err
	}
	jwe, err := e.Encrypt(doc)
	if err != nil {
		return nil, err
	}
	text, err := jwe.CompactSerialize()
	return []byte(text), err
}

const fileType = "application/fhir+json"

// random32 is 256 bits: as the key of a file, and written as letters as an address
// (Links Specification: at least 256 bits of entropy, 43 letters).
func random32() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails: the program ends where it would
	return b
}

// digest is what is kept of an address. It has 256 bits of chance, so nobody
// tries them out.
func digest(address string) []byte {
	sum := sha256.Sum256([]byte(address))
	return sum[:]
}

// coded is what is kept of a passcode: keyed by the link's address, which is not
// kept, so that who has the store can not try passcodes out.
func coded(address, passcode string) []byte {
	m := hmac.New(sha256.New, []byte(address))
	m.Write([]byte(strings.TrimSpace(passcode)))
	return m.Sum(nil)
}
