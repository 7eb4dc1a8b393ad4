package client

import (
	"crypto/elliptic"
	"testing"
)

// Whatever set of keys comes, what is chosen from it is a public key that is
// fit for the algorithm.
func FuzzKeySet(f *testing.F) {
	f.Add(publicSet(f, newEC(f, elliptic.P384()).Public()), "1", "ES384")
	f.Add(publicSet(f, newEC(f, elliptic.P256())), "1", "ES256")
	f.Add(`{"keys":[{"kty":"RSA","kid":"a","n":"AQ","e":"AQAB"},{"kty":"oct","kid":"a","k":"AA"},{}]}`, "a", "RS384")
	f.Fuzz(func(t *testing.T, text, kid, alg string) {
		s, err := ParseKeys([]byte(text))
		if err != nil {
			return
		}
		_ = s.check(SMART)
		if key, ok := s.Select(kid, alg); ok && (!Fit(key, alg) || !s.Has(kid)) {
			t.Errorf("%T is chosen for %s", key, alg)
		}
	})
}

// Whatever is presented as a token, it has one form or none.
func FuzzToken(f *testing.F) {
	f.Add("bevanat_0123456789abcdef_0123456789abcdefghjkmnpqrstvwxyz0123456789abcdefghjk")
	f.Add("bevan_x")
	f.Fuzz(func(t *testing.T, token string) {
		id, secret, ok := split(token)
		if ok && tokenPrefix+id+"_"+text.EncodeToString(secret[:]) != token {
			t.Errorf("%q is a token in two forms", token)
		}
	})
}
