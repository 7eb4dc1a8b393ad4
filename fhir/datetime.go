package fhir

// Precision tells the smallest part that a date or time was written with. A
// fraction of a second belongs to Second, as FHIRPath has it.
type Precision uint8

// The precisions. Hour stands in FHIRPath literals only, Minute there and in
// search values; neither is allowed in a resource.
const (
	Year Precision = iota + 1
	Month
	Day
	Hour
	Minute
	Second
)

// DateTime is a date, dateTime or instant of FHIR (R4 section 2.24.0.1), or a
// date as a search or FHIRPath writes it. It keeps its precision and its zone;
// equal DateTimes were written alike, apart from digits after the ninth of a
// fraction. The zero DateTime is absent.
type DateTime struct {
	year                             uint16
	month, day, hour, minute, second uint8
	precision                        Precision
	fraction                         uint8 // digits of the fraction, as written, at most 255
	zoned                            bool
	utc                              bool // the zone was written Z
	offset                           int16
	nanos                            uint32
}

const dateHint = "is not a date. Write it like 2020, 2020-05, 2020-05-31 or 2020-05-31T14:30:00Z."

// ParseDateTime reads YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a
// fraction of any length and a zone (Z, +hh:mm, -hh:mm up to 14:00). Beyond
// what a resource may hold it takes what searches and FHIRPath write: a time
// of hours or of hours and minutes, a time without a zone, and a blank where a
// form decoder has turned the + of the zone into one. IsDate, IsDateTime and
// IsInstant tell which datatype the text may stand for. The day must exist;
// second 60 is accepted, as R4 asks. The error is a *ValueError.
func ParseDateTime[T ~string | ~[]byte](s T) (DateTime, error) {
	d, at, ok := parseDate(s)
	if !ok {
		return DateTime{}, valueError(s, dateHint)
	}
	if at == len(s) {
		return d, nil
	}
	if d.precision != Day || s[at] != 'T' {
		return DateTime{}, valueError(s, dateHint)
	}
	c, n, ok := parseClock(s[at+1:])
	if !ok {
		return DateTime{}, valueError(s, dateHint)
	}
	d.hour, d.minute, d.second, d.nanos = c.hour, c.minute, c.second, c.nanos
	d.precision, d.fraction = c.precision, c.fraction
	if at += 1 + n; at < len(s) {
		if d.offset, d.utc, ok = parseZone(s[at:]); !ok {
			return DateTime{}, valueError(s, dateHint)
		}
		d.zoned = true
	}
	return d, nil
}

func parseDate[T ~string | ~[]byte](s T) (d DateTime, at int, ok bool) {
	year, ok := number(s, 0, 4)
	if !ok || year == 0 {
		return d, 0, false
	}
	d.year, d.precision = uint16(year), Year
	if len(s) == 4 || s[4] != '-' {
		return d, 4, true
	}
	month, ok := number(s, 5, 2)
	if !ok || month < 1 || month > 12 {
		return d, 0, false
	}
	d.month, d.precision = uint8(month), Month
	if len(s) == 7 || s[7] != '-' {
		return d, 7, true
	}
	day, ok := number(s, 8, 2)
	if !ok || day < 1 || day > daysIn(year, month) {
		return d, 0, false
	}
	d.day, d.precision = uint8(day), Day
	return d, 10, true
}

const maxOffset = 14 * 60

func parseZone[T ~string | ~[]byte](s T) (minutes int16, utc, ok bool) {
	if len(s) == 1 && s[0] == 'Z' {
		return 0, true, true
	}
	if len(s) != 6 || s[3] != ':' {
		return 0, false, false
	}
	h, ok1 := number(s, 1, 2)
	m, ok2 := number(s, 4, 2)
	if !ok1 || !ok2 || m > 59 || h*60+m > maxOffset {
		return 0, false, false
	}
	switch s[0] {
	case '+', ' ':
		return int16(h*60 + m), false, true
	case '-':
		return -int16(h*60 + m), false, true
	}
	return 0, false, false
}

// Precision returns the smallest part that was written, 0 for an absent date.
func (d DateTime) Precision() Precision { return d.precision }

// FractionDigits tells how many digits of a fraction of a second were written.
func (d DateTime) FractionDigits() int { return int(d.fraction) }

// Date returns year, month and day; parts beyond the precision are 0.
func (d DateTime) Date() (year, month, day int) { return int(d.year), int(d.month), int(d.day) }

// Clock returns the time of day; parts beyond the precision are 0. The second
// may be 60.
func (d DateTime) Clock() (hour, minute, second, nanos int) {
	return int(d.hour), int(d.minute), int(d.second), int(d.nanos)
}

// Zone returns the offset from UTC in minutes, and false if none was written.
func (d DateTime) Zone() (minutes int, ok bool) { return int(d.offset), d.zoned }

// In returns the date-time with the zone of that many minutes east of UTC if
// it has a time and was written without a zone, and unchanged otherwise.
func (d DateTime) In(minutes int) DateTime {
	if d.precision >= Hour && !d.zoned && minutes >= -maxOffset && minutes <= maxOffset {
		d.zoned, d.offset = true, int16(minutes)
	}
	return d
}

// IsDate tells whether this is a value of FHIR's date.
func (d DateTime) IsDate() bool { return d.precision >= Year && d.precision <= Day }

// IsDateTime tells whether this is a value of FHIR's dateTime: a date, or a
// time to the second with its zone.
func (d DateTime) IsDateTime() bool { return d.IsDate() || d.IsInstant() }

// IsInstant tells whether this is a value of FHIR's instant.
func (d DateTime) IsInstant() bool { return d.precision == Second && d.zoned }

// String writes the value as it was read, but with at most nine digits of a
// fraction, + where a blank stood, and +00:00 for -00:00.
func (d DateTime) String() string {
	if d.precision == 0 {
		return ""
	}
	b := make([]byte, 0, 40)
	b = appendDigits(b, int(d.year), 4)
	if d.precision >= Month {
		b = appendDigits(append(b, '-'), int(d.month), 2)
	}
	if d.precision >= Day {
		b = appendDigits(append(b, '-'), int(d.day), 2)
	}
	if d.precision >= Hour {
		b = append(b, 'T')
		b = d.clock().append(b)
	}
	switch {
	case d.utc:
		b = append(b, 'Z')
	case d.zoned:
		sign, m := byte('+'), int(d.offset)
		if m < 0 {
			sign, m = '-', -m
		}
		b = appendDigits(append(b, sign), m/60, 2)
		b = appendDigits(append(b, ':'), m%60, 2)
	}
	return string(b)
}

func (d DateTime) clock() Time {
	return Time{hour: d.hour, minute: d.minute, second: d.second, nanos: d.nanos,
		precision: d.precision, fraction: d.fraction}
}
