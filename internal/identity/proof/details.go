package proof

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Typed is what somebody types of themselves, as they typed it.
type Typed struct {
	Given, Family   string
	Birth, Postcode string
	NHSNumber       string // may be empty
}

// Field names a part of Typed, for the form that asked for it.
type Field string

// The parts of Typed.
const (
	FieldGiven     Field = "given"
	FieldFamily    Field = "family"
	FieldBirth     Field = "birth"
	FieldPostcode  Field = "postcode"
	FieldNHSNumber Field = "number"
)

// Read brings what was typed into the form in which it is compared. Where it
// can not be, it says which part and why.
func (t Typed) Read(now time.Time) (match.Details, Field, error) {
	given, ok := readName(t.Given)
	if !ok {
		return match.Details{}, FieldGiven, problem.New(problem.Invalid, "Type your first name, as it stands on letters from your surgery.").Because("first-name")
	}
	family, ok := readName(t.Family)
	if !ok {
		return match.Details{}, FieldFamily, problem.New(problem.Invalid, "Type your last name, as it stands on letters from your surgery.").Because("last-name")
	}
	birth, ok := ReadDate(t.Birth)
	if !ok || birth > now.UTC().Format(time.DateOnly) || birth < "1880-01-01" {
		return match.Details{}, FieldBirth, problem.New(problem.Invalid, "Type the day, month and year when you were born, such as 31 3 1980.").Because("birth")
	}
	postcode, ok := readPostcode(t.Postcode)
	if !ok {
		return match.Details{}, FieldPostcode, problem.New(problem.Invalid, "Type your postcode, such as LS1 4AP.").Because("postcode")
	}
	number := ""
	if strings.TrimSpace(t.NHSNumber) != "" {
		if number, ok = fhir.ParseNHSNumber(strings.TrimSpace(t.NHSNumber)); !ok {
			return match.Details{}, FieldNHSNumber, problem.New(problem.Invalid, "An NHS number has 10 digits, such as 999 000 0018. Check it, or leave it out.").Because("nhs-number")
		}
	}
	return match.Details{NHSNumber: number, Given: []string{given}, Family: []string{family}, Birth: birth, Postcode: []string{postcode}}, "", nil
}

// readName is a name of one line with a letter in it.
func readName(s string) (string, bool) {
	s = strings.Join(strings.Fields(s), " ")
	ok := s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= 70 && strings.ContainsFunc(s, unicode.IsLetter) && !strings.ContainsFunc(s, unicode.IsControl)
	return s, ok
}

// readPostcode is a postcode in capitals, with a blank where it stands in
// Britain. Those of other countries are let through as they are.
func readPostcode(s string) (string, bool) {
	s = strings.ToUpper(strings.Join(strings.Fields(s), ""))
	if len(s) < 3 || len(s) > 10 {
		return "", false
	}
	for _, c := range s {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return "", false
		}
	}
	if len(s) >= 5 && len(s) <= 7 {
		return s[:len(s)-3] + " " + s[len(s)-3:], true
	}
	return s, true
}

var months = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// ReadDate reads a date as people in Britain write it, the day first, or as
// computers do, the year first: 31 3 1980, 31/03/1980, 31 March 1980,
// 1980-03-31. It gives it as 1980-03-31. A year has four digits: 80 may be
// anybody's.
func ReadDate(s string) (string, bool) {
	if len(s) > 40 {
		return "", false
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("/.-,", r) })
	if len(parts) != 3 {
		return "", false
	}
	day, month, year := parts[0], parts[1], parts[2]
	if len(day) == 4 {
		day, year = year, day
	}
	y, ok := digits(year, 4, 4)
	if !ok {
		return "", false
	}
	d, ok := digits(day, 1, 2)
	if !ok {
		return "", false
	}
	m, ok := digits(month, 1, 2)
	if !ok {
		if m = monthNamed(month); m == 0 {
			return "", false
		}
	}
	at := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if m < 1 || m > 12 || at.Day() != d || at.Month() != time.Month(m) {
		return "", false // such as 30 February
	}
	return at.Format(time.DateOnly), true
}

func digits(s string, least, most int) (int, bool) {
	if len(s) < least || len(s) > most || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// monthNamed is the number of a month by its name or the beginning of it; 0 for
// none.
func monthNamed(s string) int {
	s = strings.ToLower(s)
	for i, m := range months {
		full := strings.ToLower(time.Month(i + 1).String())
		if len(s) >= len(m) && strings.HasPrefix(full, s) {
			return i + 1
		}
	}
	return 0
}

// traits names the details that were given, for the decision that used them.
func traits(d match.Details) string {
	var all []string
	for _, t := range []struct {
		name  string
		given bool
	}{
		{"nhs-number", d.NHSNumber != ""}, {"given", len(d.Given) > 0}, {"family", len(d.Family) > 0},
		{"birth", d.Birth != ""}, {"postcode", len(d.Postcode) > 0}, {"gender", d.Gender != ""},
	} {
		if t.given {
			all = append(all, t.name)
		}
	}
	return strings.Join(all, " ")
}
