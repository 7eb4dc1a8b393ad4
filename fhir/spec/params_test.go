package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/spec"
)

func codes(ps []*spec.SearchParam) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Code)
	}
	return out
}

func TestSearchParamsOfAType(t *testing.T) {
	want := strings.Fields("_content _filter _id _lastUpdated _profile _query _security _source _tag _text active address address-city " +
		"address-country address-postalcode address-state address-use birthdate death-date deceased email family gender " +
		"general-practitioner given identifier language link mothersMaidenName name organization phone phonetic telecom")
	if got := codes(spec.SearchParams("Patient")); !slices.Equal(got, want) {
		t.Errorf("Patient:\n got %v\nwant %v", got, want)
	}
	for _, r := range spec.Resources() {
		cs := codes(spec.SearchParams(r))
		if !slices.IsSorted(cs) || len(slices.Compact(slices.Clone(cs))) != len(cs) {
			t.Errorf("%s: a code twice, or out of order: %v", r, cs)
		}
		if !slices.Contains(cs, "_id") || slices.Contains(cs, "_text") == (r == "Bundle" || r == "Binary" || r == "Parameters") {
			t.Errorf("%s: wrong common parameters: %v", r, cs)
		}
	}
	if spec.SearchParams("HumanName") != nil || spec.FindSearchParam("Patient", "nope") != nil || spec.SearchParamByURL("nope") != nil {
		t.Error("parameters of nothing were found")
	}
}

func TestSearchParamFacts(t *testing.T) {
	p := spec.FindSearchParam("Observation", "code-value-quantity")
	if p.Kind != spec.CompositeParam || len(p.Components) != 2 || p.MultipleOr || !p.MultipleAnd ||
		p.Components[1] != (spec.Component{Definition: "http://hl7.org/fhir/SearchParameter/Observation-value-quantity", Expression: "value.ofType(Quantity)"}) {
		t.Errorf("code-value-quantity: %+v", p)
	}
	if p := spec.FindSearchParam("Patient", "birthdate"); p.Kind != spec.DateParam || len(p.Comparators) != 9 || !p.MultipleOr ||
		spec.SearchParamByURL("http://hl7.org/fhir/SearchParameter/individual-birthdate") != p {
		t.Errorf("birthdate: %+v", p)
	}
	if p := spec.FindSearchParam("Location", "near"); p.Kind != spec.SpecialParam || p.Kind.String() != "special" {
		t.Errorf("near: %+v", p)
	}
	if spec.ParseParamKind("uri") != spec.URIParam || spec.ParseParamKind("nope") != 0 {
		t.Error("ParseParamKind is wrong")
	}
}

func TestBranchesOfAType(t *testing.T) {
	for _, c := range []struct{ resource, code, want string }{
		{"Patient", "birthdate", "Patient.birthDate"},
		{"Patient", "_id", "Resource.id"},
		{"Patient", "deceased", "Patient.deceased.exists() and Patient.deceased != false"},
		{"Observation", "patient", "Observation.subject.where(resolve() is Patient)"},
		{"MedicationRequest", "code", "MedicationRequest.medication.ofType(CodeableConcept)"},
		{"AllergyIntolerance", "code", "AllergyIntolerance.code | AllergyIntolerance.reaction.substance"},
		{"InsurancePlan", "name", "InsurancePlan.name | InsurancePlan.alias"},
		{"Observation", "combo-code-value-quantity", "Observation | Observation.component"},
		{"ValueSet", "context-type-value", "ValueSet.useContext"},
		{"Patient", "mothersMaidenName", "Patient.extension('http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName').value"},
		{"Patient", "_text", ""},
	} {
		if got := spec.FindSearchParam(c.resource, c.code).For(c.resource); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.resource, c.code, got, c.want)
		}
	}
	if got := spec.FindSearchParam("Patient", "birthdate").For("Observation"); got != "" {
		t.Errorf("a branch for a type that has none: %q", got)
	}
}

// Every parameter has a branch for each of its types, none of R4's "as" is
// left, and components lead to parameters.
func TestEveryParameterIsWhole(t *testing.T) {
	for _, r := range spec.Resources() {
		for _, p := range spec.SearchParams(r) {
			if p.Kind == 0 || p.URL == "" || (p.Expression != "") != (p.For(r) != "") {
				t.Errorf("%s %s: %+v", r, p.Code, p)
			}
			if p.Expression == "" && !strings.HasPrefix(p.Code, "_") {
				t.Errorf("%s %s has no expression", r, p.Code)
			}
			if strings.Contains(p.Expression, " as ") || strings.Contains(p.Expression, ".as(") {
				t.Errorf("%s %s: %s", r, p.Code, p.Expression)
			}
			for _, c := range p.Components {
				if q := spec.SearchParamByURL(c.Definition); q == nil || q.Kind == spec.CompositeParam {
					t.Errorf("%s %s: component %s", r, p.Code, c.Definition)
				}
			}
			if (p.Kind == spec.CompositeParam) != (len(p.Components) > 1) {
				t.Errorf("%s %s: %d components", r, p.Code, len(p.Components))
			}
			if (p.Kind == spec.ReferenceParam) != (len(p.TargetsFor(r)) > 0) {
				t.Errorf("%s %s leads nowhere: %v", r, p.Code, p.TargetsFor(r))
			}
		}
	}
}

func TestTargets(t *testing.T) {
	for _, c := range []struct{ resource, code, want string }{
		{"Observation", "patient", "Patient"},
		{"AllergyIntolerance", "patient", "Patient"},
		{"Observation", "subject", "Device Group Location Patient"},
		{"Encounter", "practitioner", "Practitioner"},
		{"MedicationRequest", "medication", "Medication"},
		{"Bundle", "composition", "Composition"},
	} {
		if got := spec.FindSearchParam(c.resource, c.code).TargetsFor(c.resource); strings.Join(got, " ") != c.want {
			t.Errorf("%s %s leads to %v, want %s", c.resource, c.code, got, c.want)
		}
	}
	if got := spec.FindSearchParam("Basic", "subject").TargetsFor("Basic"); len(got) != 145 {
		t.Errorf("any means %d types", len(got))
	}
	if spec.FindSearchParam("Patient", "name").TargetsFor("Patient") != nil {
		t.Error("a string parameter has targets")
	}
}

func TestCompartments(t *testing.T) {
	if got := spec.Compartments(); !slices.Equal(got, strings.Fields("Device Encounter Patient Practitioner RelatedPerson")) {
		t.Errorf("compartments: %v", got)
	}
	for _, c := range []struct{ compartment, resource, want string }{
		{"Patient", "Observation", "subject performer"},
		{"Patient", "Patient", "{def} link"},
		{"Encounter", "Encounter", "{def}"},
		{"Device", "Device", "{def}"},
		{"Patient", "Location", ""},
		{"Nothing", "Patient", ""},
	} {
		if got := strings.Join(spec.CompartmentParams(c.compartment, c.resource), " "); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.resource, c.compartment, got, c.want)
		}
	}
	for _, c := range spec.Compartments() {
		for _, r := range spec.CompartmentTypes(c) {
			for _, code := range spec.CompartmentParams(c, r) {
				if code == spec.Self && c == r {
					continue
				}
				p := spec.FindSearchParam(r, code)
				if p == nil || !slices.Contains(p.TargetsFor(r), c) {
					t.Errorf("%s lies in %s by %s, which does not lead there: %+v", r, c, code, p)
				}
			}
		}
	}
}
