package client

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/go-jose/go-jose/v4"
)

// signedLife is how long what was signed may live, with a day to spare for
// whoever keeps our public keys: a key is published for so long after the
// last signature. Nothing that is signed may be good for longer.
const signedLife = 25 * time.Hour

// signingAlgs are what this server signs with: RS256 is what SMART asks of ID
// tokens, ES256 what FAPI does.
var signingAlgs = []string{"RS256", "ES256"}

// SigningKey is a key of this server, ready for use. It never shows its bytes.
type SigningKey struct {
	ID, Alg string
	key     crypto.Signer
}

const hidden = "(key, not shown)"

// Format writes a placeholder under every verb, so that no key is printed by
// mistake.
func (k SigningKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// MarshalText gives the same placeholder to JSON and its like.
func (k SigningKey) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue gives the same placeholder to structured logs.
func (k SigningKey) LogValue() slog.Value { return slog.StringValue(hidden) }

// Sign makes a signed token (RFC 7515, compact) of claims. typ is its kind.
func (k *SigningKey) Sign(typ string, claims []byte) (string, error) {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Alg), Key: jose.JSONWebKey{Key: k.key, KeyID: k.ID}},
		new(jose.SignerOptions).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	signed, err := s.Sign(claims)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	return signed.CompactSerialize()
}

// Signer is the newest key for an algorithm; where there is none it is made.
func (c *Clients) Signer(ctx context.Context, alg string) (*SigningKey, error) {
	id, sealed, err := c.newest(ctx, alg)
	if err != nil {
		return nil, err
	}
	if id == "" {
		if err := c.makeKey(ctx, alg, false); err != nil {
			return nil, err
		}
		if id, sealed, err = c.newest(ctx, alg); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.opened[id]; k != nil {
		return k, nil
	}
	k, err := c.unseal(id, alg, sealed)
	if err == nil {
		c.opened[id] = k
	}
	return k, err
}

func (c *Clients) newest(ctx context.Context, alg string) (id, sealed string, err error) {
	err = c.db.Query(ctx, "SELECT id, sealed FROM signing_key WHERE alg = $1 AND retired = 0 ORDER BY created DESC, id LIMIT 1", []any{alg}, func(r *db.Row) error {
		id, sealed = r.Text(0), r.Text(1)
		return nil
	})
	return id, sealed, err
}

// sealedFor ties a sealed key to its place.
func sealedFor(id, alg string) string { return "bevan signing key " + alg + " " + id }

func (c *Clients) unseal(id, alg, sealed string) (*SigningKey, error) {
	der, err := c.ring.OpenToken(sealedFor(id, alg), sealed)
	if err != nil {
		// Another node may have sealed it under a newer master key.
		if rerr := c.ring.Reload(); rerr != nil {
			return nil, rerr
		}
		der, err = c.ring.OpenToken(sealedFor(id, alg), sealed)
	}
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The key that this server signs with can not be opened. Copy the newest key file to every server.", err)
	}
	defer clear(der)
	key, err := x509.ParsePKCS8PrivateKey(der)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, problem.New(problem.Internal, "")
	}
	return &SigningKey{ID: id, Alg: alg, key: signer}, nil
}

// makeKey makes a key. With rotate, it takes the place of those before it;
// without, it is made only where there is none.
func (c *Clients) makeKey(ctx context.Context, alg string, rotate bool) error {
	c.making.Lock()
	defer c.making.Unlock()
	if !rotate {
		if id, _, err := c.newest(ctx, alg); err != nil || id != "" {
			return err
		}
	}
	var key crypto.Signer
	var err error
	if alg == "RS256" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	defer clear(der)
	id, now := fresh(idBytes), c.now().Unix()
	public, err := json.Marshal(jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: alg, Use: "sig"})
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	sealed := c.ring.SealToken(sealedFor(id, alg), der)
	return c.db.Write(ctx, func(tx *db.Tx) error {
		if rotate {
			if _, err := tx.Exec("UPDATE signing_key SET retired = $2 WHERE alg = $1 AND retired = 0", alg, now); err != nil {
				return err
			}
		}
		_, err := tx.Exec("INSERT INTO signing_key (id, alg, public, sealed, created) VALUES ($1, $2, $3, $4, $5)", id, alg, string(public), sealed, now)
		return err
	})
}

// RotateKeys makes new keys to sign with, sealed under the newest master key.
// The public halves of the old ones stay published until nothing that they
// signed can be alive.
func (c *Clients) RotateKeys(ctx context.Context) error {
	for _, alg := range signingAlgs {
		if err := c.makeKey(ctx, alg, true); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.opened)
	return nil
}

// PublicKeys is the JWK Set of the keys that this server signs with or has
// signed with what may still be alive.
func (c *Clients) PublicKeys(ctx context.Context) ([]byte, error) {
	for _, alg := range signingAlgs {
		if err := c.makeKey(ctx, alg, false); err != nil {
			return nil, err
		}
	}
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{}
	err := c.db.Query(ctx, "SELECT public FROM signing_key WHERE retired = 0 OR retired > $1 ORDER BY created DESC, id", []any{c.now().Add(-signedLife).Unix()}, func(r *db.Row) error {
		set.Keys = append(set.Keys, json.RawMessage(r.Text(0)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(set)
}
