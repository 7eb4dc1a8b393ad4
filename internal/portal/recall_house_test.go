package portal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// twoJabs is a schedule that anybody can reckon by hand: the pages are shown with
// it, so that what they say does not hang on the schedule of a year.
type twoJabs struct{}

func (twoJabs) Schedule() recall.Schedule {
	return recall.Schedule{Version: "test-1", Names: []recall.Name{{ID: "6in1", Text: "6-in-1"}, {ID: "mmr", Text: "MMR"}}, Codes: "urn:test|pox"}
}

// Forecast has 6-in-1 due at 8 and 12 weeks, and MMR at a year; each is late four
// weeks later.
func (twoJabs) Forecast(c recall.Child, on recall.Day) (all []recall.Programme, err error) {
	for id, due := range map[string][]recall.Day{"6in1": {56, 84}, "mmr": {365}} {
		p := recall.Programme{ID: id}
		for _, t := range c.Entries {
			n := t.Root()
			if day, ok := recall.ParseDay(n.Get("occurrenceDateTime").Str()); ok && n.Get("vaccineCode").Get("text").Is(id) && n.Get("status").Is("completed") {
				p.Given = append(p.Given, day)
			}
		}
		if n := len(p.Given); n < len(due) {
			p.Dose, p.Due, p.Overdue = n+1, c.Born+due[n], c.Born+due[n]+28
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b recall.Programme) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// recalls is the room of recalls of a site.
func (s *site) recalls(d *db.DB, ring *seal.Ring, a *account.Accounts, rights *mandate.Mandates) *recall.Recalls {
	s.t.Helper()
	work := func(ctx context.Context, patient string, bound access.Rights) (*record.Session, error) {
		who := access.Operator("console:test")
		who.Bound = bound
		return s.door.Open(ctx, access.Job("recall", who), record.About{Patient: patient}, access.Operations)
	}
	r, err := recall.Open(s.t.Context(), recall.Config{DB: d, Ring: ring, Forecast: twoJabs{}, Accounts: a, Owner: s.ownerOf, Held: rights.Held, Zone: time.UTC, Now: s.clock.now,
		Follow: func(ctx context.Context, bound access.Rights) (recall.Follower, error) { return work(ctx, "", bound) },
		Look: func(ctx context.Context, patient string, bound access.Rights) (recall.Looker, error) {
			return work(ctx, patient, bound)
		}})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// reckoned sees to it that the lists are as the records are.
func (s *site) reckoned() {
	s.t.Helper()
	dbtest.Settled(s.t, s.db)
	for more := true; more; {
		var err error
		if more, err = s.cfg.Recalls.Sweep(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// listedChild writes a record of a child who is registered somewhere, and gives the id.
func (s *site) listedChild(id, name, born, org, number string) string {
	s.t.Helper()
	s.put(fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"text":%q}],"birthDate":%q,"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}],"generalPractitioner":[{"reference":"Organization/%s"}]}`,
		id, name, born, number, org))
	return id
}

// given writes a dose.
func (s *site) given(id, child, which, day string) {
	s.t.Helper()
	s.put(fmt.Sprintf(`{"resourceType":"Immunization","id":%q,"status":"completed","vaccineCode":{"text":%q},"occurrenceDateTime":%q,"patient":{"reference":"Patient/%s"}}`, id, which, day, child))
}

// callers are two practices: a nurse of the first, to whom three children belong, and
// one child of the other. It is 3 May 2026.
func callers(t *testing.T, d *db.DB) (s *site, op, nurse *person) {
	t.Helper()
	s, op, hill := hospitalOf(t, d)
	dale := op.hospital("RXD")
	nurse = s.rescuer(op, hill, "Nurse Nia")
	s.listedChild("bo", "Bo Reed", "2026-01-01", hill, "9990003017")
	s.listedChild("cy", "Cy Lane", "2025-04-01", hill, "9990003025")
	s.listedChild("di", "Di Shaw", "2026-04-20", hill, "9990003033")
	s.listedChild("far", "Far Away", "2026-01-01", dale, "9990003041")
	s.given("b1", "bo", "6in1", "2026-03-01")
	s.given("c1", "cy", "6in1", "2025-06-01")
	s.given("c2", "cy", "6in1", "2025-07-01")
	s.reckoned()
	return s, op, nurse
}

// aboutRecall adds the pages about whom to call.
func (a *album) aboutRecall(s *site, op *person) {
	org := op.hospital("RXQ")
	nurse := s.rescuer(op, org, "Nurse Nia")
	a.add("GET /staff/recall", "nobody", nurse.get("/staff/recall"))
	a.add("GET /staff/coverage", "nobody", nurse.get("/staff/coverage"))
	for i := range perPage + 2 {
		s.listedChild(fmt.Sprintf("baby%02d", i), fmt.Sprintf("Robin %c Reed", 'A'+i), "2026-01-01", org, fmt.Sprintf("9990003%03d", 10+i))
	}
	s.listedChild("baby99", "Robin Old", "2025-04-02", org, "9990003017")
	s.reckoned()
	a.add("GET /staff/recall", "late, more pages", nurse.get("/staff/recall"))
	a.add("GET /staff/recall", "one vaccine and age, due", nurse.get("/staff/recall?what=28&vaccine=mmr&age=1"))
	at := "/staff/people/baby00/add/recall"
	saved := nurse.send(at, append([]string{"key", aKey, "step", "save"}, typedIn["recall"]...)...).Header().Get("Location")
	a.add("GET /staff/people/{person}/written/{type}/{id}", "a call", nurse.get(saved))
	s.reckoned()
	a.add("GET /staff/recall", "asked before", nurse.get("/staff/recall?vaccine=6in1"))
	a.add("GET /staff/coverage", "some", nurse.get("/staff/coverage"))
	a.add("GET /operator/coverage", "in total", op.get("/operator/coverage"))
	p := s.join("Rae")
	a.add("GET /account/reminders", "come", p.get("/account/reminders"))
	p.send("/account/reminders", "want", "none").to("/account/reminders")
	a.add("GET /account/reminders", "saved, stopped", p.get("/account/reminders"))
}
