package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// Every parameter of R4 that has no entries of its own. One that appears here
// by a mistake could not be found any more.
const unions = `
Observation.combo-code: code component-code
Observation.combo-data-absent-reason: component-data-absent-reason data-absent-reason
Observation.combo-value-concept: component-value-concept value-concept
Observation.combo-value-quantity: component-value-quantity value-quantity
`

func TestUnionsHaveTheValuesOfTheirParts(t *testing.T) {
	reg := search.Base()
	var got []string
	for _, typ := range spec.Resources() {
		for _, p := range reg.Params(typ) {
			parts := unionOf(reg, p)
			if parts == nil {
				continue
			}
			var codes, branches []string
			for _, q := range parts {
				codes, branches = append(codes, q.Code), append(branches, branchesOf(q)...)
				if unionOf(reg, q) != nil {
					t.Errorf("%s is a part of %s and has parts itself", q.ID, p.ID)
				}
			}
			slices.Sort(codes)
			slices.Sort(branches)
			if want := branchesOf(p); !slices.Equal(slices.Compact(branches), slices.Sorted(slices.Values(want))) {
				t.Errorf("%s has the values of %v, its parts those of %v", p.ID, want, branches)
			}
			got = append(got, p.ID+": "+strings.Join(codes, " "))
		}
	}
	slices.Sort(got)
	if text := strings.Join(slices.Compact(got), "\n"); text != strings.TrimSpace(unions) {
		t.Errorf("parameters without entries of their own:\n%s", text)
	}
}
