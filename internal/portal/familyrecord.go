package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// shownKinds are those that the page of somebody's record shows, in order, with
// where their day stands. Kinds that say only what another one says are left out.
var shownKinds = []struct{ typ, day string }{
	{"Appointment", "start"}, {"AllergyIntolerance", "recordedDate"}, {"Condition", "recordedDate"}, {"MedicationRequest", "authoredOn"}, {"MedicationStatement", "effectiveDateTime"},
	{"Immunization", "occurrenceDateTime"}, {"Observation", "effectiveDateTime"}, {"DiagnosticReport", "effectiveDateTime"}, {"Encounter", "period"}, {"Procedure", "performedDateTime"},
	{"DocumentReference", "date"}, {"CarePlan", "created"}, {"Goal", "startDate"}, {"QuestionnaireResponse", "authored"},
}

// familyRecord shows the record of whom somebody acts for: what they may see of
// it, through the door, and nothing about what they may not.
func familyRecord(v *visit) error {
	right, ok, err := v.actingFor()
	if err != nil {
		return err
	}
	if !ok {
		return v.goOn(familyAt)
	}
	w := v.p.words.Family
	who := right.Who(staff.Actor(v.s.Account), access.AllTypes(access.Looking))
	door, err := v.p.cfg.Open(v.r.Context(), who, right.Patient, access.Proxy)
	if err != nil {
		return err
	}
	body := struct {
		Text   []string
		Tables []table
		None   string
	}{Text: []string{w.RecordText}}
	for _, k := range shownKinds {
		if !slices.Contains(strings.Fields(right.Types), k.typ) {
			continue
		}
		all, more, err := find(v.r.Context(), door, k.typ, []search.Pair{{Name: "_sort", Value: "-_lastUpdated"}}, perPage, v.p.cfg.Now())
		if problem.Is(err, problem.Forbidden) {
			continue
		}
		if err != nil {
			return err
		}
		if t := v.kindTable(k.typ, k.day, all); len(t.Rows) > 0 {
			if more {
				t.None = w.More
			}
			body.Tables = append(body.Tables, t)
		}
	}
	if len(body.Tables) == 0 {
		body.None = w.RecordNone
	}
	return v.show(http.StatusOK, "familyrecord", w.RecordTitle+" "+right.Name, body)
}

func (v *visit) kindTable(typ, day string, all []*fhir.Tree) table {
	w := v.p.words.Family
	caption := v.p.words.Kinds[typ]
	t := table{Caption: strings.ToUpper(caption[:1]) + caption[1:], Heads: []string{w.One, w.When}}
	for _, one := range all {
		t.Rows = append(t.Rows, []cell{text(v.called(one.Root())), text(v.whenOf(one.Root(), day))})
	}
	return t
}

// called is what a resource says that it is about.
func (v *visit) called(r fhir.Node) string {
	for _, at := range []string{"code", "vaccineCode", "medicationCodeableConcept", "type", "description", "title", "serviceType", "appointmentType"} {
		n := r.Get(at)
		if n.Kind() == fhir.Array {
			n = n.At(0)
		}
		if n.Kind() == fhir.String {
			return n.Str()
		}
		if s := n.Get("text").Str(); s != "" {
			return s
		}
		for c := range n.Get("coding").Items() {
			if s := c.Get("display").Str(); s != "" {
				return s
			}
		}
	}
	return v.p.words.Family.NotSaid
}

// whenOf is the day that a resource gives.
func (v *visit) whenOf(r fhir.Node, at string) string {
	n := r.Get(at)
	if s := v.dayOf(n, n.Get("start")); s != "" {
		return s
	}
	return v.p.words.Family.NotSaid
}
