package portal

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/consent/sharing"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// carePage is what staff see of a person first. It fits on one screen.
type carePage struct {
	Ident   []string // who it is, in short
	Died    string   // "" for somebody who is not known to have died
	Because []string
	Choices []string
	Cards   []card
	Go      string // where the letter is sent to
	Wrong   string // what is wrong with the letter
	Actions []action
}

// person reads whose folder it is. What can not be read of somebody is as if
// they were not there.
func (f *folder) person() (*fhir.Tree, error) {
	return read(f.r.Context(), f.Records, "Patient", f.patient)
}

// carePerson is the page of a person for those who look after them.
func carePerson(f *folder) error { return f.carePage(http.StatusOK, "") }

func (f *folder) carePage(status int, wrong string) error {
	t, err := f.person()
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) || problem.Is(err, problem.Forbidden) {
		return f.nobodyHere()
	}
	if err != nil {
		return err
	}
	body := carePage{Go: f.at + "/go", Wrong: wrong, Actions: f.actions()}
	if !f.isChild(childOf(t).born) {
		body.Actions = slices.DeleteFunc(body.Actions, func(a action) bool { return a.Key == bookKey })
	}
	body.Ident, body.Died = f.identOf(t.Root())
	if body.Because, err = f.because(); err != nil {
		return err
	}
	if body.Choices, err = f.choicesSeen(); err != nil {
		return err
	}
	if body.Cards, err = f.cards(t.Root()); err != nil {
		return err
	}
	if err := f.p.cfg.Lists.Looked(f.r.Context(), f.listOwner(), f.patient); err != nil {
		return err
	}
	name := nameOf(t.Root())
	if name == "" {
		name = f.p.words.Choosing.NoName
	}
	return f.show(status, "care", name, body)
}

// identOf is who somebody is, and when they died.
func (f *folder) identOf(n fhir.Node) (ident []string, died string) {
	w := f.p.words.Clinic
	end := f.p.cfg.Now()
	switch at := n.Get("deceasedDateTime"); {
	case at.Exists():
		died = w.Person.DiedUnknown
		if day := f.dayOf(at); day != "" {
			died = w.Person.Died + " " + day
		}
		if d, err := fhir.ParseDateTime(at.Str()); err == nil && d.Precision() >= fhir.Day {
			y, m, day := d.Date()
			end = time.Date(y, time.Month(m), day, 0, 0, 0, 0, f.p.cfg.Zone)
		} else {
			end = time.Time{}
		}
	case n.Get("deceasedBoolean").Kind() == fhir.True:
		died, end = w.Person.DiedUnknown, time.Time{}
	}
	born := w.Person.BornUnknown
	if day := f.dayOf(n.Get("birthDate")); day != "" {
		born = w.Person.Born + " " + day
		if age := f.ageAt(n.Get("birthDate").Str(), end); age != "" {
			born += " (" + age + ")"
		}
	}
	ident = append(ident, born, f.numberOf(n))
	if sex := w.Sexes[n.Get("gender").Str()]; sex != "" {
		ident = append(ident, sex)
	}
	return ident, died
}

// numberOf is the NHS number as people write it, or that it is not known.
func (v *visit) numberOf(n fhir.Node) string {
	w := v.p.words.Clinic.Person
	for id := range n.Get("identifier").Items() {
		if !id.Get("system").Is(fhir.NHSNumberSystem) || id.Get("use").Is("old") {
			continue
		}
		if digits, ok := fhir.ParseNHSNumber(id.Get("value").Str()); ok {
			return w.Number + " " + fhir.FormatNHSNumber(digits)
		}
	}
	return w.NoNumber
}

// ageAt is how old somebody is on a day; in months before they are two. It is ""
// where the whole date of birth is not known, or not the day.
func (v *visit) ageAt(birth string, at time.Time) string {
	w := v.p.words.Clinic.Person
	born, err := time.ParseInLocation(time.DateOnly, birth, v.p.cfg.Zone)
	if at = at.In(v.p.cfg.Zone); err != nil || at.Before(born) {
		return ""
	}
	months := (at.Year()-born.Year())*12 + int(at.Month()) - int(born.Month())
	if at.Day() < born.Day() {
		months--
	}
	n, one, many := months, w.Month, w.Months
	if months >= 24 {
		n, one, many = months/12, w.Year, w.Years
	}
	if n == 1 {
		many = one
	}
	return strconv.Itoa(n) + " " + many
}

// tier is a session that tells why its holder may see the record.
type tier interface {
	Ties(ctx context.Context) ([]record.Tie, error)
}

// because says why whoever looks may see the record, as far as they may know.
func (f *folder) because() (all []string, err error) {
	w := f.p.words.Clinic
	s, ok := f.Records.(tier)
	if !ok {
		return []string{w.Person.BecauseUnseen}, nil
	}
	ties, err := s.Ties(f.r.Context())
	if err != nil {
		return nil, err
	}
	for _, t := range ties {
		text := w.Ties[t.Type]
		if text == "" {
			text = w.Person.BecauseUnseen
		}
		for _, end := range []struct {
			word string
			at   time.Time
		}{{w.Person.Since, t.Since}, {w.Person.Until, t.Until}} {
			if !end.at.IsZero() {
				text += " " + end.word + " " + f.date(end.at)
			}
		}
		all = append(all, text)
	}
	if all == nil {
		all = []string{w.Person.BecauseUnseen}
	}
	return all, nil
}

// choicesSeen are the sharing choices in force that whoever looks may know of. A
// no that keeps something from them is not among them: it hides itself.
func (f *folder) choicesSeen() (all []string, err error) {
	list, err := sharing.List(f.r.Context(), f.Records, f.p.cfg.Now())
	if problem.Is(err, problem.Forbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if !c.Holds || !c.IsPlain {
			continue // another system's words may name what they hide
		}
		if all = append(all, strings.TrimSuffix(f.madeText(c), ".")); len(all) == mostChoicesSeen {
			break
		}
	}
	return all, nil
}

// mostChoicesSeen bounds what is said of choices on one screen.
const mostChoicesSeen = 3
