package choice

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/spec"
)

// The tables lead upwards and end: no code is part of itself by any way.
func TestTablesHaveNoCircles(t *testing.T) {
	for name, table := range map[string]map[string][]string{"sensitivities": Sensitivities, "purposes": Purposes} {
		for code := range table {
			up := map[string]bool{}
			for next := []string{code}; len(next) > 0; next = next[1:] {
				for _, w := range table[next[0]] {
					if _, known := table[w]; !known || w == code {
						t.Errorf("%s: %s leads to %s", name, code, w)
						continue
					}
					if !up[w] {
						up[w] = true
						next = append(next, w)
					}
				}
			}
			for _, wide := range slices.Sorted(maps.Keys(table)) {
				if got := under(table, code, wide); got != (up[wide] || wide == code) {
					t.Errorf("%s: %s under %s is %v", name, code, wide, got)
				}
			}
		}
	}
}

// Every element in the tables of item.go is one that its type has.
func TestElementsExist(t *testing.T) {
	for typ, where := range times {
		for path := range strings.FieldsFuncSeq(where, func(r rune) bool { return r == ' ' || r == '+' }) {
			at := spec.Lookup(typ)
			for name := range strings.SplitSeq(path, ".") {
				var found *spec.Element
				for _, choice := range []string{name, name + "Date", name + "Time"} {
					if at != nil && found == nil {
						found = at.Element(choice)
					}
				}
				if found == nil {
					t.Errorf("%s has no %s", typ, path)
					break
				}
				at = found.Types[0].Type
			}
		}
	}
	for _, path := range writers {
		name, inner, _ := strings.Cut(path, ".")
		held := false
		for _, typ := range spec.Resources() {
			if e := spec.Lookup(typ).Element(name); e != nil {
				held = held || inner == "" || e.Types[0].Type != nil && e.Types[0].Type.Element(inner) != nil
			}
		}
		if !held {
			t.Errorf("no type has %s", path)
		}
	}
	for _, typ := range append(strings.Fields(requests), actorTypes...) {
		if !spec.IsResource(typ) {
			t.Errorf("%s is no type", typ)
		}
	}
}
