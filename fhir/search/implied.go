package search

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// impliedSystem is the code system that an element of type code is bound to
// (R4 section 3.1.1.5.10: "the system is defined in the value set"), "" where
// the path is not plain or not bound. FHIR names the system of nearly all of
// its required bindings after the value set.
func impliedSystem(path string) string {
	steps := strings.Split(path, ".")
	t := spec.Lookup(steps[0])
	if len(steps) < 2 || t == nil {
		return ""
	}
	var e *spec.Element
	for _, s := range steps[1:] {
		if t == nil {
			return ""
		}
		if e = t.Element(s); e == nil || len(e.Types) != 1 {
			return ""
		}
		t = e.Types[0].Type
	}
	if t == nil || t.Name != "code" || e.Binding.Strength != spec.Required {
		return ""
	}
	return bound(e.Binding.ValueSet)
}

// bound gives the code system of a required binding.
func bound(valueSet string) string {
	if name, ok := strings.CutPrefix(valueSet, "http://hl7.org/fhir/ValueSet/"); ok {
		if other, ok := otherSystems[name]; ok {
			return other
		}
		return "http://hl7.org/fhir/" + name
	}
	if name, ok := strings.CutPrefix(valueSet, "http://terminology.hl7.org/ValueSet/"); ok {
		return "http://terminology.hl7.org/CodeSystem/" + name
	}
	return ""
}

// otherSystems are the value sets that are not named after their system (R4
// section 4.3.0, external code systems).
var otherSystems = map[string]string{
	"languages":  "urn:ietf:bcp:47",
	"mimetypes":  "urn:ietf:bcp:13",
	"currencies": "urn:iso:std:iso:4217",
	"ucum-units": "http://unitsofmeasure.org",
}
