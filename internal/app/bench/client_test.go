package bench

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The client reads what net/http writes: with a length, in chunks, without a
// body, one after the other on one connection.
func TestTheClientReadsWhatIsServed(t *testing.T) {
	bodies := map[string]string{"/empty": "", "/short": "ok", "/long": strings.Repeat("0123456789", 50_000)}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Location", "http://there/"+r.URL.Path)
		body := bodies[r.URL.Path]
		if r.Method == "POST" { // in chunks
			for len(body) > 0 {
				n := min(len(body), 70_000)
				_, _ = io.WriteString(w, body[:n])
				w.(http.Flusher).Flush()
				body = body[n:]
			}
			return
		}
		_, _ = io.WriteString(w, body)
	}))
	defer s.Close()
	a := asker{address: s.Listener.Addr().String()}
	c, err := dial(t.Context(), a.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for range 2 {
		for path, want := range bodies {
			for _, method := range []string{"GET", "POST"} {
				c.keep = new(bytes.Buffer)
				got, err := c.do(a.request(method, path, nil))
				if err != nil || got.status != 200 || c.keep.String() != want || got.size != int64(len(want)) || got.location != "http://there/"+path {
					t.Errorf("%s %s: %+v, %d bytes, %v", method, path, got, c.keep.Len(), err)
				}
				c.keep = nil
				if got, err = c.do(a.request(method, path, nil)); err != nil || got.size != int64(len(want)) {
					t.Errorf("%s %s, dropped: %+v, %v", method, path, got, err)
				}
			}
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, keep := range []*bytes.Buffer{nil, new(bytes.Buffer)} {
			c := &client{conn: nowhere{}, in: bufio.NewReader(bytes.NewReader(b)), keep: keep}
			if a, err := c.do(nil); err == nil && (a.size < 0 || a.size > int64(len(b))) {
				t.Errorf("a body of %d bytes in an answer of %d", a.size, len(b))
			}
		}
	})
}

// nowhere takes what is sent.
type nowhere struct{ net.Conn }

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }

// A server that refuses is not fast: the row fails.
func TestARefusalIsNoFigure(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))
	defer s.Close()
	a := asker{address: s.Listener.Addr().String()}
	d := drive{asker: a, callers: 3, requests: [][]byte{a.request("GET", "/", nil)}, length: time.Minute}
	if o, err := d.run(context.Background()); err == nil || !strings.Contains(err.Error(), "status 503") {
		t.Errorf("got %+v, %v", o, err)
	}
}

// Each request is sent once, and its units are added up.
func TestOnceMeansOnce(t *testing.T) {
	asked := make(chan string, 100)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer s.Close()
	a := asker{address: s.Listener.Addr().String()}
	d := drive{asker: a, callers: 4, once: true, length: time.Minute}
	for _, path := range []string{"/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i"} {
		d.requests, d.units = append(d.requests, a.request("GET", path, nil)), append(d.units, 7)
	}
	o, err := d.run(t.Context())
	if err != nil || o.done != 9 || o.units != 63 || len(asked) != 9 {
		t.Errorf("got %+v, %v, %d requests", o, err, len(asked))
	}
}
