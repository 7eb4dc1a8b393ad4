package book

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
)

func parsed(t *testing.T, v any) *fhir.Tree {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := fhir.Parse(b, fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// What was copied comes back as it was kept, and is valid as FHIR; what is finished,
// and what is something else, is none; what is too long or too much is left out.
func TestAPaperBookIsKept(t *testing.T) {
	steps := []string{"birth", "vaccinations"}
	p := Paper{Steps: map[string][]map[string]string{"birth": {{"birth-weight": "3410", "gestation": ""}}, "vaccinations": {{"vaccine": "mmr", "day": "2020-05"}, {"product": "Something", "batch": "A17"}}}}
	e := p.Entry(steps, "2026-05-03T10:00:00Z", false)
	tree := parsed(t, e)
	for _, i := range validate.Resource(tree, validate.Options{}) {
		if i.Severity == validate.Error {
			t.Errorf("%s: %s", i.Path, i.Message)
		}
	}
	got, ok := ReadPaper(tree)
	if !ok || len(got.Steps["vaccinations"]) != 2 || got.Steps["vaccinations"][1]["batch"] != "A17" || !maps.Equal(got.Steps["birth"][0], map[string]string{"birth-weight": "3410"}) || got.Empty() {
		t.Errorf("it came back as %+v", got)
	}
	if _, ok := ReadPaper(parsed(t, p.Entry(steps, "2026-05-03T10:00:00Z", true))); ok {
		t.Error("one that is finished is in progress")
	}
	if _, ok := ReadPaper(parsed(t, map[string]any{"resourceType": "Observation", "status": "in-progress"})); ok {
		t.Error("an Observation is one")
	}
	long := Paper{Steps: map[string][]map[string]string{"birth": {{"place": strings.Repeat("x", MostAnswer+1)}}}}
	for range MostLines + 5 {
		long.Steps["vaccinations"] = append(long.Steps["vaccinations"], map[string]string{"vaccine": "mmr"})
	}
	if got, _ := ReadPaper(parsed(t, long.Entry(steps, "2026-05-03", false))); len(got.Steps["birth"]) != 0 || len(got.Steps["vaccinations"]) != MostLines {
		t.Errorf("it holds %d and %d", len(got.Steps["birth"]), len(got.Steps["vaccinations"]))
	}
}

// What was written at the time is told and not what was copied later, in whichever
// order they are found; where there is nothing else, the copy is.
func TestACopyStandsBehindWhatWasWritten(t *testing.T) {
	weight := func(grams int, day string, copied bool) *fhir.Tree {
		e := map[string]any{"resourceType": "Observation", "status": "final", "code": map[string]any{"coding": []any{map[string]string{"system": "http://loinc.org", "code": "8339-4"}}},
			"effectiveDateTime": day, "valueQuantity": map[string]any{"value": grams, "unit": "g"}}
		if copied {
			e["meta"] = map[string]any{"tag": []any{map[string]string{"system": Own, "code": Copied}}}
		}
		return parsed(t, e)
	}
	told := func(all ...*fhir.Tree) string {
		known := Published().Gather(all, "2025-05-03", "birth")
		return string(known["birth/birth-weight"].Value.Get("valueQuantity").Get("value").Text())
	}
	mine, theirs := weight(3500, "2025-05-04", true), weight(3410, "2025-05-03", false)
	if told(mine, theirs) != "3410" || told(theirs, mine) != "3410" || told(mine) != "3500" {
		t.Errorf("it is told %s, %s and %s", told(mine, theirs), told(theirs, mine), told(mine))
	}
}
