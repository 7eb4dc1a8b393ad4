package growth

import "math"

// Info says what a reference is. It stands beside everything that is worked out
// with it.
type Info struct {
	ID        string `json:"id"`        // a short name for programs, such as who-2006
	Name      string `json:"name"`      // as people are told it
	Version   string `json:"version"`   //
	Effective string `json:"effective"` // the day from which this version is meant to be used
	Source    string `json:"source"`    // who published the tables, and where
	Licence   string `json:"licence"`   //
	// SignedOff says who looked at these tables and lets them be used in care. It
	// is nil when nobody has.
	SignedOff *SignOff `json:"signedOff"`
	// Digest is the SHA-256 of the tables and how they are joined, in hex: two
	// references with one digest give the same answers.
	Digest string `json:"digest"`
}

// SignOff is the word of a clinician for a ruleset.
type SignOff struct {
	By string `json:"by"`
	On string `json:"on"`
}

// Reference is how children of one population grow: a table of L, M and S for
// each measure and sex, by age. It does not change, and many may use it at once.
type Reference struct {
	info    Info
	how     interpolation
	tails   tails
	spans   [measures][sexes][]span
	steps   []Step
	related [measures][]correlation
	written manifest // as it was read, to be written again
}

// span is the part of one table that a reference uses.
type span struct {
	from, to float64 // ages; both belong to it unless the next span begins there
	table    table
	method   Method
	piece    string
	smooth   bool // at from it has the values of the span before it: lines have no step there
}

// Step is an age at which a reference passes from one table to another, and lines
// do not meet.
type Step struct {
	Age    float64 // decimal years
	Piece  string  // the name of the table that begins there
	Method Method  // how length or height is measured from there on
}

// Info says what the reference is.
func (r *Reference) Info() Info { return r.info }

// Steps are the ages at which the tables change, in order. Lines have a step
// there, which a chart has to keep.
func (r *Reference) Steps() []Step { return r.steps }

// Draws says whether the line of a z-score is to be drawn. Beyond the lines that were
// published a table only guesses: the line of 2.67 standard deviations of CDC's weight of
// girls rises to 131 kg at 17, and falls from there.
func (r *Reference) Draws(m Measure, z float64) bool {
	most, said := r.written.Farthest[m.String()]
	return !said || math.Abs(z) <= most+1e-9
}

// Absence says why a reference has no answer.
type Absence int8

// Why there is no answer.
const (
	Present    Absence = iota
	NoTable            // the reference has no table for that measure and sex
	TooYoung           // the tables begin later
	TooOld             // the tables end earlier
	NotANumber         // the value is no number above zero, or too far out to be counted
	NoAge              // the day or the birth date is not known, or it is before birth
	SexUnknown         // tables are for boys or for girls
)

// find is the span that holds an age. At a boundary it is the older one.
func (r *Reference) find(m Measure, sex Sex, age float64) (*span, Absence) {
	if m < 0 || m >= measures || sex < 0 || sex >= sexes {
		return nil, NoTable
	}
	if sex == SexNotKnown {
		return nil, SexUnknown
	}
	all := r.spans[m][sex]
	if len(all) == 0 {
		return nil, NoTable
	}
	if age != age {
		return nil, NoAge
	}
	for i := len(all) - 1; i >= 0; i-- {
		if s := &all[i]; age >= s.from {
			if age > s.to {
				return nil, TooOld
			}
			return s, Present
		}
	}
	return nil, TooYoung
}

// Range is the youngest and the oldest age, in decimal years, for which there are
// lines. Both are zero when there is no table.
func (r *Reference) Range(m Measure, sex Sex) (from, to float64) {
	if m < 0 || m >= measures || sex <= SexNotKnown || sex >= sexes || len(r.spans[m][sex]) == 0 {
		return 0, 0
	}
	all := r.spans[m][sex]
	return all[0].from, all[len(all)-1].to
}

// LMS is what the reference says at an age in decimal years: exactly what stands
// in the table where the age does, and interpolated between. At an age where one
// table passes to the next, it is that of the older children.
func (r *Reference) LMS(m Measure, sex Sex, age float64) (LMS, Absence) {
	s, why := r.find(m, sex, age)
	if why != Present {
		return LMS{}, why
	}
	return s.table.at(age, r.how), Present
}

// Z is the z-score of a value (in Measure.Unit()) at an age in decimal years.
func (r *Reference) Z(m Measure, sex Sex, age, value float64) (float64, Absence) {
	p, why := r.LMS(m, sex, age)
	if why != Present {
		return 0, why
	}
	z := r.tails.z(p, m, sex, age, value)
	if !whole(z) {
		return 0, NotANumber
	}
	return z, Present
}

// Value is the measurement at a z-score, the inverse of Z.
func (r *Reference) Value(m Measure, sex Sex, age, z float64) (float64, Absence) {
	p, why := r.LMS(m, sex, age)
	if why != Present {
		return 0, why
	}
	x := r.tails.x(p, m, sex, age, z)
	if !whole(x) || x <= 0 {
		return 0, NotANumber
	}
	return x, Present
}

// Point is a place on a chart.
type Point struct {
	Age   float64 // decimal years
	Value float64 // in Measure.Unit()
}

// Line is one of the lines that a chart has.
type Line struct {
	Z      float64
	Name   string // 0.4th to 99.6th
	Dashed bool
}

// Lines are the nine lines of British charts, from the lowest. They lie two
// thirds of a standard deviation apart (T. J. Cole, Do growth chart centiles need
// a face lift?, 1994). None is to be drawn bolder than the others.
var Lines = [...]Line{
	{-8 * third, "0.4th", true},
	{-6 * third, "2nd", false},
	{-4 * third, "9th", true},
	{-2 * third, "25th", false},
	{0, "50th", true},
	{2 * third, "75th", false},
	{4 * third, "91st", true},
	{6 * third, "98th", false},
	{8 * third, "99.6th", true},
}

const third = 1.0 / 3

// Space is the distance between two lines, in standard deviations.
const Space = 2 * third
