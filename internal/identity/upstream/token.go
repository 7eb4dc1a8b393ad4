package upstream

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // refuses names that come twice, and does not mix up case
)

// skew is how far a provider's clock may be off, and fresh how long ago an ID
// token may have been made: it comes by the back channel, at once.
const (
	skew  = 30 * time.Second
	fresh = 10 * time.Minute
)

const maxToken = 32 << 10

// claims are what an ID token says, as far as we ask (OpenID Connect Core,
// section 2; RFC 8485, section 4).
type claims struct {
	Issuer    string          `json:"iss"`
	Subject   string          `json:"sub"`
	Audience  json.RawMessage `json:"aud"`
	Party     string          `json:"azp"`
	Expires   *float64        `json:"exp"`
	After     *float64        `json:"nbf"`
	Made      *float64        `json:"iat"`
	Seen      *float64        `json:"auth_time"`
	Nonce     string          `json:"nonce"`
	Access    string          `json:"at_hash"`
	Vector    string          `json:"vot"`
	Trustmark string          `json:"vtm"`
	Context   string          `json:"acr"`
	Level     string          `json:"identity_proofing_level"`
}

// signed checks a signed text (RFC 7515, compact) by the keys at an address, and
// gives what it says. Whoever writes a text may not say what it is checked by:
// a key, a certificate or an address of one in its header is passed over, and
// the algorithm is one of those that were expected.
func (p *Providers) signed(ctx context.Context, of Provider, text string, algs []string, at string, read func([]byte) (client.KeySet, error)) (payload []byte, alg string, err error) {
	if len(text) > maxToken || strings.Count(text, ".") != 2 {
		return nil, "", broken("a signed text is too large, or none")
	}
	var known []jose.SignatureAlgorithm
	for _, a := range algs {
		known = append(known, jose.SignatureAlgorithm(a))
	}
	jws, err := jose.ParseSignedCompact(text, known)
	if err != nil || len(jws.Signatures) != 1 || !slices.Contains(algs, jws.Signatures[0].Header.Algorithm) {
		return nil, "", broken("a text is not signed with an algorithm of this provider")
	}
	h := jws.Signatures[0].Header
	if h.KeyID == "" {
		return nil, "", broken("a signed text names no key")
	}
	if _, there := h.ExtraHeaders["crit"]; there {
		return nil, "", broken("a signed text wants something that is not done here")
	}
	set, err := p.keys(ctx, of, at, h.KeyID, read)
	if err != nil {
		return nil, "", err
	}
	key, ok := set.Select(h.KeyID, h.Algorithm)
	if !ok {
		return nil, "", broken("the key of a signed text is not the provider's")
	}
	payload, err = jws.Verify(key)
	if err != nil {
		return nil, "", broken("a signature is not right")
	}
	return payload, h.Algorithm, nil
}

// idToken checks an ID token (OpenID Connect Core, section 3.1.3.7).
func (p *Providers) idToken(ctx context.Context, of Provider, m metadata, t tokens, nonce string) (claims, string, error) {
	payload, alg, err := p.signed(ctx, of, t.ID, signs[of.Profile], m.Keys, client.ParseKeys)
	if err != nil {
		return claims{}, "", err
	}
	var c claims
	if json.Unmarshal(payload, &c) != nil {
		return claims{}, "", broken("the ID token can not be read")
	}
	if why := c.wrong(of, of.Issuer, p.cfg.Now()); why != "" {
		return claims{}, "", broken("the ID token " + why)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1:
		return claims{}, "", broken("the ID token has another nonce")
	case c.Access != "" && c.Access != halfHash(alg, t.Access):
		return claims{}, "", broken("the ID token belongs to another access token")
	}
	sum := sha256.Sum256([]byte(t.ID))
	return c, hex.EncodeToString(sum[:]), nil
}

// wrong says what is wrong with what an issuer signed for us, or nothing.
func (c claims) wrong(of Provider, issuer string, now time.Time) string {
	switch {
	case c.Issuer != issuer:
		return "is of another issuer"
	case c.audience() != of.ClientID:
		return "is for somebody else"
	case c.Party != "" && c.Party != of.ClientID:
		return "was given to somebody else"
	case c.Subject == "" || len(c.Subject) > 255:
		return "names nobody"
	case c.Expires == nil || !sane(c.Expires) || now.After(at(c.Expires).Add(skew)):
		return "has run out"
	case c.Made == nil || !sane(c.Made) || at(c.Made).After(now.Add(skew)):
		return "is from the future"
	case at(c.Made).Before(now.Add(-fresh - skew)):
		return "is too old"
	case c.After != nil && (!sane(c.After) || at(c.After).After(now.Add(skew))):
		return "is not good yet"
	case c.Seen != nil && (!sane(c.Seen) || at(c.Seen).After(now.Add(skew))):
		return "says that the person was seen in the future"
	}
	return ""
}

// sane says whether a time is one that a clock can hold.
func sane(at *float64) bool { return *at >= 0 && *at < 1<<40 }

func at(seconds *float64) time.Time { return time.UnixMilli(int64(*seconds * 1000)) }

// audience is the one value of aud. A text for several is for none: one of them
// could use it at the others.
func (c claims) audience() string {
	var one string
	if json.Unmarshal(c.Audience, &one) == nil {
		return one
	}
	var list []string
	if json.Unmarshal(c.Audience, &list) == nil && len(list) == 1 {
		return list[0]
	}
	return ""
}

// halfHash is the left half of an access token's hash (OpenID Connect Core,
// section 3.1.3.6).
func halfHash(alg, token string) string {
	var sum []byte
	switch {
	case strings.HasSuffix(alg, "512"):
		h := sha512.Sum512([]byte(token))
		sum = h[:]
	case strings.HasSuffix(alg, "384"):
		h := sha512.Sum384([]byte(token))
		sum = h[:]
	default:
		h := sha256.Sum256([]byte(token))
		sum = h[:]
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
