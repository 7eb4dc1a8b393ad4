package fhirpath

import "math"

// Functions on numbers (FHIRPath N1, 5.7).
var numberFunctions = map[string]function{
	"abs":      {eval: fnAbs},
	"ceiling":  {out: "Integer", eval: toWhole(func(d Decimal) Decimal { return d.ceil(0) })},
	"floor":    {out: "Integer", eval: toWhole(func(d Decimal) Decimal { return d.floor(0) })},
	"truncate": {out: "Integer", eval: toWhole(Decimal.truncate)},
	"exp":      {out: "Decimal", eval: real(math.Exp)},
	"ln":       {out: "Decimal", eval: real(math.Log)},
	"sqrt":     {out: "Decimal", eval: real(math.Sqrt)},
	"log":      {min: 1, max: 1, out: "Decimal", eval: fnLog},
	"power":    {min: 1, max: 1, eval: fnPower},
	"round":    {max: 1, out: "Decimal", eval: fnRound},
}

// numberOf reads a collection as one number; ok is false where it is empty.
func numberOf(in []Item) (d Decimal, whole, ok bool, err error) {
	it, ok, err := one(in)
	if err != nil || !ok {
		return Decimal{}, false, false, err
	}
	v := it.Value()
	if d, ok = asDecimal(v); !ok {
		return d, false, false, execErr("A number is needed here.")
	}
	_, whole = v.(Integer)
	return d, whole, true, nil
}

func (m *machine) numberArg(f *frame, x expr) (d Decimal, whole, ok bool, err error) {
	vars := f.vars
	b, err := m.collect(x, f)
	f.vars = vars
	if err != nil {
		return d, false, false, err
	}
	defer m.done(b)
	return numberOf(b)
}

func fnAbs(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	it, ok, err := one(in)
	if err != nil || !ok {
		return dst, err
	}
	switch v := it.Value().(type) {
	case Integer:
		return append(dst, Item{val: max(v, -v)}), nil
	case Decimal:
		return append(dst, Item{val: v.abs()}), nil
	case Quantity:
		v.Value = v.Value.abs()
		return append(dst, Item{val: v}), nil
	}
	return dst, execErr("A number is needed here.")
}

// toWhole makes a function that leaves no fraction.
func toWhole(fn func(Decimal) Decimal) evaluator {
	return func(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
		d, _, ok, err := numberOf(in)
		if err != nil || !ok {
			return dst, err
		}
		if i, ok := fn(d).integer(); ok {
			dst = append(dst, Item{val: i})
		}
		return dst, nil
	}
}

// real makes a function that is computed in floating point, to 15 digits.
func real(fn func(float64) float64) evaluator {
	return func(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
		d, _, ok, err := numberOf(in)
		if err != nil || !ok {
			return dst, err
		}
		return appendFloat(dst, fn(d.float())), nil
	}
}

// appendFloat appends nothing where there is no such number.
func appendFloat(dst []Item, f float64) []Item {
	if d, ok := decimalFloat(f); ok {
		dst = append(dst, Item{val: d})
	}
	return dst
}

func fnLog(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	d, _, ok1, err := numberOf(in)
	if err != nil {
		return dst, err
	}
	base, _, ok2, err := m.numberArg(f, args[0])
	if err != nil || !ok1 || !ok2 {
		return dst, err
	}
	return appendFloat(dst, math.Log(d.float())/math.Log(base.float())), nil
}

// fnPower is exact for whole exponents.
func fnPower(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	d, whole, ok1, err := numberOf(in)
	if err != nil {
		return dst, err
	}
	e, _, ok2, err := m.numberArg(f, args[0])
	if err != nil || !ok1 || !ok2 {
		return dst, err
	}
	n, isInt := e.integer()
	if !isInt || n < 0 || n > 400 {
		return appendFloat(dst, math.Pow(d.float(), e.float())), nil
	}
	r := decimalOf(1)
	for range n {
		if r = r.mul(d); !r.fits() {
			return dst, nil
		}
	}
	if i, ok := r.integer(); ok && whole {
		return append(dst, Item{val: i}), nil
	}
	return append(dst, Item{val: r}), nil
}

func fnRound(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	d, _, ok, err := numberOf(in)
	if err != nil || !ok {
		return dst, err
	}
	digits := int64(0)
	if len(args) == 1 {
		if digits, ok, err = m.integerArg(f, args[0]); err != nil || !ok {
			return dst, err
		}
	}
	if digits < 0 || digits > maxDigits {
		return dst, execErr("round() takes a number of digits from 0 up.")
	}
	return append(dst, Item{val: d.round(int32(min(digits, int64(d.scale))))}), nil
}
