package fhirapi

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit/event"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/exchange/ips"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/web"
	"golang.org/x/sync/semaphore"
)

// Reader is the part of a record session that looks.
type Reader interface {
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	History(ctx context.Context, h record.History) (record.Page, error)
}

// Session is what this door needs of a record session.
type Session interface {
	Reader
	Transact(ctx context.Context, ops []record.Op) ([]record.Outcome, error)
	Registry() *search.Registry
}

// Presented is how a request came with a token.
type Presented struct {
	// Scheme is Bearer (RFC 6750) or DPoP (RFC 9449), as it was written.
	Scheme, Token string
	// Proofs are the headers DPoP.
	Proofs []string
	Method string
	// Path is the request's path below the FHIR base, percent-encoded as it
	// came, with its slash.
	Path string
}

// Config is what a Server is made of. Open and Verify are needed, everything
// else has a default.
type Config struct {
	// Open asks the record for a session: who asks, about which patient ("" for
	// nobody in particular), and why.
	Open func(ctx context.Context, who access.Who, patient string, why access.Purpose) (Session, error)
	// Verify says who came with a token. An error of it may have a method
	// Challenge, with what WWW-Authenticate has to say.
	Verify func(ctx context.Context, p Presented) (access.Who, error)
	// Registry is what /metadata, which needs no token, says can be searched.
	Registry func() *search.Registry
	// Mandates takes a Consent by which somebody may act for a person, from
	// whoever may bring one, and gives the id of the Consent that tells of the
	// right here; nil where there are none.
	Mandates func(ctx context.Context, who access.Who, consent *fhir.Tree) (id string, err error)
	// Named says what the person with a number, whose logical Patient id is given
	// too, may be told of somebody who stands in the log of their record; nil
	// for nothing.
	Named func(ctx context.Context, who access.Who, person int64, patient string) (event.Who, error)
	// Summary is the words of a summary of a patient; its zero value has the names
	// of the codes.
	Summary ips.Words
	// References are the growth references of $growth, the one to use where none
	// is named first; those of the program when there are none.
	References []*growth.Reference
	// Vaccinations is the schedule by which $immds-forecast answers; nil for
	// England's.
	Vaccinations *given.Reader
	// Messages takes event messages; nil where none are taken.
	Messages Messages
	// Bulk does the bulk-data work; nil when there is none, and then its
	// routes say so.
	Bulk Bulk

	Path    string // where the server is mounted, "/fhir" when empty
	Base    string // base URL for links, such as https://example.org/fhir; empty: from the request
	Version string // of the software, for the CapabilityStatement

	MaxBody         int64 // bytes of one request body; 64 MB when 0
	MaxEntries      int   // entries of one batch or transaction; 20,000 when 0
	DeleteManyMatch bool  // a conditional delete may remove several resources

	Now func() time.Time
	// Log takes the causes of failures inside a batch, which are answered within
	// a Bundle and so reach no other log. nil: nowhere.
	Log *slog.Logger
}

// Server answers FHIR requests under Config.Path.
type Server struct {
	cfg     Config
	routes  []route
	router  *router
	caps    atomic.Pointer[capabilities]
	work    *semaphore.Weighted // bytes of large bodies that are worked on
	started time.Time
}

// New makes a Server.
func New(cfg Config) *Server {
	if cfg.Path == "" {
		cfg.Path = "/fhir"
	}
	cfg.Path = strings.TrimSuffix(cfg.Path, "/")
	cfg.Base = strings.TrimSuffix(cfg.Base, "/")
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 64 << 20
	}
	if cfg.MaxEntries <= 0 {
		cfg.MaxEntries = 20_000
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, routes: table(), work: semaphore.NewWeighted(workBodies), started: cfg.Now()}
	s.router = newRouter(s.routes)
	return s
}

// Handle answers one request; it is a web.Handler. WriteError writes what it
// returns.
func (s *Server) Handle(w http.ResponseWriter, r *http.Request) error {
	c := call{s: s, w: w, r: r, ctx: r.Context()}
	defer func() { s.work.Release(c.room) }()
	return s.serve(&c)
}

// WriteError writes an error as an OperationOutcome; it is a web.ErrorWriter.
// The cause of the error is for the log of whoever calls.
func (s *Server) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	c := call{s: s, w: w, r: r, ctx: r.Context(), headOnly: r.Method == http.MethodHead}
	c.fail(err)
}

func (s *Server) serve(c *call) error {
	path, ok := strings.CutPrefix(c.r.URL.Path, s.cfg.Path)
	if !ok || path != "" && path[0] != '/' {
		return problem.New(problem.NotFound, "The FHIR server is not at this address. It starts at "+s.cfg.Path+".")
	}
	rt, err := s.route(c, path)
	if err != nil || rt == nil {
		return err
	}
	if err := c.negotiate(); err != nil {
		return err
	}
	if !rt.open {
		if err := c.authenticate(); err != nil {
			return err
		}
	}
	err = rt.do(c)
	if err != nil && c.who.App != "" && web.Status(err) == http.StatusForbidden {
		err = tooLittle{err}
	}
	return err
}

// route finds the handler; a nil route without an error means that the request
// is answered already.
func (s *Server) route(c *call, path string) (*compiled, error) {
	method := c.r.Method
	if method == http.MethodHead {
		method, c.headOnly = http.MethodGet, true
	}
	rt, at, allow := s.router.find(method, path)
	c.place = at
	switch {
	case rt != nil:
		return rt, nil
	case method == http.MethodOptions && len(allow) > 0:
		c.w.Header().Set("Allow", strings.Join(append(allow, http.MethodOptions), ", "))
		c.w.WriteHeader(http.StatusNoContent)
		return nil, nil
	case len(allow) > 0:
		c.w.Header().Set("Allow", strings.Join(allow, ", "))
		return nil, methodNotAllowed(method, allow)
	}
	return nil, unknownPath(path)
}

// authenticate finds out who asks from the token in the header (RFC 6750
// section 2.1, RFC 9449 section 7.1).
func (c *call) authenticate() error {
	if c.who.Actor != "" {
		return nil // an entry of a batch is asked by whoever sent the batch
	}
	header := c.r.Header.Get("Authorization")
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "DPoP") || token == "" {
		return problem.New(problem.Unauthorized,
			"This needs a token. Send the header \"Authorization: Bearer\" with your token after it.")
	}
	path := strings.TrimPrefix(c.r.URL.EscapedPath(), c.s.cfg.Path)
	who, err := c.s.cfg.Verify(c.ctx, Presented{Scheme: scheme, Token: token, Proofs: c.r.Header.Values("DPoP"), Method: c.r.Method, Path: path})
	if err != nil {
		return err
	}
	c.who = who
	// An app counts by itself: what one does does not stop another that acts for
	// the same person.
	return web.Known(c.w, who.Actor+"\x00"+who.App, "")
}

// purposeOf is why somebody asks at this door: it follows from who they are,
// and never from what a request says of itself. People who ask for more than
// their record are told that no rule lets them.
func purposeOf(who access.Who, why access.Purpose) access.Purpose {
	if why = who.Why(why); why != access.Operations {
		return why
	}
	switch who.Role {
	case access.RoleSelf:
		return access.Own
	case access.RoleProfessional:
		if who.Mandate != "" { // the emergency that they declared; the rules ask whether they did
			return access.Emergency
		}
		return access.Care
	case access.RoleProxy:
		return access.Proxy
	}
	return why
}

// open gives the call's session, which is made once.
func (c *call) open(why access.Purpose) (Session, error) {
	if c.session == nil {
		ses, err := c.s.cfg.Open(c.ctx, c.who, "", purposeOf(c.who, why))
		if err != nil {
			return nil, err
		}
		c.session = ses
	}
	return c.session, nil
}
