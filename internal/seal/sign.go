package seal

import "crypto/ed25519"

// signer is the key for one purpose. It follows from the same secret as the
// hashes, so that every copy of the ring signs alike, after any number of
// rotations.
func (r *Ring) signer(purpose string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(derive(r.state.Load().hash, "bevan sign\x00"+purpose, ed25519.SeedSize))
}

// Sign signs text for a purpose (Ed25519, RFC 8032).
func (r *Ring) Sign(purpose string, text []byte) []byte { return ed25519.Sign(r.signer(purpose), text) }

// SigningKey is the public key for a purpose, which anybody may have.
func (r *Ring) SigningKey(purpose string) []byte {
	return r.signer(purpose).Public().(ed25519.PublicKey)
}
