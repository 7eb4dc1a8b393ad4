// Package fhir holds a FHIR R4 resource exactly as it came in.
//
// Parse turns JSON into a flat, read-only tree over the bytes: number text,
// white space and member order are kept, so that what is stored can be given
// back unchanged and no reader sees another value than the writer sent. The
// package also knows the primitive datatypes: dates with their precision,
// decimals with their text, quantities and references.
//
// It is pure: no I/O, no clock, no knowledge of where a resource is kept. The
// facts of the specification live in fhir/spec, paths in fhir/fhirpath.
package fhir
