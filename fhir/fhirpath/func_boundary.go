package fhirpath

// Boundaries and precision (continuous build of FHIRPath, lowBoundary,
// highBoundary, precision, comparable).
var boundaryFunctions = map[string]function{
	"lowBoundary":  {max: 1, out: "=", eval: boundary(false)},
	"highBoundary": {max: 1, out: "=", eval: boundary(true)},
	"precision":    {out: "Integer", eval: fnPrecision},
	"comparable":   {min: 1, max: 1, out: "Boolean", eval: fnComparable},
}

const maxBoundary = 28 // digits after the point

func boundary(high bool) evaluator {
	return func(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
		it, ok, err := one(in)
		if err != nil || !ok {
			return dst, err
		}
		digits := int64(-1)
		if len(args) == 1 {
			var given bool
			if digits, given, err = m.integerArg(f, args[0]); err != nil {
				return dst, err
			}
			if given && digits < 0 {
				return dst, nil
			}
			if !given {
				digits = -1
			}
		}
		if v := boundaryOf(it.Value(), digits, high); v != nil {
			dst = append(dst, Item{val: v})
		}
		return dst, nil
	}
}

// boundaryOf is nil where there is none; digits below 0 stands for the
// default.
func boundaryOf(v Value, digits int64, high bool) Value {
	switch v := v.(type) {
	case Integer, Decimal:
		d, _ := asDecimal(v)
		if r, ok := decimalBoundary(d, digits, high); ok {
			return r
		}
	case Quantity:
		if r, ok := decimalBoundary(v.Value, digits, high); ok {
			v.Value = r
			return v
		}
	case Temporal:
		if r, ok := temporalBoundary(v, digits, high); ok {
			return r
		}
	}
	return nil
}

// decimalBoundary: 1.587 may be anything from 1.5865 to 1.5875.
func decimalBoundary(d Decimal, digits int64, high bool) (Decimal, bool) {
	if digits < 0 {
		digits = 8
	}
	if digits > maxBoundary {
		return d, false
	}
	half := Decimal{decimalOf(5).coef, d.scale + 1}
	if high {
		return d.add(half).ceil(int32(digits)), true
	}
	return d.sub(half).floor(int32(digits)), true
}

// The precisions of dates and times are counted in digits: 2014-01 is 6,
// T10:30 is 4.
var dateDigits = map[int64]precision{4: precYear, 6: precMonth, 8: precDay, 10: precHour, 12: precMinute, 14: precSecond, 17: precSecond}
var timeDigits = map[int64]precision{2: precHour, 4: precMinute, 6: precSecond, 9: precSecond}

func temporalBoundary(t Temporal, digits int64, high bool) (Temporal, bool) {
	known := dateDigits
	switch t.kind {
	case kindTime:
		known = timeDigits
	}
	if digits < 0 {
		digits = map[temporalKind]int64{kindDate: 8, kindDateTime: 17, kindTime: 9}[t.kind]
	}
	prec, ok := known[digits]
	if !ok || t.kind == kindDate && prec > precDay {
		return t, false
	}
	edge := t.at()
	if high {
		edge = t.after().Add(-1)
	}
	b := t
	if b, ok = b.set(edge); !ok {
		return t, false
	}
	if !t.zoned && t.kind == kindDateTime && prec > precDay {
		b.zoned, b.offset = true, 14*60
		if high {
			b.offset = -12 * 60
		}
	}
	b.prec, b.digits = prec, 0
	if digits == 17 || digits == 9 {
		b.digits, b.nano = 3, b.nano/1_000_000*1_000_000
	} else {
		b.nano = 0
	}
	return b.cut(), true
}

// cut drops the parts that the precision does not show.
func (t Temporal) cut() Temporal {
	parts := []*uint8{precMonth: &t.month, precDay: &t.day, precHour: &t.hour, precMinute: &t.minute, precSecond: &t.second}
	for p := t.prec + 1; int(p) < len(parts); p++ {
		*parts[p] = 0
	}
	if t.prec < precHour && t.kind != kindTime {
		t.zoned, t.offset = false, 0
	}
	if t.kind == kindTime {
		t.year, t.month, t.day = 0, 0, 0
	}
	return t
}

func fnPrecision(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	it, ok, err := one(in)
	if err != nil || !ok {
		return dst, err
	}
	switch v := it.Value().(type) {
	case Integer:
		return append(dst, Item{val: Integer(0)}), nil
	case Decimal:
		return append(dst, Item{val: Integer(v.scale)}), nil
	case Temporal:
		n := [...]int{0, 4, 6, 8, 10, 12, 14}[v.prec]
		if v.kind == kindTime {
			n -= 8
		}
		if v.prec == precSecond && v.digits > 0 {
			n += 3
		}
		return append(dst, Item{val: Integer(n)}), nil
	}
	return dst, nil
}

func fnComparable(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	a, ok1, err := one(in)
	if err != nil {
		return dst, err
	}
	b, ok2, err := m.argument(f, args[0])
	if err != nil || !ok1 || !ok2 {
		return dst, err
	}
	x, ok1 := a.Value().(Quantity)
	y, ok2 := b.Value().(Quantity)
	if !ok1 || !ok2 {
		return dst, execErr("comparable() works on two quantities.")
	}
	_, known := x.compare(y)
	return append(dst, Item{val: Boolean(known)}), nil
}
