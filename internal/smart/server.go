package smart

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

// Config is what a Server is made of.
type Config struct {
	// Issuer is this server's name in tokens and assertions: an https URL
	// without a slash at its end. The endpoints lie below it.
	Issuer string
	// FHIR is the base URL of the FHIR interface.
	FHIR string
	// Pages is where people decide about what apps ask: an origin.
	Pages string
	// Registration says who may register a program without the operator; ""
	// is nobody.
	Registration Registration
	// People says what is true of those who gave a permission.
	People People
	// Relationships says who may act for whom; nil is nobody for nobody.
	Relationships Relationships
	// Rights says what a right to act gives now; nil is nothing.
	Rights Rights
	// Clients keeps clients, permissions and tokens.
	Clients *client.Clients
	// Operator says who holds an operator's token; nil when nobody does.
	Operator func(ctx context.Context, token string) (access.Who, error)
	// Brands are the brands that are published; nil for none.
	Brands Brands
	// AppState is the base URL of where apps keep their state; "" for nowhere.
	AppState string
	// HTTP fetches the keys of clients; nil for a client of our own, which
	// reaches public addresses only unless the operator allowed others.
	HTTP Doer
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Server answers what lies at the paths of Paths.
type Server struct {
	cfg    Config
	fetch  *fetcher
	routes map[string]map[string]func(*call) error
	fhir   *url.URL
}

// The endpoints, below the issuer.
const (
	pathKeys       = "/oauth/jwks"
	pathToken      = "/oauth/token"
	pathIntrospect = "/oauth/introspect"
	pathRevoke     = "/oauth/revoke"
	pathAuthorize  = "/oauth/authorize"
	pathPush       = "/oauth/par"
	pathUserinfo   = "/oauth/userinfo"
	pathLogout     = "/oauth/logout"
	pathRegister   = "/oauth/register"
	pathDevice     = "/oauth/device"
	pathStyle      = "/oauth/style"
	pathTrust      = "/oauth/trustmark"
	pathRegistered = pathRegister + "/"
	pathServer     = "/.well-known/oauth-authorization-server"
	pathOpenID     = "/.well-known/openid-configuration"
	pathSMART      = "/fhir/.well-known/smart-configuration"
	pathBrands     = "/fhir" + brandsFile
)

// Paths are where a Server is to be mounted.
func Paths() []string { return []string{"/oauth/", pathServer, pathOpenID, pathSMART, pathBrands} }

// PagePaths are those of Paths that people's browsers are sent to: whoever
// mounts them lets a page say what went wrong.
func PagePaths() []string { return []string{pathAuthorize, pathLogout} }

// New makes a Server. The URLs have to be whole.
func New(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.People == nil {
		c.People = nobody{}
	}
	if c.Relationships == nil {
		c.Relationships = nobody{}
	}
	if c.Rights == nil {
		c.Rights = nobody{}
	}
	if c.Pages == "" {
		c.Pages = c.Issuer
	}
	c.Issuer, c.FHIR, c.Pages = strings.TrimSuffix(c.Issuer, "/"), strings.TrimSuffix(c.FHIR, "/"), strings.TrimSuffix(c.Pages, "/")
	fhir, err := url.Parse(c.FHIR)
	issuer, ierr := url.Parse(c.Issuer)
	if err != nil || ierr != nil || fhir.Host == "" || issuer.Host == "" {
		return nil, problem.New(problem.Invalid, "The address of the FHIR interface has to be whole, such as https://example.org/fhir. Mend --base.")
	}
	s := &Server{cfg: c, fhir: fhir, fetch: newFetcher(c.HTTP, c.Now)}
	s.routes = map[string]map[string]func(*call) error{
		pathSMART:      {"GET": (*call).smartConfiguration, "OPTIONS": (*call).preflight},
		pathBrands:     {"GET": (*call).brands, "OPTIONS": (*call).preflight},
		pathServer:     {"GET": (*call).serverMetadata, "OPTIONS": (*call).preflight},
		pathOpenID:     {"GET": (*call).openIDMetadata, "OPTIONS": (*call).preflight},
		pathKeys:       {"GET": (*call).keys, "OPTIONS": (*call).preflight},
		pathToken:      {"POST": (*call).token},
		pathIntrospect: {"POST": (*call).introspect},
		pathRevoke:     {"POST": (*call).revoke},
		pathAuthorize:  {"GET": (*call).authorize, "POST": (*call).authorize},
		pathPush:       {"POST": (*call).push},
		pathUserinfo:   {"GET": (*call).userinfo, "POST": (*call).userinfo},
		pathLogout:     {"GET": (*call).logout, "POST": (*call).logout},
		pathRegister:   {"POST": (*call).register},
		pathRegistered: {"GET": (*call).readClient, "PUT": (*call).changeClient, "DELETE": (*call).removeClient},
		pathDevice:     {"POST": (*call).device},
		pathStyle:      {"GET": (*call).style},
		pathTrust:      {"GET": (*call).trustmark},
	}
	return s, nil
}

// FHIR is the base URL of the FHIR interface.
func (s *Server) FHIR() string { return s.cfg.FHIR }

// AppState is the base URL of where apps keep their state.
func (s *Server) AppState() string { return s.cfg.AppState }

// call is one request on its way through.
type call struct {
	s    *Server
	w    http.ResponseWriter
	r    *http.Request
	ctx  context.Context
	form url.Values
}

// Handle answers one request; it is a web.Handler. WriteError writes what it
// returns.
func (s *Server) Handle(w http.ResponseWriter, r *http.Request) error {
	path := r.URL.Path
	if strings.HasPrefix(path, pathRegistered) {
		path = pathRegistered
	}
	methods, ok := s.routes[path]
	if !ok {
		return problem.New(problem.NotFound, "There is nothing at this address. Look at "+pathServer+" for what there is.").Because("nothing-here")
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if crossOrigin[path] && s.cross(w, r, methods) {
		return nil
	}
	do, ok := methods[method]
	if !ok {
		w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(methods)), ", "))
		return web.WithStatus(http.StatusMethodNotAllowed, problem.New(problem.Unsupported, "This address does not take "+clean(r.Method)+". The header Allow says what it takes.").Because("not-this-way"))
	}
	err := do(&call{s: s, w: w, r: r, ctx: r.Context()})
	var f *fault
	if errors.As(err, &f) && f.code == invalidClient {
		web.Wrong(w)
	}
	return err
}
