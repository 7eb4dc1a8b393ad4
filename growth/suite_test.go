package growth

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/suitetest"
)

// within is how far a z-score may lie from the suite's.
const within = 0.001

// vector is a line of the suite growth.
type vector struct {
	Born      string   `json:"birth_date"`
	On        string   `json:"observation_date"`
	Weeks     int      `json:"gestation_weeks"`
	Days      int      `json:"gestation_days"`
	Sex       string   `json:"sex"`
	Of        string   `json:"measurement_method"`
	Value     float64  `json:"observation_value"`
	Z         *float64 `json:"z_score"`
	Corrected *float64 `json:"corrected_sds"`
	Actual    *float64 `json:"chronological_sds"`
}

func vectors(t *testing.T, file string) []vector {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(suitetest.Dir(t, "growth"), file))
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// read is a line of the suite in our terms.
func (v vector) read(t *testing.T) (Child, Measurement) {
	t.Helper()
	sex, ok1 := ParseSex(v.Sex)
	of, ok2 := Weight, v.Of == "weight"
	if !ok2 {
		of, ok2 = ParseMeasure(v.Of)
	}
	if !ok1 || !ok2 {
		t.Fatalf("%s, %s: not known", v.Sex, v.Of)
	}
	return Child{Born: suiteDate(t, v.Born), Sex: sex, Gestation: v.Weeks*7 + v.Days},
		Measurement{Of: of, Value: v.Value, On: suiteDate(t, v.On)}
}

// suiteDate reads 2013-01-02, and 02/01/2013 with the day first.
func suiteDate(t *testing.T, s string) Date {
	t.Helper()
	if f := strings.Split(s, "/"); len(f) == 3 {
		s = f[2] + "-" + f[1] + "-" + f[0]
	}
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (v vector) name() string { return fmt.Sprintf("%s %s %s", v.Born, v.On, v.Of) }

// TestSuiteCDC holds the z-scores of CDC's own program. The second file gives no
// z-score for body mass index: the same children stand in the first one, which
// does.
func TestSuiteCDC(t *testing.T) {
	debts := suitetest.List(t, "testdata/suite-exceptions.txt")
	first := vectors(t, "cdc-bmi_height_weight_validation.json")
	known := map[string]vector{}
	for _, v := range first {
		c, m := v.read(t)
		known[fmt.Sprint(c.Born, m.On, c.Sex, m.Of, math.Round(m.Value*1e4))] = v
	}
	n, joined, worst, used := 0, 0, 0.0, map[string]bool{}
	for _, file := range []string{"cdc-bmi_height_weight_validation.json", "cdc-height_weight_validation.json"} {
		for _, v := range vectors(t, file) {
			c, m := v.read(t)
			want := v.Z
			if want == nil {
				same, ok := known[fmt.Sprint(c.Born, m.On, c.Sex, m.Of, math.Round(m.Value*1e4))]
				if !ok {
					t.Fatalf("%s: %s has no z-score, and is in no other file", file, v.name())
				}
				want, joined = same.Z, joined+1
			}
			got := CDC2000().Assess(c, m, ForLife).Chronological
			n++
			off := math.Abs(got.Z - *want)
			name := file + " " + v.name()
			if _, debt := debts[name]; debt {
				used[name] = true
				if got.Known() && off <= within {
					t.Errorf("%s passes: take it off the list", name)
				}
				continue
			}
			if !got.Known() || off > within {
				t.Errorf("%s: z is %.5f (%s), want %.4f", name, got.Z, got.Why.Clinician(), *want)
			}
			worst = max(worst, off)
		}
	}
	if n != 5460 || len(used) != len(debts) {
		t.Errorf("%d values, want 5460; %d of %d debts are in the suite", n, len(used), len(debts))
	}
	t.Logf("%d values (%d of them joined from the other file), %d on the list, the others at most %.5f away", n, joined, len(debts), worst)
}

// TestSuiteWHO holds z-scores of term-born children from 0.3 to 4 years, whom
// UK-WHO judges by WHO's tables, by age and by corrected age.
func TestSuiteWHO(t *testing.T) {
	all := vectors(t, "who-range-term-children.json")
	worst := 0.0
	for _, v := range all {
		c, m := v.read(t)
		for _, r := range []*Reference{WHO2006(), WHO()} {
			got := r.Assess(c, m, ForLife)
			a, b := math.Abs(got.Chronological.Z-*v.Actual), math.Abs(got.Corrected.Z-*v.Corrected)
			if !got.Chronological.Known() || !got.Corrected.Known() || !(a <= within && b <= within) {
				t.Errorf("%s: z is %.5f and %.5f, want %.5f and %.5f", v.name(), got.Chronological.Z, got.Corrected.Z, *v.Actual, *v.Corrected)
			}
			worst = max(worst, a, b)
		}
	}
	if len(all) != 248 {
		t.Errorf("%d children, want 248", len(all))
	}
	t.Logf("%d values, each by age and by corrected age, at most %.5f away", len(all), worst)
}
