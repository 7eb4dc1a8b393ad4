package upstream

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/go-jose/go-jose/v4"
)

func sealedFor(id, alg string) string { return "bevan upstream key " + alg + " " + id }

// newKey makes the key by which one provider knows this server: another for
// each, so that none can use what was signed for another.
func (p *Providers) newKey(id, alg string) (public, sealed string, err error) {
	var key crypto.Signer
	if alg == "ES256" {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 3072)
	}
	if err != nil {
		return "", "", problem.Wrap(problem.Internal, "", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", problem.Wrap(problem.Internal, "", err)
	}
	defer clear(der)
	jwk, err := json.Marshal(jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: alg, Use: "sig"})
	if err != nil {
		return "", "", problem.Wrap(problem.Internal, "", err)
	}
	return string(jwk), p.cfg.Ring.SealToken(sealedFor(id, alg), der), nil
}

func (p *Providers) key(of Provider) (crypto.Signer, error) {
	der, err := p.cfg.Ring.OpenToken(sealedFor(of.ID, of.Alg), of.sealed)
	if err != nil {
		// Another node may have sealed it under a newer master key.
		if rerr := p.cfg.Ring.Reload(); rerr != nil {
			return nil, rerr
		}
		der, err = p.cfg.Ring.OpenToken(sealedFor(of.ID, of.Alg), of.sealed)
	}
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The key for this provider can not be opened. Copy the newest key file to every server.", err)
	}
	defer clear(der)
	key, err := x509.ParsePKCS8PrivateKey(der)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, problem.New(problem.Internal, "")
	}
	return signer, nil
}

// assertionLife is how long what we sign is good.
const assertionLife = 5 * time.Minute

// assertion proves to a provider's token endpoint who asks (RFC 7523, section
// 3; OpenID Connect Core, section 9, private_key_jwt).
func (p *Providers) assertion(of Provider, audience string) (string, error) {
	key, err := p.key(of)
	if err != nil {
		return "", err
	}
	now := p.cfg.Now()
	claims, err := json.Marshal(map[string]any{"iss": of.ClientID, "sub": of.ClientID, "aud": audience, "jti": randomText(),
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix()})
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(of.Alg), Key: jose.JSONWebKey{Key: key, KeyID: of.ID}},
		new(jose.SignerOptions).WithType("JWT"))
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	signed, err := s.Sign(claims)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	return signed.CompactSerialize()
}

// Reseal seals the keys for providers under the newest master key, after the
// ring was rotated. Providers notice nothing: the keys are the same.
func (p *Providers) Reseal(ctx context.Context) error {
	all, err := p.Current(ctx)
	if err != nil {
		return err
	}
	for _, of := range all {
		der, err := p.cfg.Ring.OpenToken(sealedFor(of.ID, of.Alg), of.sealed)
		if err != nil {
			return problem.Wrap(problem.Unavailable, "The key for the provider "+of.ID+" can not be opened. Copy the newest key file to every server.", err)
		}
		again := p.cfg.Ring.SealToken(sealedFor(of.ID, of.Alg), der)
		clear(der)
		err = p.cfg.DB.Write(ctx, func(t *db.Tx) error { // only over what was read: it may have been removed since
			_, err := t.Exec("UPDATE upstream_provider SET sealed = $2 WHERE id = $1 AND sealed = $3", of.ID, again, of.sealed)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
