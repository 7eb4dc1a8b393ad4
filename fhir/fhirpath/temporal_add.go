package fhirpath

import "time"

// units of time, coarse to fine, with their length in nanoseconds where it is
// fixed. years and months are counted in months.
type timeUnit struct {
	months int64
	nanos  int64
	prec   precision // the precision that the unit counts in
}

var timeUnits = map[string]timeUnit{
	"year":        {months: 12, prec: precYear},
	"month":       {months: 1, prec: precMonth},
	"week":        {nanos: 7 * 24 * int64(time.Hour), prec: precDay},
	"day":         {nanos: 24 * int64(time.Hour), prec: precDay},
	"hour":        {nanos: int64(time.Hour), prec: precHour},
	"minute":      {nanos: int64(time.Minute), prec: precMinute},
	"second":      {nanos: int64(time.Second), prec: precSecond},
	"millisecond": {nanos: int64(time.Millisecond), prec: precSecond},
}

// The UCUM codes that mean the same as a calendar word. a and mo are not
// here: they are lengths of seconds, not of calendar years and months.
var ucumTime = map[string]string{"wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}

// calendarUnit returns the singular of a calendar word, "" for other words.
func calendarUnit(word string) string {
	if n := len(word); n > 1 && word[n-1] == 's' {
		word = word[:n-1]
	}
	if _, ok := timeUnits[word]; ok {
		return word
	}
	return ""
}

// timeUnitOf finds the unit of a quantity that is added to a date. A calendar
// word in quotes is taken too, as R4's own cases do.
func timeUnitOf(q Quantity) (timeUnit, bool) {
	name := q.Unit
	if word, ok := ucumTime[name]; ok {
		name = word
	}
	if word := calendarUnit(name); word != "" {
		name = word
	}
	u, ok := timeUnits[name]
	return u, ok
}

// add moves the value by q (negative: back). What is finer than the value's
// precision is first turned into it, with 24 hours a day, 30 days a month, 12
// months and 365 days a year, and cut (FHIRPath N1, "Date/Time Arithmetic").
// ok is false where the result leaves the years 1 to 9999.
func (t Temporal) add(q Quantity, sign int) (_ Temporal, ok bool, err error) {
	u, found := timeUnitOf(q)
	if !found {
		return t, false, execErr("Only a length of time can be added to a date or time. Use a unit such as days or months.")
	}
	if t.kind == kindTime && u.prec < precHour {
		return t, false, execErr("Years, months, weeks and days can not be added to a time of day.")
	}
	n, ok := count(q.Value, u)
	if !ok {
		return t, false, nil
	}
	n *= int64(sign)
	if u.months > 0 {
		if t.prec == precYear {
			n = n * u.months / 12 * 12
		} else {
			n *= u.months
		}
		t, ok = t.addMonths(n)
		return t, ok, nil
	}
	t, ok = t.addNanos(n, u.nanos)
	return t, ok, nil
}

// count is the whole number of units; only seconds may have a fraction, which
// is returned in nanoseconds by addNanos through milliseconds.
func count(d Decimal, u timeUnit) (int64, bool) {
	if u.nanos == int64(time.Second) {
		d = d.mul(decimalOf(1000))
	}
	i, ok := d.truncate().integer()
	const most = 400_000_000_000_000 // ms in more than 9999 years
	if !ok || i > most || i < -most {
		return 0, false
	}
	return int64(i), true
}

func (t Temporal) addMonths(n int64) (Temporal, bool) {
	total := int64(t.year)*12 + max(int64(t.month), 1) - 1 + n
	if total < 12 || total >= 120_000 {
		return t, false
	}
	year, month := int(total/12), int(total%12)+1
	t.year = int16(year)
	if t.prec >= precMonth {
		t.month = uint8(month)
	}
	if t.prec >= precDay {
		t.day = uint8(min(int(t.day), daysIn(year, month)))
	}
	return t, true
}

// addNanos adds n units of the given length. Days and seconds are counted
// apart, since nanoseconds alone do not reach 300 years.
func (t Temporal) addNanos(n, length int64) (Temporal, bool) {
	if length == int64(time.Second) {
		length = int64(time.Millisecond) // count gave milliseconds
	}
	const day = 24 * int64(time.Hour)
	perDay, days := int64(1), int64(0)
	if length >= day {
		days, n = n*(length/day), 0
	} else {
		perDay = day / length
		days, n = n/perDay, n%perDay
	}
	switch t.prec {
	case precYear:
		return t.addMonths(days / 365 * 12)
	case precMonth:
		return t.addMonths(days / 30)
	}
	rest := time.Duration(n * length)
	if t.kind == kindTime {
		days = 0 // a time of day goes round the clock
	}
	rest = cutTo(rest, t.prec)
	kind, year, month, dayOfMonth := t.kind, t.year, t.month, t.day
	if days > 4_000_000 || days < -4_000_000 {
		return t, false
	}
	moved, ok := t.set(t.at().AddDate(0, 0, int(days)).Add(rest))
	if kind == kindTime {
		moved.year, moved.month, moved.day = year, month, dayOfMonth
	}
	if moved.nano%1_000_000 != 0 || moved.nano != 0 {
		moved.digits = max(moved.digits, 3)
	}
	return moved, ok
}

// cutTo drops from a duration what the precision does not show.
func cutTo(d time.Duration, p precision) time.Duration {
	switch p {
	case precDay:
		return 0
	case precHour:
		return d.Truncate(time.Hour)
	case precMinute:
		return d.Truncate(time.Minute)
	}
	return d
}
