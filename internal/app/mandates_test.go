package app

import (
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity"
)

// brought is a Consent as the national relationship service has it.
func brought(status string) string {
	return `{"resourceType":"Consent","status":"` + status + `","identifier":[{"system":"https://relations.example/id","value":"1"}],
		"extension":[{"url":"http://hl7.org/fhir/5.0/StructureDefinition/extension-Consent.grantor","valueReference":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"A81001"}}}],
		"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
		"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}]}],
		"patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990007004"}},
		"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990007012"},"display":"Ann Hill"}],
		"policyRule":{"coding":[{"system":"https://fhir.nhs.uk/England/CodeSystem/England-NHSProxyLegalBasis","code":"parental-responsibility"}]},
		"provision":{"type":"permit","actor":[{"role":{"text":"proxy"},"reference":{"display":"Ann Hill"}}]}}`
}

// A program with the right to brings rights to act in, and ends them; one without
// it does not, and nor does a Consent that is created in the ordinary way.
func TestAProgramBringsRightsToActIn(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		p := newPlant(t, at, "system/Consent.cruds", "system/Patient.rs", "system/Observation.rs")
		_, op, err := p.h.tokens.Issue(t.Context(), identity.Spec{Role: access.RoleOperator, Verbs: access.AllVerbs, Life: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		born := time.Now().AddDate(-5, 0, 0).Format(time.DateOnly)
		for id, number := range map[string]string{"sam": "9990007004", "ann": "9990007012"} {
			body := `{"resourceType":"Patient","id":"` + id + `","birthDate":"` + born + `","name":[{"text":"` + id + `"}],"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + number + `"}]}`
			if w := p.fhir("PUT", "/Patient/"+id, op, body); w.Code != 201 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		held := func() int {
			all, err := p.h.mandates.About(t.Context(), "sam")
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, d := range all {
				if d.Status == "active" {
					n++
				}
			}
			return n
		}
		const path = "/$import-proxy"
		full := p.token("system/Consent.cruds system/Patient.rs")
		for name, token := range map[string]string{"nothing": "", "one type": p.token("system/Consent.cruds"), "looking": p.token("system/Consent.rs system/Patient.rs")} {
			if w := p.fhir("POST", path, token, brought("active")); w.Code != 401 && w.Code != 403 {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
		}
		if w := p.fhir("POST", path, full, strings.Replace(brought("active"), `"parental-responsibility"`, `"UNK"`, 1)); w.Code != 422 || !strings.Contains(w.Body.String(), "Consent.policyRule") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if n := held(); n != 0 {
			t.Fatalf("%d rights came in", n)
		}
		w := p.fhir("POST", path, full, brought("active"))
		if w.Code != 200 || !strings.Contains(w.Header().Get("Location"), "/fhir/Consent/") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if n := held(); n != 1 {
			t.Errorf("%d rights", n)
		}
		id := w.Header().Get("Location")[strings.LastIndex(w.Header().Get("Location"), "/"):]
		if w := p.fhir("GET", "/Consent"+id, full, ""); w.Code != 200 || !strings.Contains(w.Body.String(), "England-NHSProxyLegalBasis") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w := p.fhir("POST", path, full, brought("inactive")); w.Code != 200 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if n := held(); n != 0 {
			t.Errorf("%d rights", n)
		}
	})
}
