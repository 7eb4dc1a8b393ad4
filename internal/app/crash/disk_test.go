//go:build unix

package crash

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk mounts a small file system in memory, which goes with the test. Where
// that is not allowed the test is skipped.
func disk(t testing.TB, mb int) string {
	t.Helper()
	dir, err := os.MkdirTemp(scratch, "disk")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm,mode=0700", mb), "bevan-crash", dir).CombinedOutput(); err != nil {
		t.Skipf("skipped: a disk that fills: a small disk can not be made here, which takes root: %s", strings.TrimSpace(string(out)))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// ballast fills a disk but for a megabyte.
func ballast(t testing.TB, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		switch _, err := f.Write(make([]byte, size)); {
		case err == nil:
		case errors.Is(err, syscall.ENOSPC):
			size /= 2
		default:
			t.Fatal(err)
		}
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err == nil {
		err = f.Truncate(at - 1<<20)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A disk that fills: nothing is written and that is said; reads go on where
// the access log can be written and are refused where it can not. With room
// again everything works, without a restart, and nothing is lost.
func TestADiskThatFills(t *testing.T) {
	for _, k := range []struct {
		name  string
		reads bool // the access log lies on another disk, which has room
	}{{"records and access log", false}, {"records alone", true}} {
		t.Run(k.name, func(t *testing.T) {
			p := place{dir: filepath.Join(disk(t, 48), "data")}
			if k.reads {
				elsewhere(t, p)
			}
			n := start(t, p)
			t.Cleanup(n.kill) // before the disk goes
			c := call(t, n, token(t, p), "disk")
			fill(t, c, "d", 20)
			before := c.get(t, "Patient/d-1")
			l := newLedger()
			acked := writeUntilFull(t, p, c, l, k.reads)
			full(t, c, l, k.reads)
			if err := os.Remove(filepath.Join(filepath.Dir(p.dir), "ballast")); err != nil {
				t.Fatal(err)
			}
			n.alive(t)
			until(t, "the server is ready with room again", c.ready)
			if again := c.get(t, "Patient/d-1"); string(again.body) != string(before.body) {
				t.Errorf("a patient is now %v", again)
			}
			c.want(t, http.StatusCreated, "POST", "Patient", strings.NewReader(patient("own", "room", "")))
			acknowledged(t, c, acked)
			verify(t, p)
			n.kill()
			n = start(t, p)
			t.Cleanup(n.kill)
			acknowledged(t, call(t, n, token(t, p), "again"), acked)
			verify(t, p)
			n.stop(t)
			l.checkLog(t, p)
		})
	}
}

// elsewhere puts the access log on the disk of the other tests.
func elsewhere(t testing.TB, p place) {
	t.Helper()
	other := newPlace(t)
	far := filepath.Join(other.dir, "access.db")
	if err := errors.Join(os.Mkdir(p.dir, 0o700), os.WriteFile(far, nil, 0o600), os.Symlink(far, filepath.Join(p.dir, "access.db"))); err != nil {
		t.Fatal(err)
	}
}

// writeUntilFull fills the disk, and writes on until the server says that it
// can not: the room that its files have already is used up first.
func writeUntilFull(t testing.TB, p place, c *caller, l *ledger, reads bool) map[string]string {
	t.Helper()
	acked := map[string]string{}
	ballast(t, filepath.Dir(p.dir))
	for i := range 20_000 {
		a, err := c.do("POST", "Patient", strings.NewReader(patient("own", fmt.Sprintf("full-%d", i), "")))
		if err != nil {
			t.Fatal(err)
		}
		if a.status != http.StatusCreated {
			a.refusal(t, http.StatusServiceUnavailable)
			if reads && !strings.Contains(string(a.body), "full") {
				t.Errorf("it does not say that the disk is full: %v", a)
			}
			t.Logf("%d writes are done with what room there was; then: %v", i, a)
			deleteUntilFull(t, c, l, acked)
			return acked
		}
		key, v, _ := headOf(t, a.body)
		acked[key] = string(a.body)
		l.heard(a, spot{key, v}.String())
	}
	t.Fatal("a full disk takes 20,000 writes")
	return nil
}

// deleteUntilFull uses up what is too little for a new resource: a delete
// changes fewer pages.
func deleteUntilFull(t testing.TB, c *caller, l *ledger, acked map[string]string) {
	t.Helper()
	for i := 19; i > 2; i-- {
		key := fmt.Sprintf("Patient/d-%d", i)
		a, err := c.do("DELETE", key, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.status != http.StatusNoContent {
			a.refusal(t, http.StatusServiceUnavailable)
			return
		}
		acked[key] = gone
		l.heard(a)
	}
	t.Fatal("a full disk takes every delete")
}

// full looks at a server whose disk is full.
func full(t testing.TB, c *caller, l *ledger, reads bool) {
	t.Helper()
	for range 5 {
		c.refused(t, "POST", "Patient", strings.NewReader(patient("own", "no", "")), http.StatusServiceUnavailable)
		c.refused(t, "DELETE", "Patient/d-2", nil, http.StatusServiceUnavailable)
	}
	if c.ready() {
		until(t, "the server says that it is not ready", func() bool { return !c.ready() })
	}
	refused := 0
	for i := range 20_000 {
		path := [...]string{"Patient/d-1", "Patient?_id=d-1", "Patient/d-1/_history"}[i%3]
		a, err := c.do("GET", path, nil)
		switch {
		case err != nil:
			t.Fatal(err)
		case a.status == http.StatusOK:
			l.heard(a, "Patient/d-1/1")
			if reads && i == 100 {
				return
			}
			continue // the log had room left for this entry
		}
		if reads {
			t.Fatalf("GET %s gives %v", path, a)
		}
		a.refusal(t, http.StatusServiceUnavailable)
		if refused++; refused == 6 {
			t.Logf("%d reads were answered before the access log was full", i-5)
			return
		}
	}
	t.Fatal("a full disk takes 20,000 access entries")
}

// gone stands for the body of what was deleted.
const gone = ""

// acknowledged looks for what was answered with success.
func acknowledged(t testing.TB, c *caller, acked map[string]string) {
	t.Helper()
	for key, body := range acked {
		if body == gone {
			c.refused(t, "GET", key, nil, http.StatusGone)
			continue
		}
		if a := c.get(t, key); string(a.body) != body {
			t.Fatalf("%s was acknowledged as %s, and is %v", key, body, a)
		}
	}
}
