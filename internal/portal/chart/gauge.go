package chart

import "math"

// Gauge shows one value on its usual range.
type Gauge struct {
	Text
	Value     float64
	Sign      Sign
	Low, High float64 // of the range; an open side is NaN
}

// Draw draws it: the range is a box, the ends of which have their numbers, and
// the value a mark above it. With no range, or no number, there is nothing to draw
// and the SVG is empty.
func (g Gauge) Draw() Drawing {
	d := Drawing{Rows: []Row{{Point: Point{Y: g.Value, Sign: g.Sign}}}}
	if !drawable(g.Value) {
		d.Unknown = 1
		return d
	}
	if !drawable(g.Low) && !drawable(g.High) || g.Low > g.High {
		return d
	}
	low, high := g.ends()
	f := frame{left: 16, right: width - 16, x0: low, x1: high, y1: 1}
	at := g.Value
	if at < low || at > high {
		d.Cut = 1
		at = min(max(at, low), high)
	}
	c := &canvas{}
	c.open(g.Text, 62)
	from, to := f.left, f.right
	if drawable(g.Low) {
		from = f.x(g.Low)
	}
	if drawable(g.High) {
		to = f.x(g.High)
	}
	c.stroke("bevan-chart-axis", f.left, 27, f.right, 27, "")
	c.area(from, 18, to-from, 18)
	for _, edge := range []float64{g.Low, g.High} {
		if drawable(edge) {
			c.stroke("bevan-chart-edge", f.x(edge), 16, f.x(edge), 38, "")
			c.text(f.x(edge), 56, "middle", number(edge, places(edge)))
		}
	}
	switch x := f.x(at); {
	case d.Cut > 0 && g.Value > high:
		c.put(`<path class="bevan-chart-beyond" d="M`, n(x-2), ` 18l14 9l-14 9z" fill="currentColor"/>`)
	case d.Cut > 0:
		c.put(`<path class="bevan-chart-beyond" d="M`, n(x+2), ` 18l-14 9l14 9z" fill="currentColor"/>`)
	default:
		c.put(`<path class="bevan-chart-value" d="M`, n(x), ` 27l-7 -14h14z" fill="currentColor"/>`)
	}
	d.SVG = c.close()
	return d
}

// ends are how far the gauge reaches: as far again as the range on both sides.
func (g Gauge) ends() (low, high float64) {
	low, high = g.Low, g.High
	switch {
	case !drawable(low):
		low = min(0, high-math.Abs(high))
	case !drawable(high):
		high = low + max(math.Abs(low), 1)
	}
	air := max((high-low)*0.75, math.Abs(high)*1e-6, 1e-90)
	return low - air, high + air
}

// places is how many decimals a number was given with, to six.
func places(f float64) int {
	for p := range 6 {
		if scaled := f * math.Pow(10, float64(p)); math.Abs(scaled-math.Round(scaled)) < 1e-9*max(1, math.Abs(scaled)) {
			return p
		}
	}
	return 6
}
