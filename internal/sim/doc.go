// Package sim makes people up: a deterministic, UK-flavoured region with its
// organisations, staff, households and lives, as FHIR R4 (4.0.1) JSON.
//
// It feeds the demo, the tests and the load tests. It is here, on the lowest
// floor, because everything above may need people to work on, and it is pure:
// no clock, no disk, no global that changes. The same Region and the same index
// give the same bytes on every 64-bit machine and in any order; the arithmetic is
// in integers, so that no processor's floating point can change a digit. Work is
// resumed by starting at any household or person number.
//
// What it is not: a model of disease, a source of reference values or of
// guidance. Everything here is made up, for demonstration, and never for care.
// Rates, curves, schedules and ranges are coarse and stand in small tables with
// where they come from; no clinical rule may be read from this package.
//
// Nobody in it is real. Names are random pairs from lists of common names,
// streets and towns are invented, postcodes are in the area ZZ that no delivery
// office uses, telephone numbers are in the ranges that Ofcom keeps for drama,
// e-mail is at example.org, and organisation codes have a system of our own.
// NHS numbers are in the range 999, which is never issued; see Number for how
// many there are and what happens beyond. Two regions share that range and the
// ids of places, so load only one region into a store.
//
// Codes: LOINC (© Regenstrief Institute, used under the LOINC licence), ICD-10,
// ATC, CVX, HL7's own, UCUM, a handful of widely published SNOMED CT
// identifiers, and else our own systems under https://bevan.example/codes.
package sim
