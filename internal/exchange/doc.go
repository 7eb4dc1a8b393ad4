// Package exchange moves whole records in and out: files of FHIR resources are
// loaded, and everything in reach is exported as NDJSON (FHIR Bulk Data).
//
// Why here: a load is long, meets bad input and is interrupted; how it is cut
// into writes, what happens to a bad line and where it continues is one
// subject, whichever door asked for it (command line, $import, $export).
//
// What is not here: how writes become durable (record), retrying after a crash
// (jobs), progress bars (app), HTTP (fhirapi). Nothing here fetches anything
// over a network.
package exchange
