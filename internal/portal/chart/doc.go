// Package chart draws charts as SVG: values over time with bands and guides,
// bars, spans of time, and one value on its usual range.
//
// Why here: every feature that shows numbers shows them in one way, which was
// looked at once: readable in black and white, on paper and in forced colours,
// by shape, dash and label and never by colour alone; with a sentence and the
// same numbers as a table; with nothing joined, cut or left out in silence. It is
// pure: what it draws follows from its arguments. What is not here: sentences
// (the caller gives them), links to zoom (a window is an argument), and where a
// value comes from.
//
// A drawing has no style and no script, so that the strictest
// Content-Security-Policy lets it pass. It draws in currentColor; the style
// sheet may colour its classes.
package chart

import "math"

// Drawing is a chart and what has to be said beside it.
type Drawing struct {
	// SVG is one svg element, with all text in it escaped.
	SVG string
	// Rows are the points that the window holds, of all series, in the order of
	// their places: each is to stand in the table beside the chart.
	Rows []Row
	// Thinned is how many of them were not drawn since others lie so close that
	// the drawing would be the same: of each column the lowest and the highest
	// are drawn.
	Thinned int
	// Cut is how many lie above or below the chart: an arrow at its edge stands
	// for each.
	Cut int
	// Unknown is how many have a number that can not be drawn.
	Unknown int
}

// Row is one point of a series.
type Row struct {
	Series int // its place among the series
	Point
}

// Sign says how a value is known.
type Sign int8

// A value is known exactly, or only that it is below or above a number.
const (
	Exact Sign = iota
	Below
	Above
)

// Point is one value. X is a number, or the seconds since 1970 on an axis of
// time.
type Point struct {
	X, Y float64
	Sign Sign
	Text string // the value as it is written, for the table
	Key  string // by which the caller knows it again; it is not drawn
}

// Series are values of one thing.
type Series struct {
	Name   string
	Points []Point
}

// Guide is a line to compare values with, such as a centile.
type Guide struct {
	Name   string // written at its end
	Points []Point
}

// Band is the range in which values usually lie. An open side is NaN.
type Band struct {
	Name      string // for the legend; bands of one name are told once
	Low, High float64
	// From and To are where it holds, in the numbers of the x axis; both zero is
	// everywhere.
	From, To float64
}

// Axis says what an axis shows. From and To bound it; where they are equal it
// holds all that there is.
type Axis struct {
	From, To float64
	Time     bool // numbers are seconds since 1970, shown in UTC
	Label    string
}

func (a Axis) set() bool { return a.From < a.To && drawable(a.From) && drawable(a.To) }

// Text is what stands beside a chart in words.
type Text struct {
	// ID is a name that nothing else in the page has: letters and digits.
	ID string
	// Title is what it shows, and Summary says in one sentence what can be seen.
	Title, Summary string
	// Months are the short names of the months; none are English ones.
	Months []string
}

// most is the largest number that is drawn. Beyond it sums of numbers lose their
// meaning.
const most = 1e100

func drawable(f float64) bool { return !math.IsNaN(f) && math.Abs(f) <= most }
