// Package arch holds the house: its tests read the sources of this module and
// fail when a room imports upwards, a file grows without end, a room makes
// outbound calls that nobody listed, or a dependency comes with a licence
// that we may not ship.
//
// Why here: rules that only stand in a document are forgotten. Every ban says
// its reason in the failure, so that whoever meets it can argue with the
// reason. The sources are parsed inside the test process: a test that asked
// the go command would be cached and pass a bad import.
//
// What is not here: no code that ships. The package holds tests only.
package arch
