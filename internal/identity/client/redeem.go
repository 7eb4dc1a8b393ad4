package client

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// ErrGone says that a code or a refresh token is not good: it was used, has run
// out, is another client's, or never was.
var ErrGone = errors.New("client: a code or refresh token is not good")

// Redeeming is how somebody came with a code.
type Redeeming struct {
	Client string
	// Fits says whether the rest of the request fits: the redirect address, the
	// verifier and the key. A code that does not fit is used up.
	Fits func(Code) bool
	// Spend are one-use numbers of the request.
	Spend []Once
}

// Redeem uses a code up. Of many that come with it, one gets the permission; a
// second one shows that somebody else has it, and all that it gave ends (RFC
// 6749 section 4.1.2).
func (c *Clients) Redeem(ctx context.Context, code string, r Redeeming) (Grant, Code, error) {
	raw, err := text.DecodeString(code)
	if err != nil || len(raw) != secretSize {
		return Grant{}, Code{}, c.orGone(c.Spend(ctx, r.Spend...))
	}
	hash := sha256.Sum256(raw)
	var g Grant
	var said Code
	var refusal error
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		refusal = nil
		if err := spendIn(tx, r.Spend); err != nil {
			return err
		}
		n, err := tx.Exec("UPDATE client_code SET used = $3 WHERE hash = $1 AND client = $2 AND used = 0", hash[:], r.Client, c.now().Unix())
		if err != nil {
			return err
		}
		grant, expires, found, err := c.readCode(tx, hash, r.Client, &said)
		if err != nil {
			return err
		}
		switch {
		case !found:
			refusal = ErrGone
		case n == 0: // it was used before
			refusal = ErrGone
			err = c.endGrant(tx, grant)
		case !c.now().Before(expires) || !r.Fits(said):
			refusal = ErrGone
		default:
			g, refusal, err = c.goodGrant(tx, grant)
		}
		return err
	})
	if errors.Is(refusal, ErrGone) {
		c.cache.DropAll()
	}
	if err == nil {
		err = refusal
	}
	return g, said, err
}

func (c *Clients) orGone(err error) error {
	if err == nil {
		return ErrGone
	}
	return err
}

func (c *Clients) readCode(tx *db.Tx, hash [32]byte, client string, said *Code) (grant string, expires time.Time, found bool, err error) {
	found, err = tx.One("SELECT grant_id, data, expires FROM client_code WHERE hash = $1 AND client = $2", []any{hash[:], client}, func(r *db.Row) error {
		grant, expires = r.Text(0), moment(r.Int64(2))
		return json.Unmarshal([]byte(r.Text(1)), said)
	})
	return grant, expires, found, err
}

// goodGrant reads a permission that has to stand.
func (c *Clients) goodGrant(tx *db.Tx, id string) (g Grant, refusal, err error) {
	found, err := tx.One("SELECT "+grantColumns+" FROM client_grant WHERE id = $1", []any{id}, func(r *db.Row) (err error) {
		g, err = scanGrant(r)
		return err
	})
	if err == nil && (!found || !g.Good(c.now())) {
		refusal = ErrGone
	}
	return g, refusal, err
}
