package portal

import (
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// opened is a session of the record with a token of a permission.
func (s *site) opened(g client.Grant, scopes, patient string, why access.Purpose) (*record.Session, error) {
	s.t.Helper()
	g.Scopes = scopes
	h, err := s.cfg.Clients.Verify(s.t.Context(), s.token(g))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.door.Open(s.t.Context(), h.Who, record.About{Patient: patient}, why)
}

// ids are those of what a session finds of a type.
func (s *site) ids(r *record.Session, typ string) (all []string) {
	s.t.Helper()
	q, err := search.Parse(r.Registry(), []string{typ}, nil, nil, search.Options{Strict: true})
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := r.Search(s.t.Context(), q, "")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, one := range page.Items {
		all = append(all, one.ID)
	}
	return all
}

// Attack 14: an app that a person gives everything that they may do gets their
// own record, and nobody else's.
func TestAttack14EverythingIsOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Ann", "ann")
		s.patient("Bob", "bob")
		const scopes = "user/*.cruds patient/*.cruds"
		g := p.allowed(s.app("Greedy"), scopes, "1")
		r, err := s.opened(g, scopes, "", access.Own)
		p.must(err)
		if got := s.ids(r, "Patient"); len(got) != 1 || got[0] != "ann" {
			t.Errorf("the app finds %v", got)
		}
		if got := s.ids(r, "Observation"); len(got) != 3 {
			t.Errorf("the app finds %v", got)
		}
		if _, err := r.Read(t.Context(), record.Key{Type: "Observation", ID: "boba"}, 0); !problem.Is(err, problem.NotFound) {
			t.Errorf("somebody else's result: %v", err)
		}
		if _, err := r.Transact(t.Context(), []record.Op{{Method: record.Delete, Key: record.Key{Type: "Observation", ID: "anna"}}}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a deletion: %v", err)
		}
		if _, err := s.opened(g, scopes, "bob", access.Own); !problem.Is(err, problem.Forbidden) {
			t.Errorf("somebody else's record: %v", err)
		}
		for _, why := range []access.Purpose{access.Care, access.Operations, access.Export, access.Research, access.Import} {
			if _, err := s.opened(g, scopes, "", why); !problem.Is(err, problem.Forbidden) {
				t.Errorf("for %v: %v", why, err)
			}
		}
	})
}

// What was unticked is not seen: neither the type nor the rest of one of which
// a part was given.
func TestWhatWasUntickedIsNotSeen(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	cl := s.app("Run Club")
	p := s.linked("Ann", "ann")
	path := s.asks(cl, "launch/patient patient/*.rs")
	page := p.get(path)
	form := formOf(page, "none/Condition.look", "none/Observation.look")
	form.Add("may", "none/Observation.look?"+partsOf["Observation"][0])
	form.Set("long", "1")
	g, code := p.post(path, form).redeemed(cl)
	r, err := s.opened(g, code.Scopes, "", access.Own)
	p.must(err)
	if got := s.ids(r, "Observation"); len(got) != 2 {
		t.Errorf("of results, of which those of a laboratory were given: %v", got)
	}
	if got := s.ids(r, "Encounter"); len(got) != 1 {
		t.Errorf("of visits: %v", got)
	}
	if _, err := r.Read(t.Context(), record.Key{Type: "Condition", ID: "annc"}, 0); !problem.Is(err, problem.Forbidden) {
		t.Errorf("of illnesses: %v", err)
	}
}

// An app of staff sees the patient who was chosen, and of others only who they
// are, so that somebody else can be chosen.
func TestAnAppOfStaffSeesThePatientWhoWasChosen(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	cl := s.app("Heart App")
	s.patient("Ann", "ann")
	s.patient("Bob", "bob")
	p := s.join("Noor")
	p.works("Noor", staff.Clinician)
	path := s.asks(cl, "launch/patient patient/*.rs user/*.rs")
	p.get(path)
	g, code := p.allowFor(path, p.send(path+"/patient/choose", "patient", "ann").onward(), "1").redeemed(cl)
	r, err := s.opened(g, code.Scopes, "", access.Care)
	p.must(err)
	if got := s.ids(r, "Observation"); len(got) != 3 {
		t.Errorf("the app finds %v", got)
	}
	if _, err := r.Read(t.Context(), record.Key{Type: "Observation", ID: "boba"}, 0); !problem.Is(err, problem.NotFound) {
		t.Errorf("another patient's result: %v", err)
	}
	if _, err := s.opened(g, code.Scopes, "bob", access.Care); !problem.Is(err, problem.Forbidden) {
		t.Errorf("another patient: %v", err)
	}
}
