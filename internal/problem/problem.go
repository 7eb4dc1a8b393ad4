package problem

import (
	"context"
	"errors"
	"strings"
)

// Issue is one thing that is wrong, in words that are safe to show.
type Issue struct {
	// Sentence says what happened and what to do next. It holds nothing that
	// its reader may not see.
	Sentence string
	// Place is where, as a simple FHIRPath such as "Patient.name[0].given[1]"
	// (http://hl7.org/fhir/R4/operationoutcome.html, issue.expression); empty
	// when the whole request is meant.
	Place string
	// Code is the FHIR IssueType; empty means that of the kind.
	Code string
	// Warning marks an issue that stopped nothing by itself.
	Warning bool
}

// Problem is an error with a kind, one or more issues that are safe to show,
// and a cause for the log. Make one with New, Wrap or Many; the fields are for
// the doors that write it.
type Problem struct {
	Kind Kind
	// Reason is a word for this refusal among others of its kind, such as
	// "last-passkey", by which a door finds a sentence of its own; may be empty.
	Reason string
	Issues []Issue // never empty
	Cause  error   // never shown to a caller; may be nil
}

// New makes a problem. The sentence is shown to people as it stands: it says
// what happened and what to do next, and holds no secret. An empty sentence
// takes the kind's own.
func New(kind Kind, sentence string) *Problem { return Wrap(kind, sentence, nil) }

// Wrap makes a problem around a cause, which only the log will see.
func Wrap(kind Kind, sentence string, cause error) *Problem {
	if sentence == "" {
		sentence = kind.trait().sentence
	}
	return &Problem{Kind: kind, Issues: []Issue{{Sentence: sentence}}, Cause: cause}
}

// At makes a problem about one place, given as a FHIRPath.
func At(kind Kind, place, sentence string) *Problem {
	p := New(kind, sentence)
	p.Issues[0].Place = place
	return p
}

// Many makes one problem from several issues, so that a person can mend all of
// them at once. No issues at all is the kind's own sentence.
func Many(kind Kind, issues []Issue) *Problem {
	if len(issues) == 0 {
		return New(kind, "")
	}
	return &Problem{Kind: kind, Issues: issues}
}

// WithCode returns a copy whose first issue has the given FHIR IssueType.
func (p *Problem) WithCode(code string) *Problem {
	c := *p
	c.Issues = append([]Issue(nil), p.Issues...)
	if len(c.Issues) > 0 {
		c.Issues[0].Code = code
	}
	return &c
}

// Because returns a copy with a Reason.
func (p *Problem) Because(reason string) *Problem {
	c := *p
	c.Reason = reason
	return &c
}

// ReasonOf is the Reason of err; empty where it has none.
func ReasonOf(err error) string {
	if p := Of(err); p != nil {
		return p.Reason
	}
	return ""
}

// Error is the whole text: kind, sentences and cause. It is not for the caller,
// who gets Sentence, nor for a log, which gets LogText.
func (p *Problem) Error() string {
	if p == nil { // a nil *Problem in an error is a bug, and not one to crash on
		return Internal.String()
	}
	var b strings.Builder
	b.WriteString(p.Kind.String())
	for i, is := range p.Issues {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		if is.Place != "" {
			b.WriteString(is.Place)
			b.WriteString(": ")
		}
		b.WriteString(is.Sentence)
	}
	if p.Cause != nil {
		b.WriteString(": ")
		b.WriteString(p.Cause.Error())
	}
	return b.String()
}

// LogText is what a log may say about err: its kind, sentences and causes where
// the fault is on our side, and the kind alone where it is about what somebody
// sent, since words about that may quote it.
func LogText(err error) string {
	var p *Problem
	if !errors.As(err, &p) || p == nil {
		return err.Error()
	}
	text := p.Kind.String()
	if p.Kind.Status() < 500 {
		return text
	}
	text += ": " + Sentence(p)
	if p.Cause != nil {
		text += ": " + LogText(p.Cause)
	}
	return text
}

// Unwrap gives the cause to errors.Is and errors.As.
func (p *Problem) Unwrap() error {
	if p == nil {
		return nil
	}
	return p.Cause
}

// Of finds the outermost Problem in err. An error that is none becomes one
// with a generic sentence: Timeout for a deadline, Unavailable for a caller
// that went away, Internal for all else. Of(nil) is nil.
func Of(err error) *Problem {
	if err == nil {
		return nil
	}
	var p *Problem
	if errors.As(err, &p) && p != nil {
		return p
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return Wrap(Timeout, "", err)
	case errors.Is(err, context.Canceled):
		return Wrap(Unavailable, "The request was stopped before it was answered. Send it again.", err)
	}
	return Wrap(Internal, "", err)
}

// KindOf is the kind of err. An error that is no Problem is Internal, or
// Timeout or Unavailable where its context ended; ask err == nil first, since
// no error has no kind.
func KindOf(err error) Kind {
	if err == nil {
		return Internal
	}
	return Of(err).Kind
}

// Is says whether err is a problem of the kind. No error is of no kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Sentence is the text about err that is safe to show: the sentences of its
// issues, and for an error that is no Problem a generic one. It is empty for
// nil.
func Sentence(err error) string {
	p := Of(err)
	if p == nil {
		return ""
	}
	var b strings.Builder
	for _, is := range p.Issues {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(is.Sentence)
	}
	if b.Len() == 0 {
		return p.Kind.trait().sentence
	}
	return b.String()
}

// IssuesOf lists the issues of err with every code filled in, for the one
// place in each door that writes errors. It is nil for nil.
func IssuesOf(err error) []Issue {
	p := Of(err)
	if p == nil {
		return nil
	}
	issues := append([]Issue(nil), p.Issues...)
	if len(issues) == 0 {
		issues = []Issue{{Sentence: p.Kind.trait().sentence}}
	}
	for i := range issues {
		if issues[i].Code == "" {
			issues[i].Code = p.Kind.Code()
		}
	}
	return issues
}
