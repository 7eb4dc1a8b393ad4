package fhirpath

import (
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// timeUnit is a unit of the calendar: a number of months or a fixed length.
type timeUnit struct {
	months int64
	length time.Duration
}

const day = 24 * time.Hour

var timeUnits = map[string]timeUnit{
	"year": {months: 12}, "month": {months: 1}, "week": {length: 7 * day}, "day": {length: day}, "hour": {length: time.Hour},
	"minute": {length: time.Minute}, "second": {length: time.Second}, "millisecond": {length: time.Millisecond},
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
// word in quotes is taken too, as HL7's cases do.
func timeUnitOf(q Quantity) (timeUnit, bool) {
	name := q.Unit
	if word, ok := ucumTime[name]; ok {
		name = word
	}
	u, ok := timeUnits[calendarUnit(name)]
	return u, ok
}

// add moves the value by q (negative: back). What is finer than the value's
// precision is first turned into it, with 24 hours a day, 30 days a month, 12
// months and 365 days a year, and cut (FHIRPath N1, "Date/Time Arithmetic").
// ok is false where the result leaves the years 1 to 9999.
func (t Temporal) add(q Quantity, sign int64) (_ Temporal, ok bool, err error) {
	u, found := timeUnitOf(q)
	if !found {
		return t, false, execErr("Only a length of time can be added to a date or time. Use a unit such as days or months.")
	}
	if t.kind == kindTime && (u.months > 0 || u.length >= day) {
		return t, false, execErr("Years, months, weeks and days can not be added to a time of day.")
	}
	m := t.moment()
	if u.months > 0 {
		n, fits := wholeUnits(q.Value)
		if !fits || !m.addMonths(sign*n*u.months) {
			return t, false, nil
		}
	} else if !m.addLength(q.Value, sign, u.length) {
		return t, false, nil
	}
	t, ok = m.temporal()
	return t, ok, nil
}

// mostUnits is more than any sum needs: milliseconds in 10,000 years.
const mostUnits = 400_000_000_000_000

// wholeUnits drops the fraction, as N1 asks for units above seconds.
func wholeUnits(d Decimal) (int64, bool) {
	i, ok := d.truncate().integer()
	return int64(i), ok && i < mostUnits && i > -mostUnits
}

// addMonths keeps the day, or takes the last one of a shorter month.
func (m *moment) addMonths(n int64) bool {
	if m.prec == fhir.Year {
		n = n / 12 * 12
	}
	total := int64(m.at.Year())*12 + int64(m.at.Month()) - 1 + n
	if total < 12 || total >= 120_000 {
		return false
	}
	first := time.Date(int(total/12), time.Month(total%12+1), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	clock := m.at.Sub(m.at.Truncate(day))
	m.at = first.AddDate(0, 0, min(m.at.Day(), last)-1).Add(clock)
	return true
}

// grains are the shortest lengths that a precision shows.
var grains = [...]time.Duration{fhir.Day: day, fhir.Hour: time.Hour, fhir.Minute: time.Minute, fhir.Second: 1}

// addLength adds n units of a fixed length. Days are counted apart from what
// is shorter, since a Duration does not reach 300 years.
func (m *moment) addLength(d Decimal, sign int64, length time.Duration) bool {
	if length == time.Second { // the only unit that may have a fraction
		d, length = d.mul(decimalOf(1000)), time.Millisecond
	}
	n, ok := wholeUnits(d)
	if !ok {
		return false
	}
	n *= sign
	var days int64
	if length >= day {
		days, n = n*int64(length/day), 0
	} else {
		perDay := int64(day / length)
		days, n = n/perDay, n%perDay
	}
	const mostDays = 4_000_000
	if days > mostDays || days < -mostDays {
		return false
	}
	switch m.prec {
	case fhir.Year:
		return m.addMonths(days / 365 * 12)
	case fhir.Month:
		return m.addMonths(days / 30)
	}
	rest := time.Duration(n) * length
	rest -= rest % grains[m.prec]
	// A time of day goes round the clock, since its date is not shown.
	m.at = m.at.AddDate(0, 0, int(days)).Add(rest)
	if m.at.Nanosecond() != 0 {
		m.digits = max(m.digits, 3)
	}
	return true
}
