package recall

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// find is one measure of a coverage.
func find(t *testing.T, all []Covered, quarter, months int, measure string) Covered {
	t.Helper()
	i := slices.IndexFunc(all, func(c Covered) bool { return c.Quarter == quarter && c.Birthday == months && c.Measure == measure })
	if i < 0 {
		t.Fatalf("there is no %s at %d months", measure, months)
	}
	return all[i]
}

// What was given before a birthday counts for it, and what was given on it or
// later does not; a booster is one after the first birthday.
func TestCoverageCountsWhatWasGivenBeforeABirthday(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i := range 16 { // born in the second quarter of 2025: they turn one in that of 2026
			id := fmt.Sprintf("kid%02d", i)
			s.write(patient(id, "2025-05-01", "hill"))
			third, PCV := "2026-04-30", "2025-09-01"
			if i >= 8 {
				third, PCV = "2026-05-01", "2026-05-02"
			}
			s.write(jab(id+"a", id, "DTP", "2025-07-01", "completed"), jab(id+"b", id, "DTP", "2025-08-01", "completed"), jab(id+"c", id, "DTP", third, "completed"), jab(id+"p", id, "PCV", PCV, "completed"),
				jab(id+"n", id, "MenB", "2025-07-01", "not-done"))
		}
		s.settle()
		q := 2026*4 + 1
		all, err := s.Coverage(t.Context(), "hill", q, q)
		s.ok(err)
		for measure, had := range map[string]int{"6in1-3": 8, "pcv-1": 8, "menb-2": 0, "rotavirus-2": 0} {
			if c := find(t, all, q, 12, measure); c.Asked != 16 || c.Had != had || c.Few {
				t.Errorf("%s: %+v", measure, c)
			}
		}
		next, err := s.Coverage(t.Context(), "hill", q+4, q+4)
		s.ok(err)
		if c := find(t, next, q+4, 24, "pcv-booster"); c.Asked != 16 || c.Had != 8 {
			t.Errorf("the booster: %+v", c)
		}
		if c := find(t, next, q+4, 24, "hibmenc"); c.Asked != 0 {
			t.Errorf("a measure for older children: %+v", c)
		}
		dale, err := s.Coverage(t.Context(), "dale", q, q)
		s.ok(err)
		if c := find(t, dale, q, 12, "6in1-3"); c.Asked != 0 {
			t.Errorf("at Dale: %+v", c)
		}
		s.write(patient("other", "2025-05-01", "dale"))
		s.settle()
		total, err := s.Total(t.Context(), q, q)
		s.ok(err)
		if c := find(t, total, q, 12, "6in1-3"); c.Asked != 17 || c.Had != 8 {
			t.Errorf("in total: %+v", c)
		}
	})
}

// A number of fewer than five children is not told, and neither is one from which
// it follows who is missing.
func TestSmallNumbersAreNotTold(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		q := 2026*4 + 1
		for _, c := range []struct {
			asked, had int
			few        bool
		}{{0, 0, false}, {4, 0, true}, {4, 4, true}, {5, 0, false}, {5, 5, false}, {9, 4, true}, {9, 5, true}, {10, 5, false}, {12, 8, true}, {12, 11, true}} {
			got := s.told(Covered{Quarter: q, Asked: c.asked, Had: c.had})
			if got.Few != c.few || c.few && (got.Asked != 0 || got.Had != 0) || !c.few && (got.Asked != c.asked || got.Had != c.had) {
				t.Errorf("%d of %d is told as %+v", c.had, c.asked, got)
			}
		}
	})
}

// What is hidden from a practice counts as what was never given.
func TestHiddenVaccinationsAreInNoNumber(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i := range 20 {
			id := fmt.Sprintf("kid%02d", i)
			s.write(patient(id, "2025-05-01", "hill"), jab(id+"p", id, "PCV", "2025-09-01", "completed"))
			if i < 6 {
				s.write(deny("c"+id, id, "hill", ""))
			}
		}
		s.settle()
		q := 2026*4 + 1
		all, err := s.Coverage(t.Context(), "hill", q, q)
		s.ok(err)
		if c := find(t, all, q, 12, "pcv-1"); c.Asked != 20 || c.Had != 14 {
			t.Errorf("%+v", c)
		}
	})
}

func TestPoliciesThatAreNotWholeAreRefused(t *testing.T) {
	good, err := ruleFiles.ReadFile("rules/england-2026.json")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := ReadPolicy(good); err != nil || p.SignedOff != nil {
		t.Fatalf("%+v, %v", p, err)
	}
	for was, is := range map[string]string{
		`"id": "england-recall"`: `"id": ""`, `"effective": "2026-01-01"`: `"effective": "soon"`, `"licence": "Open`: `"x": "Open`, `"ages": 19`: `"ages": 0`, `"restMonths": 12`: `"restMonths": -1`,
		`"weeksBetween": 4`: `"weeksBetween": 0`, `"most": 3`: `"most": 99`, `"daysBefore": 14`: `"daysBefore": 400`, `"fewest": 5`: `"fewest": 0`, `"months": 12`: `"months": 0`, `"doses": 3`: `"doses": 0`,
		`"fromMonths": 12`: `"fromMonths": 60`, `"bornBefore": "2024-07-01"`: `"bornBefore": "July"`, `{
  "id"`: `[`,
	} {
		if !strings.Contains(string(good), was) {
			t.Errorf("the policy has no %s", was)
		}
		if _, err := ReadPolicy([]byte(strings.Replace(string(good), was, is, 1))); err == nil {
			t.Errorf("%s is taken for %s", is, was)
		}
	}
}
