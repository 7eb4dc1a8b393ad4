package portal

import (
	"strconv"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/identity/worklist"
)

func (a *album) aboutClinic(s *site, op *person) {
	op = op.elsewhere()
	op.workAs(staff.Operator)
	a.aboutRunning(s, op)
	a.aboutRecall(s, op)
	a.aboutNotes(s, op)
	org := op.hospital("RXC")
	s.kit()
	s.cared(org)
	ada := s.rescuer(op, org, "Dr Ada Clinic")
	a.aboutBook(s, ada, org)
	a.add("GET /staff/people", "asks", ada.get("/staff/people"))
	a.add("POST /staff/people", "too little", ada.send("/staff/people", "given", "Kit"))
	a.add("POST /staff/people", "nobody", ada.send("/staff/people", "number", "9990001022", "born", "3"))
	a.add("POST /staff/people", "nobody, with a number", ada.send("/staff/people", "number", "9990001022"))
	a.add("POST /staff/emergency/for", "with what was typed", ada.send("/staff/emergency/for", "number", "9990001022"))
	a.add("GET /staff/people/{person}", "shown", ada.get(kitAt))
	a.add("GET /staff/people/{person}", "nobody", ada.get("/staff/people/twin"))
	a.add("POST /staff/people/{person}/go", "no such letter", ada.send(kitAt+"/go", "to", "q"))
	s.put(`{"resourceType":"Patient","id":"bare","managingOrganization":{"reference":"Organization/` + org + `"}}`)
	a.add("GET /staff/people/{person}", "nothing known", ada.get("/staff/people/bare"))
	for _, e := range entryForms() {
		at := "/add/" + e.at
		a.add("GET /staff/people/{person}"+at, "asks", ada.get(kitAt+at))
		a.add("POST /staff/people/{person}"+at, "nothing typed", ada.send(kitAt+at))
		a.add("POST /staff/people/{person}"+at, "to be checked", ada.send(kitAt+at, typedIn[e.at]...))
		a.add("POST /staff/people/{person}"+at, "changed", ada.send(kitAt+at, append([]string{"step", "change"}, typedIn[e.at]...)...))
	}
	a.add("POST /staff/people/{person}/add/measurement", "not likely", ada.send(kitAt+"/add/measurement", "which", "weight", "value", "720"))
	a.add("POST /staff/people/{person}/add/vaccination", "would not count", ada.send(kitAt+"/add/vaccination", "vaccine", "3in1", "batch", "A1", "when", "1", "whenmonth", "5", "whenyear", "1962"))
	a.add("POST /staff/people/{person}/add/note", "signed out", s.person().send(kitAt+"/add/note", append([]string{"key", aKey}, typedIn["note"]...)...))
	a.add("POST /staff/people/{person}/add/note", "somebody else's", ada.send(kitAt+"/add/note", append([]string{"key", aKey, "made-by", "another"}, typedIn["note"]...)...))
	a.add("GET /staff/people/{person}/add/document", "asks", ada.get(kitAt+"/add/document"))
	a.add("POST /staff/people/{person}/add/document", "no file", ada.uploads(kitAt+"/add/document", nil, "name", "A letter", "kind", "51852-2"))
	at := ada.send(kitAt+"/add/problem", append([]string{"key", aKey, "step", "save"}, typedIn["problem"]...)...).Header().Get("Location")
	a.add("GET /staff/people/{person}/written/{type}/{id}", "news", ada.get(at))
	a.add("GET /staff/people/{person}/written/{type}/{id}", "not there", ada.get(kitAt+"/written/Condition/nothing"))
	a.add("GET /staff/people/{person}/mistake/{type}/{id}", "asks", ada.get(wrongAt(at)))
	a.add("POST /staff/people/{person}/mistake/{type}/{id}", "no reason", ada.send(wrongAt(at), "version", "1"))
	a.add("POST /staff/people/{person}/mistake/{type}/{id}", "stale", ada.send(wrongAt(at), "version", "7", "why", "It was for somebody else."))
	ada.send(wrongAt(at), "version", "1", "why", "It was for somebody else.").to(at)
	a.add("GET /staff/people/{person}/written/{type}/{id}", "marked", ada.get(at))
	a.add("GET /staff/people/{person}/keep", "asks", ada.get(kitAt+"/keep"))
	a.add("GET /staff/list", "one looked at", ada.get("/staff/list"))
	ada.send(kitAt + "/keep").to(kitAt)
	a.add("GET /staff/list", "one kept", ada.get("/staff/list"))
	ada.send("/staff/list/kit/remove").to("/staff/list")
	ada.send("/staff/list/bare/remove").to("/staff/list")
	a.add("GET /staff/list", "news, nobody", ada.get("/staff/list"))
	for i := range worklist.Most {
		ada.must(s.cfg.Lists.Keep(a.t.Context(), worklist.Owner{Account: ada.account(), Organisation: org}, "p"+strconv.Itoa(i)))
	}
	a.add("POST /staff/people/{person}/keep", "full", ada.send(kitAt+"/keep"))
}
