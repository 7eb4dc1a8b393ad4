package fhirpath

import "github.com/bevanhealth/bevan/fhir"

// Functions on dates and times (FHIRPath N1, 5.9 Utility functions, and the
// component functions of the continuous build).
var timeFunctions = map[string]function{
	"now":              {out: "DateTime", eval: clock(kindDateTime)},
	"today":            {out: "Date", eval: clock(kindDate)},
	"timeOfDay":        {out: "Time", eval: clock(kindTime)},
	"yearOf":           {out: "Integer", eval: part(fhir.Year, func(m moment) int { return m.at.Year() })},
	"monthOf":          {out: "Integer", eval: part(fhir.Month, func(m moment) int { return int(m.at.Month()) })},
	"dayOf":            {out: "Integer", eval: part(fhir.Day, func(m moment) int { return m.at.Day() })},
	"hourOf":           {out: "Integer", eval: part(fhir.Hour, func(m moment) int { return m.at.Hour() })},
	"minuteOf":         {out: "Integer", eval: part(fhir.Minute, func(m moment) int { return m.at.Minute() })},
	"secondOf":         {out: "Integer", eval: part(fhir.Second, func(m moment) int { return m.at.Second() })},
	"millisecondOf":    {out: "Integer", eval: part(fhir.Second, func(m moment) int { return m.at.Nanosecond() / 1_000_000 })},
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
		if t, ok := temporalOf(m.env.Now, kind); ok {
			dst = append(dst, Item{val: t})
		}
		return dst, nil
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

func part(prec fhir.Precision, of func(moment) int) evaluator {
	return func(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
		t, ok, err := temporalItem(in)
		if err != nil || !ok || t.precision() < prec || t.kind == kindTime && prec < fhir.Hour {
			return dst, err
		}
		return append(dst, Item{val: Integer(of(t.moment()))}), nil
	}
}

func fnTimezoneOffsetOf(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	t, ok, err := temporalItem(in)
	if err != nil || !ok {
		return dst, err
	}
	if minutes, zoned := t.date.Zone(); zoned {
		dst = append(dst, Item{val: decimalOf(int64(minutes)).quo(decimalOf(60))})
	}
	return dst, nil
}

func fnTimeOf(_ *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	t, ok, err := temporalItem(in)
	if err != nil || !ok || t.precision() < fhir.Hour {
		return dst, err
	}
	m := t.moment()
	m.kind = kindTime
	if t, ok = m.temporal(); ok {
		dst = append(dst, Item{val: t})
	}
	return dst, nil
}
