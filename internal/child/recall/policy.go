package recall

import (
	"embed"
	"encoding/json"
	"slices"

	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed rules/*.json
var ruleFiles embed.FS

// Policy is a versioned set of rules: whom a list holds, when reminders go out,
// and what coverage counts. It is data, so that it can be judged and signed off
// without reading the program.
type Policy struct {
	ID        string  `json:"id"`
	Version   string  `json:"version"`
	Effective string  `json:"effective"`
	Source    string  `json:"source"`
	Licence   string  `json:"licence"`
	SignedOff *string `json:"signedOff"`

	// Ages is until which birthday, in years, somebody is on the lists of children.
	Ages int `json:"ages"`
	// Rest is for how many months nobody asks again after a no.
	Rest      int       `json:"restMonths"`
	Reminders Reminders `json:"reminders"`
	Coverage  Coverage  `json:"coverage"`
}

// Reminders say when a reminder is sent.
type Reminders struct {
	// Before is how many days before the day on which a dose is due the first one
	// goes out, Weeks how many there are at least between two for one dose, and
	// Most how many there are at most for one dose.
	Before int `json:"daysBefore"`
	Weeks  int `json:"weeksBetween"`
	Most   int `json:"most"`
}

// Coverage says what is counted.
type Coverage struct {
	// Fewest is the least number of children that is told; smaller ones are not.
	Fewest    int        `json:"fewest"`
	Birthdays []Birthday `json:"birthdays"`
}

// Birthday is a birthday by which doses are counted.
type Birthday struct {
	Months   int       `json:"months"`
	Measures []Measure `json:"measures"`
}

// Measure asks for so many doses that count of any of some programmes, given
// before the birthday and not before an age.
type Measure struct {
	ID         string   `json:"id"`
	Programmes []string `json:"programmes"`
	Doses      int      `json:"doses"`
	From       int      `json:"fromMonths"`
	// Born and BornBefore bound the births that it is for: on or after the one and
	// before the other; "" is no bound.
	Born       string `json:"bornFrom"`
	BornBefore string `json:"bornBefore"`
}

// England is the policy for England that is inside the program.
func England() (*Policy, error) {
	b, err := ruleFiles.ReadFile("rules/england-2026.json")
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return ReadPolicy(b)
}

// ReadPolicy reads a policy and refuses one by which nobody could be reminded or
// counted as it says.
func ReadPolicy(b []byte) (*Policy, error) {
	var p Policy
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, problem.Wrap(problem.Invalid, "The rules for recall can not be read. Check that the file is JSON.", err)
	}
	bad := func(what string) (*Policy, error) {
		return nil, problem.New(problem.Invalid, "The rules for recall are not whole: "+what+". Mend the file.")
	}
	if _, ok := ParseDay(p.Effective); !ok || p.ID == "" || p.Version == "" || p.Source == "" || p.Licence == "" {
		return bad("id, version, effective, source and licence have to be there")
	}
	switch r := p.Reminders; {
	case p.Ages < 1 || p.Ages > 25:
		return bad("ages is a number of years from 1 to 25")
	case p.Rest < 0 || p.Rest > 120:
		return bad("restMonths is a number from 0 to 120")
	case r.Before < 0 || r.Before > 90 || r.Weeks < 1 || r.Weeks > 104 || r.Most < 1 || r.Most > 20:
		return bad("reminders go out 0 to 90 daysBefore, with 1 to 104 weeksBetween, at most 1 to 20 times")
	case p.Coverage.Fewest < 1:
		return bad("fewest is a number from 1")
	}
	for _, b := range p.Coverage.Birthdays {
		if b.Months < 1 || b.Months > 12*p.Ages || len(b.Measures) == 0 || len(b.Measures) > 62 {
			return bad("each birthday has months within the ages, and 1 to 62 measures")
		}
		for _, m := range b.Measures {
			_, from := ParseDay(m.Born)
			_, before := ParseDay(m.BornBefore)
			if m.ID == "" || len(m.Programmes) == 0 || m.Doses < 1 || m.From < 0 || m.From >= b.Months || m.Born != "" && !from || m.BornBefore != "" && !before {
				return bad("each measure has an id, programmes, doses, and days that can be read")
			}
		}
	}
	return &p, nil
}

// fits says whether a measure is for those who were born on a day.
func (m *Measure) fits(born Day) bool {
	from, _ := ParseDay(m.Born)
	before, ok := ParseDay(m.BornBefore)
	return born >= from && (!ok || born < before)
}

// reached says whether a child has what the measure asks for by a birthday.
func (m *Measure) reached(all []Programme, born, birthday Day) bool {
	n := 0
	for _, p := range all {
		if !slices.Contains(m.Programmes, p.ID) {
			continue
		}
		for _, day := range p.Given {
			if day < birthday && (m.From == 0 || day >= born.AddMonths(m.From)) {
				n++
			}
		}
	}
	return n >= m.Doses
}

// had are the measures of a birthday that a child has reached, a bit each.
func (b *Birthday) had(all []Programme, born Day) (bits int64) {
	for i := range b.Measures {
		if m := &b.Measures[i]; m.fits(born) && m.reached(all, born, born.AddMonths(b.Months)) {
			bits |= 1 << i
		}
	}
	return bits
}

// forWhom are the measures of a birthday that are for those born on a day.
func (b *Birthday) forWhom(born Day) (bits int64) {
	for i := range b.Measures {
		if b.Measures[i].fits(born) {
			bits |= 1 << i
		}
	}
	return bits
}
