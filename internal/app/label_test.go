package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// New codes are judged, and labels changed, by a running server and without
// one, in the same words.
func TestLabelsAreKept(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(t.TempDir(), "clinic.ndjson")
	if err := os.WriteFile(file, []byte(`{"resourceType":"Patient","id":"p"}
{"resourceType":"Organization","id":"clinic","type":[{"coding":[{"system":"http://snomed.info/sct","code":"394808002"}]}]}
{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"},"performer":[{"reference":"Organization/clinic"}],"code":{"coding":[{"system":"urn:local","code":"x1"}]}}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop := serving(t, data)
	for _, step := range []struct {
		args string
		code int
		has  string
		not  string
	}{
		{"label waiting", 0, "No code waits", ""},
		{"load FILE", 0, "3", ""},
		{"label waiting", 0, "x1  of urn:local", ""},
		{"label judge urn:local x1 --labels sexy --reason It_says_so_there", 1, "there are: mental-health", ""},
		{"label judge urn:local x1 --labels hiv --reason no", 1, "why", ""},
		{"label judge urn:local x1 --labels hiv", 2, "--reason", ""},
		{"label judge urn:local x1 --labels hiv --reason It_says_so_there", 0, "has the labels sexual-health, hiv", ""},
		{"label waiting", 0, "No code waits", "x1"},
		{"label judged", 0, "x1 of urn:local has the labels sexual-health, hiv: It_says_so_there", ""},
		{"label raise Observation --reason Asked_at_the_desk", 1, "Condition/123", ""},
		{"label raise Observation/none --reason Asked_at_the_desk", 1, "no Observation/none", ""},
		{"label raise Observation/o --reason Asked_at_the_desk", 0, "more private", ""},
		{"STOP", 0, "", ""},
		{"label lower Observation/o --labels restricted --reason Raised_by_mistake", 0, "less private", ""},
		{"label lower Observation/o --reason Raised_by_mistake", 1, "which label", ""},
		{"label judged", 0, "x1 of urn:local", ""},
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
		if got.code != step.code || !strings.Contains(strings.ToLower(said), strings.ToLower(step.has)) || step.not != "" && strings.Contains(said, step.not) {
			t.Errorf("%s: %+v", step.args, got)
		}
	}
}
