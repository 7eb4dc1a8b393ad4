package chart

import (
	"cmp"
	"math"
	"slices"
)

// Growth is a growth chart: measurements of a child among the lines of a reference.
// It follows the rules for such charts (RCPCH, digital growth charts, client
// specification): lines are dashed or solid as they are told and all equally strong, a
// dot is the actual age and a cross the corrected one, a thin line joins the two, and
// measurements are never joined, since nobody knows what was between them.
type Growth struct {
	Text
	// From and To are the ages between which it is drawn, in years.
	From, To float64
	Unit     string    // of the values, as it is written
	Label    string    // over the axis of values
	Ages     [3]string // under the axis of ages, where it counts weeks, months or years
	Before   [3]string // the same, where it begins with weeks of pregnancy: From is below 0
	Centiles []Centile
	Target   *Target
	Steps    []Step
	Points   []Measured
	// What the legend says of a dot, of a cross, and of an arrow.
	Actual, Corrected, Beyond string
}

// Centile is one line of a reference. Its parts are not joined: between two of them
// lies a step, where one table ends and another one begins.
type Centile struct {
	Name   string // written at its end
	Dashed bool
	Parts  [][]Place // by age
}

// Place is an age in years, and a value.
type Place struct{ Age, Value float64 }

// Target is a range that is drawn behind the lines, as far as both edges reach.
type Target struct {
	Name      string // for the legend
	Low, High []Place
}

// Step is an age at which the reference changes.
type Step struct {
	Age  float64
	Text string // beside it; "" for none
}

// Measured is one measurement.
type Measured struct {
	Age       float64 // since birth, in years
	Corrected float64 // by the day on which birth was expected; NaN where it is not known
	Value     float64
}

// Scale is how large things are on paper, where a drawing is printed as it is. A
// growth chart is read with a ruler, so both numbers are ones that a ruler has.
type Scale struct {
	Age    AgeUnit // what the axis of ages counts
	Across float64 // millimetres of one of them
	Up     float64 // millimetres of one unit of the values
}

// AgeUnit is what ages are counted in.
type AgeUnit int

// Ages are counted in weeks, months or years, as the chart is wide.
const (
	Weeks AgeUnit = iota
	Months
	Years
)

// years is how long one is.
func (u AgeUnit) years() float64 { return [...]float64{7 / 365.25, 1.0 / 12, 1}[u] }

// GrowthDrawing is a growth chart, and what has to be said beside it.
type GrowthDrawing struct {
	SVG   string
	Scale Scale
	// Left and Right are where the ages From and To lie, as shares of the whole
	// width, for a script that zooms.
	Left, Right float64
	Shown       int // measurements that the drawing holds
	Cut         int // of those, how many lie above or below it: an arrow stands for each
	Outside     int // measurements before From or behind To
	Unknown     int // measurements with a number that can not be drawn
}

// A unit of the drawing is so many millimetres on paper. The plot then fits onto a sheet
// of A4 with its margins.
const (
	perUnit    = 0.3
	mostAcross = 135.0 // millimetres
	mostUp     = 150.0
)

// Draw draws it.
func (g Growth) Draw() GrowthDrawing {
	if !(g.From < g.To) || !drawable(g.From) || !drawable(g.To) || g.To-g.From < 1e-3 || g.To-g.From > 200 {
		g.From, g.To = 0, 1
	}
	d := GrowthDrawing{}
	seen := g.visible(&d)
	step, low, high := g.reach(seen)
	var f frame
	f.x0, f.x1, f.y0, f.y1 = g.From, g.To, low, high
	d.Scale.Age = ageUnit(f.x1 - f.x0)
	d.Scale.Across = ruler(mostAcross / (f.x1 - f.x0) * d.Scale.Age.years())
	d.Scale.Up = ruler(mostUp / (high - low))
	ys := numbers(low, high, int(math.Round((high-low)/step)))
	f.left = margin(ys)
	f.right = f.left + d.Scale.Across/d.Scale.Age.years()*(f.x1-f.x0)/perUnit
	whole := f.right + g.names()
	for _, p := range seen {
		if !f.holds(p.Value) {
			d.Cut++
		}
	}
	legend := g.legend(seen, d.Cut > 0)
	f.top = 12 + float64(rows(legend, whole-20)+1)*line
	f.bottom = f.top + d.Scale.Up*(high-low)/perUnit
	d.Left, d.Right = f.left/whole, f.right/whole
	c := &canvas{}
	c.sheet(g.Text, whole, f.bottom+34+line)
	c.legend(legend, 10, whole)
	g.grid(c, f, d.Scale.Age, ys)
	g.target(c, f)
	g.centiles(c, f)
	g.points(c, f, seen)
	d.SVG = c.close()
	return d
}

// visible sorts out what the drawing can hold.
func (g Growth) visible(d *GrowthDrawing) (seen []Measured) {
	for _, p := range g.Points {
		if !drawable(p.Age) || !drawable(p.Value) {
			d.Unknown++
			continue
		}
		crossed := drawable(p.Corrected) && p.Corrected >= g.From && p.Corrected <= g.To
		if (p.Age < g.From || p.Age > g.To) && !crossed {
			d.Outside++
			continue
		}
		seen = append(seen, p)
	}
	d.Shown = len(seen)
	return seen
}

// reach is how far the axis of values goes: as far as the lines do, and so far beyond
// them as a measurement may well lie. What lies farther is most often a slip, and would
// press the lines together; an arrow stands for it. Both ends lie on a line of the grid.
func (g Growth) reach(seen []Measured) (step, low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	take := func(v float64) { low, high = min(low, v), max(high, v) }
	for _, c := range g.Centiles {
		for _, part := range c.Parts {
			for _, p := range cutAges(part, g.From, g.To) {
				take(p.Value)
			}
		}
	}
	lined := low <= high
	room := (high - low) * 0.4
	least, most := low-room, high+room
	for _, p := range seen {
		if !lined || p.Value >= least && p.Value <= most {
			take(p.Value)
		}
	}
	if low > high {
		low, high = 0, 1
	}
	if high-low < 1e-6*max(1, math.Abs(high)) {
		low, high = low-max(1, math.Abs(low)*0.1), high+max(1, math.Abs(high)*0.1)
	}
	step = nice((high - low) / 12)
	return step, math.Floor(low/step+1e-9) * step, math.Ceil(high/step-1e-9) * step
}

// ageUnit is what ages are counted in, where so many years are drawn.
func ageUnit(years float64) AgeUnit {
	switch {
	case years <= 0.5:
		return Weeks
	case years <= 3:
		return Months
	}
	return Years
}

// ruler is the largest number of millimetres, or of a tenth or hundredth of one, that can
// be found on a ruler and is at most so many.
func ruler(atMost float64) float64 {
	e := math.Pow(10, math.Floor(math.Log10(atMost)))
	for _, m := range []float64{10, 8, 7.5, 6, 5, 4, 3, 2.5, 2, 1.5, 1.25} {
		if v := m * e; v <= atMost*(1+1e-9) {
			return v
		}
	}
	return e
}

// names is how much room the names of the lines need at their right.
func (g Growth) names() float64 {
	longest := 0
	for _, c := range g.Centiles {
		longest = max(longest, len([]rune(c.Name)))
	}
	return min(float64(longest)*letter+10, 120)
}

// cutAges is the part of a line between two ages, with its ends on them.
func cutAges(all []Place, from, to float64) (out []Place) {
	at := func(a, b Place, age float64) Place {
		return Place{age, a.Value + (b.Value-a.Value)*(age-a.Age)/(b.Age-a.Age)}
	}
	for i, p := range all {
		if !drawable(p.Age) || !drawable(p.Value) || i > 0 && !(p.Age >= all[i-1].Age) {
			return out
		}
		if i > 0 && all[i-1].Age < from && p.Age > from {
			out = append(out, at(all[i-1], p, from))
		}
		if p.Age >= from && p.Age <= to {
			out = append(out, p)
		}
		if i > 0 && all[i-1].Age < to && p.Age > to {
			return append(out, at(all[i-1], p, to))
		}
	}
	return out
}

// centiles draws the lines and writes their names at their ends, none over another.
func (g Growth) centiles(c *canvas, f frame) {
	var ends []lineEnd
	for _, one := range g.Centiles {
		last := lineEnd{x: -1, name: one.Name}
		dash := ""
		if one.Dashed {
			dash = "7 5"
		}
		for _, part := range one.Parts {
			var xs, ys []float64
			for _, p := range cutAges(part, f.x0, f.x1) {
				if f.holds(p.Value) {
					xs, ys = append(xs, f.x(p.Age)), append(ys, f.y(p.Value))
				}
			}
			c.path("bevan-growth-line", xs, ys, dash, "1.4")
			if n := len(xs); n > 1 {
				last.x, last.y = xs[n-1], ys[n-1]
			}
		}
		if last.x >= 0 {
			ends = append(ends, last)
		}
	}
	for _, e := range apart(ends, endRoom) {
		c.text(e.x+5, max(min(e.y+5, f.bottom), endRoom), "start", e.name)
	}
}

// lineEnd is where a line ends, and its name.
type lineEnd struct {
	x, y float64
	name string
}

// endRoom is how far names of lines lie from each other.
const endRoom = 17.0

// apart moves ends so far up and down that none is nearer than room to the next one,
// and together no farther than they have to be: those that crowd share their middle.
func apart(all []lineEnd, room float64) []lineEnd {
	slices.SortStableFunc(all, func(a, b lineEnd) int { return cmp.Compare(a.y, b.y) })
	type crowd struct {
		first, n int
		top      float64 // where the first of them would lie, in the mean of all
	}
	var crowds []crowd
	for i, e := range all {
		now := crowd{i, 1, e.y}
		for k := len(crowds) - 1; k >= 0 && crowds[k].top+float64(crowds[k].n)*room > now.top; k-- {
			before := crowds[k]
			n := before.n + now.n
			now = crowd{before.first, n, (before.top*float64(before.n) + (now.top-float64(before.n)*room)*float64(now.n)) / float64(n)}
			crowds = crowds[:k]
		}
		crowds = append(crowds, now)
	}
	for _, c := range crowds {
		for i := range c.n {
			all[c.first+i].y = c.top + float64(i)*room
		}
	}
	return all
}

// target draws the range behind the lines.
func (g Growth) target(c *canvas, f frame) {
	if g.Target == nil {
		return
	}
	low, high := cutAges(g.Target.Low, f.x0, f.x1), cutAges(g.Target.High, f.x0, f.x1)
	if len(low) < 2 || len(high) < 2 {
		return
	}
	slices.Reverse(low)
	c.put(`<path class="bevan-chart-band" fill="currentColor" fill-opacity="0.12" stroke="none" d="`)
	for i, p := range append(high, low...) {
		op := "L"
		if i == 0 {
			op = "M"
		}
		c.put(op, n(f.x(p.Age)), " ", n(f.y(min(max(p.Value, f.y0), f.y1))))
	}
	c.put(`z"/>`)
}

// points draws the measurements: a dot, a cross, and a thin line between.
func (g Growth) points(c *canvas, f frame, seen []Measured) {
	c.put(`<g class="bevan-growth-points">`)
	for _, p := range seen {
		x, cx := f.x(min(max(p.Age, f.x0), f.x1)), math.NaN()
		if drawable(p.Corrected) && p.Corrected >= f.x0 && p.Corrected <= f.x1 {
			cx = f.x(p.Corrected)
		}
		in := p.Age >= f.x0 && p.Age <= f.x1
		switch {
		case p.Value > f.y1:
			c.beyond(orX(in, x, cx), f.top+10, true)
			continue
		case p.Value < f.y0:
			c.beyond(orX(in, x, cx), f.bottom-10, false)
			continue
		}
		y := f.y(p.Value)
		if !math.IsNaN(cx) {
			c.stroke("bevan-growth-gap", x, y, cx, y, "")
			c.put(`<path class="bevan-growth-cross" d="M`, n(cx-4.5), " ", n(y-4.5), `l9 9m0 -9l-9 9" stroke-width="1.8"/>`)
		}
		if in {
			c.put(`<circle class="bevan-growth-dot" cx="`, n(x), `" cy="`, n(y), `" r="3.2" fill="currentColor" stroke="none"/>`)
		}
	}
	c.put(`</g>`)
}

func orX(in bool, x, other float64) float64 {
	if in {
		return x
	}
	return other
}
