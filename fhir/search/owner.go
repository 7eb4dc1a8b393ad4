package search

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// owners names the parameter that tells whose record a resource lies in, for
// the types where R4's Patient compartment lists neither patient nor subject,
// or where its patient parameter is not the one that says it.
var owners = map[string][]string{
	"Appointment":         {"patient", "actor"}, // the patient among those who attend
	"AppointmentResponse": {"patient", "actor"},
	"Coverage":            {"beneficiary", "patient"}, // policy holder and payor may be others
	"Group":               {"member"},                 // no single one; each member is named
	"ResearchSubject":     {"individual", "patient"},
	"Schedule":            {"actor"},
	"Patient":             {"_id"}, // the record is the person's own
	// R4's compartment leaves these out, though each is about one person and
	// must not be kept where nobody's data lies.
	"Task":             {"patient", "subject"},
	"Contract":         {"patient", "subject"},
	"GuidanceResponse": {"patient", "subject"},
}

// OwnerParams lists the parameters of a type that decide whose record a
// resource is in, best first: those of R4's Patient compartment that name the
// person whom it is about, not those who wrote, ask or pay. `patient` and
// `subject` are both listed where they read the same element, so that a search
// by either finds the record. It is empty for types outside of the
// compartment, and _id for Patient itself.
func OwnerParams(resource string) []string {
	if fixed, ok := owners[resource]; ok {
		return slices.Clone(fixed)
	}
	listed := spec.CompartmentParams("Patient", resource)
	var out []string
	for _, code := range []string{"patient", "subject"} {
		other := map[string]string{"patient": "subject", "subject": "patient"}[code]
		if slices.Contains(listed, code) || slices.Contains(listed, other) && sameElement(resource, code, other) {
			out = append(out, code)
		}
	}
	return out
}

// sameElement tells whether two parameters read the same element, apart from
// a filter on the type of what it refers to.
func sameElement(resource, a, b string) bool {
	p, ok := Base().Lookup(resource, a)
	q, also := Base().Lookup(resource, b)
	return ok && also && unfiltered(p) == unfiltered(q)
}

func unfiltered(p *Param) string {
	return strings.ReplaceAll(p.Expression(), ".where(resolve() is Patient)", "")
}
