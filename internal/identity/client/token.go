package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Issuing says which access token to make.
type Issuing struct {
	Grant  string
	Scopes string
	// Thumbprint is that of the key which its holder has to prove with each
	// use (RFC 9449, jkt); "" for a token that works by itself.
	Thumbprint string
	Life       time.Duration
	// Spend are the one-use numbers by which it was asked for. All of them are
	// spent with it, or none and there is no token.
	Spend []Once
	// About is what the token is about, where it is given for another token
	// (RFC 8693); nil for what its permission is about.
	About *Context
	// Refresh asks for a refresh token with it; nil for none.
	Refresh *Refreshing
}

// Issued is what was made.
type Issued struct {
	Token   string
	Expires time.Time
	Refresh string // "" where none was asked for
}

// ErrReplayed says that a one-use number was used before.
var ErrReplayed = errors.New("client: a one-use number was used before")

// Holder is who holds an access token, and what may be known about it.
type Holder struct {
	Who           access.Who
	Token         string // its id, by which it can be revoked
	Client, Grant string
	Account       string
	Context
	Scopes     string
	Thumbprint string
	// Exchanged says that it was given for another token, and is not to be
	// exchanged again.
	Exchanged        bool
	Created, Expires time.Time
}

const tokenPrefix = "bevanat_" // an operator's token begins in another way

var (
	idSize   = text.EncodedLen(idBytes)
	bodySize = idSize + 1 + text.EncodedLen(secretSize) // of a token, without its prefix
)

// Issue makes an access token and returns its text, which is kept nowhere.
func (c *Clients) Issue(ctx context.Context, s Issuing) (out Issued, err error) {
	if s.Life < time.Second || s.Life > 24*time.Hour || len(s.Scopes) > access.MaxScopes || len(s.Thumbprint) > 100 {
		return Issued{}, problem.New(problem.Internal, "")
	}
	var random [idBytes + secretSize]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand, Go 1.24)
	id, hash, now := text.EncodeToString(random[:idBytes]), sha256.Sum256(random[idBytes:]), whole(c.now())
	out.Expires = now.Add(s.Life)
	about, err := aboutText(s.About)
	if err != nil {
		return Issued{}, err
	}
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		if s.Refresh != nil {
			if out.Refresh, err = c.insertRefresh(tx, *s.Refresh); err != nil {
				return err
			}
		}
		p := &db.Pipeline{} // one round trip, with COMMIT
		spend(p, s.Spend)
		p.Exec("INSERT INTO client_token (id, hash, grant_id, scopes, thumbprint, created, expires, context) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			id, hash[:], s.Grant, s.Scopes, s.Thumbprint, now.Unix(), out.Expires.Unix(), about)
		c.noteUse(p, s.Grant)
		return tx.Last(p)
	})
	if err != nil {
		return Issued{}, err
	}
	out.Token = tokenPrefix + id + "_" + text.EncodeToString(random[idBytes:])
	return out, nil
}

// aboutText is how it is written down what a token is about.
func aboutText(about *Context) (string, error) {
	if about == nil {
		return "", nil
	}
	b, err := json.Marshal(exchanged{*about, about.Patient})
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	return string(b), nil
}

// IsToken says whether a text has the form of an access token of this room.
func IsToken(token string) bool {
	_, _, ok := split(token)
	return ok
}

// Verify says who holds an access token. What it refuses is of kind
// Unauthorized, or Revoked for what was taken back: the token, the permission
// or the client. Whether the holder can prove the key is for the caller.
func (c *Clients) Verify(ctx context.Context, token string) (Holder, error) {
	id, secret, ok := split(token)
	if !ok {
		return Holder{}, unknown()
	}
	hash := sha256.Sum256(secret[:])
	asked := c.now() // before the reading, so that what is remembered is never younger than it was
	row, known, drops := c.cache.Get(id, asked)
	if !known {
		var found bool
		var err error
		if row, found, err = c.read(ctx, id); err != nil {
			return Holder{}, err
		}
		if !found {
			return Holder{}, unknown()
		}
	}
	if subtle.ConstantTimeCompare(row.hash[:], hash[:]) != 1 {
		return Holder{}, unknown()
	}
	if !known {
		c.cache.Put(id, row, asked, drops)
	}
	return row.standing(asked)
}

// held is a row as Verify needs it.
type held struct {
	Holder
	hash    [sha256.Size]byte
	until   time.Time // of the permission
	revoked bool      // any of the three
}

func (c *Clients) read(ctx context.Context, id string) (row held, found bool, err error) {
	err = c.db.Query(ctx, `SELECT t.hash, t.scopes, t.thumbprint, t.created, t.expires, g.id, g.client, g.account, g.patient, g.until,
		t.revoked <> 0 OR g.revoked <> 0 OR c.revoked <> 0, g.context, t.context, `+usesColumn+`
		FROM client_token t JOIN client_grant g ON g.id = t.grant_id JOIN client c ON c.id = g.client WHERE t.id = $1`, []any{id}, func(r *db.Row) error {
		if copy(row.hash[:], r.Bytes(0)) != len(row.hash) {
			return nil // damaged: not a token that we know
		}
		row.Holder = Holder{Token: id, Scopes: r.Text(1), Thumbprint: r.Text(2), Created: moment(r.Int64(3)), Expires: moment(r.Int64(4)),
			Grant: r.Text(5), Client: r.Text(6), Account: r.Text(7)}
		var err error
		row.Context, err = readContext(r.Text(8), r.Text(11))
		if about := r.Text(12); about != "" && err == nil {
			var x exchanged
			err = json.Unmarshal([]byte(about), &x)
			row.Context, row.Exchanged = x.Context, true
			row.Patient = x.Chosen
		}
		row.Who = who(row.Client, row.Grant, row.Account, row.Context, row.Scopes)
		if err == nil {
			row.Who.Uses, err = readUses(r, 13)
		}
		row.until, row.revoked, found = moment(r.Int64(9)), r.Bool(10), true
		return err
	})
	return row, found, err
}

func (h held) standing(now time.Time) (Holder, error) {
	switch {
	case h.revoked:
		return Holder{}, takenBack()
	case !now.Before(h.Expires):
		return Holder{}, problem.New(problem.Unauthorized, "This token has run out. Ask the token endpoint for another one.")
	case !h.until.IsZero() && !now.Before(h.until):
		return Holder{}, problem.New(problem.Unauthorized, "The permission that this token was given for has ended. Ask for it again.")
	}
	return h.Holder, nil
}

func unknown() error {
	return problem.New(problem.Unauthorized, "This token is not known here. Ask the token endpoint for one.")
}

func takenBack() error {
	return problem.New(problem.Revoked, "This permission was taken back. Ask whoever runs this service.").Because("permission-taken-back")
}

// RevokeToken takes one token back, by its id. One that is not there is no
// error: it lets nobody in.
func (c *Clients) RevokeToken(ctx context.Context, id string) error {
	_, err := c.strike(ctx, "client_token", id)
	return err
}

// split takes a token apart. Only what could be one of ours goes on, so that
// rubbish costs no query.
func split(token string) (id string, secret [secretSize]byte, ok bool) {
	return splitToken(tokenPrefix, token)
}

func splitToken(prefix, token string) (id string, secret [secretSize]byte, ok bool) {
	token, ok = strings.CutPrefix(token, prefix)
	if !ok || len(token) != bodySize || token[idSize] != '_' {
		return "", secret, false
	}
	id = token[:idSize]
	half := token[idSize+1:]
	n, err := text.Decode(secret[:], []byte(half))
	// The last letter has bits to spare; a token has one form only.
	return id, secret, err == nil && n == secretSize && text.EncodeToString(secret[:]) == half
}
