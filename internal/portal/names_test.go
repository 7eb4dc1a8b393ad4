package portal

import (
	"net/http"
	"testing"
)

// Who said so is told by name on every page of a record, where the entry has only
// the number of whoever did.
func TestWhoSaidSoIsToldByName(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.put(`{"resourceType":"Practitioner","id":"dr","name":[{"prefix":["Dr"],"given":["Amy"],"family":"Lee"}]}`,
			`{"resourceType":"Organization","id":"lab","type":[{"text":"Healthcare Provider"}],"name":"Valley Laboratory"}`)
		subject := `"subject":{"reference":"Patient/gwen"}`
		s.put(`{"resourceType":"Observation","id":"hb","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}],"text":"Haemoglobin"},"effectiveDateTime":"2026-05-01","valueQuantity":{"value":139,"unit":"g/L"},"performer":[{"reference":"Practitioner/dr"}],`+subject+`}`,
			`{"resourceType":"DiagnosticReport","id":"fbc","status":"final","code":{"text":"Full blood count"},"effectiveDateTime":"2026-05-01","performer":[{"reference":"Organization/lab"}],"result":[{"reference":"Observation/hb"}],`+subject+`}`,
			`{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","medicationCodeableConcept":{"text":"Amlodipine 5 mg"},"authoredOn":"2026-04-20","requester":{"reference":"Practitioner/dr"},`+subject+`}`,
			`{"resourceType":"Condition","id":"nobody","code":{"text":"Asthma"},"recordedDate":"2026-04-28","asserter":{"reference":"Practitioner/gone"},`+subject+`}`)
		for path, name := range map[string]string{"/": "Dr Amy Lee", "/record/timeline": "Valley Laboratory", "/record/summary": "Dr Amy Lee", "/record/medicines": "Dr Amy Lee",
			"/record/results": "Full blood count, 1 May 2026, from Valley Laboratory", "/record/MedicationRequest/m": "Dr Amy Lee", "/record/DiagnosticReport/fbc": "Valley Laboratory"} {
			a := p.get(path)
			a.shows(http.StatusOK, name)
			a.hides("Organization/lab", "Practitioner/dr", "Practitioner/gone")
		}
		p.get("/record/problems").shows(http.StatusOK, "Asthma", "Somebody who works in care")
	})
}

// A code that came without words is called what it is, where that is known; one
// that nobody knows stands as it was written.
func TestACodeWithoutWordsIsCalledWhatItIs(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		sct := func(code string) string {
			return `{"coding":[{"system":"http://snomed.info/sct","code":"` + code + `"}]}`
		}
		s.put(`{"resourceType":"Immunization","id":"v","status":"completed","vaccineCode":`+sct("34925111000001104")+`,"occurrenceDateTime":"2026-04-20","patient":{"reference":"Patient/gwen"}}`,
			`{"resourceType":"Procedure","id":"hips","status":"completed","code":`+sct("985531000000102")+`,"performedDateTime":"2026-04-21","outcome":`+sct("985891000000104")+`,"subject":{"reference":"Patient/gwen"}}`,
			`{"resourceType":"Procedure","id":"odd","status":"completed","code":`+sct("1234567")+`,"performedDateTime":"2026-04-22","subject":{"reference":"Patient/gwen"}}`)
		a := p.get("/record/timeline")
		a.shows(http.StatusOK, "MMR", "Hips", "1234567")
		a.hides("34925111000001104", "985531000000102")
		p.get("/record/Procedure/hips").shows(http.StatusOK, "To be looked at again")
	})
}
