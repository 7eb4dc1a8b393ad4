package sim

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// utc is a Day as the standard library has it.
func utc(d Day) time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func TestDaysAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Day(rapid.IntRange(-50_000, 50_000).Draw(t, "day"))
		at := utc(d)
		y, m, day := d.civil()
		if y != at.Year() || m != int(at.Month()) || day != at.Day() {
			t.Fatalf("%d is %d-%d-%d, want %v", d, y, m, day, at)
		}
		if Date(y, m, day) != d || d.String() != at.Format(time.DateOnly) {
			t.Fatalf("%v does not come back", d)
		}
		if d.weekday() != (int(at.Weekday())+6)%7 {
			t.Fatalf("%v is not weekday %d", d, d.weekday())
		}
		months := rapid.IntRange(-500, 500).Draw(t, "months")
		if want := at.AddDate(0, months, 0); !utc(later(d, months)).Equal(want) {
			t.Fatalf("%v and %d months: %v, want %v", d, months, later(d, months), want)
		}
		if w := d.working(); w.weekday() > 4 || w < d || w > d+2 {
			t.Fatalf("the working day of %v is %v", d, w)
		}
	})
}

func TestClocksChangeOnTheLastSundays(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip("skipped: this machine has no time zones")
	}
	for d := Date(1997, 1, 1); d < Date(2036, 1, 1); d++ {
		y, m, day := d.civil()
		_, offset := time.Date(y, time.Month(m), day, 12, 0, 0, 0, london).Zone()
		if d.summer() != (offset != 0) {
			t.Fatalf("%v: summer time is %v", d, d.summer())
		}
	}
}

func TestAgesAreWholeYears(t *testing.T) {
	born := Date(2000, 2, 29)
	for _, c := range []struct {
		on   Day
		want int
	}{{born, 0}, {Date(2001, 2, 28), 0}, {Date(2001, 3, 1), 1}, {Date(2004, 2, 29), 4}, {Date(1999, 12, 31), -1}} {
		if got := years(born, c.on); got != c.want {
			t.Errorf("age on %v: %d, want %d", c.on, got, c.want)
		}
	}
	if d := anniversary(born, 18); d != Date(2018, 3, 1) {
		t.Errorf("18 years old on %v", d)
	}
}
