package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
)

// picker is a page on which staff find a person and choose them.
type picker struct {
	*visit
	about  subject
	at     string // its address
	choose string // where the chosen one is sent to
	cancel way    // how to go back; the zero way for none
}

// pickerBody is what it shows.
type pickerBody struct {
	Choose       string
	Found        []tick
	Nobody, More bool
	Ways         []way
}

const (
	mostFound = 10
	maxWords  = 5 // of a name
)

func (p picker) fields() []*field {
	w := p.p.words.Choosing
	return []*field{
		{ID: "number", Label: w.Number, Hint: w.NumberHint, Mode: "numeric", Auto: "off"},
		{ID: "name", Label: w.Name, Hint: w.NameHint, Auto: "off"},
		p.dateField("born", w.Born, ""),
	}
}

// ask shows the page, with nobody found yet.
func (p picker) ask() error {
	return p.page(http.StatusOK, p.newForm(p.p.words.Choosing.Find, p.fields()...), pickerBody{})
}

func (p picker) page(status int, f *form, body pickerBody) error {
	p.form = f
	f.Action, body.Choose = p.at, p.choose
	if p.cancel.Action != "" {
		body.Ways = []way{p.cancel}
	}
	return p.show(status, "picker", p.p.words.Choosing.PatientTitle, body)
}

// find looks for the person and shows who was found.
func (p picker) find() error {
	w := p.p.words.Choosing
	f := p.newForm(w.Find, p.fields()...)
	pairs, at, wrong := p.wanted()
	if wrong != "" {
		for _, q := range f.Fields {
			if q.ID == at {
				q.Problem = wrong
			}
		}
		return p.page(http.StatusUnprocessableEntity, f, pickerBody{})
	}
	r, err := p.p.cfg.Open(p.r.Context(), p.about.who(p.s.Account, "", access.OneType("Patient", access.Read|access.Search)), "", p.about.why)
	if err != nil {
		return err
	}
	all, more, err := find(p.r.Context(), r, "Patient", pairs, mostFound, p.p.cfg.Now())
	if err != nil {
		return err
	}
	body := pickerBody{Nobody: len(all) == 0, More: more}
	for i, t := range all {
		one := newSomeone(t, w, p.p.cfg.Zone)
		body.Found = append(body.Found, tick{ID: "found" + string(rune('a'+i)), Name: "patient", Value: one.ID, Label: one.Text})
	}
	return p.page(http.StatusOK, f, body)
}

// wanted is the search that was typed. Where it is none, at is the field and
// wrong what to do. A name alone finds too many, and shows them to whoever
// looks.
func (p picker) wanted() (pairs []search.Pair, at, wrong string) {
	w := p.p.words.Choosing
	if number := p.typed("number"); number != "" {
		digits, ok := fhir.ParseNHSNumber(number)
		if !ok {
			return nil, "number", w.BadNumber
		}
		return []search.Pair{{Name: "identifier", Value: fhir.NHSNumberSystem + "|" + digits}}, "", ""
	}
	names := strings.Fields(p.typed("name"))
	day, empty, ok := p.typedDay("born")
	switch {
	case len(names) == 0 || empty:
		return nil, "number", w.NeedBoth
	case !ok || day.After(p.p.cfg.Now()):
		return nil, "born", w.BadBorn
	}
	for _, one := range names[:min(len(names), maxWords)] {
		pairs = append(pairs, search.Pair{Name: "name", Value: escaped(one)})
	}
	return append(pairs, search.Pair{Name: "birthdate", Value: day.Format(time.DateOnly)}), "", ""
}

// escaped is a text as one value of a search parameter (R4 section 3.1.1.4.6).
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`, `$`, `\$`, `|`, `\|`).Replace(s)
}

// chosen is the person who was chosen, read through the door, so that one whom
// they may not see is not taken. Where nobody was chosen the page is shown
// again and done is true.
func (p picker) chosen() (one someone, done bool, err error) {
	id := p.typed("patient")
	if id == "" {
		f := p.newForm(p.p.words.Choosing.Find, p.fields()...)
		f.Problem = p.p.words.Choosing.NotChosen
		return one, true, p.page(http.StatusUnprocessableEntity, f, pickerBody{})
	}
	one, err = p.patientNamed(p.about, id)
	return one, false, err
}

// pickerOf is the picker of an app's request. Whoever may not choose a person
// is led back to the request, which says what is the matter.
func pickerOf(v *visit) (*asking, picker, bool, error) {
	a, err := v.opens()
	if err != nil {
		return a, picker{}, false, err
	}
	for _, do := range steps[:len(steps)-2] { // all but choosing
		if stop, err := do(a); stop || err != nil {
			return a, picker{}, false, err
		}
	}
	if !a.about.mayCare() || a.opened.Patient != "" {
		return a, picker{}, false, v.goOn(a.path(""))
	}
	return a, picker{visit: v, about: a.about, at: a.path("/patient"), choose: a.path("/patient/choose"), cancel: a.back()}, true, nil
}

// askPatient asks whose record it is about.
func askPatient(v *visit) error {
	_, p, ok, err := pickerOf(v)
	if err != nil || !ok {
		return err
	}
	return p.ask()
}

func findPatient(v *visit) error {
	_, p, ok, err := pickerOf(v)
	if err != nil || !ok {
		return err
	}
	return p.find()
}

func choosePatient(v *visit) error {
	a, p, ok, err := pickerOf(v)
	if err != nil || !ok {
		return err
	}
	one, done, err := p.chosen()
	if err != nil || done {
		return err
	}
	a.choice.Patient, a.choice.Encounter, a.choice.NoEncounter = one.ID, "", false
	return a.keepChoice()
}

// keepChoice keeps what was chosen, and goes on.
func (a *asking) keepChoice() error {
	if err := a.p.cfg.Clients.Choose(a.r.Context(), a.ask.ID, a.browser, a.s.Account, a.choice); err != nil {
		return err
	}
	return a.goOn(a.path(""))
}
