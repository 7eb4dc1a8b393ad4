package portal

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// Each result leads to its page, from the list, from the page of one over time and
// from several together. One that has no page leads nowhere, and nothing is said
// of it; one that waits leads nowhere, since its page would tell what it is.
func TestEachResultLeadsToItsPage(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.linked("Gwen", "gwen")
	s.tested("gwen")
	s.put(obs("gwen", "gwenodd", loincSystem, "0-0", "Odd", "2026-03-01T09:00:00Z", amountOf("1", "g/L", "", "")))
	leads := func(at string, want ...string) {
		t.Helper()
		a := p.get(at)
		a.shows(http.StatusOK)
		body := a.Body.String()
		for _, id := range want {
			if n := strings.Count(body, `<a href="/health-a-to-z/`+id+`">Read about this: `); n != 1 {
				t.Errorf("%s leads %d times to %s", at, n, id)
			}
		}
		if n := strings.Count(body, "Read about this: "); n != len(want) {
			t.Errorf("%s leads to %d pages, want %v", at, n, want)
		}
	}
	leads("/record/results", "full-blood-count", "high-blood-pressure", "crp-test", "kidney-tests")
	leads("/record/results/loinc%7C718-7", "full-blood-count")
	leads("/record/results/loinc%7C85354-9", "high-blood-pressure")
	leads("/record/results/loinc%7C0-0")
	leads("/record/results/together?test=loinc%7C718-7&test=loinc%7C1988-5&test=loinc%7C0-0", "full-blood-count", "crp-test")
	leads("/record/Observation/gwenodd")

	// A test for cancer warns first, and its page would tell which it is.
	s.put(obs("gwen", "gwenpsa", loincSystem, "2857-1", "PSA", "2026-05-01T09:00:00Z", `,"issued":"2026-05-02T09:00:00Z"`+lab+amountOf("3", "ug/L", "", "4")))
	leads("/record/results", "full-blood-count", "high-blood-pressure", "crp-test", "kidney-tests")
	leads("/record/results/loinc%7C2857-1")
	leads("/record/results/loinc%7C2857-1?look=yes", "psa-test")
	p.choosesFor("cancer", "wait").to("/account")
	leads("/record/results", "full-blood-count", "high-blood-pressure", "crp-test", "kidney-tests")
	leads("/record/results/loinc%7C2857-1?look=yes")
	p.choosesFor("cancer", "now").to("/account")
	leads("/record/results", "full-blood-count", "high-blood-pressure", "crp-test", "kidney-tests", "psa-test")
}

// The page of an entry of every kind that has a code leads to what can be read.
func TestTheEntryOfEveryKindLeadsToItsPage(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.linked("Ann", "anneach")
	for _, one := range []struct{ typ, members, page string }{
		{"Condition", `"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"J06.9"}]}`, "common-cold"},
		{"AllergyIntolerance", `"code":{"coding":[{"system":"https://bevan.example/codes/allergen","code":"peanut"}]}`, "allergy"},
		{"Immunization", `"status":"completed","occurrenceDateTime":"2026-01-01","vaccineCode":{"coding":[{"system":"https://bevan.example/codes/vaccine","code":"covid"}]}`, "covid-vaccine"},
		{"MedicationRequest", `"status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"N06AB06"}]}`, "ssri"},
		{"MedicationStatement", `"status":"active","medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"C08CA01"}]}`, "amlodipine"},
		{"Observation", `"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}`, "heart-rate"},
		{"DiagnosticReport", `"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"36643-5"}]}`, "x-ray"},
	} {
		about := `"subject":{"reference":"Patient/anneach"}`
		if one.typ == "AllergyIntolerance" || one.typ == "Immunization" {
			about = `"patient":{"reference":"Patient/anneach"}`
		}
		id := "ann" + strings.ToLower(one.typ)
		s.put(`{"resourceType":"`+one.typ+`","id":"`+id+`",`+about+`,`+one.members+`}`,
			`{"resourceType":"`+one.typ+`","id":"`+id+`odd",`+about+`,`+strings.NewReplacer(`"J06.9"`, `"X99"`, `"peanut"`, `"moon"`, `"covid"`, `"moon"`, `"N06AB06"`, `"Z00"`, `"C08CA01"`, `"Z00"`, `"8867-4"`, `"0-0"`, `"36643-5"`, `"0-0"`).Replace(one.members)+`}`)
		page := p.get("/record/" + one.typ + "/" + id)
		page.shows(http.StatusOK, "Read about this: ")
		if got := page.find(`href="/health-a-to-z/([a-z0-9-]+)"`); got != one.page {
			t.Errorf("the page of %s leads to %q", id, got)
		}
		odd := p.get("/record/" + one.typ + "/" + id + "odd")
		odd.shows(http.StatusOK)
		odd.hides("Read about this", `"/health-a-to-z/`)
	}
}
