package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Sealer seals small secrets so that only processes with the key file open them; *seal.Ring is one.
type Sealer interface {
	SealToken(purpose string, plain []byte) string
	OpenToken(purpose, token string) ([]byte, error)
	Reload() error
}

// keys are what the log signs, hides and tells its own by. They never show their bytes.
type keys struct {
	signer   note.Signer
	verifier note.Verifier
	public   string // the verifier's key, as text
	slots    []byte // of the pseudorandom function from persons to slots
	mac      []byte // of the second half of nonces
	// legacy is up to which number each node had written when the keys were made. What stands there has no
	// mark yet, and gets one with its leaf; nothing else does.
	legacy map[int64]int64
}

// secret is what is sealed: all keys come from its seed.
type secret struct {
	Seed   []byte          `json:"seed"`
	Name   string          `json:"name"`
	Legacy map[int64]int64 `json:"legacy,omitempty"`
}

// Format writes a placeholder under every verb, so that no key is printed by mistake.
func (k *keys) Format(f fmt.State, _ rune) { fmt.Fprint(f, "(key, not shown)") }

// LogValue gives the same placeholder to structured logs.
func (k *keys) LogValue() slog.Value { return slog.StringValue("(key, not shown)") }

const keyPurpose = "bevan access log key"

// loadKeys opens the log's keys, and makes them where there are none.
func (l *Log) loadKeys(ctx context.Context, ring Sealer, name string) (*keys, error) {
	sealed, err := l.sealedKey(ctx)
	if err != nil {
		return nil, err
	}
	if sealed == "" {
		if err := l.makeKey(ctx, ring, name); err != nil {
			return nil, err
		}
		if sealed, err = l.sealedKey(ctx); err != nil {
			return nil, err
		}
	}
	plain, err := ring.OpenToken(keyPurpose, sealed)
	if err != nil {
		if rerr := ring.Reload(); rerr != nil { // another node may have sealed it under a newer master key
			return nil, rerr
		}
		plain, err = ring.OpenToken(keyPurpose, sealed)
	}
	defer clear(plain)
	var s secret
	if err == nil {
		err = json.Unmarshal(plain, &s)
	}
	if err != nil || len(s.Seed) != ed25519.SeedSize {
		// The cause may quote what was opened.
		return nil, problem.New(problem.Unavailable, "The key that signs the access log can not be opened. Copy the newest key file to every server.")
	}
	return newKeys(s)
}

func (l *Log) sealedKey(ctx context.Context) (sealed string, err error) {
	err = l.db.Query(ctx, "SELECT sealed FROM log_key", nil, func(r *db.Row) error { sealed = r.Text(0); return nil })
	return sealed, err
}

// makeKey makes the log's secret, unless another process does at the same moment.
func (l *Log) makeKey(ctx context.Context, ring Sealer, name string) error {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails: it ends the program instead
	k, err := newKeys(secret{Seed: seed, Name: name})
	if err != nil {
		return err
	}
	return l.db.Write(ctx, func(tx *db.Tx) error {
		s := secret{Seed: seed, Name: name, Legacy: map[int64]int64{}}
		err := tx.Query("SELECT seq >> 40, max(seq) FROM access GROUP BY seq >> 40", nil, func(r *db.Row) error {
			s.Legacy[r.Int64(0)] = r.Int64(1)
			return nil
		})
		if err != nil {
			return err
		}
		plain, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO log_key (id, public, sealed, created) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING",
			k.public, ring.SealToken(keyPurpose, plain), time.Now().Unix())
		return err
	})
}

// newKeys derives the keys from a secret.
func newKeys(s secret) (*keys, error) {
	seed, name := s.Seed, s.Name
	private := ed25519.NewKeyFromSeed(derive(seed, "sign"))
	public, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	k := &keys{public: public, slots: derive(seed, "slots"), mac: derive(seed, "nonces"), legacy: s.Legacy}
	if k.verifier, err = note.NewVerifier(public); err != nil {
		return nil, fmt.Errorf("audit: the name of the log: %w", err)
	}
	const algEd25519 = 1
	raw := append([]byte{algEd25519}, private.Seed()...)
	k.signer, err = note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, k.verifier.KeyHash(), base64.StdEncoding.EncodeToString(raw)))
	return k, err
}

func derive(seed []byte, use string) []byte {
	b, err := hkdf.Key(sha256.New, seed, nil, "bevan access log "+use, 32)
	if err != nil {
		panic("audit: " + err.Error()) // only for sizes that aren't this one
	}
	return b
}

// slot is where a person stands in the map.
func (k *keys) slot(person int64) (slot tlog.Hash) {
	h := hmac.New(sha256.New, k.slots)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(person))
	h.Write(b[:])
	h.Sum(slot[:0])
	return slot
}
