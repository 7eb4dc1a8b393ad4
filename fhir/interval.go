package fhir

import (
	"math"
	"time"
)

// Interval is the time from Low (inside) to High (outside), in microseconds
// since 1970-01-01T00:00:00Z without leap seconds.
type Interval struct{ Low, High int64 }

// The ends of an Interval that has no end on that side.
const (
	Earliest = math.MinInt64
	Latest   = math.MaxInt64
)

const (
	microsecond = 1
	second      = 1_000_000 * microsecond
	minute      = 60 * second
	hour        = 60 * minute
	day         = 24 * hour
)

// Range returns the time that the value covers by its precision, half-open:
// from low, inclusive, to high, exclusive, in microseconds since 1970 UTC. A
// value without a zone is read in UTC. 2020 covers the whole year; 12:00:00.5
// a tenth of a second; never less than a microsecond. Second 60 is the last
// microsecond of its minute, so that it stays within its minute and day. An
// absent value covers nothing: low equals high.
func (d DateTime) Range() (low, high int64) {
	switch d.precision {
	case 0:
		return 0, 0
	case Year:
		return daysFrom(int(d.year), 1, 1) * day, daysFrom(int(d.year)+1, 1, 1) * day
	case Month:
		low = daysFrom(int(d.year), int(d.month), 1) * day
		return low, low + int64(daysIn(int(d.year), int(d.month)))*day
	case Day:
		low = daysFrom(int(d.year), int(d.month), int(d.day)) * day
		return low, low + day
	}
	low = daysFrom(int(d.year), int(d.month), int(d.day))*day + int64(d.hour)*hour - int64(d.offset)*minute
	switch d.precision {
	case Hour:
		return low, low + hour
	case Minute:
		low += int64(d.minute) * minute
		return low, low + minute
	}
	if d.second == 60 {
		high = low + int64(d.minute+1)*minute
		return high - microsecond, high
	}
	low += int64(d.minute)*minute + int64(d.second)*second + int64(d.nanos/1000)
	width := int64(second)
	for range min(d.fraction, 6) {
		width /= 10
	}
	return low, low + width
}

// RangeIn is Range with another zone for values that were written without
// one. Where the clock of the zone stands still or jumps, the range is that of
// the time package.
func (d DateTime) RangeIn(zone *time.Location) (low, high int64) {
	low, high = d.Range()
	if d.zoned || d.precision == 0 || zone == nil || zone == time.UTC {
		return low, high
	}
	low, high = inZone(low, zone), inZone(high, zone)
	return low, max(high, low+microsecond)
}

func inZone(micros int64, zone *time.Location) int64 {
	u := time.UnixMicro(micros).UTC()
	return time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), u.Nanosecond(), zone).UnixMicro()
}

// PeriodRange returns the time that a Period covers: an end that is missing is
// open. It is false where neither end is there or an end cannot be read. Ends
// that stand in the wrong order cover what lies between them.
func PeriodRange(n Node) (Interval, bool) {
	start, end := n.Get("start"), n.Get("end")
	if !start.Exists() && !end.Exists() {
		return Interval{}, false
	}
	i := Interval{Earliest, Latest}
	if start.Exists() {
		s, ok := textRange(start)
		if !ok {
			return Interval{}, false
		}
		i.Low = s.Low
	}
	if end.Exists() {
		e, ok := textRange(end)
		if !ok {
			return Interval{}, false
		}
		i.High = e.High
		if i.High <= i.Low {
			s, _ := textRange(start)
			i = Interval{e.Low, s.High}
		}
	}
	return i, true
}

// TimingRange returns the outermost time of a Timing's events and of its
// repeat.boundsPeriod. Bounds that are a length of time without a start are
// not a place in time; with nothing else it is false.
func TimingRange(n Node) (i Interval, ok bool) {
	i = Interval{Latest, Earliest}
	for e := range n.Get("event").Items() {
		if r, good := textRange(e); good {
			i, ok = i.Outer(r), true
		}
	}
	if r, good := PeriodRange(n.Get("repeat").Get("boundsPeriod")); good {
		i, ok = i.Outer(r), true
	}
	if !ok {
		return Interval{}, false
	}
	return i, true
}

// DateRange returns the time that a date, dateTime, instant, Period or Timing
// covers, whichever the node is by its shape.
func DateRange(n Node) (Interval, bool) {
	switch {
	case n.Kind() == String:
		return textRange(n)
	case n.Get("event").Exists() || n.Get("repeat").Exists():
		return TimingRange(n)
	}
	return PeriodRange(n)
}

func textRange(n Node) (Interval, bool) {
	if n.Kind() != String {
		return Interval{}, false
	}
	d, err := ParseDateTime(n.Text())
	if err != nil {
		return Interval{}, false
	}
	low, high := d.Range()
	return Interval{low, high}, true
}

// Outer returns the smallest interval that holds both.
func (i Interval) Outer(o Interval) Interval {
	return Interval{min(i.Low, o.Low), max(i.High, o.High)}
}

// Overlaps tells whether the two have a moment in common.
func (i Interval) Overlaps(o Interval) bool { return i.Low < o.High && o.Low < i.High }

// Contains tells whether o lies in i.
func (i Interval) Contains(o Interval) bool { return i.Low <= o.Low && o.High <= i.High }

// Widen returns the interval with a tenth of its distance from now added on
// either side: what R4 recommends for the prefix ap. An open side stays open.
func (i Interval) Widen(now int64) Interval {
	if i.Low != Earliest {
		i.Low -= distance(i.Low, now) / 10
	}
	if i.High != Latest {
		i.High += distance(i.High, now) / 10
	}
	return i
}

func distance(a, b int64) int64 {
	return max(a, b) - min(a, b)
}
