package growth

import (
	"errors"
	"time"
)

// Date is a day. The zero Date means that the day is not known.
type Date int32 // days since the day before 1 January of the year 1

// dayOne is the first day that has a Date, as days since 1970.
const dayOne = -719162

// NewDate is the day of that name, in the Gregorian calendar.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf is the day that t names in its own place.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400 - dayOne + 1)
}

// errDate tells how a day is written.
var errDate = errors.New("write the day as year, month and day, such as 2026-05-03")

// ParseDate reads a whole day, such as 2026-05-03.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, errDate
	}
	return DateOf(t), nil
}

// Time is midnight of the day, in UTC.
func (d Date) Time() time.Time {
	return time.Unix((int64(d)-1+dayOne)*86400, 0).UTC()
}

// String is the day as 2026-05-03, and nothing when it is not known.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}
