//go:build unix

package crash

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// cluster is a PostgreSQL server of these tests' own: they kill it, so it can
// not be the one that others use.
type cluster struct {
	bin, dir, password string
	port               int
	as                 *syscall.Credential // PostgreSQL does not run as root
	cmd                *exec.Cmd
	done               chan struct{}
	log                last
	databases          int
}

var errNoPostgres = errors.New("skipped: tests on PostgreSQL: it is not installed. On Debian: apt-get install postgresql")

var theCluster = sync.OnceValues(newCluster)

// postgres gives the cluster, running. Without PostgreSQL it skips the test.
func postgres(t testing.TB) *cluster {
	t.Helper()
	c, err := theCluster()
	if errors.Is(err, errNoPostgres) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !c.running() {
		c.start(t)
	}
	return c
}

func stopPostgres() {
	// Only a server that was started is stopped.
	if c := started; c != nil && c.running() {
		_ = c.cmd.Process.Signal(syscall.SIGQUIT)
		<-c.done
	}
}

var started *cluster

func newCluster() (*cluster, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if p, err := exec.LookPath("initdb"); err == nil {
		found = append(found, p)
	}
	if len(found) == 0 {
		return nil, errNoPostgres
	}
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) }) // the system's packages first
	c := &cluster{bin: filepath.Dir(found[0]), dir: filepath.Join(scratch, "pg")}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	c.password = hex.EncodeToString(b[:])
	secret := filepath.Join(scratch, "pgpassword")
	if err := errors.Join(os.Mkdir(c.dir, 0o700), os.WriteFile(secret, []byte(c.password), 0o600)); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if err := c.lend(c.dir, secret); err != nil {
			return nil, err
		}
	}
	cmd := c.tool("initdb", "-D", c.dir, "-U", "bevan", "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return c, nil
}

// lend makes files the property of the user that PostgreSQL's packages make.
func (c *cluster) lend(paths ...string) error {
	u, err := user.Lookup("postgres")
	if err != nil {
		return errNoPostgres
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	c.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for _, p := range paths {
		if err := os.Chown(p, uid, gid); err != nil {
			return err
		}
	}
	return nil
}

// tool is one of PostgreSQL's programs.
func (c *cluster) tool(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "PGPASSWORD="+c.password, "LC_ALL=C.UTF-8")
	if c.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as}
	}
	return cmd
}

func (c *cluster) running() bool {
	if c.done == nil {
		return false
	}
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// start starts the server and returns when it takes connections. After a kill
// the new one waits until the last child of the old one is gone, and refuses
// to start before; so it is tried again.
func (c *cluster) start(t testing.TB) {
	t.Helper()
	if c.port == 0 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c.port = l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
	}
	started = c
	until(t, "PostgreSQL serves", func() bool {
		if !c.running() {
			c.launch(t)
		}
		return c.tool("pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(c.port)).Run() == nil && c.running()
	})
}

func (c *cluster) launch(t testing.TB) {
	t.Helper()
	cmd := c.tool("postgres", "-D", c.dir, "-p", strconv.Itoa(c.port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=on")
	cmd.Stdout, cmd.Stderr = &c.log, &c.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = cmd.Wait() }()
	c.cmd, c.done = cmd, done
}

// kill kills the postmaster; its children see that and end.
func (c *cluster) kill() {
	_ = c.cmd.Process.Kill()
	<-c.done
}

// stop ends the server in good order, cutting its connections.
func (c *cluster) stop(t testing.TB) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-c.done
}

// place is a new, empty database with a data folder for the keys.
func (c *cluster) place(t testing.TB) place {
	t.Helper()
	c.databases++
	name := "crash" + strconv.Itoa(c.databases)
	out, err := c.tool("createdb", "-h", "127.0.0.1", "-p", strconv.Itoa(c.port), "-U", "bevan", name).CombinedOutput()
	if err != nil {
		t.Fatalf("createdb: %v\n%s\n%s", err, out, strings.TrimSpace(c.log.String()))
	}
	p := newPlace(t)
	p.url = fmt.Sprintf("postgres://bevan:%s@127.0.0.1:%d/%s?sslmode=disable", c.password, c.port, name)
	return p
}
