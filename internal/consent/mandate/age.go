package mandate

import "time"

// date is a calendar day; the zero date is not known.
type date struct {
	year  int
	month time.Month
	day   int
}

// readDate reads a birth date as FHIR writes it. Of one that names no day or no
// month the first is taken: with more years a right is less, and who is not
// known to be younger does not count as such.
func readDate(s string) date {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return date{t.Year(), t.Month(), t.Day()}
		}
	}
	return date{}
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, m, d}
}

func (d date) known() bool { return d.year != 0 }

func (d date) before(o date) bool {
	if d.year != o.year {
		return d.year < o.year
	}
	if d.month != o.month {
		return d.month < o.month
	}
	return d.day < o.day
}

// turns is the day on which somebody who was born on d becomes so many years
// old. Who was born on 29 February does so on the 28th of other years: a right
// that ends is over a day early rather than late.
func (d date) turns(years int) date {
	at := date{d.year + years, d.month, d.day}
	if at.month == time.February && at.day == 29 && time.Date(at.year, at.month, at.day, 0, 0, 0, 0, time.UTC).Day() != 29 {
		at.day = 28
	}
	return at
}

// Birthday is the first moment of the day on which somebody becomes so many years
// old who was born on a day, as FHIR writes it: when a right changes by age. It is
// zero where the day is not known.
func Birthday(born string, years int, zone *time.Location) time.Time {
	d := readDate(born)
	if !d.known() {
		return time.Time{}
	}
	return d.turns(years).begins(zone)
}

// age is how many whole years old somebody is on a day.
func (d date) age(on date) int {
	n := on.year - d.year
	if on.before(d.turns(n)) {
		n--
	}
	return n
}

// begins is the first moment of the day in a zone. Where the clocks are put on
// at midnight that is not 0:00.
func (d date) begins(zone *time.Location) time.Time {
	t := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, zone)
	for range 8 { // of time.Date it is not said which side of a gap it gives
		if dateOf(t.Add(-15*time.Minute).In(zone)) != d {
			break
		}
		t = t.Add(-15 * time.Minute)
	}
	for range 8 {
		if !dateOf(t.In(zone)).before(d) {
			break
		}
		t = t.Add(15 * time.Minute)
	}
	return t
}
