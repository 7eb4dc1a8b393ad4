package portal

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	kinds "github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/consent/optout"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/record"
)

// keeps opens the record for what people say no to.
func (r *testRecord) keeps(ctx context.Context, by string) (optout.Records, error) {
	return r.door.Open(ctx, access.Job("opt-out", access.Operator(by)), record.About{}, access.Operations)
}

// taken counts the Patients that a program takes out: a use beyond care.
func (s *site) taken() int {
	s.t.Helper()
	who := access.Who{Actor: "client:x", Kind: access.Client, Role: access.RoleProgram, App: "x", Grant: "g", Bound: access.AllTypes(access.Looking)}
	out, err := s.door.Open(s.t.Context(), who, record.About{}, access.Export)
	if err != nil {
		s.t.Fatal(err)
	}
	n := 0
	if _, err := out.Scan(s.t.Context(), []string{"Patient"}, time.Time{}, nil, "", func(record.Resource) error { n++; return nil }); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestPeopleSayNoToUsesBeyondTheirCare(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Ann", "ann")
		s.patient("Bob Ash", "bob")
		p.send("/account/addresses/add", "address", "ann@example.org")
		at := p.get("/account/addresses").find(`"(/account/addresses/[^/"]+/confirm)"`)
		p.send(at, "code", s.mail()[0].Code).to("/account/addresses")
		p.get("/account").shows(http.StatusOK, "Uses beyond your own care")
		if n := s.taken(); n != 2 {
			t.Errorf("%d are taken out", n)
		}
		p.get("/account/uses").shows(http.StatusOK, "It never changes the care that you get.", "Research and planning anywhere Your record may be used for this.")
		a := p.get("/account/uses/national")
		a.shows(http.StatusOK, "Say no to this", "What saying no does:", "What it does not do:", "Leave my record out")
		s.mail()
		p.send("/account/uses/national", "said", "yes").to("/account/uses")
		p.get("/account/uses").shows(http.StatusOK, "Your record is left out from now on.", "Research and planning anywhere Your record is left out. 3 May 2026")
		if n := s.taken(); n != 1 {
			t.Errorf("%d are taken out, of whom one said no", n)
		}
		if got := s.mail(); len(got) != 1 || got[0].Kind != notify.OptOutChanged {
			t.Errorf("told %v", got)
		}
		// The same form a second time does not take it back.
		p.send("/account/uses/national", "said", "yes").shows(http.StatusOK, "Allow this again")
		p.send("/account/uses/national").shows(http.StatusOK, "Allow this again")
		p.send("/account/uses/local", "said", "yes").to("/account/uses")
		p.send("/account/uses/national", "said", "no").to("/account/uses")
		if n := s.taken(); n != 1 {
			t.Errorf("%d are taken out, of whom one still says no", n)
		}
		p.send("/account/uses/local", "said", "no").to("/account/uses")
		p.get("/account/uses").shows(http.StatusOK, "Your record may be used for this again.")
		if n := s.taken(); n != 2 {
			t.Errorf("%d are taken out at the end", n)
		}
		p.get("/account/uses/everything").shows(http.StatusNotFound)

		// A list that said so is not the person's to lift.
		numbers, err := optout.ReadNumbers(strings.NewReader("9990000018,\n"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.cfg.OptOuts.Import(t.Context(), "token:test", kinds.National, numbers, false, nil); err != nil {
			t.Fatal(err)
		}
		p.get("/account/uses").shows(http.StatusOK, "since a national or local list says so")
		p.get("/account/uses/national").shows(http.StatusOK, "A list says no for you.", "Leave my record out")

		for range 2 {
			s.clock.move(10 * time.Minute)
			p.get("/account")
		}
		p.send("/account/uses/local", "said", "yes").to("/check?next=%2Faccount%2Fuses%2Flocal")
		p.get("/account/uses").shows(http.StatusOK, "Uses beyond your own care")
		q := s.join("Quin")
		q.send("/account/uses/national", "said", "yes").shows(http.StatusForbidden, "This needs proof of who you are.")
	})
}

// aboutUses is what people meet who say no.
func (a *album) aboutUses(s *site) {
	p := s.join("Uma")
	a.add("GET /account/uses", "no proof", p.get("/account/uses"))
	p.must(s.cfg.Accounts.SetProof(a.t.Context(), p.account(), account.P9))
	a.add("GET /account/uses", "no record", p.get("/account/uses"))
	p.must(s.cfg.Accounts.SetRecord(a.t.Context(), p.account(), "Patient/uma"))
	s.put(`{"resourceType":"Patient","id":"uma"}`)
	a.add("GET /account/uses", "nothing said", p.get("/account/uses"))
	a.add("GET /account/uses/{id}", "asks", p.get("/account/uses/national"))
	a.add("GET /account/uses/{id}", "not there", p.get("/account/uses/x"))
	p.send("/account/uses/local", "said", "yes").to("/account/uses")
	a.add("GET /account/uses", "news, one no", p.get("/account/uses"))
	a.add("GET /account/uses/{id}", "takes it back", p.get("/account/uses/local"))
	a.add("POST /account/uses/{id}", "said already", p.send("/account/uses/local", "said", "yes"))
}
