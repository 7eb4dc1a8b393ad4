package fhirapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// call is one request on its way through.
type call struct {
	place
	s        *Server
	w        http.ResponseWriter
	r        *http.Request
	ctx      context.Context
	who      access.Who
	session  Session
	headOnly bool
	nested   bool // an entry of a batch or transaction
	spent    int  // bytes of the answers to a Bundle's entries so far

	room   int64  // bytes taken from the server's work
	pairs  []pair // the decoded query, and the form of a _search
	shape  shape  // _pretty, _summary, _elements
	prefer prefer
	root   string // base URL, found when first asked for
	tail   string // last part of the path in links, such as $everything
}

// mimeFHIR is the media type of every answer that is a resource
// (http://hl7.org/fhir/R4/http.html#mime-type).
const mimeFHIR = "application/fhir+json"

// The header values that every answer carries are shared between requests:
// nobody writes to them.
var (
	typeFHIR  = []string{mimeFHIR}
	typeJSON  = []string{"application/json"}
	noSharing = []string{"private, no-cache"}
)

// base is the FHIR base URL without a slash at its end. From the request, the
// host is taken only when it looks like one, since it goes into links.
func (c *call) base() string {
	if c.root == "" {
		c.root = c.s.cfg.Base
		if c.root == "" {
			c.root = requestBase(c.r) + c.s.cfg.Path
		}
	}
	return c.root
}

func requestBase(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	host := r.Host
	for i := range len(host) {
		b := host[i]
		if !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' ||
			b == '.' || b == '-' || b == ':' || b == '[' || b == ']') {
			return scheme + "localhost"
		}
	}
	if host == "" {
		host = "localhost"
	}
	return scheme + host
}

// send writes a FHIR body with its status.
func (c *call) send(status int, body []byte) error {
	if c.shape.pretty {
		body = indent(body)
	}
	return c.write(status, typeFHIR, body)
}

func (c *call) write(status int, contentType []string, body []byte) error {
	h := c.w.Header()
	h["Content-Type"] = contentType
	h["Cache-Control"] = noSharing
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.w.WriteHeader(status)
	if c.headOnly {
		return nil
	}
	// A client that went away is not a failure that anybody can be told of.
	_, _ = c.w.Write(body)
	return nil
}

// empty answers with a status and no body.
func (c *call) empty(status int) error {
	c.w.Header()["Cache-Control"] = noSharing
	c.w.WriteHeader(status)
	return nil
}

func indent(body []byte) []byte {
	var b bytes.Buffer
	b.Grow(2 * len(body))
	if json.Indent(&b, body, "", "  ") != nil {
		return body
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// readBody reads the whole request body. It is a fresh slice, which a tree may
// keep.
func (c *call) readBody() ([]byte, error) {
	limit := c.s.cfg.MaxBody
	size := c.r.ContentLength
	if size > limit {
		return nil, tooLarge(limit)
	}
	b, err := readAll(http.MaxBytesReader(nil, c.r.Body, limit), size)
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return nil, tooLarge(limit)
	case errors.As(err, new(*problem.Problem)):
		return nil, err // the plant's own: packed badly, too large when unpacked
	case err != nil && !errors.Is(err, io.EOF):
		return nil, problem.Wrap(problem.Invalid, "The body did not arrive whole. Send the request again.", err)
	case len(b) == 0:
		return nil, problem.New(problem.Invalid, "The request has no body. Send a FHIR resource as JSON.")
	}
	return b, c.makeRoom(b)
}

// readAll reads to the end, where size bytes are said to come (-1: nobody
// says). A stranger's Content-Length is a promise, not a reason to hold memory,
// so what is held grows with what came; and what is held in the end is little
// more than the body.
func readAll(r io.Reader, size int64) ([]byte, error) {
	b := make([]byte, 0, max(512, min(size+1, 1<<20)))
	for {
		if len(b) == cap(b) {
			more := cap(b) + max(cap(b)/4, 512)
			if cap(b) < 1<<20 {
				more = 2 * cap(b)
			}
			if whole := int(size) + 1; whole > cap(b) && whole < 2*cap(b) {
				more = whole
			}
			b = append(make([]byte, 0, more), b...)
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return b, err
		}
	}
}

// A tree may take ten times the memory of its text, so only so much of large
// bodies and their trees is worked on at once, and the others wait. Small
// bodies, which the number of requests bounds, do not wait behind them.
const (
	smallBody  = 64 << 10
	workBodies = 128 << 20
	treeNode   = 32 // bytes of a value in a tree, a little more than it is
)

// makeRoom waits until a body may be worked on. The room is given back at the
// end of the request.
func (c *call) makeRoom(body []byte) error {
	if len(body) <= smallBody || c.nested {
		return nil // a nested body lies within one that has its room
	}
	n := min(cost(body), workBodies)
	if err := c.s.work.Acquire(c.ctx, n); err != nil {
		return err
	}
	c.room += n
	return nil
}

// cost is about how much memory a body takes with its tree: each value but the
// first stands behind a comma or at the beginning of an object or array.
func cost(body []byte) int64 {
	values := 1
	for _, before := range [...]string{",", "{", "["} {
		values += bytes.Count(body, []byte(before))
	}
	return int64(len(body)) + treeNode*int64(min(values, fhir.DefaultLimits.Nodes))
}

func tooLarge(limit int64) error {
	return problem.New(problem.TooLarge, "The body is larger than the "+strconv.FormatInt(limit, 10)+
		" bytes that are allowed. Send it in smaller parts.")
}

// version sets the headers that name a version of a resource.
func (c *call) version(r *record.Resource) {
	h := c.w.Header()
	h["Etag"] = []string{etag(r.Version)}
	h["Last-Modified"] = []string{httpTime(r.Updated)}
	if m, ok := c.w.(*memory); ok {
		m.updated = r.Updated // an entry of a Bundle tells milliseconds
	}
}

// location is where a version of a resource can be read.
func (c *call) location(r *record.Resource) string {
	return c.base() + "/" + r.Type + "/" + r.ID + "/_history/" + strconv.FormatInt(r.Version, 10)
}

// buffers holds the memory of Bundles between requests.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// maxKept is the largest buffer that waits for the next request.
const maxKept = 4 << 20

func borrow() *[]byte { return buffers.Get().(*[]byte) }

func giveBack(p *[]byte, b []byte) {
	if cap(b) <= maxKept {
		*p = b[:0]
		buffers.Put(p)
	}
}
