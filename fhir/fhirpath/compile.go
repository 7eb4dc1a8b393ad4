package fhirpath

import (
	"slices"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// Expr is a compiled expression. It is safe for concurrent use.
type Expr struct {
	src  string
	x    expr
	flat paths // x, where it is nothing but paths
}

// String is the text that was compiled.
func (e *Expr) String() string { return e.src }

// Compile compiles an expression that may meet any input. A name that the
// input does not have yields nothing.
func Compile(src string) (*Expr, error) {
	return compile(src, static{}, false)
}

// CompileFor compiles an expression for input of one type ("Patient",
// "HumanName", "Patient.contact"). What can not mean anything for that type,
// such as an element that it does not have, is a Semantic error.
func CompileFor(typ, src string) (*Expr, error) {
	t := spec.Lookup(typ)
	if t == nil {
		return nil, semanticErr(-1, "There is no FHIR type %.60s in R4. Check its spelling.", typ)
	}
	return compile(src, static{types: []*spec.Type{t}}, true)
}

func compile(src string, in static, strict bool) (*Expr, error) {
	n, err := parse(src)
	if err != nil {
		return nil, err
	}
	c := &compiler{strict: strict}
	x, _, err := c.expr(n, in)
	if err != nil {
		return nil, err
	}
	e := &Expr{src: src, x: x}
	e.flat, _ = plain(x)
	return e, nil
}

type compiler struct{ strict bool }

// expr compiles a node; in is what is known of $this.
func (c *compiler) expr(n *node, in static) (expr, static, error) {
	switch n.op {
	case opLiteral:
		return &literal{n.lit.(Value)}, static{system: n.lit.(Value).system()}, nil
	case opEmpty:
		return empty{}, static{}, nil
	case opMember:
		return c.member(n, in)
	case opCall:
		return c.call(n, in)
	case opIndex:
		return c.index(n, in)
	case opThis:
		return c.this(n, in)
	case opVar:
		return &constant{name: n.text}, constantType(n.text), nil
	case opUnary:
		x, s, err := c.expr(n.args[0], in)
		if err != nil {
			return nil, s, err
		}
		return &sign{x: x, minus: n.text == "-"}, s, nil
	case opType:
		return c.typeOp(n, in)
	}
	return c.binary(n, in)
}

func (c *compiler) this(n *node, in static) (expr, static, error) {
	switch n.text {
	case "index":
		return indexVar{}, static{system: "Integer"}, nil
	case "total":
		return totalVar{}, static{}, nil
	}
	return &path{}, in, nil
}

// base compiles what stands before a point; nil stands for the focus.
func (c *compiler) base(n *node, in static) (expr, static, error) {
	if n == nil {
		return nil, in, nil
	}
	return c.expr(n, in)
}

// extend adds a step to a path, or begins one on top of x. Paths are built
// once and not shared, so the step may be added in place.
func extend(x expr, s step) *path {
	if x == nil {
		return &path{steps: []step{s}}
	}
	if p, ok := x.(*path); ok {
		p.steps = append(p.steps, s)
		return p
	}
	return &path{base: x, steps: []step{s}}
}

func (c *compiler) member(n *node, in static) (expr, static, error) {
	if n.base == nil && 'A' <= n.text[0] && n.text[0] <= 'Z' {
		if t := spec.Lookup(n.text); t != nil {
			return c.selfType(n, t, in)
		}
	}
	x, s, err := c.base(n.base, in)
	if err != nil {
		return nil, s, err
	}
	out, expected, ok := s.member(n.text)
	if !ok && c.strict {
		return nil, s, semanticErr(n.at, "%s has no element %.60s. Check its spelling.", s.name(), n.text)
	}
	return extend(x, childStep(n.text, expected)), out, nil
}

// selfType compiles the name of a type at the beginning of a path: it means
// the focus, if that is of the type.
func (c *compiler) selfType(n *node, t *spec.Type, in static) (expr, static, error) {
	out := static{types: []*spec.Type{t}}
	if len(in.types) > 0 {
		fits := slices.ContainsFunc(in.types, func(have *spec.Type) bool { return isA(have, t) || isA(t, have) })
		if !fits && c.strict {
			return nil, in, semanticErr(n.at, "This is evaluated on %s, so a path can not begin with %s.", in.name(), t.Name)
		}
		if len(in.types) == 1 && isA(in.types[0], t) {
			out = in
		}
	}
	return extend(nil, step{op: stepSelf, typ: typeRef{fhir: t}}), out, nil
}

func (c *compiler) index(n *node, in static) (expr, static, error) {
	x, s, err := c.base(n.base, in)
	if err != nil {
		return nil, s, err
	}
	if err := c.ordered(n, s, "[ ]"); err != nil {
		return nil, s, err
	}
	i, _, err := c.expr(n.args[0], in)
	if err != nil {
		return nil, s, err
	}
	return &index{base: x, at: i}, s, nil
}

// ordered refuses to take an item by its place from a collection without one.
func (c *compiler) ordered(n *node, s static, what string) error {
	if c.strict && s.unordered {
		return semanticErr(n.at, "children() and descendants() have no order, so %s can not choose from them.", what)
	}
	return nil
}

func (c *compiler) typeOp(n *node, in static) (expr, static, error) {
	x, s, err := c.expr(n.args[0], in)
	if err != nil {
		return nil, s, err
	}
	r, err := c.typeNamed(n.typ, n.at)
	if err != nil {
		return nil, s, err
	}
	if n.text == "is" {
		return &isType{x: x, typ: r}, static{system: "Boolean"}, nil
	}
	return c.filterType(x, s, r)
}

func (c *compiler) typeNamed(name string, at int) (typeRef, error) {
	r, ok := typeByName(name)
	if !ok {
		return r, semanticErr(at, "There is no type %.60s. Check its spelling.", name)
	}
	return r, nil
}

// filterType compiles as and ofType. The operator as keeps what fits of any
// number of items: R4's own search parameters use it so
// (Observation.component.value as Quantity).
func (c *compiler) filterType(x expr, s static, r typeRef) (expr, static, error) {
	out := static{unordered: s.unordered}
	if r.fhir != nil {
		out.types = []*spec.Type{r.fhir}
	} else {
		out.system = r.system
	}
	if p, ok := x.(*path); ok && len(p.steps) > 0 && r.fhir != nil {
		narrow(&p.steps[len(p.steps)-1], r.fhir)
	}
	return extend(x, step{op: stepOfType, typ: r}), out, nil
}

// narrow lets a choice look only for the member of the wanted type.
func narrow(s *step, t *spec.Type) {
	if s.op != stepChild {
		return
	}
	a := s.seen.Load()
	if a == nil || len(a.list) < 2 {
		return
	}
	only := &alts{owner: a.owner}
	for _, alt := range a.list {
		if alt.typ == t || !isPrimitive(alt.typ) && isA(alt.typ, t) {
			only.list = append(only.list, alt)
		}
	}
	s.seen.Store(only)
}
