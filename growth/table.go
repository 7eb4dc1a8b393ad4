package growth

import (
	"math"
	"sort"
)

// row is one line of a table.
type row struct {
	age float64 // decimal years
	LMS
}

// table is the rows for one measure and sex, by age.
type table []row

func (t table) from() float64 { return t[0].age }
func (t table) to() float64   { return t[len(t)-1].age }

// interpolation is how values between two rows are found.
type interpolation int8

const (
	// cubic lays a curve of the third degree through two rows below and two above
	// (Lagrange), and a line where there are not as many.
	cubic interpolation = iota
	// linear lays a line through the rows on both sides.
	linear
)

// at is the LMS values at an age that the table holds. An age that is in the
// table gets its row.
func (t table) at(age float64, how interpolation) LMS {
	// i is the last row at or below age.
	i := sort.Search(len(t), func(k int) bool { return t[k].age > age }) - 1
	if t[i].age == age || i == len(t)-1 {
		return t[i].LMS
	}
	if how == linear || i == 0 || i+2 >= len(t) {
		return t.line(i, age)
	}
	return t.curve(i, age)
}

func (t table) line(i int, age float64) LMS {
	a, b := &t[i], &t[i+1]
	w := (age - a.age) / (b.age - a.age)
	return LMS{a.L + w*(b.L-a.L), a.M + w*(b.M-a.M), a.S + w*(b.S-a.S)}
}

func (t table) curve(i int, age float64) LMS {
	p := t[i-1 : i+3 : i+3]
	d0, d1, d2, d3 := age-p[0].age, age-p[1].age, age-p[2].age, age-p[3].age
	a01, a02, a03 := p[0].age-p[1].age, p[0].age-p[2].age, p[0].age-p[3].age
	a12, a13, a23 := p[1].age-p[2].age, p[1].age-p[3].age, p[2].age-p[3].age
	w0 := d1 * d2 * d3 / (a01 * a02 * a03)
	w1 := -d0 * d2 * d3 / (a01 * a12 * a13)
	w2 := d0 * d1 * d3 / (a02 * a12 * a23)
	w3 := -d0 * d1 * d2 / (a03 * a13 * a23)
	return LMS{
		w0*p[0].L + w1*p[1].L + w2*p[2].L + w3*p[3].L,
		w0*p[0].M + w1*p[1].M + w2*p[2].M + w3*p[3].M,
		w0*p[0].S + w1*p[1].S + w2*p[2].S + w3*p[3].S,
	}
}

// whole says whether a number can stand in a table.
func whole(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
