package portal

import (
	"slices"
	"sync"
)

// category is what people call some kinds of entries.
type category struct {
	key   string // in addresses, and in words.Folder.Categories
	types []string
}

// categories are all of them, in the order in which people are asked. What is in
// no other one is in the last.
var categories = sync.OnceValue(func() []category {
	all := []category{
		{"medicines", []string{"MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"}},
		{"allergies", []string{"AllergyIntolerance"}},
		{"problems", []string{"Condition"}},
		{"vaccinations", []string{"Immunization"}},
		{"results", []string{"Observation", "DiagnosticReport"}},
		{"documents", []string{"DocumentReference", "Composition"}},
		{"appointments", []string{"Appointment", "ServiceRequest"}},
		{"visits", []string{"Encounter"}},
		{"treatments", []string{"Procedure"}},
		{"plans", []string{"CarePlan", "Goal", "CareTeam"}},
		{"messages", []string{"Communication", "QuestionnaireResponse"}},
	}
	var rest []string
	for _, typ := range aboutSomebody() {
		if !slices.Contains(plumbing, typ) && !slices.ContainsFunc(all, func(c category) bool { return slices.Contains(c.types, typ) }) {
			rest = append(rest, typ)
		}
	}
	return append(all, category{"other", rest})
})

// plumbing are types that say who somebody is, what was done with the record, and
// what it cost: nothing that happened to the person. They have pages of their own,
// or stand on the list of all kinds.
var plumbing = []string{"Patient", "Person", "RelatedPerson", "Group", "AuditEvent", "Provenance", "Consent", "List", "Basic", "Account", "Claim", "ClaimResponse",
	"Coverage", "CoverageEligibilityRequest", "CoverageEligibilityResponse", "EnrollmentRequest", "ExplanationOfBenefit", "Invoice", "PaymentNotice", "ChargeItem",
	"Schedule", "ResearchSubject", "MeasureReport", "DocumentManifest", "AppointmentResponse", "RequestGroup", "MolecularSequence", "ImmunizationEvaluation"}

// categoryOf finds a category by its key.
func categoryOf(key string) (category, bool) {
	i := slices.IndexFunc(categories(), func(c category) bool { return c.key == key })
	if i < 0 {
		return category{}, false
	}
	return categories()[i], true
}

// lifeTypes are the types of all categories.
func lifeTypes() (all []string) {
	for _, c := range categories() {
		all = append(all, c.types...)
	}
	return all
}

// categoryName is what people call a type: the name of its category, or that of
// the type itself where it has no category of its own.
func (f *folder) categoryName(typ string) string {
	for _, c := range categories() {
		if c.key != "other" && slices.Contains(c.types, typ) {
			return f.p.words.Folder.Categories[c.key]
		}
	}
	return f.p.words.Kinds[typ]
}
