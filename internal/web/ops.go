package web

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/bevanhealth/bevan/internal/problem"
)

// ops answers the addresses for whoever runs the server, ahead of every limit
// so that they answer when nothing else does. It is false for all others.
func (s *Server) ops(w http.ResponseWriter, r *http.Request, showMetrics bool) bool {
	switch r.URL.Path {
	case "/healthz":
		plain(w, http.StatusOK, "ok\n")
	case "/readyz":
		if err := s.ready(r); err != nil {
			w.Header().Set("Retry-After", "1")
			plain(w, http.StatusServiceUnavailable, problem.Sentence(err)+"\n")
			return true
		}
		plain(w, http.StatusOK, "ready\n")
	case "/metrics":
		// How busy a service is says something about the people in it.
		if !showMetrics {
			plain(w, http.StatusNotFound, "Metrics are shown to this machine only. Start the server with --metrics-listen to show them elsewhere.\n")
			return true
		}
		s.metrics.handler.ServeHTTP(w, r)
	default:
		return false
	}
	return true
}

func (s *Server) ready(r *http.Request) error {
	if s.draining.Load() {
		return problem.New(problem.Unavailable, "The server is stopping.")
	}
	if s.cfg.Ready == nil {
		return nil
	}
	return s.cfg.Ready(r.Context())
}

func plain(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the asker went away
}

// callerIsHere says whether the request was made on this machine, and not
// passed on by a proxy on it.
func callerIsHere(r *http.Request) bool {
	for _, h := range [...]string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
