package db_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

func openLite(t *testing.T, path string) *db.DB {
	t.Helper()
	d, err := db.Open(ctx, db.Config{Path: path, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if err := d.Migrate(ctx, "test", schema); err != nil {
		t.Fatal(err)
	}
	return d
}

func unavailable(t *testing.T, err error, says string) {
	t.Helper()
	if problem.KindOf(err) != problem.Unavailable || !strings.Contains(problem.Sentence(err), says) {
		t.Errorf("want unavailable and %q, got %v", says, err)
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	d := openLite(t, filepath.Join(dir, "a.db"))
	if err := run(d, "INSERT INTO pair (a, b) VALUES (1, 1)"); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Error(e.Name(), info.Mode())
		}
	}
	if len(entries) != 4 { // the database, its log, the log's index, the lock
		t.Error(entries)
	}
}

func TestOneProcessHoldsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	d := openLite(t, path)
	_, err := db.Open(ctx, db.Config{Path: path})
	unavailable(t, err, "in use by process "+strconv.Itoa(os.Getpid()))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	openLite(t, path)
}

func TestOnlyOwnFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := db.Open(ctx, db.Config{Path: text})
	unavailable(t, err, "not a Bevan database")
	if b, _ := os.ReadFile(text); !strings.HasPrefix(string(b), "not a database") {
		t.Error("the file was changed")
	}
	other := filepath.Join(dir, "other.db")
	d := openLite(t, other)
	if err := run(d, "PRAGMA application_id=77"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = db.Open(ctx, db.Config{Path: other})
	unavailable(t, err, "not a Bevan database")
	_, err = db.Open(ctx, db.Config{Path: filepath.Join(dir, "no", "such.db")})
	unavailable(t, err, "Check that it exists")
	for _, c := range []db.Config{{}, {Path: "a", URL: "b"}} {
		if _, err := db.Open(ctx, c); problem.KindOf(err) != problem.Invalid {
			t.Error(err)
		}
	}
}

func TestCommitsAreDurableAndTheLogIsWriteAhead(t *testing.T) {
	d := dbtest.SQLite(t)
	err := d.Write(ctx, func(tx *db.Tx) error {
		for pragma, want := range map[string]string{
			"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "page_size": "4096", "temp_store": "2", "mmap_size": "0",
		} {
			if _, err := tx.One("PRAGMA "+pragma, nil, func(r *db.Row) error {
				if r.Text(0) != want {
					t.Errorf("%s is %s", pragma, r.Text(0))
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A disk that is full is played by a bound on the number of pages, which SQLite reports in the same way.
func TestAFullDiskIsSaidAndLeavesWhatWasThere(t *testing.T) {
	d := openLite(t, filepath.Join(t.TempDir(), "a.db"))
	if err := run(d, "INSERT INTO thing (id, body) VALUES (1, $1)", make([]byte, 20_000)); err != nil {
		t.Fatal(err)
	}
	if err := run(d, "PRAGMA max_page_count=20"); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error)
	for i := range 8 {
		go func() {
			errs <- run(d, "INSERT INTO thing (id, body) VALUES ($1, $2)", 10+i, make([]byte, 200_000))
		}()
	}
	for range 8 {
		unavailable(t, <-errs, "Storage is full")
	}
	if n := number(t, d, "SELECT sum(id) FROM thing"); n != 1 {
		t.Error("something was kept:", n)
	}
	if err := run(d, "PRAGMA max_page_count=100000"); err != nil {
		t.Fatal(err)
	}
	if err := run(d, "INSERT INTO thing (id, body) VALUES (2, $1)", make([]byte, 200_000)); err != nil {
		t.Error("did not go on:", err)
	}
}

func TestBackupIsWholeWhileOthersWrite(t *testing.T) {
	dir := t.TempDir()
	d := openLite(t, filepath.Join(dir, "a.db"))
	for i := range int64(50) {
		if err := run(d, "INSERT INTO thing (id, body) VALUES ($1, $2)", i, make([]byte, 400_000)); err != nil {
			t.Fatal(err)
		}
	}
	to := filepath.Join(dir, "backup.db")
	last, reports := int64(0), 0
	err := d.Backup(ctx, to, func(done, total int64) {
		reports++
		if done < last || done > total {
			t.Error("progress went back", done, last, total)
		}
		last = done
		if err := run(d, "INSERT INTO thing (id) VALUES ($1)", 1000+reports); err != nil {
			t.Error(err)
		}
	})
	if err != nil || reports < 2 {
		t.Fatal(reports, err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if err := d.Backup(ctx, to, nil); problem.KindOf(err) != problem.Conflict {
		t.Error("a backup was replaced:", err)
	}
	copied := openLite(t, to)
	if n := number(t, copied, "SELECT count(*) FROM thing"); n != 50 {
		t.Error("the backup is not of one moment:", n)
	}
	if err := copied.Query(ctx, "PRAGMA integrity_check", nil, func(r *db.Row) error {
		if r.Text(0) != "ok" {
			t.Error(r.Text(0))
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	gone, cancel := context.WithCancel(ctx)
	err = d.Backup(gone, filepath.Join(dir, "second.db"), func(int64, int64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "second*")); len(left) != 0 {
		t.Error("left behind:", left)
	}
}

func TestRestoreReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	d := openLite(t, filepath.Join(dir, "a.db"))
	if err := run(d, "INSERT INTO thing (id, body) VALUES (1, $1)", make([]byte, 400_000)); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "backup.db")
	if err := d.Backup(ctx, to, nil); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(dir, "new", "a.db")
	if err := os.Mkdir(filepath.Dir(restored), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(ctx, to, restored, nil); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(ctx, to, restored, nil); problem.KindOf(err) != problem.Conflict {
		t.Error("a database was replaced:", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "new", "b.db-wal"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(ctx, to, filepath.Join(dir, "new", "b.db"), nil); problem.KindOf(err) != problem.Conflict {
		t.Error("a log was left beside the copy:", err)
	}
	for _, not := range []string{filepath.Join(dir, "missing"), filepath.Join(dir, "a.db.lock")} {
		if err := db.Restore(ctx, not, filepath.Join(dir, "new", "c.db"), nil); problem.KindOf(err) != problem.Invalid {
			t.Error(err)
		}
	}
	if n := number(t, openLite(t, restored), "SELECT length(body) FROM thing"); n != 400_000 {
		t.Error("the copy lacks something:", n)
	}
}

func TestACallerThatGoesAwayWritesNothing(t *testing.T) {
	d := openLite(t, filepath.Join(t.TempDir(), "a.db"))
	inside, release := make(chan struct{}), make(chan struct{})
	first := make(chan error)
	go func() {
		first <- d.Write(ctx, func(tx *db.Tx) error { close(inside); <-release; return nil })
	}()
	<-inside
	gone, cancel := context.WithCancel(ctx)
	second := make(chan error)
	go func() {
		second <- d.Write(gone, func(tx *db.Tx) error { t.Error("it ran"); return nil })
	}()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
	// One that is cancelled while it runs doesn't write on, and is undone.
	gone, cancel = context.WithCancel(ctx)
	err := d.Write(gone, func(tx *db.Tx) error {
		if _, err := tx.Exec("INSERT INTO pair (a, b) VALUES (1, 1)"); err != nil {
			return err
		}
		cancel()
		_, err := tx.Exec("INSERT INTO pair (a, b) VALUES (2, 2)")
		return err
	})
	if !errors.Is(err, context.Canceled) || number(t, d, "SELECT count(*) FROM pair") != 0 {
		t.Error(err)
	}
}

func TestATestThatEndsInsideAWriteDoesNotStopTheWriter(t *testing.T) {
	d := openLite(t, filepath.Join(t.TempDir(), "a.db"))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec("INSERT INTO pair (a, b) VALUES (1, 1)"); err != nil {
				return err
			}
			runtime.Goexit()
			return nil
		})
	}()
	<-ended
	if err := run(d, "INSERT INTO pair (a, b) VALUES (2, 2)"); err != nil {
		t.Fatal(err)
	}
	if n := number(t, d, "SELECT sum(a) FROM pair"); n != 2 {
		t.Error("kept", n)
	}
}

func TestAClosedDatabaseSaysSo(t *testing.T) {
	d := openLite(t, filepath.Join(t.TempDir(), "a.db"))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	unavailable(t, run(d, "SELECT 1"), "does not answer")
	unavailable(t, d.Query(ctx, "SELECT 1", nil, nil), "does not answer")
}

func TestManyDifferentStatementsAreBounded(t *testing.T) {
	d := openLite(t, filepath.Join(t.TempDir(), "a.db"))
	err := d.Read(ctx, func(tx *db.Tx) error {
		for i := range 2000 {
			got := int64(0)
			if _, err := tx.One("SELECT $1 + "+strconv.Itoa(i), []any{1}, func(r *db.Row) error { got = r.Int64(0); return nil }); err != nil {
				return err
			}
			if got != int64(i+1) {
				t.Fatal(i, got)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// While somebody writes without a pause and others read, the log must not grow without bound.
func TestTheLogStaysSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	d, err := db.Open(ctx, db.Config{Path: path, Readers: 2, CheckpointBytes: 2 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(ctx, "test", schema); err != nil {
		t.Fatal(err)
	}
	largest := int64(0)
	for i := range 600 {
		if err := run(d, "INSERT INTO thing (id, body) VALUES ($1, $2)", i, make([]byte, 100_000)); err != nil {
			t.Fatal(err)
		}
		number(t, d, "SELECT count(*) FROM thing")
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, info.Size())
	}
	if largest > 8<<20 {
		t.Errorf("60 MB were written, and the log grew to %d MB", largest>>20)
	}
}

// TestKill writes numbers until the process is killed, then counts: each that was acknowledged is there.
func TestKill(t *testing.T) {
	const env = "BEVAN_DB_TEST_KILL"
	if path := os.Getenv(env); path != "" {
		writeUntilKilled(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "a.db")
	acknowledged := int64(0)
	for range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), env+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 8)
		lines := 0
		for lines < 200 {
			n, err := out.Read(buf)
			if err != nil {
				t.Fatal("the writer ended by itself:", err)
			}
			lines += strings.Count(string(buf[:n]), "+")
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for {
			n, err := out.Read(buf)
			lines += strings.Count(string(buf[:n]), "+")
			if err != nil {
				break
			}
		}
		_ = cmd.Wait() // it was killed
		acknowledged += int64(lines)
		d := openLite(t, path)
		if n := number(t, d, "SELECT count(*) FROM pair"); n < acknowledged {
			t.Fatalf("%d were acknowledged, %d are there", acknowledged, n)
		} else {
			acknowledged = n
		}
		if n := number(t, d, "SELECT count(*) FROM pair WHERE a = -1"); n != 0 {
			t.Fatal("half a transaction is there")
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func writeUntilKilled(t *testing.T, path string) {
	d := openLite(t, path)
	for range 8 {
		go func() {
			for {
				err := d.Write(ctx, func(tx *db.Tx) error {
					if _, err := tx.Exec("INSERT INTO pair (a, b) VALUES (-1, random())"); err != nil {
						return err
					}
					_, err := tx.Exec("UPDATE pair SET a = 1 WHERE a = -1")
					return err
				})
				if err != nil {
					os.Exit(1)
				}
				_, _ = os.Stdout.WriteString("+")
			}
		}()
	}
	select {}
}
