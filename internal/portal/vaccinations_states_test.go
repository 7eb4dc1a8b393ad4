package portal

// aboutVaccinations is the page of a record about vaccinations, as each sees it who
// may open the record.
func (a *album) aboutVaccinations(p *person, route, name, at string) {
	a.add("GET "+route+vaccinationsAt, name, p.get(at+vaccinationsAt))
}

// aboutJabs is the same page with all that it may say, and the form of staff with
// what may be wrong in it.
func (a *album) aboutJabs(s *site, ann *person) {
	s.jabbed("jabs")
	ann.send("/family/act", "right", ann.parentOf("jabs").ID).to("/family/record")
	a.add("GET /family/record"+vaccinationsAt, "missed visits", ann.get("/family/record"+vaccinationsAt))
}
