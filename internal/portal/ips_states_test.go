package portal

// aboutIPS is the summary to take along, as each sees it who may open a record.
func (a *album) aboutIPS(p *person, route, name, at string) {
	a.add("GET "+route+"/ips", name, p.get(at+"/ips"))
}
