package growth

import "math"

// Score is where a value lies at one age.
type Score struct {
	Age     float64 // decimal years
	Why     Absence // Present when the rest holds
	Z       float64 // standard deviations from the median
	Centile float64 // percent of children who have less
	Band    Band
	Piece   string // the name of the table
	Method  Method // how length or height is measured in that table
}

// Known says whether there is a score.
func (s *Score) Known() bool { return s.Why == Present }

// Result is what a reference says of one measurement.
type Result struct {
	Measurement
	// Reference is the one that gave the scores.
	Reference Info
	// Chronological is by the time since birth, Corrected by what it would have been
	// after a pregnancy of 40 weeks. Where age is not corrected the two are the same.
	Chronological, Corrected Score
	// IsCorrected says that age was corrected. Then Corrected is the score to go by.
	IsCorrected bool
	// Findings are doubts about the measurement itself.
	Findings []Finding
}

// Score is the one to go by: corrected where the rule corrects.
func (r *Result) Score() *Score {
	if r.IsCorrected {
		return &r.Corrected
	}
	return &r.Chronological
}

// ScoreAt is where a value (in Measure.Unit()) lies at an age in decimal years.
func (r *Reference) ScoreAt(m Measure, sex Sex, age, value float64) Score {
	s := Score{Age: age}
	at, why := r.find(m, sex, age)
	if s.Why = why; why != Present {
		return s
	}
	s.Piece, s.Method = at.piece, at.method
	z := r.tails.z(at.table.at(age, r.how), m, sex, age, value)
	if !whole(z) {
		s.Why = NotANumber
		return s
	}
	s.Z, s.Centile, s.Band = z, Centile(z), BandOf(z)
	return s
}

// Assess says where one measurement of a child lies, by its age and by its
// corrected age, and what is odd about it. It does not know the child's other
// measurements: Review does.
func (r *Reference) Assess(c Child, m Measurement, rule Correction) Result {
	out := Result{Measurement: m, Reference: r.info}
	if c.Born == 0 || m.On == 0 || m.On < c.Born {
		age := math.NaN()
		out.Chronological = Score{Age: age, Why: NoAge}
		out.Corrected = out.Chronological
		out.Findings = doubts(nil, c, &out)
		return out
	}
	out.Chronological = r.ScoreAt(m.Of, c.Sex, c.Age(m.On), m.Value)
	age, corrected := c.CorrectedAge(m.On, rule)
	out.Corrected, out.IsCorrected = out.Chronological, corrected
	if corrected && age != out.Chronological.Age {
		out.Corrected = r.ScoreAt(m.Of, c.Sex, age, m.Value)
	}
	out.Findings = doubts(nil, c, &out)
	return out
}

// Pregnancies that end with a living child last 22 to 44 completed weeks.
const (
	leastGestation = 22 * 7
	mostGestation  = 44*7 + 6
)

func plausibleGestation(days int) bool { return days >= leastGestation && days <= mostGestation }
