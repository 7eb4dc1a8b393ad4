package growth

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

var (
	layNames    = [...]string{Weight: "weight", Height: "height", Head: "head size", BMI: "body mass index"}
	doctorNames = [...]string{Weight: "Weight", Height: "Height", Head: "Head circumference", BMI: "BMI"}
)

// LayName is what people call the measure, for a sentence.
func (m Measure) LayName(method Method) string {
	if m == Height && method == Lying {
		return "length"
	}
	if m < 0 || m >= measures {
		return ""
	}
	return layNames[m]
}

// number is a value with at most three digits behind the point.
func number(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(x, 'f', 3, 64), "0"), ".")
}

// CentileText is a centile for a table: one digit behind the point, and never 0 or
// 100.
func CentileText(centile float64) string {
	switch {
	case centile < 0.1:
		return "below 0.1"
	case centile > 99.9:
		return "above 99.9"
	}
	return strconv.FormatFloat(centile, 'f', 1, 64)
}

// AgeText is an age in words: days to four weeks, weeks to half a year, then
// months to two years, then years and months. Ages before term are weeks of
// pregnancy. It knows of no birthdays: where the days are known, AgeOn says more.
func AgeText(years float64) string {
	if math.IsNaN(years) {
		return "not known"
	}
	return ageText(int(math.Round(years*YearDays)), int(math.Floor(years*12+1e-9)))
}

// AgeOn is the age in words of somebody who was born, or was due, on one day, on
// another. Months and years are those of the calendar, so that it changes on the
// birthday: a year counted in parts of 365.25 days is a day short on most of them.
func AgeOn(from, on Date) string {
	a, b := from.Time(), on.Time()
	months := 12*(b.Year()-a.Year()) + int(b.Month()) - int(a.Month())
	if b.Day() < a.Day() {
		months--
	}
	return ageText(int(on-from), months)
}

func ageText(days, months int) string {
	switch {
	case days < 0:
		return fmt.Sprintf("%d weeks and %s of pregnancy", (Term+days)/7, count((Term+days)%7, "day"))
	case days < 28:
		return count(days, "day")
	case days < 182:
		return count(days/7, "week")
	case months < 24:
		return count(months, "month")
	case months%12 == 0:
		return count(months/12, "year")
	}
	return count(months/12, "year") + " and " + count(months%12, "month")
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return strconv.Itoa(n) + " " + of + "s"
}

// Lay is the result in words for a parent, or for the child when it is theirs.
func (r *Result) Lay() string {
	s := r.Score()
	name := r.Of.LayName(s.Method)
	if !s.Known() {
		return s.Why.Lay(name)
	}
	text := "This " + name + " is " + s.Band.String() + ". " + outOfAHundred(s.Centile)
	if r.IsCorrected && r.Corrected.Age != r.Chronological.Age {
		text += " The age was counted from the day when the baby was due."
	}
	return text
}

// outOfAHundred says what a centile is.
func outOfAHundred(centile float64) string {
	const who = "of 100 children of the same age and sex"
	switch n := int(math.Round(centile)); {
	case centile < 1:
		return "Fewer than 1 " + who + " have less."
	case centile > 99:
		return "Fewer than 1 " + who + " have more."
	case n == 1:
		return "About 1 " + who + " has less."
	default:
		return "About " + strconv.Itoa(n) + " " + who + " have less."
	}
}

// Lay says in plain words why there is no score.
func (a Absence) Lay(name string) string {
	switch a {
	case NoTable:
		return "This chart has no lines for " + name + "."
	case TooYoung:
		return "This chart has no lines for so young an age."
	case TooOld:
		return "This chart has no lines for so old an age."
	case NotANumber:
		return "This number can not be put on the chart. Check it."
	case NoAge:
		return "The age is not known, so it can not be put on the chart."
	case SexUnknown:
		return "Charts are for boys or for girls, and it is not known which to use."
	}
	return ""
}

// Clinician says why there is no score.
func (a Absence) Clinician() string {
	switch a {
	case NoTable:
		return "the reference has no table for this measure and sex"
	case TooYoung:
		return "below the ages of the reference"
	case TooOld:
		return "above the ages of the reference"
	case NotANumber:
		return "the value can not be scored"
	case NoAge:
		return "age is not known, or before birth"
	case SexUnknown:
		return "sex is not recorded, and tables are by sex"
	}
	return ""
}

// Clinician is the result in one line for whoever looks after the child, with the
// reference that gave it.
func (r *Result) Clinician() string {
	var b strings.Builder
	name := ""
	if r.Of >= 0 && r.Of < measures {
		name = doctorNames[r.Of]
	}
	s := r.Score()
	if r.Of == Height && s.Method == Lying {
		name = "Length"
	}
	fmt.Fprintf(&b, "%s %s", name, valueText(r.Measurement))
	if r.Method != NotSaid && r.Of == Height {
		fmt.Fprintf(&b, ", measured %s", r.Method)
	}
	if r.IsCorrected {
		fmt.Fprintf(&b, ". Corrected age %s: %s. Age %s: %s.", years(r.Corrected.Age), r.Corrected.clinician(), years(r.Chronological.Age), r.Chronological.clinician())
	} else {
		fmt.Fprintf(&b, ". Age %s, not corrected: %s.", years(s.Age), s.clinician())
	}
	fmt.Fprintf(&b, " Reference: %s (%s)", r.Reference.Name, r.Reference.Version)
	if s.Piece != "" {
		fmt.Fprintf(&b, ", table %s", s.Piece)
	}
	b.WriteByte('.')
	return b.String()
}

func years(age float64) string {
	if math.IsNaN(age) {
		return "not known"
	}
	return strconv.FormatFloat(age, 'f', 3, 64) + " y"
}

func (s *Score) clinician() string {
	if !s.Known() {
		return "no score, " + s.Why.Clinician()
	}
	return fmt.Sprintf("SDS %+.2f, centile %s, %s", s.Z, CentileText(s.Centile), s.Band)
}
