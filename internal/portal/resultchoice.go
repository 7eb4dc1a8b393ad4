package portal

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/display"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const resultChoiceAt = "/account/results"

// wayAsked is one way of showing results that can be chosen.
type wayAsked struct {
	ID, Name, Value, Label, Hint string
	On                           bool
}

// kindAsked is one kind of result, and how it is shown.
type kindAsked struct {
	Legend, Hint string
	Ways         []wayAsked
}

// resultChoice asks how somebody wants to be shown results.
func resultChoice(v *visit) error {
	have, err := v.p.cfg.Displays.Of(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	return v.askResultChoice(http.StatusOK, have, nil)
}

func (v *visit) askResultChoice(status int, have display.Choices, wrong error) error {
	w := v.p.words.Results.How
	v.form = v.newForm(w.Button)
	v.form.Cancel = "/account"
	if wrong != nil {
		v.form.wrong("", v.p.sentence(wrong))
	}
	var body struct{ Kinds []kindAsked }
	for _, k := range v.p.cfg.Displays.Rules.Kinds {
		one := kindAsked{Legend: w.Kinds[k.ID], Hint: w.KindHints[k.ID] + " " + w.After + " " + strconv.Itoa(k.Days) + "."}
		for i, how := range display.Ways() {
			id := k.ID
			if i > 0 {
				id += "-" + string(how)
			}
			one.Ways = append(one.Ways, wayAsked{ID: id, Name: k.ID, Value: string(how), Label: w.Ways[string(how)], Hint: w.WayHints[string(how)], On: have[k.ID] == how})
		}
		body.Kinds = append(body.Kinds, one)
	}
	return v.show(status, "resultchoice", w.Title, body)
}

// resultChoiceFinish keeps it.
func resultChoiceFinish(v *visit) error {
	want := display.Choices{}
	for _, k := range v.p.cfg.Displays.Rules.Kinds {
		want[k.ID] = display.How(v.typed(k.ID))
	}
	if err := v.p.cfg.Displays.Choose(v.r.Context(), v.s.Account, want); err != nil {
		status, ok := mendable(err)
		if !ok {
			return err
		}
		return v.askResultChoice(status, want, err)
	}
	return v.doneThen(resultsChosen, "/account")
}

// resultToldPage lets whoever looks after somebody say that they have talked about
// a result, so that it is shown.
func resultToldPage(f *folder) error { return f.askTold() }

func (f *folder) toldAbout() (display.Result, error) {
	k, ok := entryNamed(f.r.FormValue("entry"))
	if !ok || k.Type != "Observation" && k.Type != "DiagnosticReport" {
		return display.Result{}, problem.New(problem.NotFound, f.p.words.Problem.NotHere)
	}
	t, err := read(f.r.Context(), f.Records, k.Type, k.ID)
	if err != nil {
		return display.Result{}, f.notThere(err)
	}
	return display.ResultOf(t), nil
}

func (f *folder) askTold() error {
	r, err := f.toldAbout()
	if err != nil {
		return err
	}
	w := f.p.words.Results.Told
	form := f.newForm(w.Button)
	form.Hidden = [][2]string{{"entry", r.Type + "/" + r.ID}}
	form.Cancel = f.at + "/results"
	return f.ask(&question{title: w.Title, text: []string{w.What, w.Asks}, form: form})
}

// resultToldFinish keeps it.
func resultToldFinish(f *folder) error {
	r, err := f.toldAbout()
	if err != nil {
		return err
	}
	if err := f.p.cfg.Displays.Tell(f.r.Context(), f.patient, r, staff.Actor(f.s.Account)); err != nil {
		return err
	}
	return f.doneThen(resultTold, f.at+"/results")
}

// onlyCare lets a page be seen by those who look after the person.
func onlyCare(do func(*folder) error) func(*folder) error {
	return func(f *folder) error {
		if f.why != access.Care {
			return problem.New(problem.NotFound, f.p.words.Problem.NotHere)
		}
		return do(f)
	}
}

// resultRoutes are the pages of results.
var resultRoutes = slices.Concat(recordPages(
	recordPage{"/results", withSources(resultList)},
	recordPage{"/results/together", together},
	recordPage{"/results/{test}", oneTest},
	recordPage{"/results/{test}/values", denseValues},
), []route{
	{"GET " + resultChoiceAt, member(resultChoice)},
	{"POST " + resultChoiceAt, member(resultChoiceFinish)},
	{"GET " + peopleAt + "/{person}/results/told", ofCare(onlyCare(resultToldPage))},
	{"POST " + peopleAt + "/{person}/results/told", ofCare(onlyCare(resultToldFinish))},
})
