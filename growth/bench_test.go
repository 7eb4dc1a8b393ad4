package growth

import (
	"math"
	"testing"
)

// BenchmarkCentiles is how many centiles a core works out in a second: look up an
// age, interpolate, LMS, and the normal distribution. The floor is the arithmetic
// alone, by the plain formula.
func BenchmarkCentiles(b *testing.B) {
	perSecond := func(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "centiles/s") }
	for _, r := range []*Reference{WHO(), CDC2000()} {
		b.Run(r.Info().ID, func(b *testing.B) {
			b.ReportAllocs()
			ages := make([]float64, 1024)
			from, to := r.Range(Weight, Male)
			for i := range ages {
				ages[i] = from + (to-from)*math.Mod(float64(i)*0.618034, 1)
			}
			sum, i := 0.0, 0
			for b.Loop() {
				s := r.ScoreAt(Weight, Male, ages[i&1023], 12)
				sum += s.Centile
				i++
			}
			if sum == 0 {
				b.Fatal("no centile")
			}
			perSecond(b)
		})
	}
	b.Run("floor", func(b *testing.B) {
		p := LMS{-0.1, 12, 0.11}
		sum, x := 0.0, 11.0
		for b.Loop() {
			z := (math.Pow(x/p.M, p.L) - 1) / (p.L * p.S)
			sum += 50 * math.Erfc(-z/math.Sqrt2)
			x += 1e-6
		}
		if sum == 0 {
			b.Fatal("no centile")
		}
		perSecond(b)
	})
	b.Run("assess", func(b *testing.B) {
		b.ReportAllocs()
		c := Child{Born: NewDate(2025, 1, 1), Sex: Female, Gestation: 30*7 + 3}
		m := Measurement{Of: Weight, Value: 7.1, On: NewDate(2025, 7, 1)}
		for b.Loop() {
			if r := WHO().Assess(c, m, ForLife); !r.Corrected.Known() {
				b.Fatal("no score")
			}
		}
		perSecond(b)
	})
}

// BenchmarkReadReference is what a reference of the program costs when it is first
// used, and what a series costs to review.
func BenchmarkReadReference(b *testing.B) {
	for b.Loop() {
		if _, err := Read(whoText, func(name string) ([]byte, error) { return builtTables[name], nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReview(b *testing.B) {
	c := Child{Born: NewDate(2020, 1, 1), Sex: Male, Gestation: 280}
	var series []Measurement
	for i := range 60 {
		on := c.Born + Date(30*i)
		x, _ := WHO().Value(Weight, c.Sex, c.Age(on), 0.3)
		y, _ := WHO().Value(Height, c.Sex, c.Age(on), 0.3)
		series = append(series, Measurement{Of: Weight, Value: x, On: on}, Measurement{Of: Height, Value: y, On: on})
	}
	b.ReportAllocs()
	for b.Loop() {
		WHO().Review(c, series, Options{})
	}
}
