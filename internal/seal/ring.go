package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Wrapper encrypts small secrets. It is what a master key does, and has the shape of Tink's AEAD, so
// that a key that never leaves a key management service can take the place of one in the file.
type Wrapper interface {
	Encrypt(plain, context []byte) ([]byte, error)
	Decrypt(sealed, context []byte) ([]byte, error)
}

// local is a master key that is in the file. Tink's own AES-GCM would do the same, but brings its key
// registry and protocol buffers with it; the standard library is enough.
type local struct{ key *Key }

func (l local) Encrypt(plain, context []byte) ([]byte, error) {
	return l.key.Seal(nil, plain, context), nil
}

func (l local) Decrypt(sealed, context []byte) ([]byte, error) {
	return l.key.aead.Open(nil, nil, sealed, context)
}

// Ring holds the master keys of one store and what is derived from them. It is safe for concurrent use
// and never shows a key.
type Ring struct {
	path    string
	service Wrapper // wraps the file; nil for a plain one
	state   atomic.Pointer[state]
	change  sync.Mutex // held while the file is written or read again
}

// state is the ring at one time; it isn't changed, only replaced.
type state struct {
	store   string
	hash    []byte
	masters []*master // in the order of their numbers; the last is the current one
}

// master is one master key.
type master struct {
	ID      uint32
	Made    time.Time
	raw     []byte
	wrapper Wrapper
	tokens  *Key
}

// Info is what may be shown of a master key.
type Info struct {
	ID          uint32
	Made        time.Time
	Fingerprint string // of the key, 16 hexadecimal digits; equal on every node that has the same key
	Current     bool   // new keys are wrapped with it
}

// Create makes a ring with one master key in a new file. It never replaces a file.
func Create(path string) (*Ring, error) { return CreateBy(path, nil) }

// CreateBy is Create with a file that a key service wraps. Nothing is written where the service is away.
func CreateBy(path string, service Wrapper) (*Ring, error) {
	r := &Ring{path: path, service: service}
	hash, raw, store := secret(), secret(), secret()
	m, err := newMaster(1, time.Now(), raw)
	if err != nil {
		return nil, err
	}
	s := &state{store: hex.EncodeToString(store[:8]), hash: hash, masters: []*master{m}}
	text, err := s.encodeBy(service)
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, text); err != nil {
		return nil, err
	}
	r.state.Store(s)
	return r, nil
}

// Open reads a ring. Where the file is missing, damaged or open to others it fails with a sentence that
// says what to do.
func Open(path string) (*Ring, error) { return OpenBy(path, nil) }

// OpenBy is Open with a file that a key service wraps. It fails where the service is away, and for a
// plain file: with a service named, one that opens by itself is a mistake or worse.
func OpenBy(path string, service Wrapper) (*Ring, error) {
	s, err := readState(path, service)
	if err != nil {
		return nil, err
	}
	r := &Ring{path: path, service: service}
	r.state.Store(s)
	return r, nil
}

// ID names the ring: every copy of it, after any number of rotations, has the same. A store keeps it to
// know a key file that isn't its own.
func (r *Ring) ID() string { return r.state.Load().store }

// Info lists the master keys, oldest first, without their bytes.
func (r *Ring) Info() []Info {
	s := r.state.Load()
	list := make([]Info, len(s.masters))
	for i, m := range s.masters {
		list[i] = Info{ID: m.ID, Made: m.Made, Fingerprint: fingerprint(m.raw), Current: m == s.current()}
	}
	return list
}

// Rotate adds a master key, which wraps from now on. The older ones stay to unwrap what they wrapped,
// until Rewrap has been run over it; hashes and their key don't change.
//
// Other processes with the same file wrap with the new key after Reload, or once they meet it.
func (r *Ring) Rotate() error {
	r.change.Lock()
	defer r.change.Unlock()
	var next *state
	err := replace(r.path, func() ([]byte, error) {
		old, err := r.read() // another process may have rotated it
		if err != nil {
			return nil, err
		}
		m, err := newMaster(old.current().ID+1, time.Now(), secret())
		if err != nil {
			return nil, err
		}
		next = &state{store: old.store, hash: old.hash, masters: append(old.masters[:len(old.masters):len(old.masters)], m)}
		return next.encodeBy(r.service)
	})
	if err != nil {
		return err
	}
	r.state.Store(next)
	return nil
}

// Reload reads the file again, after another process has rotated it or a newer copy was put in its
// place.
func (r *Ring) Reload() error {
	r.change.Lock()
	defer r.change.Unlock()
	s, err := r.read()
	if err != nil {
		return err
	}
	r.state.Store(s)
	return nil
}

// read reads the file and holds it against what is in memory: no key may be missing or another.
func (r *Ring) read() (*state, error) {
	s, err := readState(r.path, r.service)
	if err != nil {
		return nil, err
	}
	known := r.state.Load()
	if s.store != known.store || !bytes.Equal(s.hash, known.hash) {
		return nil, problem.New(problem.Unavailable, "The key file was replaced by that of another store. Put the right one back.")
	}
	for _, m := range known.masters {
		if now := s.find(m.ID); now == nil || !bytes.Equal(now.raw, m.raw) {
			return nil, problem.New(problem.Unavailable, "The key file was replaced by an older or different copy. Put the newest one back.")
		}
	}
	return s, nil
}

// Backup writes a copy of the ring to a new file with mode 0600, wrapped as the ring's own file is. Whoever
// has a plain one and a copy of the database can read everything: it is to be kept apart from the backups
// of the database.
func (r *Ring) Backup(to string) error {
	r.change.Lock()
	defer r.change.Unlock()
	text, err := r.state.Load().encodeBy(r.service)
	if err != nil {
		return err
	}
	return writeNew(to, text)
}

// master finds a master key. One that isn't known may have been added on another node, so the file is
// read again first.
func (r *Ring) master(id uint32) (*master, error) {
	if m := r.state.Load().find(id); m != nil {
		return m, nil
	}
	r.change.Lock()
	defer r.change.Unlock()
	if m := r.state.Load().find(id); m != nil {
		return m, nil
	}
	s, err := r.read()
	if err != nil {
		return nil, err
	}
	m := s.find(id)
	if m == nil {
		return nil, problem.New(problem.Unavailable, fmt.Sprintf("The key file of this server has no master key %d. Copy the newest key file to every server.", id))
	}
	r.state.Store(s)
	return m, nil
}

func (s *state) current() *master { return s.masters[len(s.masters)-1] }

func (s *state) find(id uint32) *master {
	for _, m := range s.masters {
		if m.ID == id {
			return m
		}
	}
	return nil
}

func newMaster(id uint32, made time.Time, raw []byte) (*master, error) {
	wrapper, err := newKey(derive(raw, "bevan wrap", KeySize))
	if err != nil {
		return nil, err
	}
	tokens, err := newKey(derive(raw, "bevan token", KeySize))
	if err != nil {
		return nil, err
	}
	return &master{ID: id, Made: made.UTC().Truncate(time.Second), raw: raw, wrapper: local{wrapper}, tokens: tokens}, nil
}

// derive makes a key for one use from a secret (RFC 5869).
func derive(raw []byte, use string, size int) []byte {
	key, err := hkdf.Key(sha256.New, raw, nil, use, size)
	if err != nil {
		// Only a size beyond 8,160 bytes or a secret that is too short for FIPS mode comes here, and both
		// are constants of this package.
		panic("seal: " + err.Error())
	}
	return key
}

func fingerprint(raw []byte) string { return hex.EncodeToString(derive(raw, "bevan fingerprint", 8)) }

func secret() []byte {
	b := make([]byte, KeySize)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

// Format writes a placeholder under every verb, so that no key is printed by mistake.
func (r *Ring) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// MarshalText gives the same placeholder to JSON and its like.
func (r *Ring) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue gives the same placeholder to structured logs.
func (r *Ring) LogValue() slog.Value { return slog.StringValue(hidden) }
