package label

// role is what labels mean on a type.
type role struct {
	labels  Set  // what every resource of the type has
	service bool // it is a service or a part of one
	skip    bool // it is about nobody, and says nothing of a service
}

var (
	// serviceTypes say what kind of service something comes from.
	serviceTypes = []string{"Organization", "HealthcareService", "PractitionerRole", "Practitioner", "Location", "OrganizationAffiliation", "Endpoint"}
	// plainTypes say how things are written down, what could be done and how
	// this server works. Medication and Substance are not among them: what
	// refers to them has their labels.
	plainTypes = []string{"ActivityDefinition", "CapabilityStatement", "ChargeItemDefinition", "CodeSystem", "CompartmentDefinition", "ConceptMap",
		"EffectEvidenceSynthesis", "EventDefinition", "Evidence", "EvidenceVariable", "ExampleScenario", "GraphDefinition", "ImplementationGuide",
		"InsurancePlan", "Library", "Measure", "MedicationKnowledge", "MessageDefinition", "NamingSystem", "ObservationDefinition", "OperationDefinition",
		"Parameters", "PlanDefinition", "Questionnaire", "ResearchDefinition", "ResearchElementDefinition", "RiskEvidenceSynthesis", "SearchParameter",
		"SpecimenDefinition", "StructureDefinition", "StructureMap", "Subscription", "SubstanceSpecification", "TerminologyCapabilities", "TestReport",
		"TestScript", "ValueSet"}
)

func (t *Tables) roleOf(typ []byte) role { return t.roles[string(typ)] }

func rolesOf(types map[string]entry) map[string]role {
	out := map[string]role{}
	for _, typ := range serviceTypes {
		out[typ] = role{service: true}
	}
	for _, typ := range plainTypes {
		out[typ] = role{skip: true}
	}
	for typ, e := range types {
		out[typ] = role{labels: e.labels}
	}
	return out
}
