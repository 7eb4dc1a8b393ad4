package portal

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// mostVisits is how many visits are shown to choose from, the newest first.
const mostVisits = 20

// noVisit stands for none of them.
const noVisit = "none"

// visits are the visits and stays of a person, through the door.
func (v *visit) visits(s subject, patient string) (all []tick, err error) {
	r, err := v.p.cfg.Open(v.r.Context(), s.who(v.s.Account, patient, access.OneType("Encounter", access.Read|access.Search)), patient, s.why)
	if problem.Is(err, problem.Forbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found, _, err := find(v.r.Context(), r, "Encounter", []search.Pair{{Name: "_sort", Value: "-date"}}, mostVisits, v.p.cfg.Now())
	for i, t := range found {
		all = append(all, tick{ID: "visit" + strconv.Itoa(i), Name: "encounter", Value: t.Root().Get("id").Str(), Label: v.visitText(t.Root())})
	}
	return all, err
}

// visitText is when, what and where.
func (v *visit) visitText(r fhir.Node) string {
	w := v.p.words.Choosing
	var parts []string
	if at, err := fhir.ParseDateTime(r.Get("period").Get("start").Str()); err == nil && at.Precision() >= fhir.Day {
		y, m, d := at.Date() // as it was written down, where it was
		parts = append(parts, time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Format("2 January 2006"))
	}
	what := textOf(r.Get("type").At(0))
	if what == "" {
		what = w.Visit
	}
	parts = append(parts, what)
	if where := r.Get("serviceProvider").Get("display").Str(); where != "" {
		parts = append(parts, where)
	}
	return strings.Join(parts, ", ")
}

// textOf is a CodeableConcept in words.
func textOf(n fhir.Node) string {
	if text := n.Get("text").Str(); text != "" {
		return text
	}
	return n.Get("coding").At(0).Get("display").Str()
}

// encounterOf is a request whose visit can be chosen. Where it can not, the
// person is led back to it.
func encounterOf(v *visit) (*asking, bool, error) {
	a, err := v.opens()
	if err != nil {
		return a, false, err
	}
	for _, do := range steps[:len(steps)-1] {
		if stop, err := do(a); stop || err != nil {
			return a, false, err
		}
	}
	if a.patient == "" || !a.about.shares || a.ask.Launch != "" {
		return a, false, v.goOn(a.path(""))
	}
	return a, true, nil
}

// askEncounter asks which visit it is about.
func askEncounter(v *visit) error {
	a, ok, err := encounterOf(v)
	if err != nil || !ok {
		return err
	}
	w := v.p.words.Choosing
	all, err := v.visits(a.about, a.patient)
	if err != nil {
		return err
	}
	none := tick{ID: "visitnone", Name: "encounter", Value: noVisit, Label: w.VisitNone, On: true}
	return v.show(http.StatusOK, "encounter", w.VisitTitle, struct {
		Action string
		All    []tick
		None   bool
		Ways   []way
	}{a.path("/encounter"), append(all, none), len(all) == 0, []way{a.back()}})
}

// chooseEncounter keeps the visit that was chosen, after it was read through
// the door as one of that person.
func chooseEncounter(v *visit) error {
	a, ok, err := encounterOf(v)
	if err != nil || !ok {
		return err
	}
	id := v.typed("encounter")
	if a.choice.Encounter, a.choice.NoEncounter = id, false; id == noVisit || id == "" {
		a.choice.Encounter, a.choice.NoEncounter = "", true
		return a.keepChoice()
	}
	if _, err := v.visitNamed(a.about, a.patient, id); err != nil {
		return err
	}
	return a.keepChoice()
}

// visitNamed reads a visit of a person's through the door, and says what it is.
// One that is not theirs is not found.
func (v *visit) visitNamed(s subject, patient, id string) (string, error) {
	r, err := v.p.cfg.Open(v.r.Context(), s.who(v.s.Account, patient, access.OneType("Encounter", access.Read)), patient, s.why)
	if err != nil {
		return "", err
	}
	t, err := read(v.r.Context(), r, "Encounter", id)
	if err != nil {
		return "", err
	}
	return v.visitText(t.Root()), nil
}
