package portal

import (
	"context"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/identity/proof"
	"github.com/bevanhealth/bevan/internal/identity/upstream"
	"github.com/bevanhealth/bevan/internal/identity/upstream/upstreamtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// town is the records that there are: made-up people, of whom Amy is Ann's
// twin and the two Sams are one.
type town struct{ people []match.Candidate }

func newTown() *town {
	of := func(id, number, given, family, birth, postcode string) match.Candidate {
		return match.Candidate{Patient: id, Details: match.Details{NHSNumber: number, Given: []string{given}, Family: []string{family}, Birth: birth, Postcode: []string{postcode}}}
	}
	return &town{[]match.Candidate{
		of("ann", "9990000018", "Ann", "Hill", "1980-03-31", "LS1 4AP"), of("amy", "9990000026", "Amy", "Hill", "1980-03-31", "LS1 4AP"),
		of("bob", "9990000034", "Bob", "Dale", "1950-01-02", "YO1 7HH"),
		of("sam", "", "Sam", "Twice", "1970-07-07", "HX1 1AA"), of("sam2", "", "Sam", "Twice", "1970-07-07", "HX1 1AA"),
	}}
}

func (w *town) Find(_ context.Context, _ string, claimed match.Details) (found []match.Candidate, all bool, err error) {
	for _, c := range w.people {
		if claimed.NHSNumber != "" && c.NHSNumber == claimed.NHSNumber || c.Birth == claimed.Birth {
			found = append(found, c)
		}
	}
	return found, true, nil
}

func (w *town) Patient(_ context.Context, _, id string) (match.Candidate, error) {
	for _, c := range w.people {
		if c.Patient == id {
			return c, nil
		}
	}
	return match.Candidate{}, problem.New(problem.NotFound, "There is no such record.")
}

// EndAbout has nothing to end.
func (w *town) EndAbout(context.Context, string, string) error { return nil }

// proving opens the rooms that say who people are.
func (s *site) proving(a *account.Accounts, ring *seal.Ring, at string) (*proof.Proofs, *upstream.Providers) {
	s.t.Helper()
	s.town = newTown()
	proofs, err := proof.Open(s.t.Context(), proof.Config{DB: s.db, Ring: ring, Accounts: a, Find: s.town, Grants: s.town, Now: s.clock.now})
	if err != nil {
		s.t.Fatal(err)
	}
	providers, err := upstream.Open(s.t.Context(), upstream.Config{DB: s.db, Ring: ring, Origin: at, Now: s.clock.now})
	if err != nil {
		s.t.Fatal(err)
	}
	return proofs, providers
}

// provider is another website that people can sign in with, where Ann is.
func (s *site) provider() *upstreamtest.Provider {
	s.t.Helper()
	there := upstreamtest.New(s.t, "RS512", s.clock.now)
	of, err := s.cfg.Upstream.Add(s.t.Context(), upstream.Spec{ID: "there", Name: "Other login", Issuer: there.Issuer, ClientID: there.ClientID, Profile: upstream.NHS, PrivateNetwork: true})
	if err != nil {
		s.t.Fatal(err)
	}
	there.Set(func(p *upstreamtest.Provider) {
		p.Public = of.Public
		p.Claims = upstreamtest.Object{"sub": "ann-there", "vot": "P9.Cp.Cd"}
		p.Info = upstreamtest.Object{"given_name": "Ann", "family_name": "Hill", "birthdate": "1980-03-31", "nhs_number": "9990000018", "identity_proofing_level": "P9"}
	})
	return there
}

// there goes to the other website, and gives where it sends the browser back.
func (p *person) there(there *upstreamtest.Provider, path string, fields ...string) string {
	p.t.Helper()
	a := p.send(path, fields...)
	to := a.Header().Get("Location")
	if !strings.HasPrefix(to, there.Server.URL+"/authorize?") {
		p.t.Fatalf("%s leads to %q: %s", path, to, a.text())
	}
	back := there.Visit(to)
	if back.Host != "id.example.org" {
		p.t.Fatalf("the way back is %s", back)
	}
	return back.RequestURI()
}

// typed are somebody's details as they would type them.
func (s *site) typed(id string) []string {
	for _, c := range s.town.people {
		if c.Patient == id {
			return []string{"given", c.Given[0], "family", c.Family[0], "birth", c.Birth, "postcode", c.Postcode[0], "number", c.NHSNumber}
		}
	}
	return []string{"given", "No", "family", "Body", "birth", "1 1 2001", "postcode", "LS1 1AA", "number", ""}
}

var (
	clerk    = proof.By{Account: "clerk", Role: "clinician", Organisation: "RXH"}
	passport = []proof.Document{{Kind: "passport-chip", Issuer: "HM Passport Office", Number: "123", Until: "31 3 2031"}}
)

// code is a linking code from a desk.
func (s *site) linkingCode(patient string) string {
	s.t.Helper()
	c, err := s.cfg.Proofs.Issue(s.t.Context(), clerk, patient, passport, true)
	if err != nil {
		s.t.Fatal(err)
	}
	return c.Code
}
