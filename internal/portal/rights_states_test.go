package portal

import (
	"strings"

	"github.com/bevanhealth/bevan/internal/consent/erasure"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// aboutOwnRecord is the pages of somebody's own record.
func (a *album) aboutOwnRecord(s *site, op *person) {
	none := s.join("Ann")
	a.add("GET /record", "no record", none.get("/record"))
	empty := s.linked("Nobody Known", "unknown")
	s.put(`{"resourceType":"Patient","id":"held"}`)
	empty.must(s.cfg.Accounts.SetRecord(a.t.Context(), empty.account(), "Patient/not-there"))
	a.add("GET /record", "nothing held", empty.get("/record"))
	p := s.linked("Gwen", "gwen")
	s.put(`{"resourceType":"Condition","id":"gwen-wrong","subject":{"reference":"Patient/gwen"},"code":{"text":"Gout"},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"entered-in-error"}]}}`,
		`{"resourceType":"Observation","id":"gwen-x","status":"final","code":{"text":"Smokes"},"subject":{"reference":"Patient/gwen"},"valueBoolean":true}`)
	a.add("GET /record", "kinds", p.get("/record"))
	a.add("GET /record/{type}", "some", p.get("/record/Condition"))
	a.add("GET /record/{type}", "none", p.get("/record/Immunization"))
	a.add("GET /record/{type}", "no such kind", p.get("/record/Nothing"))
	a.add("GET /record/{type}/{id}", "shown", p.get("/record/Observation/gwena"))
	a.add("GET /record/{type}/{id}", "marked as wrong", p.get("/record/Condition/gwen-wrong"))
	a.add("GET /record/{type}/{id}", "not there", p.get("/record/Observation/x"))
	a.add("GET /record/{type}/{id}/wrong", "asks", p.get("/record/Observation/gwen-x/wrong"))
	a.add("POST /record/{type}/{id}/wrong", "no words", p.send("/record/Observation/gwen-x/wrong"))
	a.add("GET /record/corrections", "none", p.get("/record/corrections"))
	p.send("/record/Observation/gwen-x/wrong", "words", "I have never smoked.").to("/record/corrections")
	a.add("GET /record/corrections", "news, one", p.get("/record/corrections"))
	at := p.get("/record/corrections").find(`"(/record/corrections/[A-Z0-9]+)"`)
	id := at[strings.LastIndex(at, "/")+1:]
	a.add("GET /record/corrections/{id}", "waits", p.get(at))
	op = op.elsewhere()
	op.workAs(staff.Operator)
	a.add("GET /staff/corrections", "one", op.get("/staff/corrections"))
	a.add("GET /staff/corrections/{id}", "asks", op.get("/staff/corrections/"+id))
	a.add("POST /staff/corrections/{id}", "no answer", op.send("/staff/corrections/"+id))
	op.send("/staff/corrections/"+id, "how", "refuse", "reason", "You told us so.", "version", "1").to("/staff/corrections")
	a.add("GET /staff/corrections", "news, none", op.get("/staff/corrections"))
	a.add("GET /staff/corrections/{id}", "answered", op.get("/staff/corrections/"+id))
	a.add("GET /record/corrections/{id}", "refused", p.get(at))
	a.add("POST /record/corrections/{id}/disagree", "no words", p.send(at+"/disagree"))
	p.send(at+"/disagree", "statement", "I did not.").to(at)
	a.add("GET /record/corrections/{id}", "news, a statement", p.get(at))
	a.aboutCopies(s, p)
	a.aboutErasing(s, p, op)
}

func (a *album) aboutCopies(s *site, p *person) {
	a.add("GET /record/download", "none", p.get("/record/download"))
	p.send("/record/download").to("/record/download")
	a.add("GET /record/download", "being made", p.get("/record/download"))
	s.works(takeaway.Kind)
	a.add("GET /record/download", "ready", p.get("/record/download"))
}

func (a *album) aboutErasing(s *site, p, op *person) {
	a.add("GET /record/erase", "asks", p.get("/record/erase"))
	a.add("POST /record/erase", "no words", p.send("/record/erase"))
	p.send("/record/erase", "words", "I moved away.").to("/record/erase")
	a.add("GET /record/erase", "news, waits", p.get("/record/erase"))
	a.add("GET /operator/erasures", "one", op.get("/operator/erasures"))
	at := op.get("/operator/erasures").find(`"(/operator/erasures/[A-Z0-9]+)"`)
	number := op.get("/operator/erasures").find(`/operator/erasures/[A-Z0-9]+">([0-9]+)<`)
	a.add("GET /operator/erasures/{id}", "asks", op.get(at))
	a.add("POST /operator/erasures/{id}", "no ground", op.send(at))
	a.add("POST /operator/erasures/{id}", "no reason", op.send(at, "ground", "keep uk-gdpr-17-3-c"))
	a.add("POST /operator/erasures/{id}", "another number", op.send(at, "ground", "erase uk-gdpr-17-1-b", "confirm", "1"))
	op.send(at, "ground", "keep uk-gdpr-17-3-c", "reason", "Your doctors need it.").to("/operator/erasures")
	a.add("GET /operator/erasures/{id}", "kept", op.get(at))
	a.add("GET /record/erase", "refused", p.get("/record/erase"))
	p.send("/record/erase", "words", "I ask again.").to("/record/erase")
	at = op.get("/operator/erasures").find(`"(/operator/erasures/[A-Z0-9]+)"`)
	op.send(at, "ground", "erase uk-gdpr-17-1-b", "confirm", number).to("/operator/erasures")
	s.works(erasure.Kind)
	delete(s.people, "gwen") // who works here later is not tied to her any more
	a.add("GET /operator/erasures", "erased", op.get("/operator/erasures"))
	a.add("GET /operator/erasures/{id}", "erased", op.get(at))
	a.add("GET /record", "after an erasure", p.get("/record"))
}
