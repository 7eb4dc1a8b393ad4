package validate

import (
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// pathOf gives the FHIRPath of a node: Patient.contact[0].name, and
// Observation.value.ofType(Quantity).unit for valueQuantity. It is only made
// for an issue, so it may take its time.
func pathOf(n fhir.Node) string {
	var chain []fhir.Node
	for ; n.Exists(); n = n.Parent() {
		chain = append(chain, n)
	}
	b := pathBuilder{}
	for i := len(chain) - 1; i >= 0; i-- {
		b.step(chain[i])
	}
	return string(b.text)
}

type pathBuilder struct {
	text []byte
	typ  *spec.Type // of the node that the text leads to, nil where unknown
}

func (b *pathBuilder) step(n fhir.Node) {
	switch {
	case n.IsMember():
		b.member(n)
	case n.Parent().Exists():
		b.text = append(b.text, '[')
		b.text = strconv.AppendInt(b.text, int64(position(n)), 10)
		b.text = append(b.text, ']')
	}
	if b.typ == nil && len(b.text) == 0 || b.typ != nil && b.typ.Kind == spec.Resource {
		b.typ = resourceType(n, b.typ)
	}
	if len(b.text) == 0 {
		b.text = append(b.text, "Resource"...)
		if b.typ != nil {
			b.text = append(b.text[:0], b.typ.Name...)
		}
	}
}

// resourceType reads what a node says it is; a list keeps what was expected.
func resourceType(n fhir.Node, expected *spec.Type) *spec.Type {
	if n.Kind() == fhir.Array {
		return expected
	}
	rt := n.Get("resourceType")
	if t := spec.Lookup(rt.Str()); t != nil && t.Kind == spec.Resource && !t.Abstract {
		return t
	}
	return nil
}

func (b *pathBuilder) member(n fhir.Node) {
	key := n.Key()
	p, ok := spec.Prop{}, false
	if b.typ != nil {
		p, ok = property(b.typ, n)
	}
	b.text = append(b.text, '.')
	if !ok {
		b.text = append(b.text, identifier(key)...)
		b.typ = nil
		return
	}
	b.text = append(b.text, p.Element.Name...)
	if p.Element.Choice {
		b.text = append(b.text, ".ofType("+p.Type.Name+")"...)
	}
	b.typ = p.Type
}

// position counts the items before one of a list.
func position(n fhir.Node) int {
	i := 0
	for m := n.Parent().First(); m.Exists() && m != n; m = m.Next() {
		i++
	}
	return i
}

// identifier writes a name as FHIRPath has it: delimited unless it is plain.
func identifier(key string) string {
	plain := key != ""
	for i := 0; i < len(key); i++ {
		c := key[i]
		plain = plain && (c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || i > 0 && c >= '0' && c <= '9')
	}
	if plain && len(key) <= quoteMax {
		return key
	}
	return "`" + strings.NewReplacer("`", "", `\`, "").Replace(clip(key)) + "`"
}
