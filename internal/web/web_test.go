package web

import (
	"bytes"
	"compress/gzip"
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

func zipped(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBodiesAreBounded(t *testing.T) {
	h := open(t, Config{MaxBody: 1 << 20}, echo)
	bomb := zipped(t, 50<<20)
	if len(bomb) > 1<<20 {
		t.Fatalf("the bomb is %d bytes, too large to be one", len(bomb))
	}
	chunked := func(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b)) } // hides the length
	for _, c := range []struct {
		name     string
		body     io.Reader
		encoding string
		status   int
		says     string
	}{
		{"small", strings.NewReader("hello"), "", 200, "5"},
		{"at the limit", bytes.NewReader(make([]byte, 1<<20)), "", 200, "1048576"},
		{"over by length", bytes.NewReader(make([]byte, 1<<20+1)), "", 413, "larger than 1 MB"},
		{"over in chunks", chunked(make([]byte, 2<<20)), "", 413, "larger than 1 MB"},
		{"gzip", bytes.NewReader(zipped(t, 1000)), "gzip", 200, "1000"},
		{"a gzip bomb", bytes.NewReader(bomb), "gzip", 413, "larger than 1 MB"},
		{"a gzip bomb in chunks", chunked(bomb), "gzip", 413, "larger than 1 MB"},
		{"not gzip", strings.NewReader("hello, this is a plain text"), "gzip", 400, "not whole gzip"},
		{"half a gzip", bytes.NewReader(zipped(t, 100000)[:60]), "gzip", 400, "ended before it was whole"},
		{"nothing as gzip", chunked(nil), "gzip", 400, "ended before it was whole"},
		{"an unknown packing", strings.NewReader("hello"), "br", 415, "plain or with gzip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var headers []string
			if c.encoding != "" {
				headers = []string{"Content-Encoding", c.encoding}
			}
			resp, text := h.ask(t, "POST", "/fhir/Patient", c.body, headers...)
			if resp.StatusCode != c.status || !strings.Contains(text, c.says) {
				t.Errorf("%d %s, want %d %s", resp.StatusCode, text, c.status, c.says)
			}
		})
	}
	if n := h.bodies.used.Load(); n != 0 {
		t.Errorf("%d bytes of the budget were not given back", n)
	}
}

func TestAllBodiesTogetherAreBounded(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	h := open(t, Config{MaxBodies: 4 << 20}, func(w http.ResponseWriter, r *http.Request) error {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return err
		}
		if r.URL.Path == "/fhir/hold" {
			inside <- struct{}{}
			<-leave
		}
		return nil
	})
	done := make(chan int)
	go func() {
		resp, err := http.Post(h.url+"/fhir/hold", "x/y", bytes.NewReader(make([]byte, 4<<20)))
		if err != nil {
			done <- 0
			return
		}
		resp.Body.Close()
		done <- resp.StatusCode
	}()
	<-inside
	resp, text := h.ask(t, "POST", "/fhir/Patient", bytes.NewReader(make([]byte, 3<<20)))
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, "Try again") {
		t.Errorf("a body beyond the budget gets %d %q %s", resp.StatusCode, resp.Header.Get("Retry-After"), text)
	}
	if resp, _ := h.ask(t, "POST", "/fhir/Patient", bytes.NewReader(make([]byte, 1<<20))); resp.StatusCode != 200 {
		t.Errorf("a small body gets %d while a large one is worked on", resp.StatusCode)
	}
	close(leave)
	if got := <-done; got != 200 {
		t.Errorf("the body within the budget got %d", got)
	}
	if resp, _ := h.ask(t, "POST", "/fhir/Patient", bytes.NewReader(make([]byte, 3<<20))); resp.StatusCode != 200 {
		t.Errorf("after it, %d", resp.StatusCode)
	}
}

func TestABusyServerSaysSo(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	h := open(t, Config{MaxRequests: 1}, func(http.ResponseWriter, *http.Request) error {
		inside <- struct{}{}
		<-leave
		return nil
	})
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
	close(leave)
}

func TestASlowBodyIsGivenUp(t *testing.T) {
	h := open(t, Config{Stall: 50 * time.Millisecond}, echo)
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this")
	answer, _ := io.ReadAll(c) // the server closes the connection
	if !strings.HasPrefix(string(answer), "HTTP/1.1 408") || !strings.Contains(string(answer), "too slowly") {
		t.Errorf("a body that stands still gets %q", answer)
	}
}

func TestAClientThatReadsNothingIsCutOff(t *testing.T) {
	failed := make(chan error, 1)
	h := open(t, Config{Stall: 50 * time.Millisecond}, func(w http.ResponseWriter, _ *http.Request) error {
		part := make([]byte, 1<<20)
		for {
			if _, err := w.Write(part); err != nil {
				failed <- err
				return err
			}
		}
	})
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /fhir/Patient HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := <-failed; err == nil {
		t.Error("an endless answer ended well")
	}
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

// An error after the first bytes left can not become an answer, and half an
// answer must not look like a whole one.
func TestHalfAnAnswerIsCut(t *testing.T) {
	for _, accept := range []string{"", "gzip"} {
		h := open(t, Config{}, func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "application/fhir+json")
			if _, err := w.Write(bytes.Repeat([]byte("0123456789"), 10000)); err != nil {
				return err
			}
			w.(http.Flusher).Flush()
			return errors.New("the store went away")
		})
		r, err := http.NewRequest("GET", h.url+"/fhir/Patient", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", accept)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("with Accept-Encoding %q half an answer reads as a whole one", accept)
		}
		resp.Body.Close()
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

func TestAnswersArePackedWhenItPays(t *testing.T) {
	h := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		if r.URL.Query().Get("none") != "" {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		for range len(r.URL.Query().Get("n")) {
			if _, err := w.Write(bytes.Repeat([]byte("0123456789"), 100)); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		path, accept string
		packed       bool
		size         int
	}{
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "gzip", true, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=x", "gzip", false, 1000},
		{"/fhir/x?type=application/fhir%2Bjson&n=", "gzip", false, 0},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "br, *", true, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "gzip;q=0, *", false, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "gzip; q=0.0", false, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "gzip;q=0.5", true, 5000},
		{"/fhir/x?type=application/fhir%2Bjson&n=xxxxx", "", false, 5000},
		{"/fhir/x?type=image/png&n=xxxxx", "gzip", false, 5000},
	} {
		resp, text := h.ask(t, "GET", c.path, nil, "Accept-Encoding", c.accept)
		if packed := resp.Header.Get("Content-Encoding") == "gzip"; packed != c.packed {
			t.Errorf("%+v: packed is %v", c, packed)
		}
		if c.packed {
			z, err := gzip.NewReader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			text = string(all)
		}
		if len(text) != c.size {
			t.Errorf("%+v: %d bytes", c, len(text))
		}
		if strings.Contains(c.path, "json") && resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%+v: Vary is %q", c, resp.Header.Get("Vary"))
		}
	}
	if resp, text := h.ask(t, "GET", "/fhir/x?type=text/plain&none=1", nil, "Accept-Encoding", "gzip"); resp.StatusCode != 304 || text != "" {
		t.Errorf("not modified: %d %q", resp.StatusCode, text)
	}
	if resp, text := h.ask(t, "HEAD", "/fhir/x?type=text/plain&n=xxxxx", nil, "Accept-Encoding", "gzip"); resp.StatusCode != 200 || text != "" {
		t.Errorf("HEAD: %d %q", resp.StatusCode, text)
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
