package recall

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// plain is a schedule that anybody could reckon by hand.
type plain struct{ version string }

// jabs are its programmes: when each dose is due, in days of age. Every dose is
// late four weeks later.
var jabs = []struct {
	id    string
	due   []Day
	until Day // in days of age; 0 for no end
}{{"DTP", []Day{56, 84, 112}, 0}, {"rotavirus", []Day{56, 84}, 168}, {"MMR", []Day{365, 547}, 0}, {"PCV", []Day{112, 365}, 0}, {"MenB", []Day{56, 84, 365}, 730}}

func (p plain) Schedule() (s Schedule) {
	s = Schedule{Version: p.version, Codes: "urn:test|pox"}
	for _, j := range jabs {
		s.Names = append(s.Names, Name{j.id, strings.ToUpper(j.id)})
	}
	return s
}

func (plain) Forecast(c Child, on Day) (all []Programme, err error) {
	for _, j := range jabs {
		p, had := Programme{ID: j.id}, false
		for _, t := range c.Entries {
			n := t.Root()
			if n.Get("resourceType").Is("Condition") {
				had = true
			}
			day, ok := ParseDay(n.Get("occurrenceDateTime").Str())
			if !ok || n.Get("vaccineCode").Get("text").Str() != j.id || day < c.Born || day > on {
				continue
			}
			if n.Get("status").Is("not-done") {
				p.Refused = max(p.Refused, day)
			} else {
				p.Given = append(p.Given, day)
			}
		}
		slices.Sort(p.Given)
		if n := len(p.Given); n < len(j.due) && !(had && j.id == "MenB") { // who had the pox needs no MenB
			p.Dose, p.Earliest, p.Due, p.Overdue = n+1, c.Born+j.due[n]-7, c.Born+j.due[n], c.Born+j.due[n]+28
			if j.until > 0 {
				p.Until = c.Born + j.until
			}
		}
		all = append(all, p)
	}
	return all, nil
}

// site is the room with all that it stands on.
type site struct {
	*Recalls
	t        testing.TB
	d        *db.DB
	ring     *seal.Ring
	door     *record.Door
	box      *notify.Outbox
	mandates *mandate.Mandates
	queue    *jobs.Queue
	mu       sync.Mutex
	at       time.Time
	log      []audit.Entry
	got      []notify.Message
	owner    map[string]string
	broken   error // of the next look
	n        int
}

func (s *site) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

func (s *site) Append(_ context.Context, all ...audit.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, all...)
	return nil
}

func (s *site) Send(_ context.Context, m notify.Message) error {
	s.got = append(s.got, m)
	return nil
}

// mail is what was sent since the last call, as "address kind", in order.
func (s *site) mail() (all []string) {
	s.t.Helper()
	s.got = nil
	_, err := s.box.Deliver(s.t.Context(), s)
	s.ok(err)
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

// start is a Monday.
var start = time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)

func open(t testing.TB, d *db.DB) *site {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, d: d, ring: ring, at: start, owner: map[string]string{}}
	s.box, err = notify.Open(t.Context(), d, ring, s.now)
	s.ok(err)
	a, err := account.Open(t.Context(), d, ring, s.box, account.Config{RPID: "example.org", Name: "Example", Origins: []string{"https://id.example.org"}, Now: s.now})
	s.ok(err)
	s.door, err = record.New(t.Context(), record.Config{DB: d, Log: s, Ring: ring, Base: "https://id.example.org/fhir", Now: s.now})
	s.ok(err)
	owner := func(_ context.Context, patient string) (string, error) { return s.owner[patient], nil }
	s.mandates, err = mandate.Open(t.Context(), mandate.Config{DB: d, Ring: ring, Accounts: a, Zone: time.UTC, Now: s.now, Owner: owner,
		Session: func(ctx context.Context, by string, bound access.Rights) (*record.Session, error) {
			return s.working(ctx, "", bound)
		}})
	s.ok(err)
	s.queue, err = jobs.Open(t.Context(), d, jobs.Options{Now: s.now})
	s.ok(err)
	s.Recalls = s.node("v1", a)
	s.Handle(s.queue)
	t.Cleanup(func() { _ = s.queue.Close() })
	s.write(`{"resourceType":"Organization","id":"hill","name":"Hill Surgery","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"A81001"}]}`, `{"resourceType":"Organization","id":"dale","name":"Dale Surgery"}`)
	return s
}

// node is one more server, with a version of the schedule.
func (s *site) node(version string, a *account.Accounts) *Recalls {
	s.t.Helper()
	r, err := Open(s.t.Context(), Config{DB: s.d, Ring: s.ring, Forecast: plain{version}, Accounts: a, Zone: time.UTC, Now: s.now, Held: s.mandates.Held,
		Owner: func(_ context.Context, patient string) (string, error) { return s.owner[patient], nil },
		Follow: func(ctx context.Context, bound access.Rights) (Follower, error) {
			return s.working(ctx, "", bound)
		},
		Look: func(ctx context.Context, patient string, bound access.Rights) (Looker, error) {
			if err := s.broken; err != nil {
				s.broken = nil
				return nil, err
			}
			return s.working(ctx, patient, bound)
		},
	})
	s.ok(err)
	return r
}

func (s *site) working(ctx context.Context, patient string, bound access.Rights) (*record.Session, error) {
	who := access.Operator("console:test")
	who.Bound = bound
	return s.door.Open(ctx, access.Job("recall", who), record.About{Patient: patient}, access.Operations)
}

func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, open(t, d)) })
}

// write writes resources, as an operator.
func (s *site) write(all ...string) {
	s.t.Helper()
	w, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	s.ok(err)
	for _, text := range all {
		b, err := fhir.Parse([]byte(text), fhir.Limits{})
		s.ok(err)
		_, err = w.Transact(s.t.Context(), []record.Op{{Method: record.Put, Key: record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}, Body: b}})
		s.ok(err)
	}
}

func (s *site) remove(typ, id string) {
	s.t.Helper()
	w, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	s.ok(err)
	_, err = w.Transact(s.t.Context(), []record.Op{{Method: record.Delete, Key: record.Key{Type: typ, ID: id}}})
	s.ok(err)
}

// patient is the text of somebody who is registered with a practice.
func patient(id, born, practice string, more ...string) string {
	text := `{"resourceType":"Patient","id":"` + id + `","name":[{"text":"Name of ` + id + `"}],"birthDate":"` + born + `","generalPractitioner":[{"reference":"Organization/` + practice + `"}]`
	for _, m := range more {
		text += "," + m
	}
	return text + "}"
}

func jab(id, who, which, day, status string) string {
	return `{"resourceType":"Immunization","id":"` + id + `","status":"` + status + `","vaccineCode":{"text":"` + which + `"},"patient":{"reference":"Patient/` + who + `"},"occurrenceDateTime":"` + day + `"}`
}

// deny is a choice by which a practice sees none of the vaccinations.
func deny(id, who, practice, period string) string {
	if period != "" {
		period = `"period":` + period + `,`
	}
	return `{"resourceType":"Consent","id":"` + id + `","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
		`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/` + who + `"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],` +
		`"provision":{"type":"deny",` + period + `"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/` + practice + `"}}],` +
		`"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Immunization"}]}}`
}

// settle sweeps until nothing is left.
func (s *site) settle() {
	s.t.Helper()
	dbtest.Settled(s.t, s.DB)
	for more := true; more; {
		var err error
		more, err = s.Sweep(s.t.Context())
		s.ok(err)
	}
}

// listed is the whole of a list, as "patient programme dose".
func (s *site) listed(a Ask) (all []string) {
	s.t.Helper()
	for _, r := range s.rows(a) {
		all = append(all, fmt.Sprintf("%s %s %d", r.Patient, r.Programme.ID, r.Dose))
	}
	return all
}

func (s *site) rows(a Ask) (all []Row) {
	s.t.Helper()
	for first := true; first || a.After != ""; first = false {
		rows, next, err := s.List(s.t.Context(), a)
		s.ok(err)
		all, a.After = append(all, rows...), next
	}
	return all
}

// nurse is a member of staff of a practice, who opens one child's record.
func (s *site) nurse(practice, who string) (*record.Session, error) {
	return s.door.Open(s.t.Context(), access.Who{Actor: "account:nurse", Kind: access.Person, Role: access.RoleProfessional, Organisation: practice, User: "Practitioner/nurse", Hat: "clinician",
		Patient: who, Bound: access.AllTypes(access.AllVerbs)}, record.About{Patient: who}, access.Care)
}

// sees is what a nurse of a practice finds in a child's record.
func (s *site) sees(practice, who string) View {
	s.t.Helper()
	n, err := s.nurse(practice, who)
	if problem.Is(err, problem.Forbidden) {
		return View{Gone: true}
	}
	s.ok(err)
	queries, err := s.Queries(n.Registry())
	s.ok(err)
	var all []*fhir.Tree
	for _, q := range queries {
		q.Count = 1000
		page, err := n.Search(s.t.Context(), q, "")
		s.ok(err)
		for _, one := range page.Items {
			tree, err := fhir.Parse(bytes.Clone(one.Body), fhir.Limits{})
			s.ok(err)
			all = append(all, tree)
		}
	}
	v, err := s.View(all)
	s.ok(err)
	return v
}

var here = virtualwebauthn.RelyingParty{ID: "example.org", Name: "Example", Origin: "https://id.example.org"}

// join makes an account for somebody with a record, and an address.
func (s *site) join(id string) account.Session {
	s.t.Helper()
	ctx := s.t.Context()
	auth := virtualwebauthn.NewAuthenticator()
	cred := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	for len(cred.Key.AttestationData()) != 77 { // the tool leaves out leading zeros, which COSE does not allow
		cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	s.n++
	c, err := s.Accounts.BeginAccount(ctx, account.SourceOf(netip.AddrFrom4([4]byte{10, 0, 0, byte(s.n)})), id)
	s.ok(err)
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	s.ok(err)
	auth.Options.UserHandle = []byte(o.UserID)
	p, _, err := s.Accounts.FinishAccount(ctx, c.ID, []byte(virtualwebauthn.CreateAttestationResponse(here, auth, cred, *o)), "phone", "Firefox")
	s.ok(err)
	ch, err := s.Accounts.AddChannel(ctx, p, notify.Email, id+"@example.org")
	s.ok(err)
	s.mail()
	s.ok(s.Accounts.ConfirmChannel(ctx, p, ch.ID, s.got[0].Code))
	s.ok(s.Accounts.SetProof(ctx, p.Account, account.P9))
	s.ok(s.Accounts.SetRecord(ctx, p.Account, "Patient/"+id))
	s.owner[id] = p.Account
	s.mail()
	return p
}

// parent gives somebody the right of a parent.
func (s *site) parent(adult, child string) mandate.Mandate {
	s.t.Helper()
	m, err := s.mandates.GiveAsStaff(s.t.Context(), mandate.By{Actor: "account:clerk", Reference: "Practitioner/clerk", Organisation: "A81001"},
		mandate.Grant{Patient: child, Record: adult, Kind: mandate.KindParent, Name: adult, Basis: mandate.Parent, May: mandate.Look | mandate.Ask | mandate.Manage, Evidence: []string{"BRTH"}})
	s.ok(err)
	s.mail()
	return m
}
