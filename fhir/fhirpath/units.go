package fhirpath

import (
	"math/big"
	"strconv"
	"strings"
)

// A small part of UCUM: the units that expressions in use compare. Special
// units (Cel, pH) and the rarer ones are not known here, and a quantity in
// them is comparable only with one in the same unit.

// dimensions are the exponents of what a unit measures.
type dimensions [dimCount]int8

const (
	dimLength = iota
	dimMass
	dimTime
	dimAngle
	dimTemperature
	dimCharge
	dimLight
	dimAmount
	dimMonth // of the calendar
	dimArbitrary
	dimCount
)

// unit is a factor to the base units and what they measure.
type unit struct {
	factor *big.Rat
	dims   dimensions
}

// atom is a unit that terms are made of, as a term of simpler ones.
type atom struct {
	metric bool
	value  string // a decimal
	of     string // a unit term, "" for a base unit
	dim    int
}

var atoms = map[string]atom{
	"m": {metric: true, dim: dimLength}, "g": {metric: true, dim: dimMass}, "s": {metric: true, dim: dimTime},
	"rad": {metric: true, dim: dimAngle}, "K": {metric: true, dim: dimTemperature}, "C": {metric: true, dim: dimCharge},
	"cd": {metric: true, dim: dimLight}, "mol": {metric: true, dim: dimAmount}, "[iU]": {metric: true, dim: dimArbitrary},
	"%": {value: "0.01", of: "1"}, "[IU]": {metric: true, value: "1", of: "[iU]"},
	"[pi]": {value: "3.1415926535897932384626433832795", of: "1"}, "[ppm]": {value: "0.000001", of: "1"},
	"10*": {value: "10", of: "1"}, "10^": {value: "10", of: "1"}, "eq": {metric: true, value: "1", of: "mol"},
	"osm": {metric: true, value: "1", of: "mol"}, "kat": {metric: true, value: "1", of: "mol/s"},
	"U": {metric: true, value: "1", of: "umol/min"}, "L": {metric: true, value: "1", of: "dm3"}, "l": {metric: true, value: "1", of: "dm3"},
	"ar": {metric: true, value: "100", of: "m2"}, "t": {metric: true, value: "1000", of: "kg"},
	"min": {value: "60", of: "s"}, "h": {value: "60", of: "min"}, "d": {value: "24", of: "h"}, "wk": {value: "7", of: "d"},
	"a": {value: "365.25", of: "d"}, "a_j": {value: "365.25", of: "d"}, "mo": {value: "30.4375", of: "d"}, "mo_j": {value: "30.4375", of: "d"},
	"Hz": {metric: true, value: "1", of: "s-1"}, "N": {metric: true, value: "1", of: "kg.m/s2"}, "Pa": {metric: true, value: "1", of: "N/m2"},
	"J": {metric: true, value: "1", of: "N.m"}, "W": {metric: true, value: "1", of: "J/s"}, "A": {metric: true, value: "1", of: "C/s"},
	"V": {metric: true, value: "1", of: "J/C"}, "Ohm": {metric: true, value: "1", of: "V/A"}, "bar": {metric: true, value: "100000", of: "Pa"},
	"m[Hg]": {metric: true, value: "133.3220", of: "kPa"}, "m[H2O]": {metric: true, value: "9.80665", of: "kPa"},
	"cal": {metric: true, value: "4.184", of: "J"}, "[Cal]": {value: "1", of: "kcal"}, "deg": {value: "2", of: "[pi].rad/360"},
	"[in_i]": {value: "2.54", of: "cm"}, "[ft_i]": {value: "12", of: "[in_i]"}, "[yd_i]": {value: "3", of: "[ft_i]"}, "[mi_i]": {value: "5280", of: "[ft_i]"},
	"[lb_av]": {value: "453.59237", of: "g"}, "[oz_av]": {value: "28.349523125", of: "g"}, "[stone_av]": {value: "14", of: "[lb_av]"},
	"[gal_us]": {value: "231", of: "[in_i]3"}, "[foz_us]": {value: "1.8046875", of: "[in_i]3"},
}

var prefixes = map[string]int32{
	"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
	"d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}

const maxUnit = 120 // bytes

// joinUnits writes a product or quotient of units.
func joinUnits(a, op, b string) string {
	if strings.ContainsAny(b, "./") {
		b = "(" + b + ")"
	}
	return a + op + b
}

// parseUnit reads a UCUM term made of the units above; ok is false for others.
func parseUnit(s string) (unit, bool) {
	if len(s) > maxUnit {
		return unit{}, false
	}
	p := unitParser{rest: s}
	u, ok := p.term(0)
	return u, ok && p.rest == ""
}

type unitParser struct{ rest string }

func one1() unit { return unit{factor: big.NewRat(1, 1)} }

// term reads components joined by . and /.
func (p *unitParser) term(depth int) (unit, bool) {
	u := one1()
	sign := int8(1)
	if strings.HasPrefix(p.rest, "/") {
		sign, p.rest = -1, p.rest[1:]
	}
	for {
		c, ok := p.component(depth)
		if !ok || !u.multiply(c, sign) {
			return u, false
		}
		switch {
		case strings.HasPrefix(p.rest, "."):
			sign = 1
		case strings.HasPrefix(p.rest, "/"):
			sign = -1
		default:
			return u, true
		}
		p.rest = p.rest[1:]
	}
}

// component reads a bracket, a number, or a unit with its exponent and
// annotation.
func (p *unitParser) component(depth int) (unit, bool) {
	if depth > 8 || p.rest == "" {
		return unit{}, false
	}
	if p.rest[0] == '(' {
		p.rest = p.rest[1:]
		u, ok := p.term(depth + 1)
		if !ok || !strings.HasPrefix(p.rest, ")") {
			return unit{}, false
		}
		p.rest = p.rest[1:]
		return u, true
	}
	u := one1()
	name := p.symbol()
	if name == "" {
		return u, p.annotation()
	}
	base, exp := cutExponent(name)
	a, ok := symbolUnit(base, depth)
	if !ok {
		return unit{}, false
	}
	p.annotation()
	for range max(exp, -exp) {
		if !u.multiply(a, int8(max(-1, min(exp, 1)))) {
			return unit{}, false
		}
	}
	return u, true
}

// annotation drops {what it is about}, which counts for nothing.
func (p *unitParser) annotation() bool {
	if !strings.HasPrefix(p.rest, "{") {
		return false
	}
	end := strings.IndexByte(p.rest, '}')
	if end < 0 {
		return false
	}
	p.rest = p.rest[end+1:]
	return true
}

// symbol takes everything up to the next operator; [brackets] are one piece.
func (p *unitParser) symbol() string {
	i := 0
	for in := false; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '[':
			in = true
		case c == ']':
			in = false
		case !in && strings.IndexByte("./(){", c) >= 0:
			s := p.rest[:i]
			p.rest = p.rest[i:]
			return s
		}
	}
	s := p.rest
	p.rest = ""
	return s
}

// cutExponent splits m2 and 10*-3. A plain number has no exponent.
func cutExponent(s string) (string, int) {
	i := len(s)
	for i > 0 && isDigit(s[i-1]) {
		i--
	}
	if i > 0 && (s[i-1] == '-' || s[i-1] == '+') {
		i--
	}
	n, err := strconv.Atoi(s[i:])
	if i == 0 || err != nil || n > 40 || n < -40 {
		return s, 1
	}
	return s[:i], n
}

func symbolUnit(s string, depth int) (unit, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && isDigit(s[0]) {
		return unit{factor: big.NewRat(n, 1)}, true
	}
	if a, ok := atoms[s]; ok {
		return a.unit(0, depth)
	}
	for _, n := range []int{2, 1} {
		if len(s) <= n {
			continue
		}
		exp, isPrefix := prefixes[s[:n]]
		if a, ok := atoms[s[n:]]; ok && isPrefix && a.metric {
			return a.unit(exp, depth)
		}
	}
	return unit{}, false
}

func (a atom) unit(exp int32, depth int) (unit, bool) {
	u := one1()
	if a.of == "" {
		u.dims[a.dim] = 1
	} else {
		p := unitParser{rest: a.of}
		of, ok := p.term(depth + 1)
		d, ok2 := parseDecimal(a.value)
		if !ok || !ok2 {
			return u, false
		}
		u = of
		u.factor = new(big.Rat).Mul(of.factor, d.rat())
	}
	scale := new(big.Rat).SetInt(pow10(max(exp, -exp)))
	if exp < 0 {
		scale.Inv(scale)
	}
	u.factor = scale.Mul(scale, u.factor)
	return u, true
}

// multiply puts another unit into u, to the power 1 or -1. ok is false where
// it grows past all sense.
func (u *unit) multiply(o unit, sign int8) bool {
	f := new(big.Rat).Set(o.factor)
	if sign < 0 {
		f.Inv(f)
	}
	u.factor = f.Mul(f, u.factor)
	for i := range u.dims {
		n := int(u.dims[i]) + int(sign)*int(o.dims[i])
		if n > 100 || n < -100 {
			return false
		}
		u.dims[i] = int8(n)
	}
	return u.factor.Num().BitLen() < 4000 && u.factor.Denom().BitLen() < 4000
}
