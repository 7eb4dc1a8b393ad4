package growing

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/growth"
)

func tree(t testing.TB, text string) *fhir.Tree {
	t.Helper()
	out, err := fhir.Parse([]byte(text), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// observation is one with a code and a value; more are its members besides.
func observation(id, system, code, value, unit, when, more string) string {
	return `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"coding":[{"system":"` + system + `","code":"` + code + `"}]},"effectiveDateTime":"` + when +
		`","valueQuantity":{"value":` + value + `,"unit":"` + unit + `","system":"http://unitsofmeasure.org","code":"` + unit + `"}` + more + `}`
}

const (
	loinc  = "http://loinc.org"
	snomed = "http://snomed.info/sct"
)

func london(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// bookOf reads Observations of a child who was born on 2 May 2026.
func bookOf(t testing.TB, all ...string) Book {
	t.Helper()
	b := Book{}
	b.readPatient(tree(t, `{"resourceType":"Patient","gender":"female","birthDate":"2026-05-02"}`).Root())
	for _, s := range all {
		Reader{Zone: london(t)}.take(&b, tree(t, s))
	}
	b.finish()
	return b
}

// Each code and unit that England's records use is read, and comes in one unit.
func TestEveryCodeAndUnitIsRead(t *testing.T) {
	for _, c := range []struct {
		system, code, value, unit string
		of                        growth.Measure
		want                      float64
		method                    growth.Method
	}{
		{loinc, "29463-7", "4.2", "kg", growth.Weight, 4.2, 0},
		{loinc, "29463-7", "4200", "g", growth.Weight, 4.2, 0},
		{snomed, "27113001", "9.25", "[lb_av]", growth.Weight, 9.25 * 0.45359237, 0},
		{loinc, "29463-7", "148", "[oz_av]", growth.Weight, 148 * 0.028349523125, 0},
		{loinc, "8339-4", "3310", "g", growth.Weight, 3.31, 0},
		{snomed, "364589006", "3.31", "kg", growth.Weight, 3.31, 0},
		{loinc, "8302-2", "0.87", "m", growth.Height, 87, 0},
		{loinc, "8306-3", "55.5", "cm", growth.Height, 55.5, growth.Lying},
		{loinc, "8308-9", "34.5", "[in_i]", growth.Height, 34.5 * 2.54, growth.Standing},
		{snomed, "50373000", "870", "mm", growth.Height, 87, 0},
		{snomed, "248337003", "87", "cm", growth.Height, 87, 0},
		{loinc, "9843-4", "35.1", "cm", growth.Head, 35.1, 0},
		{snomed, "363811000", "35.1", "cm", growth.Head, 35.1, 0},
		{snomed, "363812007", "351", "mm", growth.Head, 35.1, 0},
		{snomed, "169876006", "35.1", "cm", growth.Head, 35.1, 0},
		{loinc, "39156-5", "15.1", "kg/m2", growth.BMI, 15.1, 0},
		{snomed, "60621009", "15.1", "kg/m2", growth.BMI, 15.1, 0},
	} {
		b := bookOf(t, observation("a", c.system, c.code, c.value, c.unit, "2026-06-01", ""))
		if len(b.Entries) != 1 || b.Unread != 0 {
			t.Errorf("%s %s %s: %+v", c.code, c.value, c.unit, b)
			continue
		}
		if e := b.Entries[0]; e.Of != c.of || math.Abs(e.Value-c.want) > 1e-9 || e.Method != c.method {
			t.Errorf("%s %s %s is %s %g %s", c.code, c.value, c.unit, e.Of, e.Value, e.Method)
		}
	}
}

// What can not be read for certain is counted and not drawn; what was marked as wrong is
// not there at all.
func TestWhatIsNotCertainIsLeftOut(t *testing.T) {
	at := func(value, unit, when, more string) string {
		return observation("a", loinc, "29463-7", value, unit, when, more)
	}
	for name, c := range map[string]struct {
		text           string
		unread, unborn int
	}{
		"a unit of something else":        {at("4.2", "cm", "2026-06-01", ""), 1, 0},
		"no such unit":                    {at("4.2", "furlong", "2026-06-01", ""), 1, 0},
		"only a limit":                    {strings.Replace(at("4.2", "kg", "2026-06-01", ""), `"unit"`, `"comparator":"<","unit"`, 1), 1, 0},
		"nothing":                         {at("0", "kg", "2026-06-01", ""), 1, 0},
		"below nothing":                   {at("-4", "kg", "2026-06-01", ""), 1, 0},
		"a month":                         {at("4.2", "kg", "2026-06", ""), 1, 0},
		"no day":                          {strings.Replace(at("4.2", "kg", "x", ""), `"effectiveDateTime":"x",`, "", 1), 1, 0},
		"before birth":                    {at("4.2", "kg", "2026-05-01", ""), 0, 1},
		"no value":                        {`{"resourceType":"Observation","id":"a","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"effectiveDateTime":"2026-06-01"}`, 1, 0},
		"wrong":                           {strings.Replace(at("4.2", "kg", "2026-06-01", ""), "final", "entered-in-error", 1), 0, 0},
		"stopped":                         {strings.Replace(at("4.2", "kg", "2026-06-01", ""), "final", "cancelled", 1), 0, 0},
		"of something else":               {observation("a", loinc, "8867-4", "80", "/min", "2026-06-01", ""), 0, 0},
		"a code of another system":        {observation("a", "http://example.org", "29463-7", "4", "kg", "2026-06-01", ""), 0, 0},
		"a pregnancy of a year":           {observation("a", loinc, "76516-4", "52", "wk", "2026-05-02", ""), 0, 0},
		"a mother of the size of a child": {observation("a", loinc, "83846-6", "90", "cm", "2026-05-02", ""), 0, 0},
	} {
		b := bookOf(t, c.text)
		if len(b.Entries) != 0 || b.Unread != c.unread || b.Unborn != c.unborn || b.Child.Gestation != 0 || b.Mother.ID != "" {
			t.Errorf("%s: %+v", name, b)
		}
	}
}

func TestBirthAndParents(t *testing.T) {
	b := bookOf(t,
		observation("w", loinc, "8339-4", "2210", "g", "2026-05-09T08:00:00Z", ""),
		observation("g", snomed, "412726003", "33.0", "wk", "2026-05-02", ""),
		observation("m2", loinc, "83846-6", "1.64", "m", "2026-06-02", ""), // the newest comes first
		observation("m1", loinc, "83846-6", "160", "cm", "2026-05-02", ""),
		observation("f", loinc, "83845-8", "71", "[in_i]", "2026-05-02", ""))
	if b.Child.Gestation != 231 || b.Mother != (Tall{164, "m2"}) || math.Abs(b.Father.Value-180.34) > 1e-9 || b.Father.ID != "f" {
		t.Errorf("%+v", b)
	}
	if e := b.Entries[0]; !e.Birth || e.On != b.Child.Born || e.Value != 2.21 {
		t.Errorf("a birth weight that was written down later is %+v", e)
	}
	if days := bookOf(t, observation("g", loinc, "76516-4", "30.43", "wk", "2026-05-02", "")).Child.Gestation; days != 213 {
		t.Errorf("30 weeks and 3 days are %d days", days)
	}
}

// A day is the day where the reader is: a minute past midnight in summer is not the day
// before.
func TestDaysAreThoseOfThePlace(t *testing.T) {
	b := bookOf(t, observation("a", loinc, "29463-7", "4", "kg", "2026-06-01T23:30:00Z", ""))
	if b.Entries[0].On != growth.NewDate(2026, 6, 2) {
		t.Errorf("%v", b.Entries[0].On)
	}
}

// A body mass index is worked out where weight and height were measured on one day, and
// nobody wrote one.
func TestBodyMassIndexIsWorkedOut(t *testing.T) {
	w, h := observation("w", loinc, "29463-7", "16", "kg", "2026-06-01", ""), observation("h", loinc, "8308-9", "100", "cm", "2026-06-01", "")
	b := bookOf(t, w, h)
	all := b.Of(growth.BMI)
	if len(all) != 1 || all[0].Value != 16 || all[0].ID != "" || all[0].Weight != "w" || all[0].Height != "h" {
		t.Errorf("%+v", all)
	}
	if all := bookRef(bookOf(t, w, h, observation("b", loinc, "39156-5", "16.1", "kg/m2", "2026-06-01", ""))).Of(growth.BMI); len(all) != 1 || all[0].ID != "b" {
		t.Errorf("%+v", all)
	}
	if all := bookRef(bookOf(t, w, observation("h", loinc, "8308-9", "100", "cm", "2026-06-02", ""))).Of(growth.BMI); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	if s := b.Series(); len(s) != 3 || s[0].On != s[2].On {
		t.Errorf("%+v", s)
	}
}

func bookRef(b Book) *Book { return &b }

// Codes of SNOMED CT and LOINC are asked for in one question.
func TestAllCodesAreInOneQuestion(t *testing.T) {
	for _, c := range []string{loinc + "|29463-7", snomed + "|27113001", loinc + "|83845-8", snomed + "|412726003"} {
		if !strings.Contains(Codes(), c) {
			t.Errorf("%s is not asked for", c)
		}
	}
	if n := strings.Count(Codes(), ","); n > 40 {
		t.Errorf("%d codes", n)
	}
}

func TestTablesAreRefused(t *testing.T) {
	good := string(published)
	for name, bad := range map[string]string{
		"no version":          strings.Replace(good, `"version": "2026-1"`, `"version": ""`, 1),
		"an unknown measure":  strings.Replace(good, `"of": "weight"`, `"of": "width"`, 1),
		"an unknown method":   strings.Replace(good, `"method": "lying"`, `"method": "flying"`, 1),
		"a code twice":        strings.Replace(good, `"8308-9"`, `"8306-3"`, 1),
		"a factor of nothing": strings.Replace(good, `"kg": "1"`, `"kg": "0"`, 1),
		"something else":      strings.Replace(good, `"signedOff"`, `"signed"`, 1),
		"nothing":             "",
	} {
		if _, err := readTable([]byte(bad)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestTypedAmounts(t *testing.T) {
	for _, c := range []struct {
		of          growth.Measure
		text        string
		value, unit string
		in          float64
	}{
		{growth.Weight, "3.5", "3.5", "kg", 3.5},
		{growth.Weight, "3.50", "3.50", "kg", 3.5},
		{growth.Weight, " 3,5 KG ", "3.5", "kg", 3.5},
		{growth.Weight, "3500 g", "3500", "g", 3.5},
		{growth.Weight, "3500g", "3500", "g", 3.5},
		{growth.Weight, "7 lb 4 oz", "7.25", "[lb_av]", 7.25 * 0.45359237},
		{growth.Weight, "7lb4oz", "7.25", "[lb_av]", 7.25 * 0.45359237},
		{growth.Weight, "7 lb 15.9 oz", "7.9938", "[lb_av]", 7.9938 * 0.45359237},
		{growth.Weight, "2 st 3 lb", "2.2143", "[stone_av]", 2.2143 * 6.35029318},
		{growth.Height, "50.2", "50.2", "cm", 50.2},
		{growth.Height, "1.02 m", "1.02", "m", 102},
		{growth.Height, `5'3"`, "5.25", "[ft_i]", 5.25 * 30.48},
		{growth.Height, "5 ft 3 in", "5.25", "[ft_i]", 5.25 * 30.48},
		{growth.Head, "352 mm", "352", "mm", 35.2},
		{growth.Weight, "007", "7", "kg", 7},
	} {
		a, wrong := Typed(c.of, c.text)
		if wrong != Right || a.Value != c.value || a.Unit != c.unit || math.Abs(a.In-c.in) > 1e-9 {
			t.Errorf("%q is %+v (%d)", c.text, a, wrong)
		}
	}
	for _, c := range []struct {
		of   growth.Measure
		text string
		want Wrong
	}{
		{growth.Weight, "50 cm", OtherUnit}, {growth.Height, "4 kg", OtherUnit}, {growth.Head, "4 lb", OtherUnit}, {growth.Weight, "4 furlongs", UnknownUnit},
		{growth.Weight, "", NoNumber}, {growth.Weight, "heavy", NoNumber}, {growth.Weight, "-4", NoNumber}, {growth.Weight, "4e3", NoNumber}, {growth.Weight, "7 lb 16 oz", NoNumber},
		{growth.Weight, "7.5 lb 3 oz", NoNumber}, {growth.Weight, "4 kg 3 oz", NoNumber}, {growth.Weight, "4 lb 3 furlongs", UnknownUnit}, {growth.Weight, "1 2", NoNumber},
		{growth.Weight, strings.Repeat("9", 100), NoNumber}, {growth.Weight, "1/2", NoNumber},
	} {
		if a, wrong := Typed(c.of, c.text); wrong != c.want {
			t.Errorf("%q of %s is %+v (%d)", c.text, c.of, a, wrong)
		}
	}
}

// Whatever is typed: what is taken is a decimal of JSON in a unit of the measure, which is
// read again as the same amount.
func FuzzTyped(f *testing.F) {
	for _, s := range []string{"3.5", "7 lb 4 oz", "5'3\"", "3500g", "1,5 m", "0", "000.1 kg", "9 st 13.9 lb"} {
		f.Add(uint8(0), s)
		f.Add(uint8(1), s)
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		of := growth.Measures[int(which)%3]
		a, wrong := Typed(of, text)
		if wrong != Right {
			if a != (Amount{}) {
				t.Fatalf("%q is wrong, and %+v", text, a)
			}
			return
		}
		d, err := fhir.ParseDecimal(a.Value)
		if err != nil {
			t.Fatalf("%q: %q is no decimal", text, a.Value)
		}
		v, ok := In(wanted[of], fhir.Quantity{Value: d, HasValue: true, System: "http://unitsofmeasure.org", Code: a.Unit})
		if !ok || math.Abs(v-a.In) > 1e-9*math.Abs(v) {
			t.Fatalf("%q: %+v is read as %g", text, a, v)
		}
	})
}
