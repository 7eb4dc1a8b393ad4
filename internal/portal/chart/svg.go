package chart

import (
	"html"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The size of a drawing, in units of its view box. It grows and shrinks with the
// page; text is laid out for telephones, where it is largest beside the rest.
const (
	width  = 560.0
	letter = 9.6  // how wide a letter of a label is
	line   = 24.0 // how high a line of text is
)

// canvas collects the elements of a drawing.
type canvas struct {
	strings.Builder
	height float64
}

// n writes a coordinate, to a tenth of a unit.
func n(f float64) string {
	return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64)
}

// open begins the picture, which assistive technology reads as one image with a
// name and a description.
func (c *canvas) open(t Text, height float64) {
	c.height = height
	id := "chart-" + t.ID
	c.put(`<svg class="bevan-chart" role="img" viewBox="0 0 `, n(width), " ", n(height),
		`" aria-labelledby="`, esc(id), `-title" aria-describedby="`, esc(id), `-desc" fill="none" stroke="currentColor" font-size="17">`)
	c.put(`<title id="`, esc(id), `-title">`, esc(t.Title), `</title><desc id="`, esc(id), `-desc">`, esc(t.Summary), `</desc>`)
}

func (c *canvas) close() string {
	c.put(`</svg>`)
	return c.String()
}

func (c *canvas) put(all ...string) {
	for _, s := range all {
		c.WriteString(s)
	}
}

// esc makes text safe in an element and in quotes. Characters that XML does not
// have (section 2.2 of XML 1.0) become a mark for what can not be read.
func esc(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF {
			return utf8.RuneError
		}
		return r
	}, s))
}

// text writes a label; anchor is start, middle or end.
func (c *canvas) text(x, y float64, anchor, s string) {
	c.put(`<text x="`, n(x), `" y="`, n(y), `" text-anchor="`, anchor, `" fill="currentColor" stroke="none">`, esc(s), `</text>`)
}

// stroke draws a straight line; class tells the style sheet what it is.
func (c *canvas) stroke(class string, x1, y1, x2, y2 float64, dash string) {
	c.put(`<path class="`, class, `" d="M`, n(x1), " ", n(y1), "L", n(x2), " ", n(y2), `"`)
	if dash != "" {
		c.put(` stroke-dasharray="`, dash, `"`)
	}
	c.put(`/>`)
}

// area draws what a band covers.
func (c *canvas) area(x, y, w, h float64) {
	c.put(`<rect class="bevan-chart-band" x="`, n(x), `" y="`, n(y), `" width="`, n(max(w, 0)), `" height="`, n(max(h, 0)),
		`" fill="currentColor" fill-opacity="0.12" stroke="none"/>`)
}

// path draws lines through places.
func (c *canvas) path(class string, xs, ys []float64, dash string, wide string) {
	if len(xs) < 2 {
		return
	}
	c.put(`<path class="`, class, `" stroke-width="`, wide, `"`)
	if dash != "" {
		c.put(` stroke-dasharray="`, dash, `"`)
	}
	c.put(` d="`)
	for i := range xs {
		if i == 0 {
			c.put("M")
		} else {
			c.put("L")
		}
		c.put(n(xs[i]), " ", n(ys[i]))
	}
	c.put(`"/>`)
}

// dashes and shapes tell series apart without colour, in their order.
var (
	dashes = []string{"", "8 4", "2 4", "10 4 2 4", "14 6", "4 8"}
	shapes = []func(c *canvas, x, y float64){disc, square, triangle, diamond, ring, cross}
)

// mark draws the point of a series.
func (c *canvas) mark(series int, x, y float64) { shapes[series%len(shapes)](c, x, y) }

func disc(c *canvas, x, y float64) {
	c.put(`<circle cx="`, n(x), `" cy="`, n(y), `" r="4.5" fill="currentColor"/>`)
}

func ring(c *canvas, x, y float64) {
	c.put(`<circle cx="`, n(x), `" cy="`, n(y), `" r="5" stroke-width="2"/>`)
}

func square(c *canvas, x, y float64) {
	c.put(`<path d="M`, n(x-4.5), " ", n(y-4.5), `h9v9h-9z" stroke-width="2"/>`)
}

func triangle(c *canvas, x, y float64) {
	c.put(`<path d="M`, n(x), " ", n(y-5.5), `l5.5 10h-11z" fill="currentColor"/>`)
}

func diamond(c *canvas, x, y float64) {
	c.put(`<path d="M`, n(x), " ", n(y-6), `l6 6l-6 6l-6 -6z" stroke-width="2"/>`)
}

func cross(c *canvas, x, y float64) {
	c.put(`<path d="M`, n(x-5), " ", n(y-5), `l10 10m0 -10l-10 10" stroke-width="2"/>`)
}

// bound draws a value of which only one side is known: a bar at the number, and
// an arrow to where the value is.
func (c *canvas) bound(x, y float64, sign Sign) {
	way := "14"
	head := "l-4 -5m4 5l4 -5"
	if sign == Above {
		way, head = "-14", "l-4 5m4 -5l4 5"
	}
	c.put(`<path class="bevan-chart-bound" d="M`, n(x-6), " ", n(y), `h12m-6 0v`, way, head, `" stroke-width="2"/>`)
}

// beyond draws an arrow at the edge for a value that lies outside of the chart.
func (c *canvas) beyond(x, y float64, up bool) {
	to := "l6 -9l6 9z"
	if !up {
		to = "l6 9l6 -9z"
	}
	c.put(`<path class="bevan-chart-beyond" d="M`, n(x-6), " ", n(y), to, `" fill="currentColor"/>`)
}
