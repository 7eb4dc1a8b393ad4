package fhirpath

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// Place is where the item stands, as a FHIRPath that leads to it from the root
// of its tree (Patient.name[0].given[1], Observation.value); "" for a value
// that was computed.
func (i Item) Place() string {
	if i.val != nil || !i.node.Exists() {
		return ""
	}
	return Place(i.node)
}

// Place writes the FHIRPath of any node of a resource's tree.
func Place(n fhir.Node) string {
	var up []fhir.Node
	for ; n.Exists(); n = n.Parent() {
		up = append(up, n)
	}
	slices.Reverse(up)
	var b strings.Builder
	var t *spec.Type
	for depth, n := range up {
		switch key := n.Key(); {
		case depth == 0:
			t = resourceType(n)
			b.WriteString(rootName(t))
		case key == "":
			b.WriteString("[" + strconv.Itoa(indexOf(up[depth-1], n)) + "]")
		default:
			key, t = elementName(t, strings.TrimPrefix(key, "_"))
			b.WriteString("." + key)
		}
		if r := resourceType(n); depth > 0 && r != nil {
			t = r
		}
	}
	return b.String()
}

func rootName(t *spec.Type) string {
	if t == nil {
		return "Resource"
	}
	return t.Name
}

func indexOf(array, item fhir.Node) int {
	k := 0
	for c := array.First(); c.Exists() && c.ID() != item.ID(); c = c.Next() {
		k++
	}
	return k
}

// elementName turns a JSON member into its element (valueQuantity is value)
// and the type that it has.
func elementName(t *spec.Type, key string) (string, *spec.Type) {
	if t == nil {
		return key, nil
	}
	p, ok := t.Property(key)
	if !ok {
		return key, nil
	}
	return p.Element.Name, p.Type
}
