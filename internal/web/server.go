package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Server is the HTTP server. Make one with New, Mount the doors, then Run it.
type Server struct {
	cfg      Config
	mux      *http.ServeMux
	words    map[string]bool // the segments of what is mounted
	cors     *cors
	metrics  *metrics
	slots    chan struct{}
	bodies   budget
	rates    *rates
	proxies  []netip.Prefix
	unread   ErrorWriter // of what reaches no door
	draining atomic.Bool
}

// New makes a server that is not listening yet.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return nil, problem.New(problem.Invalid, "TLS needs both a certificate file and a key file. Give both or neither.")
	}
	s := &Server{cfg: c, mux: http.NewServeMux(), words: map[string]bool{}, cors: newCORS(c.Origins, c.Origin), metrics: newMetrics(), rates: newRates(c.SourceRate, c.ActorRate), proxies: c.Proxies, slots: make(chan struct{}, c.MaxRequests)}
	s.bodies.max = c.MaxBodies
	return s, nil
}

// Mount lets h answer the requests that pattern names (http.ServeMux, without
// a method), and errs write the errors that h returns; nil is PlainError.
func (s *Server) Mount(pattern string, h Handler, errs ErrorWriter) {
	s.mount(pattern, mounted{h, errs, false})
}

// MountBounded is Mount for a door that asks for secrets: Config.SourceRate and
// Config.ActorRate hold for it. The door says Known of each request that showed
// a right one.
func (s *Server) MountBounded(pattern string, h Handler, errs ErrorWriter) {
	s.mount(pattern, mounted{h, errs, true})
}

func (s *Server) mount(pattern string, m mounted) {
	if m.errs == nil {
		m.errs = PlainError
	}
	s.mux.Handle(pattern, m)
	for p := range strings.SplitSeq(pattern, "/") {
		s.words[p] = true
	}
}

// ReadyWhen lets /readyz ask ready, in place of Config.Ready, for a server that
// listens before what it serves is open. It comes before Run.
func (s *Server) ReadyWhen(ready func(context.Context) error) { s.cfg.Ready = ready }

// mounted is a door as the mux holds it; serve asks it for its two halves.
type mounted struct {
	handle  Handler
	errs    ErrorWriter
	bounded bool
}

// ServeHTTP is never the way in: serve calls the halves itself.
func (m mounted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := m.handle(w, r); err != nil {
		m.errs(w, r, err)
	}
}

// Handler answers every request: health, metrics, and what is mounted, within
// all limits.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.ops(w, r, callerIsHere(r)) {
			return
		}
		s.serve(w, r)
	})
}

// serve is the way of every other request.
func (s *Server) serve(rw http.ResponseWriter, r *http.Request) {
	started := time.Now()
	id := requestID(r)
	r = r.WithContext(withRequestID(r.Context(), id))
	if len(s.proxies) > 0 {
		r.RemoteAddr = callerOf(r, s.proxies) // of the copy; doors ask no header
	}
	w := &response{
		ResponseWriter: rw, control: http.NewResponseController(rw), stall: s.cfg.Stall,
		head: r.Method == http.MethodHead, canZip: takesGzip(r.Header.Get("Accept-Encoding")) && !sentByOthers(r.Header),
	}
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store") // a door that knows better says so

	door, _ := s.door(r)
	var err error
	var cut bool
	s.metrics.begin()
	defer func() {
		s.metrics.end(r.Method, w.status, time.Since(started))
		s.note(r, w, id, time.Since(started), err)
		if cut {
			panic(http.ErrAbortHandler) // net/http cuts the connection and says nothing
		}
	}()
	if s.cors.answer(w, r) {
		w.finish()
		return
	}
	if err = s.run(w, r, door); err != nil && w.restart() {
		errorHeaders(h, err)
		if e := s.guard(func() error { door.errs(w, r, err); return nil }); e != nil {
			err, cut = e, true
		}
	} else if err != nil {
		cut = true
	}
	if cut {
		w.drop()
		return
	}
	w.finish()
	if err != nil {
		s.linger(w, r)
	}
}

// door finds what is mounted for r.
func (s *Server) door(r *http.Request) (mounted, bool) {
	h, _ := s.mux.Handler(r)
	if m, ok := h.(mounted); ok {
		return m, true
	}
	// A path with // or .. in it would be redirected to another. Whether there
	// is anything at such an address is for the door to say, in its own format.
	if first, _, below := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); below && first != "" {
		h, _ := s.mux.Handler(&http.Request{Method: r.Method, Host: r.Host, URL: &url.URL{Path: "/" + first + "/"}})
		if m, ok := h.(mounted); ok {
			return m, true
		}
	}
	return mounted{func(http.ResponseWriter, *http.Request) error {
		return problem.New(problem.NotFound, "There is nothing at this address. Check it; the FHIR interface is at /fhir.")
	}, PlainError, false}, false
}

// run lets the handler answer, if there is room for one more request.
func (s *Server) run(w *response, r *http.Request, door mounted) error {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		return problem.New(problem.Unavailable, "The server is busy. Nothing was changed. Try again in a moment.")
	}
	if s.cfg.Admit != nil {
		if err := s.cfg.Admit(r); err != nil {
			return err
		}
	}
	if door.bounded {
		var err error
		if w.way, err = s.rates.enter(r); err != nil {
			return err
		}
	}
	if r.Body != nil && r.Body != http.NoBody {
		w.hurry() // the leave to send a body is written before the answer is
		b, err := s.newBody(w, r)
		if err != nil {
			w.Header().Set("Connection", "close") // rather than read what was refused
			return err
		}
		defer b.release()
		r.Body = b
	}
	err := s.guard(func() error { return door.handle(w, r) })
	if w.way != nil && err != nil && Status(err) == http.StatusUnauthorized {
		w.way.wrong()
	}
	if err != nil && errors.Is(context.Cause(r.Context()), errStopping) {
		return errStopping
	}
	return err
}

// guard turns a panic into an error for the log. What the panic says may hold
// a person's data, so only the words of the runtime's own are kept.
func (s *Server) guard(f func() error) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case runtime.Error:
			err = problem.Wrap(problem.Internal, "", fmt.Errorf("panic: %w\n%s", v, debug.Stack()))
		default:
			if v == http.ErrAbortHandler {
				panic(v)
			}
			err = problem.Wrap(problem.Internal, "", fmt.Errorf("panic of type %T\n%s", v, debug.Stack()))
		}
	}()
	return f()
}

// note writes the request's line: no query, no id of a record, no body.
func (s *Server) note(r *http.Request, w *response, id string, took time.Duration, err error) {
	level := slog.LevelDebug
	switch {
	case err != nil && (w.status >= 500 || w.sent && w.status < 400):
		level = slog.LevelError
	case err != nil || took > 5*time.Second:
		level = slog.LevelInfo
	}
	if !s.cfg.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request", id), slog.String("method", methodName(r.Method)), slog.String("path", s.shape(r.URL.Path)),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Duration("took", took),
	}
	if err != nil {
		attrs = append(attrs, slog.String("kind", problem.KindOf(err).String()))
		if cause := causeOf(err); cause != nil && level == slog.LevelError {
			attrs = append(attrs, slog.String("cause", problem.LogText(cause)))
		}
	}
	s.cfg.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// causeOf is what the log may say about err beyond its kind: its cause. An
// error that is no problem is its own cause.
func causeOf(err error) error {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p.Cause
	}
	return err
}

// Listen opens the address that the server was configured with.
func (s *Server) Listen(ctx context.Context) (net.Listener, error) { return listen(ctx, s.cfg.Listen) }

func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, problem.Wrap(problem.Unavailable, "Another program is listening on "+address+". Stop it, or choose another address with --listen.", err)
	case errors.Is(err, syscall.EACCES):
		return nil, problem.Wrap(problem.Forbidden, "This user may not listen on "+address+". Choose a port above 1023 with --listen.", err)
	}
	return nil, problem.Wrap(problem.Invalid, "The address "+address+" can not be listened on. Write it as host:port, such as 127.0.0.1:8080.", err)
}

// Run serves on l until ctx ends, then lets running requests end. It closes l.
// It returns nil after a clean stop.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	defer l.Close()
	base, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	main := s.httpServer(s.Handler())
	main.BaseContext = func(net.Listener) context.Context { return base }
	if s.cfg.TLSCert != "" {
		config, err := tlsConfig(s.cfg.TLSCert, s.cfg.TLSKey, s.cfg.Log)
		if err != nil {
			return err
		}
		main.TLSConfig = config
	}
	servers := []*http.Server{main}
	failed := make(chan error, 2)
	if s.cfg.MetricsListen != "" {
		ml, err := listen(ctx, s.cfg.MetricsListen)
		if err != nil {
			return err
		}
		second := s.httpServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !s.ops(w, r, true) {
				http.NotFound(w, r)
			}
		}))
		servers = append(servers, second)
		go func() { failed <- second.Serve(limitConns(ml, 64)) }()
	}
	go func() {
		conns := limitConns(l, s.cfg.MaxConns)
		if main.TLSConfig != nil {
			failed <- main.ServeTLS(conns, "", "")
		} else {
			failed <- main.Serve(explained{conns, s})
		}
	}()
	select {
	case err := <-failed:
		for _, x := range servers {
			_ = x.Close()
		}
		return problem.Wrap(problem.Unavailable, "The server stopped listening. Look in the log for the reason, then start it again.", err)
	case <-ctx.Done():
		return s.stop(servers, stop)
	}
}

// errStopping ends the requests that are still running when the time to drain
// is over.
var errStopping = problem.New(problem.Unavailable, "The server is stopping, and this was not finished. If it was to change something, look first whether it did; then try again in a moment.")

// lastWords is how long a request that was ended has to say so.
const lastWords = time.Second

// stop lets running requests end, then ends those that do not by their context,
// so that they answer, and cuts what is left.
func (s *Server) stop(servers []*http.Server, end context.CancelCauseFunc) error {
	s.draining.Store(true)
	late := shutdown(servers, s.cfg.Drain)
	if late != nil {
		end(errStopping)
		if shutdown(servers, lastWords) != nil {
			for _, x := range servers {
				_ = x.Close()
			}
		}
	}
	if late != nil {
		return problem.Wrap(problem.Timeout, "Some requests did not end in time and were cut off. Nothing that was confirmed is lost.", late)
	}
	return nil
}

func shutdown(servers []*http.Server, patience time.Duration) (late error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, x := range servers {
		late = errors.Join(late, x.Shutdown(ctx))
	}
	return late
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: s.cfg.HeaderTime,
		IdleTimeout:       s.cfg.Idle,
		MaxHeaderBytes:    s.cfg.MaxHeader,
		ErrorLog:          slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug), // failed handshakes of strangers
	}
}
