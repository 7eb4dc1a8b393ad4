package access

import "strings"

// What people may do with records at most. Nobody deletes: what was wrong is
// marked as entered in error, which keeps it in sight. What a consent allows
// narrows this further.
var (
	bySelf         = AllTypes(ownLooking).Or(onTypes(Create|Update, ownTypes))
	byProfessional = AllTypes(ownLooking).Or(onTypes(Create|Update, ownTypes+" "+staffTypes))
	toFindSomebody = onTypes(Read|Search, "Patient").Or(onTypes(Read|Search, nobodyTypes))
)

// ownLooking is looking without the feed of changes, which is for this
// server's own rooms.
const ownLooking = Looking &^ Follow

// ownTypes are what people say and measure themselves. Types are missing that
// say who somebody is (Patient, Person, RelatedPerson), who may do what
// (Consent, CareTeam, Group) or what was done (AuditEvent, Provenance): a
// person who could write those could make themselves somebody else.
const ownTypes = "AllergyIntolerance Appointment AppointmentResponse Communication CommunicationRequest Condition " +
	"Device DeviceUseStatement DocumentReference FamilyMemberHistory Goal Immunization Media MedicationStatement " +
	"Observation Procedure QuestionnaireResponse"

// staffTypes are what those who care for somebody write besides. Consent,
// Group and AuditEvent are not among them.
const staffTypes = "CarePlan CareTeam ClinicalImpression Composition DetectedIssue DeviceRequest DiagnosticReport DocumentManifest " +
	"Encounter EpisodeOfCare Flag ImagingStudy ImmunizationEvaluation ImmunizationRecommendation List MedicationAdministration " +
	"MedicationDispense MedicationRequest MolecularSequence NutritionOrder Patient Provenance RelatedPerson RequestGroup " +
	"RiskAssessment ServiceRequest Specimen SupplyDelivery SupplyRequest Task VisionPrescription"

// nobodyTypes are the types whose resources are about nobody and are named in
// many records: who works where, what medicines are, what questions are asked.
// None of them has a parameter that names a patient.
const nobodyTypes = "ActivityDefinition CodeSystem Endpoint HealthcareService Location Medication Organization OrganizationAffiliation " +
	"PlanDefinition Practitioner PractitionerRole Questionnaire Substance ValueSet"

// AboutNobody lists the types whose resources are about nobody, in order.
func AboutNobody() []string { return strings.Fields(nobodyTypes) }

func onTypes(v Verb, types string) Rights {
	t := table{}
	for typ := range strings.FieldsSeq(types) {
		t.add(typ, "", v)
	}
	return build(0, t)
}
