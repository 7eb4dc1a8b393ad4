// Package problem is the one error that people may meet: a kind that a
// caller can act on, a sentence that is safe to show and says what to do, and
// the cause, which is for the log only.
//
// Why here: every room raises errors and every door (HTTP, command line, page)
// writes them, so the meaning of a failure has to live below all of them. A
// door chooses its status code by Kind and its words by Sentence; it never
// reads the text of a cause, since that may hold a person's data or a
// database's words.
//
// What is not here: no HTTP, no FHIR resources (fhirapi writes the
// OperationOutcome), no logging, no translation. The package imports the
// standard library only and does no I/O.
package problem
