package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// shownKinds are those that the page of somebody's record shows, in order. Kinds
// that say only what another one says are left out.
var shownKinds = []string{"Appointment", "AllergyIntolerance", "Condition", "MedicationRequest", "MedicationStatement", "Immunization", "Observation",
	"DiagnosticReport", "Encounter", "Procedure", "DocumentReference", "CarePlan", "Goal", "QuestionnaireResponse"}

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
		CopyAt string
	}{Text: []string{w.RecordText}}
	if right.May&mandate.Copy != 0 {
		body.CopyAt = familyCopyAt
	}
	for _, typ := range shownKinds {
		if !slices.Contains(strings.Fields(right.Types), typ) {
			continue
		}
		all, more, err := find(v.r.Context(), door, typ, []search.Pair{{Name: "_sort", Value: "-_lastUpdated"}}, perPage, v.p.cfg.Now())
		if problem.Is(err, problem.Forbidden) {
			continue
		}
		if err != nil {
			return err
		}
		if t := v.kindTable(typ, all); len(t.Rows) > 0 {
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

func (v *visit) kindTable(typ string, all []*fhir.Tree) table {
	caption := v.p.words.Kinds[typ]
	t := table{Caption: strings.ToUpper(caption[:1]) + caption[1:], Heads: []string{v.p.words.Family.One, v.p.words.Family.When}}
	for _, one := range all {
		e := v.entryOf(one)
		t.Rows = append(t.Rows, []cell{text(e.Title), text(e.Date)})
	}
	return t
}
