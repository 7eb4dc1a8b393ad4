package validate

import (
	"bytes"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// resource looks at a node that must be a resource: the root, a contained one,
// a Bundle's entry, a parameter.
func (w *walker) resource(n fhir.Node) {
	if n.Kind() != fhir.Object {
		w.fail(n, Structure, "A resource must be a JSON object in { }, but this is %s.", kindWords(n))
		return
	}
	rt := n.Get("resourceType")
	if rt.Kind() != fhir.String {
		w.fail(n, Structure, "The resource does not say what it is. Add \"resourceType\" with the name of its type, such as \"Patient\".")
		return
	}
	t := spec.LookupBytes(rt.Text())
	if t == nil || t.Kind != spec.Resource || t.Abstract {
		w.fail(n, Structure, "FHIR R4 has no resource type %s. Correct \"resourceType\".", quote(rt))
		return
	}
	if w.inContained {
		w.contained(n)
		w.object(n, t)
		return
	}
	outerBox, outerSearch := w.box, w.searchRefs
	w.box = openContainer(n)
	if t.Name == "Bundle" {
		kind := n.Get("type")
		w.searchRefs = kind.Is("transaction") || kind.Is("batch")
	}
	w.object(n, t)
	w.closeContainer()
	w.box, w.searchRefs = outerBox, outerSearch
}

// seenSet marks the elements of one object. No R4 type has as many as 128
// (Elements are counted by a test).
type seenSet [2]uint64

func (s *seenSet) mark(i int) (again bool) {
	word, bit := &s[i>>6&1], uint64(1)<<(i&63)
	again = *word&bit != 0
	*word |= bit
	return again
}

func (s *seenSet) has(i int) bool { return s[i>>6&1]&(1<<(i&63)) != 0 }

// object looks at the members of an object of a known type.
func (w *walker) object(n fhir.Node, t *spec.Type) {
	if n.Kind() != fhir.Object {
		w.fail(n, Structure, "%s must be a JSON object in { }, but this is %s.", t.Name, kindWords(n))
		return
	}
	c := n.First()
	if !c.Exists() {
		w.fail(n, Structure, "This object is empty. Fill it in or leave it out.")
		return
	}
	var seen seenSet
	for ; c.Exists() && !w.full; c = c.Next() {
		p, ok := property(t, c)
		if !ok {
			if t.Kind != spec.Resource || !c.KeyIs("resourceType") {
				w.unknown(c, t)
			}
			continue
		}
		if seen.mark(p.Index) && p.Element.Choice {
			w.choice(t, c, p)
		}
		w.value(c, p)
	}
	for _, i := range t.Required {
		if !seen.has(i) {
			name := t.Elements[i].Name
			w.report(n, name, Error, Required, "%s must have %q. Add it.", t.Name, name)
		}
	}
	w.typeRules(n, t)
}

// property finds what a member is. A name written with escapes is decoded
// first.
func property(t *spec.Type, c fhir.Node) (spec.Prop, bool) {
	key := c.RawKey()
	p, ok := t.PropertyBytes(key)
	if !ok && bytes.IndexByte(key, '\\') >= 0 {
		return t.Property(c.Key())
	}
	return p, ok
}

// value looks at what a member holds: a list or a single value, or the id and
// extensions beside a primitive.
func (w *walker) value(c fhir.Node, p spec.Prop) {
	switch {
	case p.Element.Max == 0:
		w.fail(c, Structure, "%q may not be given here. Remove it.", c.Key())
		return
	case !p.Element.IsList():
		w.single(c, p)
		return
	}
	if c.Kind() != fhir.Array {
		w.fail(c, Structure, "%q may have several values, so it must be a list, even of one. Put [ ] around it.", c.Key())
		return
	}
	it := c.First()
	if !it.Exists() {
		w.fail(c, Structure, "This list is empty. Fill it in or leave it out.")
		return
	}
	pairs := pairing{list: c}
	for i := 0; it.Exists() && !w.full; i, it = i+1, it.Next() {
		switch {
		case it.Kind() != fhir.Null:
			w.single(it, p)
		case p.Type.Kind != spec.Primitive || !pairs.filled(i):
			w.fail(it, Structure, "A list may hold null only for a value that has an id or extensions in its place of the other list, %q. Leave it out.", otherName(c.Key()))
		}
	}
}

// single looks at one value.
func (w *walker) single(n fhir.Node, p spec.Prop) {
	switch {
	case n.Kind() == fhir.Null:
		w.fail(n, Structure, "null is no value. Leave the element out.")
	case n.Kind() == fhir.Array:
		w.fail(n, Structure, "Only one value may be here, not a list. Take the [ ] away.")
	case p.Sibling:
		w.object(n, p.Type) // an id and extensions
	case p.Type.Kind == spec.Primitive:
		w.primitive(n, p)
	case p.Type.Kind == spec.Resource:
		w.nested(n, p)
	default:
		w.object(n, p.Type)
		w.elementRules(n, p)
	}
}

// nested looks at a resource within a resource.
func (w *walker) nested(n fhir.Node, p spec.Prop) {
	switch p.Element.Name {
	case "contained":
		if w.inContained {
			w.fail(n, Invariant, "A contained resource must not contain another one. Move it up beside this one.")
			return
		}
		w.inContained = true
		w.resource(n)
		w.inContained, w.box.current = false, nil
	default:
		if w.opts.SkipEntries && p.Element.Name == "resource" && n.Parent().Parent().KeyIs("entry") {
			return
		}
		was := w.inContained
		w.inContained = false
		w.resource(n)
		w.inContained = was
	}
}

// pairing walks the list beside a list of primitives, in step with it.
type pairing struct {
	list, at fhir.Node
	i        int
}

// filled tells whether the other list holds an object at i. Calls come with
// growing i, so that both lists are walked once.
func (p *pairing) filled(i int) bool {
	if !p.at.Exists() {
		if p.i > 0 {
			return false
		}
		other := p.list.Parent().Get(otherName(p.list.Key()))
		if other.Kind() != fhir.Array {
			return false
		}
		p.at = other.First()
	}
	for ; p.i < i && p.at.Exists(); p.i++ {
		p.at = p.at.Next()
	}
	p.i = max(p.i, i)
	return p.at.Exists() && p.at.Kind() != fhir.Null
}

// otherName is the name of the member that belongs to a primitive's.
func otherName(key string) string {
	if key != "" && key[0] == '_' {
		return key[1:]
	}
	return "_" + key
}

// choice complains if a choice element was given with another type before. A
// value and its "_" sibling have the same type and belong together.
func (w *walker) choice(t *spec.Type, c fhir.Node, p spec.Prop) {
	for m := c.Parent().First(); m != c && m.Exists(); m = m.Next() {
		if q, ok := property(t, m); ok && q.Element == p.Element && q.Ref != p.Ref {
			w.fail(c, Structure, "%q may be given once only, with one type. Keep one and remove the others.", p.Element.Name+"[x]")
			return
		}
	}
}
