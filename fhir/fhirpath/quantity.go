package fhirpath

import "math/big"

// Quantity is a System.Quantity. Unit is a UCUM code, or with Calendar the
// singular of a calendar word (day).
type Quantity struct {
	Value    Decimal
	Unit     string
	Calendar bool
}

func (q Quantity) String() string {
	if q.Calendar {
		if q.Value.cmp(decimalOf(1)) == 0 {
			return q.Value.String() + " " + q.Unit
		}
		return q.Value.String() + " " + q.Unit + "s"
	}
	return q.Value.String() + " '" + q.Unit + "'"
}

// unit finds what the quantity is measured in. A calendar year or month is no
// length of seconds: only loosely are they UCUM's a and mo.
func (q Quantity) measure(loose bool) (unit, bool) {
	if !q.Calendar && calendarUnit(q.Unit) == "" {
		return parseUnit(q.Unit)
	}
	t := timeUnits[calendarUnit(q.Unit)]
	switch {
	case t.months == 0:
		return unit{factor: big.NewRat(int64(t.length), 1e9), dims: dimensions{dimTime: 1}}, true
	case loose && t.months == 12:
		return parseUnit("a")
	case loose:
		return parseUnit("mo")
	}
	return unit{factor: big.NewRat(t.months, 1), dims: dimensions{dimMonth: 1}}, true
}

// compare orders two quantities; known is false where their units have
// nothing to do with each other.
func (q Quantity) compare(o Quantity) (order int, known bool) {
	if q.Unit == o.Unit && q.Calendar == o.Calendar {
		return q.Value.cmp(o.Value), true
	}
	a, ok1 := q.measure(false)
	b, ok2 := o.measure(false)
	if !ok1 || !ok2 || a.dims != b.dims {
		return 0, false
	}
	return a.base(q.Value).Cmp(b.base(o.Value)), true
}

// equal: quantities whose units can not be compared are neither equal nor
// not, but different words for the same thing are simply not equal.
func (q Quantity) equal(o Quantity) truth {
	if order, known := q.compare(o); known {
		return truthOf(order == 0)
	}
	return unknown
}

// equivalent converts to one unit and rounds to the less precise of the two
// (FHIRPath N1, "Quantity Equivalence").
func (q Quantity) equivalent(o Quantity) bool {
	a, ok1 := q.measure(true)
	b, ok2 := o.measure(true)
	if !ok1 || !ok2 {
		return q.Unit == o.Unit && equivalentValues(q.Value, o.Value)
	}
	if a.dims != b.dims {
		return false
	}
	// The grain of a value is one step of its last digit, in base units.
	grainA, grainB := a.grain(q.Value), b.grain(o.Value)
	grain := grainA
	if grainB.Cmp(grain) > 0 {
		grain = grainB
	}
	return steps(a.base(q.Value), grain).Cmp(steps(b.base(o.Value), grain)) == 0
}

func (u unit) base(d Decimal) *big.Rat { return new(big.Rat).Mul(d.rat(), u.factor) }

func (u unit) grain(d Decimal) *big.Rat {
	return new(big.Rat).Mul(big.NewRat(1, 1).SetFrac(big.NewInt(1), pow10(d.trim().scale)), u.factor)
}

// steps is how many grains a value has, rounded.
func steps(v, grain *big.Rat) *big.Int {
	n := new(big.Rat).Quo(v, grain)
	return roundQuo(n.Num(), n.Denom())
}

// add adds (sign 1) or takes away (sign -1), in the finer of the two units
// (FHIRPath N1, "Addition"); ok is false where the units differ in kind.
func (q Quantity) add(o Quantity, sign int64) (Quantity, bool) {
	if q.Unit != o.Unit || q.Calendar != o.Calendar {
		a, ok1 := q.measure(false)
		b, ok2 := o.measure(false)
		if !ok1 || !ok2 || a.dims != b.dims {
			return q, false
		}
		if a.factor.Cmp(b.factor) <= 0 {
			o = q.converted(o, b, a)
		} else {
			q = o.converted(q, a, b)
		}
	}
	q.Value = q.Value.add(o.Value.mul(decimalOf(sign)))
	return q, true
}

// converted gives o, measured in from, the unit of q, which is to.
func (q Quantity) converted(o Quantity, from, to unit) Quantity {
	q.Value = decimalRat(new(big.Rat).Quo(from.base(o.Value), to.factor))
	return q
}

// in converts to another unit.
func (q Quantity) in(name string) (Quantity, bool) {
	want := Quantity{Unit: name}
	if word := calendarUnit(name); word != "" {
		want = Quantity{Unit: word, Calendar: true}
	}
	from, ok1 := q.measure(false)
	to, ok2 := want.measure(false)
	if q.Unit == want.Unit && q.Calendar == want.Calendar {
		return q, true
	}
	if !ok1 || !ok2 || from.dims != to.dims {
		return q, false
	}
	return want.converted(q, from, to), true
}

// isNumber tells whether the quantity counts nothing in particular.
func (q Quantity) isNumber() bool { return q.Unit == "1" && !q.Calendar }

// times and over build the unit of a product and of a quotient. Calendar
// units can only be taken a number of times.
func (q Quantity) times(o Quantity) (Quantity, bool) {
	switch {
	case o.isNumber():
		return Quantity{q.Value.mul(o.Value), q.Unit, q.Calendar}, true
	case q.isNumber():
		return Quantity{q.Value.mul(o.Value), o.Unit, o.Calendar}, true
	case q.Calendar || o.Calendar:
		return q, false
	}
	return Quantity{Value: q.Value.mul(o.Value), Unit: joinUnits(q.Unit, ".", o.Unit)}, true
}

func (q Quantity) over(o Quantity) (Quantity, bool) {
	switch {
	case o.isNumber():
		return Quantity{q.Value.quo(o.Value), q.Unit, q.Calendar}, true
	case q.Unit == o.Unit && q.Calendar == o.Calendar:
		return Quantity{Value: q.Value.quo(o.Value), Unit: "1"}, true
	case q.Calendar || o.Calendar:
		return q, false
	}
	return Quantity{Value: q.Value.quo(o.Value), Unit: joinUnits(q.Unit, "/", o.Unit)}, true
}
