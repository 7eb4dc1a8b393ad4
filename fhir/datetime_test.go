package fhir

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// micros reads an RFC 3339 time with the standard library: the twin.
func micros(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMicro()
}

func TestDateTimeRange(t *testing.T) {
	for _, c := range []struct{ text, low, high string }{
		{"2020", "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"},
		{"0001", "0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z"},
		{"2020-02", "2020-02-01T00:00:00Z", "2020-03-01T00:00:00Z"},
		{"2020-12", "2020-12-01T00:00:00Z", "2021-01-01T00:00:00Z"},
		{"1969-12-31", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z"},
		{"2020-02-29", "2020-02-29T00:00:00Z", "2020-03-01T00:00:00Z"},
		{"2020-02-29T10", "2020-02-29T10:00:00Z", "2020-02-29T11:00:00Z"},
		{"2020-02-29T10:30", "2020-02-29T10:30:00Z", "2020-02-29T10:31:00Z"},
		{"2020-02-29T10:30+01:00", "2020-02-29T09:30:00Z", "2020-02-29T09:31:00Z"},
		{"2020-02-29T10:30:15Z", "2020-02-29T10:30:15Z", "2020-02-29T10:30:16Z"},
		{"2020-02-29T10:30:15-14:00", "2020-03-01T00:30:15Z", "2020-03-01T00:30:16Z"},
		{"2020-02-29T10:30:15 05:30", "2020-02-29T05:00:15Z", "2020-02-29T05:00:16Z"},
		{"2020-02-29T10:30:15.5Z", "2020-02-29T10:30:15.5Z", "2020-02-29T10:30:15.6Z"},
		{"2020-02-29T10:30:15.123Z", "2020-02-29T10:30:15.123Z", "2020-02-29T10:30:15.124Z"},
		{"2020-02-29T10:30:15.123456789Z", "2020-02-29T10:30:15.123456Z", "2020-02-29T10:30:15.123457Z"},
		{"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z", "2017-01-01T00:00:00Z"},
	} {
		d, err := ParseDateTime(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		low, high := d.Range()
		wantHigh := micros(t, c.high)
		if low != micros(t, c.low) || high != wantHigh {
			t.Errorf("%s: %v to %v", c.text, time.UnixMicro(low).UTC(), time.UnixMicro(high).UTC())
		}
	}
}

func TestDateTimeRefuses(t *testing.T) {
	for _, s := range []string{"", "20", "0000", "202O", "2020-", "2020-13", "2020-00", "2020-1", "2020-02-30", "2021-02-29",
		"1900-02-29", "2020-04-31", "2020-01-00", "2020-01-01T", "2020-01-01 10:00:00", "2020-01-01T24:00:00Z", "2020-01-01T10:60:00Z",
		"2020-01-01T10:00:61Z", "2020-01-01T10:00:00.Z", "2020-01-01T10:00:00+14:01", "2020-01-01T10:00:00+15:00", "2020-01-01T10:00:00+0100",
		"2020-01-01T10:00:00z", "2020T10:00:00Z", "2020-01T10", "2020-01-01T10:00:00ZZ", "2020-01-01Z", " 2020", "+2020", "99999", "2020-01-01T1:00:00Z"} {
		d, err := ParseDateTime(s)
		var ve *ValueError
		if err == nil || !errors.As(err, &ve) {
			t.Errorf("%q gave %v, %v", s, d, err)
		}
		if d != (DateTime{}) {
			t.Errorf("%q: a value beside an error", s)
		}
	}
}

func TestDateTimeKinds(t *testing.T) {
	for text, want := range map[string]string{
		"2020": "date dateTime", "2020-05-01": "date dateTime", "2020-05-01T10:00:00Z": "dateTime instant",
		"2020-05-01T10:00Z": "", "2020-05-01T10:00:00": "", "2020-05-01T10": "",
	} {
		d, err := ParseDateTime(text)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, k := range []struct {
			name string
			is   bool
		}{{"date", d.IsDate()}, {"dateTime", d.IsDateTime()}, {"instant", d.IsInstant()}} {
			if k.is {
				got += " " + k.name
			}
		}
		if len(got) > 0 {
			got = got[1:]
		}
		if got != want {
			t.Errorf("%s is %q, not %q", text, got, want)
		}
	}
}

// aDateTime draws a valid text of any precision and the time that the
// standard library sees at its start.
func aDateTime(t *rapid.T) (text string, start time.Time) {
	at := time.Unix(rapid.Int64Range(-62_135_596_800, 253_402_300_799).Draw(t, "unix"), 0).UTC()
	digits := rapid.IntRange(0, 9).Draw(t, "digits")
	unit := 1
	for range 9 - digits {
		unit *= 10
	}
	at = at.Add(time.Duration(rapid.IntRange(0, 999_999_999).Draw(t, "nanos") / unit * unit))
	y, m, d := at.Date()
	switch rapid.IntRange(0, 6).Draw(t, "precision") {
	case 0:
		return at.Format("2006"), time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
	case 1:
		return at.Format("2006-01"), time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	case 2:
		return at.Format("2006-01-02"), time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	case 3:
		return at.Format("2006-01-02T15:04Z07:00"), at.Truncate(time.Minute)
	}
	offset := rapid.IntRange(-maxOffset, maxOffset).Draw(t, "offset")
	zoned := at.In(time.FixedZone("", offset*60))
	if zoned.Year() < 1 || zoned.Year() > 9999 {
		zoned = at
	}
	layout := "2006-01-02T15:04:05"
	if digits > 0 {
		layout += fmt.Sprintf(".%0*d", digits, 0)
	}
	return zoned.Format(layout + "Z07:00"), zoned
}

func TestDateTimeAgainstTimePackage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, start := aDateTime(t)
		d, err := ParseDateTime([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if d.String() != text {
			t.Errorf("%s came back as %s", text, d)
		}
		low, high := d.Range()
		if want := start.UnixMicro(); low != want {
			t.Errorf("%s starts at %d, not %d", text, low, want)
		}
		var end time.Time
		switch d.Precision() {
		case Year:
			end = start.AddDate(1, 0, 0)
		case Month:
			end = start.AddDate(0, 1, 0)
		case Day:
			end = start.AddDate(0, 0, 1)
		case Minute:
			end = start.Add(time.Minute)
		default:
			unit := time.Second
			for range min(d.FractionDigits(), 6) {
				unit /= 10
			}
			end = time.UnixMicro(start.UnixMicro()).Add(unit)
		}
		if high != end.UnixMicro() {
			t.Errorf("%s ends at %d, not %d", text, high, end.UnixMicro())
		}
	})
}

func TestDateTimeRangeIn(t *testing.T) {
	zone := time.FixedZone("", 5*3600)
	d, _ := ParseDateTime("2020-05-31")
	if low, high := d.RangeIn(zone); low != micros(t, "2020-05-31T00:00:00+05:00") || high != micros(t, "2020-06-01T00:00:00+05:00") {
		t.Error(low, high)
	}
	d, _ = ParseDateTime("2020-05-31T10:00:00Z")
	if low, _ := d.RangeIn(zone); low != micros(t, "2020-05-31T10:00:00Z") {
		t.Error("a written zone counts")
	}
}

func TestDateTimeCompare(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want string
	}{
		{"2020", "2021", "<"}, {"2020", "2020", "="}, {"2020", "2020-01", "?"}, {"2020", "2019-01", ">"},
		{"2020-05-31", "2020-05-31T10:00:00Z", "?"}, {"2020-05-30", "2020-05-31T10:00:00Z", "<"},
		{"2020-05-31T10:00:00", "2020-05-31T10:00:00.0", "="}, {"2020-05-31T10:00:00", "2020-05-31T10:00:00.1", "<"},
		{"2020-05-31T10:00", "2020-05-31T10:00:00", "?"},
		{"2020-05-31T10:00:00+02:00", "2020-05-31T09:00:00+01:00", "="},
		{"2020-01-01T00:30:00+01:00", "2019-12-31T23:30:00Z", "="},
		{"2020-05-31T10:00:00", "2020-05-31T10:00:00Z", "?"}, {"2020-05-29T10:00:00", "2020-05-31T10:00:00Z", "<"},
		{"2020-05-31T10:00:60Z", "2020-05-31T10:00:59Z", ">"},
		{"0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "<"},
	} {
		a, errA := ParseDateTime(c.a)
		b, errB := ParseDateTime(c.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		for range 2 {
			order, known := a.Compare(b)
			got := string("<=>"[order+1])
			if !known {
				got = "?"
			}
			if got != c.want {
				t.Errorf("%v %s %v, want %s", a, got, b, c.want)
			}
			a, b = b, a
			c.want = map[string]string{"<": ">", ">": "<", "=": "=", "?": "?"}[c.want]
		}
	}
	if _, known := (DateTime{}).Compare(DateTime{}); known {
		t.Error("absent dates are not equal")
	}
}

// What Compare knows, the ranges say as well.
func TestCompareAgreesWithRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ta, _ := aDateTime(t)
		tb, _ := aDateTime(t)
		a, _ := ParseDateTime(ta)
		b, _ := ParseDateTime(tb)
		if a.zoned && a.offset != 0 || b.zoned && b.offset != 0 {
			return // beside a date, which has no zone, FHIRPath takes the written parts
		}
		order, known := a.Compare(b)
		al, ah := a.Range()
		bl, bh := b.Range()
		if !known && (ah <= bl || bh <= al) {
			t.Errorf("%s and %s do not overlap, yet their order is not known", ta, tb)
		}
		if known && (order < 0 && al > bl || order > 0 && al < bl || order == 0 && al != bl) {
			t.Errorf("%s %d %s", ta, order, tb)
		}
	})
}

func TestTime(t *testing.T) {
	for _, s := range []string{"00:00:00", "23:59:60", "10:30", "10", "10:30:00.123", "10:30:00.120"} {
		if got, err := ParseTime(s); err != nil || got.String() != s {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "1", "24:00:00", "10:60", "10:00:61", "10:00:00Z", "10:", "10:00:00.", "T10:00"} {
		if got, err := ParseTime(s); err == nil {
			t.Errorf("%q was accepted as %s", s, got)
		}
	}
	a, _ := ParseTime("10:30")
	b, _ := ParseTime("10:30:00")
	c, _ := ParseTime("10:31:00.5")
	if _, known := a.Compare(b); known {
		t.Error("10:30 and 10:30:00")
	}
	if order, known := b.Compare(c); order != -1 || !known {
		t.Error("10:30:00 and 10:31:00.5")
	}
	if a.IsTime() || !b.IsTime() {
		t.Error("a FHIR time has seconds")
	}
}

func FuzzDateTime(f *testing.F) {
	for _, s := range []string{"2020", "2020-02-29T10:30:15.123456789+01:00", "2016-12-31T23:59:60Z", "2020-01-01T10", "2020-01-01T10:00 01:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDateTime(s)
		if e, errBytes := ParseDateTime([]byte(s)); e != d || (err == nil) != (errBytes == nil) {
			t.Fatal("text and bytes differ")
		}
		if err != nil {
			return
		}
		low, high := d.Range()
		if low >= high {
			t.Errorf("%q covers %d to %d", s, low, high)
		}
		again, err := ParseDateTime(d.String())
		if err != nil || again.String() != d.String() {
			t.Errorf("%q became %q, %v", s, d, err)
		}
		if std, err := time.Parse(time.RFC3339Nano, s); err == nil && std.UnixMicro() != low {
			t.Errorf("%q starts at %d, the time package says %d", s, low, std.UnixMicro())
		}
	})
}

func BenchmarkParseDateTime(b *testing.B) {
	s := []byte("2020-02-29T10:30:15.123+01:00")
	for b.Loop() {
		d, _ := ParseDateTime(s)
		d.Range()
	}
}
