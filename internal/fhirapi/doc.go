// Package fhirapi is the FHIR R4 REST door (http://hl7.org/fhir/R4/http.html):
// it turns HTTP requests into calls of a record session and the answers into
// HTTP, one file an interaction or operation.
//
// Why here: everything that is about HTTP and FHIR's way of using it (headers,
// status codes, Bundles, OperationOutcomes, links) lies in this room, so that
// the record below knows nothing of HTTP. Bodies go out as the record gives
// them: a Bundle is appended as bytes around them, and nothing is decoded that
// nobody asked to have changed.
//
// What is not here: who may see what (record), what a search means (fhir/search),
// TLS, compression, CORS and request ids (internal/web), bulk files (exchange).
package fhirapi
