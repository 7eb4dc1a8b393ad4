package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/exchange/healthlink"
	"github.com/bevanhealth/bevan/internal/fhirapi"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/portal"
	"github.com/bevanhealth/bevan/internal/portal/atoz"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/smart"
	"github.com/bevanhealth/bevan/internal/smart/appstate"
	"github.com/bevanhealth/bevan/internal/smart/brands"
	"github.com/bevanhealth/bevan/internal/web"
)

type serveCommand struct {
	place
	messages
	Listen        string   `help:"The address to listen on, as host:port." default:"127.0.0.1:8080" env:"BEVAN_LISTEN" placeholder:"ADDR"`
	Base          string   `help:"The URL of the FHIR interface as the world sees it, such as https://example.org/fhir. Left out, it is taken from each request." env:"BEVAN_BASE" placeholder:"URL"`
	TLSCert       string   `name:"tls-cert" help:"Serve TLS with the certificate chain in this PEM file. It is read again when it changes." env:"BEVAN_TLS_CERT" placeholder:"FILE"`
	TLSKey        string   `name:"tls-key" help:"The key for the certificate, in PEM." env:"BEVAN_TLS_KEY" placeholder:"FILE"`
	MetricsListen string   `help:"Show /metrics and health to anybody on this second address. Without it /metrics is for this machine only." env:"BEVAN_METRICS_LISTEN" placeholder:"ADDR"`
	Origins       []string `name:"origin" help:"A web origin whose pages may use the FHIR interface (CORS), such as https://app.example; * is all of them." env:"BEVAN_ORIGINS" placeholder:"ORIGIN"`
	StaffPasskeys string   `name:"staff-passkeys" help:"Which passkeys staff may work with: device are those that stay in one device, such as a security key; any are also those that a person's account copies." enum:"device,any" default:"device" env:"BEVAN_STAFF_PASSKEYS"`
	ImportDir     string   `help:"The folder whose files $import may load. Without it $import loads nothing." env:"BEVAN_IMPORT_DIR" placeholder:"DIR"`
	Registration  string   `help:"Who may register a program that asks people: nobody (off), those with an invitation (token, see: bevan client invite), or anybody (open)." enum:"off,token,open" default:"off" env:"BEVAN_REGISTRATION"`
	Brands        string   `help:"A file with the bundle of user-access brands (SMART App Launch 2.2) by which apps show this service. Without it the bundle is made of the organisations." env:"BEVAN_BRANDS" placeholder:"FILE"`
	Policy        string   `help:"A file with rules for what people have not decided: who may look, and what shows that they look after somebody. Without it the default of this program holds (docs/operators/policy.md)." env:"BEVAN_POLICY" placeholder:"FILE"`
	Pages         string   `help:"A folder of Markdown files that add to the Health A to Z, or replace pages of it (docs/operators/pages.md). They are read at start." env:"BEVAN_PAGES" placeholder:"DIR"`
	Growth        string   `help:"The growth reference that charts use where nobody chose one (bevan growth list), such as an installed uk-who." env:"BEVAN_GROWTH" placeholder:"ID"`
	Vaccinations  string   `help:"The vaccination schedule by which it is told what is due, of those that bevan vaccinations list shows. Without it England's holds." env:"BEVAN_VACCINATIONS" placeholder:"ID"`
	Reminders     string   `help:"Whether families are reminded of vaccinations that are due: daily sends a round each day between 9 and 18, off leaves it to bevan recall send (docs/operators/recall.md)." enum:"daily,off" default:"off" env:"BEVAN_REMINDERS"`
	LogPath       string   `help:"The path below which the access log shows its checkpoint and its tree, which hide every entry, to anybody who watches it; off shows none." default:"/log" env:"BEVAN_LOG_PATH" placeholder:"PATH"`
	Witnesses     []string `name:"witness" help:"Somebody who watches the access log from another machine (bevan witness), as KEY@URL." env:"BEVAN_WITNESSES" placeholder:"KEY@URL"`
	MaxBody       int64    `help:"The largest request body, in bytes." default:"67108864" env:"BEVAN_MAX_BODY" placeholder:"BYTES"`
	bounds
	watchers  []audit.Cosigner    `kong:"-"` // what Witnesses name
	schedule  *given.Reader       `kong:"-"` // what Vaccinations names
	library   *atoz.Library       `kong:"-"` // what Pages holds; nil is ours
	charts    []*growth.Reference `kong:"-"` // the growth references, the one that Growth names first
	LogLevel  string              `help:"How much to log: debug shows every request." enum:"debug,info,warn,error" default:"info" env:"BEVAN_LOG_LEVEL"`
	LogFormat string              `help:"How to log: text for people, json for programs." enum:"text,json" default:"text" env:"BEVAN_LOG_FORMAT"`
}

// Run starts the server and returns when it has stopped.
func (c *serveCommand) Run(ctx context.Context, s Streams) error {
	log := c.logger(s.Err)
	var h *house
	conf := c.web(log)
	conf.Admit = func(*http.Request) error { return h.here.Check() }
	conf.Origin = func(r *http.Request, origin string) bool { return h.registered(r, origin) }
	server, err := web.New(conf)
	if err != nil {
		return err
	}
	// The address first: a second server says so before it meets the lock of
	// the store.
	l, err := server.Listen(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	site, ok := origin(c.Base, c.address(l))
	if !ok {
		log.Warn("people elsewhere can not sign in: passkeys need a name and https. Give the address as the world sees it with --base, such as https://example.org/fhir", "pages", site)
	}
	if c.watchers, err = witnesses(c.Witnesses); err != nil {
		return err
	}
	if c.library, err = readPages(c.Pages); err != nil {
		return err
	}
	if c.charts, err = readReferences(c.Data, c.Growth); err != nil {
		return err
	}
	if c.schedule, err = readVaccinations(c.Data, c.Vaccinations); err != nil {
		return err
	}
	ways, err := c.ways(notify.House{Service: "Bevan", Site: site})
	if err != nil {
		return err
	}
	h, err = openHouse(ctx, c.place, settings{base: c.Base, origin: site, logger: log, imports: c.ImportDir, policy: c.Policy, schedule: c.schedule, anyPasskey: c.StaffPasskeys == "any"})
	if err != nil {
		return err
	}
	err = c.serve(ctx, s.Out, log, server, l, h, ways, site)
	if cerr := h.close(); err == nil {
		err = cerr
	}
	return err
}

// web is how the plant serves.
func (c *serveCommand) web(log *slog.Logger) web.Config {
	return web.Config{
		Listen: c.Listen, TLSCert: c.TLSCert, TLSKey: c.TLSKey, MetricsListen: c.MetricsListen,
		MaxBody: c.MaxBody, Origins: c.Origins, Log: log, Word: fhirapi.PathWord,
		SourceRate: web.Rate{Each: c.RateUnknown, Burst: burst * c.RateUnknown}, ActorRate: web.Rate{Each: c.Rate, Burst: burst * c.Rate},
		Proxies: c.proxies(),
	}
}

// heapFloor is memory that is taken and never touched, so that it costs none.
// The collector measures what lives against what was made since: seven
// megabytes that live would be collected thirty times a second under searches,
// each time with all requests slowed down. With this it is a few times.
const heapFloor = 48 << 20

func (c *serveCommand) serve(ctx context.Context, out io.Writer, log *slog.Logger, server *web.Server, l net.Listener, h *house, ways notify.Ways, site string) error {
	provider, err := c.provider(h, l, site)
	if err != nil {
		return err
	}
	if err := c.mount(server, h, provider, ways, site, c.base(l), log); err != nil {
		return err
	}
	server.ReadyWhen(healthy(h))
	if err := server.Gauge("bevan_disk_free_bytes", "Room on the disk of the data folder.", func() float64 {
		free, _ := freeBytes(h.dir)
		return float64(free)
	}); err != nil {
		return err
	}
	var waiting atomic.Int64
	if err := server.Gauge("bevan_messages_waiting", "Messages to people that wait to be sent, at the last look.", func() float64 { return float64(waiting.Load()) }); err != nil {
		return err
	}
	h.queue.Start(2)
	// Most of what a request makes is garbage when it is answered. Collecting
	// half as often makes searches about a tenth cheaper; what lives is small.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
		defer runtime.KeepAlive(make([]byte, heapFloor))
	}
	// That lets the heap grow to three times what lives, which for a few bodies
	// of the largest size would be a gigabyte. What a server needs lies far
	// below this; above it, collecting costs less than a machine that swaps.
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softHeap)
	}

	control, err := listenControl(h.dir)
	if err != nil {
		log.Warn("commands such as bevan load can not reach this server, and work only while it is stopped", "cause", problem.LogText(err))
	}
	ctx, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop()
	working.Go(func() { deliver(ctx, h.outbox, ways, log, &waiting) })
	working.Go(func() { tidy(ctx, h, log) })
	working.Go(func() { sweep(ctx, h, log) })
	working.Go(func() { keepDirectory(ctx, h, log) })
	working.Go(func() { attest(ctx, h, c.watchers, log) })
	working.Go(func() { keepPromises(ctx, h, log) })
	working.Go(func() { keepSources(ctx, h, log) })
	if err := h.staleRecalls(ctx); err != nil {
		return err
	}
	working.Go(func() { keepRecalls(ctx, h, c.Reminders == "daily", log) })
	working.Go(func() { keepTalks(ctx, h, log) })
	if control != nil {
		working.Go(func() { serveControl(ctx, control, h, log) })
	}
	code, err := setupLine(ctx, h)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Bevan is ready.\n  Pages:          %s/\n%s  FHIR interface: %s\n  Token:          %s\n", site, code, c.address(l)+"/fhir", c.tokenHint())
	return server.Run(ctx, l)
}

// softHeap is how much memory the collector tries to keep the server within.
const softHeap = 512 << 20

// mount puts the doors where the world finds them.
func (c *serveCommand) mount(server *web.Server, h *house, provider *smart.Server, ways notify.Ways, site, base string, log *slog.Logger) error {
	kept := appstate.New(appstate.Config{States: h.states, Log: h.log, Holder: provider.Holder, FHIR: provider.FHIR(), Base: provider.AppState()})
	server.MountBounded(appstate.Path, kept.Handle, kept.WriteError)
	api := c.fhir(h, provider, log)
	server.MountBounded("/fhir", api.Handle, api.WriteError)
	server.MountBounded("/fhir/", api.Handle, api.WriteError)
	server.Unread(api.WriteError)
	pages, err := portal.New(portal.Config{
		Origin: site, FHIR: "/fhir", Accounts: h.accounts, Setup: h.setup, Staff: h.staff, Proofs: h.proofs, Upstream: h.upstream, Mandates: h.mandates, Log: log,
		Copies: h.copies, Corrections: h.corrections, Erasures: h.erasures, Examples: h.examples,
		Emergencies: h.emergencies, OptOuts: h.optouts,
		Names: h.names(), Enquiries: h.enquiries, Displays: h.displays, Links: h.links, Sources: h.sources, Messages: h.messages, MessageSession: h.messageSession, Lists: h.lists, Jobs: h.queue, Recalls: h.recalls, Talks: h.talks,
		LogState: func(ctx context.Context) (audit.State, error) { return h.log.State(ctx, witnessKeys(c.Witnesses)) },
		LogKey:   h.log.Key, Witnesses: witnessKeys(c.Witnesses), Library: c.library, References: c.charts, Vaccinations: c.schedule,
		Sends:   portal.Media{Email: ways.Has(notify.Email), Phone: ways.Has(notify.Phone)},
		Clients: h.apps, Base: base, Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (portal.Records, error) {
			return h.door.Open(ctx, who, record.About{Patient: patient}, why)
		},
	})
	if err != nil {
		return err
	}
	server.MountBounded(healthlink.Path, h.links.Handle, h.links.WriteError)
	server.Mount("/", pages.Handle, pages.WriteError)
	if err := mountLog(server, h, c.LogPath); err != nil {
		return err
	}
	for _, path := range smart.Paths() {
		server.MountBounded(path, provider.Handle, provider.WriteError)
	}
	for _, path := range smart.PagePaths() { // a person reads what goes wrong there
		server.MountBounded(path, provider.Handle, pages.WriteError)
	}
	return nil
}

// setupLine shows the set-up code while nobody is the operator.
func setupLine(ctx context.Context, h *house) (string, error) {
	needed, err := h.accounts.NeedsSetup(ctx)
	if err != nil || !needed {
		return "", err
	}
	code, until, err := h.setup.Current()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("  Set-up code:    %s (any page asks for it; good until %s)\n", spaced(code), timeOfDay(until)), nil
}

// fhir is the FHIR door on this house.
func (c *serveCommand) fhir(h *house, provider *smart.Server, log *slog.Logger) *fhirapi.Server {
	return fhirapi.New(fhirapi.Config{
		Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (fhirapi.Session, error) {
			return h.door.Open(ctx, who, record.About{Patient: patient}, why)
		},
		Verify: func(ctx context.Context, p fhirapi.Presented) (access.Who, error) {
			if client.IsToken(p.Token) {
				return provider.Verify(ctx, smart.Presented(p))
			}
			if !strings.EqualFold(p.Scheme, "Bearer") {
				return access.Who{}, problem.New(problem.Unauthorized, "This token is sent with the scheme Bearer. Change the header Authorization.")
			}
			return h.tokens.Verify(ctx, p.Token)
		},
		References: c.charts,
		Registry:   h.door.Registry, Bulk: h.bulk, Messages: h.messages, Mandates: h.importMandate, Named: h.named, Summary: portal.SummaryWords(time.Local), Vaccinations: c.schedule,
		Base: c.Base, Version: Version(), MaxBody: c.MaxBody, Log: log,
	})
}

// base is the address of the FHIR interface as the world sees it.
func (c *serveCommand) base(l net.Listener) string {
	if base := strings.TrimSuffix(c.Base, "/"); base != "" {
		return base
	}
	return c.address(l) + "/fhir"
}

// provider is the door for programs that ask to be let in. Its name is fixed
// here, from --base or from the address that is listened on, and never taken
// from a request.
func (c *serveCommand) provider(h *house, l net.Listener, site string) (*smart.Server, error) {
	base := c.base(l)
	issuer, below := strings.CutSuffix(base, "/fhir")
	if u, err := url.Parse(base); !below && err == nil {
		issuer = u.Scheme + "://" + u.Host
	}
	shown, err := c.brands(h, issuer, base)
	if err != nil {
		return nil, err
	}
	return smart.New(smart.Config{Issuer: issuer, FHIR: base, Pages: site, Registration: smart.Registration(c.Registration), People: people{h.accounts, h.staff}, Clients: h.apps, Operator: h.tokens.Verify,
		Rights: rights{h.mandates, h.emergencies},
		Brands: shown, AppState: issuer + strings.TrimSuffix(appstate.Path, "/")})
}

// brands are those by which apps show this service to people.
func (c *serveCommand) brands(h *house, issuer, base string) (smart.Brands, error) {
	if c.Brands == "" {
		return brands.NewKept(h.staff, brands.Site{FHIR: base, Pages: issuer}, nil), nil
	}
	return brands.OpenFile(c.Brands, base, h.notes)
}

// How long the files of an export are kept, and what is known of a job that
// has ended.
const (
	keepFiles = 7 * 24 * time.Hour
	keepJobs  = 90 * 24 * time.Hour
)

// tidy clears away what is old, at the start and then once an hour.
func tidy(ctx context.Context, h *house, log *slog.Logger) {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for {
		_, err := h.queue.Forget(ctx, time.Now().Add(-keepJobs))
		if err = errors.Join(err, h.bulk.Sweep(keepFiles), h.apps.Sweep(ctx), h.copies.Sweep(ctx), h.links.Sweep(ctx), h.erasures.Resume(ctx), h.examples.Resume(ctx)); err != nil && ctx.Err() == nil {
			log.Warn("old files of exports, tokens or jobs were not cleared away", "cause", problem.LogText(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-hour.C:
		}
	}
}

// sweep clears away sign-ins and sessions that are over, once a minute.
func sweep(ctx context.Context, h *house, log *slog.Logger) {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		err := errors.Join(h.accounts.Sweep(ctx), h.proofs.Sweep(ctx), h.upstream.Sweep(ctx), h.mandates.Sweep(ctx), h.examples.Sweep(ctx))
		if err != nil && ctx.Err() == nil {
			log.Warn("sessions and proofs that are over were not cleared away", "cause", problem.LogText(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-minute.C:
		}
	}
}

// healthy asks the store whether it works, at most once a second: /readyz is
// open to everybody, and a write to the disk is not free.
func healthy(h *house) func(context.Context) error {
	var mu sync.Mutex
	var asked time.Time
	var last error
	return func(context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(asked) >= time.Second {
			// Not the asker's context: the answer is for the next one as well.
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			if last = h.here.Check(); last == nil {
				last = h.store.Health(ctx)
			}
			asked = now
		}
		return last
	}
}

func (c *serveCommand) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // kong let only good ones through
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// address is where the server is, for people to click on.
func (c *serveCommand) address(l net.Listener) string {
	scheme := "http://"
	if c.TLSCert != "" {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return scheme + l.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, port)
}

func (c *serveCommand) tokenHint() string {
	hint := "bevan token --role operator"
	if c.Data != "data" {
		hint += " --data " + quote(c.Data)
	}
	return hint
}

// quote makes a word safe to paste into a shell.
func quote(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:", r))
	}) {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
