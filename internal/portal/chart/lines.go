package chart

import (
	"cmp"
	"math"
	"slices"
)

// Lines is a chart of values over time, or over another number such as an age.
type Lines struct {
	Text
	X, Y   Axis
	Series []Series
	Bands  []Band
	Guides []Guide
	// Gap is the distance on the x axis over which two points are no more joined:
	// a line there would claim values that nobody measured. Zero is three times the
	// usual distance between the points of a series.
	Gap float64
	// BoundName stands in the legend for values of which only one side is known,
	// and BeyondName for those that lie outside of the chart.
	BoundName, BeyondName string
}

// frame is where the plot lies in the drawing, and what its sides mean.
type frame struct {
	left, top, right, bottom float64
	x0, x1, y0, y1           float64
}

func (f frame) x(v float64) float64 {
	return f.left + (v-f.x0)/(f.x1-f.x0)*(f.right-f.left)
}

func (f frame) y(v float64) float64 {
	return f.bottom - (v-f.y0)/(f.y1-f.y0)*(f.bottom-f.top)
}

func (f frame) holds(v float64) bool { return v >= f.y0 && v <= f.y1 }

// Draw draws it.
func (l Lines) Draw() Drawing {
	var d Drawing
	seen, low, high := l.visible(&d)
	var f frame
	f.x0, f.x1 = l.across(seen)
	f.y0, f.y1 = span(l.Y, low, high)
	ys := l.Y.ticks(f.y0, f.y1, 6, l.Months)
	f.left, f.right = margin(ys), width-14
	c := &canvas{}
	for _, s := range seen {
		for _, p := range s {
			if !f.holds(p.Y) {
				d.Cut++
			}
		}
	}
	legend := l.legend(d.Cut > 0)
	f.top = 10 + float64(rows(legend, width-20))*line
	if l.Y.Label != "" {
		f.top += line
	}
	f.bottom = f.top + 216
	height := f.bottom + 34
	if l.X.Label != "" {
		height += line
	}
	c.open(l.Text, height)
	c.legend(legend, 10, width)
	l.bands(c, f)
	l.axes(c, f, ys)
	for _, g := range l.Guides {
		l.guide(c, f, g)
	}
	for i, s := range seen {
		d.Thinned += l.series(c, f, i, s)
	}
	d.SVG = c.close()
	return d
}

// visible sorts out the points that the window holds, and how far they reach.
func (l Lines) visible(d *Drawing) (seen [][]Point, low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	reach := func(v float64) {
		if drawable(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	for i, s := range l.Series {
		var in []Point
		for _, p := range s.Points {
			if l.X.set() && drawable(p.X) && (p.X < l.X.From || p.X > l.X.To) {
				continue
			}
			d.Rows = append(d.Rows, Row{i, p})
			if !drawable(p.X) || !drawable(p.Y) {
				d.Unknown++
				continue
			}
			in = append(in, p)
			reach(p.Y)
		}
		slices.SortStableFunc(in, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
		seen = append(seen, in)
	}
	slices.SortStableFunc(d.Rows, func(a, b Row) int { return cmp.Compare(a.X, b.X) })
	for _, b := range l.Bands {
		reach(b.Low)
		reach(b.High)
	}
	for _, g := range l.Guides {
		for _, p := range g.Points {
			reach(p.Y)
		}
	}
	return seen, low, high
}

// across is what the x axis spans.
func (l Lines) across(seen [][]Point) (from, to float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range seen {
		if len(s) > 0 {
			low, high = min(low, s[0].X), max(high, s[len(s)-1].X)
		}
	}
	for _, g := range l.Guides {
		for _, p := range g.Points {
			if drawable(p.X) {
				low, high = min(low, p.X), max(high, p.X)
			}
		}
	}
	return span(l.X, low, high)
}

// margin is as wide as the longest label needs.
func margin(all []tick) float64 {
	longest := 0
	for _, t := range all {
		longest = max(longest, len([]rune(t.text)))
	}
	return min(max(float64(longest)*letter+16, 34), 150)
}

// bands draws the usual ranges: tinted, between dashed edges.
func (l Lines) bands(c *canvas, f frame) {
	for _, b := range l.Bands {
		low, high := b.Low, b.High
		if !drawable(low) {
			low = f.y0
		}
		if !drawable(high) {
			high = f.y1
		}
		left, right := f.x0, f.x1
		if b.From != b.To {
			left, right = max(b.From, f.x0), min(b.To, f.x1)
		}
		if !(low <= high) || high < f.y0 || low > f.y1 || !(left < right) || !drawable(b.Low) && !drawable(b.High) {
			continue
		}
		top, bottom := f.y(min(high, f.y1)), f.y(max(low, f.y0))
		c.area(f.x(left), top, f.x(right)-f.x(left), bottom-top)
		for _, edge := range []float64{b.Low, b.High} {
			if drawable(edge) && f.holds(edge) {
				c.stroke("bevan-chart-edge", f.x(left), f.y(edge), f.x(right), f.y(edge), "5 4")
			}
		}
	}
}

// axes draws lines and labels of both axes.
func (l Lines) axes(c *canvas, f frame, ys []tick) {
	for _, t := range ys {
		y := f.y(t.at)
		c.put(`<path class="bevan-chart-grid" stroke-opacity="0.2" d="M`, n(f.left), " ", n(y), "H", n(f.right), `"/>`)
		c.text(f.left-8, y+6, "end", t.text)
	}
	c.stroke("bevan-chart-axis", f.left, f.bottom, f.right, f.bottom, "")
	c.stroke("bevan-chart-axis", f.left, f.top, f.left, f.bottom, "")
	c.below(f, l.X.ticks(f.x0, f.x1, atMost, l.Months))
	if l.Y.Label != "" {
		c.text(4, f.top-10, "start", l.Y.Label)
	}
	if l.X.Label != "" {
		c.text((f.left+f.right)/2, f.bottom+28+line, "middle", l.X.Label)
	}
}

// atMost is how many labels stand side by side on an x axis: the longest of these
// is a month with its year.
const atMost = 6

// below writes the labels of the x axis, none over another or over the edge.
func (c *canvas) below(f frame, all []tick) {
	end := math.Inf(-1)
	for _, t := range all {
		x, half := f.x(t.at), float64(len([]rune(t.text)))*letter/2
		c.stroke("bevan-chart-axis", x, f.bottom, x, f.bottom+6, "")
		if x-half < max(end+6, 0) || x+half > width {
			continue
		}
		c.text(x, f.bottom+26, "middle", t.text)
		end = x + half
	}
}

// guide draws a line to compare with, and its name at its right end.
func (l Lines) guide(c *canvas, f frame, g Guide) {
	var xs, ys []float64
	endX, endY := 0.0, 0.0
	flush := func() {
		c.path("bevan-chart-guide", xs, ys, "", "1")
		xs, ys = nil, nil
	}
	for _, p := range g.Points {
		if !drawable(p.X) || !drawable(p.Y) || p.X < f.x0 || p.X > f.x1 || !f.holds(p.Y) {
			flush()
			continue
		}
		endX, endY = f.x(p.X), f.y(p.Y)
		xs, ys = append(xs, endX), append(ys, endY)
	}
	flush()
	if endX > 0 {
		c.text(endX-2, max(endY-3, f.top+12), "end", g.Name)
	}
}

// series draws the points of one series, and lines between those that lie close.
func (l Lines) series(c *canvas, f frame, i int, all []Point) (thinned int) {
	gap := l.Gap
	if gap <= 0 {
		gap = LongGap(all)
	}
	drawn := thin(all, f)
	if len(drawn) < len(all) { // columns are further apart than points were
		gap = max(gap, 4*columnWide*(f.x1-f.x0)/(f.right-f.left))
	}
	c.put(`<g class="bevan-chart-series-`, n(float64(i%len(shapes))), `">`)
	var xs, ys []float64
	flush := func() {
		c.path("bevan-chart-line", xs, ys, dashes[i%len(dashes)], "2.5")
		xs, ys = nil, nil
	}
	for j, p := range drawn {
		if !f.holds(p.Y) || p.Sign != Exact || j > 0 && p.X-drawn[j-1].X > gap {
			flush()
		}
		if f.holds(p.Y) && p.Sign == Exact {
			xs, ys = append(xs, f.x(p.X)), append(ys, f.y(p.Y))
		}
	}
	flush()
	for _, p := range drawn {
		switch x := f.x(p.X); {
		case p.Y > f.y1:
			c.beyond(x, f.top+10, true)
		case p.Y < f.y0:
			c.beyond(x, f.bottom-10, false)
		case p.Sign != Exact:
			c.bound(x, f.y(p.Y), p.Sign)
		case len(drawn) <= manyMarks:
			c.mark(i, x, f.y(p.Y))
		}
	}
	c.put(`</g>`)
	return len(all) - len(drawn)
}

// manyMarks is how many marks of one series can be told apart: a line says the
// same of more.
const manyMarks = 120

// LongGap is the distance on the x axis over which two points, given in their order,
// are not joined where nothing else is said: three times the middle distance of
// neighbours. A line there would claim values that nobody measured. It is 0 where no
// two points lie apart.
func LongGap(all []Point) float64 {
	var away []float64
	for i := 1; i < len(all); i++ {
		if d := all[i].X - all[i-1].X; d > 0 {
			away = append(away, d)
		}
	}
	if len(away) == 0 {
		return 0
	}
	slices.Sort(away)
	return 3 * away[len(away)/2]
}

// columnWide is how many units of the drawing a column of dense points has.
const columnWide = 2

// thin leaves the lowest and the highest of each column that is two units wide,
// in their order, where a column has more than two.
func thin(all []Point, f frame) []Point {
	if len(all) <= int(f.right-f.left) {
		return all
	}
	var out []Point
	column := func(p Point) int { return int((f.x(p.X) - f.left) / columnWide) }
	for i := 0; i < len(all); {
		j, low, high := i, i, i
		for ; j < len(all) && column(all[j]) == column(all[i]); j++ {
			if all[j].Y < all[low].Y {
				low = j
			}
			if all[j].Y > all[high].Y {
				high = j
			}
		}
		out = append(out, all[min(low, high)])
		if low != high {
			out = append(out, all[max(low, high)])
		}
		i = j
	}
	return out
}
