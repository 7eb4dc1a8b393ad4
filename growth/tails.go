package growth

import "math"

// tails are the rules for values far from the median, which some references have.
type tails int8

const (
	// plain follows the LMS values however far out a value lies.
	plain tails = iota
	// restricted is WHO's rule for weight and body mass index: beyond three standard
	// deviations each further one is as wide as the one between the second and the
	// third (WHO Child Growth Standards: methods and development, 2006, chapter 7).
	restricted
	// extended is CDC's rule for body mass index above the 95th centile (CDC
	// extended BMI-for-age, 2022; C. M. Hales and others, NCHS Series 2 no. 197): half
	// a normal distribution, whose width grows with age, on top of it.
	extended
)

var tailNames = [...]string{plain: "", restricted: "who-restricted", extended: "cdc-extended-bmi"}

// far is where WHO's rule begins.
const far = 3

func (t tails) z(p LMS, m Measure, sex Sex, age, x float64) float64 {
	z := p.Z(x)
	switch {
	case t == restricted && (m == Weight || m == BMI) && math.Abs(z) > far:
		edge, width := p.restrict(math.Copysign(1, z))
		return math.Copysign(far+math.Abs(x-edge)/width, z)
	case t == extended && m == BMI && z > top:
		u := (x - p.X(top)) / extendedWidth(sex, age)
		return upperZ(math.Log(extendedShare) + logUpper(u))
	}
	return z
}

func (t tails) x(p LMS, m Measure, sex Sex, age, z float64) float64 {
	switch {
	case t == restricted && (m == Weight || m == BMI) && math.Abs(z) > far:
		sign := math.Copysign(1, z)
		edge, width := p.restrict(sign)
		return edge + sign*(math.Abs(z)-far)*width
	case t == extended && m == BMI && z > top:
		u := upperZ(logUpper(z) - math.Log(extendedShare))
		return p.X(top) + extendedWidth(sex, age)*u
	}
	return p.X(z)
}

// restrict is the value at three standard deviations on one side, and the width
// of the one before.
func (p LMS) restrict(sign float64) (edge, width float64) {
	edge = p.X(sign * far)
	return edge, math.Abs(edge - p.X(sign*(far-1)))
}

// top is the z-score of the 95th centile, above which CDC's rule begins, and
// extendedShare the share of children whom its half distribution describes.
const (
	top           = 1.6448536269514722
	extendedShare = 0.1
)

// extendedWidth is the standard deviation of CDC's half distribution, in kg/m², at
// an age in years.
func extendedWidth(sex Sex, age float64) float64 {
	if sex == Male {
		return 0.3728 + 0.5196*age - 0.0091*age*age
	}
	return 0.8334 + 0.3712*age - 0.0011*age*age
}
