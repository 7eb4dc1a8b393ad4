package portal

import (
	"strconv"
	"strings"
	"time"
)

// dateParts is a day asked in three parts, which people find easier than one
// line with a form that they have to guess.
type dateParts struct {
	Day, Month, Year string // labels
	day, month, year string // what was typed
}

// dateInput is one of the three.
type dateInput struct{ ID, Label, Value, Width string }

// Inputs are the three, for a template. The first has the id of the field.
func (d *dateParts) Inputs(id string) []dateInput {
	return []dateInput{{id, d.Day, d.day, "2"}, {id + "month", d.Month, d.month, "2"}, {id + "year", d.Year, d.year, "4"}}
}

// dateField is a field for a day, with what was typed into it.
func (v *visit) dateField(id, label, hint string) *field {
	w := v.p.words.Consent
	return &field{ID: id, Label: label, Hint: hint, Before: v.p.words.Form.Before, Date: &dateParts{Day: w.Day1, Month: w.Month1, Year: w.Year1,
		day: v.typed(id), month: v.typed(id + "month"), year: v.typed(id + "year")}}
}

// typedDay is the day that was typed into a date field, at its beginning where
// times are shown. Empty says that nothing was typed, ok that it is a day.
func (v *visit) typedDay(id string) (day time.Time, empty, ok bool) {
	return readDay(v.typed(id), v.typed(id+"month"), v.typed(id+"year"), v.p.cfg.Zone)
}

func readDay(day, month, year string, zone *time.Location) (at time.Time, empty, ok bool) {
	day, month, year = strings.TrimSpace(day), strings.TrimSpace(month), strings.TrimSpace(year)
	if day+month+year == "" {
		return at, true, false
	}
	number := func(s string, digits int) (int, bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil && len(s) <= digits && n > 0 && s[0] != '+'
	}
	d, dok := number(day, 2)
	m, mok := number(month, 2)
	y, yok := number(year, 4)
	if !dok || !mok || !yok || len(year) != 4 {
		return at, false, false
	}
	at = time.Date(y, time.Month(m), d, 0, 0, 0, 0, zone)
	// A day that there is not, such as 31 June, would become another one.
	return at, false, at.Day() == d && int(at.Month()) == m && at.Year() == y
}
