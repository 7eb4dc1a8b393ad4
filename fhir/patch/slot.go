package patch

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/fhirpath"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// slot is the place of an element: a member of an object, or an item of a list
// that is one. The same place may have a `_name` beside it, which holds the id
// and the extensions of a primitive. The root's slot has no holder.
type slot struct {
	holder fhir.Node
	key    string
	index  int // -1 for an element that is no list
}

// slotOf finds the place of an item; it is false for a computed value.
func slotOf(item fhirpath.Item) (slot, bool) {
	n := item.Node()
	if !n.Exists() {
		n = item.Sibling()
	}
	if !n.Exists() {
		return slot{}, false
	}
	s, _ := slotAt(n)
	return s, true
}

// slotAt finds the place of a node, and tells whether it is a `_name`.
func slotAt(n fhir.Node) (s slot, sibling bool) {
	s.index = -1
	holder := n.Parent()
	if holder.Kind() == fhir.Array {
		for c := range holder.Each() {
			s.index++
			if c == n {
				break
			}
		}
		n, holder = holder, holder.Parent()
	}
	s.holder = holder
	s.key, sibling = strings.CutPrefix(n.Key(), "_")
	return s, sibling
}

func (s slot) values() fhir.Node   { return s.holder.Get(s.key) }
func (s slot) siblings() fhir.Node { return s.holder.Get("_" + s.key) }

// list reads the items of a list, each with its sibling.
func (s slot) list() []value {
	var out []value
	for c := range s.values().Items() {
		var v value
		if c.Kind() != fhir.Null {
			v.val = c.Raw()
		}
		out = append(out, v)
	}
	i := 0
	for c := range s.siblings().Items() {
		if i == len(out) {
			out = append(out, value{})
		}
		if c.Kind() != fhir.Null {
			out[i].sib = c.Raw()
		}
		i++
	}
	return out
}

// typeOf tells the type of an object by the way from the resource down to it,
// nil where FHIR R4 does not know it.
func typeOf(n fhir.Node) *spec.Type {
	if r := n.Get("resourceType"); r.Exists() || !n.Parent().Exists() {
		return spec.Lookup(r.Str())
	}
	s, sibling := slotAt(n)
	t := typeOf(s.holder)
	if t == nil {
		return nil
	}
	key := s.key
	if sibling {
		key = "_" + key
	}
	p, ok := t.Property(key)
	if !ok {
		return nil
	}
	return p.Type
}
