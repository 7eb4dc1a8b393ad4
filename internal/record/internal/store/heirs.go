package store

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access/label"
)

// What a resource is told by another it can give away: a list of documents, a
// report about results, the origin of an entry. So along some references a
// resource has the labels of what it refers to. Along others it has the kind of
// service that it comes from: the clinic in which it was written down.

// labelBits is the part of a mask that is about labels.
const labelBits = int64(label.Every | label.Services | label.Ruled)

// pass is what goes from a resource to those that refer to it.
type pass uint8

const (
	passNothing pass = iota
	passService      // the kind of service
	passAll          // that, and every label
)

// takes is the part of a mask that is passed on.
func (p pass) takes(mask int64) int64 {
	switch p {
	case passAll:
		return mask & int64((label.Every|label.Services)&^label.UnderReview)
	case passService:
		return mask & int64(label.Services)
	}
	return 0
}

// derived are, by type, the parameters along which all labels go: what is made
// from, made for or lists what they lead to. A reason counts too: a referral
// because of an illness tells of it.
var derived = map[string]string{
	"AdverseEvent":             "resultingcondition substance",
	"Appointment":              "based-on reason-reference",
	"AuditEvent":               "entity",
	"CarePlan":                 "activity-reference based-on condition part-of",
	"Claim":                    "detail-udi item-udi procedure-udi",
	"ClinicalImpression":       "finding-ref investigation problem supporting-info",
	"Communication":            "based-on part-of",
	"CommunicationRequest":     "based-on",
	"Composition":              "entry related-ref",
	"Condition":                "evidence-detail",
	"DetectedIssue":            "implicated",
	"DeviceRequest":            "based-on",
	"DiagnosticReport":         "based-on media result",
	"DocumentManifest":         "item related-ref",
	"DocumentReference":        "related relatesto",
	"Encounter":                "appointment diagnosis part-of reason-reference",
	"EpisodeOfCare":            "condition incoming-referral",
	"ImagingStudy":             "basedon",
	"Immunization":             "reaction reason-reference",
	"Linkage":                  "item",
	"List":                     "item",
	"Media":                    "based-on",
	"MedicationAdministration": "medication request",
	"MedicationDispense":       "medication prescription",
	"MedicationRequest":        "medication",
	"MedicationStatement":      "medication part-of",
	"Medication":               "ingredient",
	"Observation":              "based-on derived-from has-member part-of",
	"Procedure":                "based-on part-of reason-reference",
	"Provenance":               "entity target",
	"QuestionnaireResponse":    "based-on part-of",
	"RequestGroup":             "instantiates-canonical",
	"RiskAssessment":           "condition",
	"ServiceRequest":           "based-on replaces specimen",
	"Specimen":                 "parent",
	"Task":                     "based-on focus part-of",
}

// fromService are the parameters that lead to where a resource comes from.
const fromService = "actor asserter author context custodian encounter location organization part-of partof performer " +
	"recorder requester responsibleparty sender service service-provider source"

// unserved are the types that are not marked by where they were written down:
// who somebody is is no part of what a clinic knows.
var unserved = []string{"Patient", "Person", "RelatedPerson", "Group", "Coverage", "Device", "Medication", "Substance"}

// heirs says what goes along which reference.
type heirs struct {
	along  map[[2]int64]pass // by the number of the type and of the parameter
	params []int64           // every parameter along which something goes
}

func (s *Store) loadHeirs() {
	h := heirs{along: map[[2]int64]pass{}}
	for _, typ := range spec.Resources() {
		all, service := strings.Fields(derived[typ]), strings.Fields(fromService)
		for _, p := range search.Base().Params(typ) {
			if p.Kind != search.Reference {
				continue
			}
			to := passNothing
			if contains(service, p.Code) && !contains(unserved, typ) {
				to = passService
			}
			if contains(all, p.Code) {
				to = passAll
			}
			if num := s.nums.param(p.ID); to != passNothing {
				h.along[[2]int64{s.nums.kind(typ), num}] = to
				h.params = append(h.params, num)
			}
		}
	}
	slices.Sort(h.params)
	h.params = slices.Compact(h.params)
	s.heirs = h
}

// passes says what goes along a reference of a type.
func (s *Store) passes(kind, param int64) pass { return s.heirs.along[[2]int64{kind, param}] }
