package fhirapi_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/fhirapi"
	"github.com/bevanhealth/bevan/internal/web"
)

// listening is a FHIR server on a port of its own.
type listening struct {
	address string
	log     *bytes.Buffer // read it when the server has stopped
	stop    func() error
}

// listen serves a door as the application does: the plant with its limits, and
// every error in the door's words.
func listen(t *testing.T, c web.Config, handle web.Handler, errs web.ErrorWriter) *listening {
	t.Helper()
	l := &listening{log: &bytes.Buffer{}}
	c.Listen, c.Log = "127.0.0.1:0", slog.New(slog.NewTextHandler(l.log, nil))
	plant, err := web.New(c)
	if err != nil {
		t.Fatal(err)
	}
	plant.Mount("/fhir", handle, errs)
	plant.Mount("/fhir/", handle, errs)
	plant.Unread(errs)
	ctx, cancel := context.WithCancel(t.Context())
	at, err := plant.Listen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- plant.Run(ctx, at) }()
	l.address = at.Addr().String()
	l.stop = func() error { cancel(); err := <-done; done <- err; return err }
	t.Cleanup(func() { _ = l.stop() })
	return l
}

// send writes bytes to a connection of its own and reads the answer.
func (l *listening) send(request string) (*http.Response, []byte, error) {
	c, err := net.Dial("tcp", l.address)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		return nil, nil, err
	}
	method, _, _ := strings.Cut(request, " ")
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

// inside are words that only a program's inside says.
var inside = []string{"panic", "goroutine", ".go:", "sqlite", "SQL", "pgconn", "dial tcp", "127.0.0.1", "context canceled", "0x", "Smith"}

// notAnOutcome says what a person would miss in a refusal, "" for nothing.
func notAnOutcome(status int, h http.Header, body []byte) string {
	switch {
	case h.Get("Content-Type") != "application/fhir+json":
		return "its type is " + h.Get("Content-Type")
	case h.Get("X-Request-Id") == "":
		return "it has no request id"
	case (status == 429 || status == 503 || status == 504) && h.Get("Retry-After") == "":
		return "it says not when to try again"
	case status == 401 && h.Get("WWW-Authenticate") == "":
		return "it says not how to sign in"
	case status == 405 && h.Get("Allow") == "":
		return "it says not what is allowed"
	}
	tree, err := fhir.Parse(body, fhir.Limits{})
	if err != nil {
		return err.Error()
	}
	for _, is := range validate.Resource(tree, validate.Options{}) {
		return is.Path + ": " + is.Message
	}
	root := tree.Root()
	if !root.Get("resourceType").Is("OperationOutcome") || root.Get("issue").Len() == 0 {
		return "it is no OperationOutcome with an issue"
	}
	if id := h.Get("X-Request-Id"); fhir.ValidID(id) && !root.Get("id").Is(id) {
		return "its id is not that of the request"
	}
	for is := range root.Get("issue").Items() {
		text := is.Get("details").Get("text").Str()
		if len(text) < 20 || !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") || !is.Get("severity").Is("error") {
			return fmt.Sprintf("%q is no sentence that helps", text)
		}
		for _, word := range inside {
			if strings.Contains(text, word) {
				return fmt.Sprintf("%q shows the inside", text)
			}
		}
	}
	return ""
}

func head(lines ...string) string {
	return strings.Join(append(lines, "Host: x", "Authorization: Bearer operator", "", ""), "\r\n")
}

// TestEveryRefusalIsAnOutcome sends what is refused, byte by byte, at every
// depth: before HTTP is understood, by the plant's limits, and by the door.
func TestEveryRefusalIsAnOutcome(t *testing.T) {
	s := newServer(t, dbtest.SQLite(t))
	l := listen(t, web.Config{MaxBody: 1 << 20, MaxHeader: 8 << 10, Stall: 100 * time.Millisecond}, s.api.Handle, s.api.WriteError)
	for _, c := range []struct {
		name, request string
		status        int
		says          string
	}{
		{"an address with a bad escape", head("GET /fhir/Patient/%zz HTTP/1.1"), 400, "%25"},
		{"a query with a bad escape", head("GET /fhir/Patient?name=%zz HTTP/1.1"), 400, "%25"},
		{"an address with a blank", head("GET /fhir/Patient/a b HTTP/1.1"), 400, "%20"},
		{"a header that is too large", head("GET /fhir/Patient/1 HTTP/1.1", "X-Long: "+strings.Repeat("x", 16<<10)), 431, "8 kB"},
		{"an address that is too long", head("GET /fhir/Patient?name=" + strings.Repeat("x", 16<<10) + " HTTP/1.1"), 431, "by POST"},
		{"a header that is none", head("GET /fhir/Patient/1 HTTP/1.1", "no colon"), 400, "headers"},
		{"no host", "GET /fhir/Patient/1 HTTP/1.1\r\n\r\n", 400, "headers"},
		{"two lengths", head("POST /fhir/Patient HTTP/1.1", "Content-Length: 1", "Content-Length: 2"), 400, "headers"},
		{"a method that is none", head("GE\"T /fhir/Patient/1 HTTP/1.1"), 400, "HTTP"},
		{"a version that is not spoken", head("GET /fhir/Patient/1 HTTP/3.0"), 505, "HTTP/1.1"},
		{"a transfer encoding", head("POST /fhir/Patient HTTP/1.1", "Transfer-Encoding: tea"), 501, "plain"},
		{"an expectation", head("POST /fhir/Patient HTTP/1.1", "Expect: tea", "Content-Length: 1"), 417, "Expect"},
		{"an address that is not clean", head("GET /fhir//Patient/1 HTTP/1.1"), 404, "address"},
		{"an address that goes up", head("GET /fhir/Patient/../x HTTP/1.1"), 404, "address"},
		{"an unknown type", head("GET /fhir/Pateint/1 HTTP/1.1"), 404, "Pateint"},
		{"what was never there", head("GET /fhir/Patient/never HTTP/1.1"), 404, "Patient/never"},
		{"a method that does not fit", head("DELETE /fhir/metadata HTTP/1.1"), 405, "GET"},
		{"a method nobody knows", head("BREW /fhir/Patient HTTP/1.1"), 405, "GET"},
		{"no token", "GET /fhir/Patient/1 HTTP/1.1\r\nHost: x\r\n\r\n", 401, "token"},
		{"a wrong token", "GET /fhir/Patient/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\n\r\n", 401, "token"},
		{"another scheme", "GET /fhir/Patient/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp5\r\n\r\n", 401, "token"},
		{"a token that gives nothing", "GET /fhir/Patient/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer stranger\r\n\r\n", 403, "Ask the operator"},
		{"a format that is not spoken", head("GET /fhir/Patient/1 HTTP/1.1", "Accept: application/fhir+xml"), 406, "JSON"},
		{"a body of another kind", head("POST /fhir/Patient HTTP/1.1", "Content-Type: text/csv", "Content-Length: 1") + "x", 415, "application/fhir+json"},
		{"a packing nobody knows", head("POST /fhir/Patient HTTP/1.1", "Content-Encoding: br", "Content-Length: 1") + "x", 415, "gzip"},
		{"a body that is too large", head("POST /fhir/Patient HTTP/1.1", "Content-Type: application/fhir+json", "Content-Length: 2000000"), 413, "1 MB"},
		{"a body that comes too slowly", head("POST /fhir/Patient HTTP/1.1", "Content-Type: application/fhir+json", "Content-Length: 100") + "{", 408, "too slowly"},
		{"a body that is no JSON", head("POST /fhir/Patient HTTP/1.1", "Content-Type: application/fhir+json", "Content-Length: 4") + "{{{{", 400, "line 1"},
		{"a body that is no chunks", head("POST /fhir/Patient HTTP/1.1", "Content-Type: application/fhir+json", "Transfer-Encoding: chunked") + "zz\r\n", 400, "again"},
	} {
		resp, body, err := l.send(c.request)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if resp.StatusCode != c.status || !strings.Contains(string(body), c.says) {
			t.Errorf("%s: status %d, not %d with %q: %s", c.name, resp.StatusCode, c.status, c.says, body)
		}
		if why := notAnOutcome(resp.StatusCode, resp.Header, body); why != "" {
			t.Errorf("%s: %s: %s", c.name, why, body)
		}
	}
	if resp, body, err := l.send(head("GET /fhir/Patient HTTP/1.1")); err != nil || resp.StatusCode != 200 {
		t.Errorf("it does not go on: %v %s", err, body)
	}
}

// TestNoRefusalIsAnythingElse sends requests that are put together by chance.
func TestNoRefusalIsAnythingElse(t *testing.T) {
	s := newServer(t, dbtest.SQLite(t))
	l := listen(t, web.Config{MaxHeader: 8 << 10, Stall: time.Second}, s.api.Handle, s.api.WriteError)
	pick := func(t *rapid.T, label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	rapid.Check(t, func(t *rapid.T) {
		path := "/fhir"
		for range rapid.IntRange(0, 5).Draw(t, "depth") {
			path += "/" + pick(t, "part", "Patient", "Pateint", "1", "a_b", "_history", "$everything", "$meta", "$export", "$x", "_search", "metadata", "..", ".", "", "*", "%2F", "%zz", "%00", "é", "_bulk")
		}
		if rapid.Bool().Draw(t, "asks") {
			path += "?" + pick(t, "query", "name=x", "_count=x", "_format=xml", "_page=x", "name=%ff", "=", "&&", "_sort=", "name:foo=1", "_has:x", "_include=*", "_summary=x", "_at=x", "a b", "_typeFilter=x", "%", "birthdate=soon")
		}
		lines := []string{pick(t, "method", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "get", "CONNECT", "TRACE", "") + " " + path + " " + pick(t, "version", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "")}
		body := pick(t, "body", "", "{}", "{", `{"resourceType":"Patient"}`, `{"resourceType":"Bundle","type":"batch"}`, "name=x", "\x1f\x8b")
		for range rapid.IntRange(0, 4).Draw(t, "headers") {
			lines = append(lines, pick(t, "header", "Accept: text/turtle", "Accept: */*", "Content-Type: application/fhir+json", "Content-Type: application/x-www-form-urlencoded", "Content-Type: x",
				"Content-Encoding: gzip", "Content-Encoding: br", "Prefer: handling=strict", "Prefer: respond-async", "If-Match: x", `If-Match: W/"1"`, "If-None-Exist: name=", "If-None-Match: *", "If-Modified-Since: x", "Expect: tea",
				"Transfer-Encoding: chunked", "Transfer-Encoding: x", "no colon", "X-Request-Id: a b", "X-Request-Id: mine", "Content-Length: 1", "Content-Length: -1", "Accept-Encoding: gzip;q=0", "Origin: https://x.example", "X: "+strings.Repeat("x", 20_000)))
		}
		lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "Connection: close", "Host: x")
		if rapid.IntRange(0, 9).Draw(t, "token") > 0 {
			lines = append(lines, "Authorization: Bearer operator")
		}
		request := strings.Join(lines, "\r\n") + "\r\n\r\n" + body
		resp, text, err := l.send(request)
		if err != nil {
			t.Fatalf("%q has no answer: %v", request, err)
		}
		if resp.StatusCode < 400 || strings.HasPrefix(request, "HEAD") {
			return
		}
		if resp.StatusCode == 500 {
			t.Fatalf("%q is answered with %s", request, text)
		}
		if why := notAnOutcome(resp.StatusCode, resp.Header, text); why != "" {
			t.Fatalf("%q is answered with %d %v %s: %s", request, resp.StatusCode, resp.Header, text, why)
		}
	})
}

// A full server, and one that stops, say so as the door does.
func TestABusyOrStoppingServerIsAnOutcome(t *testing.T) {
	began, leave := make(chan struct{}), make(chan struct{})
	api := fhirapi.New(fhirapi.Config{
		Verify: verify,
		Open: func(ctx context.Context, _ access.Who, _ string, _ access.Purpose) (fhirapi.Session, error) {
			began <- struct{}{}
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-leave:
				panic("Sam Smith has measles")
			}
		},
	})
	l := listen(t, web.Config{MaxRequests: 1, Drain: 20 * time.Millisecond}, api.Handle, api.WriteError)
	answers := make(chan *httptest.ResponseRecorder)
	ask := func() {
		w := httptest.NewRecorder()
		resp, body, err := l.send(head("GET /fhir/Patient/1 HTTP/1.1"))
		if err != nil {
			w.Code = 0
			_, _ = w.WriteString(err.Error())
		} else {
			w.Code, w.Body = resp.StatusCode, bytes.NewBuffer(body)
			for k, v := range resp.Header {
				w.Header()[k] = v
			}
		}
		answers <- w
	}
	refused := func(name string, status int, says string) {
		t.Helper()
		w := <-answers
		if w.Code != status || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: status %d, not %d with %q: %s", name, w.Code, status, says, w.Body)
		}
		if why := notAnOutcome(w.Code, w.Header(), w.Body.Bytes()); why != "" {
			t.Errorf("%s: %s: %s", name, why, w.Body)
		}
	}
	go ask()
	<-began
	go ask()
	refused("a full server", 503, "busy")
	leave <- struct{}{}
	refused("a panic", 500, "request id")
	go ask()
	<-began
	if err := l.stop(); err == nil {
		t.Error("a stop that ended a request says nothing")
	}
	refused("a server that stops", 503, "look first whether it did")
	if strings.Contains(l.log.String(), "Smith") {
		t.Errorf("the log says %s", l.log)
	}
}

// A database that is away is a refusal like any other, for each interaction,
// and the server goes on when it is back.
func TestADatabaseThatIsAwayIsAnOutcome(t *testing.T) {
	d, away := dbtest.Away(t)
	s := newServer(t, d)
	one := []byte(`{"resourceType":"Patient","id":"1"}`)
	if w := ask(s, "PUT", "/fhir/Patient/1", one); w.Code != 201 {
		t.Fatal(w.Body)
	}
	away(true)
	for _, c := range []struct {
		method, path string
		body         []byte
	}{
		{"GET", "/fhir/Patient/1", nil}, {"GET", "/fhir/Patient/1/_history/1", nil}, {"GET", "/fhir/Patient/1/_history", nil},
		{"GET", "/fhir/Patient?name=x", nil}, {"GET", "/fhir/Patient/1/$everything", nil}, {"PUT", "/fhir/Patient/1", one},
		{"POST", "/fhir/Patient", []byte(`{"resourceType":"Patient"}`)}, {"DELETE", "/fhir/Patient/1", nil},
		{"POST", "/fhir/", []byte(`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}]}`)},
	} {
		w := ask(s, c.method, c.path, c.body)
		if w.Code != 503 || !strings.Contains(w.Body.String(), "Try again") {
			t.Errorf("%s %s: status %d: %s", c.method, c.path, w.Code, w.Body)
		}
		if why := notAnOutcome(w.Code, w.Header(), w.Body.Bytes()); why != "" {
			t.Errorf("%s %s: %s: %s", c.method, c.path, why, w.Body)
		}
	}
	away(false)
	if w := ask(s, "GET", "/fhir/Patient/1", nil); w.Code != 200 {
		t.Errorf("when it is back: %d %s", w.Code, w.Body)
	}
}
