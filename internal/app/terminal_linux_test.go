package app

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// screen is a terminal of 100 columns that nobody sits at: what is written to
// tty is heard at its other end.
type screen struct {
	tty  *os.File
	done chan struct{}
	all  bytes.Buffer // once done is closed
}

func newScreen(t *testing.T) *screen {
	t.Helper()
	far, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("skipped: there are no terminals to be had here: %v", err)
	}
	if err := unix.IoctlSetPointerInt(int(far.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(far.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	near, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("skipped: there are no terminals to be had here: %v", err)
	}
	if err := unix.IoctlSetWinsize(int(near.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 25, Col: 100}); err != nil {
		t.Fatal(err)
	}
	s := &screen{tty: near, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		defer far.Close()
		buf := make([]byte, 4096)
		for !bytes.HasSuffix(s.all.Bytes(), []byte(lastWords)) {
			n, err := far.Read(buf)
			if s.all.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = near.Close() })
	return s
}

// lastWords is written last. A terminal that is closed may lose what nobody has
// read yet, so that the reader waits for them.
const lastWords = "\x1bthat is all"

// text is all that was written. Nothing can be written after it.
func (s *screen) text() string {
	_, _ = s.tty.WriteString(lastWords)
	<-s.done
	_ = s.tty.Close()
	return strings.TrimSuffix(s.all.String(), lastWords)
}

// drawn is one picture of a bar: words, the share, the bar itself.
var drawn = regexp.MustCompile(`\r([^\r\n|]*?) +(\d+)% \|(█*) *\|`)

// bars plays a command at a terminal and gives the pictures that it drew.
func bars(t *testing.T, args ...string) [][]string {
	t.Helper()
	s := newScreen(t)
	if !term.IsTerminal(int(s.tty.Fd())) || !streams(os.Stdout, s.tty).Tall {
		t.Fatal("a terminal is not known as one")
	}
	var out bytes.Buffer
	code := Main(args, Streams{Out: &out, Err: s.tty, Tall: true, Ctx: t.Context(), Now: hurried()})
	text := s.text()
	if code != 0 {
		t.Fatalf("%v: %d %s %s", args, code, &out, text)
	}
	if strings.Contains(strings.TrimRight(text, "\r\n "), "\n") {
		t.Errorf("%v: the bar does not stay in its place: %q", args, text)
	}
	if last := text[strings.LastIndex(strings.TrimRight(text, "\r"), "\r")+1:]; strings.TrimSpace(last) != "" {
		t.Errorf("%v: at the end %q is left standing", args, last)
	}
	if strings.ContainsAny(out.String(), "\r█") {
		t.Errorf("%v: a bar is drawn where the answer goes: %q", args, &out)
	}
	return drawn.FindAllStringSubmatch(text, -1)
}

// Work on a few thousand resources, at a terminal and away from one.
func TestLongWorkShowsHowFarItIs(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return dir + "/" + name }
	data := []string{"--data", at("data")}
	with := func(args ...string) []string { return append(args, data...) }
	rated := regexp.MustCompile(`^[\d,]+ (resources|records|MB of \w+\.db), [\d,]+/(s|min)(, [\dhms]+ left)?$`)
	for _, c := range []struct {
		args []string
		left bool // there is a step in the middle, at which the rest can be told
	}{
		{[]string{"demo", at("files"), "--people", "60"}, true},
		{with("load", at("files"), "--errors", at("errors")), true},
		{with("export", at("export")), true},
		{with("verify"), true},
		{with("reindex"), true},
		{with("backup", at("backup")), true},
		{with("keys", "backup", at("keys.json")), false},
		{[]string{"restore", "--data", at("again"), "--keys", at("keys.json"), at("backup")}, true},
	} {
		seen, left, share := 0, false, ""
		for _, b := range bars(t, c.args...) {
			if words := b[1]; rated.MatchString(words) {
				seen++
				left = left || strings.HasSuffix(words, " left")
			}
			share += b[2] + "% "
		}
		t.Logf("%s: %s", c.args[0], share)
		if c.left && (seen == 0 || !left) {
			t.Errorf("%v: %d bars have a rate, and one tells the time left: %v", c.args, seen, left)
		}
	}

	var out, lines bytes.Buffer
	code := Main(with("verify"), Streams{Out: &out, Err: &lines, Ctx: t.Context(), Now: hurried()})
	if code != 0 || !regexp.MustCompile(`(?m)^ *\d+%  [\d,]+ records, [\d,]+/s, [\dhms]+ left$`).MatchString(lines.String()) || strings.ContainsAny(lines.String(), "\r█") {
		t.Errorf("away from a terminal: %d %q", code, &lines)
	}
	if streams(os.Stdout, nil).Tall {
		t.Error("a stream that is closed counts as a terminal")
	}
}
