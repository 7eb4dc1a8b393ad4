package portal

import (
	"net/http"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/notify"
)

// A record is handed over: both first pages say so three months before and when it
// happens, the parent reads what they see and why, and the young person reads
// whose it is now, who could see it, and what the parent looked at.
func TestARecordIsHandedOver(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "hoann", numberAnn)
		sam := s.proven("Sam Hill", "", "")
		s.child("Sam Hill", "hosam", "2013-06-10", numberSam) // thirteen in five weeks
		sam.must(s.cfg.Accounts.SetRecord(t.Context(), sam.account(), "Patient/hosam"))
		sam.addressed("sam@example.org")
		ann.addressed("ann@example.org")
		s.put(`{"resourceType":"Immunization","id":"hosecret","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"}]},"status":"completed","vaccineCode":{"text":"Quiet vaccine"},"occurrenceDateTime":"2026-02-03","patient":{"reference":"Patient/hosam"}}`)
		d := ann.parentOf("hosam")
		s.mail()
		ann.get("/").shows(http.StatusOK, "From 10 June 2026 you will no longer see the record of Sam Hill")
		sam.get("/").shows(http.StatusOK, "From 10 June 2026 your record becomes more your own. Read what changes")
		a := ann.get("/family/changes")
		a.shows(http.StatusOK, "What you can see now, and why", "Sam Hill", "Only these:", "vaccines you had", "At this age you see what helps you look after them", "You see nothing of it from then on, old or new, unless they let you.")
		a = sam.get("/record/child/yours")
		a.shows(http.StatusOK, "How your red book becomes yours", "Your parents see only a part of it now.", "13 years old", "10 June 2026", "Ann Hill", "16 years old", "No clinician has signed these rules off yet.")
		ann.send("/family/act", "right", d.ID).to("/family/record")
		a = ann.get("/family/record/vaccinations")
		a.shows(http.StatusOK, "MMR vaccine")
		a.hides("Quiet vaccine")

		s.clock.move(time.Date(2026, 6, 10, 9, 0, 0, 0, time.UTC).Sub(s.clock.now()))
		sam.must(s.cfg.Mandates.Sweep(t.Context()))
		if k := s.kinds(); len(k) != 2 || k[0] != notify.MandateHandedOver || k[1] != notify.MandateHandedOver {
			t.Errorf("they were told %v", k)
		}
		ann, sam = ann.elsewhere(), sam.elsewhere()
		a = ann.get("/")
		a.shows(http.StatusOK, "From 10 June 2026 you stopped seeing the record of Sam Hill")
		ann.send("/family/act", "right", d.ID)
		ann.get("/family/record").to("/family")
		ann.get("/family/record/child/whole").to("/family")
		a = ann.get("/family/changes")
		a.shows(http.StatusOK, "There is nobody whose record you can see now.", "You see nothing of it from then on")
		a.hides("MMR")
		sam.get("/").shows(http.StatusOK, "From 10 June 2026 your record has become more your own. Read what changed")
		a = sam.get("/record/child/yours")
		a.shows(http.StatusOK, "Your red book is yours now", "Nobody in your family can see it now.", "Who could see it before", "Ann Hill", "Parent", "10 June 2026")
		a.find(`href="(/family/invite)"`)
		sam.get(a.find(`href="(/record/looked.why=proxy)"`)).shows(http.StatusOK, "Who looked at your record")

		// With the child's yes the parent sees it again, but never what was private.
		shown := sam.send("/family/invite", "name", "Ann", "kind", "parent", "may", "look")
		ann.send("/family/code", "code", shown.find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)).to("/family")
		ann.get("/family/changes").shows(http.StatusOK, "They said yes to it.")
		ann.send("/family/act", "right", ann.get("/family").find(`name="right" value="([a-z0-9]+)"`)).to("/family/record")
		a = ann.get("/family/record/vaccinations")
		a.shows(http.StatusOK, "MMR vaccine")
		a.hides("Quiet vaccine")
	})
}

// One who was stopped to keep a child safe reads nothing of the child, on no page,
// and the child does not read the name.
func TestAttack76WhoWasStoppedReadsOfNoBirthday(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		mal := s.proven("Mal Hill", "homal", numberAnn)
		sam := s.proven("Sam Hill", "", "")
		s.child("Sam Hill", "hosam", "2013-06-10", numberSam)
		sam.must(s.cfg.Accounts.SetRecord(t.Context(), sam.account(), "Patient/hosam"))
		d := mal.parentOf("hosam")
		mal.must(s.cfg.Mandates.Suspend(t.Context(), surgery, d.ID, true, "a worry"))
		for range 2 {
			for _, path := range []string{"/", "/family/changes", "/family"} {
				a := mal.get(path)
				a.shows(http.StatusOK)
				a.hides("Sam Hill", "10 June")
			}
			sam.get("/record/child/yours").hides("Mal Hill")
			sam.get("/").hides("Mal Hill")
			s.clock.move(time.Date(2026, 6, 10, 9, 0, 0, 0, time.UTC).Sub(s.clock.now()))
			sam.must(s.cfg.Mandates.Sweep(t.Context()))
			mal, sam = mal.elsewhere(), sam.elsewhere()
		}
	})
}

// aboutHandover is how a record becomes the child's own, before and after.
func (a *album) aboutHandover(s *site) {
	ann := s.proven("Ann Dale", "", "")
	a.add("GET /family/changes", "nobody", ann.get(changesAt))
	soon := ""
	for _, c := range []struct{ name, id, born, number string }{
		{"nothing yet", "hogeen", "2016-05-04", "9990007144"}, {"soon", "hogsoon", "2013-06-10", "9990007152"}, {"theirs", "hogtheirs", "2010-01-01", "9990007160"},
	} {
		sam := s.proven("Kit Dale", "", "")
		s.child("Kit Dale", c.id, c.born, c.number)
		sam.must(s.cfg.Accounts.SetRecord(a.t.Context(), sam.account(), "Patient/"+c.id))
		if c.name != "theirs" {
			soon = ann.parentOf(c.id).ID
		}
		a.add("GET "+yoursAt, c.name, sam.get(yoursAt))
		if c.name == "soon" {
			a.add("GET /{$}", "handed over soon", sam.get("/"))
		}
	}
	a.aboutPaper(s)
	a.add("GET /family/changes", "two children", ann.get(changesAt))
	a.add("GET /{$}", "a child's record is handed over soon", ann.get("/"))
	ann.send("/family/act", "right", soon).to(familyRecordAt)
	for _, page := range bookPages {
		a.add("GET /family/record/child"+page, "a right that shows less", ann.get(bosFamily+page))
	}
}
