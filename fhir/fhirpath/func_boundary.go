package fhirpath

import "github.com/bevanhealth/bevan/fhir"

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
var dateDigits = map[int64]fhir.Precision{4: fhir.Year, 6: fhir.Month, 8: fhir.Day, 10: fhir.Hour, 12: fhir.Minute, 14: fhir.Second, 17: fhir.Second}
var timeDigits = map[int64]fhir.Precision{2: fhir.Hour, 4: fhir.Minute, 6: fhir.Second, 9: fhir.Second}

// temporalBoundary is the first or last moment, to so many digits. A time
// without a zone may lie in any.
func temporalBoundary(t Temporal, digits int64, high bool) (Temporal, bool) {
	known := dateDigits
	if t.kind == kindTime {
		known = timeDigits
	}
	if digits < 0 {
		digits = [...]int64{kindDate: 8, kindDateTime: 17, kindTime: 9}[t.kind]
	}
	prec, ok := known[digits]
	if !ok || t.kind == kindDate && prec > fhir.Day {
		return t, false
	}
	m := t.moment()
	if high {
		m.at = m.after().Add(-1)
	}
	m.prec, m.digits = prec, 0
	if digits == 17 || digits == 9 {
		m.digits = 3
	}
	switch {
	case t.kind != kindDateTime || m.zone != "":
	case high:
		m.zone = "-12:00"
	default:
		m.zone = "+14:00"
	}
	return m.temporal()
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
		m := v.moment()
		n := [...]int{0, 4, 6, 8, 10, 12, 14}[m.prec]
		if v.kind == kindTime {
			n -= 8
		}
		if m.digits > 0 {
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
