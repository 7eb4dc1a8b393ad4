package vaccine

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// theTime is a date by the standard library, the twin of ours.
func theTime(d Date) time.Time {
	return time.Date(1, 1, int(d), 0, 0, 0, 0, time.UTC)
}

// TestEveryDayOfTheCalendarIsItself goes through 400 years, after which the
// calendar comes again, and the ends of all years.
func TestEveryDayOfTheCalendarIsItself(t *testing.T) {
	held := func(d Date, at time.Time) {
		y, m, day := d.Civil()
		if ty, tm, td := at.Date(); y != ty || m != int(tm) || day != td || DateOf(y, m, day) != d {
			t.Fatalf("day %d is %d-%d-%d, not %s", d, y, m, day, at.Format(time.DateOnly))
		}
	}
	for at, end := DateOf(1800, 1, 1), DateOf(2200, 1, 1); at <= end; at++ {
		held(at, theTime(at))
	}
	for year := 1; year < 10000; year++ {
		first := theTime(1).AddDate(year-1, 0, 0)
		held(DateOf(year, 1, 1), first)
		held(DateOf(year, 12, 31), first.AddDate(1, 0, -1))
	}
	if lastDate != DateOf(9999, 12, 31) || firstDate != DateOf(1, 1, 1) {
		t.Error("the calendar ends elsewhere")
	}
}

// TestAddIsAsItsTwin: the twin goes by the month, and takes the first of the next
// one where the day is missing.
func TestAddIsAsItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Date(rapid.IntRange(400_000, 900_000).Draw(t, "day"))
		p := Period{given: true, Years: int16(rapid.IntRange(-50, 150).Draw(t, "years")), Months: int16(rapid.IntRange(-40, 40).Draw(t, "months")),
			Weeks: int16(rapid.IntRange(-60, 60).Draw(t, "weeks")), Days: int16(rapid.IntRange(-400, 400).Draw(t, "days"))}
		y, m, day := theTime(d).Date()
		first := time.Date(y+int(p.Years), m+time.Month(p.Months), 1, 0, 0, 0, 0, time.UTC)
		want := first.AddDate(0, 0, day-1)
		if want.Month() != first.Month() {
			want = first.AddDate(0, 1, 0)
		}
		want = want.AddDate(0, 0, 7*int(p.Weeks)+int(p.Days))
		if got := theTime(d.Add(p)); !got.Equal(want) {
			t.Fatalf("%s + %s is %s, not %s", d, p, got.Format(time.DateOnly), want.Format(time.DateOnly))
		}
	})
}

// TestDatesOfTheSpecification are the examples of table 3-6.
func TestDatesOfTheSpecification(t *testing.T) {
	for _, c := range []struct{ from, period, want string }{
		{"2000-01-01", "3 years", "2003-01-01"},
		{"2000-01-01", "6 months", "2000-07-01"},
		{"2000-11-01", "6 months", "2001-05-01"},
		{"2000-01-01", "3 days", "2000-01-04"},
		{"2000-01-01", "3 weeks", "2000-01-22"},
		{"2000-02-01", "5 weeks", "2000-03-07"},
		{"2001-02-01", "5 weeks", "2001-03-08"},
		{"2000-01-15", "0 days - 4 days", "2000-01-11"},
		{"2000-03-31", "6 months", "2000-10-01"},
		{"2000-08-31", "6 months", "2001-03-01"},
		{"2000-01-31", "6 months - 4 days", "2000-07-27"},
		{"2020-02-29", "1 year", "2021-03-01"},
		{"9999-12-31", "1 day", "9999-12-31"},
		{"0001-01-02", "0 days - 3 days", "0001-01-01"},
		{"9000-01-01", "1000 years", "9999-12-31"},
		{"0002-01-01", "0 days - 24 months", "0001-01-01"},
	} {
		from, err := ParseDate(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := from.Add(MustPeriod(c.period)).String(); got != c.want {
			t.Errorf("%s + %s is %s, not %s", c.from, c.period, got, c.want)
		}
	}
	if (Date(0)).Add(MustPeriod("1 year")) != 0 {
		t.Error("no date and a year is a date")
	}
}

func TestTermsBeginAfterTheDay(t *testing.T) {
	for _, c := range []struct {
		d    Date
		on   MonthDay
		want string
	}{
		{DateOf(2026, 8, 31), MonthDay{9, 1}, "2026-09-01"},
		{DateOf(2026, 9, 1), MonthDay{9, 1}, "2027-09-01"},
		{DateOf(2025, 2, 28), MonthDay{2, 29}, "2025-03-01"},
		{DateOf(2024, 2, 28), MonthDay{2, 29}, "2024-02-29"},
		{lastDate, MonthDay{9, 1}, "9999-12-31"},
	} {
		if got := c.d.next(c.on).String(); got != c.want {
			t.Errorf("after %s comes %s, not %s", c.d, got, c.want)
		}
	}
}

func TestWhatIsNoDateIsRefused(t *testing.T) {
	for _, s := range []string{"", "2025-02-29", "2025-13-01", "2025-00-01", "2025-1-1", "20250101", "2025-01-01T00:00", "0000-01-01", "２025-01-0", "+025-01-01", "2025-01-32"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("%q is read as %s", s, d)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("2024-02-29")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err == nil && d.String() != s {
			t.Errorf("%q is read as %s", s, d)
		}
		if at, other := time.Parse(time.DateOnly, s); other == nil && at.Year() > 0 && (err != nil || !theTime(d).Equal(at)) {
			t.Errorf("%q is a date, and %v", s, err)
		}
	})
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"6 weeks - 4 days", "3 years 4 months", "3 months + 4 weeks", "16 years - 4 months", "0 days", "", "1 year"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePeriod(s)
		if err != nil {
			return
		}
		again, err := ParsePeriod(p.String())
		if err != nil || again != p {
			t.Errorf("%q is %+v, written %q, and read again as %+v: %v", s, p, p, again, err)
		}
		_ = DateOf(2020, 1, 31).Add(p).String() // whatever the period, there is a day
	})
}

func TestPeriodsInWords(t *testing.T) {
	for in, want := range map[string]string{
		"6 weeks - 4 days": "6 weeks - 4 days", "3 years 4 months": "3 years + 4 months", "1 years": "1 year", " 2  months+": "!",
		"0 days": "0 days", "": "", "16 years - 4 months": "16 years - 4 months", "- 4 days": "!", "4": "!", "4 fortnights": "!",
		"-4 days": "!", "12001 days": "!", "6 weeks -": "!", "1 yearss": "!", "99999999999999999999 days": "!",
	} {
		p, err := ParsePeriod(in)
		if got := p.String(); err != nil && want != "!" || err == nil && got != want {
			t.Errorf("%q is %q (%v), not %q", in, got, err, want)
		}
	}
}
