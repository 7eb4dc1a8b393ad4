package seal

import (
	"bytes"
	"crypto/ed25519"
	"path/filepath"
	"testing"
)

func TestSignaturesOutliveARotationAndNameTheirPurpose(t *testing.T) {
	r, err := Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	key, sig := r.SigningKey("a"), r.Sign("a", []byte("text"))
	if err := r.Rotate(); err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(key, []byte("text"), sig) || !bytes.Equal(key, r.SigningKey("a")) {
		t.Error("it does not verify after a rotation")
	}
	if ed25519.Verify(key, []byte("other"), sig) || ed25519.Verify(r.SigningKey("b"), []byte("text"), sig) {
		t.Error("it verifies for another text or purpose")
	}
	other, err := Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(key, other.SigningKey("a")) {
		t.Error("two rings sign alike")
	}
}
