package growth

import "slices"

// Segment is a piece of a line that is drawn without a break. Where the tables
// change and do not meet, one ends and the next begins, so that the step between
// them is seen.
type Segment struct {
	Piece  string // the name of the table in which it begins
	Method Method
	Points []Point
}

const (
	// smooth is how many pieces a curve has at least in the whole window, so that it
	// looks round at any zoom.
	smooth = 96
	// fine is how far a piece may lie from the line itself, as a share of the value:
	// less than the width of the line on a sheet. In the first weeks lines bend so much
	// that the pieces of a chart of some years would miss them.
	fine = 0.001
	// probes is into how many parts a piece is looked at.
	probes = 4
	// shortest is a piece that is not divided any more, in years: tables go by days.
	shortest = 1 / YearDays
)

// Curve is the line of a z-score between two ages in decimal years, both included.
// Its points are close enough to be joined by straight lines.
func (r *Reference) Curve(m Measure, sex Sex, z, from, to float64) []Segment {
	if m < 0 || m >= measures || sex <= SexNotKnown || sex >= sexes || !(from < to) || !whole(from) || !whole(to) {
		return nil
	}
	var out []Segment
	for _, s := range r.spans[m][sex] {
		a, b := max(from, s.from), min(to, s.to)
		if a >= b {
			continue
		}
		if len(out) == 0 || !s.smooth {
			out = append(out, Segment{Piece: s.piece, Method: s.method})
		}
		seg := &out[len(out)-1]
		at := func(age float64) Point {
			return Point{age, r.tails.x(s.table.at(age, r.how), m, sex, age, z)}
		}
		n := max(1, int(smooth*(b-a)/(to-from)+0.5))
		var last Point
		for i := range n + 1 {
			p := at(a + (b-a)*float64(i)/float64(n))
			if i == n {
				p = at(b)
			}
			if !drawable(p) {
				continue
			}
			if drawable(last) {
				seg.Points = between(at, last, p, seg.Points)
			}
			seg.Points, last = append(seg.Points, p), p
		}
	}
	return slices.DeleteFunc(out, func(s Segment) bool { return len(s.Points) < 2 })
}

func drawable(p Point) bool { return whole(p.Value) && p.Value > 0 }

// between adds the points that a straight line from a to b would miss.
func between(at func(age float64) Point, a, b Point, all []Point) []Point {
	if b.Age-a.Age <= shortest {
		return all
	}
	var far Point
	most := fine
	for i := 1; i < probes; i++ {
		share := float64(i) / probes
		p := at(a.Age + (b.Age-a.Age)*share)
		if off := p.Value/(a.Value+(b.Value-a.Value)*share) - 1; drawable(p) && max(off, -off) > most {
			far, most = p, max(off, -off)
		}
	}
	if !drawable(far) {
		return all
	}
	all = append(between(at, a, far, all), far)
	return between(at, far, b, all)
}
