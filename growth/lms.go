package growth

import "math"

// LMS are the three numbers that describe how a measurement is spread at one
// age (T. J. Cole, P. J. Green, Smoothing reference centile curves: the LMS
// method and penalized likelihood, 1992): the power that makes it normal, the
// median, and the coefficient of variation.
type LMS struct{ L, M, S float64 }

// Z is how many standard deviations x lies from the median (a z-score, or SDS).
// It is ((x/M)^L-1)/(L·S), and ln(x/M)/S where L is zero; written by way of expm1
// so that nothing is lost where L is close to zero. It is NaN unless x is above
// zero.
func (p LMS) Z(x float64) float64 {
	if !(x > 0) {
		return math.NaN()
	}
	log := math.Log(x / p.M)
	switch p.L {
	case 0:
		return log / p.S
	case 1:
		return (x/p.M - 1) / p.S
	}
	return math.Expm1(p.L*log) / (p.L * p.S)
}

// X is the measurement that lies z standard deviations from the median, the
// inverse of Z: M(1+LSz)^(1/L). It is NaN where there is none, which for L other
// than zero is so beyond z = -1/(LS).
func (p LMS) X(z float64) float64 {
	if p.L == 0 {
		return p.M * math.Exp(p.S*z)
	}
	inner := p.L * p.S * z
	if !(inner > -1) {
		return math.NaN()
	}
	if p.L == 1 {
		return p.M * (1 + inner)
	}
	return p.M * math.Exp(math.Log1p(inner)/p.L)
}
