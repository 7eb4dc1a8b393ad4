package plain

import (
	"strconv"
	"time"
)

// Dates is how a language writes days and times: 3 May 2026, May 2026, 2:30pm.
type Dates interface {
	Day(time.Time) string
	Month(time.Time) string
	Clock(time.Time) string
}

// english is how English writes them.
type english struct{}

func (english) Day(t time.Time) string   { return t.Format("2 January 2006") }
func (english) Month(t time.Time) string { return t.Format("January 2006") }
func (english) Clock(t time.Time) string { return t.Format("3:04pm") }

func (w Words) dates() Dates {
	if w.Dates == nil {
		return english{}
	}
	return w.Dates
}

// readable is a text, and where it is a date, the date as people write it.
func (w Words) readable(s string) string {
	if len(s) >= 7 && s[4] == '-' && s[0] >= '0' && s[0] <= '9' {
		return w.Day(s)
	}
	return s
}

// Day is a FHIR date or time as people write it, as exact as it is: 2020, May
// 2020, 3 May 2020, 3 May 2020 2:30pm. A time is told in the time zone of the
// words. One that was written with the clock of another zone is told as it was
// written, with that zone: it is what those who were there remember. What is no
// date is given back as it is.
func (w Words) Day(s string) string {
	at, form, off := clock(s, w.Zone)
	switch form {
	case time.RFC3339:
		return w.dates().Day(at) + " " + w.dates().Clock(at) + zone(off)
	case time.DateOnly:
		return w.dates().Day(at)
	case "2006-01":
		return w.dates().Month(at)
	}
	return s
}

// Date is Day without the time of day.
func (w Words) Date(s string) string {
	if at, form, _ := clock(s, w.Zone); form == time.RFC3339 {
		return w.dates().Day(at)
	}
	return w.Day(s)
}

// Month is the month in which something was, or the year where no more is known;
// "" for what is no date.
func (w Words) Month(s string) string {
	switch at, form, _ := clock(s, w.Zone); form {
	case "":
		return ""
	case "2006":
		return s
	default:
		return w.dates().Month(at)
	}
}

// clock reads a FHIR date or time. form says how exact it is, "" for not at all; a
// time comes by the clock that it is told by, and off are the seconds by which
// that is ahead of Greenwich where it is not the one here. Many systems write all
// of their times by the clock of Greenwich: that is told by the one here.
func clock(s string, zone *time.Location) (at time.Time, form string, off int) {
	for _, form := range [...]string{"2006", "2006-01", time.DateOnly} {
		if len(s) != len(form) {
			continue
		}
		if at, err := time.Parse(form, s); err == nil {
			return at, form, 0
		}
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return at, "", 0
	}
	_, off = at.Zone()
	if zone != nil {
		here := at.In(zone)
		if _, ours := here.Zone(); off == 0 || off == ours {
			return here, time.RFC3339, 0
		}
	}
	return at, time.RFC3339, off
}

// zone says how many seconds a clock is ahead of that of Greenwich, if it is.
func zone(off int) string {
	if off == 0 {
		return ""
	}
	sign := "+"
	if off < 0 {
		sign, off = "-", -off
	}
	text := " (UTC" + sign + strconv.Itoa(off/3600)
	if m := off % 3600 / 60; m != 0 {
		text += ":" + strconv.Itoa(m/10) + strconv.Itoa(m%10)
	}
	return text + ")"
}
