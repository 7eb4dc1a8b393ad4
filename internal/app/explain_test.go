package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Who may see an entry, and why, is told by a running server and without one, in
// the same words: the layer, the rule, the versions and the part of the choice
// that decided. The person reads that the operator looked.
func TestExplainingAtTheCommandLine(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(t.TempDir(), "person.ndjson")
	const no = `{"type":"deny","actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/hill"}}],"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}]}`
	if err := os.WriteFile(file, []byte(`{"resourceType":"Patient","id":"p","managingOrganization":{"reference":"Organization/hill"}}
{"resourceType":"Patient","id":"q"}
{"resourceType":"Organization","id":"hill"}
{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"},"code":{"text":"x"}}
{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},"code":{"text":"x"}}
{"resourceType":"Condition","id":"hiv","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}]}}
{"resourceType":"Consent","id":"s","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/p"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":`+no+`}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop := serving(t, data)
	for _, step := range []struct {
		args string
		code int
		has  []string
		not  string
	}{
		{"load FILE", 0, []string{"7"}, ""},
		{"explain --person p --entry Observation/o --as professional --organisation hill", 0,
			[]string{"No, they may not see it.", "layer: choice", "rule: Consent/s", "version of the rules: ", "version of the policy: 2026-2", "choice Consent/s/_history/1: says no, at Consent.provision"}, "Yes"},
		{"explain --person p --entry Condition/c --as professional --organisation hill", 0,
			[]string{"Yes, they may see it. They look after you.", "layer: default", "rule: care", "choice Consent/s/_history/1: about other data"}, "No, "},
		{"explain --person p --entry Condition/c --as professional --organisation vale", 0, []string{"No, ", "layer: policy", "rule: no-tie"}, "Yes"},
		{"explain --person p --entry Observation/o --as professional --organisation hill --for emergency", 0, []string{"Yes, ", "the policy lifts that here"}, "No, "},
		{"explain --person p --entry Condition/hiv --as proxy", 0, []string{"No, ", "layer: label", "hidden labels: sexual-health"}, "Yes"},
		{"explain --person p --entry Condition/c --as proxy", 0, []string{"Yes, "}, "No, "},
		{"explain --person p --entry Observation/o --as self", 0, []string{"Yes, "}, "No, "},
		{"explain --person p --entry Observation/o --as researcher", 0, []string{"No, "}, "Yes"},
		{"explain --person p --entry Observation/o --as program", 0, nil, ""},
		{"STOP", 0, nil, ""},
		{"explain --person p --entry Observation/o --as professional --organisation hill", 0, []string{"No, ", "layer: choice"}, "Yes"},
		{"explain --person q --entry Observation/o --as self", 1, []string{"no Observation/o"}, "Yes"},
		{"explain --person p --entry Observation --as self", 1, []string{"Condition/123"}, "Yes"},
		{"explain --person p --entry Observation/o --as king", 1, []string{"There is no role king"}, "Yes"},
		{"explain --person p --entry Observation/o --as self --for fun", 1, []string{"There is no purpose fun"}, "Yes"},
		{"explain --person p --as self", 2, []string{"--entry"}, "Yes"},
	} {
		if step.args == "STOP" {
			if code := stop(); code != 0 {
				t.Fatalf("the server ended with %d", code)
			}
			continue
		}
		args := strings.Fields(strings.Replace(step.args, "FILE", file, 1))
		got := bevan(t, append(args, "--data", data)...)
		said := got.out + got.err
		for _, has := range step.has {
			if got.code != step.code || !strings.Contains(said, has) {
				t.Errorf("%s lacks %q: %+v", step.args, has, got)
			}
		}
		if step.not != "" && strings.Contains(said, step.not) {
			t.Errorf("%s says %q: %+v", step.args, step.not, got)
		}
	}
}
