package patch

import (
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/fhirpath"
	"github.com/bevanhealth/bevan/fhir/spec"
)

func (p *patcher) addElement(op operation) error {
	if op.name == "" || !op.value.Exists() {
		return invalid("add needs the parts name and value.")
	}
	at, err := p.one(op.path)
	if err != nil {
		return err
	}
	typ := spec.Lookup(at.Type())
	if typ == nil {
		return refused("the type of the element at its path is not known to FHIR R4.")
	}
	e, v, err := readElement(typ, op.name, op.value)
	if err != nil {
		return err
	}
	holder := at.Node()
	if typ.Kind == spec.Primitive {
		holder = at.Sibling()
		if !holder.Exists() {
			if e.IsList() {
				v = joined([]value{v})
			}
			s, _ := slotOf(at)
			return p.put(s, s.key, value{val: at.Node().Raw(), sib: slices.Concat([]byte{'{'}, v.members(e.key), []byte{'}'})})
		}
	}
	if e.IsList() {
		s := slot{holder, e.key, -1}
		return p.insertAt(s, len(s.list()), v)
	}
	for m := range holder.Each() {
		if q, ok := typ.Property(m.Key()); ok && q.Element.Name == e.Name {
			return refused("%s is there already and may stand once only. Use replace.", e.Name)
		}
	}
	return p.change(fhir.Insert(holder, fhir.Node{}, v.members(e.key)))
}

// insertAt puts a value into a list.
func (p *patcher) insertAt(s slot, i int, v value) error {
	arr := s.values()
	if arr.Exists() && arr.Kind() != fhir.Array {
		return refused("%s should be a list and is none. Mend the resource first.", s.key)
	}
	if arr.Exists() && !s.siblings().Exists() && v.sib == nil {
		return p.change(fhir.Insert(arr, arr.At(i), v.val))
	}
	return p.putList(s, slices.Insert(s.list(), i, v))
}

func (p *patcher) insertItem(op operation) error {
	if op.index < 0 || !op.value.Exists() {
		return invalid("insert needs the parts index and value.")
	}
	s, typ, err := p.wholeList(op.path)
	if err != nil {
		return err
	}
	v, err := readValue(op.value, spec.Lookup(typ))
	if err != nil {
		return err
	}
	if n := len(s.list()); op.index > n {
		return refused("the list has only %d items. Use an index from 0 to %d.", n, n)
	}
	return p.insertAt(s, op.index, v)
}

func (p *patcher) moveItem(op operation) error {
	if op.source < 0 || op.destination < 0 {
		return invalid("move needs the parts source and destination.")
	}
	s, _, err := p.wholeList(op.path)
	if err != nil {
		return err
	}
	list := s.list()
	if n := len(list); op.source >= n || op.destination >= n {
		return refused("the list has only %d items. Use a source and a destination from 0 to %d.", n, n-1)
	}
	if s.siblings().Exists() {
		return p.putList(s, moved(list, op))
	}
	// The commas and the white space between the items stay where they are.
	items := slices.Collect(s.values().Each())
	var edits []fhir.Edit
	for i, item := range moved(slices.Clone(items), op) {
		edits = append(edits, whole(items[i], item.Raw()))
	}
	return p.change(edits...)
}

func moved[T any](list []T, op operation) []T {
	v := list[op.source]
	return slices.Insert(slices.Delete(list, op.source, op.source+1), op.destination, v)
}

// wholeList finds the list that a path leads to, and the type of its items.
func (p *patcher) wholeList(path string) (slot, string, error) {
	found, err := p.eval(path)
	if err != nil {
		return slot{}, "", err
	}
	if len(found) == 0 {
		return slot{}, "", refused("its path leads to nothing. Use add for the first item of a list.")
	}
	first, _ := slotOf(found[0])
	for i, item := range found {
		s, _ := slotOf(item)
		if s.index != i || s.holder != first.holder || s.key != first.key {
			return slot{}, "", refused("its path does not lead to one whole list. Make it end in the name of a list.")
		}
	}
	if len(found) != len(first.list()) {
		return slot{}, "", refused("its path leads to a part of a list. Make it end in the name of the list.")
	}
	return first, found[0].Type(), nil
}

func (p *patcher) replaceElement(op operation) error {
	if !op.value.Exists() {
		return invalid("replace needs the part value.")
	}
	at, err := p.one(op.path)
	if err != nil {
		return err
	}
	s, _ := slotOf(at)
	if !s.holder.Exists() {
		return refused("the whole resource cannot be replaced by a patch. Send it as an update.")
	}
	v, err := readValue(op.value, spec.Lookup(at.Type()))
	if err != nil {
		return err
	}
	key := s.key
	if typ := typeOf(s.holder); typ != nil && s.index < 0 {
		if q, ok := typ.Property(key); ok && q.Element.Choice {
			if key, err = choiceKey(typ, q.Element, v); err != nil {
				return err
			}
		}
	}
	return p.put(s, key, v)
}

func (p *patcher) deleteElement(op operation) error {
	found, err := p.eval(op.path)
	if err != nil || len(found) == 0 {
		return err // nothing there is no error, as R4 says
	}
	if len(found) > 1 {
		return manyFound(found)
	}
	s, _ := slotOf(found[0])
	if !s.holder.Exists() {
		return refused("the whole resource cannot be deleted by a patch. Delete the resource instead.")
	}
	return p.drop(s, false)
}

func manyFound(found fhirpath.Collection) error {
	return refused("its path leads to %d elements. Make it lead to one, as name[0] does.", len(found))
}

// put writes a value into a place, under a name that differs from the slot's
// only where a choice changes its type.
func (p *patcher) put(s slot, key string, v value) error {
	if s.index >= 0 {
		arr := s.values()
		if item := arr.At(s.index); item.Exists() && v.val != nil && v.sib == nil && !s.siblings().Exists() {
			return p.change(whole(item, v.val))
		}
		list := s.list()
		list[s.index] = v
		return p.putList(s, list)
	}
	old, sib := s.values(), s.siblings()
	var edits []fhir.Edit
	drop := fhir.Node{}
	switch {
	case old.Exists() && v.val != nil && key == s.key:
		edits = append(edits, whole(old, v.val))
		switch {
		case v.sib == nil:
			drop = sib
		case sib.Exists():
			edits = append(edits, whole(sib, v.sib))
		default:
			edits = append(edits, fhir.Insert(s.holder, old.Next(), value{sib: v.sib}.members(key)))
		}
	case !old.Exists() && !sib.Exists():
		edits = append(edits, fhir.Insert(s.holder, fhir.Node{}, v.members(key)))
	default:
		keep := old
		if old.Exists() {
			drop = sib
		} else {
			keep = sib
		}
		from, to := keep.MemberSpan()
		edits = append(edits, fhir.Edit{From: from, To: to, With: v.members(key)})
	}
	if drop.Exists() {
		edits = fhir.Cut(edits, s.holder, func(c fhir.Node) bool { return c == drop })
	}
	return p.change(edits...)
}

// putList writes a list anew. The bytes of each item are kept.
func (p *patcher) putList(s slot, list []value) error {
	v := joined(list)
	if v.val == nil && v.sib == nil {
		return p.drop(slot{s.holder, s.key, -1}, false)
	}
	return p.put(slot{s.holder, s.key, -1}, s.key, v)
}

// drop takes an element away, or only its sibling, and with it what would be
// left empty.
func (p *patcher) drop(s slot, siblingOnly bool) error {
	if s.index >= 0 {
		list := s.list()
		if siblingOnly {
			list[s.index].sib = nil
		}
		if !siblingOnly || list[s.index].val == nil {
			if len(list) > 1 && !s.siblings().Exists() {
				item := s.values().At(s.index)
				return p.change(fhir.Cut(nil, s.values(), func(c fhir.Node) bool { return c == item })...)
			}
			list = slices.Delete(list, s.index, s.index+1)
		}
		return p.putList(s, list)
	}
	old, sib := s.values(), s.siblings()
	gone := func(c fhir.Node) bool { return c == sib || c == old && !siblingOnly }
	left := 0
	for c := range s.holder.Each() {
		if !gone(c) {
			left++
		}
	}
	if left == 0 && s.holder.Parent().Exists() {
		up, sibling := slotAt(s.holder)
		return p.drop(up, sibling)
	}
	return p.change(fhir.Cut(nil, s.holder, gone)...)
}
