// Package web is the HTTP server plant: it listens, limits what strangers can
// cost us, gives every request an id, compresses, counts, and turns the errors
// that handlers return into answers in one place.
//
// Why here: limits and the handling of errors are the same for the FHIR
// interface, the sign-in endpoints and the pages, and a door that forgets one
// of them fails open. A door mounts a Handler and the ErrorWriter that speaks
// its format.
//
// What is not here: FHIR, tokens, who may see what. The log lines of this
// package hold no query, no body and no id of a record; who looked at what is
// in the access log, which package audit keeps.
package web
