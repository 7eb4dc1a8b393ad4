package growth

import (
	"math"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// restrictedWHO is WHO 2006 with its rule for far values.
var restrictedWHO = sync.OnceValue(func() *Reference {
	data, err := WHO2006().Append(nil)
	if err != nil {
		panic(err)
	}
	r, err := Read([]byte(strings.Replace(string(data), `"interpolation"`, `"tails": "who-restricted", "interpolation"`, 1)), nil)
	if err != nil {
		panic(err)
	}
	return r
})

// somewhere draws a reference, measure, sex and an age for which there are lines.
func somewhere(t *rapid.T) (r *Reference, m Measure, sex Sex, age float64) {
	all := append(Builtin(), restrictedWHO())
	r = all[rapid.IntRange(0, len(all)-1).Draw(t, "reference")] // its tables would fill the log of a failure
	m = rapid.SampledFrom(Measures[:]).Draw(t, "measure")
	sex = rapid.SampledFrom([]Sex{Male, Female}).Draw(t, "sex")
	from, to := r.Range(m, sex)
	if from == to {
		t.Skip("no table")
	}
	return r, m, sex, rapid.Float64Range(from, to).Draw(t, "age")
}

func TestMoreIsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, m, sex, age := somewhere(t)
		a := rapid.Float64Range(bounds[m][0], bounds[m][1]).Draw(t, "a")
		b := rapid.Float64Range(bounds[m][0], bounds[m][1]).Draw(t, "b")
		za, why := r.Z(m, sex, age, min(a, b))
		zb, why2 := r.Z(m, sex, age, max(a, b))
		if why != Present || why2 != Present {
			t.Fatalf("no score: %s, %s", why.Clinician(), why2.Clinician())
		}
		if za > zb || za == zb && math.Abs(a-b) > 1e-6*b && math.Abs(za) < 6 {
			t.Errorf("%g is %g and %g is %g", min(a, b), za, max(a, b), zb)
		}
		if ca, cb := Centile(za), Centile(zb); ca > cb || ca < 0 || cb > 100 {
			t.Errorf("centiles %g and %g", ca, cb)
		}
	})
}

func TestValueAndZAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, m, sex, age := somewhere(t)
		z := rapid.Float64Range(-5, 5).Draw(t, "z")
		x, why := r.Value(m, sex, age, z)
		if why == NotANumber {
			t.Skip("there is no such value")
		}
		back, why := r.Z(m, sex, age, x)
		if why != Present || math.Abs(back-z) > 1e-8 {
			t.Errorf("z %g is %g, which is z %g", z, x, back)
		}
	})
}

func TestLMSIsInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := LMS{rapid.Float64Range(-5, 5).Draw(t, "L"), rapid.Float64Range(0.5, 200).Draw(t, "M"), rapid.Float64Range(0.01, 0.3).Draw(t, "S")}
		if rapid.Bool().Draw(t, "near zero") {
			p.L = rapid.Float64Range(-1e-12, 1e-12).Draw(t, "little L")
		}
		z := rapid.Float64Range(-4, 4).Draw(t, "z")
		x := p.X(z)
		if math.IsNaN(x) {
			if !(1+p.L*p.S*z <= 0) {
				t.Fatalf("no value at z %g of %v", z, p)
			}
			return
		}
		if math.IsInf(x, 0) || x == 0 || x > 1e6*p.M || x < 1e-6*p.M {
			t.Skip("beyond what can be held exactly")
		}
		if back := p.Z(x); math.Abs(back-z) > 1e-6 {
			t.Errorf("%v: z %g is %g, which is z %g", p, z, x, back)
		}
	})
}

// TestLinesAreContinuous looks at lines within each table: between tables they
// have steps.
func TestLinesAreContinuous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, m, sex, age := somewhere(t)
		z := rapid.SampledFrom(Lines[:]).Draw(t, "line").Z
		const day = 1 / YearDays
		for _, s := range r.spans[m][sex] {
			if age < s.from || age >= s.to {
				continue
			}
			last := math.Inf(1)
			for _, d := range []float64{day, day / 16, day / 256} {
				next := min(age+d, math.Nextafter(s.to, 0))
				a, _ := r.Value(m, sex, age, z)
				b, why := r.Value(m, sex, next, z)
				if why != Present {
					t.Fatal(why.Clinician())
				}
				jump := math.Abs(b - a)
				if jump > 0.05*a || jump > last+1e-9 {
					t.Errorf("%s %s %s at %g: a step of %g in %g days", r.info.ID, m, sex, age, jump, d*YearDays)
				}
				last = jump
			}
		}
	})
}

func TestCentilesAndZAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.Float64Range(-8, 5).Draw(t, "z")
		if back := ZOf(Centile(z)); math.Abs(back-z) > 1e-9 {
			t.Errorf("z %g is centile %g, which is z %g", z, Centile(z), back)
		}
	})
	for _, c := range []float64{-1, 0, 100, 101, math.NaN()} {
		if z := ZOf(c); !math.IsNaN(z) {
			t.Errorf("the centile %g has z %g", c, z)
		}
	}
}

// TestFarTailsCanBeCounted holds the logarithm of the share above, where Erfc has
// run out of numbers, against its slope.
func TestFarTailsCanBeCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.Float64Range(0, 80).Draw(t, "z")
		if back := upperZ(logUpper(z)); math.Abs(back-z) > 1e-7*(1+z) {
			t.Errorf("z %g comes back as %g", z, back)
		}
	})
}
