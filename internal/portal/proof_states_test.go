package portal

import (
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/identity/upstream/upstreamtest"
)

// aboutProof is how people show who they are.
func (a *album) aboutProof(s *site) {
	s.clock.move(time.Minute)
	p := s.join("Ann")
	a.add("GET /account/proof", "nothing checked", p.get("/account/proof"))
	a.add("GET /account/proof/details", "asks", p.get("/account/proof/details"))
	a.add("POST /account/proof/details", "something wrong", p.send("/account/proof/details", "given", "Ann", "birth", "soon"))
	a.add("POST /account/proof/details", "to be looked at again", p.send("/account/proof/details", s.typed("ann")...))
	a.add("POST /account/proof/details/send", "not linked", p.send("/account/proof/details/send", s.typed("nobody")...))
	a.add("GET /account/proof/code", "asks", p.get("/account/proof/code"))
	a.add("POST /account/proof/code", "a wrong code", p.send("/account/proof/code", "code", "x", "birth", "31 3 1980"))
	a.add("POST /account/proof/code", "a wrong date", p.send("/account/proof/code", "code", "x", "birth", "soon"))
	p.send("/account/proof/details/send", s.typed("ann")...).to("/account/proof")
	a.add("GET /account/proof", "news, details", p.get("/account/proof"))
	p.send("/account/proof/code", "code", s.linkingCode("ann"), "birth", "31 3 1980").to("/account/proof")
	a.add("GET /account/proof", "news, a desk", p.get("/account/proof"))
	q := s.join("Ann")
	a.add("POST /account/proof/code", "the record is taken", q.send("/account/proof/code", "code", s.linkingCode("ann"), "birth", "31 3 1980"))
	for range 6 {
		q.send("/account/proof/details/send", s.typed("nobody")...)
	}
	a.add("POST /account/proof/details/send", "too many tries", q.send("/account/proof/details/send", s.typed("nobody")...))
	a.aboutOtherWebsites(s)
}

func (a *album) aboutOtherWebsites(s *site) {
	there := s.provider()
	p := s.join("Bob")
	a.add("GET /sign-in", "with another website", s.person().get("/sign-in"))
	a.add("GET /sign-in/with/{id}", "asks", s.person().get("/sign-in/with/there"))
	a.add("GET /sign-in/with/{id}", "none", s.person().get("/sign-in/with/nowhere"))
	a.add("GET /account/proof/with/{id}", "asks", p.get("/account/proof/with/there"))
	there.Set(func(t *upstreamtest.Provider) {
		t.Claims["sub"] = "bob-there"
		t.Info = upstreamtest.Object{"given_name": "Bob", "family_name": "Dale", "birthdate": "1950-01-02", "nhs_number": "9990000034", "identity_proofing_level": "P9"}
	})
	back := p.there(there, "/account/proof/with/there")
	a.add("GET /upstream/{id}/return", "another browser", s.person().get(back))
	p.get(back).to("/account/proof")
	a.add("GET /account/proof", "news, another website", p.get("/account/proof"))
	a.add("GET /account/proof/part", "asks", p.get("/account/proof/part?issuer="+there.Issuer))
	a.add("POST /account/proof/part", "none", p.send("/account/proof/part", "issuer", "https://none.example"))
	q := s.person()
	q.get(q.there(there, "/sign-in/with/there")).to("/account")
	a.add("GET /account", "with another website", q.get("/account"))
	a.add("GET /account/sessions", "with another website", q.get("/account/sessions"))
	there.Set(func(t *upstreamtest.Provider) { t.Claims["sub"] = "nobody-here" })
	n := s.person()
	a.add("GET /upstream/{id}/return", "nobody here", n.get(n.there(there, "/sign-in/with/there")))
	m := s.person()
	at := m.there(there, "/sign-in/with/there")
	a.add("GET /upstream/{id}/return", "somebody said no", m.get(strings.Replace(at, "code=", "error=access_denied&code=", 1)))
	p.must(s.cfg.Upstream.Remove(a.t.Context(), "there"))
}

// aboutDesk is what staff see who check documents and link records. The
// operator is at work, and there is a hospital.
func (a *album) aboutDesk(s *site, op *person) {
	s.clock.move(time.Minute)
	op.signIn()
	op.workAs(staff.Operator)
	org := op.hospital("RXD")
	c := s.worker(op, org, staff.Administrator)
	a.add("GET /staff", "an administrator", c.get("/staff"))
	a.add("GET /staff/desk", "asks", c.get("/staff/desk"))
	a.add("POST /staff/desk", "something wrong", c.send("/staff/desk", "given", "Ann"))
	a.add("POST /staff/desk", "nobody", c.send("/staff/desk", s.typed("nobody")...))
	s.town.people[1].Restricted, s.town.people[1].Deceased = true, true
	a.add("POST /staff/desk", "two, one of them kept from most", c.send("/staff/desk", s.typed("ann")...))
	s.town.people[1].Restricted, s.town.people[1].Deceased = false, false
	a.add("POST /staff/desk/papers", "asks", c.send("/staff/desk/papers", "patient", "bob"))
	a.add("POST /staff/desk/code", "not compared", c.send("/staff/desk/code", paper("bob", "compared", "")...))
	a.add("POST /staff/desk/code", "shown", c.send("/staff/desk/code", paper("bob")...))
	a.add("GET /staff/questions", "some wait", c.get("/staff/questions"))
	p := s.join("Sam")
	s.clock.move(time.Minute)
	p.send("/account/proof/details/send", s.typed("sam")...)
	all := c.get("/staff/questions").Body.String()
	at := all[strings.LastIndex(all, "/staff/questions/"):]
	at = at[:strings.Index(at, `"`)]
	a.add("GET /staff/questions/{id}", "asks", c.get(at))
	a.add("POST /staff/questions/{id}", "no reason", c.send(at, "patient", "sam"))
	c.send(at, "patient", "sam", "reason", "They rang us").to("/staff/questions")
	a.add("GET /staff/questions", "news", c.get("/staff/questions"))
	a.add("GET /staff/links", "some", c.get("/staff/links"))
	link := c.get("/staff/links").find(`href="(/staff/links/[a-z0-9]+)"`)
	a.add("GET /staff/links/{id}", "stands", c.get(link))
	a.add("POST /staff/links/{id}", "no reason", c.send(link))
	c.send(link, "reason", "It was his brother").to("/staff/links")
	a.add("GET /staff/links/{id}", "taken back", c.get(link))
	a.add("GET /account/proof", "taken back", p.get("/account/proof"))
}
