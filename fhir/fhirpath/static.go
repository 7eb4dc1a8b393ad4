package fhirpath

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// static is what the compiler knows of a collection before it has seen one.
// The zero static knows nothing.
type static struct {
	types     []*spec.Type // the FHIR types its items may have
	system    string       // the System type of its items
	unordered bool
}

func (s static) known() bool { return len(s.types) > 0 || s.system != "" }

// name is the type as words for a message.
func (s static) name() string {
	if len(s.types) == 0 {
		return "System." + s.system
	}
	names := make([]string, len(s.types))
	for i, t := range s.types {
		names[i] = t.Name
	}
	return strings.Join(names, " or ")
}

// member is what a step to that name leads to. ok is false where none of the
// possible types has it. expected is what walking will need first.
func (s static) member(name string) (out static, expected *alts, ok bool) {
	if !s.known() {
		return static{}, nil, true
	}
	if len(s.types) == 0 {
		return static{}, nil, s.system == "Any" || s.system == "Quantity" || s.system == "TypeInfo"
	}
	open := false
	for _, t := range s.types {
		a := membersOf(t, name)
		if isPrimitive(t) && name == "value" {
			open, ok = true, true // a System value
		}
		if t.Name == "Resource" || t.Name == "DomainResource" || t.Name == "Element" {
			open, ok = true, true // it may be anything derived from it
		}
		if len(a.list) == 0 {
			continue
		}
		ok = true
		if expected == nil {
			expected = a
		}
		for _, alt := range a.list {
			if alt.typ == nil {
				open = true
				continue
			}
			out.types = addType(out.types, alt.typ)
		}
	}
	if open {
		out.types = nil
	}
	out.unordered = s.unordered
	return out, expected, ok
}

// addType keeps a list of types free of repeats: paths such as
// extension.value.extension.value would multiply them.
func addType(list []*spec.Type, t *spec.Type) []*spec.Type {
	if slices.Contains(list, t) {
		return list
	}
	return append(list, t)
}

// The System type that a FHIR primitive stands for.
var systemOf = map[string]string{
	"boolean": "Boolean", "integer": "Integer", "unsignedInt": "Integer", "positiveInt": "Integer",
	"decimal": "Decimal", "date": "Date", "dateTime": "DateTime", "instant": "DateTime", "time": "Time",
	"Quantity": "Quantity", "Age": "Quantity", "Duration": "Quantity", "Count": "Quantity", "Distance": "Quantity",
	"MoneyQuantity": "Quantity", "SimpleQuantity": "Quantity",
}

// mayBe tells whether items can be a value of that System type; what is not
// known may be anything.
func (s static) mayBe(system string) bool {
	if !s.known() {
		return true
	}
	if s.system != "" {
		return s.system == system || s.system == "Any"
	}
	for _, t := range s.types {
		if sys := systemOf[t.Name]; sys == system || sys == "" && isPrimitive(t) && system == "String" {
			return true
		}
		if t.Name == "Element" || t.Name == "Resource" {
			return true
		}
	}
	return false
}
