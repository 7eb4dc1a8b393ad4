// Package spec is what the FHIR R4 specification (4.0.1) says, as tables: the
// types with their elements, cardinalities and bindings, the search
// parameters, the compartments, and the codes of required value sets.
//
// The tables are written by the generator in gen from the package
// hl7.fhir.r4.core and are committed; they hold facts only, no descriptions.
// They are read once, on first use, which takes a few milliseconds; until then
// a program that needs none of them pays nothing. Everything that is handed
// out is shared and must not be changed.
//
// The package knows no profile and no resource instance: checking a resource
// against the tables is the work of fhir/validate, evaluating the expressions
// that of fhir/fhirpath.
package spec

import (
	_ "embed"
	"strings"
)

// Set BEVAN_PACKAGES to the folder that holds the package.
//
//go:generate go run ./gen -package ${BEVAN_PACKAGES}/hl7.fhir.r4.core-4.0.1.tgz

// Version is the version of FHIR that the tables describe.
const Version = "4.0.1"

//go:embed types.txt
var typesText string

//go:embed params.txt
var paramsText string

//go:embed compartments.txt
var compartmentsText string

//go:embed codes.txt
var codesText string

// lines calls do with each line of a table, split at its tabs. The slice is
// used again for the next line.
func lines(text string, do func(f []string)) {
	f := make([]string, 0, 16)
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		f = f[:0]
		for more := true; more; {
			var field string
			field, line, more = strings.Cut(line, "\t")
			f = append(f, field)
		}
		do(f)
	}
}

// list splits a comma list; an empty one is nil.
func list(s, sep string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, sep)
}

// full writes out the shortened address of a value set.
func full(s string) string {
	if strings.HasPrefix(s, "~") {
		return "http://hl7.org/fhir/ValueSet/" + s[1:]
	}
	return s
}
