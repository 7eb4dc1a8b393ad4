package portal

import "strings"

// aboutIPS is the summary to take along, as each sees it who may open a record.
func (a *album) aboutIPS(p *person, route, name, at string) {
	a.add("GET "+route+"/ips", name, p.get(at+"/ips"))
	if route == "/staff/people/{person}" {
		return
	}
	a.add("GET "+route+"/card", name, p.get(at+"/card"))
	a.add("POST "+route+"/card", name+", the card", p.send(at+"/card", "contacts", "Bob Hill, 01632 960001", "note", "I need a hoist."))
	a.add("POST "+route+"/card", name+", too long", p.send(at+"/card", "note", strings.Repeat("x", 400)))
}
