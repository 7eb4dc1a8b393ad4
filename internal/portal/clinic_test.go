package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// clinic is a surgery with a clinician who looks after Kit, and after nobody
// else.
func clinic(t *testing.T, d *db.DB) (s *site, ada *person, org string) {
	t.Helper()
	s, op, org := hospitalOf(t, d)
	s.kit()
	s.cared(org)
	return s, s.rescuer(op, org, "Dr Ada Obi"), org
}

// cared registers Kit with an organisation, and adds what a summary shows
// besides. Somebody else of the same names and birth date is registered nowhere.
func (s *site) cared(org string) {
	s.t.Helper()
	kit := func(id, number, more string) string {
		return `{"resourceType":"Patient","id":"` + id + `","gender":"female","name":[{"given":["Kit"],"family":"Marsh"}],"birthDate":"1961-02-03","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + number + `"}]` + more + `}`
	}
	about := `"subject":{"reference":"Patient/kit"}`
	s.put(kit("kit", kitNumber, `,"address":[{"postalCode":"ZZ99 3VZ"}],"generalPractitioner":[{"reference":"Organization/`+org+`","display":"Valley Hospitals"}]`),
		kit("twin", "9990001022", ""),
		`{"resourceType":"Immunization","id":"kiti","status":"completed","vaccineCode":{"text":"Flu vaccine"},"patient":{"reference":"Patient/kit"},"occurrenceDateTime":"2025-10-02"}`,
		`{"resourceType":"Immunization","id":"kitj","status":"not-done","vaccineCode":{"text":"Shingles vaccine"},"patient":{"reference":"Patient/kit"},"occurrenceDateTime":"2025-11-02"}`,
		`{"resourceType":"Flag","id":"kitf","status":"active","code":{"text":"Needs an interpreter"},`+about+`}`,
		`{"resourceType":"Flag","id":"kitg","status":"inactive","code":{"text":"An old warning"},`+about+`}`,
		`{"resourceType":"Condition","id":"kitr","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"resolved"}]},"code":{"text":"Broken wrist"},`+about+`}`,
		`{"resourceType":"CareTeam","id":"kitt","status":"active",`+about+`,"participant":[{"member":{"reference":"Organization/`+org+`","display":"Heart failure nurses"},"role":[{"text":"Nurses"}]}],"period":{"start":"2024-05-01"}}`,
		`{"resourceType":"Appointment","id":"kitp","status":"booked","serviceType":[{"text":"Heart clinic"}],"start":"2026-05-20T10:00:00Z","end":"2026-05-20T10:30:00Z","participant":[{"actor":{"reference":"Patient/kit"},"status":"accepted"}]}`)
}

// finding is what is typed to find Kit by names and birth date.
func finding(more ...string) []string {
	return append([]string{"given", "Kit", "family", "Marsh", "born", "3", "bornmonth", "2", "bornyear", "1961"}, more...)
}

const (
	nobodyFound = "We found nobody you look after with these details."
	kitAt       = "/staff/people/kit"
)

func TestStaffFindWhomTheyLookAfter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		ada.get("/staff").shows(http.StatusOK, "Find a person")
		ada.get("/staff/people").shows(http.StatusOK, "Find a person", "Each search is written down")
		s.looks()
		ada.send("/staff/people", "number", "999 000 1006").to(kitAt)
		if looks := s.looks(); len(looks) < 2 || looks[0].Rule != "professional-finding" {
			t.Errorf("the search is not on the log: %+v", looks)
		}
		ada.send("/staff/people", finding()...).to(kitAt) // the twin is not theirs to see, and not in the way
		ada.send("/staff/people", finding("given", "Kitt")...).to(kitAt)
		for _, c := range []struct {
			says   string
			fields []string
		}{
			{"Give an NHS number, or both names and the date of birth.", nil},
			{"Give an NHS number, or both names and the date of birth.", []string{"given", "Kit", "family", "Marsh"}},
			{"Give an NHS number, or both names and the date of birth.", []string{"family", "Marsh", "born", "3", "bornmonth", "2", "bornyear", "1961"}},
			{"This is not an NHS number. Check the 10 digits.", []string{"number", "9990001007"}},
			{"This is not a day.", finding("born", "31")},
			{"This is not a day.", finding("bornyear", "2030")},
		} {
			a := ada.send("/staff/people", c.fields...)
			a.shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
			a.hides("Kit Marsh", nobodyFound)
		}
	})
}

// Two whom one looks after and who can not be told apart are shown to be two, and
// neither is shown.
func TestWhoCanNotBeToldApartIsNotShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, org := clinic(t, d)
		s.put(`{"resourceType":"Patient","id":"twin","name":[{"given":["Kit"],"family":"Marsh"}],"birthDate":"1961-02-03","address":[{"postalCode":"ZZ99 3CZ"}],"managingOrganization":{"reference":"Organization/` + org + `"}}`)
		a := ada.send("/staff/people", finding()...)
		a.shows(http.StatusOK, "More than one person has these details, and we do not guess.", "Give the NHS number, or the postcode too.")
		a.hides(kitNumber, "999 000 1006", nobodyFound)
		if strings.Contains(a.Body.String(), "people/kit") {
			t.Error("one of them is shown")
		}
		ada.send("/staff/people", finding("postcode", "zz993vz")...).to(kitAt)
		ada.send("/staff/people", finding("postcode", "ZZ99 3CZ")...).to("/staff/people/twin")
	})
}

// Somebody who is not there, and somebody whom those who ask may not see, get one
// answer: by finding, and by address, to the byte but for the numbers of forms,
// which are drawn by lot.
func TestAttack76NobodyLearnsWhoIsThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		there, nowhere := ada.send("/staff/people", "number", "9990001022"), ada.send("/staff/people", "number", "9990001030")
		there.shows(http.StatusOK, nobodyFound, "Open a record in an emergency")
		nowhere.shows(http.StatusOK, nobodyFound, "Open a record in an emergency")
		if strings.ReplaceAll(there.unnumbered(), "9990001022", "9990001030") != nowhere.unnumbered() {
			t.Error("the two answers differ")
		}
		s.put(`{"resourceType":"Patient","id":"kit","name":[{"given":["Kit"],"family":"Marsh"}],"birthDate":"1961-02-03"}`) // registered nowhere now
		s.put(`{"resourceType":"CareTeam","id":"kitt","status":"inactive","subject":{"reference":"Patient/kit"}}`)
		for _, page := range []string{""} {
			theirs, no := ada.get("/staff/people/twin"+page), ada.get("/staff/people/nobody"+page)
			if page == "" {
				theirs.shows(http.StatusNotFound, nobodyFound, "Open a record in an emergency")
			}
			if theirs.Code != no.Code || strings.ReplaceAll(theirs.unnumbered(), "twin", "nobody") != no.unnumbered() {
				t.Errorf("%s: %d %s, and %d %s", page, theirs.Code, theirs.text(), no.Code, no.text())
			}
		}
		ada.get(kitAt).hides("Kit", "Marsh")
		ada.send("/staff/people", finding()...).shows(http.StatusOK, nobodyFound)
	})
}

// What was typed is kept on the way to an emergency.
func TestAnEmergencyKeepsWhoWasLookedFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, ada, _ := clinic(t, d)
		a := ada.send("/staff/people", "number", "9990001022", "born", "3", "bornmonth", "2", "bornyear", "1961")
		a.shows(http.StatusOK, nobodyFound)
		for _, hidden := range []string{`name="number" value="9990001022"`, `name="bornyear" value="1961"`} {
			if !strings.Contains(a.Body.String(), hidden) {
				t.Errorf("%s is not taken along", hidden)
			}
		}
		b := ada.send("/staff/emergency/for", "number", "9990001022", "born", "3", "bornmonth", "2", "bornyear", "1961")
		b.shows(http.StatusOK, "Why can it not wait?")
		b.hides("There is a problem")
		b.find(`id="number"[^>]*(value="9990001022")`)
		b.find(`id="bornyear"[^>]*(value="1961")`)
	})
}

func TestThePageOfAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, org := clinic(t, d)
		s.looks()
		a := ada.get(kitAt)
		a.shows(http.StatusOK, "Kit Marsh", "Born 3 February 1961 (65 years old)", "NHS number 999 000 1006", "female",
			"You can see this record because: they are registered with your organisation; you are in their care team since 1 May 2024.",
			"Needs an interpreter", "Penicillin Swollen face, high, active", "44054006 2011", "Warfarin 3 mg One each evening, 2 April 2026", "Fish oil",
			"Flu vaccine 2 October 2025", "Shingles vaccine not given, 2 November 2025", "Potassium 5.10 mmol/L, 30 April 2026", "Blood pressure Upper 120 mmHg; Lower 80 mmHg, 29 April 2026",
			"Heart clinic 20 May 2026, 10:00am", "Heart failure nurses Nurses", "People can keep things to themselves.")
		a.hides("Written in error", "An old warning", "Broken wrist", "normal", "Died", nobodyFound)
		for _, e := range s.looks() {
			if e.Purpose != access.Care || e.Who.Actor != "account:"+ada.account() || e.Person == 0 {
				t.Errorf("the log says %+v", e)
			}
		}
		s.put(`{"resourceType":"Patient","id":"kit","name":[{"given":["Kit"],"family":"Marsh"}],"birthDate":"1961-02-03","deceasedDateTime":"2026-04-30","generalPractitioner":[{"reference":"Organization/` + org + `"}]}`)
		a = ada.get(kitAt)
		a.shows(http.StatusOK, "Born 3 February 1961 (65 years old)", "Died on 30 April 2026", "NHS number not known")
		s.put(`{"resourceType":"Patient","id":"kit","birthDate":"1961","deceasedBoolean":true,"generalPractitioner":[{"reference":"Organization/` + org + `"}]}`)
		ada.get(kitAt).shows(http.StatusOK, "Born 1961 ·", "Has died")
	})
}

// What a person keeps from those who look after them is not on their page, not
// counted and not hinted at: the page is that of a record that never held it.
func TestAttack76WhatIsKeptFromStaffIsNotOnThePage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		before := ada.get(kitAt)
		s.put(`{"resourceType":"Observation","id":"secret","status":"final","code":{"text":"Chlamydia test"},"effectiveDateTime":"2026-05-01","subject":{"reference":"Patient/kit"},"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"SEX"}]}}`,
			`{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/kit"},"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"SEX"}]},
				"policyRule":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"OPTIN"}]},"provision":{"type":"permit","provision":[{"type":"deny","securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"SEX"}]}]}}`)
		after := ada.get(kitAt)
		after.shows(http.StatusOK, "Kit Marsh")
		after.hides("Chlamydia", "What the person chose")
		if before.Body.String() != after.Body.String() {
			t.Errorf("the page tells:\n%s\n%s", before.text(), after.text())
		}
	})
}

func TestAges(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	v := &visit{p: s.Portal}
	at := time.Date(2026, 5, 3, 14, 0, 0, 0, time.UTC)
	for born, want := range map[string]string{"1961-02-03": "65 years old", "1961-05-04": "64 years old", "2026-05-03": "0 months old", "2026-04-03": "1 month old",
		"2024-05-04": "23 months old", "2024-05-03": "2 years old", "2026-05-04": "", "1961": "", "": "", "1961-02-30": ""} {
		if got := v.ageAt(born, at); got != want {
			t.Errorf("%s: %q, want %q", born, got, want)
		}
	}
}

// A letter and Enter lead on; no other letter does.
func TestALetterLeadsOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, ada, _ := clinic(t, d)
		ada.send(kitAt+"/go", "to", "F").to("/staff/people")
		ada.send(kitAt+"/go", "to", "zz").shows(http.StatusUnprocessableEntity, "Kit Marsh", "There is no page with this letter.")
		ada.send("/staff/people/twin/go", "to", "f").shows(http.StatusNotFound, nobodyFound)
	})
}

// Only staff who look after people have these pages.
func TestWhoFindsPeople(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		s.kit()
		s.cared(org)
		for _, role := range []staff.Role{staff.Administrator, staff.Auditor, staff.Operator} {
			p := s.hire(op, org, "Somebody", role)
			p.workAs(role)
			for _, a := range []answer{p.get("/staff/people"), p.get(kitAt), p.send("/staff/people", "number", kitNumber), p.send(kitAt+"/go", "to", "t")} {
				a.shows(http.StatusForbidden)
				a.hides("Kit")
			}
		}
		coord := s.hire(op, org, "Cora", staff.CareCoordinator)
		coord.workAs(staff.CareCoordinator)
		coord.send("/staff/people", "number", kitNumber).to(kitAt)
		coord.send("/staff/people", "number", "9990001022").hides("Open a record in an emergency") // not theirs to open
	})
}

// The list holds whom somebody keeps and whom they saw, at one place of work; who
// is theirs no more is not on it, and is gone like one who never was.
func TestMyList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _ := clinic(t, d)
		ada.get("/staff/list").shows(http.StatusOK, "My list", "Nobody yet.", "Nobody in the last 28 days.")
		ada.get(kitAt)
		ada.get("/staff/people/twin")
		a := ada.get("/staff/list")
		a.shows(http.StatusOK, "Kit Marsh, born 3 February 1961", "Last looked at 3 May 2026", "Nobody yet.")
		if strings.Contains(a.Body.String(), "twin") {
			t.Error("somebody who is not theirs is on the list")
		}
		ada.get(kitAt+"/keep").shows(http.StatusOK, "Put on my list", "Kit Marsh")
		ada.send(kitAt + "/keep").to(kitAt)
		ada.get(kitAt).shows(http.StatusOK, "They are on your list.")
		ada.send(kitAt+"/go", "to", "k").to(kitAt)
		ada.get("/staff/list").hides("Nobody yet.")
		ada.send("/staff/people/twin/keep").shows(http.StatusNotFound, nobodyFound)
		s.put(`{"resourceType":"Patient","id":"kit","name":[{"text":"Kit Marsh"}],"birthDate":"1961-02-03"}`, `{"resourceType":"CareTeam","id":"kitt","status":"inactive","subject":{"reference":"Patient/kit"}}`)
		a = ada.get("/staff/list")
		a.shows(http.StatusOK, "Nobody yet.")
		a.hides("Kit")
		ada.send("/staff/list/kit/remove").to("/staff/list")
		ada.get("/staff/list").shows(http.StatusOK, "They are off your list.")
	})
}
