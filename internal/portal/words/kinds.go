package words

// kindsEnglish says what each type of resource of FHIR R4 is, in the words of
// whoever the data are about. Common words come first, and the name that a
// letter from a hospital would use after them.
func kindsEnglish() map[string]string {
	all := map[string]string{}
	for _, part := range []map[string]string{kindsOfCare(), kindsOfTreatment(), kindsOfMoney(), kindsOfPlaces(), kindsOfKnowledge(), kindsOfPlant()} {
		for typ, text := range part {
			all[typ] = text
		}
	}
	return all
}

// kindsOfCare are what a record of somebody's care is made of.
func kindsOfCare() map[string]string {
	return map[string]string{
		"AdverseEvent":         "Harm that came with care",
		"AllergyIntolerance":   "Allergies, and what you do not bear",
		"Appointment":          "Appointments",
		"AppointmentResponse":  "Answers to invitations to appointments",
		"AuditEvent":           "Who looked at your record",
		"Basic":                "Notes of apps",
		"BodyStructure":        "Places in or on your body",
		"CarePlan":             "Plans for your care",
		"CareTeam":             "Who cares for you together",
		"ClinicalImpression":   "What a clinician thinks",
		"Communication":        "Messages",
		"CommunicationRequest": "Wishes to be told something",
		"Composition":          "Letters and summaries",
		"Condition":            "Illnesses and problems (conditions)",
		"Consent":              "What you allowed and forbade",
		"DetectedIssue":        "Warnings, such as two medicines that do not go together",
		"Device":               "Devices, such as a pump or an implant",
		"DeviceMetric":         "What a device can measure",
		"DeviceRequest":        "Devices that were ordered for you",
		"DeviceUseStatement":   "Devices that you use",
		"DiagnosticReport":     "Reports of tests and scans",
		"DocumentManifest":     "Lists of documents",
		"DocumentReference":    "Documents and letters",
		"Encounter":            "Visits and stays (encounters)",
		"EpisodeOfCare":        "Times when somebody looked after you",
	}
}

// kindsOfTreatment are what was done, given and found.
func kindsOfTreatment() map[string]string {
	return map[string]string{
		"FamilyMemberHistory":        "Illnesses in your family",
		"Flag":                       "Warnings for those who care for you",
		"Goal":                       "Goals",
		"GuidanceResponse":           "Advice that a program gave",
		"ImagingStudy":               "Scans and X-rays",
		"Immunization":               "Vaccines that you had",
		"ImmunizationEvaluation":     "Whether a vaccine counts",
		"ImmunizationRecommendation": "Vaccines that are due",
		"List":                       "Lists, such as of your medicines",
		"Media":                      "Photos, films and sound",
		"MedicationAdministration":   "Medicines that somebody gave you",
		"MedicationDispense":         "Medicines that you were handed",
		"MedicationRequest":          "Prescriptions",
		"MedicationStatement":        "Medicines that you take",
		"MolecularSequence":          "Results about your genes",
		"NutritionOrder":             "Food and diets that were ordered",
		"Observation":                "Results, measurements and answers (observations)",
		"Patient":                    "Who you are: name, birthday, address",
		"Person":                     "Which records are yours",
		"Procedure":                  "Operations and treatments",
		"Provenance":                 "Where each entry comes from",
		"QuestionnaireResponse":      "Forms that you filled in",
		"RelatedPerson":              "Family and friends",
		"RequestGroup":               "Orders that belong together",
		"ResearchSubject":            "Studies that you take part in",
		"RiskAssessment":             "How likely an illness is",
		"ServiceRequest":             "Tests and care that were ordered",
		"Specimen":                   "Samples, such as blood",
		"SupplyDelivery":             "Supplies that were sent",
		"SupplyRequest":              "Supplies that were ordered",
		"Task":                       "Tasks of those who care for you",
		"VisionPrescription":         "Glasses and lenses",
	}
}

// kindsOfMoney are about who pays.
func kindsOfMoney() map[string]string {
	return map[string]string{
		"Account":                     "Accounts of what care cost",
		"ChargeItem":                  "Single costs of care",
		"ChargeItemDefinition":        "What things cost",
		"Claim":                       "Claims to an insurer",
		"ClaimResponse":               "Answers of an insurer to claims",
		"Contract":                    "Contracts",
		"Coverage":                    "Insurance",
		"CoverageEligibilityRequest":  "Questions to an insurer",
		"CoverageEligibilityResponse": "Answers of an insurer to questions",
		"EnrollmentRequest":           "Wishes to join an insurance",
		"EnrollmentResponse":          "Answers to wishes to join an insurance",
		"ExplanationOfBenefit":        "What an insurer paid",
		"InsurancePlan":               "What an insurer offers",
		"Invoice":                     "Bills",
		"PaymentNotice":               "News that something was paid",
		"PaymentReconciliation":       "Payments set against bills",
	}
}

// kindsOfPlaces are about who gives care, where and with what.
func kindsOfPlaces() map[string]string {
	return map[string]string{
		"BiologicallyDerivedProduct":        "Blood, tissue and cells for use in people",
		"DeviceDefinition":                  "Models of devices",
		"Endpoint":                          "Addresses of computers",
		"Group":                             "Groups of people",
		"HealthcareService":                 "Services that care for people",
		"Location":                          "Places",
		"Medication":                        "Medicines as such",
		"MedicationKnowledge":               "What is known of medicines",
		"MedicinalProduct":                  "Products of makers of medicines",
		"MedicinalProductAuthorization":     "Licences of medicines",
		"MedicinalProductContraindication":  "When a medicine must not be used",
		"MedicinalProductIndication":        "What a medicine is for",
		"MedicinalProductIngredient":        "What is in a medicine",
		"MedicinalProductInteraction":       "What a medicine does not go with",
		"MedicinalProductManufactured":      "How a medicine is made",
		"MedicinalProductPackaged":          "How a medicine is packed",
		"MedicinalProductPharmaceutical":    "How a medicine is given",
		"MedicinalProductUndesirableEffect": "Side effects of a medicine",
		"Organization":                      "Organisations, such as hospitals",
		"OrganizationAffiliation":           "Organisations that work together",
		"Practitioner":                      "People who work in care",
		"PractitionerRole":                  "What people in care do, and where",
		"Schedule":                          "Times at which appointments can be",
		"Slot":                              "Free times for appointments",
		"Substance":                         "Substances",
		"SubstanceNucleicAcid":              "Substances made of genes",
		"SubstancePolymer":                  "Substances made of long chains",
		"SubstanceProtein":                  "Substances made of protein",
		"SubstanceReferenceInformation":     "What is known of a substance",
		"SubstanceSourceMaterial":           "What a substance is made from",
		"SubstanceSpecification":            "Exactly what a substance is",
	}
}

// kindsOfKnowledge are about nobody: rules, forms and studies.
func kindsOfKnowledge() map[string]string {
	return map[string]string{
		"ActivityDefinition":        "Steps of care, as they should be",
		"CatalogEntry":              "Entries of catalogues",
		"EffectEvidenceSynthesis":   "How well treatments work",
		"EventDefinition":           "Events that start something",
		"Evidence":                  "What studies show",
		"EvidenceVariable":          "What studies measure",
		"Library":                   "Rules for programs",
		"Measure":                   "How good care is measured",
		"MeasureReport":             "Reports on how good care is",
		"ObservationDefinition":     "What can be measured",
		"PlanDefinition":            "Plans of care, as they should be",
		"Questionnaire":             "Forms to fill in",
		"ResearchDefinition":        "Questions of studies",
		"ResearchElementDefinition": "Parts of questions of studies",
		"ResearchStudy":             "Studies",
		"RiskEvidenceSynthesis":     "How likely things are, by studies",
		"SpecimenDefinition":        "Kinds of samples",
	}
}

// kindsOfPlant are what keeps a record system running.
func kindsOfPlant() map[string]string {
	return map[string]string{
		"Binary":                  "Files",
		"Bundle":                  "Packages of data",
		"CapabilityStatement":     "What a system can do",
		"CodeSystem":              "Lists of codes",
		"CompartmentDefinition":   "What belongs to one record",
		"ConceptMap":              "How codes fit each other",
		"ExampleScenario":         "Examples for makers of systems",
		"GraphDefinition":         "How data hang together",
		"ImplementationGuide":     "Guides for makers of systems",
		"Linkage":                 "Entries that are about the same thing",
		"MessageDefinition":       "Kinds of messages between systems",
		"MessageHeader":           "Messages between systems",
		"NamingSystem":            "Kinds of numbers, such as NHS numbers",
		"OperationDefinition":     "What can be asked of a system",
		"OperationOutcome":        "What a system answered",
		"Parameters":              "What a system was asked",
		"SearchParameter":         "How to search",
		"StructureDefinition":     "What data look like",
		"StructureMap":            "How data are turned into other data",
		"Subscription":            "Wishes to be told of news",
		"TerminologyCapabilities": "What a system knows of codes",
		"TestReport":              "Reports of tests of systems",
		"TestScript":              "Tests of systems",
		"ValueSet":                "Choices of codes",
		"VerificationResult":      "Whether data were checked",
	}
}

// categoriesEnglish says what the categories are by which an app may ask for a
// part of a type: those of US Core and of HL7's own lists.
func categoriesEnglish() map[string]string {
	return map[string]string{
		"activity":            "only how much you move",
		"clinical-test":       "only tests of how your body works",
		"encounter-diagnosis": "only what was found at a visit",
		"exam":                "only what was found by looking and feeling",
		"health-concern":      "only what you or others worry about",
		"imaging":             "only scans and X-rays",
		"laboratory":          "only results from a laboratory",
		"problem-list-item":   "only the list of lasting problems",
		"procedure":           "only what was found during a treatment",
		"sdoh":                "only how you live, such as work and housing",
		"social-history":      "only habits, such as smoking",
		"survey":              "only answers to questions",
		"therapy":             "only what was found during therapy",
		"vital-signs":         "only vital signs, such as blood pressure",
	}
}
