package db_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// opened is one node's way to a database.
func opened(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(ctx, db.Config{URL: url, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func attend(t *testing.T, d *db.DB, alone bool) *db.Attendance {
	t.Helper()
	a, err := d.Attend(ctx, alone)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Leave)
	return a
}

// refusedTo says that nobody may attend so, in words that hold says.
func refusedTo(t *testing.T, d *db.DB, alone bool, says string) {
	t.Helper()
	a, err := d.Attend(ctx, alone)
	a.Leave()
	if problem.KindOf(err) != problem.Conflict || err == nil || !strings.Contains(problem.Sentence(err), says) {
		t.Errorf("alone %v: %v, want words that say %q", alone, err, says)
	}
}

func TestManyAttendOrOneAlone(t *testing.T) {
	url := dbtest.Schema(t)
	one, two := opened(t, url), opened(t, url)
	a, b := attend(t, one, false), attend(t, two, false)
	refusedTo(t, one, true, "Stop it on every machine")
	a.Leave()
	a.Leave()
	refusedTo(t, one, true, "Stop it on every machine")
	b.Leave()
	alone := attend(t, one, true)
	refusedTo(t, two, false, "Wait until")
	refusedTo(t, two, true, "Stop it")
	// Another store in the same database is not concerned.
	attend(t, opened(t, dbtest.Schema(t)), true)
	alone.Leave()
	attend(t, two, false)
}

func TestOneFileIsAttendedByItsOnlyProcess(t *testing.T) {
	d := dbtest.SQLite(t)
	for _, alone := range []bool{false, true} {
		a := attend(t, d, alone)
		if err := a.Check(); err != nil {
			t.Error(err)
		}
		a.Leave()
	}
}

// A node whose connection broke says again that it is there. Where somebody
// took the chance meanwhile, it knows that it may not go on.
func TestAttendanceOutlivesItsConnection(t *testing.T) {
	straight := dbtest.Schema(t)
	detour, away := dbtest.Detour(t, straight)
	node, other := opened(t, detour), opened(t, straight)
	a := attend(t, node, false)

	away(true)
	var alone *db.Attendance
	var err error
	waitFor(t, "the lock of a broken connection goes", func() bool {
		alone, err = other.Attend(ctx, true)
		return err == nil
	})
	if err := a.Check(); err != nil {
		t.Errorf("nobody told the node, and it says %v", err)
	}
	away(false)
	waitFor(t, "the node hears that somebody is alone", func() bool { return a.Check() != nil })
	if s := problem.Sentence(a.Check()); !strings.Contains(s, "Wait until") {
		t.Errorf("it says %q", s)
	}
	alone.Leave()
	waitFor(t, "the node attends again", func() bool { return a.Check() == nil })
	refusedTo(t, other, true, "Stop it")
}

// waitFor asks until ok; it fails when that takes as long as nothing should.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	again, late := time.NewTicker(5*time.Millisecond), time.After(time.Minute)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
