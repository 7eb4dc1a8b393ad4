//go:build unix

package crash

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// place is where a store lies: a data folder, and a PostgreSQL URL or none.
type place struct{ dir, url string }

// newPlace is a new data folder on SQLite.
func newPlace(t testing.TB) place {
	t.Helper()
	dir, err := os.MkdirTemp(scratch, "d")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return place{dir: dir}
}

// args is a command line about this place.
func (p place) args(command ...string) []string {
	command = append(command, "--data", p.dir)
	if p.url != "" {
		command = append(command, "--db", p.url)
	}
	return command
}

// eachKind runs a test on both databases.
func eachKind(t *testing.T, test func(t *testing.T, p place)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newPlace(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, postgres(t).place(t)) })
}

// last keeps the end of what a process writes.
type last struct {
	mu  sync.Mutex
	buf []byte
}

func (l *last) Write(p []byte) (int, error) {
	const most = 64 << 10
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = append(l.buf, p...)
	if len(l.buf) > most {
		l.buf = bytes.Clone(l.buf[len(l.buf)-most/2:])
	}
	return len(p), nil
}

func (l *last) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.buf)
}

// command is the program with arguments, ready to start. It hears nothing of
// the environment that could change what it does.
func command(args ...string) *exec.Cmd {
	c := exec.Command(program, args...)
	c.Dir = scratch
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "BEVAN_") && !strings.HasPrefix(e, "PG") {
			c.Env = append(c.Env, e)
		}
	}
	return c
}

// run runs a command to its end, which must come.
func run(t testing.TB, args ...string) (out string, code int) {
	t.Helper()
	c := command(args...)
	late := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
	defer late.Stop()
	b, err := c.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(b), 0
	case errors.As(err, &exit):
		return string(b), exit.ExitCode()
	}
	t.Fatal(err)
	return "", 0
}

// must is run for a command that has to work.
func must(t testing.TB, args ...string) string {
	t.Helper()
	out, code := run(t, args...)
	if code != 0 {
		t.Fatalf("bevan %s: exit %d\n%s", args[0], code, out)
	}
	return out
}

// token makes a bearer token for a place; a server may be running there.
func token(t testing.TB, p place) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(must(t, p.args("token", "--role", "operator")...)), "\n")
	return lines[len(lines)-1]
}

// node is a running server.
type node struct {
	place
	cmd  *exec.Cmd
	base string // of the FHIR interface
	err  last   // its log
	done chan struct{}
}

// spawn starts a server and does not wait until it is ready.
func spawn(t testing.TB, p place, wrap []string, more ...string) (*node, <-chan string) {
	t.Helper()
	args := p.args(append([]string{"serve", "--listen", anyPort}, more...)...)
	n := &node{place: p, cmd: command(args...), done: make(chan struct{})}
	if len(wrap) > 0 {
		n.cmd.Path, n.cmd.Args = wrap[0], append(wrap, n.cmd.Args...)
	}
	n.cmd.Stderr = &n.err
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 64)
	go func() {
		defer close(n.done)
		for s := bufio.NewScanner(out); s.Scan(); {
			select {
			case lines <- s.Text():
			default: // nobody reads on
			}
		}
		close(lines)
		_ = n.cmd.Wait() // how it ended is asked of ProcessState
	}()
	t.Cleanup(n.kill)
	return n, lines
}

// start starts a server and returns when it serves.
func start(t testing.TB, p place, more ...string) *node {
	t.Helper()
	n, lines := spawn(t, p, nil, more...)
	n.ready(t, lines)
	return n
}

func (n *node) ready(t testing.TB, lines <-chan string) {
	t.Helper()
	for line := range lines {
		if _, url, ok := strings.Cut(line, "FHIR interface:"); ok {
			n.base = strings.TrimSpace(url)
			return
		}
	}
	<-n.done
	t.Fatalf("the server did not start: %v\n%s", n.cmd.ProcessState, &n.err)
}

// kill ends it as a power switch would, and returns when it is gone.
func (n *node) kill() {
	_ = n.cmd.Process.Kill() // it may have ended by itself
	<-n.done
}

// stop asks it to end.
func (n *node) stop(t testing.TB) {
	t.Helper()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("the server is gone: %v\n%s", n.cmd.ProcessState, &n.err)
	}
	<-n.done
	if c := n.cmd.ProcessState.ExitCode(); c != 0 {
		t.Errorf("the server was asked to stop and exits with %d\n%s", c, &n.err)
	}
}

// alive fails the test when the server ended.
func (n *node) alive(t testing.TB) {
	t.Helper()
	select {
	case <-n.done:
		t.Fatalf("the server died: %v\n%s", n.cmd.ProcessState, &n.err)
	default:
	}
}

// site is the address of the server without the FHIR path.
func (n *node) site() string { return strings.TrimSuffix(n.base, "/fhir") }

// address is host:port.
func (n *node) address() string { return strings.TrimPrefix(n.site(), "http://") }

// memory is the most that the process ever had in memory, in MB, and false
// where the system does not tell.
func (n *node) memory() (mb int, ok bool) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(n.cmd.Process.Pid), "status"))
	if err != nil {
		return 0, false
	}
	_, rest, ok := strings.Cut(string(b), "VmHWM:")
	if !ok {
		return 0, false
	}
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	return kb >> 10, err == nil
}

// verify has the program read its whole store, its access log and the tree over that.
func verify(t testing.TB, p place) {
	t.Helper()
	out, code := run(t, p.args("verify")...)
	if code != 0 || !strings.Contains(out, " 0 faults") || !strings.Contains(out, " 0 gaps") || !strings.Contains(out, " 0 things are not as they were written") {
		t.Fatalf("bevan verify finds faults: exit %d\n%s", code, out)
	}
}
