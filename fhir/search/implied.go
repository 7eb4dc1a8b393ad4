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
	name := valueSet[strings.LastIndexByte(valueSet, '/')+1:]
	if other, ok := otherSystems[name]; ok {
		return other
	}
	switch {
	case strings.HasPrefix(valueSet, "http://hl7.org/fhir/ValueSet/"):
		return "http://hl7.org/fhir/" + name
	case strings.HasPrefix(valueSet, "http://terminology.hl7.org/ValueSet/"):
		return "http://terminology.hl7.org/CodeSystem/" + name
	}
	return ""
}

// otherSystems are the value sets that are not named after their system (R4
// section 4.3.0, external code systems, and the definitions of the value sets).
// Of two systems it is the one that nearly all of the codes are from.
var otherSystems = map[string]string{
	"languages":                        "urn:ietf:bcp:47",
	"mimetypes":                        "urn:ietf:bcp:13",
	"currencies":                       "urn:iso:std:iso:4217",
	"ucum-units":                       "http://unitsofmeasure.org",
	"units-of-time":                    "http://unitsofmeasure.org",
	"care-plan-activity-kind":          "http://hl7.org/fhir/resource-types",
	"care-plan-intent":                 "http://hl7.org/fhir/request-intent",
	"task-intent":                      "http://hl7.org/fhir/request-intent",
	"clinicalimpression-status":        "http://hl7.org/fhir/event-status",
	"immunization-status":              "http://hl7.org/fhir/event-status",
	"immunization-evaluation-status":   "http://terminology.hl7.org/CodeSystem/medication-admin-status",
	"medication-admin-status":          "http://terminology.hl7.org/CodeSystem/medication-admin-status",
	"medicationdispense-status":        "http://terminology.hl7.org/CodeSystem/medicationdispense-status",
	"medicationknowledge-status":       "http://terminology.hl7.org/CodeSystem/medicationknowledge-status",
	"medication-status":                "http://hl7.org/fhir/CodeSystem/medication-status",
	"medication-statement-status":      "http://hl7.org/fhir/CodeSystem/medication-statement-status",
	"medicationrequest-intent":         "http://hl7.org/fhir/CodeSystem/medicationrequest-intent",
	"medicationrequest-status":         "http://hl7.org/fhir/CodeSystem/medicationrequest-status",
	"verificationresult-status":        "http://hl7.org/fhir/CodeSystem/status",
	"system-restful-interaction":       "http://hl7.org/fhir/restful-interaction",
	"type-restful-interaction":         "http://hl7.org/fhir/restful-interaction",
	"v3-ConfidentialityClassification": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
}
