package account

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// SetupCode is the code by which the first operator shows that they hold the
// machine: eight letters in a file of the data folder that only the service's
// own user may read. The command line prints it. It is safe for concurrent
// use, and the file is what several processes agree on.
type SetupCode struct {
	path  string
	now   func() time.Time
	flood *flood

	mu    sync.Mutex
	of    string // the code that tries were counted for
	tries int
}

// setupLetters leaves out I, L, O, Q, V and Z, which are taken for others.
const setupLetters = "ABCDEFGHJKMNPRSTUWXY"

const (
	setupSize = 8 // of 20 letters: 25,600 million codes
	setupLife = 30 * time.Minute
	// setupTries is how many wrong tries from everywhere spend a code. One
	// source gets a handful of them, so nobody can spend it alone; many
	// together can, and then whoever holds the machine makes another.
	setupTries = 10_000
)

var setupBySource = rate{time.Minute, 5}

// NewSetupCode looks after the code in a file. now is the clock; nil is
// time.Now.
func NewSetupCode(path string, ring *seal.Ring, now func() time.Time) *SetupCode {
	if now == nil {
		now = time.Now
	}
	return &SetupCode{path: path, now: now, flood: newFlood(ring)}
}

// Current gives the code that is good, and until when; where there is none it
// makes one.
func (c *SetupCode) Current() (code string, until time.Time, err error) {
	code, until, err = c.read()
	if err == nil && c.now().Before(until) {
		return code, until, nil
	}
	return c.Renew()
}

// Renew makes a new code; the one before is good no more.
func (c *SetupCode) Renew() (code string, until time.Time, err error) {
	b := make([]byte, setupSize)
	for i := range b {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(setupLetters)))) // never fails (crypto/rand, Go 1.24)
		b[i] = setupLetters[n.Int64()]
	}
	until = whole(c.now().Add(setupLife))
	text := string(b) + " " + strconv.FormatInt(until.Unix(), 10) + "\n"
	if err := replaceFile(c.path, text); err != nil {
		return "", time.Time{}, problem.Wrap(problem.Unavailable, "The set-up code could not be written. Check that the data folder is there, has room, and that this account may write to it.", err)
	}
	return string(b), until, nil
}

// replaceFile puts a file that only its owner may read into the place of
// another, whole or not at all.
func replaceFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Remove takes the code away, once there is an operator.
func (c *SetupCode) Remove() error {
	if err := os.Remove(c.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return problem.Wrap(problem.Unavailable, "The set-up code could not be removed. Remove the file from the data folder.", err)
	}
	return nil
}

// Check says whether what somebody typed is the code. The comparison takes the
// same time whatever was typed; each try is counted.
func (c *SetupCode) Check(from Source, typed string) error {
	if !c.flood.allow(from, setupBySource, c.now()) {
		return problem.New(problem.TooMany, "There were too many tries from here. Wait a minute, then try again.").Because("setup-too-many")
	}
	code, until, err := c.read()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return problem.Wrap(problem.Unavailable, "The set-up code could not be read. Make a new one with: bevan setup-code", err)
	}
	good := err == nil && c.now().Before(until) && c.count(code)
	if !good {
		code = strings.Repeat("-", setupSize) // is compared all the same, and is nobody's code
	}
	same := subtle.ConstantTimeCompare([]byte(code), []byte(readSetupCode(typed))) == 1
	if !same || !good {
		return problem.New(problem.Unauthorized, "This is not the set-up code, or it is over. Read it again, or make a new one in the terminal with: bevan setup-code").Because("setup-no")
	}
	return nil
}

// count counts a try for a code, and says whether the code is not spent.
func (c *SetupCode) count(code string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of != code {
		c.of, c.tries = code, 0
	}
	c.tries++
	return c.tries <= setupTries
}

// readSetupCode brings what was typed into the form of a code; what can not be
// one becomes something that is none.
func readSetupCode(typed string) string {
	if len(typed) > 4*setupSize {
		return ""
	}
	s := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\t", "", "\r", "", "\n", "").Replace(typed))
	if len(s) != setupSize || strings.Trim(s, setupLetters) != "" {
		return ""
	}
	return s
}

// read reads the file. One that others may read is no secret, and is taken for
// none.
func (c *SetupCode) read() (code string, until time.Time, err error) {
	f, err := os.Open(c.path)
	if err != nil {
		return "", time.Time{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", time.Time{}, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", time.Time{}, fs.ErrNotExist
	}
	b, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return "", time.Time{}, err
	}
	return parseSetupFile(string(b))
}

// parseSetupFile reads a file's text. What is damaged is no code.
func parseSetupFile(s string) (code string, until time.Time, err error) {
	code, rest, _ := strings.Cut(strings.TrimSuffix(s, "\n"), " ")
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil || readSetupCode(code) != code || len(code) != setupSize {
		return "", time.Time{}, fs.ErrNotExist
	}
	return code, time.Unix(n, 0).UTC(), nil
}
