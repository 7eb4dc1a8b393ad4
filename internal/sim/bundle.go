package sim

import "iter"

// server is the base under which resources that keep their ids stand in a Bundle.
const server = "https://bevan.example/fhir/"

// Transaction appends one transaction Bundle (R4 §2.35) of the resources to dst.
// Those that are linked by URN are to be created (POST); those whose ids have to
// be kept are to be put there under them (PUT). All of a household, or all of a
// person, belong in one Bundle; their places must be loaded before.
func Transaction(dst []byte, resources iter.Seq[Resource]) []byte {
	dst = append(dst, `{"resourceType":"Bundle","type":"transaction"`...)
	sep := `,"entry":[{`
	for one := range resources {
		dst = append(dst, sep...)
		sep = `,{`
		dst = append(dst, `"fullUrl":"`...)
		if one.Kept {
			dst = append(append(append(append(dst, server...), one.Type...), '/'), one.ID...)
		} else {
			dst = append(append(dst, "urn:uuid:"...), one.ID...)
		}
		dst = append(append(dst, `","resource":`...), one.JSON...)
		if one.Kept {
			dst = append(append(dst, `,"request":{"method":"PUT","url":"`...), one.Type...)
			dst = append(append(dst, '/'), one.ID...)
		} else {
			dst = append(append(dst, `,"request":{"method":"POST","url":"`...), one.Type...)
		}
		dst = append(dst, `"}}`...)
	}
	if sep == `,{` {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// Types names every type of resource that a region has, places first, in an order
// in which nothing refers to a type behind it but within one person's own record.
func Types() []string {
	return []string{"Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole",
		"Patient", "RelatedPerson", "EpisodeOfCare", "Encounter", "Condition", "Observation", "DiagnosticReport",
		"Immunization", "AllergyIntolerance", "MedicationRequest", "MedicationStatement", "Procedure",
		"ServiceRequest", "Appointment", "CarePlan", "DocumentReference", "FamilyMemberHistory", "Consent"}
}
