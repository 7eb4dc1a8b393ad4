package xml

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
)

// Write writes a resource in the XML form, its elements in the order of the
// specification, which XML demands and JSON does not. Read gives the same tree
// back, but for the order of members. The error names the element that the version
// of FHIR does not have.
func Write(t *fhir.Tree, m *Model) ([]byte, error) {
	w := &writer{m: m}
	w.out = append(w.out, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"...)
	if err := w.resource(t.Root(), true); err != nil {
		return nil, err
	}
	return append(w.out, '\n'), nil
}

type writer struct {
	m   *Model
	out []byte
	way []step
}

func (w *writer) fail(msg string) error {
	return &Error{Line: 1, Path: w.m.path(w.way), Msg: msg}
}

// resource writes a resource.
func (w *writer) resource(n fhir.Node, root bool) error {
	name := n.Get("resourceType").Str()
	w.way = append(w.way, step{name, 0})
	defer func() { w.way = w.way[:len(w.way)-1] }()
	s := w.m.shape(name)
	if s == nil || !w.m.resource(name) {
		return w.fail("This is not a type of resource of that version of FHIR.")
	}
	w.out = append(w.out, '<')
	w.out = append(w.out, name...)
	if root {
		w.out = append(w.out, ` xmlns="`+fhirSpace+`"`...)
	}
	w.out = append(w.out, '>')
	if err := w.members(n, s); err != nil {
		return err
	}
	w.end(name)
	return nil
}

func (w *writer) end(name string) {
	w.out = append(w.out, "</"...)
	w.out = append(w.out, name...)
	w.out = append(w.out, '>')
}

// pair is the value and the sibling of a property.
type pair struct {
	p          *prop
	value, own fhir.Node
}

// members writes the members of an object that are elements in XML.
func (w *writer) members(n fhir.Node, s *shape) error {
	pairs, err := w.pairs(n, s)
	if err != nil {
		return err
	}
	for _, pr := range pairs {
		if err := w.property(pr); err != nil {
			return err
		}
	}
	return nil
}

// pairs finds the properties of an object, in the order of its type.
func (w *writer) pairs(n fhir.Node, s *shape) ([]*pair, error) {
	by := map[string]*pair{}
	var all []*pair
	for c := range n.Each() {
		key := c.Key()
		name, sibling := strings.CutPrefix(key, "_")
		p := s.props[name]
		if p == nil && key == "resourceType" && w.m.resource(s.name) {
			continue
		}
		if p == nil || sibling && (p.form >= complex_ || w.m.isAttribute(s, p)) {
			w.way = append(w.way, step{name, 0})
			return nil, w.fail("That version of FHIR has no such element here.")
		}
		if w.m.isAttribute(s, p) {
			continue
		}
		pr := by[name]
		if pr == nil {
			pr = &pair{p: p}
			by[name], all = pr, append(all, pr)
		}
		if sibling {
			pr.own = c
		} else {
			pr.value = c
		}
	}
	slices.SortStableFunc(all, func(a, b *pair) int { return cmp.Compare(a.p.at, b.p.at) })
	return all, nil
}

// property writes one property, once for each of its values.
func (w *writer) property(pr *pair) error {
	list := pr.p.list
	for _, n := range []fhir.Node{pr.value, pr.own} {
		if !n.Exists() {
			continue
		}
		some := false
		for c := range n.Items() {
			some = some || c.Kind() != fhir.Null
		}
		if (n.Kind() == fhir.Array) != list || !some {
			w.way = append(w.way, step{pr.p.name, 0})
			return w.fail("The element is empty, or is a list in the one form and not in the other.")
		}
	}
	if !list {
		return w.one(pr.p, 0, pr.value, pr.own)
	}
	for i := range max(pr.value.Len(), pr.own.Len()) {
		if err := w.one(pr.p, i, pr.value.At(i), pr.own.At(i)); err != nil {
			return err
		}
	}
	return nil
}

// one writes one element.
func (w *writer) one(p *prop, i int, value, own fhir.Node) error {
	w.way = append(w.way, step{p.name, i})
	defer func() { w.way = w.way[:len(w.way)-1] }()
	switch p.form {
	case xhtml:
		return w.narrative(value)
	case resource:
		w.out = append(w.out, "<"+p.name+">"...)
		if err := w.resource(value, false); err != nil {
			return err
		}
		w.end(p.name)
		return nil
	case complex_:
		if value.Kind() != fhir.Object {
			return w.fail("The element is no object.")
		}
		return w.element(p.name, fhir.Node{}, value, w.m.shape(p.typ))
	}
	if !value.IsScalar() && value.Kind() != fhir.Null && value.Exists() || own.Exists() && own.Kind() != fhir.Object && own.Kind() != fhir.Null {
		return w.fail("The value is not of its kind.")
	}
	if value.IsScalar() && (value.Kind() == fhir.Number) != (p.form == number) || value.IsScalar() && (value.Kind() == fhir.String) != (p.form == text) {
		return w.fail("The value is not of its kind.")
	}
	return w.element(p.name, value, own, w.m.shape("Element"))
}

// element writes an element with its attributes and what lies in it.
func (w *writer) element(name string, value, n fhir.Node, s *shape) error {
	w.out = append(w.out, '<')
	w.out = append(w.out, name...)
	for _, a := range []struct {
		name string
		n    fhir.Node
	}{{"id", n.Get("id")}, {"url", n.Get("url")}, {"value", value}} {
		if !a.n.Exists() || a.n.Kind() == fhir.Null && a.name == "value" || a.name == "url" && s.name != "Extension" {
			continue
		}
		text := a.n.Str()
		if a.name != "value" && a.n.Kind() != fhir.String || a.name == "value" && text == "" {
			return w.fail("The value is empty, or not of its kind.")
		}
		if !utf8.ValidString(text) || badText([]byte(text)) >= 0 {
			return w.fail("The text holds a character that XML does not have.")
		}
		w.out = append(w.out, " "+a.name+`="`...)
		w.out = appendValue(w.out, text)
		w.out = append(w.out, '"')
	}
	if !value.IsScalar() && n.Len() == 0 {
		return w.fail("The element is empty.")
	}
	before := len(w.out)
	w.out = append(w.out, '>')
	inner := len(w.out)
	if n.Kind() == fhir.Object {
		if err := w.members(n, s); err != nil {
			return err
		}
	}
	if len(w.out) == inner {
		w.out = append(w.out[:before], "/>"...)
		return nil
	}
	w.end(name)
	return nil
}

// narrative writes a div as it stands, if it is one that can be read again.
func (w *writer) narrative(n fhir.Node) error {
	text := n.Str()
	s := &scanner{src: []byte(text), limits: Limits{Bytes: len(text), Text: max(len(text), 1)}.withDefaults()}
	e, err := s.element(2, fhirSpace)
	var f *fault
	switch {
	case errors.As(err, &f):
		return w.fail("The narrative is not XHTML: " + f.msg + " (byte " + strconv.Itoa(f.at) + ")")
	case err != nil:
		return err
	case e.raw == nil || s.at != len(text):
		return w.fail("The narrative is not one div of XHTML.")
	}
	w.out = append(w.out, e.raw...)
	return nil
}

// appendValue writes a text as the value of an attribute. White space that is no
// blank is written by its number: a reader would make a blank of it.
func appendValue(dst []byte, text string) []byte {
	for i := range len(text) {
		switch c := text[i]; c {
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '&':
			dst = append(dst, "&amp;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\n', '\r', '\t':
			dst = append(dst, "&#"+strconv.Itoa(int(c))+";"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
