package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// Once is a number that is good once, such as the jti of an assertion.
type Once struct {
	// Use keeps numbers of one kind apart from those of another.
	Use string
	// Issuer is who made it; two issuers may make the same number.
	Issuer string
	Number string
	// Until is when nobody could use it any more, and it may be forgotten.
	Until time.Time
}

// Spend uses numbers up: all of them, or none and ErrReplayed. Of many callers
// with the same number, on any node, one succeeds.
func (c *Clients) Spend(ctx context.Context, all ...Once) error {
	return c.db.Write(ctx, func(tx *db.Tx) error {
		p := &db.Pipeline{}
		spend(p, all)
		return tx.Last(p)
	})
}

// spendIn uses numbers up in the middle of a transaction.
func spendIn(tx *db.Tx, all []Once) error {
	p := &db.Pipeline{}
	spend(p, all)
	return tx.Run(p)
}

// spend adds the statements that use numbers up. One that is there already
// fails with ErrReplayed, and nothing of its transaction is kept.
func spend(p *db.Pipeline, all []Once) {
	for _, o := range all {
		h := sha256.New()
		for _, s := range [...]string{o.Use, o.Issuer, o.Number} {
			part := sha256.Sum256([]byte(s)) // of one length, so that no two lists look alike
			h.Write(part[:])
		}
		p.Insert(ErrReplayed, "INSERT INTO client_spent (hash, until) VALUES ($1, $2)", h.Sum(nil), o.Until.Unix()+1)
	}
}

// Sweep clears away what nobody can use any more: tokens that ran out, numbers
// that could not be used again, keys whose signatures are all dead.
func (c *Clients) Sweep(ctx context.Context) error {
	now := c.now().Unix()
	errs := []error{c.sweepRegistered(ctx)}
	for _, q := range [...]struct {
		sql    string
		before int64
	}{
		{"DELETE FROM client_token WHERE expires <= $1", now},
		{"DELETE FROM client_spent WHERE until <= $1", now},
		{"DELETE FROM client_ask WHERE expires <= $1", now},
		{"DELETE FROM client_code WHERE forget <= $1", now},
		{"DELETE FROM client_refresh WHERE expires <= $1", now},
		{"DELETE FROM client_launch WHERE expires <= $1", now},
		{"DELETE FROM client_device WHERE forget <= $1", now},
		{"DELETE FROM client_invite WHERE expires <= $1", now},
		{"DELETE FROM client_try WHERE slot IN (SELECT slot FROM client_try WHERE tat < $1 LIMIT 1000)", now},
		{"DELETE FROM signing_key WHERE retired <> 0 AND retired <= $1", now - int64(signedLife/time.Second)},
	} {
		errs = append(errs, c.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(q.sql, q.before)
			return err
		}))
	}
	return errors.Join(errs...)
}
