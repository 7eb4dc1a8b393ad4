package growth

import (
	"fmt"
	"math"
)

// Kind is what a finding asks of its reader.
type Kind int8

const (
	// Check is a doubt about a number: measure again, or look for a slip.
	Check Kind = iota
	// Look is a threshold for review: somebody trained should look at the child. It
	// is no diagnosis.
	Look
	// Note is good to know.
	Note
)

// String is check, review or note.
func (k Kind) String() string { return [...]string{"check", "review", "note"}[k] }

// Finding is something that a reader should know of a measurement.
type Finding struct {
	Code    string // for programs, such as far-out
	Kind    Kind
	Measure Measure
	On      Date
	// Lay is for a parent, Clinician for whoever looks after the child.
	Lay, Clinician string
	// Rules names the ruleset and its version. It is empty for what follows from the
	// reference alone.
	Rules string
}

// tooFar is the z-score beyond which a measurement is more likely wrong than right
// (RCPCH).
const tooFar = 6

// doubts adds what is odd about one measurement by itself.
func doubts(out []Finding, c Child, r *Result) []Finding {
	m := r.Measurement
	add := func(code string, kind Kind, clinician string) {
		out = append(out, Finding{Code: code, Kind: kind, Measure: m.Of, On: m.On, Lay: layWords[code], Clinician: clinician})
	}
	if m.Of < 0 || m.Of >= measures {
		return out
	}
	if c.Gestation != 0 && !plausibleGestation(c.Gestation) {
		add("gestation", Check,
			fmt.Sprintf("Gestation of %d days lies outside 22 to 44 weeks. Age was not corrected.", c.Gestation))
	}
	if m.On != 0 && c.Born != 0 && m.On < c.Born {
		add("before-birth", Check,
			fmt.Sprintf("Measured on %s, before birth on %s.", m.On, c.Born))
	}
	if b := bounds[m.Of]; !(m.Value >= b[0] && m.Value <= b[1]) {
		add("out-of-bounds", Check,
			fmt.Sprintf("%s lies outside what can be measured (%g to %g %s).", valueText(m), b[0], b[1], m.Of.Unit()))
		return out
	}
	s := r.Score()
	if s.Known() && math.Abs(s.Z) > tooFar {
		add("far-out", Check,
			fmt.Sprintf("SDS %+.2f is beyond 6: a measurement or typing error is likely.", s.Z))
	}
	if m.Of == Height && s.Known() && m.Method != NotSaid && s.Method != NotSaid && m.Method != s.Method {
		add("method", Note,
			fmt.Sprintf("Measured %s, while the table at this age is for children %s. Length is about 0.7 cm more than height (WHO).", m.Method, s.Method))
	}
	return out
}

// valueText is a value with its unit.
func valueText(m Measurement) string { return number(m.Value) + " " + m.Of.Unit() }
