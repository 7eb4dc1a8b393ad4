package fhirpath

import (
	"fmt"
	"time"
)

// precision says how much of a date or time is known.
type precision uint8

const (
	precYear precision = iota + 1
	precMonth
	precDay
	precHour
	precMinute
	precSecond // fractions belong to the second: 10:30:00 equals 10:30:00.0
)

// Temporal is a System.Date, System.DateTime or System.Time. Beside what
// fhir.DateTime knows it has the hour-only forms and times of day that
// FHIRPath literals allow, and keeps its parts, since arithmetic needs them.
type Temporal struct {
	kind   temporalKind
	prec   precision
	digits uint8 // of the second's fraction, as written
	zoned  bool
	offset int16 // minutes east of UTC
	year   int16
	month  uint8
	day    uint8
	hour   uint8
	minute uint8
	second uint8
	nano   int32
}

type temporalKind uint8

const (
	kindDate temporalKind = iota
	kindDateTime
	kindTime
)

// parseTemporal reads a date (2015-02), a dateTime (2015-02-04T, with any
// part of the time) or a time (T14:30).
func parseTemporal(s string) (Temporal, bool) {
	var t Temporal
	if s == "" {
		return t, false
	}
	if s[0] == 'T' {
		t.kind = kindTime
		rest, ok := t.clock(s[1:])
		return t, ok && rest == "" && t.prec >= precHour
	}
	rest, ok := t.date(s)
	if !ok || rest == "" {
		return t, ok
	}
	if rest[0] != 'T' {
		return t, false
	}
	t.kind = kindDateTime
	if rest = rest[1:]; rest == "" {
		return t, true
	}
	if t.prec != precDay {
		return t, false
	}
	if rest, ok = t.clock(rest); !ok {
		return t, false
	}
	return t, t.zone(rest)
}

func (t *Temporal) date(s string) (rest string, ok bool) {
	y, rest, ok := number(s, 4)
	if !ok || y == 0 {
		return s, false
	}
	t.year, t.prec = int16(y), precYear
	if len(rest) == 0 || rest[0] != '-' {
		return rest, true
	}
	m, rest, ok := number(rest[1:], 2)
	if !ok || m < 1 || m > 12 {
		return s, false
	}
	t.month, t.prec = uint8(m), precMonth
	if len(rest) == 0 || rest[0] != '-' {
		return rest, true
	}
	d, rest, ok := number(rest[1:], 2)
	if !ok || d < 1 || d > daysIn(y, m) {
		return s, false
	}
	t.day, t.prec = uint8(d), precDay
	return rest, true
}

func (t *Temporal) clock(s string) (rest string, ok bool) {
	h, rest, ok := number(s, 2)
	if !ok || h > 23 {
		return s, false
	}
	t.hour, t.prec = uint8(h), precHour
	for _, part := range []struct {
		to   *uint8
		prec precision
		max  int
	}{{&t.minute, precMinute, 59}, {&t.second, precSecond, 60}} {
		if len(rest) == 0 || rest[0] != ':' {
			return rest, true
		}
		var n int
		if n, rest, ok = number(rest[1:], 2); !ok || n > part.max {
			return s, false
		}
		*part.to, t.prec = uint8(n), part.prec
	}
	return t.fraction(rest)
}

// fraction reads .123; what is finer than a nanosecond is dropped.
func (t *Temporal) fraction(s string) (rest string, ok bool) {
	if len(s) == 0 || s[0] != '.' {
		return s, true
	}
	i, unit := 1, int32(100_000_000)
	for ; i < len(s) && isDigit(s[i]); i++ {
		t.nano += int32(s[i]-'0') * unit
		unit /= 10
	}
	t.digits = uint8(min(i-1, 9))
	return s[i:], i > 1
}

func (t *Temporal) zone(s string) bool {
	switch {
	case s == "":
		return true
	case s == "Z":
		t.zoned = true
		return true
	case len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':':
		return false
	}
	h, _, ok1 := number(s[1:], 2)
	m, _, ok2 := number(s[4:], 2)
	if !ok1 || !ok2 || h > 14 || m > 59 {
		return false
	}
	t.zoned, t.offset = true, int16(h*60+m)
	if s[0] == '-' {
		t.offset = -t.offset
	}
	return true
}

// number reads exactly n digits.
func number(s string, n int) (v int, rest string, ok bool) {
	if len(s) < n {
		return 0, s, false
	}
	for i := range n {
		if !isDigit(s[i]) {
			return 0, s, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, s[n:], true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// String writes the value as a literal would, without the @ (and a time
// without its T, as FHIR does).
func (t Temporal) String() string {
	b := make([]byte, 0, 32)
	if t.kind != kindTime {
		b = fmt.Appendf(b, "%04d", t.year)
		if t.prec >= precMonth {
			b = fmt.Appendf(b, "-%02d", t.month)
		}
		if t.prec >= precDay {
			b = fmt.Appendf(b, "-%02d", t.day)
		}
		if t.prec >= precHour {
			b = append(b, 'T')
		}
	}
	if t.prec >= precHour {
		b = fmt.Appendf(b, "%02d", t.hour)
	}
	if t.prec >= precMinute {
		b = fmt.Appendf(b, ":%02d", t.minute)
	}
	if t.prec >= precSecond {
		b = fmt.Appendf(b, ":%02d", t.second)
		if t.digits > 0 {
			b = append(b, fmt.Sprintf(".%09d", t.nano)[:t.digits+1]...)
		}
	}
	return string(append(b, t.zoneText()...))
}

func (t Temporal) zoneText() string {
	switch {
	case !t.zoned:
		return ""
	case t.offset == 0:
		return "Z"
	case t.offset < 0:
		return fmt.Sprintf("-%02d:%02d", -t.offset/60, -t.offset%60)
	}
	return fmt.Sprintf("+%02d:%02d", t.offset/60, t.offset%60)
}

// at is the first moment that the value may mean, read as UTC without regard
// to its zone.
func (t Temporal) at() time.Time {
	year, month, day := int(t.year), max(int(t.month), 1), max(int(t.day), 1)
	if t.kind == kindTime {
		year, month, day = 1970, 1, 1
	}
	return time.Date(year, time.Month(month), day, int(t.hour), int(t.minute), int(t.second), int(t.nano), time.UTC)
}

// after is the first moment that the value can not mean any more.
func (t Temporal) after() time.Time {
	a := t.at()
	switch t.prec {
	case precYear:
		return a.AddDate(1, 0, 0)
	case precMonth:
		return a.AddDate(0, 1, 0)
	case precDay:
		return a.AddDate(0, 0, 1)
	case precHour:
		return a.Add(time.Hour)
	case precMinute:
		return a.Add(time.Minute)
	}
	return a.Add(1)
}

// set takes the parts from a moment that was reckoned by at's rule, false
// where the year leaves 1 to 9999.
func (t Temporal) set(a time.Time) (Temporal, bool) {
	if a.Year() < 1 || a.Year() > 9999 {
		return t, false
	}
	t.year, t.month, t.day = int16(a.Year()), uint8(a.Month()), uint8(a.Day())
	t.hour, t.minute, t.second, t.nano = uint8(a.Hour()), uint8(a.Minute()), uint8(a.Second()), int32(a.Nanosecond())
	return t, true
}

// utc moves a value with a zone to UTC.
func (t Temporal) utc() Temporal {
	if !t.zoned || t.offset == 0 || t.prec < precHour {
		return t
	}
	u, ok := t.set(t.at().Add(-time.Duration(t.offset) * time.Minute))
	if !ok {
		return t
	}
	u.offset = 0
	return u
}

// temporalOf takes a moment of the caller's clock, to the millisecond.
func temporalOf(now time.Time, kind temporalKind) Temporal {
	_, offset := now.Zone()
	t := Temporal{kind: kind, prec: precDay}
	t, _ = t.set(now.Truncate(time.Millisecond))
	switch kind {
	case kindDateTime:
		t.prec, t.digits, t.zoned, t.offset = precSecond, 3, true, int16(offset/60)
	case kindTime:
		t.prec, t.digits, t.year, t.month, t.day = precSecond, 3, 0, 0, 0
	default:
		t.hour, t.minute, t.second, t.nano = 0, 0, 0, 0
	}
	return t
}
