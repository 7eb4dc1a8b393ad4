package growth

import (
	"errors"
	"fmt"
	"math"
)

// correlationText is how strongly the z-scores of children at two ages hang
// together, as a reference publishes it.
type correlationText struct {
	Measure string  `json:"measure"`
	From    float64 `json:"from"` // decimal years
	To      float64 `json:"to"`
	R       float64 `json:"r"`
}

// correlation is one entry of the table.
type correlation struct{ from, to, r float64 }

const maxCorrelations = 10_000

// relate takes the correlations of a reference.
func (r *Reference) relate(all []correlationText) error {
	if len(all) > maxCorrelations {
		return fmt.Errorf("there are more than %d correlations", maxCorrelations)
	}
	for i, c := range all {
		m, ok := ParseMeasure(c.Measure)
		switch {
		case !ok:
			return fmt.Errorf("correlation %d: %.40q is no measure", i+1, c.Measure)
		case !whole(c.From) || !whole(c.To) || c.From < youngest || c.To > oldest || c.From >= c.To:
			return fmt.Errorf("correlation %d: from has to be a younger age than to", i+1)
		case !(c.R > 0 && c.R < 1):
			return fmt.Errorf("correlation %d: r is %g, and has to lie between 0 and 1", i+1, c.R)
		}
		r.related[m] = append(r.related[m], correlation{c.From, c.To, c.R})
	}
	return nil
}

// ErrNoCorrelation says that a reference has no correlation for a pair of ages.
var ErrNoCorrelation = errors.New("this reference does not say how measurements at these two ages hang together")

// ageSlack is how far an age may lie from the one in a table of correlations to be
// taken for it: half a week.
const ageSlack = 3.5 / YearDays

// Correlation is the correlation between z-scores at two ages in decimal years: the
// entry within half a week of both, or else between the four entries around
// them, in proportion (bilinear). Nothing is carried on beyond the table.
func (r *Reference) Correlation(m Measure, from, to float64) (float64, error) {
	if m < 0 || m >= measures || !(from < to) {
		return 0, ErrNoCorrelation
	}
	if c, ok := r.exactly(m, from, to); ok {
		return c, nil
	}
	f0, f1, ok1 := r.around(m, from, func(c correlation) float64 { return c.from })
	t0, t1, ok2 := r.around(m, to, func(c correlation) float64 { return c.to })
	if !ok1 || !ok2 {
		return 0, ErrNoCorrelation
	}
	a, okA := r.entry(m, f0, t0)
	b, okB := r.entry(m, f0, t1)
	c, okC := r.entry(m, f1, t0)
	d, okD := r.entry(m, f1, t1)
	if !okA || !okB || !okC || !okD {
		return 0, ErrNoCorrelation
	}
	u, v := share(f0, f1, from), share(t0, t1, to)
	return (1-u)*((1-v)*a+v*b) + u*((1-v)*c+v*d), nil
}

// share is how far x lies on the way from a to b.
func share(a, b, x float64) float64 {
	if a == b {
		return 0
	}
	return (x - a) / (b - a)
}

// exactly is the entry that is nearest to both ages, within the slack.
func (r *Reference) exactly(m Measure, from, to float64) (float64, bool) {
	best, found := math.Inf(1), 0.0
	for _, c := range r.related[m] {
		a, b := math.Abs(c.from-from), math.Abs(c.to-to)
		if a <= ageSlack && b <= ageSlack && a+b < best {
			best, found = a+b, c.r
		}
	}
	return found, !math.IsInf(best, 1)
}

// around are the ages of the table on both sides of one; they are one and the same
// where the table has it.
func (r *Reference) around(m Measure, age float64, of func(correlation) float64) (below, above float64, ok bool) {
	below, above = math.Inf(-1), math.Inf(1)
	for _, c := range r.related[m] {
		if x := of(c); x <= age {
			below = max(below, x)
		}
		if x := of(c); x >= age {
			above = min(above, x)
		}
	}
	return below, above, !math.IsInf(below, 0) && !math.IsInf(above, 0)
}

func (r *Reference) entry(m Measure, from, to float64) (float64, bool) {
	for _, c := range r.related[m] {
		if c.from == from && c.to == to {
			return c.r, true
		}
	}
	return 0, false
}

// ConditionalGain is how unusual a change is for a child who began where this one
// did, in standard deviations: (z2-r·z1)/√(1-r²) (T. J. Cole, Conditional
// reference charts to assess weight gain in British infants, 1995). Children far
// from the middle tend towards it, which a plain difference of z-scores does not
// know.
func (r *Reference) ConditionalGain(m Measure, from, to, z1, z2 float64) (float64, error) {
	c, err := r.Correlation(m, from, to)
	if err != nil {
		return 0, err
	}
	return (z2 - c*z1) / math.Sqrt(1-c*c), nil
}

// ThriveZ is the z-score that a child who was at z1 has reached at the later age
// when its gain is at a z-score of gain: with gain = ZOf(5), the end of a thrive
// line, below which one child in twenty gains.
func (r *Reference) ThriveZ(m Measure, from, to, z1, gain float64) (float64, error) {
	c, err := r.Correlation(m, from, to)
	if err != nil {
		return 0, err
	}
	return c*z1 + gain*math.Sqrt(1-c*c), nil
}
