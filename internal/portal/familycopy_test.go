package portal

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/notify"
)

// copierOf gives somebody the right of a parent that lets them take a copy.
func (p *person) copierOf(child string) mandate.Mandate {
	p.t.Helper()
	acc, err := p.s.cfg.Accounts.Get(p.t.Context(), p.account())
	p.must(err)
	d, err := p.s.cfg.Mandates.GiveAsStaff(p.t.Context(), surgery, mandate.Grant{Patient: child, Account: acc.ID, Name: acc.Name, Kind: mandate.KindParent, Basis: mandate.Parent,
		May: mandate.Look | mandate.Ask | mandate.Manage | mandate.Copy, Evidence: []string{"BRTH"}})
	p.must(err)
	return d
}

// aboutCopiesForOthers is what somebody meets who takes a copy along for whom
// they act.
func (a *album) aboutCopiesForOthers(s *site, ann *person) {
	s.put(`{"resourceType":"Patient","id":"famcopy","name":[{"text":"Kit Hill"}],"birthDate":"2022-05-04"}`,
		`{"resourceType":"Immunization","id":"famcopyv","status":"completed","vaccineCode":{"text":"MMR vaccine"},"occurrenceDateTime":"2023-02-03","patient":{"reference":"Patient/famcopy"}}`)
	d := ann.copierOf("famcopy")
	a.add("GET /family", "somebody who may take a copy", ann.get("/family"))
	ann.send("/family/act", "right", d.ID).to("/family/record")
	ann.get("/family")
	a.add("GET /family/record", "a copy can be taken", ann.get("/family/record"))
	a.add("GET /family/copy", "none", ann.get(familyCopyAt))
	ann.send(familyCopyAt).to(familyCopyAt)
	a.add("GET /family/copy", "being made", ann.get(familyCopyAt))
	s.works(takeaway.Kind)
	a.add("GET /family/copy", "ready", ann.get(familyCopyAt))
	a.add("GET /family/copy/{id}", "not there", ann.get(familyCopyAt+"/nothing"))
}

// A parent who may takes a copy of what they see: the passkey is asked for, the
// person is told, the log names the right, and nothing is in it that is not on
// the page.
func TestAParentTakesACopyAlong(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "anncopy", numberAnn)
		s.child("Sam Hill", "samcopy", "2019-05-04", numberSam)
		s.put(`{"resourceType":"Encounter","id":"samprivate","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"}]},"status":"finished","class":{"code":"AMB"},"type":[{"text":"Private talk"}],"subject":{"reference":"Patient/samcopy"}}`,
			`{"resourceType":"Flag","id":"samflag","status":"active","code":{"text":"Note of staff"},"subject":{"reference":"Patient/samcopy"}}`)
		sam := s.join("Sam Hill")
		sam.must(s.cfg.Accounts.SetRecord(t.Context(), sam.account(), "Patient/samcopy"))
		sam.addressed("sam@example.org")
		s.clock.move(time.Minute)
		ann = ann.elsewhere()
		ann.get(familyCopyAt).to("/family") // they act for nobody yet
		d := ann.copierOf("samcopy")
		ann.get("/family").shows(http.StatusOK, "all of that, and take a copy of what they see")
		ann.send("/family/act", "right", d.ID).to("/family/record")
		ann.get("/family/record").shows(http.StatusOK, "Take a copy of their record")
		ann.get(familyCopyAt).shows(http.StatusOK, "Take a copy of the record of Sam Hill", "We tell them that you asked for a copy.")
		s.clock.move(time.Hour / 10)
		ann.send(familyCopyAt).to("/check?next=%2Ffamily%2Fcopy")
		ann.use("/check", "next", familyCopyAt).to(familyCopyAt)
		s.mail()
		ann.send(familyCopyAt).to(familyCopyAt)
		if told := s.mail(); len(told) != 1 || told[0].Kind != notify.CopyByAnother || told[0].Address != "sam@example.org" {
			t.Errorf("told %+v", told)
		}
		ann.get(familyCopyAt).shows(http.StatusOK, "Your copy is being made.")
		s.looks()
		s.works(takeaway.Kind)
		if looks := s.looks(); !slices.ContainsFunc(looks, func(e audit.Entry) bool {
			return e.Who.Role == access.RoleProxy && e.Who.Mandate == d.ID && e.Who.Behind() == "account:"+ann.account() && e.Purpose == access.Export && e.Person != 0
		}) {
			t.Errorf("the log does not say so: %+v", looks)
		}
		page := ann.get(familyCopyAt)
		page.shows(http.StatusOK, "Your copy is ready.")
		fetch := page.find(`href="(/family/copy/[A-Z0-9]+)"`)
		files := ann.fetched(fetch)
		all := ""
		for name, text := range files {
			all += name + "\n" + text
		}
		for _, want := range []string{"MMR vaccine", "Secret rash", "A health record", "It is not all of their record.", "somebody who acts for that person"} {
			if !strings.Contains(all, want) {
				t.Errorf("the copy lacks %q", want)
			}
		}
		for _, not := range []string{"Private talk", "Note of staff", "samprivate", "other/", "access-log", "fhir/Consent", "RelatedPerson.ndjson", "anncopy", "Who looked"} {
			if strings.Contains(all, not) {
				t.Errorf("the copy holds %q", not)
			}
		}
		ann.get("/record/download").hides(fetch)
		other := s.proven("Bob", "", "")
		other.get(fetch).to("/family")
		s.clock.move(time.Hour / 10)
		ann.get(fetch).to("/check?next=" + strings.ReplaceAll(fetch, "/", "%2F"))
	})
}

// A copy that is ready is not handed over once the right was stopped, and the
// pages are those of somebody who never had one (case 74).
func TestAttack74AStoppedParentHasNoCopy(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "anncopy", numberAnn)
		s.child("Sam Hill", "samcopy", "2019-05-04", numberSam)
		d := ann.copierOf("samcopy")
		ann.send("/family/act", "right", d.ID).to("/family/record")
		ann.send(familyCopyAt).to(familyCopyAt)
		s.works(takeaway.Kind)
		fetch := ann.get(familyCopyAt).find(`href="(/family/copy/[A-Z0-9]+)"`)
		ann.must(s.cfg.Mandates.Suspend(t.Context(), surgery, d.ID, true, "a worry"))
		stranger := s.proven("Bob", "", "")
		for _, p := range []*person{ann, stranger} {
			p.get(fetch).to("/family")
			p.get(familyCopyAt).to("/family")
			p.send(familyCopyAt).to("/family")
			ann.get("/record/download/"+fetch[strings.LastIndex(fetch, "/")+1:]).shows(http.StatusNotFound, "There is no copy to fetch here.")
		}
		ann.get("/family").hides("Sam Hill", "stopped", "suspended")
	})
}

// Who may do everything but take a copy finds no way to one.
func TestToManageIsNotToCopy(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "anncopy", numberAnn)
		s.child("Sam Hill", "samcopy", "2019-05-04", numberSam)
		d := ann.parentOf("samcopy")
		ann.send("/family/act", "right", d.ID).to("/family/record")
		ann.get("/family/record").hides("Take a copy", familyCopyAt)
		ann.get(familyCopyAt).to("/family")
		ann.send(familyCopyAt).to("/family")
		if jobs, err := s.queue.List(t.Context(), takeaway.Kind, 10); err != nil || len(jobs) != 0 {
			t.Errorf("%d copies are made, %v", len(jobs), err)
		}
	})
}

// The person is told when somebody lets an app in for them, and not again when
// the app comes back with what it was allowed.
func TestThePersonIsToldOfAnAppThatAnotherLetIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		cl := s.app("Jab Diary", actsForOthers)
		ann := s.proven("Ann Hill", "annapp", numberAnn)
		s.child("Sam Hill", "samapp", "2019-05-04", numberSam)
		sam := s.join("Sam Hill")
		sam.must(s.cfg.Accounts.SetRecord(t.Context(), sam.account(), "Patient/samapp"))
		sam.addressed("sam@example.org")
		d := ann.parentOf("samapp")
		path := s.asks(cl, "launch/patient offline_access patient/Immunization.rs "+client.ActForOthers)
		ann.get(path).to(path + "/for")
		ann.send(path+"/for", "for", d.ID).onward()
		page := ann.get(path)
		s.mail()
		ann.allow(path, page).redeemed(cl)
		if told := s.mail(); len(told) != 1 || told[0].Kind != notify.AppByAnother {
			t.Errorf("told %+v", told)
		}
		path = s.asks(cl, "launch/patient offline_access patient/Immunization.rs "+client.ActForOthers, func(a *client.Ask) { a.Confirm = true })
		ann.get(path)
		ann.send(path+"/for", "for", client.Themself).onward()
		ann.allow(path, ann.get(path)).redeemed(cl)
		if told := s.mail(); len(told) != 0 {
			t.Errorf("told of an own app: %+v", told)
		}
	})
}
