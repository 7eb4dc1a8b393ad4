package search

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/fhirpath"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
)

// With returns a registry that also knows the given SearchParameter resources
// (R4 section 6.6). Each is checked: its base types, kind and code, and that
// its expression can be read. A definition that the registry holds already,
// by its url, changes nothing. The error is a problem that names the resource.
func (r *Registry) With(sps ...*fhir.Tree) (*Registry, error) {
	n := &Registry{types: make(map[string]*typeParams, len(r.types))}
	for name, t := range r.types {
		n.types[name] = &typeParams{name: name, extra: t.extra[:len(t.extra):len(t.extra)]}
	}
	byURL := map[string]*Param{}
	for _, t := range r.types {
		for _, p := range t.extra {
			byURL[p.URL] = p
		}
	}
	// Composites last, since they may be made of others that come along.
	for _, composite := range []bool{false, true} {
		for _, t := range sps {
			d := readDefinition(t.Root())
			if (d.kind == Composite) != composite {
				continue
			}
			if err := n.add(&d, byURL); err != nil {
				return nil, err
			}
		}
	}
	return n, nil
}

// definition is what counts of a SearchParameter resource.
type definition struct {
	node            fhir.Node
	url, code, expr string
	kind            Kind
	bases, targets  []string
}

func readDefinition(n fhir.Node) definition {
	d := definition{
		node: n, url: n.Get("url").Str(), code: n.Get("code").Str(), expr: n.Get("expression").Str(),
		kind: kindOf(n.Get("type").Str()),
	}
	for b := range n.Get("base").Items() {
		d.bases = append(d.bases, b.Str())
	}
	for t := range n.Get("target").Items() {
		d.targets = append(d.targets, t.Str())
	}
	return d
}

// codeShape is what may stand for a parameter's name in a query: no colon,
// dot or underscore in front, which mean something there.
var codeShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// fault is the error for one definition.
func (d *definition) fault(place, format string, args ...any) error {
	name := d.url
	if name == "" {
		name = d.code
	}
	return problem.At(problem.Unprocessable, "SearchParameter."+place,
		fmt.Sprintf("The search parameter %s can not be used: %s", quote(name), fmt.Sprintf(format, args...)))
}

func (d *definition) check(r *Registry) error {
	switch {
	case !d.node.Get("resourceType").Is("SearchParameter"):
		return d.fault("resourceType", "it is not a SearchParameter.")
	case d.url == "":
		return d.fault("url", "it has no url. Give it one.")
	case !codeShape.MatchString(d.code):
		return d.fault("code", "its code %s is not a name for a parameter. Use letters, digits, - and _, beginning with a letter or digit.", quote(d.code))
	case d.kind == 0 || d.kind == Special:
		return d.fault("type", "its type %s is not known. Use number, date, string, token, reference, composite, quantity or uri.", quote(d.node.Get("type").Str()))
	case d.expr == "":
		return d.fault("expression", "it has no expression. Write a FHIRPath expression, such as Patient.birthDate.")
	case len(d.bases) == 0:
		return d.fault("base", "it names no resource type. Name at least one in base.")
	}
	for _, t := range d.targets {
		if !r.isType(t) && t != common {
			return d.fault("target", "%s is not a resource type of R4.", quote(t))
		}
	}
	return nil
}

func (r *Registry) add(d *definition, byURL map[string]*Param) error {
	if err := d.check(r); err != nil {
		return err
	}
	for _, b := range d.bases {
		if b == "DomainResource" {
			b = common
		}
		if !r.isType(b) && b != common {
			return d.fault("base", "%s is not a resource type of R4.", quote(b))
		}
		if old, taken := r.known(b, d.code); taken {
			if old.URL == d.url {
				continue
			}
			return d.fault("code", "%s already has a parameter %s, defined by %s. Choose another code.", b, d.code, old.URL)
		}
		p, err := d.param(b, byURL)
		if err != nil {
			return err
		}
		r.types[b].extra = append(r.types[b].extra, p)
		byURL[d.url] = p
	}
	return nil
}

// known finds a parameter without building the registry's own lists, which
// would be too early while it still grows. A code that all types get must be
// free in each of them.
func (r *Registry) known(resource, code string) (*Param, bool) {
	if p, ok := Base().Lookup(resource, code); ok {
		return p, true
	}
	for _, t := range []string{resource, common} {
		for _, p := range r.types[t].extra {
			if p.Code == code {
				return p, true
			}
		}
	}
	if resource != common {
		return nil, false
	}
	for _, t := range spec.Resources() {
		if p, ok := r.known(t, code); ok {
			return p, true
		}
	}
	return nil, false
}

// param makes the parameter for one base type.
func (d *definition) param(resource string, byURL map[string]*Param) (*Param, error) {
	p := &Param{
		Resource: resource, Code: d.code, URL: d.url, ID: resource + "." + d.code, Kind: d.kind,
		Target: d.targets, Custom: true, branches: branchesFor(resource, d.expr),
	}
	if len(p.Target) == 1 && p.Target[0] == common {
		p.Target = nil
	}
	if len(p.branches) == 0 {
		return nil, d.fault("expression", "its expression says nothing about %s, which is in its base. Begin it with %s.", resource, resource)
	}
	for _, b := range p.branches {
		if _, err := compileFor(resource, b); err != nil {
			return nil, d.fault("expression", "%s", err.Error())
		}
	}
	if d.kind == Composite {
		if err := d.components(p, byURL); err != nil {
			return nil, err
		}
	}
	if _, err := p.compiled(); err != nil {
		return nil, d.fault("expression", "%s", err.Error())
	}
	return p, nil
}

func compileFor(resource, expr string) (*fhirpath.Expr, error) {
	if resource == common {
		return fhirpath.Compile(expr)
	}
	return fhirpath.CompileFor(resource, expr)
}

func (d *definition) components(p *Param, byURL map[string]*Param) error {
	for c := range d.node.Get("component").Items() {
		url := fhir.ParseCanonical(c.Get("definition").Str()).URL
		part := byURL[url]
		if s := spec.SearchParamByURL(url); part == nil && s != nil {
			part = baseParam(p.Resource, s)
		}
		if part == nil {
			return d.fault("component.definition", "there is no search parameter %s. Load it first, or mend the address.", quote(url))
		}
		if part.Kind == Composite || part.Kind == Special {
			return d.fault("component.definition", "%s is a %s and can not be a part of another.", quote(url), part.Kind)
		}
		p.Components = append(p.Components, ComponentParam{Param: part, path: c.Get("expression").Str()})
	}
	if len(p.Components) < 2 {
		return d.fault("component", "a composite needs two components or more.")
	}
	return nil
}

// branchesFor keeps the branches of a union that apply to a type: those that
// begin with its name or that of a type which it specialises, and those that
// begin with no type at all.
func branchesFor(resource, expr string) []string {
	var out []string
	for _, b := range branches(expr) {
		first := strings.TrimLeft(b, "( ")
		if i := strings.IndexAny(first, ".[ ()"); i >= 0 {
			first = first[:i]
		}
		t := spec.Lookup(first)
		if t == nil || t.Kind != spec.Resource || spec.IsA(resource, first) {
			out = append(out, b)
		}
	}
	return out
}
