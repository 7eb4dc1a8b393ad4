package spec

import (
	"maps"
	"slices"
	"sync"
)

// Self stands among the parameters of a compartment for the resource that the
// compartment is about: Patient/1 lies in the compartment of Patient/1.
const Self = "{def}"

// Compartments lists the compartments of R4, sorted: Device, Encounter,
// Patient, Practitioner, RelatedPerson.
func Compartments() []string {
	return slices.Sorted(maps.Keys(loadCompartments()))
}

// CompartmentParams lists the codes of the reference parameters that put a
// resource of that type into a compartment: subject and performer for
// ("Patient", "Observation"). It is empty for types that are never in it.
//
// For the compartment's own type Self comes first. R4's machine-readable
// definitions say so for Encounter, Practitioner and RelatedPerson and forget
// Patient and Device, of which the text says the same (compartmentdefinition,
// "the patient resource itself").
func CompartmentParams(compartment, resource string) []string {
	return loadCompartments()[compartment][resource]
}

// CompartmentTypes lists the resource types that can be in a compartment,
// sorted.
func CompartmentTypes(compartment string) []string {
	return slices.Sorted(maps.Keys(loadCompartments()[compartment]))
}

var loadCompartments = sync.OnceValue(readCompartments)

// readCompartments reads compartments.txt: a line gives a compartment, a
// resource type and the codes of its parameters.
func readCompartments() map[string]map[string][]string {
	cs := map[string]map[string][]string{}
	lines(compartmentsText, func(f []string) {
		if cs[f[0]] == nil {
			cs[f[0]] = map[string][]string{f[0]: {Self}}
		}
		for _, p := range list(f[2], ",") {
			if p != Self {
				cs[f[0]][f[1]] = append(cs[f[0]][f[1]], p)
			}
		}
	})
	return cs
}
