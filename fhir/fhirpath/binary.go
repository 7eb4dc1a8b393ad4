package fhirpath

import "slices"

// binary compiles an operator with two sides.
func (c *compiler) binary(n *node, in static) (expr, static, error) {
	left, ls, err := c.expr(n.args[0], in)
	if err != nil {
		return nil, ls, err
	}
	right, rs, err := c.expr(n.args[1], in)
	if err != nil {
		return nil, rs, err
	}
	boolean := static{system: "Boolean"}
	switch n.text {
	case "and", "or", "xor", "implies":
		return &logic{op: n.text, left: left, right: right}, boolean, nil
	case "=", "!=":
		return &equality{left: left, right: right, not: n.text == "!="}, boolean, nil
	case "~", "!~":
		return &equivalence{left: left, right: right, not: n.text == "!~"}, boolean, nil
	case "<", ">", "<=", ">=":
		return &inequality{op: n.text, left: left, right: right}, boolean, nil
	case "in":
		return &membership{item: left, of: right}, boolean, nil
	case "contains":
		return &membership{item: right, of: left}, boolean, nil
	case "|":
		return unite(left, right), unionType(ls, rs), nil
	}
	out, err := c.sumType(n, ls, rs)
	return &arithmetic{op: n.text, left: left, right: right}, out, err
}

// unionType is what is known of two collections together.
func unionType(a, b static) static {
	out := static{unordered: a.unordered || b.unordered}
	switch {
	case len(a.types) > 0 && len(b.types) > 0:
		out.types = slices.Clone(a.types)
		for _, t := range b.types {
			out.types = addType(out.types, t)
		}
	case a.system != "" && a.system == b.system:
		out.system = a.system
	}
	return out
}

// sumType checks what can be known of a calculation: to a date only a
// quantity can be added.
func (c *compiler) sumType(n *node, a, b static) (static, error) {
	date := a.system == "Date" || a.system == "DateTime" || a.system == "Time"
	if date && (n.text == "+" || n.text == "-") {
		if c.strict && !b.mayBe("Quantity") {
			return a, semanticErr(n.at, "To a date or time only a length of time can be added, such as 7 days.")
		}
		return a, nil
	}
	if n.text == "&" {
		return static{system: "String"}, nil
	}
	return static{}, nil
}

// logic is and, or, xor and implies with three answers (FHIRPath N1, "Boolean
// Operators"). The right side is left alone where the left one decides.
type logic struct {
	op          string
	left, right expr
}

func (l *logic) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	a, err := m.scoped(l.left, f)
	if err != nil {
		return dst, err
	}
	switch {
	case l.op == "and" && a == no, l.op == "or" && a == yes:
		return a.append(dst), nil
	case l.op == "implies" && a == no:
		return yes.append(dst), nil
	}
	b, err := m.scoped(l.right, f)
	if err != nil {
		return dst, err
	}
	return combine(l.op, a, b).append(dst), nil
}

// scoped evaluates a condition whose variables stay its own.
func (m *machine) scoped(x expr, f *frame) (truth, error) {
	vars := f.vars
	t, err := m.test(x, f)
	f.vars = vars
	return t, err
}

func combine(op string, a, b truth) truth {
	switch op {
	case "implies":
		return combine("or", a.not(), b)
	case "and":
		return combine("or", a.not(), b.not()).not()
	case "or":
		switch {
		case a == yes || b == yes:
			return yes
		case a == no && b == no:
			return no
		}
		return unknown
	}
	if a == unknown || b == unknown {
		return unknown
	}
	return truthOf(a != b)
}

// pair evaluates both sides of an operator; the caller gives both to done.
func (m *machine) pair(left, right expr, f *frame) (a, b []Item, err error) {
	vars := f.vars
	a, err = m.collect(left, f)
	f.vars = vars
	if err != nil {
		return nil, nil, err
	}
	b, err = m.collect(right, f)
	f.vars = vars
	if err != nil {
		m.done(a)
		return nil, nil, err
	}
	return a, b, nil
}

type equality struct {
	left, right expr
	not         bool
}

func (e *equality) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	a, b, err := m.pair(e.left, e.right, f)
	if err != nil {
		return dst, err
	}
	t, err := m.equal(a, b)
	m.done(a)
	m.done(b)
	if err != nil {
		return dst, err
	}
	if e.not {
		t = t.not()
	}
	return t.append(dst), nil
}

// equal compares collections in order: empty where one is empty.
func (m *machine) equal(a, b []Item) (truth, error) {
	switch {
	case len(a) == 0 || len(b) == 0:
		return unknown, nil
	case len(a) != len(b):
		return no, nil
	}
	all := yes
	for i := range a {
		t, err := m.equalItems(a[i], b[i])
		if err != nil || t == no {
			return t, err
		}
		if t == unknown {
			all = unknown
		}
	}
	return all, nil
}

type equivalence struct {
	left, right expr
	not         bool
}

func (e *equivalence) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	a, b, err := m.pair(e.left, e.right, f)
	if err != nil {
		return dst, err
	}
	same, err := m.equivalent(a, b)
	m.done(a)
	m.done(b)
	if err != nil {
		return dst, err
	}
	return truthOf(same != e.not).append(dst), nil
}

// equivalent compares collections in any order.
func (m *machine) equivalent(a, b []Item) (bool, error) {
	if len(a) != len(b) {
		return false, nil
	}
	taken := make([]bool, len(b))
	for i := range a {
		found := false
		for j := range b {
			if taken[j] {
				continue
			}
			same, err := m.equivalentItems(a[i], b[j])
			if err != nil {
				return false, err
			}
			if same {
				taken[j], found = true, true
				break
			}
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

type inequality struct {
	op          string
	left, right expr
}

func (e *inequality) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	a, b, err := m.pair(e.left, e.right, f)
	if err != nil {
		return dst, err
	}
	defer m.done(a)
	defer m.done(b)
	x, ok1, err := one(a)
	if err != nil {
		return dst, err
	}
	y, ok2, err := one(b)
	if err != nil || !ok1 || !ok2 {
		return dst, err
	}
	order, known, err := compareItems(x, y)
	if err != nil || !known {
		return dst, err
	}
	return append(dst, Item{val: Boolean(holds(e.op, order))}), nil
}

func holds(op string, order int) bool {
	switch op {
	case "<":
		return order < 0
	case ">":
		return order > 0
	case "<=":
		return order <= 0
	}
	return order >= 0
}

// compareItems orders two items; known is false where the answer is open.
// Items that have no order are a fault.
func compareItems(a, b Item) (order int, known bool, err error) {
	switch x := a.Value().(type) {
	case String:
		if y, ok := b.Value().(String); ok {
			return compareText(string(x), string(y)), true, nil
		}
	case Temporal:
		if y, ok := b.Value().(Temporal); ok && x.comparable(y) {
			order, known = x.compare(y)
			return order, known, nil
		}
	case Quantity:
		if y, ok := asQuantity(b.Value()); ok {
			order, known = x.compare(y)
			return order, known, nil
		}
	case Integer, Decimal:
		if y, ok := b.Value().(Quantity); ok {
			q, _ := asQuantity(x)
			order, known = q.compare(y)
			return order, known, nil
		}
		d, _ := asDecimal(x)
		if y, ok := asDecimal(b.Value()); ok {
			return d.cmp(y), true, nil
		}
	}
	return 0, false, execErr("Two values can be ordered only if they are of one kind: texts, numbers, quantities, dates or times.")
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// membership is in and contains.
type membership struct{ item, of expr }

func (e *membership) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	a, b, err := m.pair(e.item, e.of, f)
	if err != nil {
		return dst, err
	}
	defer m.done(a)
	defer m.done(b)
	it, ok, err := one(a)
	if err != nil || !ok {
		return dst, err
	}
	found, err := m.has(b, it)
	return append(dst, Item{val: Boolean(found)}), err
}

// union is |: both sides without what is there already.
type union struct{ left, right expr }

func (e *union) eval(m *machine, f *frame, dst []Item) ([]Item, error) {
	from, vars := len(dst), f.vars
	for _, x := range [...]expr{e.left, e.right} {
		mark := len(dst)
		out, err := x.eval(m, f, dst)
		f.vars = vars
		if err == nil {
			out, err = m.compact(out, from, mark)
		}
		if err != nil {
			return dst, err
		}
		dst = out
	}
	return dst, m.room(len(dst) - from)
}

// compact drops from out the items from mark on that stand before them, down
// to from.
func (m *machine) compact(out []Item, from, mark int) ([]Item, error) {
	end := mark
	for i := mark; i < len(out); i++ {
		found, err := m.has(out[from:end], out[i])
		if err != nil {
			return out, err
		}
		if !found {
			out[end] = out[i]
			end++
		}
	}
	return out[:end], nil
}
