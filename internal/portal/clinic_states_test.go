package portal

import (
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

func (a *album) aboutClinic(s *site, op *person) {
	op = op.elsewhere()
	op.workAs(staff.Operator)
	org := op.hospital("RXC")
	s.kit()
	s.cared(org)
	ada := s.rescuer(op, org, "Dr Ada Clinic")
	a.add("GET /staff/people", "asks", ada.get("/staff/people"))
	a.add("POST /staff/people", "too little", ada.send("/staff/people", "given", "Kit"))
	a.add("POST /staff/people", "nobody", ada.send("/staff/people", "number", "9990001014", "born", "3"))
	a.add("POST /staff/people", "nobody, with a number", ada.send("/staff/people", "number", "9990001014"))
	a.add("POST /staff/emergency/for", "with what was typed", ada.send("/staff/emergency/for", "number", "9990001014"))
	a.add("GET /staff/people/{person}", "shown", ada.get(kitAt))
	a.add("GET /staff/people/{person}", "nobody", ada.get("/staff/people/twin"))
	a.add("POST /staff/people/{person}/go", "no such letter", ada.send(kitAt+"/go", "to", "q"))
	s.put(`{"resourceType":"Patient","id":"bare","managingOrganization":{"reference":"Organization/` + org + `"}}`)
	a.add("GET /staff/people/{person}", "nothing known", ada.get("/staff/people/bare"))
}
