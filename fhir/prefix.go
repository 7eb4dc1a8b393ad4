package fhir

// Prefix is the comparison that stands in front of a number, date or quantity
// in a search (R4 section 3.1.1.5.8).
type Prefix uint8

// The prefixes. Eq is also what no prefix means.
const (
	Eq Prefix = iota
	Ne
	Gt
	Lt
	Ge
	Le
	Sa
	Eb
	Ap
)

var prefixNames = [...]string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"}

func (p Prefix) String() string {
	if int(p) < len(prefixNames) {
		return prefixNames[p]
	}
	return ""
}

// CutPrefix splits a search value into its prefix and the rest. Two letters
// that are no prefix stay in the rest, where no date or number will be read.
func CutPrefix(s string) (Prefix, string) {
	if len(s) >= 2 {
		for p, name := range prefixNames {
			if s[:2] == name {
				return Prefix(p), s[2:]
			}
		}
	}
	return Eq, s
}

// Match tells whether a resource whose time is target answers a search for
// value with this prefix. For Ap, value is what Interval.Widen returns.
func (p Prefix) Match(value, target Interval) bool {
	switch p {
	case Eq:
		return value.Contains(target)
	case Ne:
		return !value.Contains(target)
	case Gt:
		return target.High > value.High
	case Lt:
		return target.Low < value.Low
	case Ge:
		return target.High > value.High || value.Contains(target)
	case Le:
		return target.Low < value.Low || value.Contains(target)
	case Sa:
		return target.Low >= value.High
	case Eb:
		return target.High <= value.Low
	case Ap:
		return value.Overlaps(target)
	}
	return false
}
