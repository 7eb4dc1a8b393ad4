package chart

// sample is an item of the legend.
type sample struct {
	name string
	draw func(c *canvas, x, y float64) // into 34 units from x on, around y
}

const sampleWidth = 34.0

func (s sample) wide() float64 { return sampleWidth + float64(len([]rune(s.name)))*letter + 18 }

// legend names what has to be told apart. One series with nothing beside it is
// named by the title.
func (l Lines) legend(cut bool) (all []sample) {
	told := map[string]bool{}
	if len(l.Series) > 1 {
		for i, s := range l.Series {
			all = append(all, sample{s.Name, func(c *canvas, x, y float64) {
				c.put(`<g class="bevan-chart-series-`, n(float64(i%len(shapes))), `">`)
				c.path("bevan-chart-line", []float64{x, x + 26}, []float64{y, y}, dashes[i%len(dashes)], "2.5")
				c.mark(i, x+13, y)
				c.put(`</g>`)
			}})
		}
	}
	for _, b := range l.Bands {
		if b.Name != "" && !told[b.Name] {
			told[b.Name] = true
			all = append(all, sample{b.Name, func(c *canvas, x, y float64) {
				c.area(x, y-8, 26, 16)
				c.stroke("bevan-chart-edge", x, y-8, x+26, y-8, "5 4")
				c.stroke("bevan-chart-edge", x, y+8, x+26, y+8, "5 4")
			}})
		}
	}
	if l.BoundName != "" && l.bounded() {
		all = append(all, sample{l.BoundName, func(c *canvas, x, y float64) { c.bound(x+13, y-6, Below) }})
	}
	if l.BeyondName != "" && cut {
		all = append(all, sample{l.BeyondName, func(c *canvas, x, y float64) { c.beyond(x+13, y+4, true) }})
	}
	return all
}

func (l Lines) bounded() bool {
	for _, s := range l.Series {
		for _, p := range s.Points {
			if p.Sign != Exact {
				return true
			}
		}
	}
	return false
}

// rows is how many lines a legend takes.
func rows(all []sample, room float64) int {
	if len(all) == 0 {
		return 0
	}
	count, used := 1, 0.0
	for _, s := range all {
		if used > 0 && used+s.wide() > room {
			count, used = count+1, 0
		}
		used += s.wide()
	}
	return count
}

func (c *canvas) legend(all []sample, left, wide float64) {
	x, y := left, 16.0
	for _, s := range all {
		if x > left && x+s.wide() > wide-10 {
			x, y = left, y+line
		}
		s.draw(c, x, y)
		c.text(x+sampleWidth, y+6, "start", s.name)
		x += s.wide()
	}
}
