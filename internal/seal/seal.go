// Package seal keeps what is stored unreadable to whoever steals it: every person has a key of their
// own that seals their bodies, and a master key wraps the persons' keys.
//
// It is here so that key bytes have one home: nothing outside this package ever holds one. Erasing a
// person's wrapped key makes every copy of their bodies unreadable, in backups too. The package keeps
// the master keys in a file of its own (the ring), hashes exact-match index values with a key, and seals
// the paging cursors that callers carry. It doesn't decide who may read, and it doesn't store wrapped
// keys: the record does.
//
// The file may be wrapped by a key service (Vault): it then opens nothing by itself.
//
// Several nodes on one database use the same ring: copy the file to each of them. After a rotation copy
// it again; a node that meets a master key it doesn't know reads its file once more before it gives up.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"

	"github.com/bevanhealth/bevan/internal/problem"
)

// KeySize is the size in bytes of master keys and of persons' keys: AES-256.
const KeySize = 32

// Overhead is the number of bytes by which Key.Seal makes a body longer: a nonce of 12 and a tag of 16.
const Overhead = 28

// Key is one person's key, ready for use. It is safe for concurrent use and never shows its bytes.
type Key struct{ aead cipher.AEAD }

// newKey makes a key from its bytes. AES-256-GCM with a random nonce for each body: a person would
// need four thousand million bodies before two nonces could be expected to meet (NIST SP 800-38D, 8.3).
func newKey(raw []byte) (*Key, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return &Key{aead: aead}, nil
}

// Seal appends the sealed form of plain to dst, which must not overlap plain. The same aad must be given
// to open it: it ties a body to its place, so that it can't be moved to another row or version.
func (k *Key) Seal(dst, plain, aad []byte) []byte { return k.aead.Seal(dst, nil, plain, aad) }

// Open appends what was sealed to dst. It fails where sealed or aad differ in a single bit.
func (k *Key) Open(dst, sealed, aad []byte) ([]byte, error) {
	plain, err := k.aead.Open(dst, nil, sealed, aad)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "A stored record is damaged and can't be shown. Tell the people who run this service; they can restore it from a backup.", err)
	}
	return plain, nil
}

const hidden = "(key, not shown)"

// Format writes a placeholder under every verb, so that no key is printed by mistake.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// MarshalText gives the same placeholder to JSON and its like.
func (k Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue gives the same placeholder to structured logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(hidden) }

// A wrapped key is a format byte, the number of its master key (4 bytes, big-endian) and the
// person's key as the master key's Wrapper encrypted it.
const (
	wrapFormat = 1
	wrapHeader = 5
)

// NewPersonKey makes a key for a person and returns it with its wrapped form, which is to be stored.
func (r *Ring) NewPersonKey(person int64) (wrapped []byte, key *Key, err error) {
	raw := make([]byte, KeySize)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	defer clear(raw)
	if wrapped, err = r.wrap(person, raw); err != nil {
		return nil, nil, err
	}
	key, err = newKey(raw)
	return wrapped, key, err
}

// Unwrap gives a person's key back. It fails for any other person's wrapped key.
func (r *Ring) Unwrap(person int64, wrapped []byte) (*Key, error) {
	raw, _, err := r.unwrap(person, wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	return newKey(raw)
}

// Rewrap wraps a person's key with the newest master key. changed is false where it is so already.
func (r *Ring) Rewrap(person int64, wrapped []byte) (again []byte, changed bool, err error) {
	raw, id, err := r.unwrap(person, wrapped)
	if err != nil {
		return nil, false, err
	}
	defer clear(raw)
	if id == r.state.Load().current().ID {
		return wrapped, false, nil
	}
	again, err = r.wrap(person, raw)
	return again, err == nil, err
}

func (r *Ring) wrap(person int64, raw []byte) ([]byte, error) {
	m := r.state.Load().current()
	header := binary.BigEndian.AppendUint32([]byte{wrapFormat}, m.ID)
	box, err := m.wrapper.Encrypt(raw, wrapContext(header, person))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The key that protects this record could not be used. Try again in a moment.", err)
	}
	return append(header, box...), nil
}

func (r *Ring) unwrap(person int64, wrapped []byte) (raw []byte, id uint32, err error) {
	if len(wrapped) < wrapHeader || wrapped[0] != wrapFormat {
		return nil, 0, errWrapped(nil)
	}
	header := wrapped[:wrapHeader]
	id = binary.BigEndian.Uint32(header[1:])
	m, err := r.master(id)
	if err != nil {
		return nil, id, err
	}
	raw, err = m.wrapper.Decrypt(wrapped[wrapHeader:], wrapContext(header, person))
	if err != nil {
		return nil, id, errWrapped(err)
	}
	return raw, id, nil
}

// wrapContext is the associated data of a wrapped key: what it is, under which master key, and whose.
func wrapContext(header []byte, person int64) []byte {
	b := append([]byte("bevan person key\x00"), header...)
	return binary.BigEndian.AppendUint64(b, uint64(person))
}

func errWrapped(cause error) error {
	return problem.Wrap(problem.Internal, "The key of this person's record is damaged. Tell the people who run this service; they can restore it from a backup.", cause)
}
