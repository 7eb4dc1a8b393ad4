package dbtest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
)

// Away opens a new schema on PostgreSQL by a way that can be shut: away(true)
// cuts every connection and lets no new one be made, as if the server were gone,
// and away(false) lets it come back. Without a server it skips the test.
func Away(t testing.TB) (d *db.DB, away func(bool)) {
	t.Helper()
	detour, away := Detour(t, Schema(t))
	return open(t, db.Config{URL: detour, Readers: 3}), away
}

// Detour gives another URL for a database, by a way that can be shut like that
// of Away.
func Detour(t testing.TB, straight string) (detour string, away func(bool)) {
	t.Helper()
	u, err := url.Parse(straight)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &way{to: u.Host}
	t.Cleanup(func() { _ = l.Close() })
	go w.serve(l)
	u.Host = l.Addr().String()
	return u.String(), w.set
}

// way passes bytes on to the server until it is shut.
type way struct {
	to    string
	mu    sync.Mutex
	shut  bool
	conns []net.Conn
}

func (w *way) serve(l net.Listener) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		out, err := net.Dial("tcp", w.to)
		if w.shut || err != nil {
			_ = in.Close()
		} else {
			w.conns = append(w.conns, in, out)
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		}
		w.mu.Unlock()
	}
}

func (w *way) set(shut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shut = shut
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}
