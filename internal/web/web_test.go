package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// house is a server with a handler, over a real connection.
type house struct {
	*Server
	url string
	log *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func open(t *testing.T, c Config, h Handler) *house {
	t.Helper()
	log := &lockedBuffer{}
	c.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.Mount("/fhir/", h, nil)
	ts := httptest.NewServer(s.Handler())
	t.Cleanup(ts.Close)
	return &house{s, ts.URL, log}
}

func (h *house) ask(t *testing.T, method, path string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, h.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	c := http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// echo answers the size of the body.
func echo(w http.ResponseWriter, r *http.Request) error {
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d", n)
	return nil
}

func TestABusyServerSaysSo(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	let := sync.OnceFunc(func() { close(leave) })
	h := open(t, Config{MaxRequests: 1}, func(http.ResponseWriter, *http.Request) error {
		inside <- struct{}{}
		<-leave
		return nil
	})
	t.Cleanup(let)
	go func() {
		if resp, err := http.Get(h.url + "/fhir/hold"); err == nil {
			resp.Body.Close()
		}
	}()
	<-inside
	resp, _ := h.ask(t, "GET", "/fhir/Patient/1", nil)
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("a full server answers %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	for _, p := range []string{"/healthz", "/readyz", "/metrics"} {
		if resp, _ := h.ask(t, "GET", p, nil); resp.StatusCode != 200 {
			t.Errorf("%s of a full server answers %d", p, resp.StatusCode)
		}
	}
	let()
}

func TestASlowHandlerIsNotCutOff(t *testing.T) {
	// The body is read, then the work takes longer than a stall: the time for
	// reading must not count on. A body of another request that stops after
	// this one was read, and is given up, shows that a stall has passed.
	read, passed := make(chan struct{}), make(chan struct{})
	h := open(t, Config{Stall: 300 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) error {
		if _, err := io.ReadAll(r.Body); err != nil || r.URL.Path != "/fhir/slow" {
			return err
		}
		close(read)
		select {
		case <-r.Context().Done():
			return errors.New("the request was cancelled")
		case <-passed:
		}
		_, err := io.WriteString(w, "done")
		return err
	})
	go func() {
		defer close(passed)
		<-read
		c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /fhir/stalls HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
		if answer, _ := io.ReadAll(c); !strings.HasPrefix(string(answer), "HTTP/1.1 408") {
			t.Errorf("the other body is answered with %s", answer)
		}
	}()
	if resp, text := h.ask(t, "POST", "/fhir/slow", strings.NewReader("{}")); resp.StatusCode != 200 || text != "done" {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

func TestAPanicIsAnAnswerAndALogLine(t *testing.T) {
	h := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("ETag", `W/"1"`)
		if _, err := io.WriteString(w, "half an ans"); err != nil {
			return err
		}
		if r.URL.Path == "/fhir/index" {
			var none []int
			_ = none[len(r.URL.Path)]
		}
		panic("Sam Smith has measles")
	})
	for _, p := range []string{"/fhir/index", "/fhir/text"} {
		resp, text := h.ask(t, "GET", p, nil, "X-Request-Id", "abc-1", "Accept-Encoding", "gzip")
		if resp.StatusCode != 500 || !strings.Contains(text, "abc-1") || strings.Contains(text, "half") || resp.Header.Get("ETag") != "" {
			t.Errorf("%s: %d %v %s", p, resp.StatusCode, resp.Header, text)
		}
	}
	if log := h.log.String(); strings.Contains(log, "Sam") || !strings.Contains(log, "index out of range") || !strings.Contains(log, "web_test.go") {
		t.Errorf("the log says %s", log)
	}
	if resp, _ := h.ask(t, "GET", "/healthz", nil); resp.StatusCode != 200 {
		t.Error("the server did not live on")
	}
}

func TestErrorsAreWrittenInOnePlace(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		header string
		value  string
	}{
		{problem.New(problem.NotFound, "There is no such patient."), 404, "", ""},
		{problem.New(problem.Revoked, ""), 401, "WWW-Authenticate", "Bearer"},
		{problem.New(problem.TooMany, ""), 429, "Retry-After", "1"},
		{WithStatus(405, problem.New(problem.Unsupported, "")), 405, "", ""},
		{errors.New("secret row 17"), 500, "", ""},
	} {
		known := func(p string) bool { return p == "Patient" }
		h := open(t, Config{Word: known}, func(http.ResponseWriter, *http.Request) error { return c.err })
		resp, text := h.ask(t, "GET", "/fhir/Patient/secret-id?name=secret-name", nil)
		if resp.StatusCode != c.status || strings.Contains(text, "secret") || !strings.Contains(text, resp.Header.Get("X-Request-Id")) {
			t.Errorf("%v: %d %s", c.err, resp.StatusCode, text)
		}
		if c.header != "" && resp.Header.Get(c.header) != c.value {
			t.Errorf("%v: %s is %q", c.err, c.header, resp.Header.Get(c.header))
		}
		if log := h.log.String(); strings.Contains(log, "secret-") || !strings.Contains(log, `"path":"/fhir/Patient/*"`) {
			t.Errorf("%v: the log says %s", c.err, log)
		}
	}
}

func TestAdmitCanRefuse(t *testing.T) {
	h := open(t, Config{Admit: func(*http.Request) error { return problem.New(problem.TooMany, "") }}, echo)
	if resp, _ := h.ask(t, "GET", "/fhir/Patient", nil); resp.StatusCode != 429 {
		t.Errorf("%d", resp.StatusCode)
	}
	if resp, _ := h.ask(t, "GET", "/nothing", nil); resp.StatusCode != 429 {
		t.Errorf("an address that is not there gets %d before it is admitted", resp.StatusCode)
	}
}

func TestRequestIDs(t *testing.T) {
	h := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, RequestID(r.Context()))
		return err
	})
	for _, c := range []struct{ sent, want string }{
		{"abc.DEF-1_2", "abc.DEF-1_2"}, {"", ""}, {"a b", ""}, {`x","admin":"1`, ""}, {strings.Repeat("a", 65), ""},
	} {
		resp, text := h.ask(t, "GET", "/fhir/x", nil, "X-Request-Id", c.sent)
		got := resp.Header.Get("X-Request-Id")
		if got != text || c.want != "" && got != c.want || c.want == "" && (got == c.sent || len(got) != 16) {
			t.Errorf("sent %q, got %q and %q", c.sent, got, text)
		}
	}
}

func TestCORS(t *testing.T) {
	h := open(t, Config{Origins: []string{"https://app.example"}}, echo)
	pre := []string{"Origin", "https://app.example", "Access-Control-Request-Method", "PUT"}
	resp, _ := h.ask(t, "OPTIONS", "/fhir/Patient/1", nil, pre...)
	if resp.StatusCode != 204 || resp.Header.Get("Access-Control-Allow-Origin") != "https://app.example" || !strings.Contains(resp.Header.Get("Access-Control-Allow-Methods"), "PUT") || !strings.Contains(resp.Header.Get("Access-Control-Allow-Headers"), "If-Match") {
		t.Errorf("the question before: %d %v", resp.StatusCode, resp.Header)
	}
	resp, _ = h.ask(t, "GET", "/fhir/Patient/1", nil, "Origin", "https://app.example")
	if resp.Header.Get("Access-Control-Allow-Origin") != "https://app.example" || !strings.Contains(resp.Header.Get("Access-Control-Expose-Headers"), "ETag") || resp.Header.Get("Vary") == "" {
		t.Errorf("a listed origin: %v", resp.Header)
	}
	for _, origin := range []string{"https://evil.example", "https://app.example.evil.example", "null", ""} {
		resp, _ = h.ask(t, "GET", "/fhir/Patient/1", nil, "Origin", origin)
		if resp.Header.Get("Access-Control-Allow-Origin") != "" || resp.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%q may read: %v", origin, resp.Header)
		}
	}
}

func TestMetricsStayOnThisMachine(t *testing.T) {
	h := open(t, Config{}, echo)
	if err := h.Gauge("bevan_test_number", "A number.", func() float64 { return 42 }); err != nil {
		t.Fatal(err)
	}
	h.ask(t, "BREW", "/fhir/Patient/smith", nil)
	resp, text := h.ask(t, "GET", "/metrics", nil)
	if resp.StatusCode != 200 || !strings.Contains(text, "bevan_test_number 42") || !strings.Contains(text, `method="other",status="2xx"`) {
		t.Errorf("%d %.2000s", resp.StatusCode, text)
	}
	for _, word := range []string{"smith", "BREW", "Patient"} {
		if strings.Contains(text, word) {
			t.Errorf("the metrics name %q", word)
		}
	}
	if resp, text := h.ask(t, "GET", "/metrics", nil, "X-Forwarded-For", "10.0.0.1"); resp.StatusCode != 404 || strings.Contains(text, "bevan_") {
		t.Errorf("through a proxy: %d", resp.StatusCode)
	}
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.RemoteAddr = "192.0.2.1:1234"
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	if w.Code != 404 {
		t.Errorf("from another machine: %d", w.Code)
	}
}

func TestReady(t *testing.T) {
	var bad error
	h := open(t, Config{Ready: func(context.Context) error { return bad }}, echo)
	if resp, _ := h.ask(t, "GET", "/readyz", nil); resp.StatusCode != 200 {
		t.Errorf("%d", resp.StatusCode)
	}
	bad = problem.Wrap(problem.Unavailable, "The database is away.", errors.New("host db7"))
	if resp, text := h.ask(t, "GET", "/readyz", nil); resp.StatusCode != 503 || text != "The database is away.\n" {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
	if resp, _ := h.ask(t, "GET", "/healthz", nil); resp.StatusCode != 200 {
		t.Errorf("health %d", resp.StatusCode)
	}
}

func TestShape(t *testing.T) {
	known := map[string]bool{"Patient": true, "$everything": true, "_history": true}
	s, err := New(Config{Word: func(p string) bool { return known[p] }})
	if err != nil {
		t.Fatal(err)
	}
	s.Mount("/fhir/", echo, nil)
	s.Mount("/{$}", echo, nil)
	for in, want := range map[string]string{
		"/fhir/Patient/smith":                "/fhir/Patient/*",
		"/fhir/Patient/Smith":                "/fhir/Patient/*",
		"/fhir/Patient/$smith/_smith":        "/fhir/Patient/*/*",
		"/fhir/Smith/Patient":                "/fhir/*/Patient",
		"/Smith":                             "/*",
		"/smith/fhir":                        "/*/fhir",
		"/fhir/Patient/9990000018/_history/": "/fhir/Patient/*/_history/",
		"/fhir/Patient/$everything":          "/fhir/Patient/$everything",
		"/fhir/Patient/$9990000018":          "/fhir/Patient/*",
		"/fhir":                              "/fhir",
		"/9990000018":                        "/*",
		"*":                                  "*",
		"":                                   "",
		"/" + strings.Repeat("a", 600):       "/*",
	} {
		if got := s.shape(in); got != want {
			t.Errorf("shape(%q) = %q, want %q", in, got, want)
		}
	}
}

func BenchmarkServe(b *testing.B) {
	s, err := New(Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	body := bytes.Repeat([]byte("0123456789"), 160)
	s.Mount("/fhir/", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/fhir+json")
		_, err := w.Write(body)
		return err
	}, nil)
	h := s.Handler()
	r := httptest.NewRequest("GET", "/fhir/Patient/1", nil)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(nothing{http.Header{}}, r)
	}
}

// nothing is a writer that keeps nothing.
type nothing struct{ h http.Header }

func (n nothing) Header() http.Header         { return n.h }
func (n nothing) Write(p []byte) (int, error) { return len(p), nil }
func (n nothing) WriteHeader(int)             {}
