package access

import "strings"

// What people may do with records at most. Nobody deletes: what was wrong is
// marked as entered in error, which keeps it in sight. What a consent allows
// narrows this further.
var (
	bySelf         = AllTypes(ownLooking).Or(onTypes(Create|Update, ownTypes))
	byProfessional = AllTypes(ownLooking).Or(onTypes(Create|Update, ownTypes+" "+staffTypes))
	byProxy        = onTypes(ownLooking, proxyTypes+" "+nobodyTypes).Or(onTypes(Create|Update, ownTypes))
	copiedByProxy  = onTypes(ownLooking, proxyTypes+" "+nobodyTypes)
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

// proxyTypes are what those see at most who act for somebody: care, and who it
// is about. It is a list of what is shown, so that a new type is hidden first.
// Missing are what says who else may do what (Consent, CareTeam, RelatedPerson,
// Person, Group), what was done by whom (AuditEvent, Provenance), and what
// staff note for each other (Flag, List, Task, RiskAssessment): of two guardians
// neither sees the other's right, nor what the person did by themself.
const proxyTypes = ownTypes + " " + "CarePlan ClinicalImpression Composition DetectedIssue DeviceRequest DiagnosticReport DocumentManifest Encounter " +
	"EpisodeOfCare ImagingStudy ImmunizationEvaluation ImmunizationRecommendation MedicationAdministration MedicationDispense " +
	"MedicationRequest MolecularSequence NutritionOrder Patient RequestGroup ServiceRequest Specimen SupplyDelivery SupplyRequest VisionPrescription"

// askTypes are what those write who may book and ask for somebody.
const askTypes = "Appointment AppointmentResponse Communication CommunicationRequest"

// Acting is the bound of somebody who acts for another. They look at resources
// of the types, or with none at nothing; AllActing is every type that anybody
// sees who acts for another. asks lets them book and ask, and manages write
// what the person could write themself, each within the types.
func Acting(types string, asks, manages bool) Rights {
	r := onTypes(ownLooking, types)
	if types == "" {
		return r
	}
	r = r.Or(onTypes(ownLooking, nobodyTypes))
	within := onTypes(Create|Update, types)
	if asks {
		r = r.Or(onTypes(Create|Update, askTypes).And(within))
	}
	if manages {
		r = r.Or(onTypes(Create|Update, ownTypes).And(within))
	}
	return r
}

// AllActing lists the types that somebody sees at most who acts for another.
func AllActing() string { return proxyTypes }

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
