package portal

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// recordTable is one kind of entry of a record, the newest first.
type recordTable struct {
	table
	Cut bool // there are more than are shown
}

// recordPart is how one kind is found and shown.
type recordPart struct {
	caption, none string
	heads         []string
	of            []recordSearch
	row           func(v *visit, n fhir.Node) []string
}

// recordSearch is one search of a part.
type recordSearch struct {
	typ   string
	pairs []search.Pair
}

// mostShown is how many of one search are shown. What is left out is said.
const mostShown = 50

// recordParts are what somebody has to know at once, in that order. What was
// entered in error is not shown; what is over is, since it may matter.
func recordParts(w words.EmergencyRecord) []recordPart {
	not := func(param string) search.Pair { return search.Pair{Name: param + ":not", Value: "entered-in-error"} }
	sorted := func(by string) search.Pair { return search.Pair{Name: "_sort", Value: by} }
	return []recordPart{
		{w.Warnings, w.WarningsNone, []string{w.HeadWhat, w.HeadState, w.HeadSince},
			[]recordSearch{{"Flag", []search.Pair{sorted("-date")}}}, flagRow},
		{w.Allergies, w.AllergiesNone, []string{w.HeadWhat, w.HeadReaction, w.HeadRisk, w.HeadState},
			[]recordSearch{{"AllergyIntolerance", []search.Pair{not("verification-status"), sorted("-date")}}}, allergyRow},
		{w.Problems, w.ProblemsNone, []string{w.HeadWhat, w.HeadState, w.HeadSince},
			[]recordSearch{{"Condition", []search.Pair{not("verification-status"), sorted("-recorded-date")}}}, problemRow},
		{w.Medicines, w.MedicinesNone, []string{w.HeadWhat, w.HeadDose, w.HeadState, w.HeadSince},
			[]recordSearch{{"MedicationRequest", []search.Pair{not("status"), sorted("-authoredon")}}, {"MedicationStatement", []search.Pair{not("status"), sorted("-effective")}}}, medicineRow},
		{w.Results, w.ResultsNone, []string{w.HeadWhat, w.HeadValue, w.HeadRange, w.HeadWhen},
			[]recordSearch{{"Observation", []search.Pair{not("status"), sorted("-date")}}}, resultRow},
	}
}

// recordTables reads the parts of a record through a session about it.
func (v *visit) recordTables(r Records) ([]recordTable, error) {
	var all []recordTable
	for _, part := range recordParts(v.p.words.Emergency.EmergencyRecord) {
		t := recordTable{table: table{Caption: part.caption, None: part.none, Heads: part.heads}}
		for _, s := range part.of {
			found, more, err := find(v.r.Context(), r, s.typ, s.pairs, mostShown, v.p.cfg.Now())
			if problem.Is(err, problem.Forbidden) {
				continue // what they may not see at all looks like what is not there
			}
			if err != nil {
				return nil, err
			}
			t.Cut = t.Cut || more
			for _, one := range found {
				var cells []cell
				for _, say := range part.row(v, one.Root()) {
					cells = append(cells, text(v.orNotKnown(say)))
				}
				if cells != nil {
					t.Rows = append(t.Rows, cells)
				}
			}
		}
		all = append(all, t)
	}
	return all, nil
}

// orNotKnown never leaves a cell empty: an empty one reads as "nothing".
func (v *visit) orNotKnown(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return v.p.words.Emergency.NotKnown
	}
	return s
}

func flagRow(v *visit, n fhir.Node) []string {
	if n.Get("status").Is("entered-in-error") { // no parameter searches for it
		return nil
	}
	return []string{codeText(n.Get("code")), n.Get("status").Str(), v.dayOf(n.Get("period").Get("start"))}
}

func allergyRow(_ *visit, n fhir.Node) []string {
	var reactions []string
	for r := range n.Get("reaction").Items() {
		for m := range r.Get("manifestation").Items() {
			if s := codeText(m); s != "" {
				reactions = append(reactions, s)
			}
		}
	}
	return []string{codeText(n.Get("code")), strings.Join(reactions, ", "), n.Get("criticality").Str(), stateText(n)}
}

func problemRow(v *visit, n fhir.Node) []string {
	return []string{codeText(n.Get("code")), stateText(n), v.dayOf(n.Get("onsetDateTime"), n.Get("recordedDate"))}
}

// stateText is the clinical state, and how sure it is.
func stateText(n fhir.Node) string {
	var parts []string
	for _, name := range []string{"clinicalStatus", "verificationStatus"} {
		if s := codeText(n.Get(name)); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

func medicineRow(v *visit, n fhir.Node) []string {
	what := codeText(n.Get("medicationCodeableConcept"))
	if what == "" {
		what = n.Get("medicationReference").Get("display").Str()
	}
	dose := ""
	for _, name := range []string{"dosageInstruction", "dosage"} {
		for d := range n.Get(name).Items() {
			if s := d.Get("text").Str(); s != "" {
				dose = strings.TrimPrefix(dose+"; "+s, "; ")
			}
		}
	}
	return []string{what, dose, n.Get("status").Str(), v.dayOf(n.Get("authoredOn"), n.Get("effectiveDateTime"), n.Get("effectivePeriod").Get("start"), n.Get("dateAsserted"))}
}

func resultRow(v *visit, n fhir.Node) []string {
	value := valueText(n)
	for c := range n.Get("component").Items() {
		if s := valueText(c); s != "" {
			value = strings.TrimPrefix(value+"; "+codeText(c.Get("code"))+" "+s, "; ")
		}
	}
	if value == "" {
		value = codeText(n.Get("dataAbsentReason"))
	}
	limits := ""
	for r := range n.Get("referenceRange").Items() {
		s := r.Get("text").Str()
		if s == "" {
			s = strings.Trim(quantityText(r.Get("low"))+" – "+quantityText(r.Get("high")), " –")
		}
		limits = strings.TrimPrefix(limits+"; "+s, "; ")
	}
	return []string{codeText(n.Get("code")), value, limits, v.dayOf(n.Get("effectiveDateTime"), n.Get("effectivePeriod").Get("start"), n.Get("effectiveInstant"))}
}

// valueText is a value in words, with its unit and what was said of it; "" for
// none or for one that can not be put on a line.
func valueText(n fhir.Node) string {
	s := ""
	switch {
	case n.Get("valueQuantity").Exists():
		s = quantityText(n.Get("valueQuantity"))
	case n.Get("valueCodeableConcept").Exists():
		s = codeText(n.Get("valueCodeableConcept"))
	case n.Get("valueString").Exists():
		s = n.Get("valueString").Str()
	default:
		for _, name := range []string{"valueInteger", "valueBoolean", "valueDateTime", "valueTime"} {
			if one := n.Get(name); one.Exists() {
				s = string(one.Text())
			}
		}
	}
	for i := range n.Get("interpretation").Items() {
		if said := codeText(i); said != "" && s != "" {
			s += " (" + said + ")"
		}
	}
	return s
}

// quantityText keeps the digits as they were written: 1.50 stays 1.50.
func quantityText(q fhir.Node) string {
	unit := q.Get("unit").Str()
	if unit == "" {
		unit = q.Get("code").Str()
	}
	return strings.TrimSpace(q.Get("comparator").Str() + string(q.Get("value").Text()) + " " + unit)
}

// codeText is a CodeableConcept in words, or its code where it has none: a code
// can be looked up, and nothing can not.
func codeText(n fhir.Node) string {
	if s := textOf(n); s != "" {
		return s
	}
	return n.Get("coding").At(0).Get("code").Str()
}

// dayOf is the first of some times that was written down, as a day, a month or
// a year as far as it is known.
func (v *visit) dayOf(all ...fhir.Node) string {
	for _, n := range all {
		if _, err := fhir.ParseDateTime(n.Str()); err == nil {
			return v.p.plainWords().Date(n.Str())
		}
	}
	return ""
}
