package portal

import (
	"fmt"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// aboutFolders is the pages of a record, for each who may open it, and the first
// page with all that it may say.
func (a *album) aboutFolders(s *site) {
	s.clock.move(time.Minute)
	p := s.linked("Gwen", "folder")
	a.add("GET /{$}", "nothing new", p.get("/"))
	s.filled("folder")
	s.put(`{"resourceType":"Appointment","id":"folderap","status":"booked","description":"Check of the ears","start":"2026-12-05T10:00:00Z","participant":[{"actor":{"reference":"Patient/folder"},"status":"accepted"}]}`)
	a.add("GET /{$}", "news", p.get("/"))
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf(`{"resourceType":"Observation","id":"folder%d","status":"final","code":{"text":"Pulse"},"effectiveDateTime":"%d-01","valueQuantity":{"value":7%d,"unit":"beats a minute"},"subject":{"reference":"Patient/folder"}}`, i, 1990+i, i%10))
	}
	s.put(many...)
	ann := s.proven("Ann Hill", "folderann", "9990007063")
	s.child("Sam Hill", "foldersam", "2021-05-04", "9990007071")
	d := ann.parentOf("foldersam")
	ann.send("/family/act", "right", d.ID).to("/family/record")
	a.add("GET /{$}", "acting", ann.get("/"))
	dr := s.join("Quin")
	s.people["folder"] = "Gwen"
	s.hides("folder", p, dr.works("Quin", staff.Clinician).Organisation.ID)
	a.add("GET /{$}", "at work", dr.get("/"))
	for _, who := range []struct {
		name, route, at string
		p               *person
		doc             string
	}{
		{"own", "/record", "/record", p, "DocumentReference/folderd"},
		{"a child's", "/family/record", "/family/record", ann, "Immunization/foldersamv"},
		{"a patient's", "/staff/people/{person}", "/staff/people/folder", dr, "DocumentReference/folderd"},
	} {
		if who.p != dr {
			a.aboutAdding(who.p, who.name, who.at)
		}
		a.add("GET "+who.route+"/summary", who.name, who.p.get(who.at+"/summary"))
		a.aboutIPS(who.p, who.route, who.name, who.at)
		a.aboutVaccinations(who.p, who.route, who.name, who.at)
		a.add("GET "+who.route+"/timeline", who.name, who.p.get(who.at+"/timeline"))
		a.add("GET "+who.route+"/timeline", who.name+", filtered, none", who.p.get(who.at+"/timeline?words=elephant&kind=problems"))
		a.add("GET "+who.route+"/timeline", who.name+", a day that there is not", who.p.get(who.at+"/timeline?from=31&frommonth=2&fromyear=2026"))
		a.add("GET "+who.route+"/all", who.name, who.p.get(who.at+"/all"))
		a.add("GET "+who.route+"/{type}", who.name, who.p.get(who.at+"/medicines"))
		a.add("GET "+who.route+"/{type}", who.name+", none", who.p.get(who.at+"/plans"))
		a.add("GET "+who.route+"/{type}/{id}", who.name, who.p.get(who.at+"/"+who.doc))
		a.add("GET "+who.route+"/{type}/{id}", who.name+", not there", who.p.get(who.at+"/Condition/x"))
		a.add("GET "+who.route+"/{type}/{id}/file/{n}", who.name+", not there", who.p.get(who.at+"/"+who.doc+"/file/9"))
	}
	a.aboutJabs(s, ann)
}

// aboutAdding is the pages on which somebody adds to a record.
func (a *album) aboutAdding(p *person, name, at string) {
	a.add("GET "+at+"/add", name, p.get(at+"/add"))
	for _, page := range []string{"/note", "/reading", "/file"} {
		a.add("GET "+at+"/add"+page, name+", asks", p.get(at+"/add"+page))
		a.add("POST "+at+"/add"+page, name+", nothing typed", p.send(at+"/add"+page, "day", "31", "daymonth", "2", "dayyear", "2026"))
	}
	p.send(at+"/add/note", "note", "I slept badly.").to(at + "/timeline")
	a.add("GET "+at+"/timeline", name+", news", p.get(at+"/timeline"))
}
