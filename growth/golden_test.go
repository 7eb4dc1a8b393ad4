package growth

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// ukWHO is UK-WHO as it is stitched of four tables in the published format: at a
// boundary the older one holds.
const ukWHO = `{"id": "uk-who", "name": "UK-WHO", "version": "of the site", "effective": "2009-05-11",
	"source": "RCPCH and MRC", "licence": "MRC, of the site", "signedOff": null, "interpolation": "cubic", "pieces": [
	{"name": "UK90 before term", "table": "uk90_preterm.json", "method": "lying"},
	{"name": "WHO 2006, lying", "table": "who_infants.json", "from": 0.038329911019849415, "method": "lying"},
	{"name": "WHO 2006, standing", "table": "who_children.json", "from": 2, "method": "standing"},
	{"name": "UK90", "table": "uk90_child.json", "from": 4, "method": "standing"}]}`

// goldens are vectors that RCPCH's code gives with its tables, to four digits.
var goldens = []struct {
	table string // "" is UK-WHO
	age   float64
	m     Measure
	sex   Sex
	x, z  float64
	who   bool // the age lies in the part that is WHO's
}{
	{"", 0, Weight, Male, 3.5, -0.1208, false},
	{"", 0, Weight, Female, 3.5, 0.2030, false},
	{"", -0.153320, Weight, Female, 1.8, 0.2743, false},
	{"", 0.3, Weight, Male, 6.9, 0.1680, true},
	{"", 1.37, Height, Female, 79, -0.0277, true},
	{"", 2.5, Head, Male, 49.5, 0.4055, true},
	{"", 3.99, BMI, Female, 15.5, 0.1689, true},
	{"", 5, Height, Male, 110, 0.0906, false},
	{"", 7.123, Height, Male, 122, -0.1228, false},
	{"", 13.456, Weight, Female, 50, 0.2848, false},
	{"trisomy_21.json", 2.5, Height, Male, 80, -1.0137, false},
	{"turner.json", 8.5, Height, Female, 112, -0.1686, false},
}

func TestGoldenVectorsInTheRangeOfWHO(t *testing.T) {
	for _, g := range goldens {
		if !g.who {
			continue
		}
		z, why := WHO2006().Z(g.m, g.sex, g.age, g.x)
		if why != Present || math.Abs(z-g.z) > 1e-3 {
			t.Errorf("%s %s at %g: z is %.4f, want %.4f", g.m, g.sex, g.age, z, g.z)
		}
	}
}

// TestGoldenVectorsWithTheTablesOfASite looks at all of them with tables that a
// site has a licence for, in the published format.
func TestGoldenVectorsWithTheTablesOfASite(t *testing.T) {
	dir := os.Getenv("BEVAN_GROWTH_TABLES")
	if dir == "" {
		t.Skip("BEVAN_GROWTH_TABLES names no folder with uk90_preterm.json and the others, which can not be given away")
	}
	open := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
	refs := map[string]*Reference{}
	for table, text := range map[string]string{
		"":                ukWHO,
		"trisomy_21.json": single("t21", "trisomy_21.json"),
		"turner.json":     single("turner", "turner.json"),
	} {
		r, err := Read([]byte(text), open)
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		refs[table] = r
	}
	for _, g := range goldens {
		z, why := refs[g.table].Z(g.m, g.sex, g.age, g.x)
		if why != Present || math.Abs(z-g.z) > 1e-3 {
			t.Errorf("%s %s %s at %g: z is %.4f, want %.4f", g.table, g.m, g.sex, g.age, z, g.z)
		}
	}
}

// single is a reference of one table.
func single(id, table string) string {
	return `{"id": "` + id + `", "name": "` + id + `", "version": "1", "effective": "2020-01-01", "source": "somebody",
		"licence": "of the site", "signedOff": null, "pieces": [{"name": "` + id + `", "table": "` + table + `"}]}`
}

// TestDecimalAges is a child born 9 weeks and 4 days early.
func TestDecimalAges(t *testing.T) {
	c := Child{Born: NewDate(2026, 1, 1), Sex: Male, Gestation: 30*7 + 3}
	on := NewDate(2026, 7, 1)
	age, ok := c.CorrectedAge(on, ForLife)
	if !ok || math.Abs(age-0.312115) > 5e-7 || math.Abs(c.Age(on)-0.495551) > 5e-7 {
		t.Errorf("corrected %.6f, %.6f since birth", age, c.Age(on))
	}
}

// TestSuiteWithTheTablesOfASite holds the UK-WHO scores that the suite has beside
// CDC's, by age and by corrected age.
func TestSuiteWithTheTablesOfASite(t *testing.T) {
	dir := os.Getenv("BEVAN_GROWTH_TABLES")
	if dir == "" {
		t.Skip("BEVAN_GROWTH_TABLES names no folder with uk90_preterm.json and the others, which can not be given away")
	}
	r, err := Read([]byte(ukWHO), func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) })
	if err != nil {
		t.Fatal(err)
	}
	n, worst := 0, 0.0
	for _, v := range vectors(t, "cdc-bmi_height_weight_validation.json") {
		c, m := v.read(t)
		got := r.Assess(c, m, ForLife)
		a, b := math.Abs(got.Chronological.Z-*v.Actual), math.Abs(got.Corrected.Z-*v.Corrected)
		if !got.Chronological.Known() || !got.Corrected.Known() || !(a <= within && b <= within) {
			t.Errorf("%s: z is %.5f and %.5f, want %.4f and %.4f", v.name(), got.Chronological.Z, got.Corrected.Z, *v.Actual, *v.Corrected)
		}
		worst = max(worst, a, b)
		n += 2
	}
	t.Logf("%d values, at most %.5f away", n, worst)
}
