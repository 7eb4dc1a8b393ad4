package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// hospitalOf opens a site with an operator at work and a hospital.
func hospitalOf(t *testing.T, d *db.DB) (s *site, op *person, org string) {
	t.Helper()
	s = open(t, d, origin)
	op = s.setUp()
	s.clock.move(time.Minute)
	op.workAs(staff.Operator)
	return s, op, op.hospital("RXH")
}

// worker is somebody who works at a hospital, at work.
func (s *site) worker(op *person, org string, role staff.Role) *person {
	s.t.Helper()
	p := s.hire(op, org, "Dr Ada Obi", role)
	p.workAs(role)
	return p
}

// paper is what staff type of a passport.
func paper(patient string, more ...string) []string {
	return append([]string{"patient", patient, "kind", "passport-chip", "issuer", "HM Passport Office", "paper", "123 456", "until", "31 3 2031", "compared", "yes"}, more...)
}

func TestACodeIsHandedOutAtADesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		for _, role := range []staff.Role{staff.Clinician, staff.CareCoordinator, staff.Administrator} {
			c := s.worker(op, org, role)
			c.get("/staff").shows(http.StatusOK, "Check who somebody is")
			c.get("/staff/desk").shows(http.StatusOK, "Find the record of the person in front of you.")
		}
		c := s.worker(op, org, staff.CareCoordinator)
		c.send("/staff/desk", "given", "Ann").shows(http.StatusUnprocessableEntity, "There is a problem")
		c.send("/staff/desk", s.typed("nobody")...).shows(http.StatusOK, "No record is like what you typed.")
		a := c.send("/staff/desk", s.typed("ann")...)
		a.shows(http.StatusOK, "Which record is it?", "Ann Hill", "31 March 1980", "9990000018", "Amy Hill", "9990000026")
		a.hides("Bob Dale", "has an account already")
		c.send("/staff/desk/papers", "patient", "nobody").shows(http.StatusNotFound, "There is no such record.")
		c.send("/staff/desk/papers", "patient", "ann").shows(http.StatusOK, "Check their documents", "Ann Hill, 31 March 1980", "Passport with a chip", "Did you compare the photo with the person?")
		for says, form := range map[string][]string{
			"and say that it is them":              paper("ann", "compared", ""),
			"be strong and have a photo":           paper("ann", "kind", "birth-certificate"),
			"This document is too old":             paper("ann", "until", "1 1 2020"),
			"Type the number that stands":          paper("ann", "paper", ""),
			"Say who gave out the document":        paper("ann", "second", "bus-pass"),
			"This kind of document is not on":      paper("ann", "kind", "x"),
			"Type until when the document is good": paper("ann", "until", "soon"),
		} {
			c.send("/staff/desk/code", form...).shows(http.StatusUnprocessableEntity, says, "Ann Hill, 31 March 1980")
		}
		a = c.send("/staff/desk/code", paper("ann", "second", "marriage-certificate", "issuer2", "GRO", "paper2", "M1")...)
		a.shows(http.StatusOK, "Give this code to the person", "You see it this once.", origin+"/account/proof/code", "17 May 2026")
		a.hides("31 March 1980", "Ann")
		code := a.find(`<code class="bevan-shown">([A-Z0-9 ]{23})</code>`)

		p := s.join("Ann")
		p.send("/account/proof/code", "code", code, "birth", "31 March 1980").to("/account/proof")
		p.get("/account").shows(http.StatusOK, "Somebody saw a document with your photo, and it was you.", "Your record is linked")
		c.send("/staff/desk", s.typed("ann")...).shows(http.StatusOK, "This record has an account already.")
	})
}

// Pages of the desk are for those who work there in a role that has them, with
// a passkey that they used of late.
func TestWhoSeesTheDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		p := s.join("Ann")
		p.get("/staff/desk").to("/staff?next=%2Fstaff%2Fdesk")
		for _, path := range []string{"/staff/desk", "/staff/desk/papers", "/staff/desk/code", "/staff/questions/x", "/staff/links/x"} {
			p.send(path, paper("ann")...).shows(http.StatusForbidden, "Choose where you work")
		}
		s.person().get("/staff/desk").to("/sign-in?next=%2Fstaff%2Fdesk")
		for role, may := range map[staff.Role][2]bool{staff.Clinician: {true, false}, staff.CareCoordinator: {true, false}, staff.Administrator: {true, true},
			staff.AppAssessor: {}, staff.Researcher: {}, staff.Auditor: {}} {
			w := s.worker(op, org, role)
			for i, paths := range [][]string{{"/staff/desk"}, {"/staff/questions", "/staff/links"}} {
				for _, path := range paths {
					want := http.StatusForbidden
					if may[i] {
						want = http.StatusOK
					}
					w.get(path).shows(want)
				}
			}
		}
		w := s.worker(op, org, staff.Clinician)
		for range 2 {
			s.clock.move(20 * time.Minute)
			w.get("/staff")
		}
		w.get("/staff/desk").to("/check?next=%2Fstaff%2Fdesk")
		w.send("/staff/desk/code", paper("ann")...).to("/check?next=%2Fstaff%2Fdesk")
	})
}

func TestPeopleDecideWhoseARecordIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		admin := s.worker(op, org, staff.Administrator)
		admin.get("/staff/questions").shows(http.StatusOK, "Nothing waits now.")
		p := s.join("Sam")
		p.send("/account/proof/details/send", s.typed("sam")...).shows(http.StatusOK, "We could not link a record")
		a := admin.get("/staff/questions")
		a.shows(http.StatusOK, "They typed their details", "More than one record agrees.")
		a.hides("Twice")
		at := a.find(`href="(/staff/questions/[a-z0-9]+)"`)
		admin.get(at).shows(http.StatusOK, "Whose record is it?", "What they gave", "Twice", "7 July 1970", "HX1 1AA", "None of these")
		admin.send(at, "patient", "sam", "reason", "").shows(http.StatusUnprocessableEntity, "Say why, in one line")
		admin.send(at, "patient", "ann", "reason", "because").shows(http.StatusUnprocessableEntity, "Choose one of the records of this question")
		admin.send(at, "patient", "sam", "reason", "They rang us").to("/staff/questions")
		admin.get("/staff/questions").shows(http.StatusOK, "It is decided", "Nothing waits now.")
		admin.send(at, "patient", "sam2", "reason", "because").shows(http.StatusUnprocessableEntity, "This question was answered already")
		p.get("/account/proof").shows(http.StatusOK, "Somebody who works here looked at what you typed.", "Your record is linked")

		a = admin.get("/staff/links")
		a.shows(http.StatusOK, "Links of records", "Somebody here decided", "sam")
		link := a.find(`href="(/staff/links/[a-z0-9]+)"`)
		admin.get(link).shows(http.StatusOK, "Take this link back", "They rang us", "Sam Twice")
		admin.send(link, "reason", "").shows(http.StatusUnprocessableEntity, "Say why, in one line")
		admin.send(link, "reason", "It was his brother").to("/staff/links")
		admin.get("/staff/links").shows(http.StatusOK, "The link was taken back")
		admin.get(link).shows(http.StatusOK, "This link does not stand any more.", "It was his brother")
		admin.send(link, "reason", "again").shows(http.StatusUnprocessableEntity, "taken back already")
		p.get("/account").shows(http.StatusOK, "Nobody has checked yet who you are.", "No record is linked")
		p.get("/account/proof").shows(http.StatusOK, "Counts no more since")
		admin.get("/staff/links/nothing").shows(http.StatusNotFound, "There is no such decision.")
	})
}

// Whoever decides does not decide about themselves.
func TestNobodyDecidesAboutTheirOwnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		admin := s.worker(op, org, staff.Administrator)
		admin.send("/account/proof/details/send", s.typed("sam")...).shows(http.StatusOK, "We could not link a record")
		at := admin.get("/staff/questions").find(`href="(/staff/questions/[a-z0-9]+)"`)
		admin.send(at, "patient", "sam", "reason", "It is me").shows(http.StatusUnprocessableEntity, "Ask somebody you work with to decide it.")
		admin.get("/account").shows(http.StatusOK, "No record is linked")
		if strings.Contains(s.log.String(), "Twice") {
			t.Error("the log holds a name")
		}
	})
}
