package portal

import "github.com/bevanhealth/bevan/internal/identity/staff"

// aboutGrowth is the growth chart in each of its states, for the child themself, for who
// acts for the child, and for staff.
func (a *album) aboutGrowth(s *site) {
	noor := s.join("Noor")
	noor.works("Growing", staff.Clinician)
	nia := s.linked("Nia Moss", "grownia")
	s.baby("Nia Moss", "grownia", "female", "9990007608")
	ann := s.grower("growmia", "9990007616")
	bare := func(id, more string) {
		s.put(`{"resourceType":"Patient","id":"` + id + `","name":[{"text":"Nia Moss"}]` + more + `,"generalPractitioner":[{"reference":"Organization/` + s.surgeries[len(s.surgeries)-1] + `"}]}`)
	}
	a.add("GET /record/child/growth", "none yet", nia.get("/record/child/growth"))
	s.measured("grownia")
	nia.send("/record/child/growth/parents", "mother", "165", "father", "180")
	for at, who := range map[string]*person{"/record": nia, "/family/record": ann, "/staff/people/{person}": noor} {
		real := at
		if who == noor {
			real = "/staff/people/grownia"
		}
		a.add("GET "+at+"/child/growth", "born early", who.get(real+"/child/growth"))
		a.add("GET "+at+"/child/growth/parents", "asks", who.get(real+"/child/growth/parents"))
		a.add("POST "+at+"/child/growth/parents", "nothing typed", who.send(real+"/child/growth/parents"))
	}
	const at = "/staff/people/{person}/child/growth"
	get := func(more string) answer { return noor.get("/staff/people/grownia/child/growth" + more) }
	a.add("GET "+at, "what parents' heights let expect, all ages", get("?of=height&from=0&to=20"))
	a.add("GET "+at, "no lines at these ages", get("?of=head&from=8&to=12"))
	a.add("GET "+at, "other lines", get("?ref=cdc-2000&from=0&to=2"))
	a.add("GET "+at, "before term", get("?from=-0.2&to=0.2"))
	a.add("GET "+at, "no such measure", get("?of=shoes"))
	ann.addsGrowth("what", "weight", "value", "19", "sure", "yes")
	a.add("GET /family/record/child/growth", "news, and a number in doubt", ann.get("/family/record/child/growth?of=weight"))
	a.add("POST /family/record/add/reading", "hard to believe", ann.addsGrowth("what", "weight", "value", "60"))
	bare("grownia", "")
	a.add("GET /record/child/growth", "no birth date", nia.get("/record/child/growth"))
	bare("grownia", `,"birthDate":"2025-05-20"`)
	a.add("GET /record/child/growth", "no sex", nia.get("/record/child/growth"))
	a.add("GET /record/child/growth", "a sex that was chosen", nia.get("/record/child/growth?sex=male"))
}
