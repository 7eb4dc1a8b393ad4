package fhirpath

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// alt is one JSON member that a FHIRPath name may stand for: value stands for
// valueQuantity, valueString and so on, birthDate for birthDate alone.
type alt struct {
	json  string
	under string // the name of the sibling with id and extension; "" where it has none
	typ   *spec.Type
}

// alts are the members that name stands for on one type.
type alts struct {
	owner *spec.Type
	list  []alt
}

// membersOf finds name among the elements of t, empty where t has no such
// element. Of a type that is not known every name is taken as it stands.
func membersOf(t *spec.Type, name string) *alts {
	found := &alts{owner: t}
	if t == nil {
		found.list = []alt{{json: name, under: "_" + name}}
		return found
	}
	e := t.Element(name)
	if e == nil {
		return found
	}
	for i := range e.Types {
		found.list = append(found.list, altOf(e, &e.Types[i]))
	}
	return found
}

func altOf(e *spec.Element, ref *spec.TypeRef) alt {
	a := alt{json: e.Name, typ: ref.Type}
	if e.Choice {
		a.json = e.Name + strings.ToUpper(ref.Code[:1]) + ref.Code[1:]
	}
	if isPrimitive(a.typ) {
		a.under = "_" + a.json
	}
	return a
}

func isPrimitive(t *spec.Type) bool { return t != nil && t.Kind == spec.Primitive }

// isA tells whether t is other or derived from it.
func isA(t, other *spec.Type) bool {
	for n := 0; t != nil && n < 16; n++ {
		if t == other {
			return true
		}
		if t.Base == "" {
			return false
		}
		t = spec.Lookup(t.Base)
	}
	return false
}

// typeRef is a type that an expression names: a FHIR type, a System type, or,
// where the name has no namespace and both have it (Quantity), either.
type typeRef struct {
	fhir   *spec.Type
	system string
}

var systemTypes = map[string]bool{
	"Any": true, "Boolean": true, "String": true, "Integer": true, "Decimal": true,
	"Date": true, "DateTime": true, "Time": true, "Quantity": true,
}

// typeByName resolves a type specifier (FHIRPath N1, "Type specifiers"); ok
// is false for a name that neither namespace has.
func typeByName(name string) (r typeRef, ok bool) {
	space, local, qualified := strings.Cut(name, ".")
	if !qualified {
		local = space
	}
	if (!qualified || space == "FHIR") && !strings.Contains(local, ".") {
		r.fhir = spec.Lookup(local)
	}
	if (!qualified || space == "System") && systemTypes[local] {
		r.system = local
	}
	// A System type that does not exist is no fault: nothing is of it.
	return r, r.fhir != nil || r.system != "" || space == "System"
}

// is tells whether the item is of the type or of one derived from it.
func (r typeRef) is(i Item) bool {
	if i.val != nil {
		if s, ok := i.val.(stub); ok {
			return r.fhir != nil && isA(s.typ, r.fhir)
		}
		return r.system != "" && (r.system == "Any" || i.val.system() == r.system)
	}
	return r.fhir != nil && isA(i.typ, r.fhir)
}

// as tells whether the item passes as() and ofType(). They take a primitive of
// exactly the type (a code is not a string there), as HL7's own cases for R4
// have it; other types may be derived.
func (r typeRef) as(i Item) bool {
	if i.val == nil && isPrimitive(i.typ) {
		return i.typ == r.fhir
	}
	return r.is(i)
}
