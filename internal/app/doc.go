// Package app is the command line and the wiring: it reads the settings, opens
// the rooms in the right order, and closes them again. One file a command.
//
// Why here: this is the only place that knows every room, so that no room has
// to know how it is started. A command that needs the store runs inside the
// server when one is running on the same data folder (over a socket in that
// folder), and opens the store itself otherwise, so that `bevan load` and
// `bevan token` work either way.
//
// What is not here: anything about health, FHIR or who may see what.
package app
