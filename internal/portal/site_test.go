package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/child/event"
	"github.com/bevanhealth/bevan/internal/consent/display"
	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/consent/enquiry"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/consent/optout"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange/healthlink"
	"github.com/bevanhealth/bevan/internal/exchange/sources"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/names"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/identity/worklist"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/seal"
	"github.com/bevanhealth/bevan/internal/web"
)

// hand is a clock that is moved by hand.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// site is the pages on a database of their own, behind the server's plant, with
// a letter box that takes the messages and a log that is kept.
type site struct {
	*Portal
	t     testing.TB
	clock *hand
	db    *db.DB
	box   *notify.Outbox
	got   []notify.Message
	log   bytes.Buffer
	plant http.Handler
	*testRecord
	town  *town
	queue *jobs.Queue

	operator *person // who set it up
	reads    string  // the languages that browsers ask for; "" for none
	// people are the records that were written, by their ids, and surgeries the
	// organisations where staff work who may look at them.
	people    map[string]string
	surgeries []string
}

func (s *site) Send(_ context.Context, m notify.Message) error {
	s.got = append(s.got, m)
	return nil
}

// mail is what was sent since the last call.
func (s *site) mail() []notify.Message {
	s.t.Helper()
	s.got = nil
	if _, err := s.box.Deliver(s.t.Context(), s); err != nil {
		s.t.Fatal(err)
	}
	return s.got
}

const origin = "https://id.example.org"

// open makes a site that nobody has set up yet.
func open(t testing.TB, d *db.DB, at string) *site {
	t.Helper()
	dir := t.TempDir()
	ring, err := seal.Create(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return node(t, d, at, dir, ring, &hand{at: time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)})
}

// node is one of several servers of a site.
func node(t testing.TB, d *db.DB, at, dir string, ring *seal.Ring, clock *hand) *site {
	t.Helper()
	var err error
	s := &site{t: t, db: d, clock: clock, people: map[string]string{}}
	if s.box, err = notify.Open(t.Context(), d, ring, s.clock.now); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	a, err := account.Open(t.Context(), d, ring, s.box, account.Config{RPID: u.Hostname(), Name: "Bevan", Origins: []string{at}, Staff: account.DeviceBound, Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	works, err := staff.Open(t.Context(), d, s.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	proofs, providers := s.proving(a, ring, at)
	log := slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	apps, err := client.Open(t.Context(), d, ring, s.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	s.testRecord = newRecord(t, d, ring, s.clock.now)
	rights, err := mandate.Open(t.Context(), mandate.Config{DB: d, Ring: ring, Session: s.working, Accounts: a, Owner: s.ownerOf, Zone: time.UTC, Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	emergencies, err := emergency.Open(t.Context(), emergency.Config{DB: d, Ring: ring, Accounts: a, Staff: works, Owners: proofs, Now: s.clock.now, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := enquiry.Open(t.Context(), enquiry.Config{DB: d, Accounts: a, Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := display.Open(t.Context(), display.Config{DB: d, Accounts: a, Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	own := s.openRights(d, ring, a, apps, rights)
	work, err := worklist.Open(t.Context(), worklist.Config{DB: d, Accounts: a, Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	links, err := healthlink.Open(t.Context(), healthlink.Config{DB: d, Accounts: a, Log: s.kept, Origin: at, Now: s.clock.now, Still: s.stillTheirs(a)})
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := sources.Open(t.Context(), d, s.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	inbox, err := event.Open(t.Context(), event.Config{DB: d, Ring: ring, Now: s.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	recalls := s.recalls(d, ring, a, rights)
	s.Portal, err = New(Config{
		Links: links, Sources: feeds, Messages: inbox, MessageSession: s.takesMessages,
		Recalls: recalls, Talks: s.talks(recalls, works.AccountOf),
		Lists: work, Jobs: s.queue, LogState: func(ctx context.Context) (audit.State, error) { return s.kept.State(ctx, nil) },
		Mandates:    rights,
		Emergencies: emergencies, OptOuts: optout.New(optout.Config{DB: d, Ring: ring, Accounts: a, Open: s.keeps, Now: s.clock.now}),
		Names: names.New(a, works, apps), Enquiries: asked, Displays: shown,
		Copies: own.Copies, Corrections: own.Corrections, Erasures: own.Erasures, Examples: own.Examples,
		LogKey: s.kept.Key, Origin: at, FHIR: "/fhir", Base: at + "/fhir", Clients: apps, Open: s.open, Accounts: a, Setup: account.NewSetupCode(filepath.Join(dir, "setup-code.txt"), ring, s.clock.now), Staff: works, Proofs: proofs, Upstream: providers,
		Sends: Media{Email: true, Phone: true}, Zone: time.UTC, Now: s.clock.now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	s.counts()
	server, err := web.New(web.Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	server.Mount(healthlink.Path, links.Handle, links.WriteError)
	server.Mount("/", s.Handle, s.WriteError)
	s.plant = server.Handler()
	return s
}

// each runs a test on both databases, on a site that is set up.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d, origin)
		s.setUp()
		test(t, s)
	})
}

// setUp makes the first operator, so that pages are shown.
func (s *site) setUp() *person {
	s.t.Helper()
	p := s.person()
	code, _, err := s.cfg.Setup.Current()
	if err != nil {
		s.t.Fatal(err)
	}
	p.send("/set-up", "code", code).to("/set-up/you")
	p.create("/set-up/you", "name", "Olu Operator").to("/account/codes/new?next=%2Fset-up%2Fdone")
	s.operator = p
	return p
}

// person is somebody with a browser and a device that holds passkeys.
type person struct {
	t       testing.TB
	s       *site
	cookies map[string]*http.Cookie
	rp      virtualwebauthn.RelyingParty
	auth    virtualwebauthn.Authenticator
	cred    virtualwebauthn.Credential
	from    string
}

func (s *site) person() *person {
	p := &person{t: s.t, s: s, cookies: map[string]*http.Cookie{}, from: "192.0.2.1:1234",
		rp: virtualwebauthn.RelyingParty{ID: s.site.Hostname(), Name: "Bevan", Origin: s.cfg.Origin}, auth: virtualwebauthn.NewAuthenticator()}
	p.newKey()
	return p
}

// newKey makes a key. The tool writes coordinates without leading zeros, which
// COSE does not allow, so such a key is thrown away.
func (p *person) newKey() {
	for {
		if p.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(p.cred.Key.AttestationData()) == 77 {
			return
		}
	}
}

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	p *person
}

func (p *person) do(r *http.Request) answer {
	p.t.Helper()
	r.RemoteAddr = p.from
	if p.s.reads != "" {
		r.Header.Set("Accept-Language", p.s.reads)
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	for _, c := range p.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	p.s.plant.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(p.cookies, c.Name)
		} else {
			p.cookies[c.Name] = c
		}
	}
	return answer{w, p}
}

// inEnglish is a page in English, whatever browsers ask for: links are found by
// their words.
func (p *person) inEnglish(path string) answer {
	p.t.Helper()
	reads := p.s.reads
	defer func() { p.s.reads = reads }()
	p.s.reads = ""
	return p.get(path)
}

func (p *person) get(path string) answer {
	p.t.Helper()
	return p.do(httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, p.s.cfg.Origin+path, nil))
}

// send sends a form; fields are names and values in turn.
func (p *person) send(path string, fields ...string) answer {
	p.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return p.post(path, form)
}

// post sends a form from our own pages.
func (p *person) post(path string, form url.Values) answer {
	p.t.Helper()
	return p.postFrom(path, form, "same-origin", p.s.cfg.Origin)
}

// postFrom sends a form from a page of an origin.
func (p *person) postFrom(path string, form url.Values, site, from string) answer {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), http.MethodPost, p.s.cfg.Origin+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", from)
	if site != "" {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	return p.do(r)
}

// begun is what the script gets.
type begun struct {
	ID      string
	Options json.RawMessage
}

func (p *person) begin(path string, fields ...string) begun {
	p.t.Helper()
	a := p.send(path+"/begin", fields...)
	var b begun
	if err := json.Unmarshal(a.Body.Bytes(), &b); err != nil || a.Code != http.StatusOK {
		p.t.Fatalf("%s begins with %d: %s", path, a.Code, a.Body)
	}
	return b
}

// create does what the script does on a page that makes a passkey.
func (p *person) create(path string, fields ...string) answer {
	p.t.Helper()
	b := p.begin(path, fields...)
	o, err := virtualwebauthn.ParseAttestationOptions(string(b.Options))
	if err != nil {
		p.t.Fatal(err)
	}
	if p.auth.Options.UserHandle == nil {
		p.auth.Options.UserHandle = []byte(o.UserID)
	}
	return p.send(path, append(fields, "ceremony", b.ID, "answer", virtualwebauthn.CreateAttestationResponse(p.rp, p.auth, p.cred, *o))...)
}

// use does what the script does on a page that asks for a passkey.
func (p *person) use(path string, fields ...string) answer {
	p.t.Helper()
	b := p.begin(path, fields...)
	o, err := virtualwebauthn.ParseAssertionOptions(string(b.Options))
	if err != nil {
		p.t.Fatal(err)
	}
	p.cred.Counter++
	return p.send(path, append(fields, "ceremony", b.ID, "answer", virtualwebauthn.CreateAssertionResponse(p.rp, p.auth, p.cred, *o))...)
}

// join makes an account for somebody new.
func (s *site) join(name string) *person {
	s.t.Helper()
	p := s.person()
	p.create("/account/new", "name", name).to("/account/codes/new")
	return p
}

// signIn signs in with the person's passkey.
func (p *person) signIn() {
	p.t.Helper()
	p.use("/sign-in").to("/account")
}

// elsewhere is the same person and passkey in another browser, signed in.
func (p *person) elsewhere() *person {
	p.t.Helper()
	q := *p
	q.cookies = map[string]*http.Cookie{}
	q.signIn()
	p.cred = q.cred // the count went on
	return &q
}

// codes makes recovery codes and gives them.
func (p *person) codes() []string {
	p.t.Helper()
	a := p.send("/account/codes/new")
	var all []string
	for _, m := range regexp.MustCompile(`<code class="bevan-shown">([^<]+)</code>`).FindAllStringSubmatch(a.Body.String(), -1) {
		all = append(all, m[1])
	}
	if a.Code != http.StatusOK || len(all) != 10 {
		p.t.Fatalf("%d codes with %d: %s", len(all), a.Code, a.Body)
	}
	return all
}

// to says that the answer sends the browser to a page.
func (a answer) to(path string) {
	a.p.t.Helper()
	if a.Code != http.StatusSeeOther || a.Header().Get("Location") != path {
		a.p.t.Fatalf("%d to %q, want %q: %s", a.Code, a.Header().Get("Location"), path, a.text())
	}
}

// shows says that the answer is a page with these texts.
func (a answer) shows(status int, texts ...string) {
	a.p.t.Helper()
	if a.Code != status {
		a.p.t.Errorf("status %d, want %d: %s", a.Code, status, a.text())
	}
	for _, want := range texts {
		if !strings.Contains(a.text(), want) {
			a.p.t.Errorf("the page does not say %q: %s", want, a.text())
		}
	}
}

// hides says that the page has none of these texts.
func (a answer) hides(texts ...string) {
	a.p.t.Helper()
	for _, bad := range texts {
		if strings.Contains(a.text(), bad) {
			a.p.t.Errorf("the page says %q: %s", bad, a.text())
		}
	}
}

var tags = regexp.MustCompile(`(?s)<noscript>.*?</noscript>|<[^>]*>`)

// text is what somebody reads.
func (a answer) text() string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(a.Body.String(), " "))), " ")
}

// find gives what a group finds in the page's source.
func (a answer) find(pattern string) string {
	a.p.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(a.Body.String())
	if m == nil {
		a.p.t.Fatalf("nothing like %s in %s", pattern, a.Body)
	}
	return html.UnescapeString(m[1])
}
