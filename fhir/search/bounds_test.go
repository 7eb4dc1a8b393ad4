package search

import (
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/problem"
)

func TestBounds(t *testing.T) {
	many := func(n int) string { return strings.Repeat("a,", n-1) + "a" }
	for name, c := range map[string]struct {
		query string
		ok    bool
	}{
		"1,000 alternatives":           {"Observation?code=" + many(1000), true},
		"1,000 alternatives in chains": {"Observation?subject.name=" + many(1000), true},
		"10,000 alternatives":          {"Observation?code=" + many(10000), false},
		"10,000 in ten parameters":     {"Observation?" + strings.Repeat("code="+many(1000)+"&", 10), false},
		"10,000 parameters":            {"Observation?" + strings.Repeat("code=a&", 10000), false},
		"a chain of 100 steps":         {"Patient?" + strings.Repeat("link:Patient.", 100) + "name=a", true},
		"a chain of 400 steps":         {"Patient?" + strings.Repeat("link:Patient.", 400) + "name=a", true},
		"a chain of 401 steps":         {"Patient?" + strings.Repeat("link:Patient.", 401) + "name=a", false},
		"_has 100 deep":                {"Patient?" + strings.Repeat("_has:Patient:link:", 100) + "name=a", true},
		"_has 400 deep":                {"Patient?" + strings.Repeat("_has:Patient:link:", 400) + "name=a", true},
		"_has 401 deep":                {"Patient?" + strings.Repeat("_has:Patient:link:", 401) + "name=a", false},
		"401 steps in many chains":     {"Patient?" + strings.Repeat("link:Patient.link:Patient.name=a&", 201), false},
		"a chain of 1,000 steps":       {"Patient?" + strings.Repeat("link:Patient.", 1000) + "name=a", false},
		"_has 1,000 deep":              {"Patient?" + strings.Repeat("_has:Patient:link:", 1000) + "name=a", false},
		"a chain that fans out":        {"Provenance?target.subject.subject.subject.name=a", false},
		"a value of 100,000 bytes":     {"Patient?name=" + strings.Repeat("a", 100_000), false},
		"a name of 100,000 bytes":      {"Patient?" + strings.Repeat("a", 100_000) + "=1", false},
		"an exponent without end":      {"RiskAssessment?probability=1e999999999", false},
		"a large exponent":             {"RiskAssessment?probability=ap1e400", false},
		"499 unknown names":            {"Patient?" + strings.Repeat("nmae=1&", 499), false},
		"100 sort keys":                {"Patient?_sort=" + strings.Repeat("name,", 99) + "name", false},
		"a date beyond the calendar":   {"Patient?birthdate=ap99999", false},
		"the last and the first year":  {"Patient?birthdate=ap9999&birthdate=ap0001", true},
	} {
		_, err := ask(c.query, Options{Strict: true})
		if (err == nil) != c.ok {
			t.Errorf("%s: %.200v", name, err)
		}
		if err != nil && strings.Contains(name, "401") && !strings.Contains(err.Error(), "at most 400 are followed") {
			t.Errorf("%s is refused without the reason: %v", name, err)
		}
		if err != nil && (problem.Of(err).Kind.Status() != 400 || len(err.Error()) > 2000) {
			t.Errorf("%s is refused by %.200v", name, err)
		}
	}
}

func TestUnknownParametersAreNamedOrRefused(t *testing.T) {
	query := "Patient?foo=1&name=x&subject.bar=2&_has:Observation:zzz:code=3&birthdate=&_count=5000&_format=json&_cursor=abc"
	q, err := ask(query, Options{Own: []string{"_cursor"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"foo", "subject.bar", "_has:Observation:zzz:code", "birthdate"}; !slices.Equal(q.Ignored, want) {
		t.Errorf("ignored %q, want %q", q.Ignored, want)
	}
	if want := []Pair{{"name", "x"}, {"_count", "1000"}, {"_format", "json"}}; !slices.Equal(q.Pairs(), want) {
		t.Errorf("the link says %q, want %q", q.Pairs(), want)
	}
	if !q.Clamped || q.Count != 1000 {
		t.Errorf("the page is %d, clamped %v", q.Count, q.Clamped)
	}
	for _, bad := range []string{"foo=1", "subject.bar=2", "birthdate="} {
		if _, err := ask("Patient?"+bad, Options{Strict: true}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestABadValueIsAlwaysRefused(t *testing.T) {
	for _, bad := range []string{"Patient?birthdate=x", "Patient?name:foo=x", "Observation?subject:Patient.birthdate=x", "Patient?_sort=foo", "Patient?_count=x", "Patient?_include=Foo:bar"} {
		if _, err := ask(bad, Options{}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestCompartments(t *testing.T) {
	c := &Compartment{"Patient", "1"}
	q, err := Parse(Base(), []string{"Observation"}, c, pairs("code=a"), Options{})
	if err != nil || q.Compartment != c {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := Parse(Base(), nil, &Compartment{"Organization", "1"}, nil, Options{}); !problem.Is(err, problem.Invalid) {
		t.Errorf("an organisation has a compartment: %v", err)
	}
}

func TestAQueryOfManyTypesHasAParameterForEach(t *testing.T) {
	q, err := Parse(Base(), []string{"Condition", "Observation"}, nil, pairs("code=a&_id=1&_sort=code"), Options{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, ps := range [][]*Param{q.Criteria[0].Params, q.Criteria[1].Params, q.Sort[0].Params} {
		if len(ps) != 2 {
			t.Errorf("%v", ps)
		}
	}
	if p := q.Criteria[0].Param("Observation"); p == nil || p.ID != "Observation.code" {
		t.Errorf("the parameter for Observation is %v", p)
	}
}

// FuzzParse holds that no query brings the parser down, and that what it read
// it reads again in the same way from the link that it gives.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"Patient?name=a,b\\,c&birthdate=ge2010", "Observation?code-value-quantity=a|b$gt5||mg", "?_type=Patient&_id=1",
		"Patient?_has:Observation:patient:_has:AuditEvent:entity:agent=1", "Observation?subject:Patient.organization.name:exact=x",
		"Observation?_include=*&_sort=-date,_id&_count=99999&_revinclude:iterate=Provenance:target", "Patient?_list=1,2", "Patient?identifier:of-type=a|b|c",
		"ValueSet?url:below=urn:oid:1", "Location?near=1|2|3", "RiskAssessment?probability=ap1e5", "Patient?:=:&.=.&_has:=&a.b:c.d=e",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := ask(s, Options{Base: "https://here/fhir"})
		if err != nil {
			if st := problem.Of(err).Kind.Status(); st != 400 {
				t.Fatalf("%q is refused with %d: %v", s, st, err)
			}
			return
		}
		again, err := Parse(Base(), q.Types, nil, slices.DeleteFunc(q.Pairs(), func(p Pair) bool { return p.Name == "_type" }), Options{Base: "https://here/fhir", Strict: true})
		if err != nil {
			t.Fatalf("%q gives a link that is refused: %v", s, err)
		}
		q.Ignored, q.Clamped = nil, false
		if show(again) != show(q) {
			t.Fatalf("%q is read as\n%s\nand its link as\n%s", s, show(q), show(again))
		}
	})
}
