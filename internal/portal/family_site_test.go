package portal

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/record"
)

// working opens the record for work of this server's.
func (s *site) working(ctx context.Context, by string, bound access.Rights) (*record.Session, error) {
	who := access.Operator(by)
	who.Bound = bound
	return s.door.Open(ctx, access.Job("mandate", who), record.About{}, access.Operations)
}

// ownerOf is the account that a record is linked to.
func (s *site) ownerOf(ctx context.Context, patient string) (owner string, err error) {
	err = s.db.Query(ctx, "SELECT id FROM account WHERE record = $1", []any{"Patient/" + patient}, func(r *db.Row) error { owner = r.Text(0); return nil })
	return owner, err
}

// numbers are those of the records in these tests, of the test range.
const (
	numberSam = "9990007004"
	numberAnn = "9990007012"
)

// child writes a record of somebody who was born on a day, with some things in it.
func (s *site) child(name, id, born, number string) {
	s.t.Helper()
	of := `"subject":{"reference":"Patient/` + id + `"}`
	s.put(`{"resourceType":"Patient","id":"`+id+`","name":[{"text":"`+name+`"}],"birthDate":"`+born+`","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"`+number+`"}]}`,
		`{"resourceType":"Immunization","id":"`+id+`v","status":"completed","vaccineCode":{"text":"MMR vaccine"},"occurrenceDateTime":"2020-02-03","patient":{"reference":"Patient/`+id+`"}}`,
		`{"resourceType":"Condition","id":"`+id+`q","code":{"text":"Secret rash"},`+of+`}`,
		`{"resourceType":"Appointment","id":"`+id+`a","status":"booked","description":"Check of the ears","start":"2026-06-01T10:00:00Z","participant":[{"actor":{"reference":"Patient/`+id+`"},"status":"accepted"}]}`,
		`{"resourceType":"Observation","id":"`+id+`o","status":"final","code":{"coding":[{"display":"Hearing test"}]},`+of+`}`)
}

var surgery = mandate.By{Actor: "account:clerk", Reference: "Practitioner/clerk", Organisation: "A81001"}

// parentOf gives somebody the right of a parent.
func (p *person) parentOf(child string) mandate.Mandate {
	p.t.Helper()
	acc, err := p.s.cfg.Accounts.Get(p.t.Context(), p.account())
	p.must(err)
	d, err := p.s.cfg.Mandates.GiveAsStaff(p.t.Context(), surgery, mandate.Grant{Patient: child, Account: acc.ID, Name: acc.Name, Kind: mandate.KindParent, Basis: mandate.Parent,
		May: mandate.Look | mandate.Ask | mandate.Manage, Evidence: []string{"BRTH"}})
	p.must(err)
	return d
}

// proven is somebody new whose identity is proven, with a record of their own.
func (s *site) proven(name, patient, number string) *person {
	s.t.Helper()
	p := s.join(name)
	p.must(s.cfg.Accounts.SetProof(s.t.Context(), p.account(), account.P9))
	if patient != "" {
		p.must(s.cfg.Accounts.SetRecord(s.t.Context(), p.account(), "Patient/"+patient))
		s.child(name, patient, "1980-03-31", number)
	}
	return p
}

// kinds are the kinds of the messages since the last call.
func (s *site) kinds() (all []notify.Kind) {
	s.t.Helper()
	for _, m := range s.mail() {
		all = append(all, m.Kind)
	}
	return all
}

func (a *album) aboutFamily(s *site, op *person) {

	s.clock.move(time.Minute)
	op.signIn()
	op.workAs("operator")
	nobody := s.join("Nobody")
	a.add("GET /family", "nobody, and no record", nobody.get("/family"))
	a.add("GET /family/invite", "nothing proven", nobody.get("/family/invite"))
	ann := s.proven("Ann Hill", "famann", numberAnn)
	a.add("GET /family", "nobody", ann.get("/family"))
	s.child("Sam Hill", "famsam", "2021-05-04", numberSam)
	d := ann.parentOf("famsam")
	a.add("GET /family", "a child", ann.get("/family"))
	a.add("POST /family/act", "no such right", ann.send("/family/act", "right", "nothing"))
	ann.send("/family/act", "right", d.ID).to("/family/record")
	a.add("GET /family/record", "news, a child's", ann.get("/family/record"))
	a.add("GET /family", "acting", ann.get("/family"))
	a.add("GET /account", "acting", ann.get("/account"))
	a.aboutAppsForOthers(s, ann, d)
	a.aboutCopiesForOthers(s, ann)
	s.put(`{"resourceType":"Patient","id":"famtiny","name":[{"text":"Tiny Hill"}],"birthDate":"2025-05-04"}`)
	tiny := ann.parentOf("famtiny")
	ann.send("/family/act", "right", tiny.ID).to("/family/record")
	a.add("GET /family/record", "nothing in it", ann.get("/family/record"))
	a.add("GET /family/held/{id}/leave", "asks", ann.get("/family/held/"+tiny.ID+"/leave"))
	a.add("GET /family/held/{id}/leave", "not there", ann.get("/family/held/nothing/leave"))
	a.add("POST /family/held/{id}/leave", "not there", ann.send("/family/held/nothing/leave"))
	a.add("GET /family/invite", "asks", ann.get("/family/invite"))
	a.add("POST /family/invite", "nothing chosen", ann.send("/family/invite"))
	a.add("POST /family/invite", "no day", ann.send("/family/invite", "name", "Bob", "kind", "friend", "may", "look", "ends", "31", "endsmonth", "2", "endsyear", "2030"))
	shown := ann.send("/family/invite", "name", "Bob Dale", "kind", "friend", "may", "ask")
	a.add("POST /family/invite", "the code", shown)
	a.add("GET /family", "a code that nobody used", ann.get("/family"))
	bob := s.proven("Bob Dale", "", "")
	a.add("GET /family/code", "asks", bob.get("/family/code"))
	a.add("POST /family/code", "a wrong code", bob.send("/family/code", "code", "abc"))
	bob.send("/family/code", "code", shown.find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)).to("/family")
	a.add("GET /family", "news, a friend", bob.get("/family"))
	a.add("GET /family", "somebody can act for them", ann.get("/family"))
	one := ann.get("/family").find(`"(/family/given/[a-z0-9]+)"`)
	a.add("GET /family/given/{id}", "shown", ann.get(one))
	a.add("GET /family/given/{id}", "not there", ann.get("/family/given/nothing"))
	a.add("GET /family/given/{id}/end", "asks", ann.get(one+"/end"))
	a.add("POST /family/given/{id}/end", "not there", ann.send("/family/given/nothing/end"))
	ann.send("/family/pause").to("/family")
	a.add("GET /family", "news, paused", ann.get("/family"))
	a.add("GET /family/resume", "asks", ann.get("/family/resume"))
	a.add("POST /family/resume", "no record", nobodyWith(s, "Cy").send("/family/resume"))
	a.aboutRights(s, op, d)

}

// nobodyWith is somebody proven who has no record.
func nobodyWith(s *site, name string) *person { return s.proven(name, "", "") }

func (a *album) aboutRights(s *site, op *person, d mandate.Mandate) {
	p := s.hire(op, op.hospital("A81009"), "Dr Ada Obi", "clinician")
	p.workAs("clinician")
	a.add("GET /staff/family", "asks", p.get(staffFamilyAt))
	a.add("POST /staff/family", "no number", p.send(staffFamilyAt, "number", "12"))
	a.add("POST /staff/family", "nobody", p.send(staffFamilyAt, "number", "9990007055"))
	at := staffFamilyAt + "/famsam"
	a.add("GET /staff/family/{id}", "one right", p.get(at))
	a.add("GET /staff/family/{id}", "not there", p.get(staffFamilyAt+"/nothing"))
	a.add("GET /staff/family/{id}/give", "asks", p.get(at+"/give"))
	a.add("POST /staff/family/{id}/give", "no number", p.send(at+"/give", "number", "1"))
	a.add("POST /staff/family/{id}/give", "no paper", p.send(at+"/give", "number", numberAnn, "kind", "parent", "basis", "parental-responsibility", "may", "look"))
	a.add("GET /staff/family/{id}/decide", "asks", p.get(at+"/decide"))
	a.add("POST /staff/family/{id}/decide", "nothing chosen", p.send(at+"/decide", "why", "x"))
	a.add("POST /staff/family/{id}/decide", "no reason", p.send(at+"/decide", "able", "yes"))
	p.send(at+"/decide", "able", "no", "why", "we talked").to(at)
	a.add("GET /staff/family/{id}", "news, a decision", p.get(at))
	right := staffRightsAt + "/" + d.ID
	a.add("GET /staff/rights/{id}", "works", p.get(right))
	a.add("GET /staff/rights/{id}", "not there", p.get(staffRightsAt+"/nothing"))
	for _, what := range []string{"stop", "back", "end"} {
		a.add("GET /staff/rights/{id}/"+what, "asks", p.get(right+"/"+what))
		a.add("POST /staff/rights/{id}/"+what, "no reason", p.send(right+"/"+what))
	}
	p.send(right+"/stop", "safety", "yes", "why", "a worry").to(right)
	a.add("GET /staff/rights/{id}", "news, stopped", p.get(right))
	p.send(right+"/end", "reason", string(mandate.Changed), "why", "no parent").to(right)
	a.add("GET /staff/rights/{id}", "ended", p.get(right))
}
