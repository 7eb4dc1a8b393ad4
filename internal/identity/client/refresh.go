package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	refreshPrefix = "bevanrt_"
	// refreshIdle is how long a refresh token is good that nobody uses. The
	// certification that SMART's tests come from wants three months.
	refreshIdle = 100 * 24 * time.Hour
)

// Refreshing says which refresh token to make.
type Refreshing struct {
	Grant      string
	Scopes     string
	Thumbprint string
	SignIn
	// Until is when it ends at the latest.
	Until time.Time
}

// insertRefresh makes a refresh token (RFC 6749 section 1.5) and returns its
// text, which is kept nowhere.
func (c *Clients) insertRefresh(tx *db.Tx, s Refreshing) (string, error) {
	var random [idBytes + secretSize]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand, Go 1.24)
	id, hash, now := text.EncodeToString(random[:idBytes]), sha256.Sum256(random[idBytes:]), whole(c.now())
	data, err := json.Marshal(s.SignIn)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	_, err = tx.Exec("INSERT INTO client_refresh (id, hash, grant_id, scopes, thumbprint, data, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		id, hash[:], s.Grant, s.Scopes, s.Thumbprint, string(data), now.Unix(), c.idleEnd(s.Until))
	return refreshPrefix + id + "_" + text.EncodeToString(random[idBytes:]), err
}

// idleEnd is when a refresh token ends that nobody uses from now on.
func (c *Clients) idleEnd(until time.Time) int64 {
	end := whole(c.now()).Add(refreshIdle)
	if !until.IsZero() && until.Before(end) {
		end = until
	}
	return end.Unix()
}

// Refresh is a refresh token that is good.
type Refresh struct {
	Grant      Grant
	Scopes     string
	Thumbprint string
	SignIn
	// Next takes its place, where it was asked to be replaced.
	Next string

	id       string
	expires  time.Time
	replaced bool
	hash     []byte
}

// Renewing is how somebody came with a refresh token.
type Renewing struct {
	Client string
	// Fits says whether the rest of the request fits.
	Fits func(Refresh) bool
	// Replace gives a new one and ends this one. One that comes again after it
	// was replaced shows that two have it, and the permission ends (RFC 9700
	// section 4.14.2).
	Replace bool
	Spend   []Once
}

// Renew checks a refresh token and, where it is to be, replaces it.
func (c *Clients) Renew(ctx context.Context, token string, r Renewing) (out Refresh, err error) {
	id, secret, ok := splitToken(refreshPrefix, token)
	if !ok {
		return out, c.orGone(c.Spend(ctx, r.Spend...))
	}
	hash := sha256.Sum256(secret[:])
	var refusal error
	err = c.db.Write(ctx, func(tx *db.Tx) (err error) {
		refusal = nil
		if err := spendIn(tx, r.Spend); err != nil {
			return err
		}
		if out, refusal, err = c.readRefresh(tx, id, hash, r.Client); err != nil || refusal != nil {
			return err
		}
		if !out.replaced && (!c.now().Before(out.expires) || !r.Fits(out)) {
			refusal = ErrGone
			return nil
		}
		used, err := c.renewed(tx, &out, r.Replace)
		if err == nil && used {
			refusal = ErrGone
			err = c.endGrant(tx, out.Grant.ID)
		}
		return err
	})
	if errors.Is(refusal, ErrGone) {
		c.cache.DropAll()
	}
	if err == nil {
		err = refusal
	}
	return out, err
}

// renewed moves the end of a refresh token, or puts another in its place. used
// says that one took its place before.
func (c *Clients) renewed(tx *db.Tx, out *Refresh, replace bool) (used bool, err error) {
	sql, with := "UPDATE client_refresh SET expires = $2 WHERE id = $1 AND replaced = 0", c.idleEnd(out.Grant.Until)
	if replace {
		sql, with = "UPDATE client_refresh SET replaced = $2 WHERE id = $1 AND replaced = 0", c.now().Unix()
	}
	n, err := tx.Exec(sql, out.id, with)
	if err != nil || n == 0 || !replace {
		return n == 0, err
	}
	out.Next, err = c.insertRefresh(tx, Refreshing{out.Grant.ID, out.Scopes, out.Thumbprint, out.SignIn, out.Grant.Until})
	return false, err
}

// endGrant takes a permission back within a transaction.
func (c *Clients) endGrant(tx *db.Tx, id string) error {
	_, err := tx.Exec("UPDATE client_grant SET revoked = $2 WHERE id = $1 AND revoked = 0", id, c.now().Unix())
	return err
}

// readRefresh finds a refresh token of the client's own.
func (c *Clients) readRefresh(tx *db.Tx, id string, hash [sha256.Size]byte, client string) (out Refresh, refusal, err error) {
	var grant string
	found, err := tx.One("SELECT hash, grant_id, scopes, thumbprint, data, expires, replaced FROM client_refresh WHERE id = $1", []any{id}, func(r *db.Row) error {
		out = Refresh{id: id, hash: append([]byte(nil), r.Bytes(0)...), Scopes: r.Text(2), Thumbprint: r.Text(3), expires: moment(r.Int64(5)), replaced: r.Int64(6) != 0}
		grant = r.Text(1)
		return json.Unmarshal([]byte(r.Text(4)), &out.SignIn)
	})
	if err != nil || !found || subtle.ConstantTimeCompare(out.hash, hash[:]) != 1 {
		return out, ErrGone, err
	}
	if out.Grant, refusal, err = c.goodGrant(tx, grant); err == nil && refusal == nil && out.Grant.Client != client {
		refusal = ErrGone
	}
	return out, refusal, err
}

// IsRefresh says whether a text has the form of a refresh token of this room.
func IsRefresh(token string) bool {
	_, _, ok := splitToken(refreshPrefix, token)
	return ok
}

// RevokeRefresh ends the permission behind a refresh token of the client's own,
// with all tokens that were given for it (RFC 7009 section 2.1). One that is not
// good, or another's, is no error: it lets nobody in.
func (c *Clients) RevokeRefresh(ctx context.Context, token, client string) error {
	id, secret, ok := splitToken(refreshPrefix, token)
	if !ok {
		return nil
	}
	hash := sha256.Sum256(secret[:])
	err := c.db.Write(ctx, func(tx *db.Tx) error {
		r, refusal, err := c.readRefresh(tx, id, hash, client)
		if err != nil || refusal != nil {
			return err
		}
		return c.endGrant(tx, r.Grant.ID)
	})
	c.cache.DropAll()
	return err
}
