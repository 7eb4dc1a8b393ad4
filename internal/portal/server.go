package portal

import (
	"html/template"
	"log/slog"
	"net/http"

	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Config is what the pages are made of.
type Config struct {
	// Secure says that pages are served by TLS, so that a browser may be told
	// never to come without it.
	Secure bool
	// FHIR is the path of the FHIR interface, for the front page.
	FHIR string
	// Log takes what went wrong; nil for nowhere.
	Log *slog.Logger
}

// Portal answers requests for pages.
type Portal struct {
	cfg   Config
	words *words.Words
	pages map[string]*template.Template
	files map[string]*file // by the path that pages ask for
	style string           // the path of the style sheet; "" where it was not built
	own   *http.CrossOriginProtection
	mux   *http.ServeMux
}

// New reads the templates and the files that pages are dressed with. A
// template that can not be read is an error here, and never at the first
// visitor.
func New(cfg Config) (*Portal, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &Portal{cfg: cfg, words: words.English(), own: http.NewCrossOriginProtection(), mux: http.NewServeMux()}
	for pattern, do := range p.routes() {
		p.mux.HandleFunc(pattern, on(do))
	}
	var err error
	if p.pages, err = readPages(); err != nil {
		return nil, err
	}
	if p.files, p.style, err = readFiles(); err != nil {
		return nil, err
	}
	if p.style == "" {
		cfg.Log.Warn("the pages have no style sheet: build Bevan with make build, which needs Node")
	}
	return p, nil
}

// routes are all pages, grouped by who may see them.
func (p *Portal) routes() map[string]func(*visit) error {
	return map[string]func(*visit) error{
		// Everybody.
		"GET /{$}":                  front,
		"GET " + filesAt + "{name}": sendFile,
		"/":                         nothing,
	}
}

// nothing answers every other address.
func nothing(v *visit) error {
	return problem.New(problem.NotFound, v.p.words.Problem.NotHere)
}

// Handle answers one request; it is a web.Handler. WriteError writes what it
// returns. A request that changes something has to come from our own pages.
func (p *Portal) Handle(w http.ResponseWriter, r *http.Request) error {
	if err := p.own.Check(r); err != nil {
		return problem.Wrap(problem.Forbidden, p.words.Problem.OtherSite, err)
	}
	v := &visit{ResponseWriter: w, p: p}
	p.mux.ServeHTTP(v, r)
	return v.err
}

// visit is one request for a page. It passes through the mux as the writer, so
// that the error of a page comes back to Handle.
type visit struct {
	http.ResponseWriter
	p   *Portal
	r   *http.Request
	err error
}

// on makes the mux's handler of a page.
func on(do func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := w.(*visit) // Handle gave it to the mux
		v.r = r
		v.err = do(v)
	}
}
