package vaccine

import "fmt"

// Date is a day of the Gregorian calendar as a number: 1 is 1 January of the
// year 1. Zero is no date.
type Date int32

// The days that can be told: four digits of the year.
const (
	firstDate Date = 1
	lastDate  Date = 3652059 // 31 December 9999
)

// DateOf is that day, or no date if the calendar has no such day.
func DateOf(year, month, day int) Date {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0
	}
	return dayNumber(year, month, day)
}

// ParseDate reads 2025-11-10.
func ParseDate(s string) (Date, error) {
	if len(s) == 10 && s[4] == '-' && s[7] == '-' {
		year, ok1 := digits(s[:4])
		month, ok2 := digits(s[5:7])
		day, ok3 := digits(s[8:])
		if d := DateOf(year, month, day); d != 0 && ok1 && ok2 && ok3 {
			return d, nil
		}
	}
	return 0, fmt.Errorf("a date is written as 2025-11-10, not %.20q", s)
}

func digits(s string) (n int, ok bool) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// String is 2025-11-10, and nothing for no date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	year, month, day := d.Civil()
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// MarshalText writes a date as [Date.String] does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [Date.MarshalText] wrote.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d = 0
	if len(b) > 0 {
		*d, err = ParseDate(string(b))
	}
	return err
}

// Days from 1 March of the year 0 to 1 January of the year 1, less the one that
// makes that day number 1. Years are counted from March, so that a leap day is
// the last of its year.
const beforeFirst = 305

// dayNumber is the number of a day that is in the calendar.
func dayNumber(year, month, day int) Date {
	if month < 3 {
		year, month = year-1, month+12
	}
	return Date(365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - beforeFirst - 1)
}

// Civil is the year, month and day of a date.
func (d Date) Civil() (year, month, day int) {
	n := int(d) + beforeFirst
	era := n / 146097
	n %= 146097
	y := (n - n/1460 + n/36524 - n/146096) / 365
	n -= 365*y + y/4 - y/100
	m := (5*n + 2) / 153
	year, month, day = era*400+y, m+3, n-(153*m+2)/5+1
	if month > 12 {
		year, month = year+1, month-12
	}
	return year, month, day
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysIn(year, month int) int {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// Add is the date a period later, by CALCDT-1 to CALCDT-6 (table 3-6): years,
// then months, hold the day; a day that the month does not have becomes the
// first of the next; then weeks and days. It stays in the calendar.
func (d Date) Add(p Period) Date {
	if d == 0 {
		return 0
	}
	if p.Years != 0 || p.Months != 0 {
		year, month, day := d.Civil()
		months := year*12 + month - 1 + int(p.Years)*12 + int(p.Months)
		if months < 12 {
			return firstDate
		}
		if months >= 10000*12 {
			return lastDate
		}
		year, month = months/12, months%12+1
		if day > daysIn(year, month) {
			day, month = 1, month+1 // never past December, which has 31
		}
		d = dayNumber(year, month, day)
	}
	return min(max(d+7*Date(p.Weeks)+Date(p.Days), firstDate), lastDate)
}

// next is the first such day of a year that is after d.
func (d Date) next(on MonthDay) Date {
	year, _, _ := d.Civil()
	at := on.in(year)
	if at <= d {
		at = on.in(year + 1)
	}
	return min(at, lastDate)
}

// MonthDay is a day of every year, as 1 September. Zero is none.
type MonthDay struct{ Month, Day int8 }

// in is that day in a year: where it is missing, the first of the next month.
func (m MonthDay) in(year int) Date {
	if int(m.Day) > daysIn(year, int(m.Month)) {
		return dayNumber(year, int(m.Month)+1, 1)
	}
	return dayNumber(year, int(m.Month), int(m.Day))
}

// IsZero says that there is none.
func (m MonthDay) IsZero() bool { return m == MonthDay{} }

// MarshalText writes 09-01.
func (m MonthDay) MarshalText() ([]byte, error) {
	if m.IsZero() {
		return nil, nil
	}
	return fmt.Appendf(nil, "%02d-%02d", m.Month, m.Day), nil
}

// UnmarshalText reads 09-01.
func (m *MonthDay) UnmarshalText(b []byte) error {
	*m = MonthDay{}
	if len(b) == 0 {
		return nil
	}
	if len(b) == 5 && b[2] == '-' {
		month, ok1 := digits(string(b[:2]))
		day, ok2 := digits(string(b[3:]))
		if ok1 && ok2 && DateOf(2000, month, day) != 0 {
			*m = MonthDay{int8(month), int8(day)}
			return nil
		}
	}
	return fmt.Errorf("a day of every year is written as 09-01, not %.20q", b)
}
