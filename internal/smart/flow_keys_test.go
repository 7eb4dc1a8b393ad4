package smart

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"testing"
)

func basicOf(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func unb64(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// signedBy checks RS256 and ES256 with a published JWK.
func signedBy(t testing.TB, key object, text string, sig []byte) bool {
	t.Helper()
	number := func(name string) *big.Int { return new(big.Int).SetBytes(unb64(t, fmt.Sprint(key[name]))) }
	sum := sha256.Sum256([]byte(text))
	if key["kty"] == "RSA" {
		public := &rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], sig) == nil
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, unb64(t, fmt.Sprint(key["x"])), unb64(t, fmt.Sprint(key["y"]))))
	return err == nil && len(sig) == 64 && ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
}

// thumbOf is the thumbprint of a key on P-256 (RFC 7638), written by hand.
func thumbOf(key any) string {
	k := jwk("", key)
	sum := sha256.Sum256([]byte(fmt.Sprintf(`{"crv":"%s","kty":"EC","x":"%s","y":"%s"}`, k["crv"], k["x"], k["y"])))
	return b64(sum[:])
}
