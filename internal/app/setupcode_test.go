package app

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var eightLetters = regexp.MustCompile(`^[A-Z]{4} [A-Z]{4}$`)

func TestTheSetUpCodeIsShownWithAndWithoutAServer(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first := bevan(t, "setup-code", "--data", data)
	if first.code != 0 || !eightLetters.MatchString(first.lastLine()) || !strings.Contains(first.out, "first operator") {
		t.Fatalf("%+v", first)
	}
	if again := bevan(t, "setup-code", "--data", data); again.lastLine() != first.lastLine() {
		t.Errorf("a code that is good was replaced: %+v", again)
	}
	fresh := bevan(t, "setup-code", "--data", data, "--new")
	if fresh.lastLine() == first.lastLine() || !eightLetters.MatchString(fresh.lastLine()) {
		t.Errorf("%+v", fresh)
	}
	_, stop := serving(t, data)
	if got := bevan(t, "setup-code", "--data", data); got.lastLine() != fresh.lastLine() {
		t.Errorf("the server has another code: %+v", got)
	}
	if got := bevan(t, "setup-code", "--data", data, "--new"); got.lastLine() == fresh.lastLine() || !eightLetters.MatchString(got.lastLine()) {
		t.Errorf("%+v", got)
	}
	stop()
}

// A server that nobody has set up says where its pages are and what the code
// is; whoever comes by the machine's number is sent to its name.
func TestServeShowsSetUp(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithCancel(t.Context())
	out := &watched{want: regexp.MustCompile(`(?s)Pages: .*Token: `), got: make(chan string, 1)}
	got, done := out.got, make(chan int, 1)
	go func() {
		done <- Main([]string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, Streams{Out: out, Err: io.Discard, Ctx: ctx})
	}()
	said := ""
	select {
	case said = <-got:
	case code := <-done:
		t.Fatalf("the server did not start: %d", code)
	}
	defer func() { cancel(); <-done }()
	pages := regexp.MustCompile(`http://localhost:\d+/`).FindString(said)
	code := regexp.MustCompile(`[A-Z]{4} [A-Z]{4}`).FindString(said)
	if pages == "" || code == "" || bevan(t, "setup-code", "--data", data).lastLine() != code {
		t.Fatalf("it says %s", said)
	}
	number := strings.Replace(pages, "localhost", "127.0.0.1", 1)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, number+"sign-in?next=/account", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if want := pages + "sign-in?next=/account"; resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != want {
		t.Errorf("%d to %s, want %s", resp.StatusCode, resp.Header.Get("Location"), want)
	}
	if status, text := ask(t, "GET", number+"fhir/metadata", "", ""); status != http.StatusOK {
		t.Errorf("/fhir/metadata: %d %s", status, text)
	}
	if status, text := ask(t, "GET", number+"healthz", "", ""); status != http.StatusOK || strings.Contains(text, "Set up") {
		t.Errorf("/healthz: %d %s", status, text)
	}
}

func TestWherePagesAre(t *testing.T) {
	for _, c := range []struct {
		base, address, site string
		ok                  bool
	}{
		{"", "http://127.0.0.1:8080", "http://localhost:8080", true},
		{"", "https://127.0.0.1:8443", "https://localhost:8443", true},
		{"", "http://[::1]:8080", "http://localhost:8080", true},
		{"", "http://localhost:8080", "http://localhost:8080", true},
		{"", "http://192.0.2.1:8080", "http://localhost:8080", false},
		{"https://Example.org/fhir", "http://127.0.0.1:8080", "https://example.org", true},
		{"https://example.org:8443/fhir", "https://127.0.0.1:8443", "https://example.org:8443", true},
		{"http://localhost:9090/fhir", "http://127.0.0.1:8080", "http://localhost:9090", true},
		{"http://example.org/fhir", "http://127.0.0.1:8080", "http://localhost:8080", false},
		{"https://192.0.2.1/fhir", "http://127.0.0.1:8080", "http://localhost:8080", false},
		{"fhir", "http://127.0.0.1:8080", "http://localhost:8080", false},
	} {
		if site, ok := origin(c.base, c.address); site != c.site || ok != c.ok {
			t.Errorf("%q at %s: %s, %v", c.base, c.address, site, ok)
		}
	}
}
