package client

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
	"github.com/go-jose/go-jose/v4"
)

// published reads the key set as others do.
func published(t *testing.T, c *Clients) (set jose.JSONWebKeySet) {
	t.Helper()
	b, err := c.PublicKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), `"d"`) {
		t.Fatalf("a private key is published: %s", b)
	}
	if err := json.Unmarshal(b, &set); err != nil {
		t.Fatal(err)
	}
	return set
}

func isSigned(t *testing.T, set jose.JSONWebKeySet, signed string) bool {
	t.Helper()
	s, err := jose.ParseSignedCompact(signed, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Key(s.Signatures[0].Header.KeyID) {
		if _, err := s.Verify(k); err == nil {
			return true
		}
	}
	return false
}

func TestSigningKeysRotateAndOldOnesStayPublished(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ring := newHand(), newRing(t)
		here, there := openAt(t, d, ring, h), openAt(t, d, ring, h)
		var signed []string
		for _, alg := range signingAlgs {
			k, err := here.Signer(t.Context(), alg)
			if err != nil {
				t.Fatal(err)
			}
			s, err := k.Sign("JWT", []byte(`{"sub":"x"}`))
			if err != nil {
				t.Fatal(err)
			}
			signed = append(signed, s)
		}
		if err := ring.Rotate(); err != nil { // keys that were sealed before open as well
			t.Fatal(err)
		}
		if k, err := openAt(t, d, ring, h).Signer(t.Context(), "ES256"); err != nil || k == nil {
			t.Fatal(err)
		}
		old := published(t, there)
		if len(old.Keys) != 2 {
			t.Fatalf("%d keys are published", len(old.Keys))
		}
		if err := there.RotateKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		k, err := here.Signer(t.Context(), "RS256")
		if err != nil || k.ID == old.Keys[0].KeyID || k.ID == old.Keys[1].KeyID {
			t.Errorf("an old key still signs: %v", err)
		}
		for _, s := range signed {
			h.move(signedLife / 3)
			if err := here.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !isSigned(t, published(t, here), s) {
				t.Error("what may be alive is signed by a key that is no longer published")
			}
		}
		h.move(signedLife)
		if err := here.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if set := published(t, here); len(set.Keys) != 2 || isSigned(t, set, signed[0]) || rows(t, d, "signing_key") != 2 {
			t.Errorf("old keys are still there: %d", len(set.Keys))
		}
	})
}

func TestASigningKeyIsNeverPrinted(t *testing.T) {
	c := openAt(t, dbtest.SQLite(t), newRing(t), newHand()) // printing asks no database
	k, err := c.Signer(t.Context(), "ES256")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", k, "value", *k)
	b, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(k), fmt.Sprintf("%+v %#v %x %s", *k, k, k, *k), string(b), log.String()} {
		for _, part := range strings.Fields(strings.ReplaceAll(s, hidden, "")) {
			if strings.Contains(part, k.ID) || strings.Contains(part, "ecdsa") {
				t.Errorf("it was printed: %s", s)
			}
		}
		if !strings.Contains(s, hidden) {
			t.Errorf("%q shows no placeholder", s)
		}
	}
}

// A node whose copy of the key file was read before a rotation reads it again.
func TestAKeySealedOnAnotherNodeIsOpened(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		path := filepath.Join(t.TempDir(), "keys.json")
		ring, err := seal.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		late, err := seal.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := ring.Rotate(); err != nil {
			t.Fatal(err)
		}
		if err := openAt(t, d, ring, newHand()).RotateKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := openAt(t, d, late, newHand()).Signer(t.Context(), "RS256"); err != nil {
			t.Error(err)
		}
		if _, err := openAt(t, d, newRing(t), newHand()).Signer(t.Context(), "RS256"); err == nil {
			t.Error("a key was opened with the ring of another store")
		}
	})
}
