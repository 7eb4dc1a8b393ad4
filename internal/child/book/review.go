package book

import (
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
)

// Domains are the five of ASQ-3, in its order. Its questions and cut-offs are
// Brookes' and are not here: a professional scores the sheet and says which side
// of the cut-off each domain lies on.
var Domains = []string{"communication", "gross-motor", "fine-motor", "problem-solving", "personal-social"}

// Outcomes of a domain, by what they ask for.
var Outcomes = []string{"above", "monitoring", "below"}

// MostScore is the highest score of a domain: six questions of ten points.
const MostScore = 60

// AsqCode is what a scored sheet is known by.
const AsqCode = "asq-3"

// Domain is the score of one domain; Score is -1 where none was written.
type Domain struct {
	ID, Outcome string
	Score       int
}

// ScoreOK says whether a score is one that six answers of 10, 5 or 0 points can
// give. A sheet with an unanswered question is scored by its mean, so halves of
// five are not refused: any whole number within bounds is one.
func ScoreOK(n int) bool { return n >= 0 && n <= MostScore }

// Asq is an Observation of a scored sheet, each domain a component with the
// outcome as its interpretation.
func Asq(all []Domain, label string, names, outcomes map[string]string) map[string]any {
	var parts []any
	for _, d := range all {
		parts = append(parts, map[string]any{"code": concept(names[d.ID], Code{Own, "asq-" + d.ID}), "valueInteger": d.Score,
			"interpretation": []any{concept(outcomes[d.Outcome], Code{AnswerSystem, "asq-" + d.Outcome})}})
	}
	return map[string]any{"resourceType": "Observation", "status": "final", "code": concept(label, Code{Own, AsqCode}), "component": parts}
}

// ReadAsq reads a scored sheet; none where the entry is no sheet.
func ReadAsq(t *fhir.Tree) (out []Domain) {
	root := t.Root()
	if !has(root.Get("code"), []Code{{Own, AsqCode}}) || wrong(root) {
		return nil
	}
	for _, id := range Domains {
		for c := range root.Get("component").Items() {
			if !has(c.Get("code"), []Code{{Own, "asq-" + id}}) {
				continue
			}
			d := Domain{ID: id, Score: -1}
			if n, err := strconv.Atoi(c.Get("valueInteger").Str()); err == nil && ScoreOK(n) {
				d.Score = n
			}
			for _, o := range Outcomes {
				if has(c.Get("interpretation").At(0), []Code{{AnswerSystem, "asq-" + o}}) {
					d.Outcome = o
				}
			}
			out = append(out, d)
			break
		}
	}
	return out
}

// Review is what a professional writes about one contact.
type Review struct {
	Contact         Contact
	Name            string // of the contact, in words
	Day             string
	Found, Agreed   string
	Subject, By, Of map[string]string // references: the child, who writes and for whom
	Asq             map[string]any    // an Observation; nil for none
	Class           string            // HL7's code of where it was: HH at home, AMB at a clinic, VR from afar
}

// Places within one call.
const (
	visitPlace  = "urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-000000000101"
	reviewPlace = "urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-000000000102"
)

// Placed is a resource and by which name others of the same call refer to it.
type Placed struct {
	Place string
	Body  map[string]any
}

// Entries are the visit, what was found (a ClinicalImpression) and what was agreed
// (a CarePlan), with the scored sheet: each leads to the visit, so that they stand
// and fall together.
func (r Review) Entries() []Placed {
	visit := map[string]string{"reference": visitPlace}
	out := []Placed{{visitPlace, map[string]any{"resourceType": "Encounter", "status": "finished", "subject": r.Subject,
		"class": map[string]string{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": r.Class},
		"type":  []any{concept(r.Name, Code{ContactSystem, r.Contact.ID})}, "period": map[string]string{"start": r.Day, "end": r.Day},
		"participant": []any{map[string]any{"individual": r.By}}, "serviceProvider": r.Of}}}
	out = append(out, Placed{reviewPlace, map[string]any{"resourceType": "ClinicalImpression", "status": "completed", "subject": r.Subject, "encounter": visit,
		"code": concept(r.Name, Code{ContactSystem, r.Contact.ID}), "effectiveDateTime": r.Day, "date": r.Day, "assessor": r.By, "description": r.Name, "summary": r.Found}})
	if r.Agreed != "" {
		out = append(out, Placed{"urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-000000000103", map[string]any{"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": r.Subject,
			"encounter": visit, "title": r.Name, "description": r.Agreed, "created": r.Day, "author": r.By,
			"category": []any{concept(r.Name, Code{ContactSystem, r.Contact.ID})}}})
	}
	if r.Asq != nil {
		r.Asq["subject"], r.Asq["encounter"], r.Asq["effectiveDateTime"], r.Asq["performer"] = r.Subject, visit, r.Day, []any{r.By, r.Of}
		out = append(out, Placed{"urn:uuid:7d6bbd0f-5a1c-4c9e-a8a6-000000000104", r.Asq})
	}
	return out
}
