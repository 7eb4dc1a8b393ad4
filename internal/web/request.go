package web

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"net/http"
	"strings"
)

type contextKey struct{}

// RequestID is the id of the request that ctx belongs to; empty outside one.
// It is the only thing that a context carries: who asks is an argument.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(contextKey{}).(string)
	return id
}

func withRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// requestID takes the caller's id when it is sane, so that one id can be
// followed through several services, and makes one otherwise.
func requestID(r *http.Request) string {
	if v := r.Header.Get("X-Request-Id"); sane(v) {
		return v
	}
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return idText.EncodeToString(b[:])
}

// sane says whether an id can stand in a log line and a header: up to 64
// letters, digits, and - . _
func sane(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := 0; i < len(id); i++ {
		c := id[i]
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return true
}

// shape is a path without the ids in it, for the log: "/fhir/Patient/*". What
// stays are the words that somebody answers for: a made-up segment may be a
// name, whatever it looks like.
func (s *Server) shape(path string) string {
	if len(path) > 512 {
		return "/*"
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if p != "" && !s.words[p] && (s.cfg.Word == nil || !s.cfg.Word(p)) {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}
