package xml

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// Model is a version of FHIR: which elements a type has, in which order, and which
// of them repeat. It is safe for concurrent use.
type Model struct {
	own       map[string]*shape // those that the version has in its own way
	resources map[string]bool   // nil: those of R4

	mu   sync.Mutex
	more map[string]*shape // those of R4, once asked for
}

// r4 has nothing of its own.
var r4 = &Model{more: map[string]*shape{}}

// R4 is FHIR 4.0.1, all of its types.
func R4() *Model { return r4 }

// STU3 is FHIR 3.0.2, of which the types that England's child health messages use.
func STU3() *Model { return older() }

// The table is read once it is needed: who needs none pays nothing.
var older = sync.OnceValue(func() *Model { return must(readModel(stu3)) })

//go:embed stu3.txt
var stu3 string

// form is how the value of an element is written.
type form uint8

const (
	text     form = iota + 1 // a JSON string, the attribute value
	number                   // a JSON number, the attribute value
	boolean                  // true or false, the attribute value
	complex_                 // elements
	resource                 // an element named after the type of a resource
	xhtml                    // a narrative
)

// prop is one name that a type has.
type prop struct {
	name string
	at   int // where the element stands in the order of the type
	list bool
	form form
	typ  string
}

// shape is a type.
type shape struct {
	name  string
	props map[string]*prop
}

// resource says whether the version has a resource type of that name.
func (m *Model) resource(name string) bool {
	if m.resources != nil {
		return m.resources[name]
	}
	return spec.IsResource(name)
}

// shape is the type of that name, nil for none.
func (m *Model) shape(name string) *shape {
	if s := m.own[name]; s != nil {
		return s
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.more[name]; s != nil {
		return s
	}
	t := spec.Lookup(name)
	if t == nil {
		return nil
	}
	s := &shape{name, map[string]*prop{}}
	for i := range t.Elements {
		e := &t.Elements[i]
		for k := range e.Types {
			s.add(e.Name, e.Types[k].Code, e.IsList(), e.Choice)
		}
	}
	m.more[name] = s
	return s
}

// isAttribute says whether a property is an attribute in XML: the id of an element
// that is no resource, and the url of an extension.
func (m *Model) isAttribute(s *shape, p *prop) bool {
	return p.name == "id" && !m.resource(s.name) || p.name == "url" && s.name == "Extension"
}

// add puts an element behind those that are there; the types of a choice share a place.
func (s *shape) add(name, typ string, list, choice bool) {
	at := len(s.props)
	if choice {
		name += strings.ToUpper(typ[:1]) + typ[1:]
	}
	s.props[name] = &prop{name, at, list, formOf(typ), typ}
}

// formOf says how values of a type are written.
func formOf(typ string) form {
	switch typ {
	case "boolean":
		return boolean
	case "integer", "positiveInt", "unsignedInt", "decimal":
		return number
	case "xhtml":
		return xhtml
	case "Resource":
		return resource
	}
	if t := spec.Lookup(typ); t != nil && t.Kind == spec.Primitive || strings.HasPrefix(typ, "http://hl7.org/fhirpath/") {
		return text
	}
	return complex_
}

// readModel reads a table of types.
func readModel(table string) (*Model, error) {
	m := &Model{own: map[string]*shape{}, resources: map[string]bool{}, more: map[string]*shape{}}
	var now *shape
	for i, line := range strings.Split(table, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0, strings.HasPrefix(line, "#"):
		case words[0] == "resources":
			for _, w := range words[1:] {
				m.resources[w] = true
			}
		case line[0] != ' ' && len(words) == 2:
			base := m.shape(words[1])
			if base == nil {
				return nil, fmt.Errorf("line %d: no type %s", i+1, words[1])
			}
			now = &shape{words[0], map[string]*prop{}}
			for name, p := range base.props {
				now.props[name] = p
			}
			m.own[now.name] = now
		case now != nil && len(words) >= 2 && len(words) <= 3:
			name, choice := strings.CutSuffix(words[0], "[x]")
			for _, typ := range strings.Split(words[1], "|") {
				now.add(name, typ, slices.Contains(words[2:], "*"), choice)
			}
		default:
			return nil, fmt.Errorf("line %d can not be read", i+1)
		}
	}
	return m, m.complete()
}

// complete refuses a table that names a type which nobody knows.
func (m *Model) complete() error {
	for _, s := range m.own {
		for _, p := range s.props {
			if p.form == complex_ && m.shape(p.typ) == nil {
				return fmt.Errorf("%s.%s: no type %s", s.name, p.name, p.typ)
			}
		}
	}
	for r := range m.resources {
		if m.shape(r) == nil {
			return fmt.Errorf("no type %s", r)
		}
	}
	return nil
}

func must(m *Model, err error) *Model {
	if err != nil {
		panic("fhir/xml: stu3.txt: " + err.Error())
	}
	return m
}
