package choice_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

func item(t testing.TB, typ, text string, security ...choice.Coding) choice.Item {
	t.Helper()
	tree, err := fhir.Parse([]byte(text), fhir.DefaultLimits)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return choice.ItemOf(tree, typ, "1", security)
}

func TestItemOfReadsAResource(t *testing.T) {
	own := choice.Coding{System: "own", Code: "x"}
	i := item(t, "Observation", `{"resourceType":"Observation","id":"1",
	 "meta":{"profile":["http://a/StructureDefinition/p|1"],"security":[{"system":"s","code":"R"}],"tag":[{"system":"tag","code":"t"}]},
	 "code":{"coding":[{"system":"http://loinc.org","code":"1-8"},{"system":"http://loinc.org","code":"1-8"}]},
	 "subject":{"reference":"Patient/1"},"encounter":{"reference":"Encounter/2/_history/3"},
	 "performer":[{"reference":"Practitioner/9"},{"reference":"https://elsewhere.example/Practitioner/8"},{"reference":"#c"}],
	 "valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"kg"},
	 "extension":[{"url":"http://a","valueCoding":{"system":"ext","code":"e"}}],
	 "contained":[{"resourceType":"Condition","id":"c","code":{"coding":[{"system":"c","code":"in"}]},"asserter":{"reference":"Practitioner/7"}}],
	 "effectiveDateTime":"2022-06-30T23:30:00+01:00","issued":"2023-01-01T00:00:00Z"}`, own)
	codes := []choice.Coding{{System: "http://loinc.org", Code: "1-8"}, {System: "ext", Code: "e"}, {System: "c", Code: "in"}}
	if !slices.Equal(i.Codes, codes) {
		t.Errorf("codes %v", i.Codes)
	}
	if want := []string{"Patient/1", "Encounter/2", "Practitioner/9", "Practitioner/7"}; !slices.Equal(i.Refs, want) {
		t.Errorf("refers to %v", i.Refs)
	}
	if !slices.Equal(i.Authors, []string{"Practitioner/9"}) {
		t.Errorf("written by %v", i.Authors)
	}
	if !slices.Equal(i.Security, []choice.Coding{own, {System: "s", Code: "R"}}) || !slices.Equal(i.Profiles, []string{"http://a/StructureDefinition/p|1"}) {
		t.Errorf("labels %v, profiles %v", i.Security, i.Profiles)
	}
	if len(i.Within) != 1 {
		t.Fatalf("within: %+v", i.Within)
	}
	in := i.Within[0]
	if in.Type != "Condition" || in.ID != "" || !slices.Equal(in.Codes, codes[2:]) || !slices.Equal(in.Authors, []string{"Practitioner/7"}) ||
		!slices.Equal(in.Security, i.Security) || in.From != i.From || in.To != i.To {
		t.Errorf("within: %+v", in)
	}
	if i.From.Format(time.RFC3339) != "2022-06-30T22:30:00Z" || i.To.Sub(i.From) != time.Second || i.Days {
		t.Errorf("from %v to %v, %v", i.From, i.To, i.Days)
	}
}

// A deny of a kind of data reaches what is inside of others; a permit of it does
// not bring along what is around it.
func TestResourcesInsideOfOthers(t *testing.T) {
	outer := item(t, "Encounter", `{"resourceType":"Encounter","contained":[{"resourceType":"Condition","id":"c","onsetDateTime":"2020","code":{"coding":[{"system":"s","code":"1"}]}}]}`)
	bundle := item(t, "Bundle", `{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","date":"2021"}},{"resource":{"resourceType":"Condition"}}]}`)
	if len(bundle.Within) != 2 || bundle.Within[0].Type != "Composition" || bundle.Within[0].From.Year() != 2021 {
		t.Errorf("within a bundle: %+v", bundle.Within)
	}
	deny, permit := compile(t, choice.World{}, "deny class=Condition"), compile(t, choice.World{}, "permit class=Condition")
	for _, i := range []choice.Item{outer, bundle} {
		if v := deny.Verdict(&doctor, deny.Class(&i)); !v.Decided {
			t.Errorf("%s is not denied", i.Type)
		}
		if v := permit.Verdict(&doctor, permit.Class(&i)); v.Decided {
			t.Errorf("%s is permitted", i.Type)
		}
	}
}

func TestReferencesThatSpellOutThisServer(t *testing.T) {
	w := choice.World{Base: "https://here.example/fhir"}
	tree, err := fhir.Parse([]byte(`{"resourceType":"Observation","performer":[{"reference":"https://here.example/fhir/Practitioner/1"}],
	 "encounter":{"reference":"https://here.example.evil/fhir/Encounter/1"},"focus":[{"reference":"https://here.example/fhir/a/Goal/1"}]}`), fhir.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	i := w.ItemOf(tree, "Observation", "1", nil)
	if !slices.Equal(i.Refs, []string{"Practitioner/1"}) || !slices.Equal(i.Authors, []string{"Practitioner/1"}) {
		t.Errorf("refers to %v, written by %v", i.Refs, i.Authors)
	}
	text := strings.Replace(plain, `"Organization/3","type"`, `"https://here.example/fhir/Organization/3","type"`, 1)
	if tree, err = fhir.Parse([]byte(text), fhir.DefaultLimits); err != nil {
		t.Fatal(err)
	}
	c, err := w.Read(tree)
	if err != nil || !slices.Equal(c.Actors(), []string{"Organization/3"}) {
		t.Errorf("names %v, %v", c, err)
	}
	if _, err = choice.Read(tree); err == nil {
		t.Error("an actor on a server that nobody knows was accepted")
	}
}

func TestClinicalTimes(t *testing.T) {
	for _, c := range []struct{ typ, text, want string }{
		{"Observation", `{"effectiveDateTime":"2022-06"}`, "2022-06-01 2022-07-01 days"},
		{"Observation", `{"effectivePeriod":{"start":"2022-06-01","end":"2022-06-03"}}`, "2022-06-01 2022-06-04 days"},
		{"Observation", `{"effectivePeriod":{"start":"2022-06-01","end":"2022-06-03T00:00:00Z"}}`, "2022-06-01 2022-06-03"},
		{"Observation", `{"effectivePeriod":{"start":"2022-06-01"}}`, "2022-06-01 - days"},
		{"Observation", `{"effectiveInstant":"2022-06-01T00:00:00Z"}`, "2022-06-01 2022-06-01"},
		{"Observation", `{"effectiveTiming":{"event":["2022-06-01","2022-06-05"]}}`, "2022-06-01 2022-06-06 days"},
		{"Observation", `{"effectiveDateTime":"about noon","issued":"2022-06-01T00:00:00Z"}`, "2022-06-01 2022-06-01"},
		{"Observation", `{}`, "- -"},
		{"Condition", `{"onsetDateTime":"2020","abatementDateTime":"2021-02"}`, "2020-01-01 2021-03-01 days"},
		{"Condition", `{"onsetDateTime":"2020"}`, "2020-01-01 - days"},
		{"Condition", `{"abatementDateTime":"2021-02"}`, "- 2021-03-01 days"},
		{"Condition", `{"onsetAge":{"value":3},"recordedDate":"2020-01-01"}`, "2020-01-01 2020-01-02 days"},
		{"Condition", `{"onsetString":"as a child"}`, "- -"},
		{"Encounter", `{"period":{"start":"2022-06-01T10:00:00Z","end":"2022-06-01T11:00:00Z"}}`, "2022-06-01 2022-06-01"},
		{"Immunization", `{"occurrenceDateTime":"2022-06-01","recorded":"2023"}`, "2022-06-01 2022-06-02 days"},
		{"Procedure", `{"performedPeriod":{"start":"2022","end":"2022"}}`, "2022-01-01 2023-01-01 days"},
		{"DocumentReference", `{"context":{"period":{"start":"2022-06-01","end":"2022-06-01"}},"date":"2023-01-01T00:00:00Z"}`, "2022-06-01 2022-06-02 days"},
		{"DocumentReference", `{"date":"2023-01-01T00:00:00Z"}`, "2023-01-01 2023-01-01"},
		{"MedicationRequest", `{"authoredOn":"2022-06-01"}`, "2022-06-01 2022-06-02 days"},
		{"Goal", `{"startDate":"2022-06-01","target":[{"dueDate":"2022-07-01"}]}`, "2022-06-01 2022-07-02 days"},
		{"Patient", `{"birthDate":"1970-01-01"}`, "- -"},
	} {
		i := item(t, c.typ, c.text)
		got := []string{"-", "-"}
		for n, at := range []time.Time{i.From, i.To} {
			if !at.IsZero() {
				got[n] = at.Format(time.DateOnly)
			}
		}
		if i.Days {
			got = append(got, "days")
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s %s: %q, want %q", c.typ, c.text, s, c.want)
		}
	}
}

func TestAuthors(t *testing.T) {
	for _, c := range []struct{ typ, text, want string }{
		{"Condition", `{"recorder":{"reference":"Practitioner/1"},"asserter":{"reference":"Patient/2"}}`, "Practitioner/1 Patient/2"},
		{"Procedure", `{"performer":[{"actor":{"reference":"Practitioner/1"},"onBehalfOf":{"reference":"Organization/3"}}]}`, "Practitioner/1 Organization/3"},
		{"Encounter", `{"participant":[{"individual":{"reference":"Practitioner/1"}},{"type":[]}]}`, "Practitioner/1"},
		{"Provenance", `{"agent":[{"who":{"reference":"Practitioner/1"},"onBehalfOf":{"reference":"Organization/3"}}]}`, "Practitioner/1 Organization/3"},
		{"ServiceRequest", `{"requester":{"reference":"Practitioner/1"},"performer":[{"reference":"Organization/9"}]}`, "Practitioner/1"},
		{"DocumentReference", `{"author":[{"reference":"PractitionerRole/2"}],"custodian":{"reference":"Organization/9"}}`, "PractitionerRole/2"},
		{"Observation", `{"performer":[{"display":"somebody"}]}`, ""},
	} {
		if got := strings.Join(item(t, c.typ, c.text).Authors, " "); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.typ, c.text, got, c.want)
		}
	}
}

// Every coding and every reference of R4's examples is found, by another way of
// looking: maps.
func TestItemOfFindsAllInTheExamplesOfR4(t *testing.T) {
	files, timed := suitetest.Files(t, "r4-examples", "*.json"), 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc object
		if json.Unmarshal(b, &doc) != nil || doc["resourceType"] == nil || doc["resourceType"] == "Bundle" {
			continue
		}
		i := item(t, doc["resourceType"].(string), string(b))
		delete(doc, "meta")
		delete(doc, "text")
		codes, refs := map[choice.Coding]bool{}, map[string]bool{}
		gather(doc, codes, refs)
		got := map[choice.Coding]bool{}
		for _, c := range i.Codes {
			got[c] = true
		}
		if !maps.Equal(got, codes) || len(got) != len(i.Codes) {
			t.Errorf("%s: codes %v, want %v", filepath.Base(f), got, codes)
		}
		if have := slices.Sorted(slices.Values(i.Refs)); !slices.Equal(have, slices.Sorted(maps.Keys(refs))) {
			t.Errorf("%s: refers to %v, want %v", filepath.Base(f), have, refs)
		}
		if !i.From.IsZero() || !i.To.IsZero() {
			timed++
		}
	}
	t.Logf("%d files, %d resources with a clinical time", len(files), timed)
}

func gather(v any, codes map[choice.Coding]bool, refs map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			gather(e, codes, refs)
		}
	case object:
		system, one := v["system"].(string)
		code, two := v["code"].(string)
		if _, quantity := v["value"]; one && two && !quantity {
			codes[choice.Coding{System: system, Code: code}] = true
		}
		if ref, ok := v["reference"].(string); ok {
			if parts := strings.Split(ref, "/"); len(parts) == 2 || len(parts) == 4 && parts[2] == "_history" {
				if !strings.ContainsAny(ref, ":#?|") {
					refs[parts[0]+"/"+parts[1]] = true
				}
			}
		}
		for _, e := range v {
			gather(e, codes, refs)
		}
	}
}
