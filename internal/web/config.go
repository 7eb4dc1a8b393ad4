package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Config says how to serve. The zero value of each field is a default that is
// safe for a server that strangers can reach, and listens on loopback only.
type Config struct {
	// Listen is the address, 127.0.0.1:8080 unless told.
	Listen string
	// TLSCert and TLSKey are files in PEM. Both or none; they are read again
	// when they change.
	TLSCert, TLSKey string
	// MetricsListen is a second address that serves health and metrics only,
	// to anybody who reaches it. Without it /metrics answers on the main
	// address, to callers on this machine alone.
	MetricsListen string

	// MaxBody is the size of one request body in bytes, as sent and as
	// unpacked: 64 MB unless told.
	MaxBody int64
	// MaxBodies bounds the bytes of all the request bodies that are being
	// read or worked on, beyond the first megabyte of each: 256 MB unless
	// told.
	MaxBodies int64
	// MaxHeader is the size of a request's header in bytes: 64 kB unless told.
	MaxHeader int
	// MaxRequests is how many requests run at once; more get 503 with
	// Retry-After. 256 unless told.
	MaxRequests int
	// MaxConns is how many connections are open at once; more wait to be
	// accepted. 8192 unless told.
	MaxConns int

	// HeaderTime is how long a client may take over its header (10 s), Stall
	// how long a body or an answer may stand still (30 s), Idle how long a
	// connection is kept between requests (2 min), and Drain how long running
	// requests have to end when the server stops (20 s).
	HeaderTime, Stall, Idle, Drain time.Duration

	// Origins are the web origins whose pages may read answers (CORS), such
	// as https://app.example; "*" is every origin. None unless told.
	Origins []string
	// Origin says of any other origin whether its pages may read the answer to a
	// request; nil is none. It is asked by everybody, so it is quick.
	Origin func(r *http.Request, origin string) bool

	// SourceRate bounds the requests to bounded doors by one address that show
	// no right secret, and ActorRate those by each one who does. Zero is no
	// bound.
	SourceRate, ActorRate Rate
	// Proxies are the addresses of proxies of the operator's. What they say in
	// Forwarded or X-Forwarded-For of where a request comes from is believed,
	// and of nobody else.
	Proxies []netip.Prefix

	// Ready is asked by /readyz; nil is always ready.
	Ready func(context.Context) error
	// Admit is asked before each mounted request; an error of kind TooMany is
	// a rate limit. nil admits everybody.
	Admit func(*http.Request) error
	// Word says whether a segment of a path is a word of the interface, which
	// the log may hold. All others may be ids or names of people; nil knows no
	// word but those of the patterns that doors are mounted on.
	Word func(segment string) bool
	// Log takes the server's lines; slog.Default() unless told. Requests that
	// went well are written at level Debug, all others at Info or above.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	orString(&c.Listen, "127.0.0.1:8080")
	orNumber(&c.MaxBody, 64<<20)
	orNumber(&c.MaxBodies, 256<<20)
	orNumber(&c.MaxHeader, 64<<10)
	orNumber(&c.MaxRequests, 256)
	orNumber(&c.MaxConns, 8192)
	orNumber(&c.HeaderTime, 10*time.Second)
	orNumber(&c.Stall, 30*time.Second)
	orNumber(&c.Idle, 2*time.Minute)
	orNumber(&c.Drain, 20*time.Second)
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

func orString(v *string, d string) {
	if *v == "" {
		*v = d
	}
}

// orNumber takes the default for zero and for what makes no sense: a limit
// below one would be no limit or no service.
func orNumber[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}
