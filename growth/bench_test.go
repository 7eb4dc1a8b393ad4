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
