package fhirpath

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// Conversions (FHIRPath N1, 5.5). toX yields nothing where convertsToX is
// false.
var convertFunctions = map[string]function{
	"toBoolean":          {out: "Boolean", eval: converter(toBoolean)},
	"toInteger":          {out: "Integer", eval: converter(toInteger)},
	"toLong":             {out: "Integer", eval: converter(toInteger)},
	"toDecimal":          {out: "Decimal", eval: converter(toDecimal)},
	"toString":           {out: "String", eval: converter(toString)},
	"toDate":             {out: "Date", eval: converter(toDate)},
	"toDateTime":         {out: "DateTime", eval: converter(toDateTime)},
	"toTime":             {out: "Time", eval: converter(toTime)},
	"toQuantity":         {max: 1, out: "Quantity", eval: fnToQuantity},
	"convertsToBoolean":  {out: "Boolean", eval: converts(toBoolean)},
	"convertsToInteger":  {out: "Boolean", eval: converts(toInteger)},
	"convertsToLong":     {out: "Boolean", eval: converts(toInteger)},
	"convertsToDecimal":  {out: "Boolean", eval: converts(toDecimal)},
	"convertsToString":   {out: "Boolean", eval: converts(toString)},
	"convertsToDate":     {out: "Boolean", eval: converts(toDate)},
	"convertsToDateTime": {out: "Boolean", eval: converts(toDateTime)},
	"convertsToTime":     {out: "Boolean", eval: converts(toTime)},
	"convertsToQuantity": {max: 1, out: "Boolean", eval: fnConvertsToQuantity},
}

// converter makes toX of a conversion that gives nil where there is none.
func converter(to func(Value) Value) evaluator {
	return func(m *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
		it, ok, err := one(in)
		if err != nil || !ok {
			return dst, err
		}
		return m.give(dst, to(it.Value()), nil)
	}
}

func converts(to func(Value) Value) evaluator {
	return func(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
		it, ok, err := one(in)
		if err != nil || !ok {
			return dst, err
		}
		return append(dst, Item{val: Boolean(to(it.Value()) != nil)}), nil
	}
}

func toBoolean(v Value) Value {
	switch v := v.(type) {
	case Boolean:
		return v
	case Integer, Decimal:
		d, _ := asDecimal(v)
		switch {
		case d.cmp(decimalOf(1)) == 0:
			return Boolean(true)
		case d.sign() == 0:
			return Boolean(false)
		}
	case String:
		switch strings.ToLower(string(v)) {
		case "true", "t", "yes", "y", "1", "1.0":
			return Boolean(true)
		case "false", "f", "no", "n", "0", "0.0":
			return Boolean(false)
		}
	}
	return nil
}

func toInteger(v Value) Value {
	switch v := v.(type) {
	case Integer:
		return v
	case Boolean:
		if v {
			return Integer(1)
		}
		return Integer(0)
	case String:
		d, ok := parseDecimal(strings.TrimPrefix(string(v), "+"))
		if i, whole := d.integer(); ok && whole && !strings.ContainsAny(string(v), ".eE") {
			return i
		}
	}
	return nil
}

func toDecimal(v Value) Value {
	switch v := v.(type) {
	case Integer:
		return decimalOf(int64(v))
	case Decimal:
		return v
	case Boolean:
		if v {
			return decimalOf(1)
		}
		return Decimal{}
	case String:
		d, ok := parseDecimal(strings.TrimPrefix(string(v), "+"))
		if ok && !strings.ContainsAny(string(v), "eE") {
			return d
		}
	}
	return nil
}

func toString(v Value) Value {
	if v == nil {
		return nil
	}
	return String(text(v))
}

func toDate(v Value) Value {
	t, ok := temporalFrom(v, "")
	if !ok || t.kind == kindTime {
		return nil
	}
	m := t.moment()
	m.kind, m.prec, m.zone = kindDate, min(m.prec, fhir.Day), ""
	if t, ok = m.temporal(); !ok {
		return nil
	}
	return t
}

func toDateTime(v Value) Value {
	t, ok := temporalFrom(v, "")
	if !ok || t.kind == kindTime {
		return nil
	}
	t.kind = kindDateTime
	return t
}

func toTime(v Value) Value {
	t, ok := temporalFrom(v, "T")
	if !ok || t.kind != kindTime {
		return nil
	}
	return t
}

func temporalFrom(v Value, before string) (Temporal, bool) {
	switch v := v.(type) {
	case Temporal:
		return v, true
	case String:
		return parseTemporal(before + strings.TrimPrefix(string(v), before))
	}
	return Temporal{}, false
}

func fnToQuantity(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	q, ok, err := m.quantityOf(f, in, args)
	if err != nil || !ok {
		return dst, err
	}
	return append(dst, Item{val: q}), nil
}

func fnConvertsToQuantity(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	if len(in) == 0 {
		return dst, nil
	}
	_, ok, err := m.quantityOf(f, in, args)
	return append(dst, Item{val: Boolean(ok)}), err
}

// quantityOf converts to a quantity, in the unit of the argument if there is
// one.
func (m *machine) quantityOf(f *frame, in []Item, args []expr) (q Quantity, ok bool, err error) {
	it, ok, err := one(in)
	if err != nil || !ok {
		return q, false, err
	}
	if q, ok = toQuantity(it.Value()); !ok || len(args) == 0 {
		return q, ok, nil
	}
	unit, given, err := m.stringArg(f, args[0])
	if err != nil || !given {
		return q, false, err
	}
	q, ok = q.in(unit)
	return q, ok, nil
}

func toQuantity(v Value) (Quantity, bool) {
	switch v := v.(type) {
	case Boolean:
		return Quantity{Value: toDecimal(v).(Decimal), Unit: "1"}, true
	case String:
		return parseQuantity(string(v))
	}
	return asQuantity(v)
}

// parseQuantity reads 4 days, 10 'mg' and a bare number.
func parseQuantity(s string) (Quantity, bool) {
	number, unit, spaced := strings.Cut(strings.TrimSpace(s), " ")
	if i := strings.IndexByte(number, '\''); i > 0 {
		number, unit, spaced = number[:i], s[strings.IndexByte(s, '\''):], true
	}
	d, ok := parseDecimal(strings.TrimPrefix(number, "+"))
	if !ok || strings.ContainsAny(number, "eE") {
		return Quantity{}, false
	}
	unit = strings.TrimSpace(unit)
	if !spaced {
		return Quantity{Value: d, Unit: "1"}, true
	}
	if n := len(unit); n > 2 && unit[0] == '\'' && unit[n-1] == '\'' {
		return Quantity{Value: d, Unit: unit[1 : n-1]}, true
	}
	if word := calendarUnit(unit); word != "" {
		return Quantity{Value: d, Unit: word, Calendar: true}, true
	}
	return Quantity{}, false
}
