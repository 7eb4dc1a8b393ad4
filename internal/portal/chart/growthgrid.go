package chart

import "math"

// sheet begins a picture that has a size on paper, in millimetres. On a screen the
// style sheet lets it grow and shrink with the page.
func (c *canvas) sheet(t Text, wide, high float64) {
	c.height = high
	id := "chart-" + t.ID
	c.put(`<svg class="bevan-growth-chart" role="img" width="`, n(wide*perUnit), `mm" height="`, n(high*perUnit), `mm" viewBox="0 0 `, n(wide), " ", n(high),
		`" aria-labelledby="`, esc(id), `-title" aria-describedby="`, esc(id), `-desc" fill="none" stroke="currentColor" font-size="16">`)
	c.put(`<title id="`, esc(id), `-title">`, esc(t.Title), `</title><desc id="`, esc(id), `-desc">`, esc(t.Summary), `</desc>`)
}

// grid draws the lines to read by, the axes and their labels, and the steps.
func (g Growth) grid(c *canvas, f frame, unit AgeUnit, ys []tick) {
	for i, t := range ys {
		y := f.y(t.at)
		c.put(`<path class="bevan-growth-grid" stroke-opacity="0.28" d="M`, n(f.left), " ", n(y), "H", n(f.right), `"/>`)
		c.text(f.left-7, y+6, "end", t.text)
		if i > 0 {
			y = f.y((t.at + ys[i-1].at) / 2)
			c.put(`<path class="bevan-growth-grid" stroke-opacity="0.14" d="M`, n(f.left), " ", n(y), "H", n(f.right), `"/>`)
		}
	}
	g.ages(c, f, unit)
	c.stroke("bevan-chart-axis", f.left, f.bottom, f.right, f.bottom, "")
	c.stroke("bevan-chart-axis", f.left, f.top, f.left, f.bottom, "")
	c.text(4, f.top-12, "start", g.Label)
	under := g.Ages[unit]
	if f.x0 < 0 {
		under = g.Before[unit]
	}
	c.text((f.left+f.right)/2, f.bottom+20+line, "middle", under)
	for _, s := range g.Steps {
		if !(s.Age > f.x0 && s.Age < f.x1) {
			continue
		}
		x := f.x(s.Age)
		c.stroke("bevan-growth-step", x, f.top, x, f.bottom, "1 4")
		if s.Text != "" {
			half := float64(len([]rune(s.Text))) * letter / 2
			c.text(max(min(x, f.right-half-4), f.left+half+4), g.clear(f, s.Age), "middle", s.Text)
		}
	}
}

// clear is how far down the text of a step stands: at the lower edge, or at the upper one
// where the lines leave more room there.
func (g Growth) clear(f frame, age float64) float64 {
	const about = 0.06 // of the width, on both sides
	reach := (f.x1 - f.x0) * about
	highest, lowest := f.bottom, f.top
	for _, c := range g.Centiles {
		for _, part := range c.Parts {
			for _, p := range cutAges(part, age-reach, age+reach) {
				y := f.y(p.Value)
				highest, lowest = min(highest, y), max(lowest, y)
			}
		}
	}
	if f.bottom-lowest < line+8 && highest-f.top > f.bottom-lowest {
		return f.top + line
	}
	return f.bottom - 8
}

// ages draws what stands under the axis of ages: a line for each week, month or year,
// and so many labels as have room. Ages below zero are weeks of pregnancy.
func (g Growth) ages(c *canvas, f frame, unit AgeUnit) {
	g.pregnancy(c, f)
	one := unit.years()
	first, last := math.Ceil(max(f.x0, 0)/one-1e-9), math.Floor(f.x1/one+1e-9)
	room := (f.right - f.left) / (f.x1 - f.x0) * one
	longest := max(len([]rune(number(first, 0))), len([]rune(number(last, 0))))
	every := 12.0
	for _, e := range []float64{1, 2, 3, 4, 6} {
		if e*room >= float64(longest)*letter+8 {
			every = e
			break
		}
	}
	parts := 1.0 // of a year, where there is room for lines between
	if unit == Years && room >= 60 {
		parts = 4
	}
	for i := first * parts; i <= last*parts; i++ {
		x := f.x(min(max(i/parts*one, f.x0), f.x1))
		strength := "0.28"
		if math.Mod(i, parts) != 0 {
			strength = "0.14"
		}
		c.put(`<path class="bevan-growth-grid" stroke-opacity="`, strength, `" d="M`, n(x), " ", n(f.top), "V", n(f.bottom), `"/>`)
		if math.Mod(i, parts*every) == 0 {
			c.text(x, f.bottom+22, "middle", number(i/parts, 0))
		}
	}
}

// pregnancy draws lines and labels for the weeks of pregnancy before the day on which
// birth was expected, as close as the labels have room.
func (g Growth) pregnancy(c *canvas, f frame) {
	const term = 40
	week := Weeks.years()
	room := (f.right - f.left) / (f.x1 - f.x0) * week
	every := 8.0
	for _, e := range []float64{1, 2, 4} {
		if e*room >= 2*letter+8 {
			every = e
			break
		}
	}
	for before := every; before*week <= -f.x0+1e-9; before += every {
		if -before*week > f.x1 {
			continue
		}
		x := f.x(max(-before*week, f.x0))
		c.put(`<path class="bevan-growth-grid" stroke-opacity="0.28" d="M`, n(x), " ", n(f.top), "V", n(f.bottom), `"/>`)
		c.text(x, f.bottom+22, "middle", number(term-before, 0))
	}
}

// legend says what the marks are.
func (g Growth) legend(seen []Measured, cut bool) (all []sample) {
	crossed := false
	for _, p := range seen {
		crossed = crossed || drawable(p.Corrected)
	}
	if len(seen) > 0 && g.Actual != "" {
		all = append(all, sample{g.Actual, func(c *canvas, x, y float64) {
			c.put(`<circle class="bevan-growth-dot" cx="`, n(x+13), `" cy="`, n(y), `" r="3.2" fill="currentColor" stroke="none"/>`)
		}})
	}
	if crossed && g.Corrected != "" {
		all = append(all, sample{g.Corrected, func(c *canvas, x, y float64) {
			c.put(`<path class="bevan-growth-cross" d="M`, n(x+8.5), " ", n(y-4.5), `l9 9m0 -9l-9 9" stroke-width="1.8"/>`)
		}})
	}
	if g.Target != nil && g.Target.Name != "" {
		all = append(all, sample{g.Target.Name, func(c *canvas, x, y float64) { c.area(x, y-8, 26, 16) }})
	}
	if cut && g.Beyond != "" {
		all = append(all, sample{g.Beyond, func(c *canvas, x, y float64) { c.beyond(x+13, y+4, true) }})
	}
	return all
}
