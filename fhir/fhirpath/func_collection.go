package fhirpath

// Functions on whole collections (FHIRPath N1, 5.1 Existence, 5.3 Subsetting,
// 5.4 Combining).
var collectionFunctions = map[string]function{
	"empty":      {out: "Boolean", eval: fnEmpty},
	"exists":     {max: 1, each: true, out: "Boolean", eval: fnExists},
	"all":        {min: 1, max: 1, each: true, out: "Boolean", eval: fnAll},
	"allTrue":    {out: "Boolean", eval: booleans(yes, true)},
	"anyTrue":    {out: "Boolean", eval: booleans(yes, false)},
	"allFalse":   {out: "Boolean", eval: booleans(no, true)},
	"anyFalse":   {out: "Boolean", eval: booleans(no, false)},
	"not":        {out: "Boolean", eval: fnNot},
	"count":      {out: "Integer", eval: fnCount},
	"distinct":   {out: "=", eval: fnDistinct},
	"isDistinct": {out: "Boolean", eval: fnIsDistinct},
	"subsetOf":   {min: 1, max: 1, out: "Boolean", eval: fnSubsetOf},
	"supersetOf": {min: 1, max: 1, out: "Boolean", eval: fnSupersetOf},
	"single":     {out: "=", eval: atMostOne},
	"first":      {out: "=", places: true, eval: fnFirst},
	"last":       {out: "=", places: true, eval: fnLast},
	"tail":       {out: "=", places: true, eval: fnTail},
	"skip":       {min: 1, max: 1, out: "=", places: true, eval: fnSkip},
	"take":       {min: 1, max: 1, out: "=", places: true, eval: fnTake},
	"intersect":  {min: 1, max: 1, out: "=", eval: fnIntersect},
	"exclude":    {min: 1, max: 1, out: "=", eval: fnExclude},
	"union":      {min: 1, max: 1, eval: fnUnion},
	"combine":    {min: 1, max: 1, eval: fnCombine},
	"coalesce":   {min: 1, max: 100, eval: fnCoalesce},
}

func fnEmpty(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	return append(dst, Item{val: Boolean(len(in) == 0)}), nil
}

func fnExists(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	if len(args) == 0 {
		return append(dst, Item{val: Boolean(len(in) > 0)}), nil
	}
	found := false
	err := m.each(f, in, func(g *frame) (bool, error) {
		t, err := m.test(args[0], g)
		found = t == yes
		return !found, err
	})
	return append(dst, Item{val: Boolean(found)}), err
}

func fnAll(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	all := true
	err := m.each(f, in, func(g *frame) (bool, error) {
		t, err := m.test(args[0], g)
		all = t == yes
		return all, err
	})
	return append(dst, Item{val: Boolean(all)}), err
}

// each gives every item its frame until visit says stop.
func (m *machine) each(f *frame, in []Item, visit func(*frame) (bool, error)) error {
	g := m.push(f)
	defer m.pop()
	for i := range in {
		g.this, g.index, g.vars = in[i:i+1], i, f.vars
		if on, err := visit(g); err != nil || !on {
			return err
		}
	}
	return nil
}

// booleans makes allTrue and its kin: whether all items, or any, are want.
func booleans(want truth, all bool) evaluator {
	return func(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
		result := all
		for i := range in {
			b, ok := in[i].Bool()
			if !ok {
				return dst, execErr("Every item must be true or false here.")
			}
			if (truthOf(b) == want) != all {
				result = !all
			}
		}
		return append(dst, Item{val: Boolean(result)}), nil
	}
}

func fnNot(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	t, err := condition(in)
	return t.not().append(dst), err
}

func fnCount(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	return append(dst, Item{val: Integer(len(in))}), nil
}

func fnDistinct(m *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	return m.distinct(dst, len(dst), in)
}

func fnIsDistinct(m *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	for i := range in {
		found, err := m.has(in[:i], in[i])
		if err != nil {
			return dst, err
		}
		if found {
			return append(dst, Item{val: Boolean(false)}), nil
		}
	}
	return append(dst, Item{val: Boolean(true)}), nil
}

func (m *machine) subset(a, b []Item) (bool, error) {
	for i := range a {
		if found, err := m.has(b, a[i]); err != nil || !found {
			return false, err
		}
	}
	return true, nil
}

func fnSubsetOf(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.withArg(f, args[0], dst, func(b []Item) ([]Item, error) {
		ok, err := m.subset(in, b)
		return append(dst, Item{val: Boolean(ok)}), err
	})
}

func fnSupersetOf(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.withArg(f, args[0], dst, func(b []Item) ([]Item, error) {
		ok, err := m.subset(b, in)
		return append(dst, Item{val: Boolean(ok)}), err
	})
}

// withArg evaluates an argument that is a collection.
func (m *machine) withArg(f *frame, x expr, dst []Item, use func([]Item) ([]Item, error)) ([]Item, error) {
	vars := f.vars
	b, err := m.collect(x, f)
	f.vars = vars
	if err != nil {
		return dst, err
	}
	defer m.done(b)
	return use(b)
}

func fnFirst(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	return append(dst, in[:min(1, len(in))]...), nil
}

func fnLast(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	return append(dst, in[max(0, len(in)-1):]...), nil
}

func fnTail(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	return append(dst, in[min(1, len(in)):]...), nil
}

func fnSkip(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	n, err := m.place(f, args[0], len(in))
	return append(dst, in[n:]...), err
}

func fnTake(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	n, err := m.place(f, args[0], len(in))
	return append(dst, in[:n]...), err
}

// place reads a whole number between 0 and n.
func (m *machine) place(f *frame, x expr, n int) (int, error) {
	i, ok, err := m.integerArg(f, x)
	if err == nil && !ok {
		err = execErr("A number is needed here, and there is none.")
	}
	return int(max(0, min(i, int64(n)))), err
}

// integerArg evaluates an argument that is a whole number.
func (m *machine) integerArg(f *frame, x expr) (v int64, ok bool, err error) {
	it, ok, err := m.argument(f, x)
	if err != nil || !ok {
		return 0, false, err
	}
	i, ok := it.Value().(Integer)
	if !ok {
		return 0, false, execErr("A whole number is needed here.")
	}
	return int64(i), true, nil
}

// argument evaluates an argument that is one item; its variables stay its own.
func (m *machine) argument(f *frame, x expr) (Item, bool, error) {
	vars := f.vars
	it, ok, err := m.single(x, f)
	f.vars = vars
	return it, ok, err
}

func fnIntersect(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.withArg(f, args[0], dst, func(b []Item) ([]Item, error) {
		from := len(dst)
		for i := range in {
			found, err := m.has(b, in[i])
			if err != nil {
				return dst, err
			}
			if found {
				if dst, err = m.distinct(dst, from, in[i:i+1]); err != nil {
					return dst, err
				}
			}
		}
		return dst, nil
	})
}

func fnExclude(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.withArg(f, args[0], dst, func(b []Item) ([]Item, error) {
		for i := range in {
			found, err := m.has(b, in[i])
			if err != nil {
				return dst, err
			}
			if !found {
				dst = append(dst, in[i])
			}
		}
		return dst, nil
	})
}

func fnUnion(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.withArg(f, args[0], dst, func(b []Item) ([]Item, error) {
		from := len(dst)
		out, err := m.distinct(dst, from, in)
		if err != nil {
			return dst, err
		}
		return m.distinct(out, from, b)
	})
}

func fnCombine(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	return m.withArg(f, args[0], dst, func(b []Item) ([]Item, error) {
		return append(append(dst, in...), b...), m.tick(len(b))
	})
}

func fnCoalesce(m *machine, f *frame, _ []Item, args []expr, dst []Item) ([]Item, error) {
	from := len(dst)
	for _, x := range args {
		out, err := x.eval(m, f, dst)
		if err != nil || len(out) > from {
			return out, err
		}
	}
	return dst, nil
}
