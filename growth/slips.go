package growth

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// slip is a way in which a number goes wrong on its way to the record.
type slip struct {
	unit   string  // what the number looks like
	factor float64 // what it has to be multiplied with
}

// unitSlips are numbers in another unit than was meant. Factors are exact.
var unitSlips = [measures][]slip{
	Weight: {{"pounds", 0.45359237}, {"grams", 0.001}},
	Height: {{"inches", 2.54}, {"metres", 100}, {"millimetres", 0.1}},
	Head:   {{"inches", 2.54}, {"millimetres", 0.1}},
}

// slip says whether a measurement is far from the child's own line, or from all
// children where there is none, while the same number in another unit or with two
// digits the other way round would lie on it.
func (w *reviewer) slip(all []*Result, i int) bool {
	r := all[i]
	if r.Chronological.Why == NoAge || r.Chronological.Why == SexUnknown {
		return false
	}
	own, alone := ownLine(all, i)
	away, fits := w.rules.Slips.Away, w.rules.Slips.Fits
	if alone {
		away, fits = w.rules.Slips.Alone, w.rules.Slips.FitsAlone
	}
	s := r.Score()
	if s.Known() && math.Abs(s.Z-own) <= away {
		return false
	}
	fit := func(value float64) bool {
		mended := w.ref.ScoreAt(r.Of, w.child.Sex, s.Age, value)
		return mended.Known() && math.Abs(mended.Z-own) <= fits
	}
	for _, u := range unitSlips[r.Of] {
		if mended := r.Value * u.factor; fit(mended) {
			w.add("unit-"+u.unit, Check, r,
				fmt.Sprintf("%s would fit as %s (%s %s).", valueText(r.Measurement), u.unit, number(mended), r.Of.Unit()))
			return true
		}
	}
	for _, mended := range transposed(r.Value) {
		if fit(mended) {
			w.add("digits", Check, r,
				fmt.Sprintf("%s would fit with two digits exchanged (%s %s).", valueText(r.Measurement), number(mended), r.Of.Unit()))
			return true
		}
	}
	return false
}

// ownLine is the middle z-score of up to two measurements before and two after
// one. Without any it is that of all children, zero. Where there are only two in
// all, the one that is further out is in doubt, so that both are not.
func ownLine(all []*Result, i int) (z float64, alone bool) {
	var near []float64
	take := func(k, end, step int) {
		for n := 0; k != end && n < 2; k += step {
			if s := all[k].Score(); s.Known() && math.Abs(s.Z) <= tooFar {
				near, n = append(near, s.Z), n+1
			}
		}
	}
	take(i-1, -1, -1)
	take(i+1, len(all), 1)
	if len(near) == 0 {
		return 0, true
	}
	if s := all[i].Score(); len(near) == 1 && s.Known() && math.Abs(s.Z) < math.Abs(near[0]) {
		return s.Z, false
	}
	slices.Sort(near)
	if n := len(near); n%2 == 0 {
		return (near[n/2-1] + near[n/2]) / 2, false
	}
	return near[len(near)/2], false
}

// transposed are the numbers that two neighbouring digits make the other way round.
func transposed(x float64) (out []float64) {
	digits := []byte(strconv.FormatFloat(x, 'f', -1, 64))
	if len(digits) > 8 {
		return nil // worked out rather than typed
	}
	for i := range digits {
		j := i + 1
		if j < len(digits) && digits[j] == '.' {
			j++
		}
		if j >= len(digits) || digits[i] == '.' || digits[i] == digits[j] || i == 0 && digits[j] == '0' {
			continue
		}
		other := slices.Clone(digits)
		other[i], other[j] = other[j], other[i]
		if v, err := strconv.ParseFloat(string(other), 64); err == nil {
			out = append(out, v)
		}
	}
	return out
}

// swappedFields finds weight and height of one day that were written the other way
// round: each is impossible where it stands, and usual where the other does.
func (w *reviewer) swappedFields(doubted map[*Result]bool) {
	heights := map[Date]*Result{}
	for _, r := range w.by[Height] {
		heights[r.On] = r
	}
	odd := func(r *Result) bool {
		s := r.Score()
		return s.Why == NotANumber || s.Known() && math.Abs(s.Z) > w.rules.Slips.Alone
	}
	usual := func(m Measure, age, value float64) bool {
		s := w.ref.ScoreAt(m, w.child.Sex, age, value)
		return s.Known() && math.Abs(s.Z) <= w.rules.Slips.FitsAlone+1
	}
	for _, a := range w.by[Weight] {
		b := heights[a.On]
		if b == nil || !odd(a) || !odd(b) || !usual(Height, a.Score().Age, a.Value) || !usual(Weight, b.Score().Age, b.Value) {
			continue
		}
		doubted[a], doubted[b] = true, true
		w.add("fields", Check, a,
			fmt.Sprintf("Weight %s and height %s would fit the other way round.", valueText(a.Measurement), valueText(b.Measurement)))
	}
}
