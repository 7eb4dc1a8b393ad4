package growth

import "math"

// Centile is the share of children below z, in percent.
func Centile(z float64) float64 { return 50 * math.Erfc(-z/math.Sqrt2) }

// ZOf is the z-score at a centile in percent, the inverse of Centile. It is NaN
// unless the centile lies between 0 and 100.
func ZOf(centile float64) float64 {
	switch {
	case !(centile > 0 && centile < 100):
		return math.NaN()
	case centile <= 50:
		return -upperZ(math.Log(centile / 100))
	default:
		return upperZ(math.Log1p(-centile / 100))
	}
}

// logUpper is the logarithm of the share above z, for any z.
func logUpper(z float64) float64 {
	if z < 30 {
		return math.Log(math.Erfc(z/math.Sqrt2) / 2)
	}
	// Erfc runs out of numbers at 38; from here on the first terms of its
	// asymptotic series are exact to the last digit.
	w := 1 / (z * z)
	return -z*z/2 - math.Log(z*math.Sqrt(2*math.Pi)) + math.Log1p(-w*(1-3*w*(1-5*w)))
}

// upperZ is the z above which a share of e^q lies, for a share of at most one
// half. Newton's method on the logarithm, which is nearly a parabola, doubles the
// right digits with each step; the first guess has at least one.
func upperZ(q float64) float64 {
	z := math.Sqrt(max(0, -2*(q+math.Ln2)))
	for range 12 {
		// The slope of logUpper is minus density by share above.
		up := logUpper(z)
		slope := -math.Exp(-z*z/2-up) / math.Sqrt(2*math.Pi)
		step := (up - q) / slope
		z -= step
		if math.Abs(step) <= 1e-13*(1+math.Abs(z)) {
			break
		}
	}
	return z
}
