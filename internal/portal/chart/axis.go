package chart

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// tick is a place on an axis and its label.
type tick struct {
	at   float64
	text string
}

// span makes an axis that holds all numbers with some air, or what was asked.
func span(a Axis, lows, highs float64) (from, to float64) {
	if a.set() {
		return a.From, a.To
	}
	switch {
	case lows > highs: // nothing
		return 0, 1
	case highs-lows <= math.Abs(highs)*1e-9:
		air := max(math.Abs(highs)*0.1, 1)
		if a.Time {
			air = max(15*day, math.Abs(highs)*1e-6)
		}
		return lows - air, highs + air
	}
	air := (highs - lows) * 0.06
	return lows - air, highs + air
}

// numbers are ticks at multiples of 1, 2 or 5 times a power of ten, at most so
// many.
func numbers(from, to float64, atMost int) []tick {
	if !(from < to) || to-from < 1e-90 || to-from <= max(math.Abs(from), math.Abs(to))*1e-12 {
		return nil
	}
	step := nice((to - from) / float64(max(atMost, 1)))
	for to/step-from/step > float64(atMost) {
		step = nice(step * 1.5)
	}
	places := int(max(0, -math.Floor(math.Log10(step)+1e-9)))
	var all []tick
	for i := math.Ceil(from / step); i <= math.Floor(to/step); i++ {
		all = append(all, tick{i * step, number(i*step, places)})
	}
	return all
}

// nice is the next number up that is 1, 2 or 5 times a power of ten.
func nice(f float64) float64 {
	e := math.Floor(math.Log10(f))
	unit := math.Pow(10, e)
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= f*(1-1e-9) {
			return m * unit
		}
	}
	return math.Pow(10, e+1)
}

// number is written with so many places, large ones with commas, and those that
// nobody reads with a power of ten.
func number(f float64, places int) string {
	if a := math.Abs(f); a >= 1e7 || places > 6 {
		return strconv.FormatFloat(f, 'g', 6, 64)
	}
	s := strconv.FormatFloat(f, 'f', places, 64)
	if f == 0 || strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	whole, part, point := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "\u2212", whole[1:]
	}
	if len(whole) > 4 { // four digits are read without a comma
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	if point {
		whole += "." + part
	}
	return sign + whole
}

const (
	hour = 3600.0
	day  = 24 * hour
)

// pace is a distance between ticks of time.
type pace struct{ years, months, days, minutes int }

var paces = []pace{{minutes: 1}, {minutes: 5}, {minutes: 15}, {minutes: 30}, {minutes: 60}, {minutes: 180}, {minutes: 360}, {minutes: 720},
	{days: 1}, {days: 2}, {days: 7}, {days: 14}, {months: 1}, {months: 2}, {months: 3}, {months: 6},
	{years: 1}, {years: 2}, {years: 5}, {years: 10}, {years: 20}, {years: 50}, {years: 100}, {years: 200}, {years: 500}, {years: 1000}, {years: 2000}, {years: 5000}}

// seconds is about how long it is.
func (p pace) seconds() float64 {
	return float64(p.years)*365.25*day + float64(p.months)*30.44*day + float64(p.days)*day + float64(p.minutes)*60
}

// The first and the last moment of an axis of time: the years 1 and 9999.
const (
	firstMoment = -62135596800.0
	lastMoment  = 253402300799.0
)

var english = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

// dates are ticks at the beginnings of years, months, days or hours, at most so
// many.
func dates(from, to float64, atMost int, months []string) []tick {
	from, to = max(from, firstMoment), min(to, lastMoment)
	if !(from < to) {
		return nil
	}
	if len(months) != len(english) {
		months = english
	}
	for _, p := range paces {
		room := atMost
		if p.years == 0 && p.months == 0 {
			room -= 2 // their labels have the day as well
		}
		if (to-from)/p.seconds() > float64(room) {
			continue
		}
		if all := p.ticks(from, to, months); len(all) <= room {
			return all
		}
	}
	return nil
}

func (p pace) ticks(from, to float64, months []string) (all []tick) {
	at := p.first(time.Unix(int64(math.Floor(from)), 0).UTC())
	for float64(at.Unix()) <= to && at.Year() <= 9999 {
		if f := float64(at.Unix()); f >= from {
			all = append(all, tick{f, p.label(at, months)})
		}
		at = at.AddDate(p.years, p.months, p.days).Add(time.Duration(p.minutes) * time.Minute)
	}
	return all
}

// first is a beginning at or before a moment from which its ticks are counted.
func (p pace) first(t time.Time) time.Time {
	switch {
	case p.years > 0:
		return time.Date(t.Year()-t.Year()%p.years, 1, 1, 0, 0, 0, 0, time.UTC)
	case p.months > 0:
		m := int(t.Month()) - 1
		return time.Date(t.Year(), time.Month(m-m%p.months+1), 1, 0, 0, 0, 0, time.UTC)
	case p.days > 0:
		d := t.Unix() / int64(day)
		return time.Unix((d-d%int64(p.days)-int64(p.days))*int64(day), 0).UTC()
	}
	every := int64(p.minutes) * 60
	return time.Unix(t.Unix()-t.Unix()%every-every, 0).UTC()
}

func (p pace) label(t time.Time, months []string) string {
	month := months[t.Month()-1]
	switch {
	case p.years > 0:
		return strconv.Itoa(t.Year())
	case p.months > 0:
		return month + " " + strconv.Itoa(t.Year())
	case p.days > 0:
		return strconv.Itoa(t.Day()) + " " + month + " " + strconv.Itoa(t.Year())
	}
	return strconv.Itoa(t.Day()) + " " + month + " " + t.Format("15:04")
}

// ticks are those of an axis.
func (a Axis) ticks(from, to float64, atMost int, months []string) []tick {
	if a.Time {
		return dates(from, to, atMost, months)
	}
	return numbers(from, to, atMost)
}
