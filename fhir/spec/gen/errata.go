package main

import (
	"regexp"
	"strings"
)

// The faults of R4 (4.0.1) that the tables put right. Each says why.

type erratum struct{ from, to, reason string }

// resourceID replaces the type of the id of every resource.
var resourceID = erratum{"string", "id",
	"the specification's page for Resource gives the type id; the machine-readable form says string, which is the type of an element's id"}

// paramErrata replaces the expression of a search parameter, by id. An entry
// whose from no longer stands in the package stops the generator.
var paramErrata = map[string]erratum{
	"InsurancePlan-name": {
		"name | alias", "InsurancePlan.name | InsurancePlan.alias",
		"the first branch branches lack their root"},
	"patient-extensions-Patient-mothersMaidenName": {
		"Patient.extension('http://hl7.org/fhir/StructureDefinition/patient-extensions-Patient-mothersMaidenName')",
		"Patient.extension('http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName').value",
		"the extension's address is another one, and the value is searched, not the extension"},
	"device-extensions-Device-din": {
		"Device.extension('http://hl7.org/fhir/SearchParameter/device-extensions-Device-din')",
		"Device.extension('http://hl7.org/fhir/SearchParameter/device-extensions-Device-din').value",
		extensionValue},
	"diagnosticreport-genetic-DiagnosticReport-assessed-condition": {
		"DiagnosticReport.extension('http://hl7.org/fhir/StructureDefinition/DiagnosticReport-geneticsAssessedCondition')",
		"DiagnosticReport.extension('http://hl7.org/fhir/StructureDefinition/DiagnosticReport-geneticsAssessedCondition').value",
		extensionValue},
	"observation-genetic-Observation-amino-acid-change":      aminoAcid,
	"observation-genetic-Observation-gene-amino-acid-change": aminoAcid,
	"observation-genetic-Observation-dna-variant":            dnaVariant,
	"observation-genetic-Observation-gene-dnavariant":        dnaVariant,
	"observation-genetic-Observation-gene-identifier": {
		"Observation.extension('http://hl7.org/fhir/StructureDefinition/observation-geneticsGene')",
		"Observation.extension('http://hl7.org/fhir/StructureDefinition/observation-geneticsGene').value",
		extensionValue},
	"questionnaireresponse-extensions-QuestionnaireResponse-item-subject": {
		"QuestionnaireResponse.item.where(hasExtension('http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject')).answer.value.ofType(Reference)",
		"QuestionnaireResponse.item.where(extension('http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject').exists()).answer.value.ofType(Reference)",
		"FHIRPath has no function hasExtension"},
}

const extensionValue = "the value is searched, not the extension"

var aminoAcid = erratum{
	"Observation.extension('http://hl7.org/fhir/StructureDefinition/observation-geneticsAminoAcidChangeName')",
	"Observation.extension('http://hl7.org/fhir/StructureDefinition/observation-geneticsAminoAcidChange').value",
	"the package defines the extension without Name at the end, and the value is searched"}

var dnaVariant = erratum{
	"Observation.extension('http://hl7.org/fhir/StructureDefinition/observation-geneticsDnaVariant')",
	"Observation.extension('http://hl7.org/fhir/StructureDefinition/observation-geneticsDnaVariant').value",
	extensionValue}

// leftOut tells why a search parameter of the package is not in the tables,
// "" for one that is.
func leftOut(p searchParam) string {
	switch {
	case strings.HasPrefix(p.ID, "example"):
		return "an example of a SearchParameter, not a parameter of R4"
	case len(p.Base) == 0:
		return "it names no resource type"
	case p.Expression == "" && !strings.HasPrefix(p.Code, "_"):
		return "it has no expression, so nothing can be found by it"
	}
	return ""
}

var (
	asOperator = regexp.MustCompile(`\(([A-Za-z.]+) as ([A-Za-z]+)\)`)
	asFunction = regexp.MustCompile(`\.as\(([A-Za-z]+)\)`)
)

// narrow rewrites "as" to ofType. FHIRPath's as is an error on more than one
// item, and R4 uses it on elements that repeat (Observation.component.value);
// later versions of FHIR write ofType in the same places.
func narrow(expr string) string {
	expr = asOperator.ReplaceAllString(expr, "$1.ofType($2)")
	expr = asFunction.ReplaceAllString(expr, ".ofType($1)")
	// One component says DateTime where the type is called dateTime.
	return strings.ReplaceAll(expr, "ofType(DateTime)", "ofType(dateTime)")
}
