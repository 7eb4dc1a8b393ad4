package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/base32"
	"io/fs"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/recent"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed sql/*.sql
var steps embed.FS

// Tokens are the credentials that were given out. It is safe for concurrent
// use.
type Tokens struct {
	db    *db.DB
	now   func() time.Time
	cache recent.Rows[string, held]
}

// Open makes the table ready. now is the clock; nil is time.Now.
func Open(ctx context.Context, d *db.DB, now func() time.Time) (*Tokens, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "identity", files); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Tokens{db: d, now: now}, nil
}

// Spec says what kind of token to make.
type Spec struct {
	Role access.Role
	// Verbs are the most that it allows, on every resource type.
	Verbs access.Verb
	// Label is what the operator calls it, up to 100 characters; it is shown
	// in lists and never trusted.
	Label string
	// Life is how long it is good for, at least a second and at most ten
	// years.
	Life time.Duration
}

// Token is what may be known about a token once it was given out.
type Token struct {
	ID      string
	Role    access.Role
	Verbs   access.Verb
	Label   string
	Created time.Time
	Expires time.Time
	Revoked time.Time // zero while it is good
}

const (
	prefix     = "bevan_"
	idBytes    = 10
	secretSize = 32 // 256 bits: no guess and no dictionary reaches it, so a plain hash is enough
	maxLife    = 10 * 366 * 24 * time.Hour
)

var text = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

var (
	idSize   = text.EncodedLen(idBytes)
	fullSize = len(prefix) + idSize + 1 + text.EncodedLen(secretSize)
)

// Issue makes a token and returns its text, which is shown once and kept
// nowhere.
func (t *Tokens) Issue(ctx context.Context, s Spec) (Token, string, error) {
	switch {
	case s.Role != access.RoleOperator:
		return Token{}, "", problem.New(problem.Invalid, "Tokens are made for operators only. Ask for the role operator.")
	case s.Verbs&access.AllVerbs == 0 || s.Verbs&^access.AllVerbs != 0:
		return Token{}, "", problem.New(problem.Invalid, "A token has to allow something. Say what.")
	case s.Life < time.Second || s.Life > maxLife:
		return Token{}, "", problem.New(problem.Invalid, "A token is good for at least a second and at most ten years. Choose a time between them.")
	case !utf8.ValidString(s.Label) || utf8.RuneCountInString(s.Label) > 100 || strings.ContainsFunc(s.Label, unicode.IsControl):
		return Token{}, "", problem.New(problem.Invalid, "The label is one line of up to 100 characters. Choose a shorter one.")
	}
	var random [idBytes + secretSize]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand, Go 1.24)
	now := t.now()
	tok := Token{
		ID: text.EncodeToString(random[:idBytes]), Role: s.Role, Verbs: s.Verbs, Label: s.Label,
		Created: whole(now), Expires: whole(now.Add(s.Life)),
	}
	hash := sha256.Sum256(random[idBytes:])
	err := t.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO token (id, hash, role, verbs, label, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			tok.ID, hash[:], tok.Role.String(), int64(tok.Verbs), tok.Label, tok.Created.Unix(), tok.Expires.Unix())
		return err
	})
	if err != nil {
		return Token{}, "", err
	}
	return tok, prefix + tok.ID + "_" + text.EncodeToString(random[idBytes:]), nil
}

// Verify says who holds the token. What it refuses is of kind Unauthorized, or
// Revoked for a token that was taken back.
func (t *Tokens) Verify(ctx context.Context, token string) (access.Who, error) {
	id, secret, ok := split(token)
	if !ok {
		return access.Who{}, unknown()
	}
	hash := sha256.Sum256(secret[:])
	asked := t.now() // before the reading, so that what is remembered is never younger than it was
	row, known, drops := t.cache.Get(id, asked)
	if !known {
		var found bool
		var err error
		if row, found, err = t.read(ctx, id); err != nil {
			return access.Who{}, err
		}
		if !found {
			return access.Who{}, unknown()
		}
	}
	if subtle.ConstantTimeCompare(row.hash[:], hash[:]) != 1 {
		return access.Who{}, unknown()
	}
	if !known {
		t.cache.Put(id, row, asked, drops)
	}
	return row.standing(asked)
}

// Still says what the one behind who may do now, for work that was begun under
// a credential and goes on later: the same who with today's bound, or a
// refusal.
func (t *Tokens) Still(ctx context.Context, who access.Who) (access.Who, error) {
	id, ok := strings.CutPrefix(who.Behind(), actorPrefix)
	if !ok {
		return access.Who{}, unknown()
	}
	row, found, err := t.read(ctx, id)
	if err != nil {
		return access.Who{}, err
	}
	if !found {
		return access.Who{}, unknown()
	}
	now, err := row.standing(t.now())
	if err != nil {
		return access.Who{}, err
	}
	if who.Role != now.Role {
		return access.Who{}, unknown()
	}
	who.Bound = now.Bound
	return who, nil
}

// Revoke takes a token back. Doing it twice is no error; a token that never
// was is NotFound.
func (t *Tokens) Revoke(ctx context.Context, id string) error {
	var n int64
	err := t.db.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec("UPDATE token SET revoked = CASE WHEN revoked = 0 THEN $2 ELSE revoked END WHERE id = $1", id, t.now().Unix())
		return err
	})
	t.cache.Drop(id) // also after an error that may hide a commit
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.New(problem.NotFound, "There is no token with this id. List them with: bevan token --list")
	}
	return nil
}

// List gives the newest tokens first, at most 1,000 of them, those that are no
// longer good too.
func (t *Tokens) List(ctx context.Context) ([]Token, error) {
	var all []Token
	err := t.db.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Query("SELECT id, role, verbs, label, created, expires, revoked FROM token ORDER BY created DESC, id LIMIT 1000", nil, func(r *db.Row) error {
			role, _ := access.RoleByName(r.Text(1)) // a role that is gone shows as none
			all = append(all, Token{ID: r.Text(0), Role: role, Verbs: access.Verb(r.Int64(2)), Label: r.Text(3),
				Created: moment(r.Int64(4)), Expires: moment(r.Int64(5)), Revoked: moment(r.Int64(6))})
			return nil
		})
	})
	return all, err
}

// held is a row as Verify needs it.
type held struct {
	hash    [sha256.Size]byte
	who     access.Who
	expires int64
	revoked bool
}

const actorPrefix = "token:"

func (t *Tokens) read(ctx context.Context, id string) (row held, found bool, err error) {
	err = t.db.Query(ctx, "SELECT hash, role, verbs, expires, revoked FROM token WHERE id = $1", []any{id}, func(r *db.Row) error {
		role, ok := access.RoleByName(r.Text(1))
		if !ok || copy(row.hash[:], r.Bytes(0)) != len(row.hash) {
			return nil // written by a newer version, or damaged: not a token that we know
		}
		row.who = access.Operator(actorPrefix + id)
		row.who.Role = role
		row.who.Bound = access.AllTypes(access.Verb(r.Int64(2)))
		row.expires, row.revoked, found = r.Int64(3), r.Int64(4) != 0, true
		return nil
	})
	return row, found, err
}

func (h held) standing(now time.Time) (access.Who, error) {
	switch {
	case h.revoked:
		return access.Who{}, problem.New(problem.Revoked, "This token was taken back. Ask the operator for another one.")
	case now.Unix() >= h.expires:
		return access.Who{}, problem.New(problem.Unauthorized, "This token has run out. Ask the operator for another one, or make one with: bevan token")
	}
	return h.who, nil
}

func unknown() error {
	return problem.New(problem.Unauthorized, "This token is not known here. Check that all of it was copied, or make one with: bevan token")
}

// split takes a token apart. Only what could be one of ours goes on, so that
// rubbish costs no query.
func split(token string) (id string, secret [secretSize]byte, ok bool) {
	if len(token) != fullSize || !strings.HasPrefix(token, prefix) || token[len(prefix)+idSize] != '_' {
		return "", secret, false
	}
	id = token[len(prefix) : len(prefix)+idSize]
	half := token[len(prefix)+idSize+1:]
	n, err := text.Decode(secret[:], []byte(half))
	// The last letter has bits to spare; a token has one form only.
	return id, secret, err == nil && n == secretSize && text.EncodeToString(secret[:]) == half
}

func whole(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}
