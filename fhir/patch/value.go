package patch

import (
	"bytes"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// value is what goes into an element, as JSON: the value itself and, for a
// primitive, the object with its id and extensions. nil is none.
type value struct {
	val, sib []byte
	suffix   string // the type as in valueString: "String"; "" for an anonymous one
}

// element says under which name a value stands in an object.
type element struct {
	*spec.Element
	key string // JSON name, of a choice with its type
}

// readElement finds the element of a type that a part gives a value for. The
// name is that of the element (value), or its JSON name (valueQuantity).
func readElement(typ *spec.Type, name string, part fhir.Node) (element, value, error) {
	e := element{Element: typ.Element(strings.TrimSuffix(name, "[x]")), key: name}
	var content *spec.Type
	switch {
	case e.Element == nil:
		p, ok := typ.Property(name)
		if !ok || p.Sibling {
			return e, value{}, refused("%s has no element called %s. Check the name.", typ.Name, clip(name))
		}
		e.Element, content = p.Element, p.Type
	case !e.Choice:
		content = e.Types[0].Type
	}
	v, err := readValue(part, content)
	if err != nil {
		return e, v, err
	}
	if e.Choice && content == nil {
		if e.key, err = choiceKey(typ, e.Element, v); err != nil {
			return e, v, err
		}
	}
	return e, v, nil
}

// choiceKey is the JSON name of a choice for the type that a value has.
func choiceKey(typ *spec.Type, e *spec.Element, v value) (string, error) {
	if v.suffix == "" {
		return "", invalid("the value needs its type, as in valueString.")
	}
	key := e.Name + v.suffix
	if p, ok := typ.Property(key); !ok || p.Element.Name != e.Name {
		return "", refused("%s.%s cannot be a %s. Use one of the types that FHIR allows there.", typ.Name, e.Name, clip(v.suffix))
	}
	return key, nil
}

// readValue takes the value out of a part: value[x], a resource, or parts that
// make up an element without a name for its type.
func readValue(part fhir.Node, content *spec.Type) (value, error) {
	var v value
	n := 0
	for m := range part.Each() {
		key := m.Key()
		suffix, isValue := strings.CutPrefix(key, "value")
		sibling, isSibling := strings.CutPrefix(key, "_value")
		switch {
		case isSibling && sibling != "":
			v.sib = m.Raw()
			if v.suffix != "" && v.suffix != sibling {
				n++
			}
			v.suffix = sibling
			continue
		case isValue && suffix != "":
			if v.suffix != "" && v.suffix != suffix {
				n++
			}
			v.val, v.suffix = m.Raw(), suffix
		case key == "resource":
			v.val = m.Raw()
		case key == "part":
			text, err := object(m, content)
			if err != nil {
				return v, err
			}
			v.val = text
		case key == "name" || key == "_name" || key == "id" || key == "extension" || key == "modifierExtension":
			continue
		default:
			return v, invalid("a part has no member called %s.", clip(key))
		}
		n++
	}
	if n > 1 {
		return v, invalid("a part has more than one value. Keep one.")
	}
	if v.val == nil && v.sib == nil {
		return v, invalid("the part %s has no value. Add one, as in valueString.", clip(part.Get("name").Str()))
	}
	return v, nil
}

// object builds an element of a type from parts, one for each of its elements.
func object(parts fhir.Node, typ *spec.Type) ([]byte, error) {
	if typ == nil {
		return nil, invalid("parts cannot stand for an element that may be of several types. Give it as value[x].")
	}
	var order []element
	values := map[string][]value{}
	for part := range parts.Items() {
		e, v, err := readElement(typ, part.Get("name").Str(), part)
		if err != nil {
			return nil, err
		}
		have := values[e.key]
		if len(have) > 0 && !e.IsList() {
			return nil, invalid("%s may stand once only in %s. Keep one.", e.key, typ.Name)
		}
		if len(have) == 0 {
			order = append(order, e)
		}
		values[e.key] = append(have, v)
	}
	if len(order) == 0 {
		return nil, invalid("a list of parts is empty. FHIR has no empty elements.")
	}
	out := []byte{'{'}
	for i, e := range order {
		if i > 0 {
			out = append(out, ',')
		}
		v := values[e.key][0]
		if e.IsList() {
			v = joined(values[e.key])
		}
		out = append(out, v.members(e.key)...)
	}
	return append(out, '}'), nil
}

// members writes the value as one or two members of an object.
func (v value) members(key string) []byte {
	var out []byte
	if v.val != nil {
		out = append(append(fhir.AppendString(out, key), ':'), v.val...)
	}
	if v.sib != nil {
		if len(out) > 0 {
			out = append(out, ',')
		}
		out = append(append(fhir.AppendString(out, "_"+key), ':'), v.sib...)
	}
	return out
}

// joined makes the two arrays of a list, either nil if nothing is in it.
func joined(list []value) value {
	var all value
	vals, sibs := make([][]byte, len(list)), make([][]byte, len(list))
	hasVal, hasSib := false, false
	for i, v := range list {
		vals[i], sibs[i] = []byte("null"), []byte("null")
		if v.val != nil {
			vals[i], hasVal = v.val, true
		}
		if v.sib != nil {
			sibs[i], hasSib = v.sib, true
		}
	}
	if hasVal {
		all.val = array(vals)
	}
	if hasSib {
		all.sib = array(sibs)
	}
	return all
}

func array(items [][]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(items, []byte{','})...), ']')
}
