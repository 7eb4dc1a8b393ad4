//go:build unix

package crash

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
)

// refuses starts a server that must not start, and holds its last words to say
// each of says, in a sentence and without a stack.
func refuses(t *testing.T, p place, listen string, says ...string) {
	t.Helper()
	out := startFails(t, p, listen)
	for _, s := range says {
		if !strings.Contains(out, s) {
			t.Errorf("it does not say %q:\n%s", s, out)
		}
	}
	for _, s := range []string{"panic", "goroutine", ".go:"} {
		if strings.Contains(out, s) {
			t.Errorf("it says %q:\n%s", s, out)
		}
	}
}

// startFails starts a server that must not start, and gives what it said.
func startFails(t *testing.T, p place, listen string) string {
	t.Helper()
	n, lines := spawn(t, p, nil, "--listen", listen)
	for range lines { // the first line comes when it serves
		n.kill()
		t.Fatal("it starts")
	}
	<-n.done
	if n.cmd.ProcessState.ExitCode() <= 0 {
		t.Errorf("it ends with %v", n.cmd.ProcessState)
	}
	return n.err.String()
}

const anyPort = "127.0.0.1:0"

// used is a place with a store in which something was written.
func used(t *testing.T, p place) place {
	t.Helper()
	n := start(t, p)
	fill(t, call(t, n, token(t, p), "used"), "u", 2)
	n.stop(t)
	return p
}

func TestItRefusesToStartInWords(t *testing.T) {
	eachKind(t, func(t *testing.T, p place) {
		used(t, p)
		key := filepath.Join(p.dir, "keys.json")
		aside := key + ".aside"
		if err := os.Rename(key, aside); err != nil {
			t.Fatal(err)
		}
		t.Run("without its keys", func(t *testing.T) {
			refuses(t, p, anyPort, "key file", "is missing", "Put it back")
			if _, err := os.Stat(key); err == nil {
				t.Error("it made new keys, which hides that the old ones are lost")
			}
		})
		t.Run("with the keys of another store", func(t *testing.T) {
			other := newPlace(t)
			must(t, other.args("token")...)
			b, err := os.ReadFile(filepath.Join(other.dir, "keys.json"))
			if err == nil {
				err = os.WriteFile(key, b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			refuses(t, p, anyPort, "key")
		})
		t.Run("with damaged keys", func(t *testing.T) {
			if err := os.WriteFile(key, []byte(`{"keys":[{"id":1`), 0o600); err != nil {
				t.Fatal(err)
			}
			refuses(t, p, anyPort, "key file")
		})
		if err := os.Rename(aside, key); err != nil {
			t.Fatal(err)
		}
		t.Run("on a port that is taken", func(t *testing.T) {
			l, err := net.Listen("tcp", anyPort)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			refuses(t, p, l.Addr().String(), "Another program is listening on "+l.Addr().String(), "--listen")
		})
		t.Run("on a newer store", func(t *testing.T) {
			newer(t, p, "INSERT INTO migration (room, step, name, checksum) SELECT room, max(step) + 1, 'later', 'x' FROM migration WHERE room = 'record' GROUP BY room")
			refuses(t, p, anyPort, "newer Bevan")
			newer(t, p, "DELETE FROM migration WHERE name = 'later'")
		})
		n := start(t, p) // and after all that it is as it was
		call(t, n, token(t, p), "after").get(t, "Patient/u-1")
	})
}

// newer changes the store as another version would.
func newer(t *testing.T, p place, sql string) {
	t.Helper()
	ctx := context.Background()
	conf := db.Config{Path: filepath.Join(p.dir, "bevan.db")}
	if p.url != "" {
		conf = db.Config{URL: p.url}
	}
	d, err := db.Open(ctx, conf)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(sql); return err }); err != nil {
		t.Fatal(err)
	}
}

func TestItRefusesWhatIsNotItsOwn(t *testing.T) {
	t.Run("a file that is no database", func(t *testing.T) {
		p := newPlace(t)
		foreign := []byte(strings.Repeat("This is somebody's novel.\n", 1000))
		path := filepath.Join(p.dir, "bevan.db")
		if err := os.WriteFile(path, foreign, 0o600); err != nil {
			t.Fatal(err)
		}
		refuses(t, p, anyPort, "not a Bevan database", "another data folder")
		if b, err := os.ReadFile(path); err != nil || string(b) != string(foreign) {
			t.Error("it changed the file")
		}
	})
	t.Run("a folder that is in use", func(t *testing.T) {
		p := newPlace(t)
		n := start(t, p)
		refuses(t, p, anyPort, "in use by process", "another data folder")
		call(t, n, token(t, p), "still").get(t, "Patient")
	})
	t.Run("a folder that is a file", func(t *testing.T) {
		p := newPlace(t)
		p.dir = filepath.Join(p.dir, "file")
		if err := os.WriteFile(p.dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		refuses(t, p, anyPort, "--data")
	})
	t.Run("an address that is none", func(t *testing.T) {
		refuses(t, newPlace(t), "nowhere", "host:port")
	})
	t.Run("a PostgreSQL that is not there", func(t *testing.T) {
		l, err := net.Listen("tcp", anyPort)
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		p := newPlace(t)
		p.url = "postgres://bevan:not-shown@" + l.Addr().String() + "/x?sslmode=disable"
		out := startFails(t, p, anyPort)
		if !strings.Contains(out, "atabase") || strings.Contains(out, "not-shown") {
			t.Errorf("it says:\n%s", out)
		}
	})
}
