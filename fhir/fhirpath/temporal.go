package fhirpath

import (
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// Temporal is a System.Date, System.DateTime or System.Time.
type Temporal struct {
	kind temporalKind
	date fhir.DateTime // of a Date or DateTime
	time fhir.Time     // of a Time
}

type temporalKind uint8

const (
	kindDate temporalKind = iota
	kindDateTime
	kindTime
)

// parseTemporal reads a date (2015-02), a dateTime (2015-02-04T14:30, or a
// date with a T behind it) or, after a T, a time of day.
func parseTemporal(s string) (t Temporal, ok bool) {
	if clock, isTime := strings.CutPrefix(s, "T"); isTime {
		c, err := fhir.ParseTime(clock)
		return Temporal{kind: kindTime, time: c}, err == nil
	}
	if strings.Contains(s, "T") {
		t.kind = kindDateTime
	}
	if strings.Contains(s, " ") {
		return t, false // a search may write a zone so, FHIRPath may not
	}
	d, err := fhir.ParseDateTime(strings.TrimSuffix(s, "T"))
	t.date = d
	return t, err == nil
}

// DateTime is the value of a Date or a DateTime; ok is false for a Time.
func (t Temporal) DateTime() (d fhir.DateTime, ok bool) { return t.date, t.kind != kindTime }

// String writes the value as FHIR does.
func (t Temporal) String() string {
	if t.kind == kindTime {
		return t.time.String()
	}
	return t.date.String()
}

func (t Temporal) precision() fhir.Precision {
	if t.kind == kindTime {
		return t.time.Precision()
	}
	return t.date.Precision()
}

// comparable tells whether both are times of day, or neither is.
func (t Temporal) comparable(o Temporal) bool { return (t.kind == kindTime) == (o.kind == kindTime) }

// compare orders two comparable values; known is false where their precision
// or a missing zone leaves the answer open.
func (t Temporal) compare(o Temporal) (order int, known bool) {
	if t.kind == kindTime {
		return t.time.Compare(o.time)
	}
	return t.date.Compare(o.date)
}

// moment is a Temporal taken apart to calculate with.
type moment struct {
	kind   temporalKind
	prec   fhir.Precision
	digits int       // of the second's fraction
	at     time.Time // the first moment that it may mean, as if in UTC
	zone   string    // as it was written
}

func (t Temporal) moment() moment {
	m := moment{kind: t.kind, prec: t.precision()}
	year, month, day := 1970, 1, 1
	var hour, minute, second, nanos int
	if t.kind == kindTime {
		hour, minute, second, nanos = t.time.Clock()
		_, fraction, _ := strings.Cut(t.time.String(), ".")
		m.digits = len(fraction)
	} else {
		year, month, day = t.date.Date()
		hour, minute, second, nanos = t.date.Clock()
		m.zone, m.digits = zoneOf(t), min(t.date.FractionDigits(), 9)
	}
	m.at = time.Date(year, time.Month(max(month, 1)), max(day, 1), hour, minute, second, nanos, time.UTC)
	return m
}

// zoneOf is the text of a date-time's zone.
func zoneOf(t Temporal) string {
	if _, zoned := t.date.Zone(); !zoned {
		return ""
	}
	s := t.date.String()
	if strings.HasSuffix(s, "Z") {
		return "Z"
	}
	return s[len(s)-len("+00:00"):]
}

var layouts = [...]string{fhir.Year: "2006", fhir.Month: "2006-01", fhir.Day: "2006-01-02",
	fhir.Hour: "2006-01-02T15", fhir.Minute: "2006-01-02T15:04", fhir.Second: "2006-01-02T15:04:05"}

// temporal puts the parts together again; ok is false where the year has left
// 1 to 9999.
func (m moment) temporal() (t Temporal, ok bool) {
	if y := m.at.Year(); y < 1 || y > 9999 {
		return t, false
	}
	s := m.at.Format(layouts[m.prec])
	if m.prec == fhir.Second && m.digits > 0 {
		fraction := strconv.Itoa(1_000_000_000 + m.at.Nanosecond())[1:]
		s += "." + fraction[:m.digits]
	}
	if m.kind == kindTime {
		s = s[strings.IndexByte(s, 'T'):]
	} else if m.prec >= fhir.Hour {
		s += m.zone
	}
	t, ok = parseTemporal(s)
	t.kind = m.kind
	return t, ok
}

// after is the first moment that the value can not mean any more.
func (m moment) after() time.Time {
	switch m.prec {
	case fhir.Year:
		return m.at.AddDate(1, 0, 0)
	case fhir.Month:
		return m.at.AddDate(0, 1, 0)
	case fhir.Day:
		return m.at.AddDate(0, 0, 1)
	case fhir.Hour:
		return m.at.Add(time.Hour)
	case fhir.Minute:
		return m.at.Add(time.Minute)
	}
	return m.at.Add(1)
}

// temporalOf takes a moment of the caller's clock, to the millisecond.
func temporalOf(now time.Time, kind temporalKind) (Temporal, bool) {
	m := moment{kind: kind, prec: fhir.Second, digits: 3, at: now}
	switch kind {
	case kindDate:
		m.prec = fhir.Day
	case kindDateTime:
		m.zone = now.Format("Z07:00")
	}
	return m.temporal()
}
