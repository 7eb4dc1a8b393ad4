package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/spec"
)

func TestTypesByName(t *testing.T) {
	if n := len(spec.Resources()); n != 146 {
		t.Errorf("R4 has 146 concrete resource types, the tables %d", n)
	}
	for name, kind := range map[string]spec.Kind{
		"Patient": spec.Resource, "HumanName": spec.Complex, "date": spec.Primitive,
		"Patient.contact": spec.Backbone, "Timing.repeat": spec.Backbone,
	} {
		y := spec.Lookup(name)
		if y == nil || y.Kind != kind || y.Name != name {
			t.Errorf("Lookup(%q) gives %+v, want a %v", name, y, kind)
		}
	}
	for _, no := range []string{"", "Patien", "patient", "Resource", "DomainResource", "HumanName", "Patient.contact", "Element"} {
		if spec.IsResource(no) {
			t.Errorf("%q counts as a resource type", no)
		}
	}
	if spec.Lookup("Nothing") != nil {
		t.Error("an unknown type was found")
	}
}

func TestPropertyNames(t *testing.T) {
	for _, c := range []struct {
		typ, json, elem, is string
		sibling             bool
	}{
		{"Patient", "birthDate", "birthDate", "date", false},
		{"Patient", "_birthDate", "birthDate", "date", true},
		{"Patient", "id", "id", "id", false},
		{"Patient", "contained", "contained", "Resource", false},
		{"Patient", "contact", "contact", "Patient.contact", false},
		{"Patient", "deceasedBoolean", "deceased", "boolean", false},
		{"Patient", "_deceasedDateTime", "deceased", "dateTime", true},
		{"Observation", "valueQuantity", "value", "Quantity", false},
		{"Observation", "valueSampledData", "value", "SampledData", false},
		{"HumanName", "id", "id", "string", false},
		{"Extension", "url", "url", "uri", false},
		{"Extension", "valueBase64Binary", "value", "base64Binary", false},
		{"Questionnaire.item", "item", "item", "Questionnaire.item", false},
		{"Bundle.entry", "link", "link", "Bundle.link", false},
		{"Age", "value", "value", "decimal", false},
	} {
		p, ok := spec.Lookup(c.typ).Property(c.json)
		if !ok || p.Element.Name != c.elem || p.Type.Name != c.is || p.Sibling != c.sibling {
			t.Errorf("%s.%s: %+v %v, want %s of %s", c.typ, c.json, p, ok, c.elem, c.is)
		}
		if q, ok2 := spec.Lookup(c.typ).PropertyBytes([]byte(c.json)); q != p || ok2 != ok {
			t.Errorf("%s.%s: PropertyBytes differs", c.typ, c.json)
		}
	}
	for typ, names := range map[string]string{
		"Patient":     "value deceased _name __birthDate _ birthdate deceasedString resourceType extensions [x]",
		"Observation": "value valueDecimal value[x] _valueQuantity",
	} {
		for _, n := range strings.Fields(names) {
			if p, ok := spec.Lookup(typ).Property(n); ok {
				t.Errorf("%s.%s was found: %+v", typ, n, p)
			}
		}
	}
}

func TestElementFacts(t *testing.T) {
	o := spec.Lookup("Observation")
	status := o.Element("status")
	if status.Min != 1 || status.Max != 1 || !status.Modifier || !status.Summary || status.IsList() ||
		status.Binding.Strength != spec.Required || status.Binding.ValueSet != "http://hl7.org/fhir/ValueSet/observation-status" {
		t.Errorf("Observation.status: %+v", status)
	}
	if e := o.Element("category"); e.Max != spec.Many || !e.IsList() || e.Binding.Strength != spec.Preferred {
		t.Errorf("Observation.category: %+v", e)
	}
	if e := o.Element("encounter"); !slices.Equal(e.Types[0].Targets, []string{"Encounter"}) {
		t.Errorf("Observation.encounter: %+v", e)
	}
	if e := o.Element("focus"); e.Types[0].Targets != nil {
		t.Errorf("Observation.focus may point anywhere: %+v", e)
	}
	if e := spec.Lookup("Questionnaire.item").Element("item"); e.ContentRef != "Questionnaire.item" {
		t.Errorf("Questionnaire.item.item: %+v", e)
	}
	if e := spec.Lookup("Range").Element("low"); e.Types[0].Profile != "SimpleQuantity" {
		t.Errorf("Range.low: %+v", e)
	}
	for name, base := range map[string]string{"Patient": "DomainResource", "Bundle": "Resource", "Age": "Quantity", "code": "string", "Patient.contact": "BackboneElement", "Timing.repeat": "Element"} {
		if !spec.IsA(name, base) || spec.IsA(base, name) {
			t.Errorf("%s is not below %s", name, base)
		}
	}
	if !spec.IsA("Patient", "Resource") || spec.IsA("Bundle", "DomainResource") || spec.IsA("", "") {
		t.Error("IsA is wrong")
	}
}

// Every name in the tables leads somewhere.
func TestTablesAreClosed(t *testing.T) {
	seen := map[*spec.Type]bool{}
	var visit func(y *spec.Type)
	visit = func(y *spec.Type) {
		if seen[y] {
			return
		}
		seen[y] = true
		if y.Base != "" && spec.Lookup(y.Base) == nil {
			t.Errorf("%s: no base %s", y.Name, y.Base)
		}
		for _, e := range y.Elements {
			if e.Min > e.Max || len(e.Types) == 0 || (len(e.Types) > 1) != e.Choice && !e.Choice {
				t.Errorf("%s.%s: %+v", y.Name, e.Name, e)
			}
			for _, r := range e.Types {
				if r.Type == nil {
					t.Fatalf("%s.%s: no type %s", y.Name, e.Name, r.Code)
				}
				for _, target := range r.Targets {
					if !spec.IsResource(target) {
						t.Errorf("%s.%s: no resource type %s", y.Name, e.Name, target)
					}
				}
				visit(r.Type)
			}
		}
	}
	for _, r := range spec.Resources() {
		visit(spec.Lookup(r))
	}
	if len(seen) < 600 {
		t.Errorf("only %d types can be reached", len(seen))
	}
}

func TestRequiredCodes(t *testing.T) {
	got, ok := spec.RequiredCodes("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1")
	if !ok || !slices.Equal(got, []string{"male", "female", "other", "unknown"}) {
		t.Errorf("administrative-gender: %v %v", got, ok)
	}
	for _, open := range []string{"currencies", "mimetypes", "languages", "no-such"} {
		if _, ok := spec.RequiredCodes("http://hl7.org/fhir/ValueSet/" + open); ok {
			t.Errorf("%s cannot be spelled out", open)
		}
	}
	set := spec.Lookup("Patient").Element("gender").Binding.Codes
	if !set.Has([]byte("female")) || set.Has([]byte("Female")) || set.Has(nil) {
		t.Error("Patient.gender has the wrong codes")
	}
	if !set.HasCoding([]byte("http://hl7.org/fhir/administrative-gender"), []byte("male")) || set.HasCoding(nil, []byte("male")) {
		t.Error("a coding of Patient.gender is judged wrongly")
	}
}

func TestLookingUpAllocatesNothing(t *testing.T) {
	o, key, code := spec.Lookup("Observation"), []byte("_valueDateTime"), []byte("final")
	codes := o.Element("status").Binding.Codes
	if n := testing.AllocsPerRun(100, func() {
		spec.Lookup("Patient")
		o.Property("valueQuantity")
		o.PropertyBytes(key)
		codes.Has(code)
		spec.SearchParams("Patient")
		spec.FindSearchParam("Patient", "birthdate")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkProperty(b *testing.B) {
	o, key := spec.Lookup("Observation"), []byte("valueQuantity")
	for b.Loop() {
		o.PropertyBytes(key)
	}
}
