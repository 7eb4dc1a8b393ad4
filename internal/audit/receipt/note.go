package receipt

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is the head of a log at one time (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string
	tlog.Tree
}

// Text is the checkpoint as the body of a signed note.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.N, c.Hash)
}

var errCheckpoint = errors.New("receipt: not a checkpoint")

// ParseCheckpoint reads the body of a note. Lines behind the third are left alone, as the format asks.
func ParseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(text) > 1<<16 || len(lines) < 4 || lines[0] == "" {
		return c, errCheckpoint
	}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != lines[1] {
		return c, errCheckpoint
	}
	h, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(h) != tlog.HashSize {
		return c, errCheckpoint
	}
	c.Origin, c.N = lines[0], n
	copy(c.Hash[:], h)
	return c, nil
}

// OpenCheckpoint checks that a log signed a note, and reads it. Seen are the witnesses of the list who
// signed it too, with the time at which each says that it did.
func OpenCheckpoint(signed []byte, log note.Verifier, witnesses []*Witness) (c Checkpoint, seen []Seen, err error) {
	known := []note.Verifier{log}
	for _, w := range witnesses {
		known = append(known, w)
	}
	if len(signed) > 1<<16 {
		return c, nil, errCheckpoint
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return c, nil, err
	}
	if c, err = ParseCheckpoint(n.Text); err != nil {
		return c, nil, err
	}
	byLog := false
	for _, s := range n.Sigs {
		if s.Name == log.Name() && s.Hash == log.KeyHash() {
			byLog = true
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(s.Base64)
		if err != nil || len(raw) != 4+timedSize {
			return c, nil, errCheckpoint
		}
		seen = append(seen, Seen{Name: s.Name, At: time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC()})
	}
	if !byLog || c.Origin != log.Name() {
		return c, nil, errors.New("receipt: the checkpoint isn't signed by the log that it names")
	}
	return c, seen, nil
}

// Seen is a witness who cosigned, and when.
type Seen struct {
	Name string
	At   time.Time
}

// algCosignature is the type of a key for cosignature/v1 (C2SP tlog-cosignature).
const algCosignature = 0x04

// timedSize is the size of a timestamp and an Ed25519 signature.
const timedSize = 8 + ed25519.SignatureSize

// Witness is the public key of somebody who watches logs from another machine. It is a note.Verifier for
// their cosignatures.
type Witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// NewWitness reads a key in the form name+hash+base64 with the type of cosignatures.
func NewWitness(vkey string) (*Witness, error) {
	bad := errors.New("receipt: this is not the key of a witness")
	name, rest, _ := strings.Cut(vkey, "+")
	hash, b64, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.DecodeString(b64)
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != algCosignature || name == "" || strings.ContainsAny(name, " \t\r\n") {
		return nil, bad
	}
	w := &Witness{name: name, hash: keyHash(name, key), key: ed25519.PublicKey(key[1:])}
	if fmt.Sprintf("%08x", w.hash) != hash {
		return nil, bad
	}
	return w, nil
}

func keyHash(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:])
}

// Name is the witness's name.
func (w *Witness) Name() string { return w.name }

// KeyHash is the id of the key.
func (w *Witness) KeyHash() uint32 { return w.hash }

// Verify checks a cosignature over the body of a checkpoint.
func (w *Witness) Verify(msg, sig []byte) bool {
	if len(sig) != timedSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at < 1<<63 && ed25519.Verify(w.key, timed(at, msg), sig[8:])
}

func timed(at uint64, msg []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), msg...)
}

// Cosigner signs checkpoints as a witness. It is a note.Signer.
type Cosigner struct {
	*Witness
	private ed25519.PrivateKey
	now     func() time.Time
}

// NewCosigner makes a cosigner of a name and the 32-byte seed of its key, which must be used for nothing
// else. now is its clock.
func NewCosigner(name string, seed []byte, now func() time.Time) (*Cosigner, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, errors.New("receipt: a seed has 32 bytes")
	}
	private := ed25519.NewKeyFromSeed(seed)
	w, err := NewWitness(witnessKey(name, private.Public().(ed25519.PublicKey)))
	if err != nil {
		return nil, err
	}
	return &Cosigner{Witness: w, private: private, now: now}, nil
}

func witnessKey(name string, public ed25519.PublicKey) string {
	key := append([]byte{algCosignature}, public...)
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, key), base64.StdEncoding.EncodeToString(key))
}

// Key is the public key, in the form that NewWitness reads.
func (c *Cosigner) Key() string { return witnessKey(c.name, c.key) }

// Sign makes a cosignature with the time of now.
func (c *Cosigner) Sign(msg []byte) ([]byte, error) {
	at := uint64(c.now().Unix())
	return append(binary.BigEndian.AppendUint64(nil, at), ed25519.Sign(c.private, timed(at, msg))...), nil
}
