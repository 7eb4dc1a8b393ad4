//go:build !unix

package db

import (
	"os"

	"github.com/bevanhealth/bevan/internal/problem"
)

// lockFile on systems without flock is a file that can't be removed while it is open: a second process
// fails to remove it.
type lockFile struct{ f *os.File }

func takeLock(path string) (*lockFile, error) {
	const held = "This data folder is in use by another process. Stop it first, or name another data folder."
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, problem.Wrap(problem.Unavailable, held, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, held, err)
	}
	return &lockFile{f: f}, nil
}

func (l *lockFile) release() error {
	if l == nil || l.f == nil {
		return nil
	}
	return l.f.Close()
}
