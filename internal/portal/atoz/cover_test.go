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
	"Condition": {"code", 98}, "Immunization": {"vaccineCode", 100}, "MedicationRequest": {"medicationCodeableConcept", 97},
	"MedicationStatement": {"medicationCodeableConcept", 96}, "Observation": {"code", 99}, "DiagnosticReport": {"code", 100}, "AllergyIntolerance": {"code", 100},
}

// canBeRead says whether an entry of a type that is looked at leads to a page, and
// what it is about.
func canBeRead(t *testing.T, l *Library, one sim.Resource) (typ, about string, found bool) {
	t.Helper()
	tree, err := fhir.Parse(one.JSON, fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	typ = tree.Root().Get("resourceType").Str()
	concept := tree.Root().Get(reads[typ].concept)
	for c := range concept.Get("coding").Items() {
		about += c.Get("system").Str() + "|" + c.Get("code").Str() + " "
		if _, ok := l.For(c.Get("system").Str(), c.Get("code").Str()); ok {
			return typ, about, true
		}
	}
	return typ, about + concept.Get("text").Str(), false
}

// What made-up people have can be read about: nearly all of it. What can not is
// rare, and would be read about elsewhere with more care than a page has.
func TestHowMuchOfARecordCanBeReadAbout(t *testing.T) {
	l, all, found := library(t), map[string]int{}, map[string]int{}
	r := sim.Region{Seed: 3, People: 300, Today: sim.Date(2026, 11, 22), Depth: 0.3}
	for h := range r.Households() {
		for one := range r.Household(h) {
			typ, _, ok := canBeRead(t, l, one)
			if all[typ]++; ok {
				found[typ]++
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

// All that the example family has can be read about, whatever day it is.
func TestAllThatTheExampleFamilyHasCanBeReadAbout(t *testing.T) {
	l, seen := library(t), map[string]int{}
	for _, today := range []sim.Day{sim.Date(2026, 11, 22), sim.Date(2027, 3, 1)} {
		for one := range sim.Example(today).Resources() {
			typ, about, ok := canBeRead(t, l, one)
			if reads[typ].concept == "" {
				continue
			}
			if seen[typ]++; !ok {
				t.Errorf("%s %s leads to no page", typ, about)
			}
		}
	}
	for typ := range reads {
		if seen[typ] == 0 {
			t.Errorf("the family has no %s", typ)
		}
	}
}
