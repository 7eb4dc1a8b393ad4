package portal

import "github.com/bevanhealth/bevan/internal/identity/staff"

// aboutResults is the pages of results, in a record of one's own, of whom somebody
// acts for, and of whom somebody looks after.
func (a *album) aboutResults(s *site) {
	noor := s.join("Noor")
	noor.works("Results", staff.Clinician)
	p := s.linked("Gwyn", "resgwyn")
	s.child("Sam Hill", "ressam", "2021-05-04", numberSam)
	ann := s.proven("Ann Hill", "", "")
	d := ann.parentOf("ressam")
	ann.send("/family/act", "right", d.ID)
	a.add("GET /family/record/results", "few", ann.get("/family/record/results"))
	for _, id := range []string{"resgwyn", "ressam"} {
		s.tested(id)
		s.hardResult(id)
		s.manyPulses(id, mostDrawn+1)
	}
	none := s.linked("Non", "resnon")
	s.put(`{"resourceType":"Patient","id":"resempty"}`)
	none.must(s.cfg.Accounts.SetRecord(a.t.Context(), none.account(), "Patient/resempty"))
	a.add("GET /record/results", "none", none.get("/record/results"))
	for at, who := range map[string]*person{"/record": p, "/family/record": ann, "/staff/people/{person}": noor} {
		real := at
		if who == noor {
			real = "/staff/people/resgwyn"
		}
		get := func(more string) answer { return who.get(real + "/results" + more) }
		a.add("GET "+at+"/results", "some", get(""))
		a.add("GET "+at+"/results", "none of a kind", get("?of=survey"))
		a.add("GET "+at+"/results", "no such kind", get("?of=nothing"))
		a.add("GET "+at+"/results/{test}", "over time, with a range", get("/loinc%7C718-7"))
		a.add("GET "+at+"/results/{test}", "in another unit", get("/loinc%7C2345-7?unit=mg%2FdL"))
		a.add("GET "+at+"/results/{test}", "two parts", get("/loinc%7C85354-9"))
		a.add("GET "+at+"/results/{test}", "very many values", get("/loinc%7C8867-4"))
		a.add("GET "+at+"/results/{test}", "a limit", get("/loinc%7C1988-5"))
		a.add("GET "+at+"/results/{test}", "marked as wrong", get("/loinc%7C2951-2"))
		a.add("GET "+at+"/results/{test}", "none in this time", get("/loinc%7C718-7?from=2010-01-01&to=2011-01-01"))
		a.add("GET "+at+"/results/{test}", "no such test", get("/x"))
		a.add("GET "+at+"/results/{test}", "hard to read alone", get("/loinc%7C69548-6"))
		a.add("GET "+at+"/results/{test}", "hard to read alone, and looked at", get("/loinc%7C69548-6?look=yes"))
		a.add("GET "+at+"/results/together", "two units", get("/together?test=loinc%7C718-7&test=loinc%7C2345-7"))
		a.add("GET "+at+"/results/together", "nothing chosen", get("/together"))
	}
	const told = "/staff/people/{person}/results/told"
	a.add("GET "+told, "asks", noor.get("/staff/people/resgwyn/results/told?entry=Observation/resgwyngen"))
	a.add("GET "+told, "not there", noor.get("/staff/people/resgwyn/results/told?entry=Observation/nothing"))
	a.add("POST "+told, "not there", noor.send("/staff/people/resgwyn/results/told?entry=Observation/nothing"))
	a.add("GET /account/results", "asks", p.get("/account/results"))
	a.add("POST /account/results", "nothing chosen", p.send("/account/results"))
	p.choosesFor("genetic", "wait")
	a.add("GET /record/results", "one waits", p.get("/record/results"))
	a.add("GET /record/results/{test}", "it waits", p.get("/record/results/loinc%7C69548-6"))
}
