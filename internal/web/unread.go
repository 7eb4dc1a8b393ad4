package web

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bevanhealth/bevan/internal/problem"
)

// What is not HTTP that can be read reaches no handler: net/http answers it by
// itself, with a few words of plain text. A caller of a door should be told in
// the door's format what to do next, so such an answer is caught on its way to
// the connection and another is sent in its place. Over TLS this layer sees
// only what is sealed, and net/http's own words go out.

// Unread lets errs write the answers to requests that can not be read, so that
// nobody knows which door they were for. Without it they are PlainError's. It
// comes before Run.
func (s *Server) Unread(errs ErrorWriter) { s.unread = errs }

// plainText follows the status line of every answer that net/http writes by
// itself, and of no other: those carry a date.
var plainText = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

// unread tells whether what is written to a connection is net/http's own
// refusal, and its status.
func unread(p []byte) (status int, yes bool) {
	rest, ok := bytes.CutPrefix(p, []byte("HTTP/1."))
	if !ok || len(rest) < len("1 400\r\n") || rest[2] != '4' && rest[2] != '5' {
		return 0, false
	}
	rest = rest[2:]
	status, err := strconv.Atoi(string(rest[:3]))
	if err != nil {
		return 0, false
	}
	end := bytes.Index(rest, []byte("\r\n"))
	// An expectation that is not known is answered with an empty body.
	return status, status == http.StatusExpectationFailed || end > 0 && bytes.HasPrefix(rest[end:], plainText)
}

// whyUnread says what is wrong with a request that net/http gave up.
func (s *Server) whyUnread(status int) error {
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge:
		return WithStatus(status, problem.New(problem.TooLarge, "The header of the request, with its address, is larger than "+kilobytes(s.cfg.MaxHeader)+". Send less in it: a long query can be sent as a form, by POST."))
	case http.StatusExpectationFailed:
		return WithStatus(status, problem.New(problem.Unsupported, "The only expectation that is known here is 100-continue. Leave the header Expect out."))
	case http.StatusNotImplemented:
		return WithStatus(status, problem.New(problem.Unsupported, "The body comes in a transfer encoding that is not known here. Send it plain, or in chunks."))
	case http.StatusHTTPVersionNotSupported:
		return WithStatus(status, problem.New(problem.Unsupported, "This version of HTTP is not spoken here. Use HTTP/1.1."))
	}
	return WithStatus(status, problem.New(problem.Invalid, "The request is not HTTP that can be read. Look at its address, where a per cent sign is written %25 and a blank %20, and at its headers; then send it again."))
}

// unreadAnswer is what goes out in place of net/http's refusal.
func (s *Server) unreadAnswer(status int) []byte {
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}, Header: http.Header{}}
	id := requestID(r)
	r = r.WithContext(withRequestID(r.Context(), id))
	w := &kept{header: http.Header{"X-Request-Id": {id}, "X-Content-Type-Options": {"nosniff"}, "Cache-Control": {"no-store"}}}
	errs := s.unread
	if errs == nil {
		errs = PlainError
	}
	errs(w, r, s.whyUnread(status))
	s.cfg.Log.Debug("a request could not be read", slog.String("request", id), slog.Int("status", status))
	resp := http.Response{StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Header: w.header, Close: true,
		ContentLength: int64(w.body.Len()), Body: io.NopCloser(&w.body)}
	var out bytes.Buffer
	_ = resp.Write(&out) // to memory, from memory
	return out.Bytes()
}

// kept is a ResponseWriter that keeps all of an answer.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }

// explained puts words in place of net/http's refusals on the connections of a
// listener.
type explained struct {
	net.Listener
	s *Server
}

// Accept waits for the next connection.
func (e explained) Accept() (net.Conn, error) {
	c, err := e.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return explainedConn{c, e.s}, nil
}

type explainedConn struct {
	net.Conn
	s *Server
}

// Write sends p, or what stands in its place.
func (c explainedConn) Write(p []byte) (int, error) {
	status, yes := unread(p)
	if !yes {
		return c.Conn.Write(p)
	}
	if _, err := c.Conn.Write(c.s.unreadAnswer(status)); err != nil {
		return 0, err
	}
	_ = c.CloseWrite() // the answer is whole, and must come before the connection's end
	return len(p), nil
}

// CloseWrite tells the client that nothing more comes, where it can be told.
func (c explainedConn) CloseWrite() error { return closeWrite(c.Conn) }

func closeWrite(c net.Conn) error {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

func kilobytes(n int) string {
	if n >= 1<<10 {
		return strconv.Itoa(n>>10) + " kB"
	}
	return strconv.Itoa(n) + " bytes"
}
