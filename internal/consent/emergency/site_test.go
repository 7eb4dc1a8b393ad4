package emergency

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
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

// owners is whose account a record is linked to.
type owners map[string]string

func (o owners) OwnerIn(_ *db.Tx, patient string) (string, error) { return o[patient], nil }

// site is the room with all that it stands on, and two hospitals.
type site struct {
	*Emergencies
	t     testing.TB
	db    *db.DB
	clock *hand
	ring  *seal.Ring
	own   owners
	box   *notify.Outbox
	got   []notify.Message
	door  *record.Door
	log   []audit.Entry
	org   map[string]staff.Organisation
	n     int
}

func (s *site) Send(_ context.Context, m notify.Message) error {
	s.got = append(s.got, m)
	return nil
}

func (s *site) Append(_ context.Context, all ...audit.Entry) error {
	s.log = append(s.log, all...)
	return nil
}

// mail is who was told of what since the last call.
func (s *site) mail() []string {
	s.t.Helper()
	s.got = nil
	_, err := s.box.Deliver(s.t.Context(), s)
	s.ok(err)
	var out []string
	for _, m := range s.got {
		out = append(out, m.Address+" "+m.Kind.String())
	}
	slices.Sort(out)
	return out
}

func (s *site) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) told(want ...string) {
	s.t.Helper()
	if got := s.mail(); !slices.Equal(got, want) {
		s.t.Errorf("told %q, want %q", got, want)
	}
}

func open(t testing.TB, d *db.DB) *site {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return node(t, d, ring, &hand{at: time.Date(2026, 5, 1, 14, 30, 0, 0, time.UTC)}) // a Friday
}

// node is one of several servers on a database.
func node(t testing.TB, d *db.DB, ring *seal.Ring, clock *hand) *site {
	t.Helper()
	s := &site{t: t, db: d, clock: clock, own: owners{}, ring: ring, org: map[string]staff.Organisation{}}
	var err error
	s.box, err = notify.Open(t.Context(), d, ring, s.clock.now)
	s.ok(err)
	accounts, err := account.Open(t.Context(), d, ring, s.box, account.Config{RPID: "example.org", Name: "Example", Origins: []string{"https://id.example.org"}, Now: s.clock.now})
	s.ok(err)
	works, err := staff.Open(t.Context(), d, s.clock.now)
	s.ok(err)
	s.door, err = record.New(t.Context(), record.Config{DB: d, Log: s, Ring: ring, Now: s.clock.now})
	s.ok(err)
	s.Emergencies, err = Open(t.Context(), Config{DB: d, Ring: ring, Accounts: accounts, Staff: works, Owners: s.own, Now: s.clock.now, Zone: time.UTC})
	s.ok(err)
	return s
}

// each runs a test on both databases, with two hospitals and two patients.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		for _, code := range []string{"RXH", "RXK"} {
			o, err := s.Staff.AddOrganisation(t.Context(), "console:test", code, "Hospital "+code, "")
			s.ok(err)
			s.org[code] = o
		}
		site, err := s.Staff.AddOrganisation(t.Context(), "console:test", "RXH01", "North Site", s.org["RXH"].ID)
		s.ok(err)
		s.org["RXH01"] = site
		s.put(`{"resourceType":"Patient","id":"ann"}`, `{"resourceType":"Patient","id":"bob"}`,
			`{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/ann"}}`, `{"resourceType":"AllergyIntolerance","id":"b","patient":{"reference":"Patient/bob"}}`)
		test(t, s)
	})
}

func (s *site) put(all ...string) {
	s.t.Helper()
	op, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	s.ok(err)
	for _, text := range all {
		b, err := fhir.Parse([]byte(text), fhir.Limits{})
		s.ok(err)
		_, err = op.Transact(s.t.Context(), []record.Op{{Method: record.Put, Key: record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}, Body: b}})
		s.ok(err)
	}
	s.log = nil
}

func (s *site) somewhere() account.Source {
	s.n++
	return account.SourceOf(netip.AddrFrom4([4]byte{10, byte(s.n >> 16), byte(s.n >> 8), byte(s.n)}))
}

// person is somebody with an account and a passkey.
type person struct {
	s      *site
	auth   virtualwebauthn.Authenticator
	cred   *virtualwebauthn.Credential // shared by all browsers of the person
	secret string
	place  string
	id     string // of the account
}

var here = virtualwebauthn.RelyingParty{ID: "example.org", Name: "Example", Origin: "https://id.example.org"}

// join makes an account of which is proven who its owner is, with an address.
func (s *site) join(name string) *person {
	s.t.Helper()
	p := &person{s: s, auth: virtualwebauthn.NewAuthenticator()}
	for { // the tool writes coordinates without leading zeros, which COSE does not allow
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == 77 {
			p.cred = &c
			break
		}
	}
	c, err := s.Accounts.BeginAccount(s.t.Context(), s.somewhere(), name)
	s.ok(err)
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	s.ok(err)
	p.auth.Options.UserHandle = []byte(o.UserID)
	session, secret, err := s.Accounts.FinishAccount(s.t.Context(), c.ID, []byte(virtualwebauthn.CreateAttestationResponse(here, p.auth, *p.cred, *o)), "phone", "Firefox")
	s.ok(err)
	p.secret, p.id = secret, session.Account
	s.ok(s.Accounts.SetProof(s.t.Context(), p.id, account.P9))
	ch, err := s.Accounts.AddChannel(s.t.Context(), session, notify.Email, name+"@example.org")
	s.ok(err)
	s.mail()
	s.ok(s.Accounts.ConfirmChannel(s.t.Context(), session, ch.ID, s.got[len(s.got)-1].Code))
	s.mail()
	return p
}

// hire makes an account of somebody who works at an organisation, and acts
// there.
func (s *site) hire(name, org string, role staff.Role) *person {
	s.t.Helper()
	p := s.join(name)
	m, err := s.Staff.AddMember(s.t.Context(), staff.Member{Account: p.id, Name: "Dr " + name, Organisation: s.org[org].ID, Role: role}, "console:test")
	s.ok(err)
	p.place = m.ID
	session, err := s.Accounts.Session(s.t.Context(), p.secret)
	s.ok(err)
	s.ok(s.Accounts.ActIn(s.t.Context(), session, m.ID))
	return p
}

// by is who they are now.
func (p *person) by() By {
	p.s.t.Helper()
	session, err := p.s.Accounts.Session(p.s.t.Context(), p.secret)
	p.s.ok(err)
	b := By{Session: session}
	if session.Acting != "" {
		b.Acting, err = p.s.Staff.ActingIn(p.s.t.Context(), session.Acting, session.Account)
		p.s.ok(err)
	}
	return b
}

func (p *person) assertion(c account.Ceremony) []byte {
	p.s.t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(c.Options))
	p.s.ok(err)
	p.cred.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(here, p.auth, *p.cred, *o))
}

// touch uses the passkey once more in the same sign-in.
func (p *person) touch() By {
	p.s.t.Helper()
	b := p.by()
	c, err := p.s.Accounts.BeginStepUp(p.s.t.Context(), b.Session)
	p.s.ok(err)
	_, p.secret, err = p.s.Accounts.FinishStepUp(p.s.t.Context(), b.Session, c.ID, p.assertion(c))
	p.s.ok(err)
	return p.by()
}

// elsewhere is the same person in another browser, at work in the same place.
func (p *person) elsewhere() *person {
	p.s.t.Helper()
	q := *p
	c, err := p.s.Accounts.BeginSignIn(p.s.t.Context(), p.s.somewhere())
	p.s.ok(err)
	_, secret, err := p.s.Accounts.FinishSignIn(p.s.t.Context(), c.ID, q.assertion(c), "Firefox")
	p.s.ok(err)
	q.secret = secret
	session, err := p.s.Accounts.Session(p.s.t.Context(), secret) // which knows whether the passkey is one for staff
	p.s.ok(err)
	p.s.ok(p.s.Accounts.ActIn(p.s.t.Context(), session, p.place))
	return &q
}

const reason = "Brought in without consciousness, no time to ask."

// declare declares an emergency about somebody.
func (p *person) declare(patient, reviewer string) string {
	p.s.t.Helper()
	id, err := p.s.Declare(p.s.t.Context(), p.by(), Wanted{Patient: patient, Details: Details{Reason: reason, Name: "Ann Hill", NHSNumber: "9990000018"}, Reviewer: reviewer})
	p.s.ok(err)
	return id
}

// opens declares one and begins it.
func (p *person) opens(patient, reviewer string) Emergency {
	p.s.t.Helper()
	id := p.declare(patient, reviewer)
	m, err := p.s.Begin(p.s.t.Context(), p.touch(), id)
	p.s.ok(err)
	return m
}

// sees opens the record by an emergency and reads an allergy.
func (s *site) sees(m Emergency, about, allergy string) error {
	s.t.Helper()
	session, err := s.door.Open(s.t.Context(), m.Who(), record.About{Patient: about}, access.Emergency)
	if err != nil {
		return err
	}
	_, err = session.Read(s.t.Context(), record.Key{Type: "AllergyIntolerance", ID: allergy}, 0)
	return err
}

func refused(t testing.TB, what string, err error, k problem.Kind, because string) {
	t.Helper()
	if !problem.Is(err, k) || problem.ReasonOf(err) != because {
		t.Errorf("%s: %v (%s), want %s because of %q", what, err, problem.ReasonOf(err), k, because)
	}
}
