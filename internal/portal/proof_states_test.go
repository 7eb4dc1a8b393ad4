package portal

import (
	"strings"
	"time"

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
