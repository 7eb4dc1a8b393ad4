package portal

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
	"github.com/bevanhealth/bevan/internal/portal/atoz"
	"github.com/bevanhealth/bevan/internal/problem"
)

// vaccinationsAt is where the page is, below a record.
const vaccinationsAt = "/child/vaccinations"

// vaccinationRoutes are the pages about vaccinations, for each who may open a record.
var vaccinationRoutes = recordPages(recordPage{vaccinationsAt, withSources(vaccinations)})

// jabs is what this viewer may see of somebody's vaccinations, and what it comes to.
type jabs struct {
	*folder
	r     *given.Reader
	found given.Found
	res   england.Result
	today vaccine.Date
	told  bool // what is due can be told
}

// readJabs reads the history, in one question about it and one about the Patient;
// of a child one more about illnesses that they had.
func (f *folder) readJabs(ask given.Asked) (*jabs, error) {
	r := f.p.cfg.Vaccinations
	j := &jabs{folder: f, r: r, today: given.DateOf(f.p.cfg.Now(), f.p.cfg.Zone)}
	if len(f.searchable([]string{"Immunization"})) == 0 {
		return j, nil // what a viewer may not see at all looks like what is not there
	}
	ask.Received = ask.Received && len(f.searchable([]string{"ImmunizationRecommendation"})) > 0
	var err error
	if j.found, err = r.Find(f.r.Context(), f.Records, f.patient, f.p.cfg.Now(), ask); err != nil {
		return nil, err
	}
	for _, one := range j.found.Along {
		t, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		f.meet(one, t)
	}
	j.res = r.Assess(&j.found.History, j.today)
	j.told = j.found.Born != 0 && j.found.Born <= j.today && !j.found.More
	return j, nil
}

// vaccinePart is one part of the page.
type vaccinePart struct {
	table
	What string
}

// vaccinations shows what was given, what is due and what does not count.
func vaccinations(f *folder) error {
	w := f.p.words.Vaccinations
	j, err := f.readJabs(given.Asked{Received: true, With: withNames([]string{"Immunization"}, []search.Pair{})})
	if err != nil {
		return err
	}
	body := struct {
		What, Alarm, Do string
		Parts           []vaccinePart
		Schedule        string
		Links           []link
	}{What: f.mine(w.What, w.WhatOther)}
	switch {
	case j.told:
		body.Parts = j.ahead()
		body.Do = j.whatToDo()
	case j.found.More:
		body.Alarm = w.More
	default:
		body.Alarm = w.NoBirth
	}
	body.Parts = append(body.Parts, j.behind()...)
	body.Schedule, body.Links = j.whose(), j.links()
	return f.showFolder(http.StatusOK, "vaccinations", f.mine(w.Own, w.Other), body)
}

// whatToDo is the next step, where there is one.
func (j *jabs) whatToDo() string {
	w := j.p.words.Vaccinations
	if len(j.r.Calendar().Jabs(&j.res, j.today)) == 0 {
		return ""
	}
	if j.care() {
		return w.DoCare
	}
	return j.mine(w.Do, w.DoOther)
}

// whose says by which schedule all this is, and who answers for it.
func (j *jabs) whose() string {
	w, c := j.p.words.Vaccinations, j.r.Calendar()
	text := w.Schedule + ": " + cmp.Or(c.Title(), c.ID()) + ", " + w.Version + " " + c.Version()
	if s := c.Schedule(); s.Effective != 0 {
		text += ", " + w.Effective + " " + j.dayText(s.Effective)
	}
	text += ". "
	if by := c.SignedOff(); by != "" {
		return text + w.Signed + " " + by + "."
	}
	return text + w.NotSigned
}

// links lead to pages about the vaccines that the page names, and on.
func (j *jabs) links() (all []link) {
	w := j.p.words.Vaccinations
	if j.care() {
		all = append(all, link{w.Record, j.at + "/add/vaccination"})
	}
	seen := map[string]bool{"": true}
	programmes := j.r.Calendar().Programmes()
	for i := range j.res.Next {
		n, page := &j.res.Next[i], programmes[i].Page
		if p := j.p.library.Get(page); p != nil && !seen[page] && (n.Status == england.Open || n.Had > 0) {
			all = append(all, link{w.Read + ": " + p.Title, atoz.Link{Title: p.Title, ID: p.ID}.Href()})
		}
		seen[page] = true
	}
	return append(all, link{w.Back, j.at})
}

// vaccineName is what people call a vaccine.
func (j *jabs) vaccineName(code string) string {
	return cmp.Or(j.p.words.Vaccinations.Names[code], j.r.Calendar().Name(code))
}

// programmeName is what a programme is against, as the viewer calls it.
func (j *jabs) programmeName(name string) string {
	if j.care() {
		return name
	}
	return cmp.Or(j.p.words.Vaccinations.Against[name], name)
}

// dayText is a day as people write it.
func (j *jabs) dayText(d vaccine.Date) string { return j.p.plainWords().Day(d.String()) }

// doseText says which dose of what is next: of all programmes that a vaccine serves.
func (j *jabs) doseText(programmes []string) string {
	text := ""
	for _, name := range programmes {
		i := slices.IndexFunc(j.res.Next, func(n england.Next) bool { return n.Programme == name })
		if text != "" {
			text += "; "
		}
		text += j.programmeName(name) + ": " + strconv.Itoa(j.res.Next[i].Number)
	}
	return text
}

// grownAt is the age from which a missing vaccine of childhood is more likely a
// missing record.
const grownAt = 25

func (j *jabs) grown() bool { return j.today >= j.found.Born.Add(vaccine.Period{Years: grownAt}) }

// behindhand says that somebody has visits to catch up: something is overdue.
func (j *jabs) behindhand() bool {
	return slices.ContainsFunc(j.res.Next, func(n england.Next) bool { return n.OverdueOn(j.today) })
}
