// Package validate tells whether a resource is a well-formed resource of FHIR
// R4: its type is known, every element exists and has the right JSON form, the
// right number of values and values of the right datatype, references point
// where they may, and required codes are among those allowed.
//
// It runs on every write, so it walks the tree once, beside the tables of
// fhir/spec, and allocates next to nothing until something is wrong. It knows
// the base types only: invariants, profiles and terminology beyond the codes
// that the specification spells out are not its work, and it never asks
// anything outside the resource.
package validate

import (
	"fmt"

	"github.com/bevanhealth/bevan/fhir"
)

// Options bound and shape the validation. The zero Options are the usual ones.
type Options struct {
	// MaxIssues stops the validation when that many were found; 0 is 100.
	MaxIssues int
	// SkipEntries leaves the resources in a Bundle's entries alone, for a
	// caller that validates each of them by itself.
	SkipEntries bool
}

// Severity is how bad an issue is (FHIR R4, value set issue-severity).
type Severity string

// The severities given here. A resource with an Error is not valid.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Code is what kind of issue it is (FHIR R4, value set issue-type).
type Code string

// The codes given here.
const (
	Structure   Code = "structure"    // the JSON does not have the form of the resource
	Required    Code = "required"     // an element is missing
	Value       Code = "value"        // a value breaks the rules of its datatype
	CodeInvalid Code = "code-invalid" // a code is not in the required value set
	Invariant   Code = "invariant"    // a rule about several elements is broken
	TooLong     Code = "too-long"
)

// Issue is one fault of a resource.
type Issue struct {
	Severity Severity
	Code     Code
	// Path is a FHIRPath that leads to the place: Patient.contact[0].name.
	Path string
	// Message says in plain words what is wrong and what to do. It may quote
	// a short piece of the resource, so it belongs in the answer to whoever
	// sent it and in no log.
	Message string
	// Offset is where the place lies in the bytes that came in.
	Offset int
}

const usualMaxIssues = 100

// Resource validates the resource that is the root of a tree and gives what it
// found in document order, nothing if all is well.
func Resource(t *fhir.Tree, o Options) []Issue {
	if o.MaxIssues <= 0 {
		o.MaxIssues = usualMaxIssues
	}
	w := walker{opts: o}
	w.resource(t.Root())
	return w.issues
}

// walker is one validation under way.
type walker struct {
	opts   Options
	issues []Issue
	full   bool // MaxIssues was reached: unwind

	box         container // of the resource that is being looked at
	inContained bool
	searchRefs  bool // within a transaction or batch, where Type?query is a reference
}

// report notes an issue at a node, or at the element named missing below it.
func (w *walker) report(at fhir.Node, missing string, s Severity, c Code, format string, args ...any) {
	if w.full {
		return
	}
	path := pathOf(at)
	if missing != "" {
		path += "." + missing
	}
	from, _ := at.MemberSpan()
	w.issues = append(w.issues, Issue{Severity: s, Code: c, Path: path, Message: fmt.Sprintf(format, args...), Offset: from})
	w.full = len(w.issues) >= w.opts.MaxIssues
}

func (w *walker) fail(at fhir.Node, c Code, format string, args ...any) {
	w.report(at, "", Error, c, format, args...)
}
