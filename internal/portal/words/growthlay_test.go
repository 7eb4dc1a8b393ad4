package words

import (
	"math"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/portal/reading"
)

// What the library growth says to parents is read at the age that pages are, though
// it does not lie in this room.
func TestWhatGrowthSaysToParentsIsPlain(t *testing.T) {
	said := map[string]bool{}
	for _, code := range growth.Codes() {
		said[growth.LayOf(code)] = true
	}
	for why := growth.NoTable; why <= growth.SexUnknown; why++ {
		said[why.Lay("head size")] = true
	}
	child := growth.Child{Born: growth.NewDate(2025, 1, 1), Sex: growth.Female, Gestation: 36 * 7}
	for _, m := range growth.Measures {
		for z := -4.0; z <= 4; z += 0.1 {
			on := child.Born + 500
			age, _ := child.CorrectedAge(on, growth.ForLife)
			x, why := growth.WHO().Value(m, child.Sex, age, z)
			if why != growth.Present {
				t.Fatal(why.Clinician())
			}
			r := growth.WHO().Assess(child, growth.Measurement{Of: m, Value: x, On: on}, growth.ForLife)
			if math.Abs(r.Score().Z-z) > 1e-6 {
				t.Fatalf("z is %g, want %g", r.Score().Z, z)
			}
			said[r.Lay()] = true
		}
	}
	worst, oldest := 0.0, ""
	for text := range said {
		age := reading.Age(text)
		if age > worst {
			worst, oldest = age, text
		}
		if age > reading.Most {
			t.Errorf("for readers of %.1f years: %s", age, text)
		}
		for _, sentence := range reading.Sentences(text) {
			if n := len(strings.Fields(sentence)); n > 20 {
				t.Errorf("%d words: %s", n, sentence)
			}
		}
		for _, bad := range []string{"abnormal", "normal", "failed", "invalid", "please", "negative", "error", "obese", "overweight"} {
			if strings.Contains(strings.ToLower(text), bad) {
				t.Errorf("%q: %s", bad, text)
			}
		}
	}
	t.Logf("%d texts; the hardest is for readers of %.1f years: %s", len(said), worst, oldest)
}
