package growth

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDaysAreThoseOfTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 3_000_000).Draw(t, "days"))
		d := DateOf(at)
		if d <= 0 || !d.Time().Equal(at) {
			t.Errorf("%s is %d, which is %s", at, d, d.Time())
		}
		if next := DateOf(at.AddDate(0, 0, 1)); next != d+1 {
			t.Errorf("the day after %d is %d", d, next)
		}
	})
	if s := Date(0).String(); s != "" {
		t.Errorf("a day that is not known is %q", s)
	}
	for _, bad := range []string{"", "2026", "2026-02-30", "03/05/2026", "2026-5-3", "0000-01-01"} {
		if d, err := ParseDate(bad); err == nil {
			t.Errorf("%q is %s", bad, d)
		}
	}
}

func TestBothRulesOfCorrection(t *testing.T) {
	born := NewDate(2024, 1, 1)
	for _, c := range []struct {
		weeks, days int // of pregnancy
		age         int // days
		rule        Correction
		corrected   bool
	}{
		{40, 0, 100, ForLife, true},
		{42, 1, 6000, ForLife, true},
		{27, 0, 6000, ForLife, true},
		{0, 0, 100, ForLife, false},
		{21, 6, 100, ForLife, false}, // can not be
		{45, 0, 100, ForLife, false},
		{37, 0, 100, Legacy, false},
		{36, 6, 100, Legacy, true},
		{36, 6, 365, Legacy, true}, // 0.999 years
		{36, 6, 366, Legacy, false},
		{32, 0, 366, Legacy, false},
		{31, 6, 366, Legacy, true},
		{31, 6, 730, Legacy, true},
		{31, 6, 731, Legacy, false},
		{0, 0, 100, Legacy, false},
	} {
		child := Child{Born: born, Gestation: c.weeks*7 + c.days}
		age, corrected := child.CorrectedAge(born+Date(c.age), c.rule)
		want := float64(c.age) / YearDays
		if c.corrected {
			want = float64(c.age-(Term-child.Gestation)) / YearDays
		}
		if corrected != c.corrected || math.Abs(age-want) > 1e-12 {
			t.Errorf("%d+%d at %d days, rule %d: %.4f, corrected %v", c.weeks, c.days, c.age, c.rule, age, corrected)
		}
	}
}

func TestBandsHaveTheirEdges(t *testing.T) {
	for _, c := range []struct {
		z    float64
		want string
	}{
		{-3, "below the 0.4th centile"},
		{-8.0/3 - 1.0/6 - 1e-9, "below the 0.4th centile"},
		{-8.0/3 - 1.0/6 + 1e-9, "on or near the 0.4th centile"},
		{-2.4, "between the 0.4th and 2nd centiles"},
		{-2, "on or near the 2nd centile"},
		{0, "on or near the 50th centile"},
		{1.0/6 - 1e-9, "on or near the 50th centile"},
		{1.0/6 + 1e-9, "between the 50th and 75th centiles"},
		{1, "between the 75th and 91st centiles"},
		{8.0 / 3, "on or near the 99.6th centile"},
		{2.84, "above the 99.6th centile"},
	} {
		if got := BandOf(c.z).String(); got != c.want {
			t.Errorf("%g is %s, want %s", c.z, got, c.want)
		}
	}
	for i, want := range []float64{0.4, 2.3, 9.1, 25.2, 50, 74.8, 90.9, 97.7, 99.6} {
		if got := Centile(Lines[i].Z); math.Abs(got-want) > 0.05 {
			t.Errorf("the line %s is centile %.2f", Lines[i].Name, got)
		}
	}
	dashed := ""
	for _, l := range Lines {
		if l.Dashed {
			dashed += l.Name + " "
		}
	}
	if dashed != "0.4th 9th 50th 91st 99.6th " {
		t.Errorf("dashed are %s", dashed)
	}
}

// TestCubicAgainstAPlainTwin holds the interpolation against Lagrange's formula as
// it stands in books.
func TestCubicAgainstAPlainTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tab table
		at := 0.0
		for range rapid.IntRange(2, 9).Draw(t, "rows") {
			at += rapid.Float64Range(0.01, 1).Draw(t, "gap")
			tab = append(tab, row{at, LMS{rapid.Float64Range(-2, 2).Draw(t, "L"), rapid.Float64Range(1, 100).Draw(t, "M"), rapid.Float64Range(0.01, 0.2).Draw(t, "S")}})
		}
		age := rapid.Float64Range(tab.from(), tab.to()).Draw(t, "age")
		got, want := tab.at(age, cubic), twin(tab, age)
		if math.Abs(got.L-want.L) > 1e-6*(1+math.Abs(want.L)) || math.Abs(got.M-want.M) > 1e-6*(1+math.Abs(want.M)) || math.Abs(got.S-want.S) > 1e-6*(1+math.Abs(want.S)) {
			t.Errorf("at %g: %v, want %v", age, got, want)
		}
		for _, r := range tab {
			if tab.at(r.age, cubic) != r.LMS || tab.at(r.age, linear) != r.LMS {
				t.Errorf("the row at %g does not come back", r.age)
			}
		}
	})
}

func twin(tab table, age float64) LMS {
	below := 0
	for i, r := range tab {
		if r.age <= age {
			below = i
		}
	}
	use := []int{below - 1, below, below + 1, below + 2}
	if below+1 == len(tab) {
		use = []int{below}
	} else if below == 0 || below+2 >= len(tab) {
		use = []int{below, below + 1}
	}
	var sum LMS
	for _, i := range use {
		w := 1.0
		for _, j := range use {
			if i != j {
				w *= (age - tab[j].age) / (tab[i].age - tab[j].age)
			}
		}
		sum = LMS{sum.L + w*tab[i].L, sum.M + w*tab[i].M, sum.S + w*tab[i].S}
	}
	return sum
}

func TestWHOsRuleForFarValues(t *testing.T) {
	r := restrictedWHO()
	if r.info.Digest == WHO2006().info.Digest {
		t.Error("another rule has the same digest")
	}
	p, _ := WHO2006().LMS(Weight, Male, 1)
	sd3, sd2 := p.X(3), p.X(2)
	if z, _ := r.Z(Weight, Male, 1, sd3+2*(sd3-sd2)); math.Abs(z-5) > 1e-9 {
		t.Errorf("two widths beyond the third is z %g", z)
	}
	low3, low2 := p.X(-3), p.X(-2)
	if z, _ := r.Z(Weight, Male, 1, low3-(low2-low3)/2); math.Abs(z+3.5) > 1e-9 {
		t.Errorf("half a width below is z %g", z)
	}
	if z, _ := r.Z(Weight, Male, 1, p.X(2.9)); math.Abs(z-2.9) > 1e-9 {
		t.Errorf("within three it is as ever, not %g", z)
	}
	h, _ := WHO2006().LMS(Height, Male, 1)
	if z, _ := r.Z(Height, Male, 1, h.X(4)); math.Abs(z-4) > 1e-9 {
		t.Errorf("for height there is no such rule, but z is %g", z)
	}
}

func TestParents(t *testing.T) {
	p := Parents{Mother: 165, Father: 178}
	for sex, want := range map[Sex]float64{Male: 178, Female: 165} {
		if cm, ok := p.MidParental(sex); !ok || cm != want {
			t.Errorf("%s: %g", sex, cm)
		}
	}
	target, why := WHO().Target(p, Female, 2)
	if why != Present || target.Middle != 165 || math.Abs(target.Z-0.283) > 0.005 || !(target.Low < 160 && target.High > 170) {
		t.Errorf("%+v, %s", target, why.Clinician())
	}
	if _, ok := (Parents{Mother: 165}).MidParental(Male); ok {
		t.Error("one parent was enough")
	}
	if _, ok := (Parents{Mother: 5.5, Father: 178}).MidParental(Male); ok {
		t.Error("a mother of 5.5 cm was taken")
	}
	if _, ok := p.MidParental(SexNotKnown); ok {
		t.Error("the sex is not known")
	}
	if _, why := WHO().Target(p, SexNotKnown, 2); why == Present {
		t.Error("a target without a sex")
	}
}

func TestVelocity(t *testing.T) {
	c := Child{Born: NewDate(2020, 1, 1), Sex: Female, Gestation: 280}
	at := func(on Date, cm float64) Result {
		return WHO().Assess(c, Measurement{Of: Height, Value: cm, On: on}, ForLife)
	}
	a, b := at(NewDate(2023, 1, 1), 95), at(NewDate(2024, 1, 1), 102)
	v, err := WHO().Velocity(&a, &b)
	if err != nil || v.Days != 365 || v.Change != 7 || math.Abs(v.PerYear-7*365.25/365) > 1e-9 || v.Soon || !v.SpacesKnown || math.Abs(v.Spaces) > 0.3 {
		t.Errorf("%+v, %v", v, err)
	}
	soon := at(NewDate(2023, 3, 1), 96)
	if v, err := WHO().Velocity(&a, &soon); err != nil || !v.Soon {
		t.Errorf("two months: %+v, %v", v, err)
	}
	if _, err := WHO().Velocity(&b, &a); err == nil {
		t.Error("backwards in time")
	}
	w := WHO().Assess(c, Measurement{Of: Weight, Value: 16, On: NewDate(2025, 1, 1)}, ForLife)
	if _, err := WHO().Velocity(&a, &w); err == nil {
		t.Error("height against weight")
	}
}

func TestConditionalGain(t *testing.T) {
	if _, err := WHO().ConditionalGain(Weight, 0.2, 0.3, 1, 1); !errors.Is(err, ErrNoCorrelation) {
		t.Errorf("WHO publishes no correlations: %v", err)
	}
	data, err := WHO2006().Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	// Made-up correlations, to hold the arithmetic.
	made := `"correlations": [{"measure": "weight", "from": 0.1, "to": 0.2, "r": 0.8}, {"measure": "weight", "from": 0.2, "to": 0.3, "r": 0.9}], "pieces"`
	r, err := Read([]byte(strings.Replace(string(data), `"pieces"`, made, 1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.info.Digest == WHO2006().info.Digest {
		t.Error("correlations are not in the digest")
	}
	got, err := r.ConditionalGain(Weight, 0.1, 0.2, 1, 0.5)
	if err != nil || math.Abs(got-(0.5-0.8)/0.6) > 1e-12 {
		t.Errorf("%g, %v", got, err)
	}
	if z, err := r.ThriveZ(Weight, 0.1, 0.2, 1, got); err != nil || math.Abs(z-0.5) > 1e-12 {
		t.Errorf("back it is %g, %v", z, err)
	}
	if _, err := r.ConditionalGain(Weight, 0.1, 0.215, 1, 0.5); !errors.Is(err, ErrNoCorrelation) {
		t.Errorf("between entries that are not all there: %v", err)
	}
	line, err := r.ThriveLine(Weight, Male, 1, 5, []float64{0.1, 0.2, 0.3})
	if err != nil || len(line) != 3 {
		t.Fatalf("%v, %v", line, err)
	}
	z1, _ := r.Z(Weight, Male, 0.2, line[1].Value)
	z2, _ := r.Z(Weight, Male, 0.3, line[2].Value)
	if want := 0.8 + ZOf(5)*0.6; math.Abs(z1-want) > 1e-9 || math.Abs(z2-(0.9*want+ZOf(5)*math.Sqrt(1-0.81))) > 1e-9 {
		t.Errorf("the line is at z %g and %g", z1, z2)
	}
	if _, err := r.ThriveLine(Weight, Male, 1, 5, []float64{0.1, 0.5}); err == nil {
		t.Error("a line over ages of which nothing is known")
	}
}

func TestCorrelationsBetweenEntries(t *testing.T) {
	data, err := WHO2006().Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	plane := func(from, to float64) float64 { return 0.9 - 0.2*(to-from) + 0.1*from } // bilinear finds it exactly
	for _, from := range []float64{0.1, 0.2} {
		for _, to := range []float64{0.4, 0.6, 0.8} {
			rows = append(rows, fmt.Sprintf(`{"measure": "weight", "from": %g, "to": %g, "r": %.17g}`, from, to, plane(from, to)))
		}
	}
	made := `"correlations": [` + strings.Join(rows, ", ") + `], "pieces"`
	r, err := Read([]byte(strings.Replace(string(data), `"pieces"`, made, 1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to float64 }{{0.1, 0.4}, {0.15, 0.4}, {0.12, 0.71}, {0.2, 0.8}, {0.13, 0.6}} {
		if got, err := r.Correlation(Weight, c.from, c.to); err != nil || math.Abs(got-plane(c.from, c.to)) > 1e-12 {
			t.Errorf("%v: %g, %v, want %g", c, got, err, plane(c.from, c.to))
		}
	}
	for _, c := range []struct{ from, to float64 }{{0.05, 0.5}, {0.25, 0.5}, {0.15, 0.9}, {0.15, 0.3}, {0.5, 0.15}, {math.NaN(), 0.5}} {
		if got, err := r.Correlation(Weight, c.from, c.to); err == nil {
			t.Errorf("%v lies outside, and is %g", c, got)
		}
	}
	if _, err := r.Correlation(Height, 0.1, 0.4); err == nil {
		t.Error("there are none for height")
	}
}

func TestWhatIsNotKnownHasNoScore(t *testing.T) {
	born := NewDate(2025, 1, 1)
	good := Measurement{Of: Weight, Value: 8, On: NewDate(2025, 7, 1)}
	for _, c := range []struct {
		name  string
		child Child
		m     Measurement
		why   Absence
		lay   string
	}{
		{"no birth date", Child{Sex: Male}, good, NoAge, "The age is not known, so it can not be put on the chart."},
		{"no sex", Child{Born: born}, good, SexUnknown, "Charts are for boys or for girls, and it is not known which to use."},
		{"no day", Child{Born: born, Sex: Male}, Measurement{Of: Weight, Value: 8}, NoAge, ""},
		{"before birth", Child{Born: born, Sex: Male}, Measurement{Of: Weight, Value: 8, On: born - 1}, NoAge, ""},
		{"before term", Child{Born: born, Sex: Male, Gestation: 28 * 7}, Measurement{Of: Weight, Value: 1.2, On: born + 7}, TooYoung, "This chart has no lines for so young an age."},
		{"grown up", Child{Born: born - 8000, Sex: Male}, Measurement{Of: Height, Value: 180, On: born}, TooOld, "This chart has no lines for so old an age."},
		{"no table", Child{Born: born - 4000, Sex: Male}, Measurement{Of: Head, Value: 54, On: born}, TooOld, ""},
		{"nothing", Child{Born: born, Sex: Male}, Measurement{Of: Weight, Value: 0, On: good.On}, NotANumber, "This number can not be put on the chart. Check it."},
		{"no number", Child{Born: born, Sex: Male}, Measurement{Of: Weight, Value: math.NaN(), On: good.On}, NotANumber, ""},
		{"no measure", Child{Born: born, Sex: Male}, Measurement{Of: 99, Value: 8, On: good.On}, NoTable, ""},
	} {
		r := WHO().Assess(c.child, c.m, ForLife)
		if r.Score().Why != c.why || r.Score().Z != 0 || r.Score().Centile != 0 {
			t.Errorf("%s: %+v", c.name, r.Score())
		}
		if c.lay != "" && r.Lay() != c.lay {
			t.Errorf("%s: %q", c.name, r.Lay())
		}
		if s := r.Score().clinician() + r.Lay(); strings.Contains(s, "centile") || strings.Contains(s, "usual") {
			t.Errorf("%s: what is not known is given a place: %s", c.name, s)
		}
	}
}

func TestEveryResultHasWordsAndNamesItsTable(t *testing.T) {
	c := Child{Born: NewDate(2026, 1, 1), Sex: Male, Gestation: 30*7 + 3}
	r := WHO().Assess(c, Measurement{Of: Height, Value: 58.2, On: NewDate(2026, 7, 1), Method: Lying}, ForLife)
	if got, want := r.Lay(), "This length is between the 0.4th and 2nd centiles. Fewer than 1 of 100 children of the same age and sex have less. The age was counted from the day when the baby was due."; got != want {
		t.Errorf("lay: %s", got)
	}
	got := r.Clinician()
	for _, want := range []string{"Length 58.2 cm", "measured lying", "Corrected age 0.312 y: SDS -2.", "Age 0.496 y: SDS -4.", "centile below 0.1", "WHO Child Growth Standards", "2006 and 2007", "WHO 2006, lying"} {
		if !strings.Contains(got, want) {
			t.Errorf("clinician: %s lacks %q", got, want)
		}
	}
	for age, want := range map[float64]string{-0.15332: "32 weeks and 0 days of pregnancy", 0: "0 days", 1 / YearDays: "1 day", 0.1: "5 weeks", 0.75: "9 months", 2: "2 years", 2.1: "2 years and 1 month", 7.5: "7 years and 6 months", math.NaN(): "not known"} {
		if got := AgeText(age); got != want {
			t.Errorf("%g years: %s, want %s", age, got, want)
		}
	}
	for c, want := range map[float64]string{0: "below 0.1", 0.05: "below 0.1", 45.19: "45.2", 99.95: "above 99.9", 100: "above 99.9"} {
		if got := CentileText(c); got != want {
			t.Errorf("centile %g: %s", c, got)
		}
	}
}

func TestDamagedRulesAreRefusedWithWords(t *testing.T) {
	for _, c := range []struct{ from, to, words string }{
		{`"lossPercent": 10`, `"lossPercent": 0`, "neonatal.lossPercent is missing"},
		{`"lossPercent": 10, `, ``, "neonatal.lossPercent is missing"},
		{`"lowBirth": "9th"`, `"lowBirth": "10th"`, `"10th" is none of the nine lines`},
		{`"lowBirth": "9th", `, ``, "faltering.lowBirth is missing"},
		{`"version": "1"`, `"version": ""`, "id, version and source"},
		{`"spaces"`, `"spces"`, "unknown field"},
		{`"away": 2.5`, `"away": -1`, "slips.away is missing"},
	} {
		if _, err := ReadRules([]byte(strings.Replace(string(reviewText), c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", c.to, err)
		}
	}
	if DefaultRules().SignedOff != nil || !json.Valid(reviewText) {
		t.Error("nobody has signed the rules off")
	}
}

// TestReviewTakesAnything gives it series that no child has.
func TestReviewTakesAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Child{Date(rapid.Int32().Draw(t, "born")), Sex(rapid.Int8().Draw(t, "sex")), rapid.Int().Draw(t, "gestation")}
		if rapid.Bool().Draw(t, "usual") {
			c = Child{NewDate(2020, 1, 1), Male, 280}
		}
		var series []Measurement
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			series = append(series, Measurement{
				Measure(rapid.Int8Range(-1, 5).Draw(t, "of")), rapid.Float64().Draw(t, "value"),
				NewDate(2020, 1, 1) + Date(rapid.Int32Range(-10, 7000).Draw(t, "on")), Method(rapid.Int8Range(-1, 3).Draw(t, "method")),
			})
		}
		got := WHO().Review(c, series, Options{Correction: Correction(rapid.Int8().Draw(t, "rule"))})
		if len(got.Results) != len(series) {
			t.Errorf("%d results of %d", len(got.Results), len(series))
		}
		for _, r := range got.Results {
			if s := r.Score(); s.Known() && (!whole(s.Z) || !(s.Centile >= 0 && s.Centile <= 100)) {
				t.Errorf("%+v", s)
			}
			if r.Lay() == "" {
				t.Errorf("no words for %+v", r)
			}
		}
		for _, f := range got.Findings {
			if LayOf(f.Code) != f.Lay || f.Lay == "" || f.Clinician == "" || f.Kind.String() == "" {
				t.Errorf("%+v", f)
			}
		}
	})
}

// TestEveryFindingIsFoundByACase reads the cases: a finding without one is not held.
func TestEveryFindingIsFoundByACase(t *testing.T) {
	cases := reviewCases(t)
	for _, code := range Codes() {
		if !strings.Contains(cases, "-> "+code+"\n") && !strings.Contains(cases, " "+code+"\n") && !strings.Contains(cases, " "+code+" ") {
			t.Errorf("no case of testdata/review.txt finds %s", code)
		}
	}
}

// On a birthday somebody is as old as they say, and on the day before they are not,
// whichever years had a day more.
func TestAgesInWordsChangeOnTheBirthday(t *testing.T) {
	for born := NewDate(2023, 1, 1); born <= NewDate(2024, 12, 28); born++ {
		b := born.Time()
		for years := 2; years <= 18; years++ {
			on := NewDate(b.Year()+years, b.Month(), b.Day())
			want := count(years, "year")
			if got := AgeOn(born, on); got != want {
				t.Fatalf("born on %s, on %s: %s, want %s", born, on, got, want)
			}
			if got := AgeOn(born, on-1); got == want || b.Day() > 1 && b.Month() != 2 && b.Month() != 3 && !strings.HasSuffix(got, "11 months") && got != "23 months" {
				t.Fatalf("born on %s, on %s: %s", born, on-1, got)
			}
		}
	}
	born := NewDate(2026, 5, 4)
	for on, want := range map[Date]string{NewDate(2026, 4, 27): "39 weeks and 0 days of pregnancy", born: "0 days", NewDate(2026, 6, 29): "8 weeks", NewDate(2027, 5, 4): "12 months", NewDate(2027, 5, 3): "11 months", NewDate(2031, 5, 4): "5 years"} {
		if got := AgeOn(born, on); got != want {
			t.Errorf("on %s: %s, want %s", on, got, want)
		}
	}
}
