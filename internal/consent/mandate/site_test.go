package mandate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
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

func (h *hand) set(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = at
}

// site is the room with all that it stands on, in a made-up town.
type site struct {
	*Mandates
	t     testing.TB
	clock *hand
	door  *record.Door
	box   *notify.Outbox
	mu    sync.Mutex
	log   []audit.Entry
	away  bool // the access log takes nothing
	got   []notify.Message
	owner map[string]string // of records
	n     int
	folk  map[string]*person
}

func (s *site) Append(_ context.Context, all ...audit.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return problem.New(problem.Unavailable, "")
	}
	s.log = append(s.log, all...)
	return nil
}

func (s *site) Send(_ context.Context, m notify.Message) error {
	s.got = append(s.got, m)
	return nil
}

// mail is what was sent since the last call, as "address kind", in order.
func (s *site) mail() []string {
	s.t.Helper()
	s.got = nil
	_, err := s.box.Deliver(s.t.Context(), s)
	s.ok(err)
	var all []string
	for _, m := range s.got {
		all = append(all, m.Address+" "+m.Kind.String())
	}
	slices.Sort(all)
	return all
}

func (s *site) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// fails says that something was refused for a reason.
func (s *site) fails(err error, reason string) {
	s.t.Helper()
	if problem.ReasonOf(err) != reason {
		s.t.Errorf("the error is %v (%s), want %s", err, problem.ReasonOf(err), reason)
	}
}

// london is where the town lies: with a summer time.
func london(t testing.TB) *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip("skipped: this machine knows no time zones")
	}
	return zone
}

// start lies in a year whose moments need more than 32 bits.
var start = time.Date(2100, 5, 3, 13, 30, 0, 0, time.UTC)

func open(t testing.TB, d *db.DB) *site {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return node(t, d, ring, &hand{at: start})
}

// node is one of several servers of a town.
func node(t testing.TB, d *db.DB, ring *seal.Ring, clock *hand) *site {
	t.Helper()
	s := &site{t: t, clock: clock, owner: map[string]string{}, folk: map[string]*person{}}
	var err error
	s.box, err = notify.Open(t.Context(), d, ring, clock.now)
	s.ok(err)
	a, err := account.Open(t.Context(), d, ring, s.box, account.Config{RPID: "example.org", Name: "Example", Origins: []string{"https://id.example.org"}, Now: clock.now})
	s.ok(err)
	s.door, err = record.New(t.Context(), record.Config{DB: d, Log: s, Ring: ring, Base: "https://id.example.org/fhir", Now: clock.now})
	s.ok(err)
	s.Mandates, err = Open(t.Context(), Config{DB: d, Ring: ring, Session: s.working, Accounts: a, Zone: london(t), Now: clock.now,
		Owner: func(_ context.Context, patient string) (string, error) { return s.owner[patient], nil }})
	s.ok(err)
	return s
}

// working opens the record for the room's own work.
func (s *site) working(ctx context.Context, by string, bound access.Rights) (*record.Session, error) {
	who := access.Operator(by)
	who.Bound = bound
	return s.door.Open(ctx, access.Job("mandate", who), record.About{}, access.Operations)
}

func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, open(t, d)) })
}

// person is somebody with an account, a passkey and an address.
type person struct {
	s    *site
	name string
	id   string // of their record
	account.Session
}

var here = virtualwebauthn.RelyingParty{ID: "example.org", Name: "Example", Origin: "https://id.example.org"}

// join makes an account for somebody, proven to P9, with a record of an adult.
func (s *site) join(name string) *person {
	s.t.Helper()
	s.patient(name, "2060-06-15")
	return s.account(name)
}

// account makes the account of somebody who has a record.
func (s *site) account(name string) *person {
	s.t.Helper()
	ctx := s.t.Context()
	auth := virtualwebauthn.NewAuthenticator()
	cred := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	for len(cred.Key.AttestationData()) != 77 { // the tool leaves out leading zeros, which COSE does not allow
		cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	s.n++
	c, err := s.Accounts.BeginAccount(ctx, account.SourceOf(netip.AddrFrom4([4]byte{10, 0, 0, byte(s.n)})), name)
	s.ok(err)
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	s.ok(err)
	auth.Options.UserHandle = []byte(o.UserID)
	p := &person{s: s, name: name, id: low(name)}
	p.Session, _, err = s.Accounts.FinishAccount(ctx, c.ID, []byte(virtualwebauthn.CreateAttestationResponse(here, auth, cred, *o)), "phone", "Firefox")
	s.ok(err)
	ch, err := s.Accounts.AddChannel(ctx, p.Session, notify.Email, p.id+"@example.org")
	s.ok(err)
	s.mail()
	s.ok(s.Accounts.ConfirmChannel(ctx, p.Session, ch.ID, s.got[0].Code))
	s.ok(s.Accounts.SetProof(ctx, p.Account, account.P9))
	s.ok(s.Accounts.SetRecord(ctx, p.Account, "Patient/"+p.id))
	s.owner[p.id] = p.Account
	p.Proof, p.Record = account.P9, "Patient/"+p.id
	s.mail()
	s.folk[name] = p
	return p
}

// fresh is the person's sign-in as if they had used their passkey just now.
func (p *person) fresh() account.Session {
	p.Verified = p.s.clock.now()
	return p.Session
}

func low(name string) string {
	b := []byte(name)
	for i := range b {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// numbers are NHS numbers of the test range, by record.
func nhsNumber(n int) string {
	for ; ; n++ {
		nine := fmt.Sprintf("999%06d", n)
		if check, ok := fhir.NHSCheckDigit(nine); ok {
			return nine + string(check)
		}
	}
}

func (s *site) numberOf(id string) string {
	n := 0
	for _, c := range id {
		n = (n*31 + int(c)) % 90000
	}
	return nhsNumber(n * 10)
}

// patient writes a record with one thing of some kinds in it.
func (s *site) patient(name, born string, more ...string) {
	s.t.Helper()
	id := low(name)
	of := `"subject":{"reference":"Patient/` + id + `"}`
	s.write(s.patientText(name, born, more...),
		`{"resourceType":"Observation","id":"`+id+`-result","status":"final","code":{"text":"x"},`+of+`}`,
		`{"resourceType":"Condition","id":"`+id+`-problem","code":{"text":"x"},`+of+`}`,
		`{"resourceType":"Immunization","id":"`+id+`-vaccine","status":"completed","vaccineCode":{"text":"x"},"patient":{"reference":"Patient/`+id+`"},"occurrenceDateTime":"2095-01-01"}`,
		`{"resourceType":"Flag","id":"`+id+`-flag","status":"active","code":{"text":"x"},`+of+`}`)
}

func (s *site) patientText(name, born string, more ...string) string {
	id := low(name)
	text := `{"resourceType":"Patient","id":"` + id + `","name":[{"text":"` + name + `"}],"identifier":[{"system":"` + fhir.NHSNumberSystem + `","value":"` + s.numberOf(id) + `"}]`
	if born != "" {
		text += `,"birthDate":"` + born + `"`
	}
	for _, m := range more {
		text += "," + m
	}
	return text + "}"
}

// write writes resources, as an operator.
func (s *site) write(all ...string) {
	s.t.Helper()
	d, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	s.ok(err)
	for _, text := range all {
		b, err := fhir.Parse([]byte(text), fhir.Limits{})
		s.ok(err)
		k := record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}
		_, err = d.Transact(s.t.Context(), []record.Op{{Method: record.Put, Key: k, Body: b}})
		s.ok(err)
	}
}

// stored reads a resource, as an operator.
func (s *site) stored(typ, id string) fhir.Node {
	s.t.Helper()
	d, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	s.ok(err)
	r, err := d.Read(s.t.Context(), record.Key{Type: typ, ID: id}, 0)
	s.ok(err)
	b, err := fhir.Parse(r.Body, fhir.Limits{})
	s.ok(err)
	return b.Root()
}

var practice = By{Actor: "account:clerk", Reference: "Practitioner/clerk", Organisation: "A81001"}

// parent is a mandate of a parent, given by the practice.
func (s *site) parent(p *person, child string) (Mandate, error) {
	return s.GiveAsStaff(s.t.Context(), practice, Grant{Patient: low(child), Record: p.id, Kind: KindParent, Name: p.name, Basis: Parent, May: Look | Ask | Manage, Evidence: []string{"BRTH"}})
}

// opens opens the record of whom the person acts for, as the pages do. What is
// not theirs is NotFound, as Acting says it.
func (p *person) opens(patient string) (*record.Session, error) {
	r, ok, err := p.s.Acting(p.s.t.Context(), p.Session)
	if err != nil {
		return nil, err
	}
	if !ok || r.Patient != patient {
		return nil, noMandate()
	}
	return p.s.door.Open(p.s.t.Context(), r.Who("account:"+p.Account, access.AllTypes(access.AllVerbs)), record.About{Patient: patient}, access.Proxy)
}

// acts makes the person act for somebody, by the list that they are shown.
func (p *person) acts(patient string) error {
	all, err := p.s.Rights(p.s.t.Context(), p.Session)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Patient == patient {
			_, err := p.s.Act(p.s.t.Context(), p.Session, r.Mandate)
			return err
		}
	}
	return noMandate()
}

// sees says whether the person finds a thing of whom they act for, by reading
// it and by searching and counting, which have to agree.
func (p *person) sees(patient, typ, id string) (bool, error) {
	d, err := p.opens(patient)
	if err != nil {
		return false, err
	}
	_, err = d.Read(p.s.t.Context(), record.Key{Type: typ, ID: id}, 0)
	read := err == nil
	if err != nil && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Forbidden) {
		return false, err
	}
	q, err := search.Parse(d.Registry(), []string{typ}, nil, []search.Pair{{Name: "_total", Value: "accurate"}}, search.Options{Strict: true})
	if err != nil {
		return false, err
	}
	page, err := d.Search(p.s.t.Context(), q, "")
	if problem.Is(err, problem.Forbidden) {
		if read {
			return false, errors.New("it is read, and not found")
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	found := slices.ContainsFunc(page.Items, func(r record.Resource) bool { return r.ID == id })
	if found != read || page.Total == nil || *page.Total != len(page.Items) {
		return false, fmt.Errorf("it is read %v, found %v, with %d of %v counted", read, found, len(page.Items), page.Total)
	}
	return found, nil
}
