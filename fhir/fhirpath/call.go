package fhirpath

import "github.com/bevanhealth/bevan/fhir/spec"

// function is one entry of the table of functions.
type function struct {
	min, max int
	// each: the arguments are evaluated on each item ($this is the item), so
	// they are compiled for the items' type.
	each bool
	// in is the System type that the input must be able to be, "" for any.
	in string
	// out is the System type of the result, "=" for the type of the input,
	// "" for unknown.
	out string
	// places: the function chooses by place, so the input must have an order.
	places bool
	eval   evaluator
}

// evaluator computes a function from its input; f is the frame that the call
// stands in.
type evaluator func(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error)

type call struct {
	base expr // nil: the focus
	args []expr
	fn   evaluator
}

func (c *call) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	in := f.this
	if c.base != nil {
		b, err := m.collect(c.base, f)
		if err != nil {
			return dst, err
		}
		defer m.done(b)
		in = b
	}
	if err := m.tick(1 + len(in)); err != nil {
		return dst, err
	}
	out, err := c.fn(m, f, in, c.args, dst)
	if err != nil {
		return dst, err
	}
	return out, m.room(len(out) - len(dst))
}

// lookup finds a function by its name.
func lookup(name string) (function, bool) {
	for _, table := range []map[string]function{
		collectionFunctions, filterFunctions, textFunctions, numberFunctions,
		convertFunctions, treeFunctions, timeFunctions, boundaryFunctions,
	} {
		if f, ok := table[name]; ok {
			return f, true
		}
	}
	return function{}, false
}

func (c *compiler) call(n *node, in static) (expr, static, error) {
	base, s, err := c.base(n.base, in)
	if err != nil {
		return nil, s, err
	}
	if n.text == "is" || n.text == "as" || n.text == "ofType" {
		return c.typeCall(n, base, s)
	}
	def, ok := lookup(n.text)
	if !ok {
		return nil, s, c.noFunction(n)
	}
	if len(n.args) < def.min || len(n.args) > def.max {
		return nil, s, semanticErr(n.at, "%s() takes %s, and here are %d.", n.text, argWords(def), len(n.args))
	}
	if c.strict && def.in != "" && !s.mayBe(def.in) {
		return nil, s, semanticErr(n.at, "%s() works on System.%s, and this is %s.", n.text, def.in, s.name())
	}
	if def.places {
		if err := c.ordered(n, s, n.text+"()"); err != nil {
			return nil, s, err
		}
	}
	if x, ok := c.asStep(n, base, s); ok {
		return x, c.stepType(n, s), nil
	}
	return c.plainCall(n, def, base, s, in)
}

// noFunction: Compile is for expressions that somebody wrote for another
// server too, but a function that does not exist can never do any good.
func (c *compiler) noFunction(n *node) error {
	return semanticErr(n.at, "There is no function %.60s(). Check its spelling.", n.text)
}

func argWords(def function) string {
	words := [...]string{"no argument", "one argument", "two arguments", "three arguments"}
	if def.min == def.max {
		return words[min(def.min, 3)]
	}
	if def.max > 3 {
		return "any number of arguments"
	}
	return words[def.min] + " to " + words[def.max]
}

func (c *compiler) plainCall(n *node, def function, base expr, s, in static) (expr, static, error) {
	x := &call{base: base, fn: def.eval}
	fixed, err := fixedPattern(n)
	if err != nil {
		return nil, s, err
	}
	if fixed != nil {
		x.fn = fixed
	}
	argType := in
	if def.each {
		argType = s
		argType.unordered = false
	}
	var args []static
	for _, a := range n.args {
		e, t, err := c.argument(n, a, argType)
		if err != nil {
			return nil, s, err
		}
		x.args, args = append(x.args, e), append(args, t)
	}
	return x, c.resultType(n, def, s, args), c.checkCall(n, args)
}

// argument compiles an argument; a key of sort() may ask for descending order
// by a minus sign, which then is no sign.
func (c *compiler) argument(n, a *node, in static) (expr, static, error) {
	if n.text != "sort" {
		return c.expr(a, in)
	}
	desc := a.desc
	if a.op == opUnary && a.text == "-" {
		desc, a = true, a.args[0]
	}
	e, t, err := c.expr(a, in)
	return &sortKey{x: e, desc: desc}, t, err
}

// checkCall refuses what can never work: a condition of iif that is surely no
// boolean.
func (c *compiler) checkCall(n *node, args []static) error {
	if c.strict && n.text == "iif" && !args[0].mayBe("Boolean") {
		return semanticErr(n.at, "The condition of iif() must be true or false, and this is %s.", args[0].name())
	}
	return nil
}

func (c *compiler) resultType(n *node, def function, s static, args []static) static {
	switch {
	case n.text == "select" || n.text == "repeat":
		return static{types: args[0].types, system: args[0].system}
	case n.text == "children" || n.text == "descendants":
		return static{unordered: true}
	case def.out == "=":
		return s
	}
	return static{system: def.out}
}

// typeCall compiles is(T), as(T) and ofType(T).
func (c *compiler) typeCall(n *node, base expr, s static) (expr, static, error) {
	if len(n.args) != 1 {
		return nil, s, semanticErr(n.at, "%s() takes the name of one type.", n.text)
	}
	name, ok := typeArgument(n.args[0])
	if !ok {
		return nil, s, semanticErr(n.at, "%s() takes the name of a type, such as Quantity.", n.text)
	}
	r, err := c.typeNamed(name, n.args[0].at)
	if err != nil {
		return nil, s, err
	}
	if base == nil {
		base = &path{}
	}
	switch n.text {
	case "is":
		return &isType{x: base, typ: r}, static{system: "Boolean"}, nil
	case "as":
		base = &call{base: base, fn: atMostOne}
	}
	return c.filterType(base, s, r)
}

func atMostOne(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	it, ok, err := one(in)
	if err != nil || !ok {
		return dst, err
	}
	return append(dst, it), nil
}

// typeArgument reads Quantity or FHIR.Quantity, which parse as paths.
func typeArgument(n *node) (string, bool) {
	switch {
	case n.op != opMember:
		return "", false
	case n.base == nil:
		return n.text, true
	case n.base.op == opMember && n.base.base == nil:
		return n.base.text + "." + n.text, true
	}
	return "", false
}

// asStep turns the calls that search parameters use most into steps of a path.
func (c *compiler) asStep(n *node, base expr, s static) (expr, bool) {
	switch n.text {
	case "extension":
		if url, ok := n.args[0].lit.(String); ok {
			return extend(base, extensionStep(string(url))), true
		}
	case "where":
		if step, ok := resolveIsStep(n.args[0]); ok {
			return extend(base, step), true
		}
		if step, ok := whereTextStep(n.args[0], s); ok {
			return extend(base, step), true
		}
	}
	return nil, false
}

// resolveIsStep recognises the criterion resolve() is T.
func resolveIsStep(t *node) (step, bool) {
	if t.op != opType || t.text != "is" {
		return step{}, false
	}
	if r := t.args[0]; r.op != opCall || r.text != "resolve" || r.base != nil || len(r.args) > 0 {
		return step{}, false
	}
	ref, ok := typeByName(t.typ)
	return step{op: stepResolveIs, typ: ref}, ok
}

// whereTextStep recognises the criterion name = 'text' where the name is
// known to be one text of an element of a known type: telecom.where(system =
// 'phone').
func whereTextStep(t *node, s static) (step, bool) {
	if t.op != opBinary || t.text != "=" || len(s.types) != 1 || s.types[0].Abstract {
		return step{}, false
	}
	name := t.args[0]
	text, ok := t.args[1].lit.(String)
	if name.op != opMember || name.base != nil || !ok {
		return step{}, false
	}
	e := s.types[0].Element(name.text)
	if e == nil || e.Choice || e.IsList() || !isPrimitive(e.Types[0].Type) || systemOf[e.Types[0].Code] != "" {
		return step{}, false
	}
	return step{op: stepWhereText, name: name.text, text: string(text)}, true
}

func (c *compiler) stepType(n *node, s static) static {
	if n.text == "extension" {
		return static{types: []*spec.Type{spec.Lookup("Extension")}}
	}
	return s
}
