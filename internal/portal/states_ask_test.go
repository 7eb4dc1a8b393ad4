package portal

import (
	"net/url"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// aboutAsking is what people meet whom an app sends here.
func (a *album) aboutAsking(s *site) {
	const page, allow = "GET /authorize/{id}", "POST /authorize/{id}"
	cl, public := s.app("Run Club"), s.app("Walk Club", func(c *client.Spec) { c.Proof = client.NoProof })
	p, q := s.linked("Ann", "ann"), s.join("Quin")
	all := "openid fhirUser profile email phone launch/patient offline_access online_access patient/Observation.rs patient/Condition.cruds patient/Goal.rs?category=x"
	path := s.asks(cl, all)
	a.add(page, "over", s.person().get(askAt+"nothing"))
	a.add(page, "some kinds", p.get(path))
	a.add(allow, "nothing is ticked", p.send(s.asks(cl, "launch/patient patient/Goal.rs"), "long", "1"))
	a.add(allow, "no day", p.send(path, "long", "date", "may", "none/Observation.look", "until", "31", "untilmonth", "2", "untilyear", "2026"))
	a.add(allow, "a day too late", p.send(path, "long", "date", "may", "none/Observation.look", "until", "1", "untilmonth", "2", "untilyear", "2099"))
	a.add(page, "everything", p.get(s.asks(cl, "launch/patient patient/*.cruds user/*.rs")))
	a.must(s.cfg.Clients.Describe(a.t.Context(), public.ID, client.About{Owner: "Walk Club Ltd", Purpose: "To count your steps."}))
	a.add(page, "only who somebody is, by an app that anybody can say they are", p.get(s.asks(public, "openid")))
	a.add(page, "no proof", q.get(s.asks(cl, all)))
	a.add(page, "nothing to allow", q.get(s.asks(cl, "patient/*.rs")))
	a.add(page, "a launch that is over", q.get(s.asks(cl, all, func(k *client.Ask) { k.Launch = "x" })))
	a.add(page, "too little trust", q.get(s.asks(cl, all, func(k *client.Ask) { k.Trust = `["P9.Cm"]` })))
	a.add(page, "somebody else", q.get(s.asks(cl, all, func(k *client.Ask) { k.Account = p.account() })))
	s.clock.move(time.Second)
	path = s.asks(cl, all, func(k *client.Ask) { k.Choose = true })
	a.add(page, "choose who", q.get(path))
	a.add("POST /authorize/{id}/account", "go on", q.send(path+"/account", "as", "same"))
	path = s.asks(cl, "launch/patient launch/encounter patient/Observation.rs")
	p.get(path)
	a.add("GET /authorize/{id}/encounter", "one visit", p.get(path+"/encounter"))
	a.add("POST /authorize/{id}/encounter", "go on", p.send(path+"/encounter", "encounter", noVisit))
	r := s.linked("Roo", "roo2")
	a.must(s.cfg.Accounts.SetRecord(a.t.Context(), r.account(), "Patient/empty"))
	path = s.asks(cl, "launch/patient launch/encounter patient/Observation.rs")
	r.get(path)
	a.add("GET /authorize/{id}/encounter", "no visits", r.get(path+"/encounter"))
}

// aboutCarers is what staff meet who let apps in, or open them.
func (a *album) aboutCarers(s *site) {
	cl := s.app("Heart App")
	p, q := s.join("Noor"), s.join("Olu")
	p.works("Noor", staff.Clinician)
	q.works("Olu", staff.Administrator)
	path := s.asks(cl, "openid launch/patient patient/*.rs user/*.rs")
	p.get(path)
	a.add("GET /authorize/{id}/patient", "asks", p.get(path+"/patient"))
	a.add("POST /authorize/{id}/patient", "found", p.send(path+"/patient", "number", "9990000018"))
	a.add("POST /authorize/{id}/patient", "nobody", p.send(path+"/patient", "name", "Zed", "born", "1", "bornmonth", "2", "bornyear", "1950"))
	a.add("POST /authorize/{id}/patient", "no number", p.send(path+"/patient", "number", "1"))
	a.add("POST /authorize/{id}/patient", "no day", p.send(path+"/patient", "name", "Zed", "born", "1", "bornmonth", "x", "bornyear", "1950"))
	a.add("POST /authorize/{id}/patient/choose", "nobody chosen", p.send(path+"/patient/choose"))
	a.add("POST /authorize/{id}/patient/choose", "go on", p.send(path+"/patient/choose", "patient", "ann"))
	a.add("GET /authorize/{id}", "staff, everything", p.get(path))
	a.add("GET /authorize/{id}", "a role that may not", q.get(s.asks(cl, "openid launch/patient patient/*.rs")))
	a.add("GET /staff/launch", "asks", p.get(launchAt))
	a.add("GET /staff/launch", "a role that may not", q.get(launchAt))
	a.add("POST /staff/launch", "found", p.send(launchAt, "number", "9990000018"))
	a.add("POST /staff/launch/person", "chosen", p.send(launchAt+"/person", "patient", "ann"))
	a.add("POST /staff/launch/person", "nobody chosen", p.send(launchAt+"/person"))
	a.add("POST /staff/launch/open", "no app", p.send(launchAt+"/open", "patient", "ann"))
	path = s.asks(cl, "launch/patient patient/Observation.rs")
	p.get(path)
	g, _ := p.allowFor(path, p.send(path+"/patient/choose", "patient", "ann").onward(), "1").redeemed(cl)
	a.add("GET /account/apps", "of staff", p.get(appsAt))
	a.add("GET /account/apps/{id}", "of staff", p.get(appsAt+"/"+g.ID))
}

// aboutApps is what acts in somebody's name.
func (a *album) aboutApps(s *site) {
	p := s.linked("Ann", "ann")
	a.add("GET /account/apps", "none", p.get(appsAt))
	a.add("GET /account/apps/open", "asks", p.get(appsAt+"/open"))
	a.add("POST /account/apps/open", "no app", p.send(appsAt+"/open"))
	a.add("GET /account/apps/open", "no record", s.join("Quin").get(appsAt+"/open"))
	g := p.allowed(s.app("Run Club"), "openid profile offline_access launch/patient patient/Observation.rs patient/Condition.cruds", "90")
	p.allowed(s.app("Heart App"), "launch/patient patient/*.rs", "90")
	a.add("GET /account/apps", "two", p.get(appsAt))
	a.add("GET /account/apps/{id}", "one", p.get(appsAt+"/"+g.ID))
	a.add("GET /account/apps/{id}", "not theirs", p.get(appsAt+"/nothing"))
	a.add("POST /account/apps/{id}/until", "no day", p.send(appsAt+"/"+g.ID+"/until"))
	a.add("POST /account/apps/{id}/end", "not theirs", p.send(appsAt+"/nothing/end"))
	p.send(appsAt + "/" + g.ID + "/end")
	a.add("GET /account/apps", "ended", p.get(appsAt))

	to, err := s.cfg.Clients.SealLogout(client.Logout{Name: "Run Club", Location: "https://app.example/bye"})
	a.must(err)
	at := "/sign-out?to=" + url.QueryEscape(to)
	a.add("GET /sign-out", "asks", p.get("/sign-out"))
	a.add("GET /sign-out", "for an app", p.get(at))
	a.add("GET /sign-out", "for an app, signed out", s.person().get(at))
	a.add("GET /sign-out", "too old", p.get("/sign-out?to=x"))
}

func (a *album) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}
