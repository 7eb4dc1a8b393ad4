package portal

import (
	"encoding/json"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
)

// notSaved is how a dose is called that is still to be saved.
const notSaved = "not-saved"

// wouldCount holds a dose against the schedule before it is saved: together with
// what this member of staff may see of the record. says is what they should know;
// counts is false where the schedule says that it does not count. What can not be
// checked is said to be so, and stops nobody.
func (f *folder) wouldCount(body map[string]any) (says []string, counts bool) {
	form := f.p.words.Vaccinations.Form
	j, err := f.readJabs(given.Asked{})
	if err != nil || j.found.Born == 0 || j.found.More {
		return []string{form.NotChecked}, true
	}
	one := map[string]any{"resourceType": "Immunization", "id": notSaved}
	for k, v := range body {
		one[k] = v
	}
	b, err := json.Marshal(one)
	if err != nil {
		return []string{form.NotChecked}, true
	}
	t, err := fhir.Parse(b, fhir.DefaultLimits)
	if err != nil {
		return []string{form.NotChecked}, true
	}
	h := j.r.With(j.found.History, t)
	j.found.History = h
	i := slices.IndexFunc(h.Doses, func(d given.Dose) bool { return slices.Contains(d.Refs, "Immunization/"+notSaved) })
	if i < 0 {
		return []string{form.NotChecked}, true
	}
	if len(h.Doses[i].Refs) > 1 {
		return []string{form.Already}, true
	}
	res := j.r.Assess(&h, j.today)
	switch v := &res.Doses[i]; {
	case h.Doses[i].Clash:
		return []string{form.ProductOther}, false
	case v.Counts:
		return nil, true
	case v.Why == england.NotKnown, v.Why == england.NotInSchedule:
		return []string{form.NotInSchedule}, true
	default:
		return []string{form.WouldNot + " " + j.whyText(&h.Doses[i], v)}, false
	}
}
