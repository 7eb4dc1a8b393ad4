package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/klauspost/compress/gzip"
)

// free is the part of each body that counts against no budget: most are
// smaller, and MaxRequests bounds them already.
const free = 1 << 20

// budget bounds the bytes of all bodies together.
type budget struct {
	max  int64
	used atomic.Int64
}

// take asks for n bytes more.
func (b *budget) take(n int64) bool {
	if b.used.Add(n) > b.max {
		b.used.Add(-n)
		return false
	}
	return true
}

// body reads a request's body within all bounds: bytes on the wire, bytes
// unpacked, bytes of all bodies together, and time without progress. It gives
// problems that a person can act on.
type body struct {
	wire    io.ReadCloser
	control *http.ResponseController
	stall   time.Duration
	budget  *budget

	from    io.Reader // wire, or what unpacks it
	zip     *gzip.Reader
	max     int64
	sent    int64     // bytes read from the wire
	size    int64     // bytes given to the handler
	held    int64     // bytes taken from the budget
	patient time.Time // when the read deadline was last moved
	err     error     // sticky
	given   bool      // nothing more comes: it was whole, or given up for its slowness
}

var zips sync.Pool // of *gzip.Reader

// newBody puts the bounds around r's body. It refuses at once what can be seen
// to be too large, or comes in a form that we do not unpack.
func (s *Server) newBody(w http.ResponseWriter, r *http.Request) (*body, error) {
	if r.ContentLength > s.cfg.MaxBody {
		return nil, tooLarge(s.cfg.MaxBody)
	}
	b := &body{wire: r.Body, control: http.NewResponseController(w), stall: s.cfg.Stall, budget: &s.bodies, max: s.cfg.MaxBody}
	b.from = wireReader{b}
	b.hurry() // also for a body that nobody reads: the server reads its rest
	switch enc := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		b.from = &lazyZip{b: b}
		r.Header.Del("Content-Encoding") // what handlers read is unpacked
		r.ContentLength = -1
	default:
		w.Header().Set("Accept-Encoding", "gzip, identity") // RFC 9110 §15.5.16
		return nil, WithStatus(http.StatusUnsupportedMediaType,
			problem.New(problem.Unsupported, "The body is packed in a way that this server does not know. Send it plain or with gzip."))
	}
	return b, nil
}

func tooLarge(max int64) error {
	return problem.New(problem.TooLarge, "The body is larger than "+megabytes(max)+". Send it in smaller parts.")
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.from.Read(p)
	b.size += int64(n)
	switch {
	case b.size > b.max:
		n, err = 0, tooLarge(b.max)
	case b.size > free && !b.hold(b.size-free):
		n, err = 0, problem.New(problem.Unavailable, "The server is busy with other large requests. Nothing was changed. Try again in a moment.")
	}
	if err != nil {
		b.err = b.explain(err)
		b.given = err == io.EOF || problem.Is(b.err, problem.Timeout)
		if err == io.EOF {
			// A read deadline that passes from now on would cancel the
			// request. After all other errors it stays, since the server
			// reads on to see whether the connection can be kept.
			_ = b.control.SetReadDeadline(time.Time{})
		}
	}
	return n, b.err
}

// hold makes sure that n bytes are taken from the budget, a megabyte at a
// time.
func (b *body) hold(n int64) bool {
	if n <= b.held {
		return true
	}
	more := (n - b.held + free - 1) / free * free
	if !b.budget.take(more) {
		return false
	}
	b.held += more
	return true
}

// Close leaves the wire to the server, which closes it after the request.
func (b *body) Close() error { return nil }

// release gives back what the body holds, when the request is over.
func (b *body) release() {
	b.budget.used.Add(-b.held)
	b.held = 0
	if b.zip != nil {
		zips.Put(b.zip)
		b.zip = nil
	}
	b.err = http.ErrBodyReadAfterClose
}

// explain turns what reading can meet into words.
func (b *body) explain(err error) error {
	var p *problem.Problem
	var timeout net.Error
	switch {
	case err == io.EOF || errors.As(err, &p):
		return err
	case errors.As(err, &timeout) && timeout.Timeout():
		return WithStatus(http.StatusRequestTimeout, problem.Wrap(problem.Timeout, "The body came too slowly and was given up. Send it again.", err))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return problem.Wrap(problem.Invalid, "The body ended before it was whole. Send it again.", err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return problem.Wrap(problem.Invalid, "The body says that it is gzip, and it is not whole gzip. Pack it again, or send it plain.", err)
	}
	return problem.Wrap(problem.Invalid, "The body could not be read. Send it again.", err)
}

// wireReader reads bytes as they were sent, and gives the client more time as
// long as some come.
type wireReader struct{ b *body }

func (w wireReader) Read(p []byte) (int, error) {
	b := w.b
	b.hurry()
	n, err := b.wire.Read(p)
	if b.sent += int64(n); b.sent > b.max {
		return 0, tooLarge(b.max)
	}
	return n, err
}

// hurry moves the time by which the client must have sent more.
func (b *body) hurry() {
	if now := time.Now(); now.Sub(b.patient) > b.stall/8 {
		b.patient = now
		_ = b.control.SetReadDeadline(now.Add(b.stall)) // a recorder in a test has none to set
	}
}

// linger reads on for a while after a refusal. A client that is still sending
// would otherwise find its connection broken, and might never see the answer
// (RFC 9112 §9.6). What it sends is thrown away, and bounded like a body.
func (s *Server) linger(w *response, r *http.Request) {
	var wire io.Reader = r.Body
	if b, ok := r.Body.(*body); ok {
		if wire = b.wire; b.given {
			return
		}
	}
	if wire == nil || wire == http.NoBody || r.ProtoMajor != 1 || r.Header.Get("Expect") != "" {
		return // nothing comes, or nothing that could break the answer
	}
	_ = w.control.Flush()
	_ = w.control.SetReadDeadline(time.Now().Add(s.cfg.Stall)) // a recorder in a test has none to set
	_, _ = io.CopyN(io.Discard, wire, s.cfg.MaxBody)
}

// lazyZip unpacks gzip. It reads the header at the first read, so that a
// client that waits for leave to send is not waited for.
type lazyZip struct{ b *body }

func (z *lazyZip) Read(p []byte) (int, error) {
	b := z.b
	if b.zip == nil {
		zr, _ := zips.Get().(*gzip.Reader)
		if zr == nil {
			zr = new(gzip.Reader)
		}
		if err := zr.Reset(wireReader{b}); err != nil {
			zips.Put(zr)
			if err == io.EOF { // no body at all is not whole gzip
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		b.zip = zr
	}
	return b.zip.Read(p)
}
