package fhirpath

import (
	"bytes"
	"strings"
	"sync/atomic"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// path is a run of steps that each look at one item at a time, so they need
// no collections between them: names, type filters, and the filters that
// search parameters use most.
type path struct {
	base  expr // nil: the focus
	steps []step
}

type stepOp uint8

const (
	stepChild     stepOp = iota // name
	stepSelf                    // keep the item if it is of the type: Patient at the start of a path
	stepOfType                  // as, ofType
	stepResolveIs               // where(resolve() is T)
	stepWhereText               // where(name = 'text')
	stepExtension               // extension(url): name
)

type step struct {
	op   stepOp
	name string
	text string
	typ  typeRef
	// seen holds the members for the type that came last; the compiler puts
	// the expected one in, so that walking usually finds it.
	seen *atomic.Pointer[alts]
}

func childStep(name string, expected *alts) step {
	s := step{op: stepChild, name: name, seen: new(atomic.Pointer[alts])}
	s.seen.Store(expected)
	return s
}

func (p *path) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	if p.base == nil {
		return m.follow(p, f.this, dst)
	}
	b, err := m.collect(p.base, f)
	if err != nil {
		return dst, err
	}
	defer m.done(b)
	return m.follow(p, b, dst)
}

// follow walks a path from each of the items.
func (m *machine) follow(p *path, items, dst []Item) (_ []Item, err error) {
	from := len(dst)
	for i := range items {
		if dst, err = m.walk(&items[i], p.steps, dst); err != nil {
			return dst, err
		}
	}
	return dst, m.room(len(dst) - from)
}

// paths is a union of paths that begin at the focus: nearly every search
// parameter. They need no frames and no scratch room.
type paths []*path

func (p paths) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	return m.followAll(p, f.this, dst)
}

func (m *machine) followAll(p paths, items, dst []Item) ([]Item, error) {
	from := len(dst)
	for _, one := range p {
		mark := len(dst)
		out, err := m.follow(one, items, dst)
		if err == nil && len(p) > 1 {
			out, err = m.compact(out, from, mark)
		}
		if err != nil {
			return dst, err
		}
		dst = out
	}
	return dst, nil
}

// plain returns x as paths from the focus, if it is that.
func plain(x expr) (paths, bool) {
	switch x := x.(type) {
	case paths:
		return x, true
	case *path:
		if x.base == nil {
			return paths{x}, true
		}
	}
	return nil, false
}

// unite makes the union of two expressions.
func unite(left, right expr) expr {
	a, ok1 := plain(left)
	b, ok2 := plain(right)
	if ok1 && ok2 {
		return append(a, b...)
	}
	return &union{left: left, right: right}
}

// walk takes the steps from one item and appends where they lead.
func (m *machine) walk(it *Item, steps []step, dst []Item) ([]Item, error) {
	if err := m.tick(1); err != nil {
		return dst, err
	}
	for n := range steps {
		s := &steps[n]
		keep := true
		switch s.op {
		case stepSelf:
			keep = it.typ == s.typ.fhir && it.val == nil || s.typ.is(*it)
		case stepOfType:
			keep = s.typ.as(*it)
		case stepResolveIs:
			keep = m.refersTo(*it, s.typ)
		case stepWhereText:
			keep = it.val == nil && it.node.Get(s.name).Is(s.text)
		case stepExtension:
			return m.extensions(it, s, steps[n+1:], dst)
		default:
			return m.children(it, s, steps[n+1:], dst)
		}
		if !keep {
			return dst, nil
		}
	}
	return append(dst, *it), nil
}

// children walks on from the members that a name stands for.
func (m *machine) children(it *Item, s *step, rest []step, dst []Item) ([]Item, error) {
	if it.val != nil {
		if v := partOf(it.val, s.name); v != nil {
			return m.onward(&Item{val: v}, rest, dst)
		}
		return dst, nil
	}
	if k := it.node.Kind(); k != fhir.Object || it.bare || isPrimitive(it.typ) {
		return m.primitivePart(it, s.name, rest, dst)
	}
	a := s.seen.Load()
	if a == nil || a.owner != it.typ {
		a = membersOf(it.typ, s.name)
		s.seen.Store(a)
	}
	switch len(a.list) {
	case 0:
		return dst, nil
	case 1:
		return m.member(it.node, &a.list[0], rest, dst)
	}
	for c := it.node.First(); c.Exists(); c = c.Next() {
		key := c.RawKey()
		if bytes.IndexByte(key, '\\') >= 0 {
			key = []byte(c.Key())
		}
		if len(key) > 1 && key[0] == '_' {
			key = key[1:]
		}
		if len(key) <= len(s.name) || string(key[:len(s.name)]) != s.name {
			continue
		}
		for i := range a.list {
			if alt := &a.list[i]; string(key) == alt.json {
				if c.KeyIs(alt.under) && it.node.Get(alt.json).Exists() {
					break // it comes, or came, with its value
				}
				return m.member(it.node, alt, rest, dst)
			}
		}
	}
	return dst, nil
}

// member walks on from the value or values of one JSON member.
func (m *machine) member(n fhir.Node, a *alt, rest []step, dst []Item) ([]Item, error) {
	v := n.Get(a.json)
	var sib fhir.Node
	if a.under != "" {
		sib = n.Get(a.under)
	}
	if v.Kind() != fhir.Array && sib.Kind() != fhir.Array {
		it, ok := itemOf(v, sib, a.typ)
		if !ok {
			return dst, nil
		}
		return m.onward(&it, rest, dst)
	}
	return m.items(v, sib, a.typ, rest, dst)
}

func (m *machine) items(v, sib fhir.Node, t *spec.Type, rest []step, dst []Item) (_ []Item, err error) {
	c, s := v.First(), sib.First()
	for c.Exists() || s.Exists() {
		if it, ok := itemOf(c, s, t); ok {
			if dst, err = m.onward(&it, rest, dst); err != nil {
				return dst, err
			}
		}
		c, s = c.Next(), s.Next()
	}
	return dst, nil
}

func (m *machine) onward(it *Item, rest []step, dst []Item) ([]Item, error) {
	if len(rest) == 0 {
		return append(dst, *it), m.tick(1)
	}
	return m.walk(it, rest, dst)
}

// itemOf puts a value and its sibling together; ok is false where neither
// says anything.
func itemOf(v, sib fhir.Node, t *spec.Type) (Item, bool) {
	if sib.Kind() != fhir.Object {
		sib = fhir.Node{}
	}
	switch {
	case v.Exists() && v.Kind() != fhir.Null:
		it := Item{node: v, typ: t}
		if sib.Exists() {
			it.sib = sib.ID()
		}
		if t != nil && t.Name == "Resource" {
			it.typ = resourceType(v)
		}
		return it, true
	case sib.Exists():
		return Item{node: sib, typ: t, bare: true}, true
	}
	return Item{}, false
}

// primitivePart is the value, id or extension of a primitive.
func (m *machine) primitivePart(it *Item, name string, rest []step, dst []Item) ([]Item, error) {
	if name == "value" {
		v := it.Value()
		if v == nil {
			return dst, nil
		}
		return m.onward(&Item{val: v}, rest, dst)
	}
	sib := it.Sibling()
	if name != "id" && name != "extension" || !sib.Exists() {
		return dst, nil
	}
	a := membersOf(spec.Lookup("Element"), name)
	if len(a.list) != 1 {
		return dst, nil
	}
	return m.member(sib, &a.list[0], rest, dst)
}

// partOf is a part of a computed value: one of the two of type(), or of a
// quantity; nil where there is none of that name.
func partOf(v Value, name string) Value {
	switch v := v.(type) {
	case typeInfo:
		switch name {
		case "namespace":
			return String(v.namespace)
		case "name":
			return String(v.name)
		}
	case Quantity:
		switch name {
		case "value":
			return v.Value
		case "unit":
			return String(v.Unit)
		}
	}
	return nil
}

// firstOf and nextOf go through a node's Items without the function value
// that an iterator is: it would put the machine on the heap.
func firstOf(list fhir.Node) fhir.Node {
	if list.Kind() == fhir.Array {
		return list.First()
	}
	return list
}

func nextOf(list, item fhir.Node) fhir.Node {
	if list.Kind() == fhir.Array {
		return item.Next()
	}
	return fhir.Node{}
}

// extensionStep is extension(url).
func extensionStep(url string) step {
	return step{op: stepExtension, name: url, typ: typeRef{fhir: spec.Lookup("Extension")}}
}

// extensions walks on from the extensions with that url.
func (m *machine) extensions(it *Item, s *step, rest []step, dst []Item) (_ []Item, err error) {
	holder := it.node
	if holder.Kind() != fhir.Object {
		holder = it.Sibling()
	}
	list := holder.Get("extension")
	for c := firstOf(list); c.Exists(); c = nextOf(list, c) {
		if !c.Get("url").Is(s.name) {
			continue
		}
		if dst, err = m.onward(&Item{node: c, typ: s.typ.fhir}, rest, dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendChildren lists what stands directly below an item, in document order.
func appendChildren(dst []Item, it *Item) []Item {
	holder := it.node
	primitive := holder.Kind() != fhir.Object || it.bare || isPrimitive(it.typ)
	t := it.typ
	if primitive {
		holder, t = it.Sibling(), spec.Lookup("Element")
	}
	if it.val != nil {
		return dst
	}
	for c := holder.First(); c.Exists(); c = c.Next() {
		key := c.Key()
		if key == "resourceType" {
			continue
		}
		v, sib := c, fhir.Node{}
		if name, under := strings.CutPrefix(key, "_"); under {
			if holder.Get(name).Exists() {
				continue // comes with its value
			}
			key, v, sib = name, fhir.Node{}, c
		} else {
			sib = holder.Get("_" + key)
		}
		dst = appendItems(dst, v, sib, childType(t, key))
	}
	return dst
}

func appendItems(dst []Item, v, sib fhir.Node, t *spec.Type) []Item {
	if v.Kind() != fhir.Array && sib.Kind() != fhir.Array {
		if it, ok := itemOf(v, sib, t); ok {
			dst = append(dst, it)
		}
		return dst
	}
	c, s := v.First(), sib.First()
	for c.Exists() || s.Exists() {
		if it, ok := itemOf(c, s, t); ok {
			dst = append(dst, it)
		}
		c, s = c.Next(), s.Next()
	}
	return dst
}

func childType(t *spec.Type, key string) *spec.Type {
	if t == nil {
		return nil
	}
	p, ok := t.Property(key)
	if !ok {
		return nil
	}
	return p.Type
}
