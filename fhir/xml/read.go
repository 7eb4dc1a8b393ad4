package xml

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// Read reads one resource in the XML form and returns the tree of its JSON form (R4
// section 2.6.2 and 2.6.1): the elements in their order, the attribute value as a
// string, number or boolean, an id or extensions of a primitive as _name, a
// narrative as the string of its div. Digits of numbers are kept. The error is an
// *Error with the line and the element.
func Read(src []byte, m *Model, l Limits) (*fhir.Tree, error) {
	l = l.withDefaults()
	if len(src) > l.Bytes {
		return nil, &Error{Line: 1, TooBig: true, Msg: "The document is longer than the " + strconv.Itoa(l.Bytes) + " bytes that are allowed. Send it in smaller parts."}
	}
	s := &scanner{src: src, limits: l}
	root, err := s.document()
	if err != nil {
		return nil, placed(src, m, err)
	}
	r := &reader{m: m}
	if err := r.resource(root); err != nil {
		return nil, placed(src, m, err)
	}
	t, err := fhir.Parse(r.out, fhir.Limits{Bytes: 4 * l.Bytes, Depth: 2*l.Depth + 4, Nodes: 8 * l.Elements})
	if err != nil {
		return nil, &Error{Line: 1, Msg: "The document is too large when it is read. Send it in smaller parts.", TooBig: true}
	}
	return t, nil
}

// placed gives a fault its line and its path.
func placed(src []byte, m *Model, err error) error {
	var f *fault
	if !errors.As(err, &f) {
		return err
	}
	at := min(f.at, len(src))
	return &Error{Line: 1 + bytes.Count(src[:at], []byte("\n")), Path: m.path(f.way), Msg: f.msg, TooBig: f.tooBig}
}

// path writes a way as FHIRPath would: the types of resources within others are
// not named, and only what repeats has a number.
func (m *Model) path(way []step) string {
	var out strings.Builder
	var now *shape
	skip := false
	for i, st := range way {
		switch {
		case i == 0:
			now = m.shape(st.name)
			out.WriteString(st.name)
			continue
		case skip:
			now, skip = m.shape(st.name), false
			continue
		}
		out.WriteString("." + st.name)
		var p *prop
		if now != nil {
			p = now.props[st.name]
		}
		if p == nil {
			now = nil
			continue
		}
		if p.list {
			out.WriteString("[" + strconv.Itoa(st.nth) + "]")
		}
		now, skip = m.shape(p.typ), p.form == resource
	}
	return out.String()
}

// reader writes the JSON of elements.
type reader struct {
	m   *Model
	out []byte
	way []step
}

func (r *reader) fail(e *elem, msg string) error {
	return &fault{at: e.at, way: append([]step(nil), r.way...), msg: msg}
}

// group is the elements of one name that lie in another.
type group struct {
	p   *prop
	all []*elem
}

// resource writes the object of a resource. What stands at the root has no way yet.
func (r *reader) resource(e *elem) error {
	r.way = append(r.way, step{e.name, 0})
	defer func() { r.way = r.way[:len(r.way)-1] }()
	s := r.m.shape(e.name)
	if s == nil || !r.m.resource(e.name) {
		return r.fail(e, "This is not a type of resource that is read here.")
	}
	for _, a := range e.attrs {
		if a.name != "xmlns" && a.name != "xmlns:xsi" && a.name != "xsi:schemaLocation" {
			return r.fail(e, "A resource has no attributes but its name space.")
		}
	}
	r.out = append(r.out, `{"resourceType":`...)
	r.out = fhir.AppendString(r.out, e.name)
	if err := r.members(e, s, true); err != nil {
		return err
	}
	r.out = append(r.out, '}')
	return nil
}

// object writes the object of an element that is no primitive.
func (r *reader) object(e *elem, s *shape) error {
	if len(e.attrs)+len(e.children) == 0 {
		return r.fail(e, "The element is empty. Give it a value, or leave it out.")
	}
	r.out = append(r.out, '{')
	started := false
	for _, name := range []string{"id", "url"} {
		if v, ok := e.attr(name); ok && (name == "id" || s.name == "Extension") {
			r.comma(&started)
			r.member(name)
			r.out = fhir.AppendString(r.out, v)
		}
	}
	for _, a := range e.attrs {
		if a.name != "id" && a.name != "xmlns" && !(a.name == "url" && s.name == "Extension") {
			return r.fail(e, "This element has no such attribute. FHIR's elements have id, and those of one value have value.")
		}
	}
	if err := r.members(e, s, started); err != nil {
		return err
	}
	r.out = append(r.out, '}')
	return nil
}

func (r *reader) comma(started *bool) {
	if *started {
		r.out = append(r.out, ',')
	}
	*started = true
}

func (r *reader) member(name string) {
	r.out = fhir.AppendString(r.out, name)
	r.out = append(r.out, ':')
}

// members writes what lies in an element, each name once.
func (r *reader) members(e *elem, s *shape, started bool) error {
	groups, err := r.groups(e, s)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := r.group(g, &started); err != nil {
			return err
		}
	}
	return nil
}

// groups gathers the elements by their name, in the order in which they first stand.
func (r *reader) groups(e *elem, s *shape) ([]*group, error) {
	var order []*group
	by := map[string]*group{}
	for _, c := range e.children {
		g := by[c.name]
		if g == nil {
			p := s.props[c.name]
			if p == nil || r.m.isAttribute(s, p) {
				r.way = append(r.way, step{c.name, 0})
				return nil, r.fail(c, "There is no such element here. Check the name, and that the message is of the version of FHIR that is read.")
			}
			g = &group{p: p}
			by[c.name], order = g, append(order, g)
		}
		if len(g.all) > 0 && !g.p.list {
			r.way = append(r.way, step{c.name, len(g.all)})
			return nil, r.fail(c, "The element stands here twice, and may stand once.")
		}
		g.all = append(g.all, c)
	}
	return order, nil
}

// group writes the elements of one name: a value, or an array of them, and beside
// it the ids and extensions of primitives.
func (r *reader) group(g *group, started *bool) error {
	switch g.p.form {
	case complex_, resource, xhtml:
		r.comma(started)
		r.member(g.p.name)
		return r.each(g, func(e *elem) error { return r.whole(e, g.p) })
	}
	valued, more := false, false
	for i, e := range g.all {
		for _, a := range e.attrs {
			if a.name != "id" && a.name != "value" {
				r.way = append(r.way, step{e.name, i})
				return r.fail(e, "This element has no such attribute. FHIR's elements have id, and those of one value have value.")
			}
		}
		_, has := e.attr("value")
		_, id := e.attr("id")
		valued = valued || has
		more = more || id || len(e.children) > 0
	}
	if !valued && !more {
		return r.each(g, func(e *elem) error { return r.fail(e, "The element is empty. Give it a value, or leave it out.") })
	}
	if valued {
		r.comma(started)
		r.member(g.p.name)
		if err := r.each(g, func(e *elem) error { return r.value(e, g.p) }); err != nil {
			return err
		}
	}
	if more {
		r.comma(started)
		r.member("_" + g.p.name)
		return r.each(g, r.sibling)
	}
	return nil
}

// each writes every element of a group, in an array where the name repeats.
func (r *reader) each(g *group, write func(*elem) error) error {
	if g.p.list {
		r.out = append(r.out, '[')
	}
	for i, e := range g.all {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		r.way = append(r.way, step{e.name, i})
		if err := write(e); err != nil {
			return err
		}
		r.way = r.way[:len(r.way)-1]
	}
	if g.p.list {
		r.out = append(r.out, ']')
	}
	return nil
}

// whole writes an element that is no primitive.
func (r *reader) whole(e *elem, p *prop) error {
	switch {
	case p.form == xhtml:
		if e.raw == nil {
			return r.fail(e, "A narrative is a div of XHTML.")
		}
		r.out = fhir.AppendString(r.out, string(e.raw))
		return nil
	case e.raw != nil:
		return r.fail(e, "XHTML stands in a narrative only.")
	case p.form == resource:
		if len(e.children) != 1 || len(e.attrs) > 0 {
			return r.fail(e, "One resource stands here, in an element of the name of its type.")
		}
		return r.resource(e.children[0])
	}
	s := r.m.shape(p.typ)
	if s == nil {
		return r.fail(e, "This kind of element is not read here.")
	}
	return r.object(e, s)
}

// value writes the value of a primitive, or null where it has none.
func (r *reader) value(e *elem, p *prop) error {
	v, ok := e.attr("value")
	if !ok {
		r.out = append(r.out, "null"...)
		return nil
	}
	switch {
	case v == "":
		return r.fail(e, "The value is empty. Write one, or leave the element out.")
	case p.form == number && !isNumber(v):
		return r.fail(e, "The value is not a number.")
	case p.form == boolean && v != "true" && v != "false":
		return r.fail(e, "The value is neither true nor false.")
	case p.form == text:
		r.out = fhir.AppendString(r.out, v)
		return nil
	}
	r.out = append(r.out, v...)
	return nil
}

// sibling writes the id and the extensions of a primitive, or null for none.
func (r *reader) sibling(e *elem) error {
	if _, id := e.attr("id"); !id && len(e.children) == 0 {
		r.out = append(r.out, "null"...)
		return nil
	}
	bare := &elem{name: e.name, at: e.at, children: e.children}
	if id, ok := e.attr("id"); ok {
		bare.attrs = []attr{{"id", id}}
	}
	return r.object(bare, r.m.shape("Element"))
}

// isNumber says whether a text is a number as JSON writes it (RFC 8259, 6), which is
// what FHIR's decimals and integers are.
func isNumber(v string) bool {
	t, err := fhir.Parse([]byte(v), fhir.Limits{Bytes: 64})
	return err == nil && t.Root().Kind() == fhir.Number && len(t.Root().Raw()) == len(v)
}

// Line is the line on which an element begins, by its path as an Error has it; where
// there is none, that of the nearest one above it, and 1 for a document that can not
// be read.
func Line(src []byte, m *Model, path string) int {
	s := &scanner{src: src, limits: Limits{Bytes: len(src)}.withDefaults()}
	root, err := s.document()
	if err != nil {
		return 1
	}
	best, at := -1, 0
	var look func(e *elem, way []step)
	look = func(e *elem, way []step) {
		p := m.path(way)
		if len(p) > best && (p == path || strings.HasPrefix(path, p+".") || strings.HasPrefix(path, p+"[")) {
			best, at = len(p), e.at
		}
		seen := map[string]int{}
		for _, c := range e.children {
			look(c, append(way[:len(way):len(way)], step{c.name, seen[c.name]}))
			seen[c.name]++
		}
	}
	look(root, []step{{root.name, 0}})
	return 1 + bytes.Count(src[:at], []byte("\n"))
}
