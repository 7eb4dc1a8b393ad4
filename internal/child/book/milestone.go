package book

import (
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
)

// MilestoneTag marks milestones, and MilestoneSystem has their codes.
const (
	MilestoneTag    = "milestone"
	MilestoneSystem = "urn:bevan:child:milestone"
)

// Milestones are what parents write down most, in the order in which it comes; the
// last is one of their own.
var Milestones = []string{"smile", "laugh", "rolled", "sat", "crawled", "tooth", "stood", "steps", "word", "sentence", "dry", "own"}

// ToothSystem numbers teeth as dentists do (ISO 3950): milk teeth are 51 to 85.
const ToothSystem = "urn:iso:std:iso:3950"

// Teeth are the milk teeth.
var Teeth = func() (all []string) {
	for _, quarter := range []int{50, 60, 70, 80} {
		for n := 1; n <= 5; n++ {
			all = append(all, strconv.Itoa(quarter+n))
		}
	}
	return all
}()

// Milestone is one of them. Said is what the parents wrote, such as the word.
type Milestone struct {
	ID, Name, Said, Day string
	Tooth, ToothName    string
	Photo               string // by which name the photo is known in the same call; "" for none
}

// Entry is an Observation of it, without who it is about and who says so.
func (m Milestone) Entry(code string) map[string]any {
	text := m.Name
	if m.Said != "" {
		text += ": " + m.Said
	}
	if m.ToothName != "" {
		text += ": " + m.ToothName
	}
	out := map[string]any{"resourceType": "Observation", "status": "final", "code": concept(code, Code{Own, MilestoneTag}), "effectiveDateTime": m.Day,
		"valueCodeableConcept": concept(text, Code{MilestoneSystem, m.ID}),
		"meta":                 map[string]any{"tag": []any{map[string]string{"system": Own, "code": MilestoneTag}}}}
	if m.Tooth != "" {
		out["bodySite"] = concept(m.ToothName, Code{ToothSystem, m.Tooth})
	}
	if m.Photo != "" {
		out["derivedFrom"] = []any{map[string]string{"reference": m.Photo}}
	}
	return out
}

// IsTooth says whether there is such a milk tooth.
func IsTooth(id string) bool { return slices.Contains(Teeth, id) }

// PhotoOf is the document to which a milestone leads; "" for none.
func PhotoOf(t *fhir.Tree) (id string) {
	ref := fhir.ParseReference(t.Root().Get("derivedFrom").At(0).Get("reference").Str())
	if ref.Form != fhir.Relative || ref.Type != "DocumentReference" {
		return ""
	}
	return ref.ID
}
