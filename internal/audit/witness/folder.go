package witness

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Folder is a folder with a witness's key and what it cosigned last. One process may use it at a time.
type Folder struct{ dir string }

// OpenFolder makes the folder, for its owner alone, where it is missing.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The witness's folder could not be made. Name another one with --state.", err)
	}
	return &Folder{dir}, nil
}

const keyFile = "witness-key.json"

type storedKey struct {
	Name string `json:"name"`
	Seed []byte `json:"seed"`
}

// Cosigner opens the witness's key, and makes it where there is none. A name that isn't the one that it was
// made with is refused: the log's operator knows the witness by both.
func (f *Folder) Cosigner(name string, now func() time.Time) (*receipt.Cosigner, error) {
	path := filepath.Join(f.dir, keyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		k := storedKey{Name: name, Seed: make([]byte, 32)}
		_, _ = rand.Read(k.Seed) // never fails: it ends the program instead
		if _, err := receipt.NewCosigner(name, k.Seed, now); err != nil {
			return nil, problem.Wrap(problem.Invalid, "A witness needs a name without spaces or plus signs, such as witness.example.org. Give it with --name.", err)
		}
		if text, err = json.Marshal(k); err == nil {
			err = f.write(keyFile, text)
		}
	}
	var k storedKey
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil || len(k.Seed) != 32 {
		return nil, problem.New(problem.Unavailable, "The witness's key could not be read. Put "+keyFile+" back from your backup, or name a new folder with --state.")
	}
	if name != "" && name != k.Name {
		return nil, problem.New(problem.Conflict, "This folder belongs to the witness "+k.Name+". Leave --name out, or name a new folder with --state.")
	}
	return receipt.NewCosigner(k.Name, k.Seed, now)
}

// stateFile is named by a hash, since the name of a log may hold anything.
func stateFile(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return "log-" + hex.EncodeToString(sum[:16]) + ".json"
}

type storedTree struct {
	Origin string    `json:"origin"`
	Size   int64     `json:"size"`
	Root   tlog.Hash `json:"root"`
}

// Load gives what was cosigned last. A file that can't be read is an error, and not an empty log: whoever
// damages it must not make the witness forget.
func (f *Folder) Load(origin string) (t tlog.Tree, err error) {
	text, err := os.ReadFile(filepath.Join(f.dir, stateFile(origin)))
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	var s storedTree
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil || s.Origin != origin || s.Size < 1 {
		return t, problem.Wrap(problem.Unavailable, "What this witness saw of the log could not be read.", err)
	}
	return tlog.Tree{N: s.Size, Hash: s.Root}, nil
}

// Save keeps what is cosigned next.
func (f *Folder) Save(origin string, t tlog.Tree) error {
	text, err := json.Marshal(storedTree{origin, t.N, t.Hash})
	if err != nil {
		return err
	}
	return f.write(stateFile(origin), text)
}

// write puts a file in place, whole or not at all, and returns when it is on disk.
func (f *Folder) write(name string, text []byte) error {
	path := filepath.Join(f.dir, name)
	tmp, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil || runtime.GOOS == "windows" {
		return err
	}
	d, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
