package portal

import (
	"context"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/child/event"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/child/talk"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
	"github.com/bevanhealth/bevan/internal/consent/correction"
	"github.com/bevanhealth/bevan/internal/consent/display"
	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/consent/enquiry"
	"github.com/bevanhealth/bevan/internal/consent/erasure"
	"github.com/bevanhealth/bevan/internal/consent/example"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/consent/optout"
	"github.com/bevanhealth/bevan/internal/exchange/healthlink"
	"github.com/bevanhealth/bevan/internal/exchange/sources"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/names"
	"github.com/bevanhealth/bevan/internal/identity/proof"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/identity/upstream"
	"github.com/bevanhealth/bevan/internal/identity/worklist"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/portal/atoz"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Config is what the pages are made of.
type Config struct {
	// Origin is where people reach the pages, such as https://example.org.
	Origin string
	// FHIR is the path of the FHIR interface, for the front page.
	FHIR string
	// Accounts says who is signed in, and Setup guards the first of them.
	Accounts *account.Accounts
	Setup    *account.SetupCode
	// Staff says who works where.
	Staff *staff.Staff
	// Proofs says who people are, and Upstream asks other websites.
	Proofs   *proof.Proofs
	Upstream *upstream.Providers
	// Emergencies keeps what staff opened without a yes.
	Emergencies *emergency.Emergencies
	// OptOuts keeps what people said no to beyond their own care.
	OptOuts *optout.OptOuts
	// Clients keeps what apps ask, and what they were allowed.
	Clients *client.Clients
	// Mandates says who may act for whom.
	Mandates *mandate.Mandates
	// Open is the door to the record, for what people are shown before they
	// decide.
	Open func(ctx context.Context, who access.Who, patient string, why access.Purpose) (Records, error)
	// Copies, Corrections and Erasures are what people can do with their own
	// record.
	Copies      *takeaway.Copies
	Corrections *correction.Corrections
	Erasures    *erasure.Erasures
	// Examples is the family to look round with; nil for a service that has none.
	Examples *example.Examples
	// Names says who looked at somebody's record, and Enquiries keeps what people
	// ask about a look.
	Names     *names.Names
	Enquiries *enquiry.Enquiries
	// Lists are whom members of staff looked after lately.
	Lists *worklist.Lists
	// Recalls keeps whom to call for a vaccination; nil for a service that does not.
	Recalls *recall.Recalls
	// Talks keeps whose notes wait for whom; nil for a service that does not.
	Talks *talk.Talks
	// Jobs is the work in the background, and LogState where the access log stands.
	Jobs     *jobs.Queue
	LogState func(ctx context.Context) (audit.State, error)
	// Displays keeps how people want to be shown results.
	Displays *display.Displays
	// Sources are the places that send data here; nil for none that are known.
	Sources *sources.Sources
	// Messages are the event messages that wait; nil where none are taken.
	// MessageSession is a session of an operator who takes one into a record.
	Messages       *event.Inbox
	MessageSession func(ctx context.Context, who access.Who) (event.Session, error)
	// Links are the links to a summary that people make.
	Links *healthlink.Links
	// LogKey is the public key of the access log, and Witnesses are those of who
	// watches it.
	LogKey    func() string
	Witnesses []string
	// References are the growth references that charts can be drawn with, the one to
	// use where nobody chose first; nil is those that come with the program.
	References []*growth.Reference
	// Vaccinations is the schedule by which it is told what is due; nil for
	// England's.
	Vaccinations *given.Reader
	// Library is the Health A to Z; nil is the pages that come with the program.
	Library *atoz.Library
	// Base is the address of the FHIR interface as apps see it.
	Base string
	// Sends says by which media messages are taken out to people.
	Sends Media
	// Zone is where times are shown; nil is the server's own.
	Zone *time.Location
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log takes what went wrong; nil for nowhere.
	Log *slog.Logger
}

// Media are the ways by which people can be told something.
type Media struct{ Email, Phone bool }

func (m Media) any() bool { return m.Email || m.Phone }

func (m Media) has(medium notify.Medium) bool {
	return medium == notify.Email && m.Email || medium == notify.Phone && m.Phone
}

// Portal answers requests for pages.
type Portal struct {
	cfg   Config
	site  *url.URL // Origin
	words *words.Words
	// tongues are the languages that pages can be read in, English first.
	tongues []*words.Words
	// library is the Health A to Z.
	library *atoz.Library
	pages   map[string]*template.Template
	files   map[string]*file // by the path that pages ask for
	style   string           // the path of the style sheet; "" where it was not built
	script  string           // the path of the script that asks for a passkey
	// verifier checks a receipt, and checker is what the page does with it.
	verifier, checker string
	// denser asks for very many values, and plot draws them; plot is "" in a tree
	// where assets were not built.
	denser, plot string
	pincher      string // zooms a growth chart with two fingers
	own          *http.CrossOriginProtection
	first        *http.ServeMux // while there is no operator
	mux          *http.ServeMux
	isSet        *atomic.Bool // there is one, which stays true
}

// New reads the templates and the files that pages are dressed with. A
// template that can not be read is an error here, and never at the first
// visitor.
func New(cfg Config) (*Portal, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Zone == nil {
		cfg.Zone = time.Local
	}
	if cfg.References == nil {
		cfg.References = growth.Builtin()
	}
	if cfg.Vaccinations == nil {
		c, err := england.Ours()
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		cfg.Vaccinations = given.NewReader(c, cfg.Zone)
	}
	p := &Portal{cfg: cfg, tongues: words.Languages(), isSet: new(atomic.Bool), library: cfg.Library, own: http.NewCrossOriginProtection(), first: http.NewServeMux(), mux: http.NewServeMux()}
	p.words = p.tongues[0]
	var err error
	if p.library == nil {
		if p.library, err = atoz.Ours(); err != nil {
			return nil, err
		}
	}
	if p.site, err = url.Parse(cfg.Origin); err != nil || p.site.Host == "" {
		return nil, problem.Wrap(problem.Invalid, "The address of the pages can not be read. Give one such as https://example.org.", err)
	}
	for _, r := range setupRoutes {
		p.first.HandleFunc(r.pattern, on(r.do))
	}
	for _, r := range routes {
		p.mux.HandleFunc(r.pattern, on(r.do))
	}
	if p.pages, err = readPages(); err != nil {
		return nil, err
	}
	if err = p.readFiles(); err != nil {
		return nil, err
	}
	if p.style == "" {
		cfg.Log.Warn("the pages have no style sheet: build Bevan with make build, which needs Node")
	}
	return p, nil
}

// Handle answers one request; it is a web.Handler. WriteError writes what it
// returns. A request that changes something has to come from our own pages.
func (p *Portal) Handle(w http.ResponseWriter, r *http.Request) error {
	if err := p.own.Check(r); err != nil {
		return problem.Wrap(problem.Forbidden, p.words.Problem.OtherSite, err)
	}
	v := &visit{ResponseWriter: w, p: p, r: r, around: p.words}
	if p.byNumber(r) {
		p.guard(w.Header())
		http.Redirect(w, r, p.cfg.Origin+r.URL.RequestURI(), http.StatusSeeOther)
		return nil
	}
	mux := p.mux
	if !strings.HasPrefix(r.URL.Path, filesAt) {
		needed, err := p.needsSetup(r.Context())
		if err != nil {
			return err
		}
		if needed {
			mux = p.first
		}
	}
	mux.ServeHTTP(v, r)
	return v.err
}

// byNumber says whether somebody on this machine came by its number, such as
// 127.0.0.1, for which browsers make no passkeys. They are sent to its name.
func (p *Portal) byNumber(r *http.Request) bool {
	if p.site.Hostname() != "localhost" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = strings.Trim(r.Host, "[]"), ""
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() && port == p.site.Port() && strings.HasPrefix(r.URL.RequestURI(), "/")
}

// needsSetup asks until there is an operator.
func (p *Portal) needsSetup(ctx context.Context) (bool, error) {
	if p.isSet.Load() {
		return false, nil
	}
	needed, err := p.cfg.Accounts.NeedsSetup(ctx)
	if err == nil && !needed {
		p.isSet.Store(true)
	}
	return needed, err
}
