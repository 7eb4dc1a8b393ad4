package growth

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/suitetest"
)

// madeUp are tables in the shape of UK-WHO, made of WHO's numbers: before term and
// from 4 years they are not those of anybody.
func madeUp(t *testing.T) func(string) ([]byte, error) {
	t.Helper()
	var files [4]tableSet
	for m := range measures {
		for sex := Male; sex < sexes; sex++ {
			spans := WHO2006().spans[m][sex]
			lying, standing := spans[0].table, spans[1].table
			files[1][m][sex], files[2][m][sex] = lying, standing
			for week := 23; week <= 42; week++ {
				share := 0.2 + 0.8*float64(week-23)/19
				files[0][m][sex] = append(files[0][m][sex], row{float64(week*7-Term) / YearDays, LMS{1, lying[0].M * (0.5 + share/2), 0.05}})
			}
			for _, r := range standing {
				if r.age >= 4 {
					files[3][m][sex] = append(files[3][m][sex], row{r.age, LMS{r.L, r.M * 0.98, r.S}})
				}
			}
		}
	}
	names := []string{"uk90_preterm.json", "who_infants.json", "who_children.json", "uk90_child.json"}
	return func(name string) ([]byte, error) {
		for i, n := range names {
			if n == name {
				return files[i].json(), nil
			}
		}
		return nil, os.ErrNotExist
	}
}

func TestAReferenceIsStitchedOfPublishedTables(t *testing.T) {
	r, err := Read([]byte(ukWHO), madeUp(t))
	if err != nil {
		t.Fatal(err)
	}
	var at []string
	for _, s := range r.Steps() {
		at = append(at, fmt.Sprintf("%.4f %s %s", s.Age, s.Piece, s.Method))
	}
	want := "[0.0383 WHO 2006, lying lying 2.0000 WHO 2006, standing standing 4.0000 UK90 standing]"
	if fmt.Sprint(at) != want {
		t.Errorf("steps %v, want %v", at, want)
	}
	if from, to := r.Range(Weight, Female); math.Abs(from+0.3258) > 1e-4 || to != 5 {
		t.Errorf("weight from %g to %g", from, to)
	}
	for _, g := range goldens {
		if z, why := r.Z(g.m, g.sex, g.age, g.x); g.who && (why != Present || math.Abs(z-g.z) > 1e-3) {
			t.Errorf("%s %s at %g: z is %.4f, want %.4f", g.m, g.sex, g.age, z, g.z)
		}
	}
	// At a boundary the older table holds, and just below it the younger one.
	for _, age := range []float64{2, 4} {
		on, _ := r.LMS(Height, Male, age)
		below, _ := r.LMS(Height, Male, math.Nextafter(age, 0))
		who, _ := WHO2006().LMS(Height, Male, age)
		if age == 2 && (on != who || math.Abs(below.M-on.M-0.7) > 1e-6) || age == 4 && (on.M != who.M*0.98 || math.Abs(below.M/who.M-1) > 1e-9) {
			t.Errorf("at %g: %v, below it %v, WHO %v", age, on, below, who)
		}
	}
	segments := r.Curve(Height, Male, 0, -0.2, 5)
	if len(segments) != 4 {
		t.Fatalf("%d segments", len(segments))
	}
	for i := 1; i < 4; i++ {
		a, b := segments[i-1].Points[len(segments[i-1].Points)-1], segments[i].Points[0]
		if a.Age != b.Age || math.Abs(a.Value-b.Value) < 0.1 {
			t.Errorf("between %s and %s the step from %v to %v is not kept", segments[i-1].Piece, segments[i].Piece, a, b)
		}
	}
}

func TestAReferenceIsWrittenAndReadAgain(t *testing.T) {
	made, err := Read([]byte(ukWHO), madeUp(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(Builtin(), made) {
		data, err := r.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(data, nil)
		if err != nil {
			t.Fatalf("%s: %v", r.info.ID, err)
		}
		if again.Info() != r.Info() || len(r.info.Digest) != 64 {
			t.Errorf("%v, read again %v", r.Info(), again.Info())
		}
		for _, age := range []float64{0.04, 0.3, 1.99, 2, 3.7, 4.5, 5.04, 9} {
			a, why := r.LMS(Weight, Female, age)
			b, why2 := again.LMS(Weight, Female, age)
			if a != b || why != why2 {
				t.Errorf("%s at %g: %v, read again %v", r.info.ID, age, a, b)
			}
		}
	}
}

func TestEveryReferenceSaysWhatItIs(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Builtin() {
		i := r.Info()
		if i.ID == "" || i.Name == "" || i.Version == "" || i.Effective == "" || i.Source == "" || i.Licence == "" || seen[i.ID] || seen[i.Digest] {
			t.Errorf("%+v", i)
		}
		if i.SignedOff != nil {
			t.Errorf("%s: nobody has signed it off", i.ID)
		}
		seen[i.ID], seen[i.Digest] = true, true
	}
}

func TestDamagedReferencesAreRefusedWithWords(t *testing.T) {
	row := func(age, l, m, s string) string {
		return `{"decimal_age": ` + age + `, "L": ` + l + `, "M": ` + m + `, "S": ` + s + `}`
	}
	table := func(rows ...string) string {
		return `{"measurement": {"height": {"female": [` + strings.Join(rows, ", ") + `]}}}`
	}
	a, b, c := row("1", "1", "74", "0.035"), row("2", "1", "86", "0.035"), row("3", "1", "95", "0.035")
	many := make([]string, maxRows+1)
	for i := range many {
		many[i] = row(fmt.Sprint(float64(i)/1000), "1", "74", "0.035")
	}
	for _, c := range []struct{ name, table, words string }{
		{"a row without M", table(a, strings.Replace(b, `"M": 86, `, "", 1), c), "height, female, row 2: decimal_age, L, M or S is missing"},
		{"a row with an empty M only", table(a, row("2", "1", `""`, "0.035"), c), "height, female, row 2"},
		{"a word for a number", table(a, row("2", "1", `"x"`, "0.035"), c), "height is not in the published format"},
		{"M a tenth", table(a, row("2", "1", "8.6", "0.035"), c), "row 2: its M is 8.6 cm, which can not be"},
		{"M far from its neighbours", table(a, row("2", "1", "68", "0.035"), c), "row 2, age 2: M or S lies far from the rows beside it"},
		{"S far from its neighbours", table(a, row("2", "1", "86", "0.35"), c), "row 2, age 2: M or S lies far"},
		{"S of nothing", table(a, row("2", "1", "86", "0"), c), "row 2: its S is 0"},
		{"S below nothing", table(a, row("2", "1", "86", "-0.03"), c), "row 2: its S is -0.03"},
		{"a monstrous L", table(a, row("2", "1e9", "86", "0.035"), c), "row 2: its L is 1e+09"},
		{"an age too large for a number", table(a, row("1e999", "1", "86", "0.035"), c), "published format"},
		{"ages in months", table(row("12", "1", "74", "0.035"), row("24", "1", "86", "0.035"), row("36", "1", "95", "0.035")), "row 3: the age 36 is not between"},
		{"ages the wrong way round", table(b, a, c), "row 2: the age 1 does not come after 2"},
		{"an age that stands twice", table(a, a, c), "row 2: the age 1 does not come after 1"},
		{"one row only", table(a), "there is only one row"},
		{"no rows", table(), "it has no rows"},
		{"too many rows", table(many...), "more than 10000 rows"},
		{"another measure", strings.Replace(table(a, b, c), "height", "shoe", 1), `"shoe" is no measure`},
		{"another sex", strings.Replace(table(a, b, c), "female", "girls", 1), `height: "girls" is no sex`},
		{"no measurement", `{"height": {}}`, `it has no "measurement"`},
		{"cut off", table(a, b, c)[:90], "not in the published format"},
		{"CSV with an age that is none", csvHeader + "\nweight,male,later,1,3,0.1\n", `line 2: "later" is no age`},
		{"CSV with five columns", csvHeader + "\nweight,male,1m,1,3\n", "line 2: there are 5 columns"},
		{"CSV with a number that is none", csvHeader + "\nweight,male,1m,1,3.4,0.1\nweight,male,2m,1,O,0.1\n", `line 3: M is no number: "O"`},
		{"CSV with no number at all", csvHeader + "\nweight,male,1m,NaN,3,0.1\n", "line 2: its L is NaN"},
		{"CSV of something else", "name,dose\naspirin,300\n", "neither the published JSON format"},
		{"nothing", "", "neither"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read([]byte(single("x", "file")), func(string) ([]byte, error) { return []byte(c.table), nil })
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v, want %s", err, c.words)
			}
		})
	}
}

func TestDamagedManifestsAreRefusedWithWords(t *testing.T) {
	open := madeUp(t)
	for _, c := range []struct{ from, to, words string }{
		{`"id": "uk-who"`, `"id": "../uk"`, "the id has to be"},
		{`"name": "UK-WHO"`, `"name": " "`, "has to say its name"},
		{`"version": "of the site"`, `"version": ""`, "has to say its version"},
		{`"source": "RCPCH and MRC"`, `"source": ""`, "has to say its source"},
		{`"licence": "MRC, of the site"`, `"licence": ""`, "has to say its licence"},
		{`"2009-05-11"`, `"May 2009"`, "effective is the day"},
		{`"signedOff": null`, `"signedOff": {"by": "", "on": "2020-01-01"}`, "signedOff needs by"},
		{`"cubic"`, `"spline"`, "interpolation is cubic or linear"},
		{`"interpolation"`, `"tails": "fat", "interpolation"`, "tails is"},
		{`"interpolation"`, `"interpolate"`, "unknown field"},
		{`"from": 2`, `"from": 7`, `the piece "WHO 2006, standing" holds nothing`},
		{`"from": 4`, `"from": 1`, ""}, // the table begins at 4 all the same
		{`"from": 2`, `"from": 2.5`, "between 2 and 2.5 years no piece has weight"},
		{`"method": "lying"`, `"method": "asleep"`, "method is lying or standing"},
		{`"name": "UK90"`, `"name": ""`, "each piece has to have a name"},
		{`"uk90_child.json"`, `"other.json"`, `the table "other.json" can not be read`},
		{`]}`, `]} {}`, "goes on behind its end"},
		{`"correlations"`, ``, ""},
		{`"pieces"`, `"correlations": [{"measure": "weight", "from": 1, "to": 0.5, "r": 0.5}], "pieces"`, "correlation 1: from has to be a younger age"},
		{`"pieces"`, `"correlations": [{"measure": "weight", "from": 0.1, "to": 0.5, "r": 1}], "pieces"`, "correlation 1: r is 1"},
	} {
		_, err := Read([]byte(strings.Replace(ukWHO, c.from, c.to, 1)), open)
		if c.words == "" && err != nil || c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)) {
			t.Errorf("%s: %v, want %s", c.to, err, c.words)
		}
	}
	if _, err := Read([]byte(ukWHO), nil); err == nil || !strings.Contains(err.Error(), "is not in the file") {
		t.Errorf("without files: %v", err)
	}
	if _, err := Read(make([]byte, MaxFile+1), nil); err == nil {
		t.Error("a huge file was read")
	}
	swapped := strings.Replace(strings.Replace(ukWHO, "who_infants.json", "x", 1), "who_children.json", "who_infants.json", 1)
	if _, err := Read([]byte(strings.Replace(swapped, `"x"`, `"who_children.json"`, 1)), open); err == nil {
		t.Error("pieces in the wrong order were read")
	}
}

// TestWideTablesAreRead reads the tables that others published as they are.
func TestWideTablesAreRead(t *testing.T) {
	dir := filepath.Join(suitetest.Dir(t, "growth"), "..", "..", "data", "growth")
	open := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
	if _, err := open("WHO2006.csv"); errors.Is(err, os.ErrNotExist) {
		t.Skip("there are no wide tables in data/growth beside the suites")
	}
	manifest := func(pieces string) []byte {
		return []byte(`{"id": "wide", "name": "wide", "version": "1", "effective": "2020-01-01", "source": "WHO", "licence": "free",
			"signedOff": null, "pieces": [` + pieces + `]}`)
	}
	who, err := Read(manifest(`{"name": "a", "table": "WHO2006.csv", "method": "lying"}, {"name": "b", "table": "WHO2006.csv#2", "method": "standing"}`), open)
	if err != nil {
		t.Fatal(err)
	}
	same(t, who, WHO2006(), 1e-9, Weight, Height, BMI)
	same(t, who, WHO2006(), 6e-5, Head) // S has one digit less there
	older, err := Read(manifest(`{"name": "a", "table": "WHO2007.csv"}`), open)
	if err != nil {
		t.Fatal(err)
	}
	same(t, older, WHO2007(), 1e-9, Weight, Height, BMI)
	cdc, err := Read([]byte(strings.Replace(string(manifest(`{"name": "a", "table": "USCDC2000.csv"}, {"name": "b", "table": "USCDC2000.csv#2", "from": 2}`)), `"pieces"`, `"interpolation": "linear", "pieces"`, 1)), open)
	if err != nil {
		t.Fatal(err)
	}
	if p, why := cdc.LMS(Height, Female, 10); why != Present || math.Abs(p.M-138.2) > 0.5 {
		t.Errorf("height at 10 years: %v, %s", p, why.Clinician())
	}
}

// same holds two references against each other, all along.
func same(t *testing.T, a, b *Reference, within float64, all ...Measure) {
	t.Helper()
	for _, m := range all {
		for sex := Male; sex < sexes; sex++ {
			from, to := b.Range(m, sex)
			for i := range 500 {
				age := from + (to-from)*float64(i)/499
				p, why := a.LMS(m, sex, age)
				q, _ := b.LMS(m, sex, age)
				if why != Present || math.Abs(p.L-q.L) > within*1000 || math.Abs(p.M/q.M-1) > within || math.Abs(p.S-q.S) > within {
					t.Fatalf("%s %s at %g: %v, want %v", m, sex, age, p, q)
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(ukWHO))
	for _, r := range []*Reference{WHO2007()} {
		if data, err := r.Append(nil); err == nil {
			f.Add(data[:min(len(data), 4000)])
		}
	}
	f.Add([]byte(single("x", "y")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(data, func(string) ([]byte, error) {
			return []byte(csvHeader + "\nweight,male,1m,1,3.4,0.1\nweight,male,2m,1,4,0.1\n"), nil
		})
		if err != nil {
			return
		}
		for _, m := range Measures {
			for sex := Male; sex < sexes; sex++ {
				from, to := r.Range(m, sex)
				for _, age := range []float64{from, (from + to) / 2, to} {
					if p, why := r.LMS(m, sex, age); why == Present && !(whole(p.L) && whole(p.M) && whole(p.S)) {
						t.Errorf("%s %s at %g: %v", m, sex, age, p)
					}
				}
				r.Curve(m, sex, 1, from, to)
			}
		}
		again, err := r.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(again, nil); err != nil {
			t.Errorf("it is not read again: %v", err)
		}
	})
}

func FuzzReadTables(f *testing.F) {
	f.Add([]byte(csvHeader+"\nweight,male,1m,1,3.4,0.1\nweight,male,2m,1,4,0.1\n"), 1)
	f.Add([]byte(`{"measurement": {"ofc": {"male": [{"decimal_age": 1, "L": 1, "M": 46, "S": 0.03}, {"decimal_age": 2, "L": 1, "M": 48, "S": 0.03}]}}}`), 1)
	f.Add([]byte(",Length,,,Height,,\n,Boys,,,Boys,,\nYears,L,M,S,L,M,S\n1,1,74,.03,,,\n2,1,86,.03,1,85,.03\n3,,,,1,95,.03\n"), 2)
	f.Add([]byte(",,Weight\n,,girls,\nWeek/Month,Years,L,M,S\n0,0,1,3.2,.1\n1,1,1,9,.1\n"), 1)
	f.Fuzz(func(t *testing.T, data []byte, part int) {
		set, err := readTables(data, 1+part&1)
		if err != nil {
			return
		}
		again, err := readTables(set.json(), 1)
		if err != nil {
			t.Fatalf("it is not read again: %v", err)
		}
		for m := range measures {
			for sex := Male; sex < sexes; sex++ {
				if len(again[m][sex]) != len(set[m][sex]) {
					t.Errorf("%s %s: %d rows, read again %d", m, sex, len(set[m][sex]), len(again[m][sex]))
				}
			}
		}
	})
}

func FuzzReadRules(f *testing.F) {
	f.Add(reviewText)
	f.Add([]byte(`{"id": "x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadRules(data)
		if err != nil {
			return
		}
		WHO().Review(Child{Born: NewDate(2025, 1, 1), Sex: Male}, []Measurement{
			{Of: Weight, Value: 3.5, On: NewDate(2025, 1, 1)}, {Of: Weight, Value: 3.1, On: NewDate(2025, 1, 5)},
		}, Options{Rules: r})
	})
}

func FuzzParseDate(f *testing.F) {
	f.Add("2026-05-03")
	f.Add("0000-00-00")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDate(s); err == nil && (d.String() != s || DateOf(d.Time()) != d || d == 0) {
			t.Errorf("%q is %d, %q", s, d, d)
		}
	})
}

// A reference says how far from the median its lines are drawn, and keeps it when it is
// written; what is no measure, or no distance, is refused.
func TestHowFarLinesAreDrawn(t *testing.T) {
	b, err := CDC2000().Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Reference{CDC2000(), again} {
		if r.Draws(Weight, Lines[0].Z) || r.Draws(Height, Lines[8].Z) || !r.Draws(Weight, Lines[1].Z) || !r.Draws(Head, Lines[7].Z) || !r.Draws(BMI, Lines[8].Z) {
			t.Error("CDC's lines end elsewhere")
		}
	}
	if !WHO().Draws(Weight, Lines[8].Z) {
		t.Error("WHO's outermost line is not drawn")
	}
	for _, bad := range []string{`"shoes": 2,`, `"length": 2,`, `"head": 0,`, `"head": 11,`} {
		if _, err := Read([]byte(strings.Replace(string(b), `"head": 2,`, bad, 1)), nil); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
