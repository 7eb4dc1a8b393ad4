package words

import (
	"strconv"
	"time"
)

// Dates are how days and times are written.
type Dates struct {
	// Months are the twelve names.
	Months []string
	// Morning, Afternoon and Evening stand behind a time: from midnight, from noon
	// and from six.
	Morning, Afternoon, Evening string
}

func datesEnglish() Dates {
	return Dates{
		Months:  []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		Morning: "am", Afternoon: "pm", Evening: "pm",
	}
}

// Day is a day as people write it: 3 May 2026.
func (d Dates) Day(t time.Time) string { return strconv.Itoa(t.Day()) + " " + d.Month(t) }

// Month is a month as people write it: May 2026.
func (d Dates) Month(t time.Time) string {
	return d.Months[t.Month()-time.January] + " " + strconv.Itoa(t.Year())
}

// Clock is a time as people write it: 2:30pm.
func (d Dates) Clock(t time.Time) string {
	part := d.Morning
	switch h := t.Hour(); {
	case h >= 18:
		part = d.Evening
	case h >= 12:
		part = d.Afternoon
	}
	return t.Format("3:04") + part
}

// Moment is a day and a time: 3 May 2026, 2:30pm.
func (d Dates) Moment(t time.Time) string { return d.Day(t) + ", " + d.Clock(t) }
