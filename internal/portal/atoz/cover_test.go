package atoz

import (
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/sim"
)

// reads is where a type says what an entry is about, and how many in a hundred
// entries of made-up people led to a page when that was last looked at. Fewer are
// a page that was lost; more are a reason to write the new number.
var reads = map[string]struct {
	concept string
	least   int
}{
	"Condition": {"code", 10}, "Immunization": {"vaccineCode", 30}, "MedicationRequest": {"medicationCodeableConcept", 21}, "Observation": {"code", 38},
}

// What made-up people have can be read about: not all of it yet.
func TestHowMuchOfARecordCanBeReadAbout(t *testing.T) {
	l, all, found := library(t), map[string]int{}, map[string]int{}
	r := sim.Region{Seed: 3, People: 300, Today: sim.Date(2026, 11, 22), Depth: 0.3}
	for h := range r.Households() {
		for one := range r.Household(h) {
			tree, err := fhir.Parse(one.JSON, fhir.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			typ := tree.Root().Get("resourceType").Str()
			if reads[typ].concept == "" {
				continue
			}
			all[typ]++
			for c := range tree.Root().Get(reads[typ].concept).Get("coding").Items() {
				if _, ok := l.For(c.Get("system").Str(), c.Get("code").Str()); ok {
					found[typ]++
					break
				}
			}
		}
	}
	for typ, want := range reads {
		if share := 100 * found[typ] / max(all[typ], 1); share < want.least {
			t.Errorf("%s: %d of %d lead to a page, %d in a hundred; there were %d", typ, found[typ], all[typ], share, want.least)
		} else {
			t.Logf("%s: %d of %d lead to a page, %d in a hundred", typ, found[typ], all[typ], share)
		}
	}
}
