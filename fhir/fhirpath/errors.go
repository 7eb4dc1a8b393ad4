package fhirpath

import "fmt"

// Fault says at which stage an expression failed.
type Fault uint8

const (
	// Syntax: the text is no FHIRPath.
	Syntax Fault = iota
	// Semantic: it can not mean anything for the type it was compiled for.
	Semantic
	// Execution: it failed on the data that it was given.
	Execution
	// Unsupported: it is FHIRPath, and this evaluator does not do it.
	Unsupported
	// TooMuch: it was stopped at one of its limits.
	TooMuch
)

// Error is what Compile and Eval fail with. Msg is a plain sentence without
// data from the resource, so it is safe to show.
type Error struct {
	Fault  Fault
	Offset int // byte in the expression, -1 where it is not known
	Msg    string
}

func (e *Error) Error() string {
	if e.Offset < 0 {
		return "FHIRPath: " + e.Msg
	}
	return fmt.Sprintf("FHIRPath, at character %d: %s", e.Offset+1, e.Msg)
}

func syntaxErr(at int, format string, args ...any) *Error {
	return &Error{Syntax, at, fmt.Sprintf(format, args...)}
}

func semanticErr(at int, format string, args ...any) *Error {
	return &Error{Semantic, at, fmt.Sprintf(format, args...)}
}

func execErr(format string, args ...any) *Error {
	return &Error{Execution, -1, fmt.Sprintf(format, args...)}
}
