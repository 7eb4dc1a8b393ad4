package vaccine

import (
	"fmt"
	"strings"
)

// Period is a length of time in the words of schedules: an age, or the time
// between two doses. "6 weeks - 4 days" is six weeks less four days. The zero
// Period is not given; "0 days" is.
type Period struct {
	Years, Months, Weeks, Days int16

	given bool
}

// maxPeriod bounds each part of a period: 12,000 months are a thousand years.
const maxPeriod = 12000

// Given says that there is one.
func (p Period) Given() bool { return p.given }

// IsZero says that there is none, so that JSON leaves it out.
func (p Period) IsZero() bool { return !p.given }

// ParsePeriod reads "8 weeks", "6 weeks - 4 days", "3 years 4 months" and
// "3 months + 4 weeks"; an empty text is no period.
func ParsePeriod(s string) (Period, error) {
	var p Period
	words := strings.Fields(s)
	sign := 1
	for i := 0; i < len(words); {
		if p.given && (words[i] == "+" || words[i] == "-") {
			sign = 1
			if words[i] == "-" {
				sign = -1
			}
			i++
		}
		if i+1 >= len(words) || !p.add(words[i], words[i+1], sign) {
			return Period{}, fmt.Errorf(`a period is written as "6 weeks - 4 days", not %.40q`, s)
		}
		i, sign = i+2, 1
	}
	return p, nil
}

// add reads a number and its unit into p.
func (p *Period) add(number, unit string, sign int) bool {
	n, ok := digits(number)
	if !ok || len(number) > 5 || n > maxPeriod {
		return false
	}
	var part *int16
	switch strings.TrimSuffix(unit, "s") {
	case "year":
		part = &p.Years
	case "month":
		part = &p.Months
	case "week":
		part = &p.Weeks
	case "day":
		part = &p.Days
	default:
		return false
	}
	sum := int(*part) + sign*n
	if sum > maxPeriod || sum < -maxPeriod {
		return false
	}
	*part, p.given = int16(sum), true
	return true
}

// MustPeriod is [ParsePeriod] for periods that are written in the program.
func MustPeriod(s string) Period {
	p, err := ParsePeriod(s)
	if err != nil {
		panic(err)
	}
	return p
}

// String is the period in words that [ParsePeriod] reads: parts that are added
// first, then those taken away.
func (p Period) String() string {
	if !p.given {
		return ""
	}
	var b strings.Builder
	parts := [...]struct {
		n    int16
		unit string
	}{{p.Years, "year"}, {p.Months, "month"}, {p.Weeks, "week"}, {p.Days, "day"}}
	for _, part := range parts {
		if part.n > 0 {
			write(&b, " + ", int(part.n), part.unit)
		}
	}
	if b.Len() == 0 {
		b.WriteString("0 days")
	}
	for _, part := range parts {
		if part.n < 0 {
			write(&b, " - ", -int(part.n), part.unit)
		}
	}
	return b.String()
}

func write(b *strings.Builder, sign string, n int, unit string) {
	if b.Len() > 0 {
		b.WriteString(sign)
	}
	fmt.Fprintf(b, "%d %s", n, unit)
	if n != 1 {
		b.WriteByte('s')
	}
}

// MarshalText writes what [Period.String] says.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what [ParsePeriod] reads.
func (p *Period) UnmarshalText(b []byte) (err error) {
	*p, err = ParsePeriod(string(b))
	return err
}
