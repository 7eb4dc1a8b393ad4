package app

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// alone is set in the process that runs a test where there is no network but its
// own loopback.
const alone = "BEVAN_TEST_ALONE"

// The first command of the README, as somebody types it who has just got the
// tree: nothing on the PATH but what the README asks for, a home with nothing
// in it, and a network that leads nowhere. What it prints works, and Ctrl-C
// ends it.
func TestMakeRun(t *testing.T) {
	if os.Getenv(alone) != "" {
		loopback(t)
		makeRun(t, "127.0.0.1:8080") // the namespace is ours, and so is every port
		return
	}
	withoutNetwork(t, "make run calls nobody", func(t *testing.T) { makeRun(t, freeAddress(t)) })
}

// withoutNetwork runs the test again in a process with no network but its own
// loopback, where alone is set. Where the system lets nobody have that, instead
// is done with the network there, and that nobody was called is not shown.
func withoutNetwork(t *testing.T, shows string, instead func(t *testing.T)) {
	t.Helper()
	t.Run("without a network", func(t *testing.T) {
		name, _, _ := strings.Cut(t.Name(), "/")
		c := exec.Command(os.Args[0], "-test.run=^"+name+"$", "-test.v")
		c.Env = append(os.Environ(), alone+"=yes")
		id := func(host int) []syscall.SysProcIDMap {
			return []syscall.SysProcIDMap{{ContainerID: host, HostID: host, Size: 1}}
		}
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER,
			UidMappings: id(os.Getuid()), GidMappings: id(os.Getgid())}
		out, err := c.CombinedOutput()
		var ended *exec.ExitError
		switch {
		case err != nil && !errors.As(err, &ended):
			t.Logf("this system lets nobody have a network of their own: %v", err)
			t.Run("with the network there", instead)
			t.Skip("skipped: that " + shows + ", since no network can be taken away here")
		case err != nil:
			t.Errorf("%v\n%s", err, out)
		default:
			t.Logf("%s", out)
			if bytes.Contains(out, []byte("--- SKIP")) {
				t.Skip("skipped: " + strings.TrimSpace(string(out)))
			}
		}
	})
}

// loopback puts up the only network there is, and sees that nothing is behind
// it.
func loopback(t *testing.T) {
	t.Helper()
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		t.Skipf("its own loopback can not be put up: %v", err)
	}
	if c, err := net.DialTimeout("tcp", "192.0.2.1:80", time.Minute); err == nil { // TEST-NET-1, RFC 5737
		_ = c.Close()
		t.Fatal("there is a network here")
	} else if !errors.Is(err, syscall.ENETUNREACH) {
		t.Fatalf("the network is not away: %v", err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// bareWords are the programs that the README asks for, and coreutils.
var bareWords = []string{"go", "make", "bash", "cat", "chmod", "cp", "cut", "date", "dirname", "env", "head", "ls", "mkdir", "mktemp",
	"mv", "pwd", "readlink", "rm", "rmdir", "sleep", "sort", "tail", "touch", "tr", "true", "uname", "wc"}

// bareTree copies the sources and gives the environment of a machine that has
// little: its PATH, its home, and the modules, which are there already.
func bareTree(t *testing.T) (tree string, env []string) {
	t.Helper()
	dir := t.TempDir()
	tree = filepath.Join(dir, "bevan")
	copyTree(t, filepath.Join("..", ".."), tree)
	path, home := filepath.Join(dir, "path"), filepath.Join(dir, "home")
	for _, d := range []string{path, home} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range append(bareWords, "node") {
		found, err := exec.LookPath(name)
		if err == nil {
			found, err = filepath.EvalSymlinks(found)
		}
		switch {
		case err == nil:
			err = os.Symlink(found, filepath.Join(path, name))
		case name == "node": // nothing needs it yet
			err = nil
		case name == "make":
			t.Skip("make is not installed. On Debian: apt-get install make")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	env = []string{"PATH=" + path, "HOME=" + home, "LANG=C.UTF-8", "BEVAN_DEMO_PEOPLE=12", "GOPROXY=off", "GOFLAGS=", "GOTOOLCHAIN=local"}
	for _, name := range []string{"GOMODCACHE", "GOCACHE"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(out)))
	}
	return tree, env
}

// copyTree copies what a clone would hold, and what lies beside it in sources.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch rel {
			case ".git", "bin", "data", "tmp":
				return filepath.SkipDir
			}
			if d.Name() == "testdata" || d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() || rel == ".git" {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	printedCurl = regexp.MustCompile(`(?m)^ +(curl -H "Authorization: Bearer \$\(cat (\S+)\)" "(http://[^"]+)")$`)
	readyLine   = regexp.MustCompile(`FHIR interface: http://\S+\n`)
)

func makeRun(t *testing.T, listen string) {
	tree, env := bareTree(t)
	m := startMake(t, tree, env, listen)
	text := m.said()
	if !strings.Contains(text, "Making up a region of 12 people") {
		t.Errorf("it does not make up people:\n%s", text)
	}
	shown := printedCurl.FindAllStringSubmatch(text, -1)
	if len(shown) != 2 || !strings.Contains(text, listen) {
		t.Fatalf("it does not say where to look:\n%s", text)
	}
	for _, c := range shown {
		if answer := m.curl(t, c[1], c[2], c[3]); !strings.Contains(answer, `"searchset"`) || strings.Count(answer, `"fullUrl"`) != 3 {
			t.Errorf("%s gives\n%s", c[1], answer)
		}
	}
	if secret, err := os.ReadFile(filepath.Join(tree, shown[0][2])); err != nil || strings.Contains(text, strings.TrimSpace(string(secret))) {
		t.Errorf("the token stands on the screen, %v:\n%s", err, text)
	}
	m.interrupt(t)

	again := startMake(t, tree, env, listen)
	if text := again.said(); strings.Contains(text, "Making up") {
		t.Errorf("people are made up a second time:\n%s", text)
	}
	if answer := again.curl(t, shown[0][1], shown[0][2], shown[0][3]); strings.Count(answer, `"fullUrl"`) != 3 {
		t.Errorf("the second time nobody is there:\n%s", answer)
	}
	again.interrupt(t)
	verify := exec.Command(filepath.Join(tree, "bin", "bevan"), "verify", "--data", filepath.Join(tree, "data"))
	verify.Env = env
	if out, err := verify.CombinedOutput(); err != nil || !strings.Contains(string(out), " 0 faults") {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// madeRun is a make run that serves, in a process group of its own as at a
// terminal.
type madeRun struct {
	cmd  *exec.Cmd
	tree string
	env  []string
	out  *watched
	done chan error
}

func startMake(t *testing.T, tree string, env []string, listen string) *madeRun {
	t.Helper()
	out := &watched{want: readyLine, got: make(chan string, 1)}
	m := &madeRun{cmd: exec.Command(filepath.Join(strings.TrimPrefix(env[0], "PATH="), "make"), "run"), tree: tree, env: env, out: out, done: make(chan error, 1)}
	if listen != "127.0.0.1:8080" {
		m.cmd.Args = append(m.cmd.Args, "LISTEN="+listen)
	}
	m.cmd.Dir, m.cmd.Env, m.cmd.Stdout, m.cmd.Stderr = tree, env, out, out
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	ready := out.got
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-m.cmd.Process.Pid, syscall.SIGKILL) })
	go func() { m.done <- m.cmd.Wait() }()
	select {
	case <-ready:
	case err := <-m.done:
		t.Fatalf("make run ends: %v\n%s", err, m.said())
	}
	return m
}

// said is all that was printed so far.
func (m *madeRun) said() string {
	m.out.mu.Lock()
	defer m.out.mu.Unlock()
	return m.out.b.String()
}

// curl does what a printed line says: with curl where there is one, and by
// reading the line where there is none.
func (m *madeRun) curl(t *testing.T, line, tokenFile, url string) string {
	t.Helper()
	if _, err := exec.LookPath("curl"); err == nil {
		c := exec.Command("bash", "-c", strings.Replace(line, "curl ", "curl -sS --noproxy '*' ", 1))
		c.Dir = m.tree
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		return string(out)
	}
	token, err := os.ReadFile(filepath.Join(m.tree, tokenFile))
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	resp, err := (&http.Transport{}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// interrupt is Ctrl-C: the signal goes to everything that make started.
func (m *madeRun) interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(-m.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-m.done
	if err := syscall.Kill(-m.cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("after Ctrl-C something still runs: %v", err)
	}
	text := m.said()
	for _, bad := range []string{"panic", "level=ERROR", "goroutine", "bevan: "} {
		if strings.Contains(text, bad) {
			t.Errorf("it says %q:\n%s", bad, text)
		}
	}
}
