package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// format names the layout of the file; a later one gets another name.
const format = "bevan-keys-1"

// maxFile bounds the bytes that are read: room for thousands of rotations.
const maxFile = 1 << 20

// file is the ring as it lies on disk.
type file struct {
	Format string    `json:"format"`
	Store  string    `json:"store"`
	Hash   []byte    `json:"hash_key"`
	Keys   []fileKey `json:"master_keys"`
	// Sum is a SHA-256 over the file with this field empty. A key with one wrong bit would look like a
	// damaged database; with the sum it is known for what it is.
	Sum string `json:"sum"`
}

type fileKey struct {
	ID   uint32    `json:"id"`
	Made time.Time `json:"made"`
	Key  []byte    `json:"key"`
}

func (s *state) encode() []byte {
	f := file{Format: format, Store: s.store, Hash: s.hash}
	for _, m := range s.masters {
		f.Keys = append(f.Keys, fileKey{ID: m.ID, Made: m.Made, Key: m.raw})
	}
	f.Sum = f.sum()
	return f.text()
}

func (f file) text() []byte {
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic("seal: " + err.Error()) // strings, bytes and times of this package's making
	}
	return append(b, '\n')
}

func (f file) sum() string {
	f.Sum = ""
	sum := sha256.Sum256(f.text())
	return hex.EncodeToString(sum[:])
}

// readState reads and checks the file at path.
func readState(path string, service Wrapper) (*state, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, problem.Wrap(problem.Unavailable, "The key file is missing. Put it back from your backup: without it no record can be read.", err)
	case err != nil:
		return nil, problem.Wrap(problem.Unavailable, "The key file could not be opened. Check that this account may read it.", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The key file could not be read. Try again, or put it back from your backup.", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, problem.New(problem.Unavailable, fmt.Sprintf("Others on this machine can read the key file. Run: chmod 600 %s", filepath.Base(path)))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The key file could not be read. Try again, or put it back from your backup.", err)
	}
	s, err := decodeBy(text, service)
	var known *problem.Problem
	if errors.As(err, &known) {
		return nil, err
	}
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The key file is damaged or is not one of Bevan's. Put it back from your backup.", err)
	}
	return s, nil
}

// decode reads the text of a file. Its errors never quote the text, which holds keys.
func decode(text []byte) (*state, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if len(text) > maxFile || d.Decode(&f) != nil {
		return nil, errors.New("seal: the file is not the JSON that was written")
	}
	if f.Format != format {
		return nil, errors.New("seal: the file has another format")
	}
	if f.sum() != f.Sum || !bytes.Equal(f.text(), text) {
		return nil, errors.New("seal: the sum does not agree with the file")
	}
	if len(f.Keys) == 0 || len(f.Hash) != KeySize || f.Store == "" {
		return nil, errors.New("seal: the file lacks a key")
	}
	s := &state{store: f.Store, hash: f.Hash}
	for i, k := range f.Keys {
		if len(k.Key) != KeySize || (i > 0 && k.ID <= f.Keys[i-1].ID) {
			return nil, errors.New("seal: a master key has the wrong size or place")
		}
		m, err := newMaster(k.ID, k.Made, k.Key)
		if err != nil {
			return nil, err
		}
		s.masters = append(s.masters, m)
	}
	return s, nil
}

const sentenceWrite = "The key file could not be written. Check that its folder exists, has room, and that this account may write to it."

// writeNew writes a file that must not be there yet, and waits until it is on disk: a key that is
// used before it is safe may take the data with it.
func writeNew(path string, text []byte) error {
	f, err := create(path, "There is a key file already, and it is never replaced. Name another file.")
	if err != nil {
		return err
	}
	if err := write(f, text); err != nil {
		return problem.Wrap(problem.Unavailable, sentenceWrite, errors.Join(err, os.Remove(path)))
	}
	return syncDir(path)
}

func create(path, taken string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, problem.Wrap(problem.Conflict, taken, err)
	}
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, sentenceWrite, err)
	}
	return f, nil
}

// write writes, syncs and closes.
func write(f *os.File, text []byte) error {
	_, err := f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// replace puts a new text in the place of the file, whole or not at all. Only one process at a time can
// make the file beside it, so that of two changes neither undoes the other: the text is made while
// that file is there.
func replace(path string, text func() ([]byte, error)) error {
	next := path + ".new"
	f, err := create(next, "The keys are being changed by another process, or such a change was cut short. If no other process is at work, delete the file whose name ends in .new and try again.")
	if err != nil {
		return err
	}
	b, err := text()
	if err != nil {
		return errors.Join(err, f.Close(), os.Remove(next))
	}
	if err := write(f, b); err != nil {
		return problem.Wrap(problem.Unavailable, sentenceWrite, errors.Join(err, os.Remove(next)))
	}
	if err := os.Rename(next, path); err != nil {
		return problem.Wrap(problem.Unavailable, sentenceWrite, errors.Join(err, os.Remove(next)))
	}
	return syncDir(path)
}

func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder can't be opened for this there
	}
	d, err := os.Open(filepath.Dir(path))
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return problem.Wrap(problem.Unavailable, sentenceWrite, err)
	}
	return nil
}
