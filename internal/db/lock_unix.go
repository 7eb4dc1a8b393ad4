//go:build unix

package db

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/bevanhealth/bevan/internal/problem"
)

// lockFile keeps a second process off the database: with two writers neither could group its commits,
// and caches above would not see the other's changes. The system drops the lock when the process
// ends, however it ends; the number in the file is for people.
type lockFile struct{ f *os.File }

func takeLock(path string) (*lockFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The data folder could not be written. Check that it exists, has room, and that this account may write to it.", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(heldBy(path, err), f.Close())
	}
	_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n          "), 0)
	if err != nil {
		return nil, errors.Join(problem.Wrap(problem.Unavailable, sentenceTrouble, err), f.Close())
	}
	return &lockFile{f: f}, nil
}

func heldBy(path string, cause error) error {
	who := "another process"
	if b, err := os.ReadFile(path); err == nil {
		line, _, _ := strings.Cut(string(b), "\n")
		if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
			who = "process " + strconv.Itoa(pid)
		}
	}
	return problem.Wrap(problem.Unavailable, "This data folder is in use by "+who+". Stop it first, or name another data folder.", cause)
}

func (l *lockFile) release() error {
	if l == nil || l.f == nil {
		return nil
	}
	return l.f.Close()
}
