package portal

import (
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
)

// state is one page as somebody may meet it.
type state struct {
	route string // the pattern of the route that shows it
	name  string
	page  answer
	held  []string // the secrets in the cookies of whoever looks
}

// noPage are routes that show nothing of their own, each with its reason.
var noPage = map[string]string{
	"GET /assets/{name}":                               "files",
	"POST /set-up/you/begin":                           "answers the script",
	"POST /sign-in/begin":                              "answers the script",
	"POST /account/new/begin":                          "answers the script",
	"POST /check/begin":                                "answers the script",
	"POST /account/passkeys/add/begin":                 "answers the script",
	"POST /join/you/begin":                             "answers the script",
	"POST /staff/leave":                                "goes on to another page",
	"POST /language":                                   "goes on to another page",
	"POST /sign-out":                                   "goes on to another page",
	"POST /authorize/{id}/deny":                        "goes on to the app",
	"POST /account/apps/end-all":                       "goes on to another page",
	"POST /account/sessions/end-others":                "goes on to another page",
	"POST /account/addresses/{id}/remove":              "goes on to another page",
	"POST /sign-in/with/{id}":                          "goes on to another website",
	"POST /account/proof/with/{id}":                    "goes on to another website",
	"POST /record/questions/{id}/close":                "goes on to another page",
	"GET /record/looked/receipt/file":                  "a file",
	"GET /record/results/{test}/values":                "for a script",
	"GET /family/record/results/{test}/values":         "for a script",
	"GET /staff/people/{person}/results/{test}/values": "for a script",
	"POST /family/copy":                                "goes on to another page",
	"POST /family/stop":                                "goes on to another page",
	"POST /set-up/examples":                            "goes on to another page",
	"POST /examples/remove":                            "goes on to another page",
	"POST /family/pause":                               "goes on to another page",
	"POST /family/offers/{id}/withdraw":                "goes on to another page",

	"POST /record/corrections/{id}/withdraw":  "goes on to another page",
	"POST /record/download":                   "goes on to another page",
	"GET /record/download/{id}":               "a file",
	"POST /record/erase/withdraw":             "goes on to another page",
	"POST /staff/corrections/{id}/seen":       "goes on to another page",
	"GET /operator/erasures/{id}/certificate": "a file",
	"GET /staff/recall/file":                  "a file",
	"POST /operator/coverage/reminders":       "goes on to another page",
	"POST /operator/coverage/renew":           "goes on to another page",
	"POST /account/reminders":                 "goes on to another page",

	"POST /staff/people/{person}/child/notes/read": "goes on to another page",

	"POST /staff/emergency/{id}/open/begin": "answers the script",
	"POST /staff/emergency/{id}/end":        "goes on to another page",

	"POST /staff/list/{person}/remove": "goes on to another page",
	"POST /operator/quality":           "goes on to another page",
	"POST /operator/access-log":        "goes on to another page",

	"POST /operator/sources/{id}/remove": "goes on to another page",

	"POST /record/links/{id}/stop": "goes on to another page",

	"POST /record/child/paper/check":              "goes on to another page",
	"POST /family/record/child/paper/check":       "goes on to another page",
	"GET /record/child/whole/file":                "a file",
	"GET /family/record/child/whole/file":         "a file",
	"GET /staff/people/{person}/child/whole/file": "a file",
	"GET /record/ips/file":                        "a file",
	"GET /family/record/ips/file":                 "a file",
	"GET /staff/people/{person}/ips/file":         "a file",
}

// album collects pages.
type album struct {
	t   *testing.T
	all []state
}

func (a *album) add(route, name string, page answer) {
	a.t.Helper()
	if l := page.Header().Get("Location"); l != "" || page.Body.Len() == 0 {
		a.t.Fatalf("%s, %s: goes to %q and shows nothing", route, name, l)
	}
	a.all = append(a.all, state{route, name, page, page.p.secrets()})
}

// made is the album once a test made it: all who look at it look at the same
// pages.
var made struct {
	sync.Mutex
	all []state
}

// states is every page in every state that can be reached.
func states(t *testing.T) []state {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if made.all == nil {
		made.all = everyState(t)
	}
	return made.all
}

func everyState(t *testing.T) []state {
	t.Helper()
	a := &album{t: t}
	s := open(t, dbtest.SQLite(t), origin)
	op := a.beforeSetUp(s)
	s.stranger()
	a.waysIn(s)
	a.aboutPasskeys(s)
	a.aboutCodes(s)
	a.aboutAddresses(s)
	a.aboutRecovery(s)
	a.aboutProof(s)
	a.aboutStaff(s, op)
	a.aboutOrganisations(s, op)
	a.aboutSources(s, op)
	a.aboutMessages(s, op)
	a.aboutClients(s, op)
	a.aboutAsking(s)
	a.aboutCarers(s)
	a.aboutResults(s) // before somebody is erased, whose record nobody can write again
	a.aboutApps(s)
	a.aboutDesk(s, op)
	a.aboutDevices(s)
	a.aboutLooks(s, op)
	a.aboutFamily(s, op)
	a.aboutOwnRecord(s, op)
	a.aboutClinic(s, op)
	a.aboutEmergencies(s, op)
	a.aboutUses(s)
	a.aboutSharing(s)
	a.aboutAToZ(s)
	a.aboutFolders(s)
	a.aboutHandover(s)
	a.aboutLinks(s)
	a.aboutForms(s)
	a.aboutGrowth(s)
	s.knowsItself(t)
	return a.all
}

func (a *album) beforeSetUp(s *site) *person {
	p := s.person()
	a.add("/", "set-up", p.get("/"))
	a.add("POST /set-up", "a wrong code", p.send("/set-up", "code", "AAAA AAAA"))
	code, _, err := s.cfg.Setup.Current()
	if err != nil {
		a.t.Fatal(err)
	}
	p.send("/set-up", "code", code).to("/set-up/you")
	a.add("GET /set-up/you", "asks", p.get("/set-up/you"))
	a.add("POST /set-up/you", "no name", p.send("/set-up/you", "name", ""))
	p.create("/set-up/you", "name", "Olu")
	a.add("GET /set-up/done", "done", p.get("/set-up/done"))
	a.aboutFirstRun(p)
	a.add("/set-up/", "too late", p.get("/set-up/you"))
	return p
}

func (a *album) waysIn(s *site) {
	p := s.person()
	a.add("GET /{$}", "signed out", p.get("/"))
	a.add("GET /sign-in", "asks", p.get("/sign-in?next=/account/sessions"))
	a.add("POST /sign-in", "no answer", p.send("/sign-in"))
	a.add("GET /sign-in/recovery", "asks", p.get("/sign-in/recovery"))
	a.add("POST /sign-in/recovery", "a wrong code", p.send("/sign-in/recovery", "code", "abc"))
	a.add("GET /sign-in/app", "asks", p.get("/sign-in/app"))
	a.add("POST /sign-in/app", "no address", p.send("/sign-in/app", "address", "x", "code", "1"))
	a.add("POST /sign-in/app", "a wrong code", p.send("/sign-in/app", "address", "x@example.org", "code", "1"))
	a.add("GET /signed-out", "signed out", p.get("/signed-out"))
	a.add("GET /account/new", "asks", p.get("/account/new"))
	a.add("POST /account/new", "no name", p.send("/account/new", "name", ""))
	a.add("/", "nothing there", p.get("/no-such-page"))
	q := s.join("Ann")
	a.add("GET /{$}", "signed in", q.get("/"))
	a.add("GET /check", "asks", q.get("/check"))
	a.add("POST /check", "no answer", q.send("/check"))
	a.add("GET /account", "nothing proven", q.get("/account"))
	q.must(s.cfg.Accounts.SetProof(a.t.Context(), q.account(), account.P5))
	a.add("GET /account", "P5", q.get("/account"))
	q.must(s.cfg.Accounts.SetProof(a.t.Context(), q.account(), account.P9))
	q.must(s.cfg.Accounts.SetRecord(a.t.Context(), q.account(), "Patient/1"))
	a.add("GET /account", "P9 and a record", q.get("/account"))
	a.add("GET /account/sessions", "this one only", q.get("/account/sessions"))
	q.elsewhere()
	a.add("GET /account/sessions", "two", q.get("/account/sessions"))
	a.add("POST /account/sessions/{id}/end", "ended already", q.send("/account/sessions/nothing/end"))
}

func (a *album) aboutPasskeys(s *site) {
	p := s.join("Ann")
	id := p.get("/account/passkeys").find(`/account/passkeys/([^/"]+)/remove`)
	a.add("GET /account/passkeys", "one", p.get("/account/passkeys"))
	a.add("GET /account/passkeys/add", "asks", p.get("/account/passkeys/add"))
	a.add("POST /account/passkeys/add", "no answer", p.send("/account/passkeys/add", "name", "x"))
	a.add("GET /account/passkeys/{id}/rename", "asks", p.get("/account/passkeys/"+id+"/rename"))
	a.add("GET /account/passkeys/{id}/rename", "not theirs", p.get("/account/passkeys/AAAA/rename"))
	a.add("POST /account/passkeys/{id}/rename", "no name", p.send("/account/passkeys/"+id+"/rename", "name", ""))
	a.add("GET /account/passkeys/{id}/remove", "asks", p.get("/account/passkeys/"+id+"/remove"))
	a.add("POST /account/passkeys/{id}/remove", "the last one", p.send("/account/passkeys/"+id+"/remove"))
	b := p.begin("/sign-in")
	o, err := virtualwebauthn.ParseAssertionOptions(string(b.Options))
	p.must(err)
	p.signIn()
	a.add("POST /sign-in", "a count that went back", p.send("/sign-in", "ceremony", b.ID, "answer", virtualwebauthn.CreateAssertionResponse(p.rp, p.auth, p.cred, *o)))
	p.newKey()
	p.auth.Options.BackupEligible, p.auth.Options.BackupState = true, true
	p.create("/account/passkeys/add", "name", "laptop").to("/account/passkeys")
	a.add("GET /account/passkeys", "news, a copied one and a synced one", p.get("/account/passkeys"))
}

func (a *album) aboutCodes(s *site) {
	p := s.join("Ann")
	a.add("GET /account/codes", "none", p.get("/account/codes"))
	a.add("GET /account/codes/new", "asks", p.get("/account/codes/new"))
	a.add("POST /account/codes/new", "shown", p.send("/account/codes/new"))
	a.add("GET /account/codes", "ten", p.get("/account/codes"))
	a.add("GET /account/app", "none", p.get("/account/app"))
	a.add("GET /account/app/new", "asks", p.get("/account/app/new"))
	shown := p.send("/account/app/new")
	a.add("POST /account/app/new", "shown", shown)
	id := shown.find(`name="ceremony" value="([^"]+)"`)
	a.add("POST /account/app/confirm", "a wrong code", p.send("/account/app/confirm", "ceremony", id, "code", "1"))
	p.send("/account/app/confirm", "ceremony", id, "code", totp(a.t, shown.find(`<code class="bevan-shown">([A-Z2-7]+)</code>`), s.clock.now())).to("/account/app")
	a.add("GET /account/app", "set", p.get("/account/app"))
	a.add("GET /account/app/remove", "asks", p.get("/account/app/remove"))
	p.send("/account/app/remove").to("/account/app")
	a.add("POST /account/app/remove", "nothing there", p.send("/account/app/remove"))
}

func (a *album) aboutAddresses(s *site) {
	p := s.join("Ann")
	a.add("GET /account/addresses", "none", p.get("/account/addresses"))
	a.add("GET /account/addresses/add", "asks", p.get("/account/addresses/add"))
	a.add("POST /account/addresses/add", "no address", p.send("/account/addresses/add", "address", "x"))
	at := p.send("/account/addresses/add", "address", "ann@example.org").Header().Get("Location")
	a.add("GET /account/addresses/{id}/confirm", "asks", p.get(at))
	a.add("POST /account/addresses/{id}/confirm", "a wrong code", p.send(at, "code", "1"))
	a.add("GET /account/addresses", "not confirmed", p.get("/account/addresses"))
	p.send(at, "code", s.mail()[0].Code).to("/account/addresses")
	p.send("/account/addresses/add", "address", "+44 7700 900123")
	a.add("GET /account/addresses", "news, one of each", p.get("/account/addresses"))
	a.add("GET /account/addresses/{id}/remove", "asks", p.get(p.get("/account/addresses").find(`"(/account/addresses/[^/"]+/remove)"`)))
	s.cfg.Sends = Media{Email: true}
	a.add("GET /account/addresses/add", "only e-mail goes out", p.get("/account/addresses/add"))
	a.add("POST /account/addresses/add", "only e-mail goes out", p.send("/account/addresses/add", "address", "+44 7700 900123"))
	s.cfg.Sends = Media{Phone: true}
	a.add("GET /account/addresses/add", "only telephones are told", p.get("/account/addresses/add"))
	a.add("POST /account/addresses/add", "only telephones are told", p.send("/account/addresses/add", "address", "ann@example.org"))
	s.cfg.Sends = Media{}
	a.add("GET /account/addresses", "no messages go out", p.get("/account/addresses"))
	s.cfg.Sends = Media{Email: true, Phone: true}
}

func (a *album) aboutRecovery(s *site) {
	p := s.join("Ann")
	codes := p.codes()
	a.add("GET /account/recovery", "none", p.get("/account/recovery"))
	a.add("POST /account/recovery", "none", p.send("/account/recovery"))
	q := s.person()
	q.send("/sign-in/recovery", "code", codes[0]).to("/account/passkeys/add")
	a.add("GET /account/passkeys/add", "after a recovery", q.get("/account/passkeys/add"))
	a.add("GET /account", "after a recovery", q.get("/account"))
	a.add("GET /check", "after a recovery", q.get("/check"))
	q.create("/account/passkeys/add", "name", "new").to("/account/passkeys")
	a.add("GET /account/passkeys", "one that waits", q.get("/account/passkeys"))
	a.add("POST /check", "a passkey that waits", q.use("/check"))
	q.send("/sign-out")
	q.signIn()
	a.add("GET /account", "with a passkey that waits", q.get("/account"))
	a.add("GET /account", "a recovery can be stopped", p.get("/account"))
	a.add("GET /account/recovery", "asks", p.get("/account/recovery"))
	s.clock.move(20 * time.Second)
	a.add("GET /account/sessions", "one by recovery", p.get("/account/sessions"))
}

// account is the id of the account that somebody is signed in to.
func (p *person) account() string {
	p.t.Helper()
	sess, err := p.s.cfg.Accounts.Session(p.t.Context(), p.cookies[p.s.cookieName(sessionCookie)].Value)
	p.must(err)
	return sess.Account
}

func (p *person) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// A new route has to be in the album, so that axe and every other rule for
// pages sees it.
func TestEveryRouteIsLookedAt(t *testing.T) {
	seen := map[string]bool{}
	for _, st := range states(t) {
		seen[st.route] = true
	}
	for _, r := range append(append([]route{}, setupRoutes...), routes...) {
		if !seen[r.pattern] && noPage[r.pattern] == "" {
			t.Errorf("%s is shown in no state. Add it to the album, or to the list of those that show nothing.", r.pattern)
		}
		if seen[r.pattern] && noPage[r.pattern] != "" {
			t.Errorf("%s is on the list of those that show nothing, and shows a page", r.pattern)
		}
	}
}
