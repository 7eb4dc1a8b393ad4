package portal

import "github.com/bevanhealth/bevan/internal/identity/staff"

// aboutPaper is how a paper book is copied, and the whole book, with nothing in them
// and with something, for each who may open them.
func (a *album) aboutPaper(s *site) {
	noor := s.join("Noor")
	noor.works("Papering", staff.Clinician)
	s.bo("papbo", "9990007713", s.surgeries[len(s.surgeries)-1])
	pat := s.proven("Pat Reed", "", "")
	pat.send("/family/act", "right", pat.parentOf("papbo").ID).to("/family/record")
	tam := s.linked("Tam", "paptam")
	for at, p := range map[string]*person{"/family/record/child": pat, "/record/child": tam} {
		paper := at + "/paper"
		a.add("GET "+paper, "nothing yet", p.get(paper))
		a.add("GET "+paper+"/check", "nothing yet", p.get(paper+"/check"))
		a.add("GET "+at+"/whole", "nothing yet", p.get(at+"/whole"))
		for _, step := range paperSteps() {
			a.add("GET "+paper+"/"+step, "asks", p.get(paper+"/"+step))
			typed := map[string][]string{"birth": {"birth-weight", "34"}, "vaccinations": {"when", "31", "whenmonth", "2", "whenyear", "2026"}, "growth": {"kind", "weight", "value", "lots"}, "milestones": {"said", "x"}}[step]
			if typed == nil {
				typed = []string{book1(step), "nonsense"}
			}
			a.add("POST "+paper+"/"+step, "something wrong", p.send(paper+"/"+step, typed...))
		}
		p.send(paper+"/vaccinations", "product", "Six in one", "whenmonth", "7", "whenyear", "2025").to(paper + "/vaccinations")
		a.add("GET "+paper+"/vaccinations", "news, one line", p.get(paper+"/vaccinations"))
		a.add("GET "+paper, "some", p.get(paper))
		a.add("GET "+paper+"/check", "some", p.get(paper+"/check"))
		if p == pat {
			a.add("POST "+paper+"/growth", "hard to believe", p.send(paper+"/growth", "kind", "weight", "value", "68", "when", "3", "whenmonth", "9", "whenyear", "2025"))
			p.send(paper+"/birth", "birth-weight", "3410", "gestation", "39+2").to(paper)
			p.send(paper+"/growth", "kind", "weight", "value", "6.80", "when", "3", "whenmonth", "9", "whenyear", "2025").to(paper + "/growth")
		}
		p.send(paper + "/check").to(at)
		a.add("GET "+at, "news, a copied book", p.get(at))
		a.add("GET "+at+"/whole", "some", p.get(at+"/whole"))
	}
	a.add("GET /staff/people/{person}/child/whole", "some", noor.get("/staff/people/papbo/child/whole"))
}

// book1 is the first question of a step with answers.
func book1(step string) string {
	return map[string]string{"newborn-exam": "hips", "weeks-exam": "hips", "hearing": "ear-left", "blood-spot": "spot-pku"}[step]
}
