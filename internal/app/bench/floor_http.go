package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// ServeFloor is the floor under the rows over HTTP: net/http that answers every
// request with the same bytes. They are put there with PUT on setPath; its
// Content-Type comes back with them. It prints its address and runs until ctx
// ends.
func ServeFloor(ctx context.Context, out io.Writer) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: new(floorAnswer), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	if _, err := fmt.Fprintf(out, "http://%s\n", l.Addr()); err != nil {
		return err
	}
	if err := s.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}

const (
	setPath  = "/floor-answer"
	maxFloor = 64 << 20
)

type floorAnswer struct {
	mu   sync.RWMutex
	body []byte
	kind string
}

// ServeHTTP answers.
func (f *floorAnswer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == setPath {
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFloor))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		f.mu.Lock()
		f.body, f.kind = b, r.Header.Get("Content-Type")
		f.mu.Unlock()
		return
	}
	f.mu.RLock()
	b, kind := f.body, f.kind
	f.mu.RUnlock()
	_, _ = io.Copy(io.Discard, r.Body) // an asker that goes away ends its own request
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b)
}
