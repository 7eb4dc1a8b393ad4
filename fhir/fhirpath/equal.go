package fhirpath

import (
	"bytes"
	"math/big"
	"strings"
	"unicode"

	"github.com/bevanhealth/bevan/fhir"
)

// equalItems is the operator = on two items (FHIRPath N1, "Equality").
func (m *machine) equalItems(a, b Item) (truth, error) {
	if err := m.tick(1); err != nil {
		return unknown, err
	}
	if t, ok := equalText(a, b); ok {
		return t, nil
	}
	x, y := a.Value(), b.Value()
	switch {
	case x != nil && y != nil:
		return equalValues(x, y), nil
	case a.bare && b.val != nil || b.bare && a.val != nil:
		return unknown, nil // only extensions: the value itself is empty
	case a.val != nil || b.val != nil:
		return truthOf(a.val == b.val && isInfo(a.val)), nil
	}
	return m.equalNodes(a, b, false)
}

func isInfo(v Value) bool { _, ok := v.(typeInfo); return ok }

// equalText answers the usual question, a code against a word, without
// copying the text; ok is false where it can not.
func equalText(a, b Item) (truth, bool) {
	if a.val != nil {
		a, b = b, a
	}
	if !isText(a) {
		return unknown, false
	}
	if s, ok := b.val.(String); ok {
		return truthOf(a.node.Is(string(s))), true
	}
	if !isText(b) {
		return unknown, false
	}
	return truthOf(bytes.Equal(a.node.Text(), b.node.Text())), true
}

// isText tells whether an element is a primitive that stands for a String.
func isText(i Item) bool {
	return i.val == nil && !i.bare && i.node.Kind() == fhir.String && (i.typ == nil || systemOf[i.typ.Name] == "")
}

// equalValues compares System values. A number and a quantity without a unit
// are comparable; values of different kinds are not equal.
func equalValues(a, b Value) truth {
	switch x := a.(type) {
	case Boolean:
		return truthOf(a == b)
	case String:
		return truthOf(a == b)
	case Temporal:
		y, ok := b.(Temporal)
		if !ok || !x.comparable(y) {
			return no
		}
		if order, known := x.compare(y); known {
			return truthOf(order == 0)
		}
		return unknown
	case Quantity:
		y, ok := asQuantity(b)
		if !ok {
			return no
		}
		return x.equal(y)
	}
	if y, ok := b.(Quantity); ok {
		return equalValues(y, a)
	}
	x, ok1 := asDecimal(a)
	y, ok2 := asDecimal(b)
	return truthOf(ok1 && ok2 && x.cmp(y) == 0)
}

func asDecimal(v Value) (Decimal, bool) {
	switch v := v.(type) {
	case Integer:
		return decimalOf(int64(v)), true
	case Decimal:
		return v, true
	}
	return Decimal{}, false
}

func asQuantity(v Value) (Quantity, bool) {
	if q, ok := v.(Quantity); ok {
		return q, true
	}
	d, ok := asDecimal(v)
	return Quantity{Value: d, Unit: "1"}, ok
}

// equivalentItems is the operator ~ on two items.
func (m *machine) equivalentItems(a, b Item) (bool, error) {
	if err := m.tick(1); err != nil {
		return false, err
	}
	x, y := a.Value(), b.Value()
	if x != nil && y != nil {
		return equivalentValues(x, y), nil
	}
	if a.val != nil || b.val != nil {
		return a.val == b.val && isInfo(a.val), nil
	}
	t, err := m.equalNodes(a, b, true)
	return t == yes, err
}

func equivalentValues(a, b Value) bool {
	switch x := a.(type) {
	case String:
		y, ok := b.(String)
		return ok && foldText(string(x)) == foldText(string(y))
	case Temporal:
		y, ok := b.(Temporal)
		if !ok || !x.comparable(y) {
			return false
		}
		order, known := x.compare(y)
		return known && order == 0
	case Quantity:
		y, ok := asQuantity(b)
		return ok && x.equivalent(y)
	case Boolean:
		return a == b
	}
	if y, ok := b.(Quantity); ok {
		return equivalentValues(y, a)
	}
	x, ok1 := asDecimal(a)
	y, ok2 := asDecimal(b)
	if !ok1 || !ok2 {
		return false
	}
	scale := min(x.trim().scale, y.trim().scale)
	return x.round(scale).cmp(y.round(scale)) == 0
}

// foldText makes texts that differ only in case and white space the same.
func foldText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return unicode.ToLower(r)
	}, s)
}

// equalNodes compares two elements by all that they hold. Loosely, the order
// of lists and the case of text do not count.
func (m *machine) equalNodes(a, b Item, loose bool) (truth, error) {
	if a.typ != b.typ && a.typ != nil && b.typ != nil || a.bare != b.bare {
		return no, nil
	}
	if bytes.Equal(a.node.Raw(), b.node.Raw()) {
		return yes, nil
	}
	same, err := m.sameNode(a.node, b.node, loose)
	return truthOf(same), err
}

func (m *machine) sameNode(a, b fhir.Node, loose bool) (bool, error) {
	if err := m.tick(1); err != nil {
		return false, err
	}
	if a.Kind() != b.Kind() {
		return false, nil
	}
	switch a.Kind() {
	case fhir.Object:
		return m.sameMembers(a, b, loose)
	case fhir.Array:
		if a.Len() != b.Len() {
			return false, nil
		}
		if loose {
			return m.sameAnyOrder(a, b)
		}
		for x, y := a.First(), b.First(); x.Exists(); x, y = x.Next(), y.Next() {
			if same, err := m.sameNode(x, y, loose); err != nil || !same {
				return false, err
			}
		}
		return true, nil
	case fhir.Number:
		return sameNumber(a.Str(), b.Str()), nil
	case fhir.String:
		if loose {
			return foldText(a.Str()) == foldText(b.Str()), nil
		}
		return a.Is(b.Str()), nil
	}
	return true, nil
}

func sameNumber(a, b string) bool {
	x, ok1 := parseDecimal(a)
	y, ok2 := parseDecimal(b)
	if !ok1 || !ok2 {
		return a == b
	}
	return x.cmp(y) == 0
}

func (m *machine) sameMembers(a, b fhir.Node, loose bool) (bool, error) {
	if a.Len() != b.Len() {
		return false, nil
	}
	for c := a.First(); c.Exists(); c = c.Next() {
		d := b.Get(c.Key())
		if !d.Exists() {
			return false, nil
		}
		if same, err := m.sameNode(c, d, loose); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func (m *machine) sameAnyOrder(a, b fhir.Node) (bool, error) {
	taken := new(big.Int) // a bit for each item of b
	for x := a.First(); x.Exists(); x = x.Next() {
		found, i := false, 0
		for y := b.First(); y.Exists() && !found; y = y.Next() {
			if taken.Bit(i) == 0 {
				same, err := m.sameNode(x, y, true)
				if err != nil {
					return false, err
				}
				if same {
					taken.SetBit(taken, i, 1)
					found = true
				}
			}
			i++
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

// has tells whether the collection holds an item equal to it.
func (m *machine) has(b []Item, it Item) (bool, error) {
	for i := range b {
		if sameElement(b[i], it) {
			return true, nil
		}
		t, err := m.equalItems(b[i], it)
		if err != nil {
			return false, err
		}
		if t == yes {
			return true, nil
		}
	}
	return false, nil
}

// sameElement tells whether two items are one and the same node.
func sameElement(a, b Item) bool {
	return a.val == nil && b.val == nil && a.node.Exists() && a.node == b.node
}

// distinct appends the items of b that dst does not hold yet, from from on.
func (m *machine) distinct(dst []Item, from int, b []Item) ([]Item, error) {
	for i := range b {
		found, err := m.has(dst[from:], b[i])
		if err != nil {
			return dst, err
		}
		if !found {
			dst = append(dst, b[i])
		}
	}
	return dst, nil
}
