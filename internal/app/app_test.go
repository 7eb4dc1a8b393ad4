package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// said is what a command printed and how it ended.
type said struct {
	out, err string
	code     int
}

// bevan runs a command line in this process.
func bevan(t testing.TB, args ...string) said {
	t.Helper()
	var out, err bytes.Buffer
	code := Main(args, Streams{Out: &out, Err: &err, Ctx: t.Context()})
	return said{out.String(), err.String(), code}
}

// lastLine is what scripts rely on.
func (s said) lastLine() string {
	lines := strings.Split(strings.TrimRight(s.out, "\n"), "\n")
	return lines[len(lines)-1]
}

// watched is a writer that tells when a text has come.
type watched struct {
	mu   sync.Mutex
	b    bytes.Buffer
	want *regexp.Regexp
	got  chan string
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b.Write(p)
	if m := w.want.FindString(w.b.String()); m != "" && w.got != nil {
		w.got <- m
		w.got = nil
	}
	return len(p), nil
}

// serving starts a server on the folder and gives its address; stop ends it and
// gives its exit code.
func serving(t *testing.T, data string, more ...string) (url string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out := &watched{want: regexp.MustCompile(`http://127\.0\.0\.1:\d+/fhir\n`), got: make(chan string, 1)}
	got, done := out.got, make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		done <- Main(append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, more...), Streams{Out: out, Err: &errs, Ctx: ctx})
	}()
	select {
	case url = <-got:
	case code := <-done:
		t.Fatalf("the server did not start: %d %s", code, errs.String())
	}
	var once sync.Once
	code := 0
	stop = func() int {
		once.Do(func() { cancel(); code = <-done })
		return code
	}
	t.Cleanup(func() { stop() })
	return strings.TrimSpace(url), stop
}

func ask(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/fhir+json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

const patients = `{"resourceType":"Patient","id":"one","name":[{"family":"Made-up"}]}
{"resourceType":"Patient","id":"two","gender":"neither"}
{"resourceType":"Patient","id":"three","name":[{"family":"Made-up"}]}
`

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The main job, from an empty folder, with a server running all the while. The
// folder's path is longer than a socket's may be.
func TestFromAnEmptyFolderToAnAnswerAndBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 25))
	data := filepath.Join(dir, "data")
	url, stop := serving(t, data)
	base := strings.TrimSuffix(url, "/fhir")

	if status, text := ask(t, "GET", base+"/readyz", "", ""); status != 200 {
		t.Fatalf("not ready: %d %s", status, text)
	}
	if status, _ := ask(t, "GET", url+"/metadata", "", ""); status != 200 {
		t.Errorf("/metadata: %d", status)
	}
	made := bevan(t, "token", "--data", data, "--role", "operator")
	token := made.lastLine()
	if made.code != 0 || !strings.HasPrefix(token, "bevan_") {
		t.Fatalf("token: %+v", made)
	}
	if status, text := ask(t, "PUT", url+"/Patient/zero", token, `{"resourceType":"Patient","id":"zero","name":[{"family":"Made-up"}]}`); status != 201 {
		t.Errorf("create: %d %s", status, text)
	}

	in, rejects := write(t, filepath.Join(dir, "patients.ndjson"), patients), filepath.Join(dir, "errors.ndjson")
	got := bevan(t, "load", "--data", data, "--errors", rejects, in)
	if got.code != exitPart || !strings.Contains(got.out, "2 new") || !strings.Contains(got.err, rejects) {
		t.Errorf("load: %+v", got)
	}
	if told, err := os.ReadFile(rejects); err != nil || strings.Count(string(told), "\n") != 1 || !strings.Contains(string(told), "gender") {
		t.Errorf("the errors file says %s, %v", told, err)
	}
	got = bevan(t, "load", "--data", data, "--errors", rejects, in)
	if !strings.Contains(got.out, "0 new, 0 changed, 2 there already") {
		t.Errorf("the second load: %+v", got)
	}
	if status, text := ask(t, "GET", url+"/Patient?family=made-up&_summary=count", token, ""); status != 200 || !strings.Contains(text, `"total":3`) {
		t.Errorf("search: %d %s", status, text)
	}

	for _, args := range [][]string{
		{"export", "--data", data, filepath.Join(dir, "export")},
		{"backup", "--data", data, filepath.Join(dir, "backup")},
		{"keys", "backup", "--data", data, filepath.Join(dir, "keys-copy.json")},
		{"keys", "rotate", "--data", data},
		{"keys", "--data", data},
		{"verify", "--data", data},
		{"doctor", "--data", data},
		{"token", "--list", "--data", data},
	} {
		if got := bevan(t, args...); got.code != 0 {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "export", "Patient.ndjson")); err != nil || strings.Count(string(text), "\n") != 3 {
		t.Errorf("the export holds %s, %v", text, err)
	}
	if got := bevan(t, "serve", "--data", data, "--listen", strings.TrimPrefix(base, "http://")); got.code != exitFailed || !strings.Contains(got.err, "Another program") {
		t.Errorf("a second server on the address: %+v", got)
	}
	if got := bevan(t, "serve", "--data", data, "--listen", "127.0.0.1:0"); got.code != exitFailed || !strings.Contains(got.err, "in use by process") {
		t.Errorf("a second server on the folder: %+v", got)
	}
	if code := stop(); code != 0 {
		t.Errorf("the server ended with %d", code)
	}

	// What was backed up before the key was renewed opens with the keys of then.
	again := filepath.Join(dir, "again")
	if got := bevan(t, "restore", "--data", again, "--keys", filepath.Join(dir, "keys-copy.json"), filepath.Join(dir, "backup")); got.code != 0 {
		t.Fatalf("restore: %+v", got)
	}
	if got := bevan(t, "restore", "--data", again, "--keys", filepath.Join(dir, "keys-copy.json"), filepath.Join(dir, "backup")); got.code != exitFailed || !strings.Contains(got.err, "not replaced") {
		t.Errorf("a second restore: %+v", got)
	}
	url, _ = serving(t, again)
	if status, text := ask(t, "GET", url+"/Patient/one", token, ""); status != 200 || !strings.Contains(text, "Made-up") {
		t.Errorf("after the restore: %d %s", status, text)
	}
}

func TestTokensWithoutAServer(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	token := bevan(t, "token", "--data", data, "--role", "operator", "--label", "first").lastLine()
	look := bevan(t, "token", "--data", data, "--read-only").lastLine()
	url, stop := serving(t, data)
	if status, text := ask(t, "GET", url+"/Patient", token, ""); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if status, text := ask(t, "POST", url+"/Patient", look, `{"resourceType":"Patient"}`); status != 403 {
		t.Errorf("a token that only looks makes a patient: %d %s", status, text)
	}
	for _, bad := range []string{"", "bevan_x", token + "x", token[:len(token)-1]} {
		if status, text := ask(t, "GET", url+"/Patient", bad, ""); status != 401 {
			t.Errorf("%q: %d %s", bad, status, text)
		}
	}
	id := strings.Split(token, "_")[1]
	if got := bevan(t, "token", "--data", data, "--revoke", id); got.code != 0 {
		t.Errorf("%+v", got)
	}
	if status, text := ask(t, "GET", url+"/Patient", token, ""); status != 401 || !strings.Contains(text, "taken back") {
		t.Errorf("a revoked token: %d %s", status, text)
	}
	list := bevan(t, "token", "--data", data, "--list")
	if !strings.Contains(list.out, "taken back") || !strings.Contains(list.out, "first") || strings.Contains(list.out, token[len(token)-20:]) {
		t.Errorf("the list: %+v", list)
	}
	if got := bevan(t, "token", "--data", data, "--role", "root"); got.code != exitFailed || !strings.Contains(got.err, "no such role") {
		t.Errorf("%+v", got)
	}
	stop()
}

func TestAStoreWithoutItsKeysIsNotOpened(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if got := bevan(t, "token", "--data", data); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	keys := filepath.Join(data, keysFile)
	if err := os.Rename(keys, keys+".away"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"token"}, {"verify"}} {
		got := bevan(t, append(args, "--data", data)...)
		if got.code != exitFailed || !strings.Contains(got.err, "Put it back") {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if got := bevan(t, "doctor", "--data", data); got.code != exitFailed || !strings.Contains(got.out, "MEND") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(keys); err == nil {
		t.Error("new keys were made for a store that has records")
	}
	if err := os.Rename(keys+".away", keys); err != nil {
		t.Fatal(err)
	}
	if got := bevan(t, "verify", "--data", data); got.code != 0 {
		t.Errorf("with its keys again: %+v", got)
	}
}

func TestWhatCanNotBeUnderstoodSaysSo(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitUsage, "bevan --help"},
		{[]string{"fly"}, exitUsage, "bevan --help"},
		{[]string{"load"}, exitUsage, "bevan --help"},
		{[]string{"load", "--data", dir, filepath.Join(dir, "nothing")}, exitFailed, "no file or folder"},
		{[]string{"demo", "--today", "soon", dir}, exitFailed, "2026-06-30"},
		{[]string{"demo", "--people=-3", filepath.Join(dir, "x")}, exitFailed, "bevan:"},
		{[]string{"export", "--since", "soon", filepath.Join(dir, "x")}, exitFailed, "2026-05-03"},
		{[]string{"serve", "--tls-cert", "a.pem", "--data", dir}, exitFailed, "key file"},
		{[]string{"serve", "--listen", "nowhere", "--data", dir}, exitFailed, "host:port"},
		{[]string{"serve", "--log-level", "loud"}, exitUsage, "log-level"},
	} {
		got := bevan(t, c.args...)
		if got.code != c.code || !strings.Contains(got.err, c.says) {
			t.Errorf("%v: %+v, want %d and %q", c.args, got, c.code, c.says)
		}
	}
	if got := bevan(t, "--help"); got.code != 0 || !strings.Contains(got.out, "serve") {
		t.Errorf("help: %+v", got)
	}
	if got := bevan(t, "version"); got.code != 0 || !strings.HasPrefix(got.out, "bevan ") {
		t.Errorf("version: %+v", got)
	}
}

// parsed is what a command line says, without doing it.
func parsed(t *testing.T, args ...string) *commands {
	t.Helper()
	var c commands
	p, err := c.parser(Streams{Out: io.Discard, Err: io.Discard}, func(int) {})
	if err == nil {
		_, err = p.Parse(args)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

// Nobody but this machine is served until the operator says so.
func TestServeListensOnThisMachineOnlyUnlessTold(t *testing.T) {
	for _, name := range []string{"BEVAN_LISTEN", "BEVAN_METRICS_LISTEN", "BEVAN_DATA", "BEVAN_DB"} {
		t.Setenv(name, "") // so that it is put back
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	c := parsed(t, "serve").Serve
	if c.Listen != "127.0.0.1:8080" || c.MetricsListen != "" || c.Data != "data" || c.DB != "" {
		t.Errorf("serve by itself is %+v", c)
	}
	if help := bevan(t, "serve", "--help"); help.code != 0 || !strings.Contains(help.out, "127.0.0.1:8080") || !strings.Contains(help.out, "BEVAN_LISTEN") {
		t.Errorf("the help does not say where it listens: %+v", help)
	}
	t.Setenv("BEVAN_LISTEN", "127.0.0.1:1")
	if c := parsed(t, "serve").Serve; c.Listen != "127.0.0.1:1" {
		t.Errorf("told by the environment it listens on %s", c.Listen)
	}
	if c := parsed(t, "serve", "--listen", "[::1]:2").Serve; c.Listen != "[::1]:2" {
		t.Errorf("told by a flag it listens on %s", c.Listen)
	}
}

func TestAnInterruptedLoadSaysThatItCanGoOn(t *testing.T) {
	dir := t.TempDir()
	in := write(t, filepath.Join(dir, "patients.ndjson"), patients)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	code := Main([]string{"load", "--data", filepath.Join(dir, "data"), in}, Streams{Out: &out, Err: &errs, Ctx: ctx})
	if code != exitInterrupted || !strings.Contains(errs.String(), "go on") {
		t.Errorf("%d %s", code, errs.String())
	}
}

func TestTheDemoIsTheSameEachTime(t *testing.T) {
	dir := t.TempDir()
	read := func(name string, args ...string) string {
		to := filepath.Join(dir, name)
		if got := bevan(t, append([]string{"demo", "--people", "12", to}, args...)...); got.code != 0 {
			t.Fatalf("%+v", got)
		}
		all, err := filepath.Glob(filepath.Join(to, "*"))
		if err != nil || len(all) < 3 {
			t.Fatalf("%v, %v", all, err)
		}
		var text strings.Builder
		for _, f := range all {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			text.WriteString(filepath.Base(f) + "\n" + string(b))
		}
		return text.String()
	}
	if read("a") != read("b") {
		t.Error("the same seed makes other people")
	}
	if read("c", "--seed", "2") == read("d") {
		t.Error("another seed makes the same people")
	}
	if b := read("e", "--form", "bundles"); !strings.Contains(b, `"transaction"`) {
		t.Error("bundles are no transactions")
	}
	if got := bevan(t, "demo", filepath.Join(dir, "a")); got.code != exitFailed || !strings.Contains(got.err, "not empty") {
		t.Errorf("a folder with files in it: %+v", got)
	}
}
