package account

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

func TestTheFirstOperatorComesByACode(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ctx := t.Context()
		path := filepath.Join(t.TempDir(), "setup-code")
		c := NewSetupCode(path, here.ring, here.clock.now)
		code, until, err := c.Current()
		here.ok(err)
		if len(code) != 8 || strings.Trim(code, setupLetters) != "" || strings.ContainsAny(code, "ILOQVZ0123456789") || !until.Equal(here.clock.now().Add(30*time.Minute)) {
			t.Errorf("the code is %q until %v", code, until)
		}
		info, err := os.Stat(path)
		here.ok(err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the file has mode %o", info.Mode().Perm())
		}
		again, _, err := NewSetupCode(path, here.ring, here.clock.now).Current()
		if err != nil || again != code {
			t.Error("another process has another code")
		}
		for _, s := range []*site{here, there} {
			if needs, err := s.NeedsSetup(ctx); err != nil || !needs {
				t.Errorf("needs set-up: %v, %v", needs, err)
			}
		}
		here.create("Ann") // a person is no operator
		if needs, err := there.NeedsSetup(ctx); err != nil || !needs {
			t.Errorf("needs set-up: %v, %v", needs, err)
		}
		_, err = here.BeginOperator(ctx, c, home, "AAAAAAAA", "Root")
		refused(t, "a wrong code", err, problem.Unauthorized)

		// Two who know the code finish at the same time, on two nodes.
		var begun [2]Ceremony
		var answers [2][]byte
		for i := range begun {
			typed := []string{strings.ToLower(code[:4]) + "-" + code[4:], " " + code + "\n"}[i]
			begun[i], err = here.BeginOperator(ctx, c, here.somewhere(), typed, "Root")
			here.ok(err)
			answers[i] = newDevice().register(t, begun[i])
		}
		done := make(chan error, 2)
		for i, s := range []*site{here, there} {
			go func() {
				sess, _, err := s.FinishOperator(ctx, c, begun[i].ID, answers[i], "key", "")
				if err == nil && (!sess.Staff || sess.Strength != Strong) {
					err = fmt.Errorf("the operator is %+v", sess.Standing)
				}
				done <- err
			}()
		}
		if e, f := <-done, <-done; (e == nil) == (f == nil) || !problem.Is(e, problem.Conflict) && !problem.Is(f, problem.Conflict) {
			t.Errorf("both: %v, %v", e, f)
		}
		for _, s := range []*site{here, there} {
			if needs, err := s.NeedsSetup(ctx); err != nil || needs {
				t.Errorf("needs set-up: %v, %v", needs, err)
			}
			_, err = s.BeginOperator(ctx, c, s.somewhere(), code, "Root")
			refused(t, "the code a second time", err, problem.Conflict)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the file is still there: %v", err)
		}
		if n := count(t, here.db, "account"); n != 2 {
			t.Errorf("%d accounts", n)
		}
	})
}

func TestASetupCodeIsBoundedAndRenewed(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	path := filepath.Join(t.TempDir(), "setup-code")
	c := NewSetupCode(path, s.ring, s.clock.now)
	refused(t, "no code was made", c.Check(home, ""), problem.Unauthorized)
	code, _, err := c.Current()
	s.ok(err)
	// One source can not spend it.
	for range setupBySource.burst {
		refused(t, "a guess", c.Check(abroad, "AAAAAAAA"), problem.Unauthorized)
	}
	refused(t, "one too many", c.Check(abroad, code), problem.TooMany)
	s.ok(c.Check(s.somewhere(), code))
	// Very many can; then the owner makes another.
	for c.tries < setupTries {
		if c.Check(s.somewhere(), "AAAAAAAA") == nil {
			t.Fatal("guessed")
		}
	}
	refused(t, "a code that is spent", c.Check(s.somewhere(), code), problem.Unauthorized)
	next, _, err := c.Renew()
	s.ok(err)
	if next == code {
		t.Error("it is the same code")
	}
	refused(t, "the code before", c.Check(s.somewhere(), code), problem.Unauthorized)
	s.ok(c.Check(s.somewhere(), next))
	s.clock.move(setupLife)
	refused(t, "a code that is over", c.Check(home, next), problem.Unauthorized)
	last, _, err := c.Current()
	s.ok(err)
	if last == next {
		t.Error("it was not renewed")
	}
	s.ok(os.Chmod(path, 0o644))
	refused(t, "a file that others may read", c.Check(home, last), problem.Unauthorized)
	s.ok(os.WriteFile(path, []byte("AAAAAAAA x\n"), 0o600))
	refused(t, "a damaged file", c.Check(home, "AAAAAAAA"), problem.Unauthorized)
	s.ok(c.Remove())
	s.ok(c.Remove())
}
