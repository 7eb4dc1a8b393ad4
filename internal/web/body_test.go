package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

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
	let := sync.OnceFunc(func() { close(leave) })
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
	t.Cleanup(let) // a test that fails must not leave the server waiting for its end
	done := make(chan int, 1)
	go func() {
		resp, err := http.Post(h.url+"/fhir/hold", "x/y", bytes.NewReader(make([]byte, 4<<20)))
		if err != nil {
			done <- 0
			return
		}
		resp.Body.Close()
		done <- resp.StatusCode
	}()
	select {
	case <-inside:
	case got := <-done:
		t.Fatalf("the body within the budget got %d", got)
	}
	resp, text := h.ask(t, "POST", "/fhir/Patient", bytes.NewReader(make([]byte, 3<<20)))
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, "Try again") {
		t.Errorf("a body beyond the budget gets %d %q %s", resp.StatusCode, resp.Header.Get("Retry-After"), text)
	}
	if resp, _ := h.ask(t, "POST", "/fhir/Patient", bytes.NewReader(make([]byte, 1<<20))); resp.StatusCode != 200 {
		t.Errorf("a small body gets %d while a large one is worked on", resp.StatusCode)
	}
	let()
	if got := <-done; got != 200 {
		t.Errorf("the body within the budget got %d", got)
	}
	if resp, _ := h.ask(t, "POST", "/fhir/Patient", bytes.NewReader(make([]byte, 3<<20))); resp.StatusCode != 200 {
		t.Errorf("after it, %d", resp.StatusCode)
	}
}

// A client that sends on after it was refused, and reads only then, still finds
// the answer: the connection is not broken under it.
func TestARefusalIsSeenByWhoIsStillSending(t *testing.T) {
	h := open(t, Config{MaxBody: 8 << 20, MaxBodies: 1 << 20}, func(_ http.ResponseWriter, r *http.Request) error {
		if r.URL.Path == "/fhir/unread" {
			return problem.New(problem.Forbidden, "")
		}
		_, err := io.Copy(io.Discard, r.Body)
		return err
	})
	for _, c := range []struct {
		head   string
		size   int
		status string
	}{
		{"POST /fhir/unread HTTP/1.1\r\nContent-Length: 6000000\r\n", 6_000_000, "403"}, // nothing of it was read
		{"POST /fhir/x HTTP/1.1\r\nContent-Length: 6000000\r\n", 6_000_000, "503"},      // refused in its middle
		{"POST /fhir/x HTTP/1.1\r\nContent-Length: 9000000\r\n", 8_000_000, "413"},      // refused by its length
		{"POST /fhir/x HTTP/1.1\r\nContent-Encoding: br\r\nContent-Length: 6000000\r\n", 6_000_000, "415"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(conn, c.head+"Host: x\r\nConnection: close\r\n\r\n"+strings.Repeat("x", c.size))
		if err == nil {
			err = conn.(*net.TCPConn).CloseWrite()
		}
		answer, rerr := io.ReadAll(conn)
		if err != nil || rerr != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 "+c.status) {
			t.Errorf("%.40q: %v, %v, %.200q", c.head, err, rerr, answer)
		}
		_ = conn.Close()
	}
	if n := h.bodies.used.Load(); n != 0 {
		t.Errorf("%d bytes of the budget were not given back", n)
	}
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
