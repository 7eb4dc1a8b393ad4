package staff

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
	"github.com/bevanhealth/bevan/internal/identity/recent"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed sql/*.sql
var steps embed.FS

// Staff keeps organisations and memberships. It is safe for concurrent use.
type Staff struct {
	db    *db.DB
	now   func() time.Time
	cache recent.Rows[string, placed]
	wake  chan struct{} // something is to be published
}

// Open makes the tables ready. now is the clock; nil is time.Now.
func Open(ctx context.Context, d *db.DB, now func() time.Time) (*Staff, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "identity/staff", files); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Staff{db: d, now: now, wake: make(chan struct{}, 1)}, nil
}

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID is 80 random bits: a name that is never given twice.
func newID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return idText.EncodeToString(b[:])
}

// maxName bounds names and reasons, in characters.
const maxName = 200

// line tidies a text of one line.
func line(what, text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxName || strings.ContainsFunc(text, unseen) {
		return "", problem.New(problem.Invalid, "Give a "+what+" of one line, with up to 200 characters.").Because("staff-one-line")
	}
	return text, nil
}

// unseen are characters that change how others are read and can not be seen
// themselves: a name with them is not the one that somebody reads in a list.
func unseen(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// seconds is the time as it is stored; 0 for the zero time.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
