package store

import (
	"bytes"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// A whole record names the same few people and places again and again. An
// include of everything looks at each body for a reference that it does not
// know yet before it works out all of the body's search parameters.

var referenceKey = []byte(`"reference"`)

// leadsOn tells whether a body may hold a reference that is not among refs. It
// may say so wrongly, and never wrongly denies it: whatever it can't read
// plainly counts as new.
func (r *run) leadsOn(v *Version, refs []Ref) bool {
	for ; r.ledTo < len(refs); r.ledTo++ {
		r.led[refs[r.ledTo].Type+"/"+refs[r.ledTo].ID] = true
	}
	body, err := v.Body()
	if err != nil {
		return true
	}
	for {
		i := bytes.Index(body, referenceKey)
		if i < 0 {
			return false
		}
		body = bytes.TrimLeft(body[i+len(referenceKey):], " \t\r\n")
		if len(body) == 0 || body[0] != ':' {
			continue // the word stands in a text
		}
		body = bytes.TrimLeft(body[1:], " \t\r\n")
		if len(body) == 0 || body[0] != '"' {
			return true
		}
		end := bytes.IndexByte(body[1:], '"')
		if end < 0 || !r.led[string(body[1:1+end])] {
			return true
		}
		body = body[1+end:]
	}
}

// plainRefs tells whether every reference parameter of a type reads elements
// of type Reference, so that what it leads to stands under "reference".
func (s *Store) plainRefs(reg *search.Registry, typ string) bool {
	if known, ok := s.plain.Load(typ); ok {
		return known.(bool)
	}
	all := true
	for _, p := range reg.Params(typ) {
		all = all && (p.Kind != search.Reference || !p.Custom && readsReferences(p))
	}
	s.plain.Store(typ, all)
	return all
}

func readsReferences(p *search.Param) bool {
	for _, path := range strings.Split(p.Expression(), "|") {
		path = strings.TrimSpace(path)
		path, _, _ = strings.Cut(path, ".where(")
		steps := strings.Split(path, ".")
		t := spec.Lookup(steps[0])
		var e *spec.Element
		for _, step := range steps[1:] {
			if t == nil {
				return false
			}
			if e = t.Element(step); e == nil || len(e.Types) != 1 {
				return false
			}
			t = e.Types[0].Type
		}
		if e == nil || e.Types[0].Code != "Reference" {
			return false
		}
	}
	return true
}
