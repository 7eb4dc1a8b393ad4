package chart

import "math"

// Bar is one amount.
type Bar struct {
	Name  string
	Value float64
	Text  string // the value as it is written; it stands behind the bar
}

// Bars compares amounts: one under the other, all from zero.
type Bars struct {
	Text
	Bars []Bar
}

const (
	barHigh = 18.0
	barRoom = 2*line + 4 // the name, and the bar below it
)

// Draw draws it. An amount that is not known has its text and no bar.
func (b Bars) Draw() Drawing {
	d := Drawing{}
	low, high, words := 0.0, 0.0, 0
	for i, one := range b.Bars {
		d.Rows = append(d.Rows, Row{Series: i, Point: Point{Y: one.Value, Text: one.Text}})
		words = max(words, len([]rune(one.Text)))
		if !drawable(one.Value) {
			d.Unknown++
			continue
		}
		low, high = min(low, one.Value), max(high, one.Value)
	}
	if high-low < 1e-90 { // a share of less can not be said
		high = low + 1
	}
	c := &canvas{}
	c.open(b.Text, float64(len(b.Bars))*barRoom+12)
	left, right := 10.0, max(width-20-float64(words)*letter, width/3)
	scale := (right - left) / (high - low)
	zero := left - low*scale
	for i, one := range b.Bars {
		y := float64(i)*barRoom + line
		c.text(left, y, "start", one.Name)
		end := zero
		if drawable(one.Value) {
			end = zero + one.Value*scale
			c.put(`<rect class="bevan-chart-bar" x="`, n(min(zero, end)), `" y="`, n(y+6), `" width="`, n(math.Abs(end-zero)), `" height="`, n(barHigh),
				`" fill="currentColor" fill-opacity="0.75"/>`)
		}
		c.stroke("bevan-chart-axis", zero, y+4, zero, y+8+barHigh, "")
		c.text(max(zero, end)+8, y+6+barHigh-3, "start", one.Text)
	}
	d.SVG = c.close()
	return d
}
