package given

import (
	"time"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
)

// Systems of what is written. The second of each pair is HL7's guide for forecasts
// (Immunization Decision Support Forecast, 1.0.0), which says more.
const (
	forecastStatus = "http://terminology.hl7.org/CodeSystem/immunization-recommendation-status"
	immdsStatus    = "http://hl7.org/fhir/us/immds/CodeSystem/ForecastStatus"
	doseStatus     = "http://terminology.hl7.org/CodeSystem/immunization-evaluation-dose-status"
	immdsReason    = "http://hl7.org/fhir/us/immds/CodeSystem/StatusReason"
	loinc          = "http://loinc.org"
)

// The dates of a recommendation (LOINC).
var criteria = [...]struct {
	code, display string
	date          func(*england.Next) vaccine.Date
}{
	{"30981-5", "Earliest date to give", func(n *england.Next) vaccine.Date { return n.Earliest }},
	{"30980-7", "Date vaccine due", func(n *england.Next) vaccine.Date { return n.Due }},
	{"59778-1", "Date when overdue for immunization", func(n *england.Next) vaccine.Date { return n.Overdue }},
	{"59777-3", "Latest date to give immunization", func(n *england.Next) vaccine.Date { return n.Latest }},
}

// Recommendation is what comes next as an ImmunizationRecommendation: a part for
// each programme that is or was for the person. Times are told as of now. It is
// nil where nothing can be said, since the day of birth is not known.
func (r *Reader) Recommendation(h *History, res *england.Result, patient string, now time.Time) map[string]any {
	var parts []any
	for i := range res.Next {
		if n := &res.Next[i]; n.Status != england.NotFor {
			parts = append(parts, r.part(h, res, n))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return map[string]any{"resourceType": "ImmunizationRecommendation", "patient": map[string]string{"reference": patient}, "date": now.Format(time.RFC3339),
		"authority": map[string]string{"display": r.c.Title()}, "recommendation": parts}
}

func (r *Reader) part(h *History, res *england.Result, n *england.Next) map[string]any {
	code := n.Vaccine
	if code == "" {
		code = r.c.Usual(n.Programme)
	}
	out := map[string]any{"vaccineCode": []any{r.concept(code)}, "forecastStatus": r.status(res, n), "description": n.Programme + ", by the schedule " + r.c.ID() + " of " + r.c.Version()}
	if n.Series != "" {
		out["series"] = n.Series
	}
	var dates []any
	if n.Status == england.Open {
		out["doseNumberPositiveInt"] = n.Number
		for _, c := range criteria {
			if d := c.date(n); d != 0 {
				dates = append(dates, map[string]any{"code": concept("", coding{loinc, c.code, c.display}), "value": d.String()})
			}
		}
	}
	if len(dates) > 0 {
		out["dateCriterion"] = dates
	}
	if support := r.support(h, res, n.Programme); len(support) > 0 {
		out["supportingImmunization"] = support
	}
	return out
}

// support are the entries whose doses count for a programme.
func (r *Reader) support(h *History, res *england.Result, programme string) (all []any) {
	for i := range res.Doses {
		for _, f := range res.Doses[i].For {
			if f.Programme == programme {
				all = append(all, map[string]string{"reference": h.Doses[i].Refs[0]})
			}
		}
	}
	return all
}

func (r *Reader) status(res *england.Result, n *england.Next) map[string]any {
	switch {
	case n.OverdueOn(res.On):
		return concept("Overdue", coding{forecastStatus, "overdue", "Overdue"}, coding{immdsStatus, "notComplete", "Not Complete"})
	case n.DueOn(res.On):
		return concept("Due", coding{forecastStatus, "due", "Due"}, coding{immdsStatus, "notComplete", "Not Complete"})
	}
	switch n.Status {
	case england.Open:
		return concept("Not due yet", coding{immdsStatus, "notComplete", "Not Complete"})
	case england.Complete:
		return concept("Complete", coding{forecastStatus, "complete", "Complete"}, coding{immdsStatus, "complete", "Complete"})
	case england.Immune:
		return concept("Immune", coding{forecastStatus, "immune", "Immune"}, coding{immdsStatus, "immune", "Immune"})
	case england.Contraindicated:
		return concept("Contraindicated", coding{forecastStatus, "contraindicated", "Contraindicated"}, coding{immdsStatus, "contraindicated", "Contraindicated"})
	}
	return concept("Past the age for it", coding{immdsStatus, "agedOut", "Aged Out"})
}

// reasons are those of HL7's guide; a reason that it does not have is told in words.
var reasons = map[england.Why]coding{
	england.TooEarly: {immdsReason, "tooyoung", "Patient Too Young"}, england.TooOld: {immdsReason, "tooold", "Patient Too Old"},
	england.TooSoon: {immdsReason, "toosoon", "Administered Too Soon"}, england.LiveGap: {immdsReason, "productconflict", "Product Conflict"},
	england.WrongProduct: {immdsReason, "inappropriate", "Inappropriate Vaccine"},
}

// Evaluations are what each dose was worth, as ImmunizationEvaluations: one for
// each programme for which it counts, and one for a dose that does not count.
func (r *Reader) Evaluations(h *History, res *england.Result, patient string, now time.Time) (all []map[string]any) {
	for i, d := range res.Doses {
		one := func(programme, status string) map[string]any {
			return map[string]any{"resourceType": "ImmunizationEvaluation", "status": "completed", "patient": map[string]string{"reference": patient}, "date": now.Format(time.RFC3339),
				"authority": map[string]string{"display": r.c.Title()}, "targetDisease": r.disease(programme, h.Doses[i].Vaccine),
				"immunizationEvent": map[string]string{"reference": h.Doses[i].Refs[0]}, "doseStatus": concept("", coding{doseStatus, status, ""}),
				"description": "By the schedule " + r.c.ID() + " of " + r.c.Version()}
		}
		for _, f := range d.For {
			e := one(f.Programme, "valid")
			e["doseNumberPositiveInt"] = f.Number
			all = append(all, e)
		}
		if !d.Counts {
			e := one(d.Of, "notvalid")
			if code, ok := reasons[d.Why]; ok {
				e["doseStatusReason"] = []any{concept("", code)}
			} else {
				e["doseStatusReason"] = []any{concept(d.Why.String())}
			}
			all = append(all, e)
		}
	}
	return all
}

// disease names what a programme is against. One disease has its code; a vaccine
// against several is told by the name of the programme, which is no one code's.
func (r *Reader) disease(programme, vaccineCode string) map[string]any {
	if p := r.c.Product(vaccineCode); p != nil && len(p.Diseases) == 1 {
		return concept(programme, coding{SNOMED, p.Diseases[0], ""})
	}
	if programme == "" {
		programme = "Not known"
	}
	return concept(programme)
}

// concept is a vaccine as a CodeableConcept.
func (r *Reader) concept(code string) map[string]any {
	var codes []coding
	if p := r.c.Product(code); p != nil {
		for _, one := range p.Products {
			codes = append(codes, coding{SNOMED, one, ""})
		}
		if len(p.CVX) > 0 {
			codes = append(codes, coding{CVX, p.CVX[0], ""})
		}
	}
	return concept(r.c.Name(code), codes...)
}

// Concept is a vaccine as the vaccineCode of an Immunization: its codes and a name.
// trade names the product where it is known.
func (r *Reader) Concept(code, trade string) map[string]any {
	out := r.concept(code)
	if trade != "" {
		out["text"] = trade
	}
	return out
}

type coding struct{ system, code, display string }

func concept(text string, codes ...coding) map[string]any {
	out := map[string]any{}
	if text != "" {
		out["text"] = text
	}
	var all []any
	for _, c := range codes {
		one := map[string]string{"system": c.system, "code": c.code}
		if c.display != "" {
			one["display"] = c.display
		}
		all = append(all, one)
	}
	if len(all) > 0 {
		out["coding"] = all
	}
	return out
}
