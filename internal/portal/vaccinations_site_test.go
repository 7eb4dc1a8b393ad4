package portal

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// jab writes a vaccination of somebody; more is JSON members behind the first ones.
func (s *site) jab(patient, id, on, vaccine, more string) {
	s.t.Helper()
	s.put(`{"resourceType":"Immunization","id":"` + patient + id + `","status":"completed","patient":{"reference":"Patient/` + patient + `"},"occurrenceDateTime":"` + on + `","vaccineCode":{"text":"` + vaccine + `"}` + more + `}`)
}

// jabbed is a child of 14 months who missed two visits, with a dose of each kind:
// one that counts, one too soon, one from two sources, one that nobody knows, one
// whose day is not exact, one refused, and a forecast of others. The day is 3 May
// 2026.
func (s *site) jabbed(id string) {
	s.t.Helper()
	s.put(`{"resourceType":"Patient","id":"` + id + `","name":[{"text":"Sam Hill"}],"gender":"male","birthDate":"2025-03-01","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990007004"}]}`)
	by := `,"lotNumber":"LOT77","performer":[{"actor":{"display":"Nurse Joy at Hill Surgery"}}]`
	s.jab(id, "1", "2025-04-26", "6-in-1", by)
	s.jab(id, "1b", "2025-04-26", "Infanrix hexa", "")
	s.jab(id, "2", "2025-05-10", "6-in-1", "")
	s.jab(id, "3", "2025-04", "Rotavirus", "")
	s.jab(id, "4", "2025-04-26", "Hot soup", "")
	s.put(`{"resourceType":"Immunization","id":"`+id+`5","status":"not-done","statusReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"PATOBJ"}]},"patient":{"reference":"Patient/`+id+`"},"occurrenceDateTime":"2025-04-26","vaccineCode":{"text":"MenB"}}`,
		`{"resourceType":"ImmunizationRecommendation","id":"`+id+`r","patient":{"reference":"Patient/`+id+`"},"date":"2026-04-01","authority":{"display":"Wales Forecasts"},"recommendation":[{"vaccineCode":[{"text":"Yellow fever"}],"forecastStatus":{"coding":[{"code":"due"}]},"dateCriterion":[{"code":{"coding":[{"system":"http://loinc.org","code":"30980-7"}]},"value":"2026-06-01"}]}]}`)
}

// A parent whose child missed two visits: what was given, what does not count and
// why, what is overdue, and how to catch up.
func TestVaccinationsOfAChildWhoMissedTwoVisits(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann", numberAnn)
		s.jabbed("sam")
		ann.send("/family/act", "right", ann.parentOf("sam").ID)
		ann.get("/family/record").shows(http.StatusOK, "Vaccinations: what was given and what is due")
		s.looks()
		a := ann.get("/family/record/child/vaccinations")
		a.shows(http.StatusOK, "Vaccinations of Sam Hill", "A vaccine that is not here may still have been given.",
			"Ring the GP surgery to book what is due.", "Overdue", "6-in-1", "MenB", "MMRV", "Pneumococcal (PCV)", "Nothing is due today", "How to catch up", "as soon as you can", "from 31 May 2026",
			"Given, but does not count", "It came too soon after the one before. It would have counted from 24 May 2025.", "We do not know these vaccines", "Hot soup",
			"Not given", "It was refused", "LOT77", "Nurse Joy at Hill Surgery", "(2 entries say so)", "in or around April 2025", "Dose 1",
			"What others say is due", "Wales Forecasts", "Yellow fever", "due, From 1 June 2026", "Routine vaccinations in England, version 2026-01-01.1, in force from 1 January 2026",
			"No clinician has signed this version off yet.", "Read about: ")
		a.hides("DTP", "Interval too short", "Record a vaccination", "Healthy", "up to date")
		inOrder(t, a, "Overdue", "Due now", "How to catch up", "Coming next", "Given", "Given, but does not count", "We do not know these vaccines", "Not given", "What others say is due")
		if n := len(s.looks()); n > 4 {
			t.Errorf("one page is %d entries of the access log", n)
		}
	})
}

// A 6-in-1 of 18 months after three as a baby is the Hib of that age and not the
// first dose of all: a parent reads of what it is which dose.
func TestAVaccineSaysForWhatItCounts(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	ann := s.proven("Ann Hill", "ann", numberAnn)
	s.put(`{"resourceType":"Patient","id":"sam","name":[{"text":"Sam Hill"}],"gender":"male","birthDate":"2024-07-01","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990007004"}]}`)
	for i, day := range []string{"2024-08-26", "2024-09-23", "2024-10-21", "2026-01-05"} {
		s.jab("sam", strconv.Itoa(i), day, "6-in-1", "")
	}
	s.jab("sam", "m", "2025-07-07", "MMRV", "")
	ann.send("/family/act", "right", ann.parentOf("sam").ID)
	for _, at := range []string{vaccinationsAt, wholeAt} {
		a := ann.get("/family/record" + at)
		a.shows(http.StatusOK, "Dose 3: diphtheria, tetanus, polio and whooping cough", "Dose 1: Hib, after the first birthday", "Dose 1: measles, mumps and rubella; chickenpox")
		inOrder(t, a, "5 January 2026", "Dose 1: Hib", "7 July 2025", "21 October 2024", "Dose 3: diphtheria", "26 August 2024", "Dose 1: diphtheria")
	}
}

// Of a grown-up it is said that old records are often not complete; without a day
// of birth nothing is said of what is due.
func TestVaccinationsOfGrownUpsAndOfWhoHasNoDayOfBirth(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.proven("Ann Hill", "ann", numberAnn)
	s.jab("ann", "x", "2026-02-03", "6-in-1", "")
	a := p.get("/record/child/vaccinations")
	a.shows(http.StatusOK, "No record of these", "Old records are often not complete.", "3-in-1 (Td/IPV)", "Ring your GP surgery")
	a.hides("Vaccinations of", "Overdue")
	gwen := s.linked("Gwen", "gwen")
	s.put(`{"resourceType":"Patient","id":"gwen","name":[{"text":"Gwen"}],"birthDate":"1990"}`)
	s.jab("gwen", "x", "2026-02-03", "MMR", "")
	a = gwen.get("/record/child/vaccinations")
	a.shows(http.StatusOK, "We do not know the exact day of birth.", "MMR", "3 February 2026")
	a.hides("Overdue", "Due now", "Coming next", "Dose 1")
}

// Nobody sees the vaccinations of somebody whose record they may not open, and what
// is kept from staff is neither shown nor counted.
func TestAttack76VaccinationsOfAnotherAreNotShown(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.linked("Gwen", "gwen")
		s.jab("gwen", "h", "2022-10-10", "HPV", `,"lotNumber":"ZEBRA9"`)
		s.jab("gwen", "m", "2011-06-06", "MMR", "")
		stranger := s.linked("Mal", "mal")
		for _, at := range []string{"/staff/people/gwen", "/family/record", "/record"} {
			stranger.get(at+vaccinationsAt).hides("ZEBRA9", "Gwen")
			s.person().get(at+vaccinationsAt).hides("ZEBRA9", "Gwen")
		}
		noor := s.join("Noor")
		org := noor.works("Noor", staff.Clinician).Organisation.ID
		s.put(`{"resourceType":"Patient","id":"gwen","name":[{"text":"Gwen"}],"birthDate":"2010-05-05","gender":"female","managingOrganization":{"reference":"Organization/` + org + `"}}`)
		noor.get("/staff/people/gwen"+vaccinationsAt).shows(http.StatusOK, "ZEBRA9", "Dose 1 (HPV)", "This is support for your decision.", "Record a vaccination")
		s.put(`{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"text":"x"}],"patient":{"reference":"Patient/gwen"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny","data":[{"meaning":"instance","reference":{"reference":"Immunization/gwenh"}}]}}`)
		a := noor.get("/staff/people/gwen" + vaccinationsAt)
		a.shows(http.StatusOK, "Dose 1 (MMR)", "HPV: 1")
		a.hides("ZEBRA9", "hidden", "withheld")
		s.put(`{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"text":"x"}],"patient":{"reference":"Patient/gwen"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny","class":[{"system":"http://hl7.org/fhir/resource-types","code":"Immunization"}]}}`)
		noor.get("/staff/people/gwen"+vaccinationsAt).hides("ZEBRA9", "Dose 1 (MMR)", "hidden", "withheld")
	})
}

// A school nurse records a dose of a class visit, and a refusal; one that would not
// count is taken only with a reason, and what was typed is kept.
func TestASchoolNurseRecordsAVisit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, org := clinic(t, d)
		at := kitAt + "/add/vaccination"
		s.put(`{"resourceType":"Patient","id":"kit","gender":"female","name":[{"given":["Kit"],"family":"Marsh"}],"birthDate":"2012-10-10","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + kitNumber + `"}],"generalPractitioner":[{"reference":"Organization/` + org + `","display":"Valley Hospitals"}]}`)
		dose := []string{"vaccine", "menacwy", "product", "MenQuadfi", "batch", "AB123", "site", "LA", "route", "IM", "amount", "0.5", "place", "school", "consent", "parent", "how", "paper"}
		ada.get(at).shows(http.StatusOK, "Was it given?", "Where was it given?", "Who said yes or no?", "MenACWY")
		a := ada.send(at, dose...)
		a.shows(http.StatusOK, "Check before you save", "MenQuadfi", "AB123", "Left arm", "Into a muscle", "0.5", "School", "A parent, or who acts for the child", "On paper")
		a.hides("would not count")
		ada.send(at, append([]string{"key", aKey, "step", "save"}, dose...)...)
		all := s.written("Immunization")
		if len(all) != 1 {
			t.Fatalf("%d entries", len(all))
		}
		b, _ := json.Marshal(all[0])
		for _, want := range []string{"39779611000001104", "MenQuadfi", `"AB123"`, `"display":"School"`, `"value":0.5`, `"code":"IM"`, "A parent, or who acts for the child", "On paper", `"completed"`} {
			if !strings.Contains(string(b), want) {
				t.Errorf("%s is not in %s", want, b)
			}
		}
		ada.get(kitAt+vaccinationsAt).shows(http.StatusOK, "Dose 1 (MenACWY)", "AB123")
		s.clock.move(time.Minute)

		// Refused: no batch, and a reason that others understand.
		no := []string{"vaccine", "3in1", "reason", "refused", "place", "school", "consent", "parent", "how", "phone"}
		ada.send(at, append([]string{"batch", "X1"}, no...)...).shows(http.StatusUnprocessableEntity, "Take the batch away if it was not given")
		a = ada.send(at, no...)
		a.shows(http.StatusOK, "It was refused", "By phone")
		a.hides("There is no batch number.")
		ada.send(at, append([]string{"key", "BBBBBBBBBBBBBBBBBBBBBBBBBB", "step", "save"}, no...)...)
		b, _ = json.Marshal(s.written("Immunization"))
		for _, want := range []string{`"not-done"`, `"PATOBJ"`, `"refused"`} {
			if !strings.Contains(string(b), want) {
				t.Errorf("%s is not in %s", want, b)
			}
		}
		ada.get(kitAt+vaccinationsAt).shows(http.StatusOK, "Not given", "It was refused", "3-in-1 (Td/IPV)")

		// A dose that would not count is said so beside a field, with what was typed.
		early := []string{"vaccine", "mmr", "batch", "M1", "when", "1", "whenmonth", "5", "whenyear", "2013"}
		a = ada.send(at, early...)
		a.shows(http.StatusUnprocessableEntity, "By the schedule this dose would not count: Below the least age. (MMR) It would have counted from 10 October 2013.", "say here why it was given")
		if !strings.Contains(a.Body.String(), `value="M1"`) {
			t.Error("the batch is lost")
		}
		a = ada.send(at, append([]string{"sure", "Given before travel to an outbreak."}, early...)...)
		a.shows(http.StatusOK, "Look again:", "would not count", "Given before travel to an outbreak.")
		ada.send(at, append([]string{"key", "CCCCCCCCCCCCCCCCCCCCCCCCCC", "step", "save", "sure", "Given before travel to an outbreak."}, early...)...)
		ada.get(kitAt+vaccinationsAt).shows(http.StatusOK, "Given, but does not count", "Below the least age.")

		// A product of another vaccine, and what is in the record already.
		ada.send(at, "vaccine", "mmr", "product", "Bexsero", "batch", "1").shows(http.StatusUnprocessableEntity, "This product is not one of that vaccine.")
		ada.send(at, "vaccine", "mmr", "batch", "1", "when", "1", "whenmonth", "5", "whenyear", "2013").shows(http.StatusOK, "The record has this vaccine on this day already.")
		ada.send(at, "vaccine", "nothing", "batch", "1").shows(http.StatusUnprocessableEntity, "Choose from the list.")
		ada.send(at, "vaccine", "mmr", "amount", "half").shows(http.StatusUnprocessableEntity, "Write the amount as a number")
	})
}
