package search

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Pair is one parameter of a search as the caller sent it, percent decoding
// done.
type Pair struct{ Name, Value string }

// Options are what the grammar does not say by itself.
type Options struct {
	Strict   bool   // refuse what is not known, rather than name it in Query.Ignored
	Base     string // this server's FHIR base URL without a slash at the end; "" if it has none
	Now      int64  // microseconds since 1970 UTC, for the prefix ap; take the time of the first page for every page
	MaxCount int    // largest page; 0 for MaxCount
	// Own lists parameters that are the caller's own business, such as the
	// cursor of a page; they are passed over.
	Own []string
	// When allows _when, which is no parameter of FHIR.
	When bool
}

// The bounds of a query. What goes beyond is refused, never cut, except for
// the page size.
const (
	MaxCount  = 1000   // largest page
	maxPairs  = 500    // parameters
	maxValues = 2000   // alternatives of all parameters together, as they are written
	maxRead   = 20_000 // the same, once for each type that a chain may lead to
	maxName   = 32_768 // bytes of the name of a parameter: room for a chain of maxSteps
	maxText   = 8192   // bytes of one value
	maxSteps  = 400    // steps of all chains together; one without a type counts once for each type that it may lead to
	maxSort   = 10
)

// parser holds what is the same for the whole of one query.
type parser struct {
	reg    *Registry
	o      Options
	q      Query
	values int // against maxValues
	read   int // against maxRead
	steps  int // against maxSteps
}

// Parse reads a search as R4 defines it (section 3.1.1): on the types, none
// meaning every type, within the compartment if comp is given. The error is a
// problem: Invalid for what cannot be read, Unsupported for what is FHIR but
// not done here.
func Parse(reg *Registry, types []string, comp *Compartment, params []Pair, o Options) (Query, error) {
	if o.MaxCount <= 0 {
		o.MaxCount = MaxCount
	}
	p := &parser{reg: reg, o: o, q: Query{Types: types, Compartment: comp, Count: -1}}
	if err := p.target(params); err != nil {
		return Query{}, err
	}
	for _, a := range params {
		if len(a.Name) > maxName {
			return Query{}, tooMuch(fmt.Sprintf("The name of the parameter %s is too long. Ask for less at once.", quote(a.Name)))
		}
		if err := p.pair(a); err != nil {
			return Query{}, err
		}
	}
	return p.q, nil
}

// target settles which types are searched, before anything is looked up.
func (p *parser) target(params []Pair) error {
	if len(params) > maxPairs {
		return tooMuch(fmt.Sprintf("The search has %d parameters; at most %d are taken. Ask for less at once.", len(params), maxPairs))
	}
	for _, t := range p.q.Types {
		if !p.reg.isType(t) {
			return p.unknownType(t, "")
		}
	}
	if c := p.q.Compartment; c != nil && !slices.Contains(spec.Compartments(), c.Type) {
		return problem.New(problem.Invalid, fmt.Sprintf("%s has no compartment. Use %s.", quote(c.Type), strings.Join(spec.Compartments(), ", ")))
	}
	named := len(p.q.Types) > 0
	for _, a := range params {
		if a.Name != "_type" {
			continue
		}
		if named {
			return problem.New(problem.Invalid, "The types are named twice, by _type and in the address or by another _type. Name them once, as in _type=Patient,Observation.")
		}
		named = true
		for _, t := range strings.Split(a.Value, ",") {
			if !p.reg.isType(t) {
				return p.unknownType(t, "_type")
			}
			if !slices.Contains(p.q.Types, t) {
				p.q.Types = append(p.q.Types, t)
			}
		}
	}
	return nil
}

// pair reads one parameter and adds it to the query.
func (p *parser) pair(a Pair) error {
	if slices.Contains(p.o.Own, a.Name) {
		return nil
	}
	kept := len(p.q.asked)
	p.q.asked = append(p.q.asked, a)
	if p.o.When && (a.Name == When || a.Name == "_sort" && strings.Contains(a.Value, When)) {
		if a.Name == When {
			return p.when(a)
		}
		return p.sortWhen(a)
	}
	name, _, _ := strings.Cut(a.Name, ":")
	if slices.Contains(controls, name) {
		return p.control(name, a)
	}
	if p.values += len(split(a.Value, ',')); p.values > maxValues {
		return tooMuch(fmt.Sprintf("The search lists more than %d values. Ask for fewer at a time.", maxValues))
	}
	c, err := p.criterion(p.q.Types, a.Name, a.Value, 0)
	if u, ok := err.(*unknown); ok {
		if p.o.Strict {
			return problem.New(problem.Invalid, u.sentence)
		}
		p.q.asked = p.q.asked[:kept]
		p.q.Ignored = append(p.q.Ignored, a.Name)
		return nil
	}
	if err != nil {
		return err
	}
	p.q.Criteria = append(p.q.Criteria, c)
	return nil
}

// Pairs returns the parameters that the query stands for, in the order in
// which they were asked, for the link that a page gives to itself: those that
// were ignored are not among them, and _count is what will be given.
func (q Query) Pairs() []Pair {
	out := slices.Clone(q.asked)
	for i := range out {
		if out[i].Name == "_count" && q.Clamped {
			out[i].Value = strconv.Itoa(q.Count)
		}
	}
	return out
}

// unknown says that a parameter is not known. Whether that is an error is for
// the caller of the search to say (Prefer: handling).
type unknown struct{ sentence string }

func (u *unknown) Error() string { return u.sentence }

func (p *parser) unknownParam(types []string, code string) error {
	what, known := "every type", p.codes(common)
	if len(types) > 0 {
		what, known = strings.Join(types, ", "), p.codes(types[0])
	}
	if len(types) > 1 {
		what = "all of " + what
	}
	s := fmt.Sprintf("There is no search parameter %s for %s.", quote(code), what)
	if near := nearest(code, known); len(near) > 0 {
		return &unknown{s + " Did you mean " + strings.Join(near, " or ") + "?"}
	}
	if len(types) == 0 {
		return &unknown{s + " Name a type with _type, or search one type."}
	}
	return &unknown{s + " Leave it out, or look in the CapabilityStatement for those that there are."}
}

func (p *parser) codes(resource string) []string {
	var out []string
	for _, c := range p.reg.Params(resource) {
		out = append(out, c.Code)
	}
	out = append(out, controls...)
	slices.Sort(out)
	return out
}

func (p *parser) unknownType(name, param string) error {
	s := "There is no resource type " + quote(name)
	if param != "" {
		s += ", which " + param + " names"
	}
	var types []string
	for t := range p.reg.types {
		types = append(types, t)
	}
	slices.Sort(types)
	if near := nearest(name, types); len(near) > 0 {
		return problem.New(problem.Invalid, s+". Did you mean "+strings.Join(near, " or ")+"?")
	}
	return problem.New(problem.Invalid, s+". Use a type of FHIR R4, such as Patient.")
}

func tooMuch(sentence string) error {
	return problem.New(problem.Invalid, sentence).WithCode("too-costly")
}

// quote shows what a caller wrote, cut to a length that can be read.
func quote(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "…"
	}
	return strconv.Quote(s)
}
