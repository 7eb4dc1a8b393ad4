package fhirpath

import (
	"cmp"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// Collection is what an expression yields: items in order.
type Collection []Item

// Item is one thing in a collection: an element of a resource, or a value
// that was written or computed. The zero Item is nothing.
type Item struct {
	node fhir.Node
	typ  *spec.Type // of the element, nil where it is not known
	val  Value      // nil for an element
	sib  int32      // ID of the `_name` sibling, 0 for none
	bare bool       // node is the `_name` sibling of a primitive without a value
}

// Value is a value of FHIRPath's System types: Boolean, Integer, String,
// Decimal, Temporal or Quantity.
type Value interface {
	system() string // the name in the System namespace
}

// The plain System values.
type (
	Boolean bool
	Integer int64
	String  string
)

// typeInfo is what type() returns.
type typeInfo struct{ namespace, name string }

// stub stands for the target of a reference of which only the type is known.
type stub struct{ typ *spec.Type }

func (Boolean) system() string  { return "Boolean" }
func (Integer) system() string  { return "Integer" }
func (String) system() string   { return "String" }
func (Decimal) system() string  { return "Decimal" }
func (Quantity) system() string { return "Quantity" }
func (typeInfo) system() string { return "TypeInfo" }
func (stub) system() string     { return "" }
func (t Temporal) system() string {
	return [...]string{kindDate: "Date", kindDateTime: "DateTime", kindTime: "Time"}[t.kind]
}

// Root is the resource that a tree holds.
func Root(t *fhir.Tree) Item { return ResourceAt(t.Root()) }

// ResourceAt is a resource that stands in a tree, such as the one of a Bundle
// entry. Its type is read from resourceType.
func ResourceAt(n fhir.Node) Item {
	return Item{node: n, typ: resourceType(n)}
}

func resourceType(n fhir.Node) *spec.Type {
	return spec.Lookup(string(n.Get("resourceType").Text()))
}

// ElementAt is an element whose type the caller knows ("HumanName", "date",
// "Patient.contact").
func ElementAt(n fhir.Node, typ string) Item { return Item{node: n, typ: spec.Lookup(typ)} }

// Of is a value as an item.
func Of(v Value) Item { return Item{val: v} }

func (i Item) exists() bool { return i.val != nil || i.node.Exists() }

// Node is the element's value in its tree; absent for a computed value and for
// a primitive that has only extensions.
func (i Item) Node() fhir.Node {
	if i.bare || i.node.Kind() == fhir.Null {
		return fhir.Node{}
	}
	return i.node
}

// Sibling is the `_name` object with a primitive's id and extensions.
func (i Item) Sibling() fhir.Node {
	if i.bare {
		return i.node
	}
	if i.sib == 0 {
		return fhir.Node{}
	}
	return i.node.Tree().NodeAt(i.sib)
}

// Type is the name of the FHIR type, or of the System type with its namespace
// (System.Integer); "" where it is not known.
func (i Item) Type() string {
	if s, ok := i.val.(stub); ok {
		return s.typ.Name
	}
	if i.val != nil {
		return "System." + i.val.system()
	}
	if i.typ != nil {
		return i.typ.Name
	}
	return ""
}

// Bool returns the item as a boolean.
func (i Item) Bool() (v, ok bool) {
	switch k := i.Node().Kind(); {
	case i.val != nil:
		b, ok := i.val.(Boolean)
		return bool(b), ok
	case k == fhir.True || k == fhir.False:
		return k == fhir.True, true
	}
	return false, false
}

// Str is the text of a value: a string as it is, anything else as toString()
// writes it; "" for what is no value.
func (i Item) Str() string {
	if i.val == nil {
		return i.Node().Str()
	}
	return text(i.val)
}

// Value is the item as a System value. A FHIR primitive becomes what its type
// stands for (code a String, instant a DateTime), a FHIR Quantity a Quantity.
// nil where the item has none.
func (i Item) Value() Value {
	if i.val != nil {
		switch i.val.(type) {
		case stub, typeInfo:
			return nil
		}
		return i.val
	}
	n := i.Node()
	switch n.Kind() {
	case fhir.True, fhir.False:
		return Boolean(n.Kind() == fhir.True)
	case fhir.Number:
		return numberValue(n, i.typ)
	case fhir.String:
		return stringValue(n.Str(), i.typ)
	case fhir.Object:
		return quantityValue(i)
	}
	return nil
}

// numberValue reads an integer or a decimal. A number too wild to compute
// with has no value.
func numberValue(n fhir.Node, t *spec.Type) Value {
	d, ok := parseDecimal(n.Str())
	if !ok {
		return nil
	}
	if t != nil && t.Name == "decimal" || t == nil && strings.ContainsAny(n.Str(), ".eE") {
		return d
	}
	if i, ok := d.integer(); ok {
		return i
	}
	return d
}

func stringValue(s string, t *spec.Type) Value {
	if t == nil {
		return String(s)
	}
	kind := kindDate
	switch t.Name {
	case "date":
	case "dateTime", "instant":
		kind = kindDateTime
	case "time":
		kind, s = kindTime, "T"+s
	default:
		return String(s)
	}
	v, ok := parseTemporal(s)
	if !ok {
		return nil
	}
	v.kind = kind
	return v
}

// quantityValue reads a FHIR Quantity. One with a comparator is a bound, not a
// value, and has none here.
func quantityValue(i Item) Value {
	if i.typ == nil || i.typ.Name != "Quantity" && i.typ.Base != "Quantity" {
		return nil
	}
	q, ok := fhir.ParseQuantity(i.node)
	if !ok || !q.HasValue || q.Comparator != "" {
		return nil
	}
	d, ok := parseDecimal(q.Value.String())
	if !ok {
		return nil
	}
	return Quantity{Value: d, Unit: cmp.Or(q.Code, q.Unit, "1")}
}

// text writes a value as toString() does.
func text(v Value) string {
	switch v := v.(type) {
	case Boolean:
		if v {
			return "true"
		}
		return "false"
	case Integer:
		return decimalOf(int64(v)).String()
	case String:
		return string(v)
	case Decimal:
		return v.String()
	case Temporal:
		return v.String()
	case Quantity:
		return v.String()
	}
	return ""
}
