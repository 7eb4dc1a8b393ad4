package fhir

import "cmp"

// clockParts holds year, month, day, hour, minute, second, nanoseconds.
type clockParts [7]int

// compareParts compares from the part of precision first on: as FHIRPath has
// it, a difference decides, and parts that only one side has leave it open.
func compareParts(a clockParts, ap Precision, b clockParts, bp Precision, first Precision) (order int, known bool) {
	if ap < first || bp < first {
		return 0, false
	}
	for p := first; p <= min(ap, bp); p++ {
		c := cmp.Compare(a[p-1], b[p-1])
		if c == 0 && p == Second {
			c = cmp.Compare(a[6], b[6])
		}
		if c != 0 {
			return c, true
		}
	}
	return 0, ap == bp
}

// Compare orders two dates or date-times as FHIRPath does (N1 section 6.2):
// -1, 0 or 1 where the parts that both have decide, and known is false where
// they agree as far as both are written but one is written further. Times
// with zones are compared as instants. If only one of two times has a zone the
// answer is known where it is the same for every zone; fill in a zone with In
// to get rid of the doubt. Digits after the ninth of a fraction do not count.
func (d DateTime) Compare(o DateTime) (order int, known bool) {
	if d.precision >= Hour && o.precision >= Hour && (d.zoned || o.zoned) {
		if d.zoned != o.zoned {
			return d.compareUnzoned(o)
		}
		d, o = d.toUTC(), o.toUTC()
	}
	return compareParts(d.parts(), d.precision, o.parts(), o.precision, Year)
}

// compareUnzoned compares two times of which one could lie in any zone.
func (d DateTime) compareUnzoned(o DateTime) (order int, known bool) {
	west, knownWest := d.In(-maxOffset).Compare(o.In(-maxOffset))
	east, knownEast := d.In(maxOffset).Compare(o.In(maxOffset))
	if knownWest && knownEast && west == east {
		return west, true
	}
	return 0, false
}

// Equal is Compare for equality: known is false where Compare's is.
func (d DateTime) Equal(o DateTime) (equal, known bool) {
	order, known := d.Compare(o)
	return known && order == 0, known
}

func (d DateTime) parts() clockParts {
	return clockParts{int(d.year), int(d.month), int(d.day), int(d.hour), int(d.minute), int(d.second), int(d.nanos)}
}

// toUTC moves a zoned time to UTC and keeps its precision, seconds 60 and
// fraction included. Hours with a zone of minutes become minutes.
func (d DateTime) toUTC() DateTime {
	if d.offset == 0 {
		return d
	}
	if d.precision == Hour {
		d.precision = Minute
	}
	minutes := daysFrom(int(d.year), int(d.month), int(d.day))*24*60 + int64(d.hour)*60 + int64(d.minute) - int64(d.offset)
	day := floorDiv(minutes, 24*60)
	rest := minutes - day*24*60
	year, month, dom := civil(day)
	d.year, d.month, d.day = uint16(year), uint8(month), uint8(dom)
	d.hour, d.minute, d.offset = uint8(rest/60), uint8(rest%60), 0
	return d
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// daysFrom counts the days from 1970-01-01 to a date of the proleptic
// Gregorian calendar. Years are counted from March, so that a leap day is the
// last of its year, and in eras of 400 years, which have 146097 days.
func daysFrom(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(int64(year), 400)
	y := int64(year) - era*400
	doy := int64(153*(month-3)+2)/5 + int64(day) - 1
	return era*146097 + y*365 + y/4 - y/100 + doy - 719468
}

// civil is the inverse of daysFrom.
func civil(days int64) (year, month, day int) {
	days += 719468
	era := floorDiv(days, 146097)
	doe := days - era*146097
	y := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*y + y/4 - y/100)
	m := (5*doy + 2) / 153
	day = int(doy - (153*m+2)/5 + 1)
	month = int(m) + 3
	if month > 12 {
		month -= 12
		y++
	}
	return int(y + era*400), month, day
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
