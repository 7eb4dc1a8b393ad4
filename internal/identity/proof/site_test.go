package proof

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
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

// town is the records that there are.
type town struct {
	mu     sync.Mutex // of looks: several may come at once
	people []match.Candidate
	looks  []string // who looked
	short  bool     // there are more than could be looked at
}

func (w *town) looked(by string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks = append(w.looks, by)
}

func (w *town) Find(_ context.Context, by string, claimed match.Details) ([]match.Candidate, bool, error) {
	w.looked(by)
	var all []match.Candidate
	for _, c := range w.people {
		if claimed.NHSNumber != "" && c.NHSNumber == claimed.NHSNumber || c.Birth == claimed.Birth {
			all = append(all, c)
		}
	}
	return all, !w.short, nil
}

func (w *town) Patient(_ context.Context, by, id string) (match.Candidate, error) {
	w.looked(by)
	for _, c := range w.people {
		if c.Patient == id {
			return c, nil
		}
	}
	return match.Candidate{}, problem.New(problem.NotFound, "no such record")
}

// apps notes which permissions were ended.
type apps struct {
	ended []string
	fault error
}

func (a *apps) EndAbout(_ context.Context, account, patient string) error {
	if a.fault == nil {
		a.ended = append(a.ended, account+" "+patient)
	}
	return a.fault
}

// site is one room with all that it stands on.
type site struct {
	*Proofs
	t     testing.TB
	clock *hand
	town  *town
	apps  *apps
	box   *notify.Outbox
	got   []notify.Message
	db    *db.DB
	n     int
}

func (s *site) Send(_ context.Context, m notify.Message) error {
	s.got = append(s.got, m)
	return nil
}

// mail is the kinds of messages that were sent since the last call.
func (s *site) mail() []notify.Kind {
	s.t.Helper()
	s.got = nil
	_, err := s.box.Deliver(s.t.Context(), s)
	s.ok(err)
	var kinds []notify.Kind
	for _, m := range s.got {
		kinds = append(kinds, m.Kind)
	}
	slices.Sort(kinds) // those of one moment come in no order
	return kinds
}

func (s *site) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// folk are made-up people; Ann and Amy are twins, and the two Sams are one
// person twice.
func folk() []match.Candidate {
	of := func(id, number, given, family, birth, postcode string) match.Candidate {
		return match.Candidate{Patient: id, Details: match.Details{NHSNumber: number, Given: []string{given}, Family: []string{family}, Birth: birth, Postcode: []string{postcode}}}
	}
	return []match.Candidate{
		of("ann", "9990000018", "Ann", "Hill", "1980-03-31", "LS1 4AP"),
		of("amy", "9990000026", "Amy", "Hill", "1980-03-31", "LS1 4AP"),
		of("bob", "9990000034", "Bob", "Dale", "1950-01-02", "YO1 7HH"),
		of("sam", "", "Sam", "Twice", "1970-07-07", "HX1 1AA"),
		of("sam2", "", "Sam", "Twice", "1970-07-07", "HX1 1AA"),
	}
}

func open(t testing.TB, d *db.DB) *site {
	t.Helper()
	s := &site{t: t, clock: &hand{at: time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)}, town: &town{people: folk()}, apps: &apps{}, db: d}
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	s.ok(err)
	s.box, err = notify.Open(t.Context(), d, ring, s.clock.now)
	s.ok(err)
	a, err := account.Open(t.Context(), d, ring, s.box, account.Config{RPID: "example.org", Name: "Example", Origins: []string{"https://id.example.org"}, Now: s.clock.now})
	s.ok(err)
	s.Proofs, err = Open(t.Context(), Config{DB: d, Ring: ring, Accounts: a, Find: s.town, Grants: s.apps, Now: s.clock.now})
	s.ok(err)
	return s
}

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, open(t, d)) })
}

// somewhere is a source that was never seen before.
func (s *site) somewhere() account.Source {
	s.n++
	return account.SourceOf(netip.AddrFrom4([4]byte{10, byte(s.n >> 16), byte(s.n >> 8), byte(s.n)}))
}

// person is somebody with an account and a passkey.
type person struct {
	s    *site
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
	account.Session
}

var here = virtualwebauthn.RelyingParty{ID: "example.org", Name: "Example", Origin: "https://id.example.org"}

// join makes an account.
func (s *site) join(name string) *person {
	s.t.Helper()
	p := &person{s: s, auth: virtualwebauthn.NewAuthenticator()}
	for { // the tool writes coordinates without leading zeros, which COSE does not allow
		if p.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(p.cred.Key.AttestationData()) == 77 {
			break
		}
	}
	c, err := s.Accounts.BeginAccount(s.t.Context(), s.somewhere(), name)
	s.ok(err)
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	s.ok(err)
	p.auth.Options.UserHandle = []byte(o.UserID)
	answer := virtualwebauthn.CreateAttestationResponse(here, p.auth, p.cred, *o)
	p.Session, _, err = s.Accounts.FinishAccount(s.t.Context(), c.ID, []byte(answer), "phone", "Firefox")
	s.ok(err)
	return p
}

// fresh signs in again, so that the session sees the account as it is.
func (p *person) fresh() account.Session {
	p.s.t.Helper()
	c, err := p.s.Accounts.BeginSignIn(p.s.t.Context(), p.s.somewhere())
	p.s.ok(err)
	o, err := virtualwebauthn.ParseAssertionOptions(string(c.Options))
	p.s.ok(err)
	p.cred.Counter++
	answer := virtualwebauthn.CreateAssertionResponse(here, p.auth, p.cred, *o)
	p.Session, _, err = p.s.Accounts.FinishSignIn(p.s.t.Context(), c.ID, []byte(answer), "Firefox")
	p.s.ok(err)
	return p.Session
}

// claim types somebody's details.
func (p *person) claim(of string) (Result, error) {
	p.s.t.Helper()
	return p.s.Claim(p.s.t.Context(), p.Session, p.s.somewhere(), p.s.of(of))
}

func (s *site) of(id string) match.Details {
	i := slices.IndexFunc(s.town.people, func(c match.Candidate) bool { return c.Patient == id })
	return s.town.people[i].Details
}

// is says what is true of the account.
func (p *person) is(level account.Proof, record string) {
	p.s.t.Helper()
	a, err := p.s.Accounts.Get(p.s.t.Context(), p.Account)
	p.s.ok(err)
	if a.Proof != level || a.Record != record {
		p.s.t.Errorf("the account is P%d with record %q, want P%d with %q", a.Proof, a.Record, level, record)
	}
}

// recover comes in by a recovery code, and is then past the waiting time.
func (p *person) recover() {
	p.s.t.Helper()
	codes, err := p.s.Accounts.NewRecoveryCodes(p.s.t.Context(), p.fresh())
	p.s.ok(err)
	_, _, err = p.s.Accounts.Recover(p.s.t.Context(), p.s.somewhere(), codes[0], "Firefox")
	p.s.ok(err)
	p.s.clock.move(73 * time.Hour)
	p.fresh()
}

// told adds an address that messages go to.
func (p *person) told(address string) {
	p.s.t.Helper()
	p.s.mail()
	c, err := p.s.Accounts.AddChannel(p.s.t.Context(), p.Session, notify.Email, address)
	p.s.ok(err)
	p.s.mail()
	p.s.ok(p.s.Accounts.ConfirmChannel(p.s.t.Context(), p.Session, c.ID, p.s.got[0].Code))
	p.s.mail()
}

var (
	clerk = By{Account: "clerk", Role: "care-coordinator", Organisation: "RXH", Place: "place1"}
	admin = By{Account: "admin", Role: "administrator", Organisation: "RXH", Place: "place2"}
)

func passport() []Document {
	return []Document{{Kind: "passport-chip", Issuer: "HM Passport Office", Number: "123 456 789", Until: "31 3 2031"}}
}

// code is a linking code for a record.
func (s *site) code(patient string) string {
	s.t.Helper()
	docs := passport()
	if patient != "ann" {
		docs[0].Number = patient // each has their own
	}
	c, err := s.Issue(s.t.Context(), clerk, patient, docs, true)
	s.ok(err)
	return c.Code
}

// linked says that a claim was or was not linked, and went well.
func (s *site) linked(r Result, err error) func(want bool, level account.Proof) {
	return func(want bool, level account.Proof) {
		s.t.Helper()
		s.ok(err)
		if r.Linked != want || r.Level != level {
			s.t.Errorf("linked %v at P%d, want %v at P%d", r.Linked, r.Level, want, level)
		}
	}
}

func refused(t testing.TB, what string, err error, k problem.Kind) {
	t.Helper()
	if !problem.Is(err, k) {
		t.Errorf("%s: %v, want %s", what, err, k)
	}
}

// open questions, the oldest first.
func (s *site) questions() []Decision {
	s.t.Helper()
	all, err := s.Questions(s.t.Context(), admin)
	s.ok(err)
	return all
}

func (s *site) last(p *person) Decision {
	s.t.Helper()
	all, err := s.Decisions(s.t.Context(), admin, p.Account, "")
	s.ok(err)
	if len(all) == 0 {
		s.t.Fatal("no decision was kept")
	}
	return all[0]
}
