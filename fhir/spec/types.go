package spec

import (
	"math"
	"sync"
)

// Kind tells what a type is.
type Kind uint8

// The kinds of type (FHIR R4, 2.24.0 and 2.26.0).
const (
	Primitive Kind = iota + 1 // a JSON string, number or boolean
	Complex                   // a datatype with elements
	Backbone                  // the content of one element, named by its path
	Resource                  // has a resourceType and, most of them, an address
)

var kindNames = [...]string{"no type", "primitive", "complex", "backbone", "resource"}

func (k Kind) String() string { return kindNames[k] }

// Many as the Max of an element means any number.
const Many = math.MaxUint16

// Type is a type of R4: a resource, a datatype, or the content of a backbone
// element.
type Type struct {
	// Name is "Patient", "HumanName", "date"; of a backbone its path,
	// "Patient.contact".
	Name string
	Kind Kind
	// Abstract types (Resource, DomainResource, Element, BackboneElement)
	// are never the type of a value.
	Abstract bool
	// Base is the name of the type that this one specialises; "" for
	// Element and Resource.
	Base string
	// Elements are in the specification's order, inherited ones first.
	Elements []Element
	// Required are the indexes in Elements of those with a Min above 0.
	Required []int
	// Regex is the specification's pattern of a primitive, to be anchored
	// at both ends; "" where it gives none.
	Regex string

	once  sync.Once
	props map[string]Prop // by index
}

// Element is an element of a type.
type Element struct {
	// Name is the name without "[x]": "birthDate", and "value" with Choice.
	Name string
	// Types has more than one entry only where Choice is set.
	Types []TypeRef
	// Min and Max are the cardinality, Max Many for "*".
	Min, Max uint16
	Choice   bool // the JSON name is Name and a type: valueQuantity
	Summary  bool // part of _summary=true
	Modifier bool // may change the meaning of what holds it
	// ContentRef names the type whose content is used again:
	// "Questionnaire.item" for Questionnaire.item.item. Types names it too.
	ContentRef string
	Binding    Binding
}

// IsList tells whether the JSON form is an array.
func (e *Element) IsList() bool { return e.Max > 1 }

// TypeRef is one type that an element may have.
type TypeRef struct {
	// Code is a name for Lookup; for a backbone its path.
	Code string
	// Targets are the resource types that a Reference or canonical may point
	// to; nil is any.
	Targets []string
	// Profile is the only profile that the base types use: SimpleQuantity or
	// MoneyQuantity on a Quantity, "" elsewhere.
	Profile string
	// Type is what Lookup(Code) gives.
	Type *Type
}

// Strength tells how firmly a coded element is bound to its value set.
type Strength uint8

// The strengths of a binding (FHIR R4, value set binding-strength); Unbound is
// the strength of no binding.
const (
	Unbound Strength = iota
	Example
	Preferred
	Extensible
	Required
)

// Binding ties a coded element to a value set.
type Binding struct {
	Strength Strength
	ValueSet string // canonical address without a version
	// Codes are the codes of a required value set that the tables spell out;
	// nil for all others.
	Codes *CodeSet
}

// Prop is what a JSON property name means within a type.
type Prop struct {
	Element *Element
	Index   int      // of Element in the type's Elements
	Ref     *TypeRef // the type that the name picked; for Choice one of several
	Type    *Type    // Ref.Type
	// Sibling is set for "_birthDate": the id and extensions of a primitive.
	Sibling bool
}

// Property finds the element behind a JSON property name: "birthDate",
// "_birthDate", "valueQuantity". It allocates nothing.
func (t *Type) Property(json string) (Prop, bool) {
	props := t.index()
	p, ok := props[json]
	if ok || len(json) < 2 || json[0] != '_' {
		return p, ok
	}
	p, ok = props[json[1:]]
	return sibling(p, ok)
}

// PropertyBytes is Property for a name held as bytes.
func (t *Type) PropertyBytes(json []byte) (Prop, bool) {
	props := t.index()
	p, ok := props[string(json)]
	if ok || len(json) < 2 || json[0] != '_' {
		return p, ok
	}
	p, ok = props[string(json[1:])]
	return sibling(p, ok)
}

func sibling(p Prop, ok bool) (Prop, bool) {
	if !ok || p.Type.Kind != Primitive {
		return Prop{}, false
	}
	p.Sibling = true
	return p, true
}

// Element finds an element by its name without "[x]", nil if there is none.
func (t *Type) Element(name string) *Element {
	for i := range t.Elements {
		if t.Elements[i].Name == name {
			return &t.Elements[i]
		}
	}
	return nil
}

// Lookup finds a type: "Patient", "HumanName", "date", "Patient.contact"; nil
// if R4 has none of that name.
func Lookup(name string) *Type { return loadTypes().byName[name] }

// LookupBytes is Lookup for a name held as bytes. It allocates nothing.
func LookupBytes(name []byte) *Type { return loadTypes().byName[string(name)] }

// IsResource tells whether the name is that of a concrete resource type.
func IsResource(name string) bool {
	t := Lookup(name)
	return t != nil && t.Kind == Resource && !t.Abstract
}

// Resources lists the concrete resource types, sorted.
func Resources() []string { return loadTypes().resources }

// IsA tells whether a type is the other one or specialises it: Age is a
// Quantity, Patient a DomainResource, code a string.
func IsA(name, base string) bool {
	for name != base {
		t := Lookup(name)
		if t == nil || t.Base == "" {
			return false
		}
		name = t.Base
	}
	return name != ""
}
