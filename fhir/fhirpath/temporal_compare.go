package fhirpath

import "time"

// The offsets of the world's zones, for values that do not tell theirs.
const (
	mostWest = -12 * time.Hour
	mostEast = 14 * time.Hour
)

// compare orders two values of time. known is false where their precision or
// a missing zone leaves the answer open (FHIRPath N1, "Date/Time comparison").
func (t Temporal) compare(o Temporal) (order int, known bool) {
	if t.kind != kindTime && t.zoned != o.zoned {
		return t.compareOpen(o)
	}
	if t.zoned && t.offset != o.offset {
		t, o = t.utc(), o.utc()
	}
	prec := min(t.prec, o.prec)
	a, b := t.parts(), o.parts()
	for p := precYear; p <= prec; p++ {
		switch {
		case a[p] < b[p]:
			return -1, true
		case a[p] > b[p]:
			return 1, true
		}
	}
	return 0, t.prec == o.prec
}

// compareOpen compares where only one side tells its zone: what holds for
// every zone of the world is known.
func (t Temporal) compareOpen(o Temporal) (int, bool) {
	aFrom, aTo := t.span()
	bFrom, bTo := o.span()
	switch {
	case !aTo.After(bFrom):
		return -1, true
	case !bTo.After(aFrom):
		return 1, true
	}
	return 0, false
}

// span is the range of moments that the value may mean, end excluded.
func (t Temporal) span() (from, to time.Time) {
	from, to = t.at(), t.after()
	if t.zoned {
		shift := -time.Duration(t.offset) * time.Minute
		return from.Add(shift), to.Add(shift)
	}
	return from.Add(-mostEast), to.Add(-mostWest)
}

// parts lists the value by precision; the second carries its fraction.
func (t Temporal) parts() [precSecond + 1]int64 {
	return [...]int64{0, int64(t.year), int64(t.month), int64(t.day), int64(t.hour), int64(t.minute),
		int64(t.second)*1_000_000_000 + int64(t.nano)}
}
