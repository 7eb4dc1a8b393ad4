package fhir

// Marks of what a resource does not say (FHIR R4).
const (
	// DataAbsentReason is the extension that says why an element has no value.
	DataAbsentReason = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
	// Subsetted is the tag, as JSON, of a resource of which parts were left out: it is
	// not to be stored in place of the whole (R4, resource.html#subset).
	Subsetted = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED","display":"subsetted"}`
)
