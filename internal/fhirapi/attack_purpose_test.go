package fhirapi_test

import (
	"net/http"
	"testing"
)

// Why somebody asks is what their token says. What a header, a parameter or a
// body says of it changes neither what they see nor what the log says.
func TestAttack68APurposeInAHeader(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.put(`{"resourceType":"Consent","id":"ann-no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
			`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/ann"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],` +
			`"provision":{"type":"permit","provision":[{"type":"deny","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"}],` +
			`"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}]}]}}`)
		forged := []string{"X-Purpose-Of-Use: BTG", "Purpose-Of-Use: ETREAT", "X-Purpose: emergency", "X-Break-The-Glass: true", "X-Bevan-Purpose: own",
			"Cache-Control: btg", "Category: BTG", "X-Provenance: {\"reason\":\"BTG\"}", "Sec-Purpose: emergency"}
		for _, h := range append(forged, "Accept: application/fhir+json") {
			w.wants(http.StatusNotFound, annsNurse, "GET", "/Observation/ann-lab", "", h)
			w.finds(annsNurse, "/Observation?patient=ann")
			w.wants(http.StatusOK, annsNurse, "GET", "/Encounter/ann-visit", "", h)
		}
		for _, query := range []string{"purpose=BTG", "purpose_of_use=ETREAT", "_purpose=emergency", "purposeofevent=BTG"} {
			w.wants(http.StatusNotFound, annsNurse, "GET", "/Observation/ann-lab?"+query, "")
		}
		seen := 0
		for _, e := range w.events(annsApp, "/AuditEvent?patient=ann&_count=50") {
			for _, a := range e.Agent {
				for _, p := range a.PurposeOfUse {
					for _, c := range p.Coding {
						if seen++; c.Code == "BTG" || c.Code == "ETREAT" {
							t.Errorf("%s says that the purpose was %s", e.ID, c.Code)
						}
					}
				}
			}
		}
		if seen == 0 {
			t.Error("the log says no purpose of anything")
		}
	})
}
