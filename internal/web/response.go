package web

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// minZip is the size from which packing an answer pays: below it fits one
// packet anyway.
const minZip = 1400

// response is what handlers write to. It remembers the status and size, packs
// large answers when the client can unpack them, and gives a client that
// reads more time as long as it does.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	way     *pass // through the bounds of its door; nil where there are none
	stall   time.Duration

	status  int   // what the handler said; 0 before
	sent    bool  // the header is on its way
	bytes   int64 // bytes of the body as sent
	head    bool  // answers a HEAD
	canZip  bool  // the client unpacks gzip
	zip     *gzip.Writer
	wait    []byte // written, and too little yet to send: an error may still take its place
	patient time.Time
}

var packers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails for a bad level only
	return z
}}

// Unwrap lets http.ResponseController find the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader remembers the status; it goes out with the first bytes that do.
func (w *response) WriteHeader(status int) {
	switch {
	case status < 200: // an interim answer
		w.ResponseWriter.WriteHeader(status)
	case w.status == 0: // the first one counts
		w.status = status
	}
}

// mayPack says whether this answer could be packed, and tells caches that it
// depends on what the client takes.
func (w *response) mayPack() bool {
	h := w.Header()
	switch w.status {
	case http.StatusNoContent, http.StatusNotModified, http.StatusPartialContent:
		return false
	}
	if h.Get("Content-Encoding") != "" || !packable(h.Get("Content-Type")) {
		return false
	}
	h.Add("Vary", "Accept-Encoding")
	return w.canZip && !w.head
}

// packable says whether a type is text, more or less.
func packable(contentType string) bool {
	t, _, _ := strings.Cut(contentType, ";")
	t = strings.TrimSpace(t)
	return strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "json") || strings.HasSuffix(t, "xml") || strings.HasSuffix(t, "javascript")
}

// begin puts the header on its way, packed or not, and what waited with it.
func (w *response) begin(more bool) error {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	h := w.Header()
	pack := w.mayPack() && more
	if pack {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		w.zip = packers.Get().(*gzip.Writer)
		w.zip.Reset(counted{w})
	}
	w.sent = true
	w.hurry()
	w.ResponseWriter.WriteHeader(w.status)
	first := w.wait
	w.wait = nil
	if len(first) == 0 {
		return nil
	}
	_, err := w.pass(first)
	return err
}

// pass writes what may go out.
func (w *response) pass(p []byte) (int, error) {
	if w.zip != nil {
		return w.zip.Write(p)
	}
	return counted{w}.Write(p)
}

// counted counts packed bytes.
type counted struct{ w *response }

func (c counted) Write(p []byte) (int, error) {
	c.w.hurry()
	n, err := c.w.ResponseWriter.Write(p)
	c.w.bytes += int64(n)
	return n, err
}

// hurry moves the time by which the client must have read on.
func (w *response) hurry() {
	if now := time.Now(); now.Sub(w.patient) > w.stall/8 {
		w.patient = now
		_ = w.control.SetWriteDeadline(now.Add(w.stall)) // a recorder in a test has none to set
	}
}

func (w *response) Write(p []byte) (int, error) {
	if !w.sent {
		if len(w.wait)+len(p) < minZip {
			w.wait = append(w.wait, p...)
			return len(p), nil
		}
		if err := w.begin(true); err != nil {
			return 0, err
		}
	}
	return w.pass(p)
}

// Flush sends what was written so far.
func (w *response) Flush() {
	if !w.sent {
		_ = w.begin(true) // a stream that is flushed grows; an error shows at the next write
	}
	if w.zip != nil {
		_ = w.zip.Flush()
	}
	w.hurry()
	_ = w.control.Flush()
}

// finish sends what is left. Nothing written at all is an empty 200.
func (w *response) finish() {
	if !w.sent {
		_ = w.begin(false) // the client went away; there is nobody to tell
	}
	if w.zip != nil {
		_ = w.zip.Close()
		w.drop()
	}
}

// drop gives the packer back without ending its stream.
func (w *response) drop() {
	if w.zip != nil {
		w.zip.Reset(nil)
		packers.Put(w.zip)
		w.zip = nil
	}
}

// restart forgets what was written and not yet sent, so that an error can be
// answered instead. It is false when something is on its way.
func (w *response) restart() bool {
	if w.sent {
		return false
	}
	h := w.Header()
	for _, name := range [...]string{"Content-Length", "Content-Type", "Content-Encoding", "Etag", "Last-Modified", "Location", "Content-Location", "Vary"} {
		h.Del(name)
	}
	w.status, w.wait = 0, nil
	return true
}

// takesGzip reads Accept-Encoding (RFC 9110 §12.5.3): gzip, or *, not with
// q=0.
func takesGzip(accept string) bool {
	star := false
	for rest := accept; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, ",")
		name, params, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "gzip" && name != "*" {
			continue
		}
		q := strings.ReplaceAll(strings.ToLower(params), " ", "")
		no := strings.HasPrefix(q, "q=0") && strings.Trim(q[3:], ".0") == ""
		if name == "gzip" {
			return !no
		}
		star = !no
	}
	return star
}

// sentByOthers says whether another website made the browser ask for this in
// somebody's name, as by a link or a picture: with their cookies (Fetch Metadata,
// section 2.3). Its answer is not packed: a website that chooses a part of the
// address, and can see how long the answer is, would learn by the size whether
// what it chose stands in the answer as well (BREACH).
func sentByOthers(h http.Header) bool {
	site := h.Get("Sec-Fetch-Site")
	return site != "" && site != "none" && site != "same-origin" && h.Get("Cookie") != ""
}

// megabytes is a size in words.
func megabytes(n int64) string {
	if n >= 1<<20 {
		return strconv.FormatInt(n>>20, 10) + " MB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
