package portal

import (
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/record"
)

// looksAs opens a record as somebody and reads one resource of it.
func (s *site) looksAs(who access.Who, why access.Purpose, patient, typ, id string) {
	s.t.Helper()
	r, err := s.door.Open(s.t.Context(), who, record.About{Patient: patient}, why)
	if err == nil {
		_, _ = r.Read(s.t.Context(), record.Key{Type: typ, ID: id}, 0)
	}
}

// carer is a clinician of an organisation, as the record sees one with an app.
func (s *site) carer(p *person, org, patient string, app client.Client) access.Who {
	return access.Who{Actor: staff.Actor(p.account()), Kind: access.Person, Role: access.RoleProfessional, Organisation: org, App: app.ID, Patient: patient, Bound: access.AllTypes(access.AllVerbs)}
}

// mischief is one of each sort of look at a record: a clinician's with an app,
// one that found nothing, an operator's, a program's, work of the server, one by
// somebody with another record who was refused, and one's own.
func (s *site) mischief(op *person, patient string) (org string, clinician *person) {
	s.t.Helper()
	op.workAs(staff.Operator)
	org = op.hospital("RLK")
	clinician = s.hire(op, org, "Dr Ada Obi", staff.Clinician)
	for _, in := range []string{org, "gone"} {
		s.put(`{"resourceType":"EpisodeOfCare","id":"` + patient + in + `","status":"active","patient":{"reference":"Patient/` + patient + `"},"managingOrganization":{"reference":"Organization/` + in + `"},"period":{"start":"2020-01-01"}}`)
	}
	app := s.app("Heart App")
	who := s.carer(clinician, org, patient, app)
	s.looksAs(who, access.Care, patient, "Observation", patient+"a")
	s.looksAs(who, access.Care, patient, "Observation", "nothing")
	s.looksAs(access.Operator("token:x"), access.Operations, patient, "Patient", patient)
	s.looksAs(access.Job("export", access.Operator("token:x")), access.Export, patient, "Patient", patient)
	s.looksAs(access.Job("match", access.Operator("account:stranger")), access.Operations, patient, "Patient", patient)
	s.looksAs(access.Who{Actor: "client:" + app.ID, Kind: access.Client, Role: access.RoleProgram, App: app.ID, Grant: "g", Bound: access.AllTypes(access.AllVerbs)}, access.Operations, patient, "Condition", patient+"c")
	s.looksAs(access.Who{Actor: "account:somebody", Kind: access.Person, Role: access.RoleSelf, App: app.ID, Grant: "g", Patient: "zed", Bound: access.AllTypes(access.AllVerbs)}, access.Own, patient, "Patient", patient)
	s.looksAs(access.Who{Actor: "account:me", Kind: access.Person, Role: access.RoleSelf, App: app.ID, Grant: "g", Patient: patient, Bound: access.AllTypes(access.AllVerbs)}, access.Own, patient, "Condition", patient+"c")
	gone := who
	gone.Actor, gone.Organisation, gone.App = "account:gone", "gone", "gone"
	s.looksAs(gone, access.Care, patient, "Encounter", patient+"e")
	return org, clinician
}

// looked is the address of the look on a page of looks whose text begins so.
func (a answer) looked(text string) string {
	a.p.t.Helper()
	return a.find(`<a href="(/record/looked/[a-z0-9]+)">` + text)
}

func (a *album) aboutLooks(s *site, op *person) {
	s.clock.move(time.Minute)
	lost := s.join("Cal")
	a.add("GET /record/looked", "no record", lost.get("/record/looked"))
	p := s.linked("Ann", "annlooked")
	a.add("GET /record/looked", "nobody but oneself", p.get("/record/looked?whose=x"))
	op.signIn()
	s.patient("Zed", "zed")
	org, _ := s.mischief(op, "annlooked")
	list := p.get("/record/looked")
	a.add("GET /record/looked", "one of each", list)
	a.add("GET /{$}", "with the last looks", p.get("/"))
	a.add("GET /record/looked", "with one's own", p.get("/record/looked?whose=all"))
	a.add("GET /record/looked", "nothing like it", p.get("/record/looked?kind=Immunization"))
	a.add("GET /record/looked", "chosen", p.get("/record/looked?kind=Observation&why=care&outcome=given&from=1&frommonth=1&fromyear=2026"))
	a.add("GET /record/looked", "no day", p.get("/record/looked?from=31&frommonth=6&fromyear=2026"))
	a.add("GET /record/looked", "days the wrong way", p.get("/record/looked?from=2&frommonth=6&fromyear=2026&to=1&tomonth=6&toyear=2026"))
	list = p.inEnglish("/record/looked")
	one := list.looked("Opened: Results")
	for _, text := range []string{"Opened: Results", "Opened: Who you are", "Opened your record", "Opened: Visits"} {
		a.add("GET /record/looked/{id}", text, p.get(list.looked(text)))
	}
	a.add("GET /record/looked/{id}", "not there", p.get("/record/looked/"+strings.Repeat("z", 39)))
	a.add("GET /record/looked/download", "asks", p.get("/record/looked/download"))
	a.add("POST /record/looked/download", "nothing chosen", p.send("/record/looked/download"))
	a.add("GET /record/looked/{id}/ask", "asks", p.get(one+"/ask"))
	a.add("POST /record/looked/{id}/ask", "nothing typed", p.send(one+"/ask"))
	a.add("GET /record/questions", "none", p.get("/record/questions"))
	p.send(one+"/ask", "question", "Why was this opened?").to("/record/questions")
	a.add("POST /record/looked/{id}/ask", "asked already", p.send(one+"/ask", "question", "Why was this opened?"))
	asked := p.get("/record/questions")
	a.add("GET /record/questions", "news, one", asked)
	mine := asked.find(`href="(/record/questions/[a-z0-9]+)"`)
	a.add("GET /record/questions/{id}", "waits", p.get(mine))
	a.add("GET /record/questions/{id}", "not there", p.get("/record/questions/nothing"))
	auditor := s.hire(op, org, "Olu Hill", staff.Auditor)
	auditor.workAs(staff.Auditor)
	waiting := auditor.get("/history/questions")
	a.add("GET /history/questions", "one", waiting)
	theirs := waiting.find(`href="(/history/questions/[a-z0-9]+)"`)
	a.add("GET /history/questions/{id}", "asks", auditor.get(theirs))
	a.add("POST /history/questions/{id}", "nothing typed", auditor.send(theirs))
	auditor.send(theirs, "answer", "She looked at your result.").to("/history/questions")
	a.add("GET /history/questions", "news, none", auditor.get("/history/questions"))
	a.add("GET /history/questions/{id}", "answered", auditor.get(theirs))
	a.add("GET /record/questions/{id}", "answered", p.get(mine))
	p.send(mine + "/close").to("/record/questions")
	a.add("GET /record/questions/{id}", "closed", p.get(mine))
	a.aboutReceipts(s, p, one)
	a.aboutSeenAs(s, p, org, "annlooked")
}
