package units

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
)

func number(t testing.TB, s string) fhir.Decimal {
	t.Helper()
	d, err := fhir.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Cases that were worked out by hand, or stand in tables of others.
func TestConversions(t *testing.T) {
	u := Published()
	for _, c := range []struct{ value, from, to, code, want string }{
		{"95", "mg/dL", "mmol/L", "2345-7", "5.3"},
		{"5.3", "mmol/L", "mg/dL", "14749-6", "95"},
		{"200", "mg/dL", "mmol/L", "2093-3", "5.17"},
		{"1.0", "mg/dL", "umol/L", "2160-0", "88"},
		{"48", "mmol/mol", "%", "59261-8", "6.5"},
		{"6.5", "%", "mmol/mol", "4548-4", "48"},
		{"37.0", "Cel", "[degF]", "", "98.6"},
		{"98.6", "[degF]", "Cel", "", "37.0"},
		{"-40", "Cel", "[degF]", "", "-40"},
		{"70.0", "kg", "[lb_av]", "", "154"},
		{"180", "cm", "[in_i]", "", "70.9"},
		{"135", "g/L", "g/dL", "", "13.5"},
		{"0.0", "Cel", "[degF]", "", "32"},
		{"95", "mg/dL", "mmol/L", "718-7", ""},  // no factor is known for what was measured
		{"95", "mg/dL", "mmol/L", "", ""},       // nor for nothing
		{"95", "mg/dL", "umol/L", "2345-7", ""}, // nor for these two
		{"95", "mmHg", "mm[Hg]", "2345-7", ""},  // units are codes here
		{"1e9", "kg", "[lb_av]", "", ""},        // nobody writes a weight so
		{strings.Repeat("9", 50), "kg", "[lb_av]", "", ""},
	} {
		var codes []string
		if c.code != "" {
			codes = []string{c.code}
		}
		got, ok := u.Convert(number(t, c.value), c.from, c.to, codes)
		if ok != (c.want != "") || got.String() != c.want {
			t.Errorf("%s %s of %q is %s %s, %t; not %s", c.value, c.from, c.code, got, c.to, ok, c.want)
		}
	}
}

// There and back is the same number, as far as digits go; and what can be said
// in a unit can be said in it from both sides.
func TestThereAndBack(t *testing.T) {
	u := Published()
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(u.Conversions).Draw(t, "conversion")
		codes := c.Codes
		text := strconv.FormatFloat(rapid.Float64Range(1, 9999).Draw(t, "value"), 'f', 8, 64)
		v, err := fhir.ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		there, ok := u.Convert(v, c.From, c.To, codes)
		back, ok2 := u.Convert(there, c.To, c.From, codes)
		if !ok || !ok2 || math.Abs(back.Float64()-v.Float64()) > 1e-5*v.Float64() {
			t.Fatalf("%s %s is %s %s, and back %s", v, c.From, there, c.To, back)
		}
		for _, to := range u.To(c.From, codes) {
			if _, ok := u.Convert(v, c.From, to, codes); !ok {
				t.Fatalf("%s can not be said in %s", c.From, to)
			}
		}
	})
}

func TestUnitsAreReadAsTheyAreWritten(t *testing.T) {
	u := Published()
	for _, c := range []struct {
		q          fhir.Quantity
		unit, name string
	}{
		{fhir.Quantity{System: System, Code: "mm[Hg]", Unit: "mmHg"}, "mm[Hg]", "mmHg"},
		{fhir.Quantity{Unit: "mmHg"}, "mm[Hg]", "mmHg"},
		{fhir.Quantity{System: "http://example.org", Code: "x", Unit: "°C"}, "Cel", "°C"},
		{fhir.Quantity{Unit: "furlongs"}, "furlongs", "furlongs"},
		{fhir.Quantity{Code: "kg"}, "kg", "kg"},
		{fhir.Quantity{}, "", ""},
	} {
		if got := u.Unit(c.q); got != c.unit || u.Name(got) != c.name {
			t.Errorf("%+v is in %q, shown as %q", c.q, got, u.Name(got))
		}
	}
}

func TestTablesAreReadWholeOrNotAtAll(t *testing.T) {
	for name, bad := range map[string]string{
		"nothing":     ``,
		"no version":  `{"effective":"2026-01-01","sources":["x"]}`,
		"no source":   `{"version":"1","effective":"2026-01-01","sources":["x"],"conversions":[{"of":"x","from":"a","to":"b","times":"2"}]}`,
		"by nothing":  `{"version":"1","effective":"2026-01-01","sources":["x"],"conversions":[{"of":"x","from":"a","to":"b","over":"0","source":"s"}]}`,
		"no number":   `{"version":"1","effective":"2026-01-01","sources":["x"],"conversions":[{"of":"x","from":"a","to":"b","times":"two","source":"s"}]}`,
		"a huge one":  `{"version":"1","effective":"2026-01-01","sources":["x"],"conversions":[{"of":"x","from":"a","to":"b","times":"1e999999","source":"s"}]}`,
		"what is new": `{"version":"1","effective":"2026-01-01","sources":["x"],"weather":1}`,
	} {
		if _, err := Read([]byte(bad)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func FuzzConvert(f *testing.F) {
	f.Add("95", "mg/dL", "mmol/L", "2345-7")
	f.Add("-0.00", "Cel", "[degF]", "")
	f.Fuzz(func(t *testing.T, value, from, to, code string) {
		d, err := fhir.ParseDecimal(value)
		if err != nil {
			return
		}
		if got, ok := Published().Convert(d, from, to, []string{code}); ok && len(got.String()) > 200 {
			t.Fatalf("%s is %d letters long", value, len(got.String()))
		}
	})
}
