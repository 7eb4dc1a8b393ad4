package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// fetchesSummary fetches the document, with a fresh check where it is asked for,
// and holds it against FHIR.
func (p *person) fetchesSummary(at string) string {
	p.t.Helper()
	p.use("/check", "next", at)
	a := p.get(at + "/file")
	if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "application/fhir+json" ||
		!strings.HasPrefix(a.Header().Get("Content-Disposition"), "attachment; ") || !strings.HasPrefix(a.Header().Get("Content-Security-Policy"), "sandbox") {
		p.t.Fatalf("%s answers %d with %v", at, a.Code, a.Header())
	}
	t, err := fhir.Parse(a.Body.Bytes(), fhir.Limits{})
	p.must(err)
	for _, i := range validate.Resource(t, validate.Options{}) {
		if i.Severity == validate.Error {
			p.t.Errorf("%s: %s", i.Path, i.Message)
		}
	}
	return a.Body.String()
}

func TestASummaryToTakeAlong(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		s.tested("gwen")
		p.get("/record").shows(http.StatusOK, "Summary to take with you")
		a := p.get("/record/ips")
		a.shows(http.StatusOK, "My summary to take with you", "Gwen", "Made on", "Allergies", "Penicillin", "Medicines now", "Amlodipine 5 mg", "Illnesses and problems now", "Low mood",
			"Test results", "Haemoglobin: 109 g/L. Usual range: from 115 g/L to 165 g/L", "Knee operation", "Said by: Somebody who works in care")
		a.hides("999 mmol/L", "Practitioner/", "style=", "<script>alert")
		text := p.fetchesSummary("/record/ips")
		for _, must := range []string{`"type":"document"`, "60591-5", "Penicillin", "Amlodipine", "gwenhb3"} {
			if !strings.Contains(text, must) {
				t.Errorf("%q is not in the file", must)
			}
		}
	})
}

// Of what is not known it is said that it is not known, for the person and for
// those who look after them.
func TestASummaryOfNothingSaysSo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		a := p.get("/record/ips")
		a.shows(http.StatusOK, "We have no allergies on record. That does not mean there are none.", "We have no medicines on record.")
		a.hides("No known", "Healthy", "Implants and aids")
	})
}

// A result that the person waits for, or is warned of, is on neither the page nor
// the file, whoever made it; who looks after them has it.
func TestASummaryKeepsWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		noor := s.join("Noor")
		noor.works("Noor", staff.Clinician)
		p := s.linked("Gwen", "gwen")
		s.tested("gwen")
		s.hardResult("gwen")
		for _, how := range []string{"warn", "wait"} {
			p.choosesFor("genetic", how).to("/account")
			a := p.get("/record/ips")
			a.shows(http.StatusOK, "Some results are not in here. They wait", "Haemoglobin")
			a.hides("zebra", "Zebra", "stripes")
			if text := p.fetchesSummary("/record/ips"); strings.Contains(text, "ebra") || !strings.Contains(text, "Some results are not in here.") {
				t.Errorf("%s: the file holds what waits", how)
			}
		}
		noor.get("/staff/people/gwen/ips").shows(http.StatusOK, "Summary to take along, of Gwen", "Zebra report")
		p.choosesFor("genetic", "now").to("/account")
		p.get("/record/ips").shows(http.StatusOK, "Zebra report")
		p.get("/record/ips").hides("They wait")
	})
}

// Nobody has a summary of a record that they may not open, and what is kept from
// staff is not in theirs.
func TestAttack76ASummaryOfAnotherIsNotMade(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		stranger := s.linked("Mal", "mal")
		noor := s.join("Noor")
		noor.works("Noor", staff.Clinician)
		for _, path := range []string{"/staff/people/gwen/ips", "/staff/people/gwen/ips/file", "/family/record/ips", "/family/record/ips/file", "/record/ips"} {
			stranger.get(path).hides("Penicillin", "Amlodipine", "Gwen")
			s.person().get(path).hides("Penicillin", "Amlodipine", "Gwen")
		}
		noor.get("/staff/people/gwen/ips").shows(http.StatusOK, "Penicillin", "Amlodipine")
		s.put(`{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"text":"x"}],"patient":{"reference":"Patient/gwen"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny","class":[{"system":"http://hl7.org/fhir/resource-types","code":"AllergyIntolerance"}]}}`)
		a := noor.get("/staff/people/gwen/ips")
		a.shows(http.StatusOK, "Amlodipine", "We have no allergies on record. That does not mean there are none.")
		a.hides("Penicillin", "hidden", "withheld")
		if text := noor.fetchesSummary("/staff/people/gwen/ips"); strings.Contains(text, "Penicillin") || !strings.Contains(text, "Amlodipine") {
			t.Error("the file of staff holds what is kept from them")
		}
		p.get("/record/ips").shows(http.StatusOK, "Penicillin")
		// A file is for whoever used their passkey of late.
		s.clock.move(10 * time.Minute)
		p.get("/record/ips/file").to("/check?next=%2Frecord%2Fips")
	})
}

// Who acts for somebody takes a file along only by a right that says so.
func TestAttack76AFileOfAnotherNeedsTheRight(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann", numberAnn)
		s.child("Sam Hill", "sam", "2021-05-04", numberSam)
		ann.send("/family/act", "right", ann.parentOf("sam").ID)
		a := ann.get("/family/record/ips")
		a.shows(http.StatusOK, "Summary to take along, of Sam Hill", "Born on")
		a.hides("Save it as a file")
		ann.get("/family/record/ips/file").to("/family/record/ips")
		s.child("Tom Hill", "tom", "2022-05-04", "9990007071")
		ann.send("/family/act", "right", ann.copierOf("tom").ID)
		ann.get("/family/record/ips").shows(http.StatusOK, "Save it as a file")
		if text := ann.fetchesSummary("/family/record/ips"); !strings.Contains(text, "/Patient/tom") || strings.Contains(text, "/Patient/sam") {
			t.Error("it is not about the child")
		}
	})
}
