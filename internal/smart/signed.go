package smart

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // refuses names that come twice, and does not mix up case
)

// skew is how far another machine's clock may be off. FAPI 2.0 section 5.3.2.1
// wants 10 seconds accepted and 60 refused.
const skew = 30 * time.Second

// signed is a signed text (RFC 7515, compact) whose signature is not checked
// yet.
type signed struct {
	alg, kid, typ string
	jku           string
	key           any // the public key in the header, where one may stand there
	text          string
	jws           *jose.JSONWebSignature
}

// errSigned says that a text can not be trusted. Why is for nobody to know who
// does not hold the key.
var errSigned = errors.New("smart: not signed as it has to be")

// parseSigned reads a signed text with one of the algorithms. withKey says
// whether the key stands in its header, as in a DPoP proof; anywhere else a key
// or a certificate in the header is refused: whoever writes a text may not say
// what it is checked by.
func parseSigned(text string, algs []string, withKey bool) (*signed, error) {
	if len(text) > maxAssertion || strings.Count(text, ".") != 2 {
		return nil, errSigned
	}
	head, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(head)
	if err != nil {
		return nil, errSigned
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, errSigned
	}
	for _, name := range []string{"x5u", "x5c", "crit", "b64", "zip", "enc"} {
		if _, there := fields[name]; there {
			return nil, errSigned
		}
	}
	if _, there := fields["jwk"]; there != withKey {
		return nil, errSigned
	}
	var known []jose.SignatureAlgorithm
	for _, a := range algs {
		known = append(known, jose.SignatureAlgorithm(a))
	}
	jws, err := jose.ParseSignedCompact(text, known)
	if err != nil || len(jws.Signatures) != 1 || !slices.Contains(algs, jws.Signatures[0].Header.Algorithm) {
		return nil, errSigned
	}
	h := jws.Signatures[0].Header
	s := &signed{alg: h.Algorithm, kid: h.KeyID, text: text, jws: jws}
	for name, to := range map[string]*string{"typ": &s.typ, "jku": &s.jku} {
		if v, there := h.ExtraHeaders[jose.HeaderKey(name)]; there {
			text, ok := v.(string)
			if !ok || text == "" {
				return nil, errSigned
			}
			*to = text
		}
	}
	if withKey {
		if h.JSONWebKey == nil || !h.JSONWebKey.IsPublic() {
			return nil, errSigned
		}
		s.key = h.JSONWebKey.Key
	}
	return s, nil
}

// verify checks the signature by a public key and gives what was signed. The
// algorithm is the one that the text names, and the key must be fit for it: a
// key never serves for two kinds of signature by mistake.
func (s *signed) verify(key any) ([]byte, error) {
	if !client.Fit(key, s.alg) {
		return nil, errSigned
	}
	b, err := s.jws.Verify(key)
	if err != nil || s.alg == "PS256" && !s.salted(key) {
		return nil, errSigned
	}
	return b, nil
}

// salted checks that the salt of a PS256 signature is as long as its hash, as
// RFC 7518 section 3.5 has it; the library takes any length.
func (s *signed) salted(key any) bool {
	public, ok := key.(*rsa.PublicKey)
	at := strings.LastIndexByte(s.text, '.')
	sum := sha256.Sum256([]byte(s.text[:at]))
	return ok && rsa.VerifyPSS(public, crypto.SHA256, sum[:], s.jws.Signatures[0].Signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
}

// peek gives what is said, and may not be true.
func (s *signed) peek() []byte { return s.jws.UnsafePayloadWithoutVerification() }

// claims are what a JSON Web Token says (RFC 7519), as far as we ask.
type claims struct {
	Issuer   string          `json:"iss"`
	Subject  string          `json:"sub"`
	Audience json.RawMessage `json:"aud"`
	ID       string          `json:"jti"`
	Expires  *float64        `json:"exp"`
	After    *float64        `json:"nbf"`
	Made     *float64        `json:"iat"`

	// Of a DPoP proof (RFC 9449 section 4.2).
	Method string `json:"htm"`
	URL    string `json:"htu"`
	Access string `json:"ath"`
}

func readClaims(b []byte) (claims, error) {
	var c claims
	if err := json.Unmarshal(b, &c); err != nil {
		return claims{}, errSigned
	}
	for _, at := range []*float64{c.Expires, c.After, c.Made} {
		if at != nil && (*at < 0 || *at > 1<<40) { // beyond it lies nothing that a clock can hold
			return claims{}, errSigned
		}
	}
	return c, nil
}

// audience is the one value of aud. A list of several is none: the same text
// would be good at two places, and one of them could use it at the other.
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

func seconds(at float64) time.Time { return time.UnixMilli(int64(at * 1000)) }
