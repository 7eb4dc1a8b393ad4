package fhirpath

import "slices"

// Functions that evaluate their argument on each item (FHIRPath N1, 5.2
// Filtering and projection, 7 Aggregates) or shape the evaluation.
var filterFunctions = map[string]function{
	"where":          {min: 1, max: 1, each: true, out: "=", eval: fnWhere},
	"select":         {min: 1, max: 1, each: true, eval: fnSelect},
	"repeat":         {min: 1, max: 1, each: true, eval: fnRepeat},
	"repeatAll":      {min: 1, max: 1, each: true, eval: fnRepeatAll},
	"aggregate":      {min: 1, max: 2, each: true, eval: fnAggregate},
	"sort":           {max: 100, each: true, out: "=", eval: fnSort},
	"iif":            {min: 2, max: 3, each: true, eval: fnIif},
	"trace":          {min: 1, max: 2, each: true, out: "=", eval: fnTrace},
	"defineVariable": {min: 1, max: 2, each: true, out: "=", eval: fnDefineVariable},
}

func fnWhere(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	err := m.each(f, in, func(g *frame) (bool, error) {
		t, err := m.test(args[0], g)
		if t == yes {
			dst = append(dst, g.this[0])
		}
		return true, err
	})
	return dst, err
}

func fnSelect(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	from := len(dst)
	err := m.each(f, in, func(g *frame) (_ bool, err error) {
		dst, err = args[0].eval(m, g, dst)
		if err == nil {
			err = m.room(len(dst) - from)
		}
		return true, err
	})
	return dst, err
}

// fnRepeat applies the projection to what it yields, until nothing new comes.
func fnRepeat(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.repeat(f, in, args[0], dst, true)
}

// fnRepeatAll keeps what comes twice; the limits end what does not end itself.
func fnRepeatAll(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.repeat(f, in, args[0], dst, false)
}

func (m *machine) repeat(f *frame, in []Item, x expr, dst []Item, distinct bool) ([]Item, error) {
	from := len(dst)
	var err error
	grow := func(g *frame) (bool, error) {
		b, err := m.collect(x, g)
		if err != nil {
			return false, err
		}
		if distinct {
			dst, err = m.distinct(dst, from, b)
		} else {
			dst = append(dst, b...)
		}
		m.done(b)
		if err == nil {
			err = m.room(len(dst) - from)
		}
		return true, err
	}
	if err = m.each(f, in, grow); err != nil {
		return dst, err
	}
	for seen := from; seen < len(dst); {
		next := slices.Clone(dst[seen:])
		seen = len(dst)
		if err = m.tick(len(next)); err != nil {
			return dst, err
		}
		if err = m.each(f, next, grow); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func fnAggregate(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	var total []Item
	if len(args) == 2 {
		b, err := m.collect(args[1], f)
		if err != nil {
			return dst, err
		}
		total = slices.Clone(b)
		m.done(b)
	}
	err := m.each(f, in, func(g *frame) (bool, error) {
		g.total = total
		b, err := m.collect(args[0], g)
		if err != nil {
			return false, err
		}
		total = slices.Clone(b)
		m.done(b)
		return true, nil
	})
	return append(dst, total...), err
}

// sortKey is an argument of sort().
type sortKey struct {
	x    expr
	desc bool
}

func (s *sortKey) eval(m *machine, f *frame, dst []Item) ([]Item, error) { return s.x.eval(m, f, dst) }

// sorted is an item with its keys, and whether it has them.
type sorted struct {
	it   Item
	keys []Item
	has  []bool
}

// fnSort orders by the keys, or by the items themselves. An item without a
// key comes first, whatever the direction; values without an order are a fault.
func fnSort(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	keys := make([]*sortKey, 0, max(1, len(args)))
	for _, a := range args {
		if k, ok := a.(*sortKey); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		keys = append(keys, &sortKey{x: &path{}})
	}
	rows := make([]sorted, 0, len(in))
	err := m.each(f, in, func(g *frame) (bool, error) {
		s := sorted{it: g.this[0]}
		for _, k := range keys {
			it, ok, err := m.single(k.x, g)
			if err != nil {
				return false, err
			}
			s.keys, s.has = append(s.keys, it), append(s.has, ok)
		}
		rows = append(rows, s)
		return true, nil
	})
	if err != nil {
		return dst, err
	}
	if err = m.tick(len(rows) * 16); err != nil {
		return dst, err
	}
	slices.SortStableFunc(rows, func(a, b sorted) int {
		order, e := compareKeys(a, b, keys)
		if e != nil {
			err = e
		}
		return order
	})
	for i := range rows {
		dst = append(dst, rows[i].it)
	}
	return dst, err
}

func compareKeys(a, b sorted, keys []*sortKey) (int, error) {
	for i, k := range keys {
		order := 0
		switch {
		case a.has[i] && b.has[i]:
			var err error
			if order, _, err = compareItems(a.keys[i], b.keys[i]); err != nil {
				return 0, err
			}
			if k.desc {
				order = -order
			}
		case a.has[i]:
			order = 1
		case b.has[i]:
			order = -1
		}
		if order != 0 {
			return order, nil
		}
	}
	return 0, nil
}

// fnIif evaluates only the branch that is chosen.
func fnIif(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	if len(in) > 1 {
		return dst, execErr("iif() works on one item at most. Use select(iif(…)) for several.")
	}
	g := m.push(f)
	defer m.pop()
	g.this = in
	b, err := m.collect(args[0], g)
	if err != nil {
		return dst, err
	}
	t, err := condition(b)
	plain := len(b) == 0 || isBoolean(b[0])
	m.done(b)
	if err != nil {
		return dst, err
	}
	if !plain {
		return dst, execErr("The condition of iif() must be true or false.")
	}
	if t == yes {
		return args[1].eval(m, g, dst)
	}
	if len(args) == 3 {
		return args[2].eval(m, g, dst)
	}
	return dst, nil
}

func isBoolean(it Item) bool { _, ok := it.Bool(); return ok }

// fnTrace hands its input through: there is no log here that it could go to
// without letting a person's data out.
func fnTrace(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	return append(dst, in...), nil
}

// fnDefineVariable binds %name for the steps that follow in the same chain.
func fnDefineVariable(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	g := m.push(f)
	defer m.pop()
	g.this = in
	name, ok, err := m.stringArg(g, args[0])
	if err != nil {
		return dst, err
	}
	if !ok || !m.mayDefine(f, name) {
		return dst, execErr("The variable %%%.60s can not be defined here: the name is taken or empty.", name)
	}
	value := slices.Clone(in)
	if len(args) == 2 {
		b, err := m.collect(args[1], g)
		if err != nil {
			return dst, err
		}
		value = slices.Clone(b)
		m.done(b)
	}
	f.vars = &binding{name: name, value: value, outer: f.vars}
	return append(dst, in...), nil
}

func (m *machine) mayDefine(f *frame, name string) bool {
	switch name {
	case "", "context", "resource", "rootResource":
		return false
	}
	if _, ok := fixedConstant(name); ok {
		return false
	}
	if _, ok := m.env.Vars[name]; ok {
		return false
	}
	for b := f.vars; b != nil; b = b.outer {
		if b.name == name {
			return false
		}
	}
	return true
}
