package fhirpath

// Functions on dates and times (FHIRPath N1, 5.9 Utility functions, and the
// component functions of the continuous build).
var timeFunctions = map[string]function{
	"now":              {out: "DateTime", eval: clock(kindDateTime)},
	"today":            {out: "Date", eval: clock(kindDate)},
	"timeOfDay":        {out: "Time", eval: clock(kindTime)},
	"yearOf":           {out: "Integer", eval: part(precYear, func(t Temporal) int64 { return int64(t.year) })},
	"monthOf":          {out: "Integer", eval: part(precMonth, func(t Temporal) int64 { return int64(t.month) })},
	"dayOf":            {out: "Integer", eval: part(precDay, func(t Temporal) int64 { return int64(t.day) })},
	"hourOf":           {out: "Integer", eval: part(precHour, func(t Temporal) int64 { return int64(t.hour) })},
	"minuteOf":         {out: "Integer", eval: part(precMinute, func(t Temporal) int64 { return int64(t.minute) })},
	"secondOf":         {out: "Integer", eval: part(precSecond, func(t Temporal) int64 { return int64(t.second) })},
	"millisecondOf":    {out: "Integer", eval: part(precSecond, func(t Temporal) int64 { return int64(t.nano / 1_000_000) })},
	"timezoneOffsetOf": {out: "Decimal", eval: fnTimezoneOffsetOf},
	"dateOf":           {out: "Date", eval: converter(toDate)},
	"timeOf":           {out: "Time", eval: fnTimeOf},
}

// clock makes now(), today() and timeOfDay() of the time that the caller
// gives: there is no clock in here.
func clock(kind temporalKind) evaluator {
	return func(m *machine, _ *frame, _ []Item, _ []expr, dst []Item) ([]Item, error) {
		if m.env.Now.IsZero() {
			return dst, execErr("The time is not known here, so now(), today() and timeOfDay() can not be used.")
		}
		return append(dst, Item{val: temporalOf(m.env.Now, kind)}), nil
	}
}

func temporalItem(in []Item) (t Temporal, ok bool, err error) {
	it, ok, err := one(in)
	if err != nil || !ok {
		return t, false, err
	}
	if t, ok = it.Value().(Temporal); !ok {
		return t, false, execErr("A date or time is needed here.")
	}
	return t, true, nil
}

func part(prec precision, of func(Temporal) int64) evaluator {
	return func(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
		t, ok, err := temporalItem(in)
		if err != nil || !ok || t.prec < prec || t.kind == kindTime && prec < precHour {
			return dst, err
		}
		return append(dst, Item{val: Integer(of(t))}), nil
	}
}

func fnTimezoneOffsetOf(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	t, ok, err := temporalItem(in)
	if err != nil || !ok || !t.zoned {
		return dst, err
	}
	return append(dst, Item{val: decimalOf(int64(t.offset)).quo(decimalOf(60))}), nil
}

func fnTimeOf(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	t, ok, err := temporalItem(in)
	if err != nil || !ok || t.prec < precHour {
		return dst, err
	}
	t.kind, t.year, t.month, t.day, t.zoned, t.offset = kindTime, 0, 0, 0, false, 0
	return append(dst, Item{val: t}), nil
}
