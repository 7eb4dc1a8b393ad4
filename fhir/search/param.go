package search

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/fhir/fhirpath"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// Param is a search parameter of one resource type, or of every type
// (Resource "Resource").
type Param struct {
	Resource   string
	Code       string // its name in a query
	URL        string // of its SearchParameter; "" for _list
	ID         string // Resource.Code: stable, so that an index may be keyed by it
	Kind       Kind
	Target     []string // reference: the types that it may lead to; empty for every type
	Custom     bool     // from a SearchParameter resource, not from R4
	Components []ComponentParam

	branches []string // the branches of its expression's union that apply to Resource
	once     sync.Once
	exprs    []*fhirpath.Expr
	systems  []string // of each branch: what the binding of a code implies
	err      error
}

// ComponentParam is one part of a composite parameter.
type ComponentParam struct {
	Param *Param // what the part is by itself: its kind, its code
	path  string
	expr  *fhirpath.Expr
}

// String is the ID.
func (p *Param) String() string { return p.ID }

// Expression is the FHIRPath expression for the parameter's resource type.
func (p *Param) Expression() string { return strings.Join(p.branches, " | ") }

// IsCommon tells whether the parameter is one of those that every type has.
func (p *Param) IsCommon() bool { return p.Resource == common }

// Answered tells whether a search by the parameter is answered. Of R4's own all
// are but Location.near, which asks for a distance on the earth.
func (p *Param) Answered() bool { return p.Kind != Special || p.IsCommon() }

// IsServer tells whether the value is the server's own and not in the stored
// body: _id and _lastUpdated. Extract gives no values for them.
func (p *Param) IsServer() bool {
	return p.IsCommon() && (p.Code == "_id" || p.Code == "_lastUpdated")
}

func baseParam(resource string, s *spec.SearchParam) *Param {
	p := &Param{
		Resource: resource, Code: s.Code, URL: s.URL, ID: resource + "." + s.Code,
		Kind: kindOf(s.Kind.String()), Target: s.TargetsFor(resource), branches: branches(s.For(resource)),
	}
	for _, c := range s.Components {
		if d := spec.SearchParamByURL(c.Definition); d != nil {
			p.Components = append(p.Components, ComponentParam{Param: baseParam(resource, d), path: c.Expression})
		}
	}
	return p
}

// targets is Target with "every type" spelled out.
func (p *Param) targets() []string {
	if len(p.Target) == 0 {
		return spec.Resources()
	}
	return p.Target
}

func (p *Param) mayLeadTo(resource string) bool {
	return len(p.Target) == 0 || slices.Contains(p.Target, resource)
}

// compiled compiles the expressions on first use.
func (p *Param) compiled() ([]*fhirpath.Expr, error) {
	p.once.Do(func() {
		for _, b := range p.branches {
			x, err := fhirpath.Compile(b)
			if err != nil {
				p.err = fmt.Errorf("search parameter %s: %w", p.ID, err)
				return
			}
			p.exprs, p.systems = append(p.exprs, x), append(p.systems, impliedSystem(b))
		}
		for i := range p.Components {
			c := &p.Components[i]
			if c.expr, p.err = fhirpath.Compile(c.path); p.err != nil {
				p.err = fmt.Errorf("component of search parameter %s: %w", p.ID, p.err)
				return
			}
		}
	})
	return p.exprs, p.err
}

// branches splits a union at its outermost bars, so that what several
// parameters have in common is evaluated once.
func branches(expr string) []string {
	var out []string
	depth, from, quoted := 0, 0, false
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case quoted && c == '\\':
			i++
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == '|' && depth == 0:
			out = append(out, strings.TrimSpace(expr[from:i]))
			from = i + 1
		}
	}
	if s := strings.TrimSpace(expr[from:]); s != "" {
		out = append(out, s)
	}
	return out
}
