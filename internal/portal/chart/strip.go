package chart

import "math"

// Span is a time during which something was so. From NaN is "since before", To
// NaN "still", and equal ones are a moment.
type Span struct {
	From, To float64
	Text     string // for the table
}

// Lane is one line of a strip.
type Lane struct {
	Name  string
	Spans []Span
}

// Strip shows what was when: one lane under the other over one axis of time.
type Strip struct {
	Text
	X     Axis
	Lanes []Lane
}

const laneRoom = 2*line + 4

// Draw draws it. The axis holds what is known of all spans, or what X says; a
// span that goes on beyond it ends in an arrow.
func (s Strip) Draw() Drawing {
	d := Drawing{}
	low, high := math.Inf(1), math.Inf(-1)
	for i, l := range s.Lanes {
		for _, p := range l.Spans {
			d.Rows = append(d.Rows, Row{Series: i, Point: Point{X: p.From, Y: p.To, Text: p.Text}})
			for _, v := range []float64{p.From, p.To} {
				if drawable(v) {
					low, high = min(low, v), max(high, v)
				}
			}
		}
	}
	f := frame{left: 16, right: width - 16, top: 6, bottom: 6 + float64(max(len(s.Lanes), 1))*laneRoom}
	f.x0, f.x1 = span(s.X, low, high)
	f.y1 = 1
	c := &canvas{}
	c.open(s.Text, f.bottom+34)
	for i, l := range s.Lanes {
		y := f.top + float64(i)*laneRoom
		c.text(f.left, y+17, "start", l.Name)
		for _, p := range l.Spans {
			d.Cut += c.span(f, p, y+line+2)
		}
	}
	c.stroke("bevan-chart-axis", f.left, f.bottom, f.right, f.bottom, "")
	c.below(f, s.X.ticks(f.x0, f.x1, atMost, s.Months))
	d.SVG = c.close()
	return d
}

// span draws one, and says whether it lies outside of the chart.
func (c *canvas) span(f frame, p Span, y float64) (cut int) {
	from, to := p.From, p.To
	before, after := !drawable(from) || from < f.x0, !drawable(to) || to > f.x1
	if before {
		from = f.x0
	}
	if after {
		to = f.x1
	}
	if from > to || from > f.x1 || to < f.x0 {
		return 1
	}
	x1, x2 := f.x(from), f.x(to)
	if x2-x1 < 2 && !before && !after {
		diamond(c, x1, y+7)
		return 0
	}
	c.put(`<rect class="bevan-chart-span" x="`, n(x1), `" y="`, n(y), `" width="`, n(x2-x1), `" height="14" fill="currentColor" fill-opacity="0.3"/>`)
	if before {
		c.put(`<path class="bevan-chart-beyond" d="M`, n(x1), " ", n(y-2), `l-12 9l12 9z" fill="currentColor"/>`)
	}
	if after {
		c.put(`<path class="bevan-chart-beyond" d="M`, n(x2), " ", n(y-2), `l12 9l-12 9z" fill="currentColor"/>`)
	}
	return 0
}
