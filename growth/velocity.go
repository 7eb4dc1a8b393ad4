package growth

import "fmt"

// Velocity is how fast something grew between two measurements.
type Velocity struct {
	Days    int
	Years   float64
	Change  float64 // in Measure.Unit()
	PerYear float64
	// Spaces is how many spaces between lines were crossed, below zero downwards. It is
	// known when both measurements have a score.
	Spaces      float64
	SpacesKnown bool
	// Soon says that the time between them is short: measurements differ by chance
	// by about as much as children grow in it.
	Soon bool
}

// Short is the time below which a velocity says little: a year for height, four
// weeks for everything else (days).
func Short(m Measure) int {
	if m == Height {
		return 365
	}
	return 28
}

// Velocity is how fast a child grew from one result to a later one of the same
// measure. It fails when there is no day between them.
func (r *Reference) Velocity(a, b *Result) (Velocity, error) {
	if a.Of != b.Of {
		return Velocity{}, fmt.Errorf("%s and %s are not the same", a.Of, b.Of)
	}
	days := int(b.On - a.On)
	if a.On == 0 || b.On == 0 || days <= 0 {
		return Velocity{}, fmt.Errorf("the second measurement has to be on a later day than the first")
	}
	v := Velocity{Days: days, Years: float64(days) / YearDays, Change: b.Value - a.Value, Soon: days < Short(a.Of)}
	v.PerYear = v.Change / v.Years
	if x, y := a.Score(), b.Score(); x.Known() && y.Known() {
		v.Spaces, v.SpacesKnown = SpacesBetween(x.Z, y.Z), true
	}
	return v, nil
}

// ThriveLine is the line of a child who begins at z1 and gains at a centile of
// conditional gain (5 for the line below which one child in twenty gains), at the
// ages given, in decimal years. It needs the correlation between each age and the
// next.
func (r *Reference) ThriveLine(m Measure, sex Sex, z1, centile float64, ages []float64) ([]Point, error) {
	gain := ZOf(centile)
	if !whole(gain) {
		return nil, fmt.Errorf("the centile has to lie between 0 and 100")
	}
	var out []Point
	z := z1
	for i, age := range ages {
		if i > 0 {
			var err error
			if z, err = r.ThriveZ(m, ages[i-1], age, z, gain); err != nil {
				return nil, err
			}
		}
		x, why := r.Value(m, sex, age, z)
		if why != Present {
			return nil, fmt.Errorf("at %g years: %s", age, why.Clinician())
		}
		out = append(out, Point{age, x})
	}
	return out, nil
}
