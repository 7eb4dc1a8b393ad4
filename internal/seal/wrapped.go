package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/bevanhealth/bevan/internal/problem"
)

// formatWrapped names the layout of a file that a key service guards.
const formatWrapped = "bevan-keys-wrapped-1"

// wrappedFile is a ring on disk that opens nothing by itself: the plain file's
// text, sealed by a key that only the service can unwrap. It does not say where
// the service is, since a file that could name one would make this program
// connect there.
type wrappedFile struct {
	Format string `json:"format"`
	Store  string `json:"store"`
	Key    []byte `json:"wrapped_key"`
	Sealed []byte `json:"sealed"`
	Sum    string `json:"sum"` // SHA-256 over the file with this field empty
}

func (f wrappedFile) text() []byte {
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic("seal: " + err.Error()) // strings and bytes of this package's making
	}
	return append(b, '\n')
}

func (f wrappedFile) sum() string {
	f.Sum = ""
	sum := sha256.Sum256(f.text())
	return hex.EncodeToString(sum[:])
}

// fileContext ties what is wrapped to what it is and whose.
func fileContext(store string) []byte { return []byte("bevan key file\x00" + store) }

// encodeBy is the text of a file: plain, or wrapped by a service where there is
// one. A service that wraps and does not unwrap would lose everything at the
// next start, so it is asked for both before anything is written.
func (s *state) encodeBy(service Wrapper) ([]byte, error) {
	if service == nil {
		return s.encode(), nil
	}
	raw := make([]byte, KeySize)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	defer clear(raw)
	context := fileContext(s.store)
	wrapped, err := service.Encrypt(raw, context)
	if err != nil {
		return nil, err
	}
	again, err := service.Decrypt(wrapped, context)
	if err != nil {
		return nil, err
	}
	defer clear(again)
	if !bytes.Equal(again, raw) {
		return nil, problem.New(problem.Unavailable, "The key service gives back something else than it was given. Nothing was written. See that --key-service names the right one.")
	}
	key, err := newKey(raw)
	if err != nil {
		return nil, err
	}
	plain := s.encode()
	defer clear(plain)
	f := wrappedFile{Format: formatWrapped, Store: s.store, Key: wrapped, Sealed: key.Seal(nil, plain, context)}
	f.Sum = f.sum()
	return f.text(), nil
}

// errOther is of a file that a service guards and no service was named, or the
// other way round.
func errOther(sentence string) error { return problem.New(problem.Unavailable, sentence) }

// decodeBy reads the text of a file of either kind. service must be there for a
// wrapped file, and only then: a plain one in its place would mean that
// somebody took the guard away.
func decodeBy(text []byte, service Wrapper) (*state, error) {
	var head struct {
		Format string `json:"format"`
	}
	if json.Unmarshal(text, &head) != nil || head.Format != formatWrapped {
		if service == nil {
			return decode(text)
		}
		if _, err := decode(text); err != nil {
			return nil, err
		}
		return nil, errOther("The key file is not wrapped by the key service: it opens everything by itself. Wrap it with bevan keys wrap, while the server is stopped.")
	}
	f, err := decodeWrapped(text)
	if err != nil {
		return nil, err
	}
	if service == nil {
		return nil, errOther("The key file is wrapped by a key service, and none was named. Name it with --key-service.")
	}
	raw, err := service.Decrypt(f.Key, fileContext(f.Store))
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	key, err := newKey(raw)
	if err != nil {
		return nil, errors.New("seal: what was unwrapped is no key")
	}
	plain, err := key.aead.Open(nil, nil, f.Sealed, fileContext(f.Store))
	if err != nil {
		return nil, errors.New("seal: the sealed part does not open")
	}
	defer clear(plain)
	s, err := decode(plain)
	if err != nil {
		return nil, err
	}
	if s.store != f.Store {
		return nil, errors.New("seal: the sealed part is another store's")
	}
	return s, nil
}

func decodeWrapped(text []byte) (f wrappedFile, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if len(text) > maxFile || d.Decode(&f) != nil {
		return f, errors.New("seal: the file is not the JSON that was written")
	}
	if f.sum() != f.Sum || !bytes.Equal(f.text(), text) {
		return f, errors.New("seal: the sum does not agree with the file")
	}
	if f.Store == "" || len(f.Key) == 0 || len(f.Sealed) < Overhead {
		return f, errors.New("seal: the file lacks a part")
	}
	return f, nil
}

// Guard writes the key file anew: wrapped by the service, or plain where it is
// nil. No other process may have the file open, since it would go on in the old
// way.
func (r *Ring) Guard(service Wrapper) error {
	r.change.Lock()
	defer r.change.Unlock()
	err := replace(r.path, func() ([]byte, error) {
		s, err := r.read()
		if err != nil {
			return nil, err
		}
		return s.encodeBy(service)
	})
	if err == nil {
		r.service = service
	}
	return err
}
