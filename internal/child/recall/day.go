package recall

import "time"

// Day is a day of the calendar, as the days since 1 January 1970. The zero Day
// is no day.
type Day int32

// Never is later than every day.
const Never Day = 1<<31 - 1

// DayOf is the day on which a moment lies, in its own zone.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads a whole date, such as 2026-05-03; of a moment it reads the day.
func ParseDay(s string) (Day, bool) {
	if len(s) > len(time.DateOnly) && s[len(time.DateOnly)] == 'T' {
		s = s[:len(time.DateOnly)]
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, false
	}
	return DayOf(t), true
}

// Time is the beginning of the day, UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d Day) String() string { return d.Time().Format(time.DateOnly) }

// AddMonths is the same day so many months later, or the last day of that month
// where it has no such day.
func (d Day) AddMonths(n int) Day {
	y, m, day := d.Time().Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return DayOf(first.AddDate(0, 0, min(day, last)-1))
}

// Quarter counts the quarters of the calendar: the year times four, and 0 to 3.
func (d Day) Quarter() int {
	y, m, _ := d.Time().Date()
	return y*4 + int(m-1)/3
}
