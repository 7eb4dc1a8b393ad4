package client

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"slices"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/go-jose/go-jose/v4"
)

// Bounds of a JWK Set: what is larger is not read.
const (
	MaxKeySet = 64 << 10 // bytes
	maxKeys   = 50
	minRSA    = 2048 // bits: NIST SP 800-131A
	maxRSA    = 8192 // bits: the work of checking grows with them
)

// KeySet is a set of public keys (RFC 7517) as it came. A key is read when it
// is chosen, so that one that we do not understand spoils no other.
type KeySet struct{ keys []namedKey }

type namedKey struct {
	Kid string   `json:"kid"`
	Kty string   `json:"kty"`
	Use string   `json:"use"`
	Ops []string `json:"key_ops"`
	Alg string   `json:"alg"`

	raw json.RawMessage
}

// ParseKeys reads a JWK Set.
func ParseKeys(b []byte) (KeySet, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if len(b) > MaxKeySet {
		return KeySet{}, problem.New(problem.TooLarge, "This set of keys is too large. It may have 64 kB; leave out keys that are no longer used.").Because("keys-too-large")
	}
	bad := problem.New(problem.Invalid, `This is not a set of keys. It is a JSON object such as {"keys":[{"kty":"EC","kid":"1","crv":"P-384","x":"…","y":"…"}]}.`).Because("keys-unread")
	if err := json.Unmarshal(b, &set); err != nil || len(set.Keys) > maxKeys {
		return KeySet{}, bad
	}
	var out KeySet
	for _, raw := range set.Keys {
		k := namedKey{raw: raw}
		if err := json.Unmarshal(raw, &k); err != nil {
			return KeySet{}, bad
		}
		out.keys = append(out.keys, k)
	}
	return out, nil
}

// check is for keys that the operator gives: all of them have to be right, and
// one at least of use.
func (s KeySet) check(p Profile) error {
	usable := false
	for i, k := range s.keys {
		var j jose.JSONWebKey
		switch {
		case k.Kid == "":
			return problem.New(problem.Invalid, "Each key needs a kid, by which the program names it. Add one to every key.").Because("keys-no-kid")
		case k.Kty == "oct" || json.Unmarshal(k.raw, &j) != nil:
			return problem.New(problem.Invalid, "One of the keys can not be read, or is a shared secret. Give public keys of type RSA, EC or OKP.").Because("keys-one-unread")
		case !j.IsPublic():
			return problem.New(problem.Invalid, "One of the keys holds a private half. It must stay with the program: make new keys, and give the public halves only.").Because("keys-private")
		case slices.ContainsFunc(s.keys[:i], func(o namedKey) bool { return o.Kid == k.Kid && o.Kty == k.Kty }):
			return problem.New(problem.Invalid, "Two keys have the same kid. Give each its own.").Because("keys-same-kid")
		}
		for _, alg := range p.Algorithms() {
			_, ok := s.Select(k.Kid, alg)
			usable = usable || ok
		}
	}
	if !usable {
		want := "RSA of 2,048 bits or more (RS384) or EC P-384 (ES384)"
		if p == FAPI2 {
			want = "EC P-256 (ES256), Ed25519 (EdDSA) or RSA of 2,048 bits or more (PS256)"
		}
		return problem.New(problem.Invalid, "None of the keys can be used in the profile "+string(p)+". Give a key of type "+want+".").Because("keys-not-usable")
	}
	return nil
}

// Select finds the public key that a signature of the algorithm names. Exactly
// one key must have both its kid and its type (SMART 2.2, signature
// verification), and that key must be fit for the algorithm.
func (s KeySet) Select(kid, alg string) (key any, ok bool) {
	kty := map[string]string{"RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "ES256": "EC", "ES384": "EC", "EdDSA": "OKP"}[alg]
	var found *namedKey
	for i := range s.keys {
		if k := &s.keys[i]; k.Kid == kid && k.Kty == kty {
			if found != nil {
				return nil, false
			}
			found = k
		}
	}
	if found == nil || kid == "" || kty == "" {
		return nil, false
	}
	var j jose.JSONWebKey
	fit := (found.Use == "" || found.Use == "sig") && (found.Alg == "" || found.Alg == alg) &&
		(found.Ops == nil || slices.Contains(found.Ops, "verify")) && json.Unmarshal(found.raw, &j) == nil && j.IsPublic() && Fit(j.Key, alg)
	return j.Key, fit
}

// Fit says whether a public key may be used with the algorithm: of its type,
// on its curve, and neither too weak to trust nor too large to check.
func Fit(key any, alg string) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		n := k.N.BitLen()
		return (alg == "RS256" || alg == "RS384" || alg == "RS512" || alg == "PS256") && n >= minRSA && n <= maxRSA && !weakRSA(k.N)
	case *ecdsa.PublicKey:
		return alg == "ES256" && k.Curve == elliptic.P256() || alg == "ES384" && k.Curve == elliptic.P384()
	case ed25519.PublicKey:
		return alg == "EdDSA" && len(k) == ed25519.PublicKeySize
	}
	return false
}

// Has says whether a key of this name is in the set.
func (s KeySet) Has(kid string) bool {
	return slices.ContainsFunc(s.keys, func(k namedKey) bool { return k.Kid == kid })
}
