package book

import "encoding/json"

// Said is what somebody says of a fact: an answer by its id, or a number as it was
// typed, whose digits are kept.
type Said struct {
	Fact   *Fact
	Answer string
	Number json.Number
	// Label is what the fact is called, and Text what the answer is, for readers
	// who do not know the codes.
	Label, Text string
}

// Entry is an Observation that says it, without who it is about, who says so and
// when.
func (s Said) Entry() map[string]any {
	out := map[string]any{"resourceType": "Observation", "status": "final", "code": concept(s.Label, append([]Code{}, s.Fact.Codes[0], s.Fact.Codes[len(s.Fact.Codes)-1])...)}
	switch s.Fact.Kind {
	case Choice:
		out["valueCodeableConcept"] = concept(s.Text, Code{AnswerSystem, s.Answer})
	case Score:
		out["valueInteger"] = s.Number
	default:
		out["valueQuantity"] = map[string]any{"value": s.Number, "unit": unitName(s.Fact.Unit), "system": "http://unitsofmeasure.org", "code": s.Fact.Unit}
	}
	return out
}

func unitName(ucum string) string {
	if ucum == "d" {
		return "days"
	}
	return ucum
}

// concept is a CodeableConcept with each of the codes once.
func concept(text string, codes ...Code) map[string]any {
	out := map[string]any{}
	if text != "" {
		out["text"] = text
	}
	var all []any
	for i, c := range codes {
		if i == 0 || c != codes[0] {
			all = append(all, map[string]string{"system": c.System, "code": c.Code})
		}
	}
	if all != nil {
		out["coding"] = all
	}
	return out
}
