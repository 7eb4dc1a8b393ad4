package portal

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
)

// card is one part of the summary of a person.
type card struct {
	Title, None string
	Rows        []cardRow
	More        bool // there are more than are shown
}

type cardRow struct{ What, Detail string }

// cardPart is how a card is found. Its row is not shown where what is "".
type cardPart struct {
	title, none string
	most        int
	of          []recordSearch
	row         func(f *folder, n fhir.Node) []cardRow
}

// Bounds of a card. Of allergies and warnings as many are shown as there are on
// any page.
const (
	mostOnCard     = 5
	mostWarnings   = 20
	mostMembers    = 8
	cardsAtOnce    = 4
	mostNewerFlags = 50 // read for those that hold still: no parameter searches for it
)

// cardParts are what somebody has to know between two patients. What is over is
// left out where the record says so in a way that can be asked for.
func (f *folder) cardParts() []cardPart {
	w := f.p.words.Clinic.Cards
	not := func(param string, codes ...string) (all []search.Pair) {
		for _, c := range append(codes, "entered-in-error") {
			all = append(all, search.Pair{Name: param + ":not", Value: c})
		}
		return all
	}
	by := func(sort string, pairs ...search.Pair) []search.Pair {
		return append(pairs, search.Pair{Name: "_sort", Value: sort})
	}
	status := func(v string) search.Pair { return search.Pair{Name: "status", Value: v} }
	problems := append(not("verification-status", "refuted"), search.Pair{Name: "clinical-status:not", Value: "resolved"}, search.Pair{Name: "clinical-status:not", Value: "inactive"})
	from := search.Pair{Name: "date", Value: "ge" + f.p.cfg.Now().UTC().Format(time.RFC3339)}
	return []cardPart{
		{w.Warnings, w.WarningsNone, mostWarnings, []recordSearch{{"Flag", by("-date")}}, flagCard},
		{w.Allergies, w.AllergiesNone, mostWarnings, []recordSearch{{"AllergyIntolerance", by("-date", not("verification-status", "refuted")...)}}, allergyCard},
		{w.Problems, w.ProblemsNone, mostOnCard, []recordSearch{{"Condition", by("-recorded-date", problems...)}}, problemCard},
		{w.Medicines, w.MedicinesNone, mostOnCard, []recordSearch{{"MedicationRequest", by("-authoredon", status("active,on-hold,unknown"))},
			{"MedicationStatement", by("-effective", status("active,intended,on-hold,unknown"))}}, medicineCard},
		{w.Results, w.ResultsNone, mostOnCard, []recordSearch{{"Observation", by("-date", not("status", "cancelled")...)}}, resultCard},
		{w.Vaccinations, w.VaccinationsNone, mostOnCard, []recordSearch{{"Immunization", by("-date", not("status")...)}}, vaccinationCard},
		{w.Appointments, w.AppointmentsNone, mostOnCard, []recordSearch{{"Appointment", by("date", append(not("status", "cancelled", "noshow", "fulfilled"), from)...)}}, appointmentCard},
		{w.Team, w.TeamNone, mostMembers, []recordSearch{{"CareTeam", by("-date", not("status", "inactive")...)}}, teamCard},
	}
}

// cards reads the parts, some at once: each is a question of its own, and an
// entry of the log.
func (f *folder) cards(patient fhir.Node) ([]card, error) {
	parts := f.cardParts()
	out, broken := make([]card, len(parts)), make([]error, len(parts))
	var wait sync.WaitGroup
	turns := make(chan struct{}, cardsAtOnce)
	for i, part := range parts {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			out[i], broken[i] = f.card(part)
		})
	}
	wait.Wait()
	team := &out[len(out)-1]
	for gp := range patient.Get("generalPractitioner").Items() {
		if name := gp.Get("display").Str(); name != "" && len(team.Rows) < mostMembers {
			team.Rows = append(team.Rows, cardRow{What: name})
		}
	}
	return out, errors.Join(broken...)
}

func (f *folder) card(part cardPart) (card, error) {
	c := card{Title: part.title, None: part.none}
	for _, s := range part.of {
		most := part.most
		if s.typ == "Flag" {
			most = mostNewerFlags
		}
		found, more, err := find(f.r.Context(), f.Records, s.typ, s.pairs, most, f.p.cfg.Now())
		if problem.Is(err, problem.Forbidden) {
			continue // what they may not see at all looks like what is not there
		}
		if err != nil {
			return c, err
		}
		c.More = c.More || more
		for _, one := range found {
			for _, row := range part.row(f, one.Root()) {
				if row.What = f.orNotKnown(row.What); len(c.Rows) == part.most {
					c.More = true
					break
				}
				c.Rows = append(c.Rows, row)
			}
		}
	}
	return c, nil
}

func one(what string, details ...string) []cardRow {
	var said []string
	for _, d := range details {
		if d = strings.TrimSpace(d); d != "" {
			said = append(said, d)
		}
	}
	return []cardRow{{what, strings.Join(said, ", ")}}
}

func flagCard(f *folder, n fhir.Node) []cardRow {
	if n.Get("status").Is("entered-in-error") || n.Get("status").Is("inactive") {
		return nil
	}
	return one(codeText(n.Get("code")), f.dayOf(n.Get("period").Get("start")))
}

func allergyCard(f *folder, n fhir.Node) []cardRow {
	cells := allergyRow(f.visit, n)
	return one(cells[0], cells[1:]...)
}

func problemCard(f *folder, n fhir.Node) []cardRow {
	cells := problemRow(f.visit, n)
	return one(cells[0], cells[2])
}

func medicineCard(f *folder, n fhir.Node) []cardRow {
	cells := medicineRow(f.visit, n)
	if cells[2] == "active" { // what is usual needs no word
		cells[2] = ""
	}
	return one(cells[0], cells[1:]...)
}

func resultCard(f *folder, n fhir.Node) []cardRow {
	cells := resultRow(f.visit, n)
	return one(cells[0], cells[1], cells[3])
}

func vaccinationCard(f *folder, n fhir.Node) []cardRow {
	not := ""
	if n.Get("status").Is("not-done") {
		not = f.p.words.Clinic.Cards.NotGiven
	}
	return one(codeText(n.Get("vaccineCode")), not, f.dayOf(n.Get("occurrenceDateTime")))
}

func appointmentCard(f *folder, n fhir.Node) []cardRow {
	what := textOf(n.Get("serviceType").At(0))
	if what == "" {
		what = n.Get("description").Str()
	}
	when := ""
	if at, err := time.Parse(time.RFC3339, n.Get("start").Str()); err == nil {
		when = f.when(at)
	}
	return one(what, when)
}

func teamCard(f *folder, n fhir.Node) (all []cardRow) {
	for p := range n.Get("participant").Items() {
		ref := p.Get("member").Get("reference").Str()
		if strings.Contains(ref, "Patient/") || f.who.User != "" && ref == f.who.User {
			continue
		}
		name := p.Get("member").Get("display").Str()
		if name == "" {
			name = f.p.words.Clinic.Cards.Unnamed
		}
		all = append(all, one(name, textOf(p.Get("role").At(0)))...)
	}
	return all
}
