package search

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
)

func TestLookup(t *testing.T) {
	p, ok := Base().Lookup("Observation", "code")
	if !ok || p.ID != "Observation.code" || p.Kind != Token || p.Expression() != "Observation.code" {
		t.Errorf("Observation.code is %+v", p)
	}
	a, _ := Base().Lookup("Patient", "_tag")
	b, _ := Base().Lookup("Observation", "_tag")
	c, _ := Base().Lookup("Resource", "_tag")
	if a == nil || a != b || b != c || a.ID != "Resource._tag" {
		t.Errorf("_tag is not one parameter: %v %v %v", a, b, c)
	}
	for _, none := range [][2]string{{"Observation", "foo"}, {"Foo", "code"}, {"", "_id"}, {"Patient", "_has"}, {"Patient", "_query"}, {"DomainResource", "_id"}} {
		if p, ok := Base().Lookup(none[0], none[1]); ok {
			t.Errorf("%v gives %v", none, p)
		}
	}
	for _, r := range spec.Resources() {
		for _, code := range []string{"_id", "_lastUpdated", "_tag", "_profile", "_security", "_source", "_text", "_content", "_list"} {
			if _, ok := Base().Lookup(r, code); !ok {
				t.Errorf("%s has no %s", r, code)
			}
		}
	}
}

func TestParamIDsAreUnique(t *testing.T) {
	seen := map[string]*Param{}
	for _, r := range spec.Resources() {
		for _, p := range Base().Params(r) {
			if old, ok := seen[p.ID]; ok && old != p {
				t.Errorf("%s is there twice: %s, %s", p.ID, old.URL, p.URL)
			}
			seen[p.ID] = p
		}
	}
}

func TestARegistryMayBeUsedByMany(t *testing.T) {
	r, err := Base().With()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, name := range []string{"Patient", "Observation", "Encounter"} {
				tree, _ := fhir.Parse([]byte(`{"resourceType":"`+name+`","status":"final"}`), fhir.Limits{})
				if _, err := Extract(r, tree, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// TestOwners holds for every type of R4's Patient compartment that somebody
// owns it, and what the important ones say.
func TestOwners(t *testing.T) {
	for resource, want := range map[string]string{
		"Patient": "_id", "Observation": "patient subject", "Condition": "patient subject", "Encounter": "patient subject",
		"Immunization": "patient", "Coverage": "beneficiary patient", "Appointment": "patient actor", "Group": "member",
		"AllergyIntolerance": "patient", "MedicationRequest": "patient subject", "Person": "patient", "Schedule": "actor",
		"AdverseEvent": "subject", "Claim": "patient", "Communication": "patient subject", "List": "patient subject",
		"Practitioner": "", "Organization": "", "Medication": "", "Location": "", "Foo": "", "ValueSet": "",
	} {
		if got := strings.Join(OwnerParams(resource), " "); got != want {
			t.Errorf("%s belongs to whom %q says, want %q", resource, got, want)
		}
	}
	for _, resource := range spec.CompartmentTypes("Patient") {
		codes := OwnerParams(resource)
		if len(codes) == 0 {
			t.Errorf("nobody owns %s: %v", resource, spec.CompartmentParams("Patient", resource))
		}
		for _, code := range codes {
			p, ok := Base().Lookup(resource, code)
			if !ok || code != "_id" && (p.Kind != Reference || !p.mayLeadTo("Patient")) {
				t.Errorf("%s of %s does not lead to a Patient", code, resource)
			}
		}
	}
}

const customParam = `{"resourceType":"SearchParameter","url":"http://acme.org/sp/shoe","code":"shoe-size","type":"number","base":["Patient","Practitioner"],
	"expression":"(Patient.extension.where(url='http://acme.org/shoe').value as decimal) | Practitioner.extension.where(url='http://acme.org/shoe').value.ofType(decimal)"}`

func TestCustomParameters(t *testing.T) {
	both := `{"resourceType":"SearchParameter","url":"http://acme.org/sp/shoe-name","code":"shoe-name","type":"composite","base":["Patient"],"expression":"Patient",
		"component":[{"definition":"http://acme.org/sp/shoe","expression":"extension.where(url='http://acme.org/shoe').value"},{"definition":"http://hl7.org/fhir/SearchParameter/individual-family","expression":"name.family"}]}`
	any := `{"resourceType":"SearchParameter","url":"http://acme.org/sp/ext","code":"ext","type":"uri","base":["Resource"],"expression":"Resource.extension.url"}`
	// The composite comes first, and is made of what follows it.
	r, err := Base().With(parse(t, both), parse(t, customParam), parse(t, any), parse(t, customParam))
	if err != nil {
		t.Fatal(err)
	}
	tree := parse(t, `{"resourceType":"Patient","name":[{"family":"Bigfoot"}],"extension":[{"url":"http://acme.org/shoe","valueDecimal":46.5}]}`)
	for query, want := range map[string]bool{
		"shoe-size=46.5": true, "shoe-size=gt46": true, "shoe-size=46": false, "ext=http://acme.org/shoe": true,
		"shoe-name=46.5$big": true, "shoe-name=46.5$small": false, "shoe-name=46$bog": false, "name=bigfoot": true,
	} {
		q, err := Parse(r, []string{"Patient"}, nil, pairs(query), Options{Strict: true})
		if err != nil {
			t.Fatal(query, err)
		}
		if got, err := Match(tree, &q.Criteria[0], &MatchEnv{}); got != want || err != nil {
			t.Errorf("%s: %v, want %v (%v)", query, got, want, err)
		}
	}
	vs, err := Extract(r, tree, nil)
	if err != nil || !slices.ContainsFunc(vs, func(v Value) bool {
		return v.Param.Custom && v.Param.ID == "Patient.shoe-size" && v.Number.String() == "46.5"
	}) {
		t.Errorf("the values lack the custom one: %v (%v)", vs, err)
	}
	if _, ok := Base().Lookup("Patient", "shoe-size"); ok {
		t.Error("the base changed")
	}
	again, err := r.With(parse(t, strings.ReplaceAll(customParam, "shoe", "hat")))
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"hat-size", "shoe-size", "shoe-name", "ext"} {
		if _, ok := again.Lookup("Patient", code); !ok {
			t.Errorf("%s was lost", code)
		}
	}
	if _, ok := r.Lookup("Patient", "hat-size"); ok {
		t.Error("With changed the registry that it was asked of")
	}
}

func TestCustomParametersThatCanNotBeUsed(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{`"SearchParameter"`, `"Patient"`, "not a SearchParameter"},
		{`"url":"http://acme.org/sp/shoe"`, `"name":"x"`, "no url"},
		{`"shoe-size"`, `"shoe:size"`, "not a name for a parameter"},
		{`"shoe-size"`, `"_shoe"`, "not a name for a parameter"},
		{`"shoe-size"`, `"birthdate"`, "already has a parameter birthdate"},
		{`"shoe-size"`, `"_id"`, "not a name for a parameter"},
		{`"number"`, `"special"`, "type"},
		{`"number"`, `"foo"`, `its type "foo" is not known`},
		{`"number"`, `"composite"`, "two components"},
		{`"Practitioner"]`, `"Foo"]`, `"Foo" is not a resource type`},
		{`"Practitioner"]`, `"Device"]`, "says nothing about Device"},
		{`["Patient","Practitioner"]`, `[]`, "names no resource type"},
		{`(Patient.extension`, `((Patient.extension`, "can not be used"},
		{`(Patient.extension`, `(Patient.shoe`, "shoe"},
		{`"code"`, `"target":["Foo"],"code"`, `"Foo" is not a resource type`},
	} {
		src := strings.Replace(customParam, c.from, c.to, 1)
		_, err := Base().With(parse(t, src))
		if err == nil || !strings.Contains(problem.Sentence(err), c.want) || !problem.Is(err, problem.Unprocessable) {
			t.Errorf("%s for %s: got %v, want %q", c.to, c.from, err, c.want)
		}
	}
}
