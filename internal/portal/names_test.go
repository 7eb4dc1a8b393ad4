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
