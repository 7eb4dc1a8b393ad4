package fhir

// Time is FHIR's time (R4 section 2.24.0.1): a time of day without a zone. It
// keeps its precision. The zero Time is absent.
type Time struct {
	hour, minute, second uint8
	precision            Precision
	fraction             uint8
	nanos                uint32
}

// ParseTime reads hh:mm:ss with a fraction of any length, and the hh and hh:mm
// of FHIRPath literals; IsTime tells the two apart. The error is a *ValueError.
func ParseTime[T ~string | ~[]byte](s T) (Time, error) {
	t, n, ok := parseClock(s)
	if !ok || n != len(s) {
		return Time{}, valueError(s, "is not a time of day. Write it like 14:30:00.")
	}
	return t, nil
}

// parseClock reads the time of day that s starts with and returns its length.
func parseClock[T ~string | ~[]byte](s T) (t Time, n int, ok bool) {
	hour, ok := number(s, 0, 2)
	if !ok || hour > 23 {
		return t, 0, false
	}
	t.hour, t.precision = uint8(hour), Hour
	if len(s) == 2 || s[2] != ':' {
		return t, 2, true
	}
	minute, ok := number(s, 3, 2)
	if !ok || minute > 59 {
		return t, 0, false
	}
	t.minute, t.precision = uint8(minute), Minute
	if len(s) == 5 || s[5] != ':' {
		return t, 5, true
	}
	second, ok := number(s, 6, 2)
	if !ok || second > 60 {
		return t, 0, false
	}
	t.second, t.precision = uint8(second), Second
	if len(s) == 8 || s[8] != '.' {
		return t, 8, true
	}
	n = 9
	for unit := uint32(100_000_000); n < len(s) && s[n]-'0' <= 9; n++ {
		t.nanos += uint32(s[n]-'0') * unit
		unit /= 10
	}
	t.fraction = uint8(min(n-9, 255))
	return t, n, n > 9
}

// Precision returns the smallest part that was written, 0 for an absent time.
func (t Time) Precision() Precision { return t.precision }

// Clock returns the parts; those beyond the precision are 0. The second may
// be 60.
func (t Time) Clock() (hour, minute, second, nanos int) {
	return int(t.hour), int(t.minute), int(t.second), int(t.nanos)
}

// IsTime tells whether this is a value of FHIR's time, which has seconds.
func (t Time) IsTime() bool { return t.precision == Second }

// String writes the time as it was read, but with at most nine digits of a
// fraction.
func (t Time) String() string { return string(t.append(nil)) }

func (t Time) append(b []byte) []byte {
	if t.precision >= Hour {
		b = appendDigits(b, int(t.hour), 2)
	}
	if t.precision >= Minute {
		b = appendDigits(append(b, ':'), int(t.minute), 2)
	}
	if t.precision >= Second {
		b = appendDigits(append(b, ':'), int(t.second), 2)
	}
	if t.fraction > 0 {
		b = append(b, '.')
		at := len(b)
		b = appendDigits(b, int(t.nanos), 9)
		b = b[:at+min(int(t.fraction), 9)]
	}
	return b
}

// Compare orders two times as FHIRPath does: -1, 0 or 1, and known is false
// where they agree as far as both are written but one is written further.
func (t Time) Compare(o Time) (order int, known bool) {
	return compareParts(t.parts(), t.precision, o.parts(), o.precision, Hour)
}

func (t Time) parts() clockParts {
	return clockParts{3: int(t.hour), 4: int(t.minute), 5: int(t.second), 6: int(t.nanos)}
}

// appendDigits appends v with leading zeros to the width.
func appendDigits(b []byte, v, width int) []byte {
	at := len(b)
	for range width {
		b = append(b, '0')
	}
	for i := at + width - 1; v > 0 && i >= at; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}
