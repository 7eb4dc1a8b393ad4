package portal

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/erasure"
	"github.com/bevanhealth/bevan/internal/consent/example"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// openExamples opens the room of the example family on this site.
func (s *site) openExamples(d *db.DB, a *account.Accounts, erasures *erasure.Erasures) *example.Examples {
	s.t.Helper()
	e, err := example.Open(s.t.Context(), example.Config{DB: d, Accounts: a, Owner: s.ownerOf, Now: s.clock.now,
		Operator: func(ctx context.Context, account string) (access.Who, error) {
			places, err := s.cfg.Staff.PlacesOf(ctx, account)
			if err == nil && !slices.ContainsFunc(places, func(p staff.Acting) bool { return p.Role == staff.Operator }) {
				err = problem.New(problem.Forbidden, "")
			}
			return access.Operator(staff.Actor(account)), err
		},
		Write: func(ctx context.Context, who access.Who) (example.Writer, error) {
			return s.door.Open(ctx, who, record.About{}, access.Import)
		},
		Erase: func(ctx context.Context, by access.Who, patient string) error {
			return erasures.Now(ctx, by, patient, "made-up", "An example.")
		}})
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// aboutFirstRun is what the first operator chooses, and the pages of the example
// family.
func (a *album) aboutFirstRun(p *person) {
	a.add("GET /set-up/whose", "asks", p.get("/set-up/whose"))
	a.add("POST /set-up/whose", "no answer", p.send("/set-up/whose"))
	a.add("GET /set-up/start", "both", p.get("/set-up/start?whose=both"))
	a.add("GET /set-up/file", "says how", p.get("/set-up/file"))
	p.send("/set-up/examples").to("/family/record")
	a.add("GET /family/record", "an example", p.get("/family/record"))
	a.add("GET /family", "examples", p.get("/family"))
	a.add("GET /set-up/start", "examples are here", p.get("/set-up/start"))
	p.send("/examples/remove").to("/set-up/start")
	a.add("GET /set-up/start", "examples were removed", p.get("/set-up/start"))
}

// count is how many resources of a type there are, whomever they are about.
func (s *site) count(typ string) int {
	s.t.Helper()
	sess, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	if err != nil {
		s.t.Fatal(err)
	}
	q, err := search.Parse(sess.Registry(), []string{typ}, nil, []search.Pair{{Name: "_summary", Value: "count"}}, search.Options{Strict: true})
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := sess.Search(s.t.Context(), q, "")
	if err != nil || page.Total == nil {
		s.t.Fatalf("no count: %v", err)
	}
	return *page.Total
}

func TestAnOperatorLooksRoundWithTheExampleFamily(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		op := s.operator
		s.child("Sam Real", "real", "2021-05-04", numberSam)
		op.get("/set-up/done").shows(http.StatusOK, "Go on")
		op.get("/set-up/whose").shows(http.StatusOK, "Whose record is this?", "My child's")
		op.send("/set-up/whose", "whose", "nobody's").shows(http.StatusUnprocessableEntity, "Choose one of the three answers.")
		op.send("/set-up/whose", "whose", "both").to("/set-up/start?whose=both")
		start := op.get("/set-up/start?whose=both")
		start.shows(http.StatusOK, "Look round with an example family", "Bring in a file", "Start empty", "Link your own record", "Act for your child")
		start.hides("Example people")
		op.get("/set-up/file").shows(http.StatusOK, "bevan load FILE")

		op.send("/set-up/examples").to("/family/record")
		work := 0
		for _, e := range s.looks() {
			if e.Who.Kind == access.Work && strings.HasPrefix(e.Who.Actor, example.Work+" for account:") && e.Purpose == access.Import && e.Verb&access.Create != 0 {
				work++
			}
		}
		if work < 6 {
			t.Errorf("%d entries say that the family was brought in", work)
		}
		op.get("/family/record").shows(http.StatusOK, "The example family is here.", "Claire Cook (example)", "Example people", "Remove all examples")
		for _, path := range []string{"/", "/account", "/staff", "/family/record/timeline", "/health-a-to-z"} {
			op.get(path).shows(http.StatusOK, "Example people", "They are made up.")
		}
		op.get("/set-up/start").shows(http.StatusOK, "The example family is here now.")
		op.send("/set-up/examples").to("/family/record") // a double click makes no second family
		if n := s.count("Patient"); n != 7 {
			t.Errorf("there are %d people", n)
		}

		family := op.get("/family")
		family.shows(http.StatusOK, "Claire Cook (example)", "Darren Cook (example)", "Archie Cook (example)", "Erin Cook (example)", "Thomas Cook (example)", "Janet Cook (example)", "Grandmother in the family")
		rights := regexp.MustCompile(`name="right" value="(example:[0-9a-f]{32})"`).FindAllStringSubmatch(family.Body.String(), -1)
		seen := map[string]bool{}
		for _, r := range rights {
			if seen[r[1]] {
				continue
			}
			seen[r[1]] = true
			op.send("/family/act", "right", r[1]).to("/family/record")
			for _, page := range []string{"", "/timeline", "/results", "/documents", "/medicines", "/vaccinations", "/appointments", "/all"} {
				op.get("/family/record"+page).shows(http.StatusOK, "(example)")
			}
			op.get("/family/record/timeline").hides("Sam Real")
		}
		if len(seen) < 5 {
			t.Errorf("the list offers %d others", len(seen))
		}
		looked := 0
		for _, e := range s.looks() {
			if strings.HasPrefix(e.Who.Mandate, "example:") && e.Who.Role == access.RoleProxy && strings.HasPrefix(e.Who.Actor, "account:") {
				looked++
			}
		}
		if looked == 0 {
			t.Error("nobody is on the log for looking round")
		}

		// Staff who look after one of them are told as well, and have no button.
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		ada := s.rescuer(op, org, "Dr Ada Obi")
		people, err := s.cfg.Examples.People(t.Context())
		op.must(err)
		s.put(`{"resourceType":"EpisodeOfCare","id":"tie","status":"active","patient":{"reference":"Patient/` + people[0].Patient + `"},"managingOrganization":{"reference":"Organization/` + org + `"}}`)
		ada.get("/staff/people/"+people[0].Patient+"/timeline").shows(http.StatusOK, "Example people", "Claire Cook")
		ada.get("/staff/people/" + people[0].Patient + "/timeline").hides("Remove all examples")
		ada.get("/staff").hides("Example people")

		op.send("/examples/remove").to("/set-up/start")
		op.get("/set-up/start").shows(http.StatusOK, "All example people were removed.", "Bring in the example family")
		op.get("/set-up/start").hides("Example people")
		op.get("/family").hides("(example)")
		op.get("/family/record").to("/family")
		for typ, want := range map[string]int{"Patient": 1, "Observation": 1, "Immunization": 1, "Practitioner": 0, "Organization": 0, "Encounter": 0, "Consent": 0} {
			if n := s.count(typ); n != want {
				t.Errorf("there are %d %s afterwards, want %d", n, typ, want)
			}
		}
		for _, table := range []string{"example_family", "example_person", "example_acting"} {
			n := int64(0)
			if err := s.db.Query(t.Context(), "SELECT count(*) FROM "+table, nil, func(r *db.Row) error { n = r.Int64(0); return nil }); err != nil || n != 0 {
				t.Errorf("%s has %d rows: %v", table, n, err)
			}
		}
		op.send("/examples/remove").to("/set-up/start") // twice does no harm
		op.send("/set-up/examples").to("/family/record")
		op.get("/family/record").shows(http.StatusOK, "Claire Cook (example)")
	})
}

// An example right opens the examples and nothing else, for an operator and for
// nobody else.
func TestAttack76AnExampleRightOpensNoRealRecord(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		op := s.operator
		s.child("Sam Real", "real", "2021-05-04", numberSam)
		op.send("/family/act", "right", "example:real").shows(http.StatusNotFound, "no such example")
		op.send("/set-up/examples").to("/family/record")
		for _, right := range []string{"example:real", "example:", "example:real' OR 1=1", "example:Patient/real"} {
			op.send("/family/act", "right", right).shows(http.StatusNotFound, "no such example")
		}
		right := op.get("/family").find(`name="right" value="(example:[0-9a-f]{32})"`)

		// It shows, and writes nothing.
		op.get("/family/record/add/note").hides("What do you want to write down?")
		before := s.count("Observation")
		op.send("/family/record/add/reading", "kind", "weight", "value", "70")
		if after := s.count("Observation"); after != before {
			t.Errorf("an example right wrote: %d, then %d", before, after)
		}
		op.send("/family/copy").hides("We make your copy")

		// Nobody else has it: not a person, not a member of staff who is no operator,
		// and not whoever has the name of the right.
		ann := s.proven("Ann", "ann", numberAnn)
		dr := s.join("Quin")
		dr.works("Quin", staff.Clinician)
		for _, p := range []*person{ann, dr} {
			p.send("/family/act", "right", right).shows(http.StatusNotFound, "no such example")
			p.get("/family").hides("(example)")
			p.get("/family/record").to("/family")
			p.send("/set-up/examples").shows(http.StatusForbidden, "Only an operator can do that.")
			p.send("/examples/remove").shows(http.StatusForbidden, "Only an operator can do that.")
			p.get("/set-up/start").shows(http.StatusForbidden, "Only an operator can do that.")
			p.get("/account").hides("Example people")
		}
		s.person().send("/examples/remove")
		if n := s.count("Patient"); n != 8 {
			t.Errorf("somebody removed them: %d people", n)
		}

		// A record that somebody is linked to is theirs, example or not.
		_, patient, _ := strings.Cut(right, ":")
		ann.must(s.cfg.Accounts.SetRecord(t.Context(), ann.account(), "Patient/"+patient))
		op.send("/family/act", "right", right).shows(http.StatusNotFound, "no such example")

		// One who is an operator no more looks round no more, at once and in the same
		// session; another is one first, since there is always one.
		places, err := s.cfg.Staff.PlacesOf(t.Context(), op.account())
		op.must(err)
		op.workAs(staff.Operator)
		bo := s.hire(op, places[0].Organisation.ID, "Bo", staff.Operator)
		op.get("/family/record").shows(http.StatusOK, "(example)")
		op.must(s.cfg.Staff.EndMember(t.Context(), places[0].Member, s.clock.now(), bo.account(), "Left."))
		op.get("/family/record").to("/family")
		op.get("/family").hides("(example)")
		op.get("/account").hides("Example people")
		op.send("/examples/remove").shows(http.StatusForbidden, "Only an operator can do that.")
		bo.get("/family").shows(http.StatusOK, "Claire Cook (example)")
	})
}

// Another website can have nobody remove or make anything.
func TestAttack76AnotherSiteRemovesNoExamples(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		op := s.operator
		for _, path := range []string{"/set-up/examples", "/examples/remove"} {
			if path == "/examples/remove" {
				op.send("/set-up/examples").to("/family/record")
			}
			op.postFrom(path, nil, "cross-site", "https://evil.example").shows(http.StatusForbidden)
		}
		if n := s.count("Patient"); n != 6 {
			t.Errorf("there are %d people", n)
		}
	})
}

// A removal that stops in the middle is told, is looked round with by nobody, and
// goes on.
func TestARemovalThatStopsGoesOn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		op := s.operator
		op.send("/set-up/examples").to("/family/record")
		whole, n := s.cfg.Examples.Erase, 0
		s.cfg.Examples.Erase = func(ctx context.Context, by access.Who, patient string) error {
			if n++; n > 2 {
				return problem.New(problem.Unavailable, "")
			}
			return whole(ctx, by, patient)
		}
		op.send("/examples/remove").shows(http.StatusServiceUnavailable)
		op.get("/account").shows(http.StatusOK, "They are being removed.", "Remove the rest now")
		op.get("/family").hides("(example)")
		op.get("/family/record").to("/family")
		op.send("/set-up/examples").shows(http.StatusConflict, "being made or removed")
		s.cfg.Examples.Erase = whole
		if err := s.cfg.Examples.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		op.get("/account").hides("Example people")
		if n := s.count("Patient"); n != 0 {
			t.Errorf("%d people are left", n)
		}
	})
}
