package fhirapi

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
)

// apply leaves out what _summary and _elements ask to have left out
// (http://hl7.org/fhir/R4/search.html#summary, #elements) and marks the result
// as SUBSETTED. Without either it gives the bytes back as they are.
func (s *shape) apply(body []byte) ([]byte, error) {
	keep, err := s.filter()
	if keep == nil || err != nil {
		return body, err
	}
	t, err := fhir.Parse(body, fhir.Limits{})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	root := t.Root()
	typ := spec.Lookup(root.Get("resourceType").Str())
	if typ == nil {
		return body, nil
	}
	p := pruner{keep: keep, deep: s.summary == "true"}
	p.out = make([]byte, 0, len(body)+len(fhir.Subsetted)+16)
	p.resource(root, typ)
	return p.out, nil
}

// rule tells whether a member of that JSON name is kept; top is false within
// another element.
type rule func(p spec.Prop, name string, top bool) bool

// filter is the rule for the members of a resource; nil keeps all.
func (s *shape) filter() (rule, error) {
	switch s.summary {
	case "", "false", "count":
		if len(s.elements) == 0 {
			return nil, nil
		}
		return func(p spec.Prop, name string, _ bool) bool {
			return mandatory(p) || slices.Contains(s.elements, p.Element.Name) ||
				slices.Contains(s.elements, strings.TrimPrefix(name, "_"))
		}, nil
	case "true":
		return func(p spec.Prop, _ string, top bool) bool {
			return p.Element.Summary || top && mandatory(p)
		}, nil
	case "text":
		return func(p spec.Prop, _ string, _ bool) bool {
			return p.Element.Name == "text" || mandatory(p)
		}, nil
	case "data":
		return func(p spec.Prop, _ string, _ bool) bool { return p.Element.Name != "text" }, nil
	}
	return nil, problem.New(problem.Invalid, "_summary takes true, text, data, count or false.")
}

// mandatory elements stay whatever was asked, so that the answer is still a
// valid resource and says what it must not be misread as.
func mandatory(p spec.Prop) bool { return p.Element.Min > 0 || p.Element.Modifier }

// pruner writes a resource without the members that its rule leaves out.
type pruner struct {
	out  []byte
	keep rule
	deep bool // the rule goes for the elements within elements too
}

func (p *pruner) resource(n fhir.Node, typ *spec.Type) {
	p.out = append(p.out, '{')
	first, marked := true, false
	for m := range n.Each() {
		name := m.Key()
		switch name {
		case "resourceType", "id":
		case "meta":
			p.member(&first, m)
			p.meta(m)
			marked = true
			continue
		default:
			prop, ok := typ.Property(name)
			if ok && !p.keep(prop, name, true) {
				continue
			}
			if ok && p.deep {
				p.member(&first, m)
				p.value(m, prop.Type)
				continue
			}
		}
		p.member(&first, m)
		p.out = append(p.out, m.Raw()...)
	}
	if !marked {
		if !first {
			p.out = append(p.out, ',')
		}
		p.out = append(p.out, `"meta":{"tag":[`+fhir.Subsetted+`]}`...)
	}
	p.out = append(p.out, '}')
}

// member writes a member's name as it came.
func (p *pruner) member(first *bool, m fhir.Node) {
	if !*first {
		p.out = append(p.out, ',')
	}
	*first = false
	p.out = append(p.out, '"')
	p.out = append(p.out, m.RawKey()...)
	p.out = append(p.out, `":`...)
}

// meta writes the meta element with the mark among its tags.
func (p *pruner) meta(m fhir.Node) {
	raw := m.Raw()
	from, _ := m.Span()
	edit := fhir.Edit{From: len(raw) - 1, To: len(raw) - 1}
	switch tag := m.Get("tag"); {
	case tag.Kind() == fhir.Array:
		_, to := tag.Span()
		edit.From, edit.To = to-1-from, to-1-from
		edit.With = []byte(fhir.Subsetted)
		if tag.Len() > 0 {
			edit.With = []byte("," + fhir.Subsetted)
		}
	case m.Len() == 0:
		edit.With = []byte(`"tag":[` + fhir.Subsetted + `]`)
	default:
		edit.With = []byte(`,"tag":[` + fhir.Subsetted + `]`)
	}
	p.out = append(p.out, fhir.Splice(raw, []fhir.Edit{edit})...)
}

// value writes an element's value by the deep rule: an object loses the
// members that are no part of the summary. One that would lose all of them
// stays whole, since an empty object is not FHIR.
func (p *pruner) value(n fhir.Node, typ *spec.Type) {
	switch {
	case n.Kind() == fhir.Array:
		p.out = append(p.out, '[')
		for i := n.First(); i.Exists(); i = i.Next() {
			if i.ID() != n.First().ID() {
				p.out = append(p.out, ',')
			}
			p.value(i, typ)
		}
		p.out = append(p.out, ']')
		return
	case n.Kind() != fhir.Object || typ == nil || typ.Kind == spec.Primitive || typ.Kind == spec.Resource || typ.Abstract:
		p.out = append(p.out, n.Raw()...)
		return
	}
	at := len(p.out)
	p.out = append(p.out, '{')
	first := true
	for m := range n.Each() {
		prop, ok := typ.Property(m.Key())
		if ok && !p.keep(prop, m.Key(), false) && prop.Element.Min == 0 {
			continue
		}
		p.member(&first, m)
		if ok {
			p.value(m, prop.Type)
		} else {
			p.out = append(p.out, m.Raw()...)
		}
	}
	if first {
		p.out = append(p.out[:at], n.Raw()...)
		return
	}
	p.out = append(p.out, '}')
}
