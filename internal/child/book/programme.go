package book

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

//go:embed programme.json
var programmeFile []byte

// ContactSystem is the code system of the contacts, each by its id.
const ContactSystem = "urn:bevan:child:contact"

// Programme is when children are seen by whom, as a version of the rules says.
type Programme struct {
	Rules
	// Reviews are the reasons of visits that tell no contact by themselves: which
	// one it was goes by the child's age.
	Reviews  []Code
	Contacts []Contact
}

// Span is a length of time from birth.
type Span struct{ Days, Weeks, Months int }

// After is the day on which it is over, counted from a day of birth.
func (s Span) After(born time.Time) time.Time {
	at := born.AddDate(0, s.Months, 0)
	if s.Months > 0 && at.Day() != born.Day() { // 31 January and a month is the last of February
		at = at.AddDate(0, 0, -at.Day())
	}
	return at.AddDate(0, 0, s.Days+7*s.Weeks)
}

// Contact is one time at which every child is seen.
type Contact struct {
	ID, Kind string // mandated, suggested, screening or school
	// From and To bound the age at which it is due, both days within.
	From, To Span
	// Codes are types of visits that are this contact.
	Codes []Code
	// Facts are parts of the book: where one of them is known, it was done.
	Facts []string
	// Asq says that the child's development is scored at it (ASQ-3).
	Asq bool
}

// PublishedProgramme is the programme that comes with Bevan.
var PublishedProgramme = sync.OnceValue(func() *Programme {
	p, err := ReadProgramme(programmeFile)
	if err != nil {
		panic("book: " + err.Error()) // the file is part of the program, and a test reads it
	}
	return p
})

// ReadProgramme reads a file of contacts. What it does not understand it refuses.
func ReadProgramme(text []byte) (*Programme, error) {
	var file struct {
		Rules
		Reviews  []string
		Contacts []struct {
			ID, Kind     string
			From, To     Span
			Codes, Facts []string
			Asq          bool
		}
	}
	if err := strictly(text, &file); err != nil {
		return nil, err
	}
	out := &Programme{Rules: file.Rules}
	if err := out.whole(); err != nil {
		return nil, err
	}
	var err error
	if out.Reviews, err = out.codes(file.Reviews); err != nil {
		return nil, err
	}
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range file.Contacts {
		one := Contact{ID: c.ID, Kind: c.Kind, From: c.From, To: c.To, Facts: c.Facts, Asq: c.Asq}
		if one.Codes, err = out.codes(c.Codes); err != nil {
			return nil, err
		}
		one.Codes = append(one.Codes, Code{ContactSystem, c.ID})
		if c.ID == "" || !slices.Contains([]string{"mandated", "suggested", "screening", "school"}, c.Kind) || c.To.After(day).Before(c.From.After(day)) {
			return nil, fmt.Errorf("the contact %q has no id, no known kind, or ends before it begins", c.ID)
		}
		out.Contacts = append(out.Contacts, one)
	}
	return out, nil
}

// Contact finds a contact by its id.
func (p *Programme) Contact(id string) (Contact, bool) {
	i := slices.IndexFunc(p.Contacts, func(c Contact) bool { return c.ID == id })
	if i < 0 {
		return Contact{}, false
	}
	return p.Contacts[i], true
}

// Types are the types of visits that are a contact by themselves.
func (p *Programme) Types() (all []Code) {
	for _, c := range p.Contacts {
		all = append(all, c.Codes...)
	}
	return all
}

// States of a contact.
const (
	Done    = "done"
	Due     = "due"    // now is within its time
	Coming  = "coming" // its time is still to come
	Unknown = "unknown"
	// Passed is a contact whose time is over and of which nothing here tells. That
	// does not mean that it was not done.
	Passed = "passed"
)

// Standing is where a child stands with one contact.
type Standing struct {
	Contact  Contact
	State    string
	From, To time.Time  // zero where the day of birth is not known
	Visit    *fhir.Tree // the visit at which it was done; nil where results tell of it
	At       string     // when it was done, as FHIR writes it
}

// slack is how long after its time a visit that does not say which contact it was
// still counts as it.
const slack = 8 * 7 * 24 * time.Hour

// Stand says where a child who was born on a day stands with every contact, by
// visits and by what else is known. today is the day that it is where the page is
// read.
func (p *Programme) Stand(born string, today time.Time, visits []*fhir.Tree, known Known) []Standing {
	birth, err := time.Parse(time.DateOnly, born)
	dated := err == nil
	today = time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)
	out := make([]Standing, len(p.Contacts))
	for i, c := range p.Contacts {
		s := Standing{Contact: c, State: Unknown}
		if dated {
			s.From, s.To = c.From.After(birth), c.To.After(birth)
			switch {
			case today.Before(s.From):
				s.State = Coming
			case today.After(s.To):
				s.State = Passed
			default:
				s.State = Due
			}
		}
		for name, found := range known {
			if slices.ContainsFunc(c.Facts, func(part string) bool { return found.Fact.part == part && found.Fact.Name() == name }) && !found.NotDone {
				s.State = Done
				if s.At == "" || later(s.At, found.At) { // the first day on which something was known
					s.At = found.At
				}
			}
		}
		out[i] = s
	}
	for _, v := range visits {
		if i := p.which(v, out); i >= 0 && (out[i].Visit == nil || later(When(v.Root()), out[i].At)) {
			out[i].State, out[i].Visit, out[i].At = Done, v, When(v.Root())
		}
	}
	return out
}

// which is the contact that a visit was; -1 where it was none.
func (p *Programme) which(visit *fhir.Tree, all []Standing) int {
	root := visit.Root()
	if s := root.Get("status"); !s.Is("finished") && !s.Is("in-progress") && !s.Is("unknown") {
		return -1
	}
	for typ := range root.Get("type").Items() {
		for i, s := range all {
			if has(typ, s.Contact.Codes) {
				return i
			}
		}
	}
	named := false
	for why := range root.Get("reasonCode").Items() {
		named = named || has(why, p.Reviews)
	}
	day := When(root)
	at, err := time.Parse(time.DateOnly, day[:min(len(day), len(time.DateOnly))])
	if !named || err != nil {
		return -1
	}
	for i := len(all) - 1; i >= 0; i-- { // the latest whose time had begun
		s := all[i]
		if s.From.IsZero() || s.Contact.Kind == "screening" || at.Before(s.From) {
			continue
		}
		if at.After(s.To.Add(slack)) {
			return -1
		}
		return i
	}
	return -1
}

// Next is what comes next: the first contact that is due, or the first to come.
func Next(all []Standing) (Standing, bool) {
	for _, state := range []string{Due, Coming} {
		best := -1
		for i, s := range all {
			if s.State == state && (best < 0 || s.To.Before(all[best].To)) {
				best = i
			}
		}
		if best >= 0 {
			return all[best], true
		}
	}
	return Standing{}, false
}

// On is the day on which the span is over, as FHIR writes it, for somebody born on
// a day; "" where that is not known.
func (s Span) On(born string) string {
	birth, err := time.Parse(time.DateOnly, born)
	if err != nil {
		return ""
	}
	return s.After(birth).Format(time.DateOnly)
}
