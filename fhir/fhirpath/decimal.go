package fhirpath

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is a System.Decimal: coefficient / 10^scale, exact, trailing zeros
// kept (1.50 is 150 at scale 2). The zero Decimal is 0.
type Decimal struct {
	coef  *big.Int // nil is 0
	scale int32    // digits after the point, never negative
}

// Bounds of what is computed with. FHIRPath asks for 28 digits with 8 after
// the point; the rest is room for what resources hold.
const (
	maxDigits    = 400
	divideDigits = 16 // digits after the point of a quotient that does not end
)

// parseDecimal reads a FHIR decimal: -12.50, 5.4e-3.
func parseDecimal(s string) (Decimal, bool) {
	mant, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > maxDigits || n < -maxDigits {
			return Decimal{}, false
		}
		mant, exp = s[:i], n
	}
	whole, frac, point := strings.Cut(mant, ".")
	digits := whole + frac
	if len(digits) > maxDigits || point && frac == "" || strings.TrimLeft(whole, "+-") == "" {
		return Decimal{}, false
	}
	if strings.ContainsAny(digits[1:], "+-_") {
		return Decimal{}, false
	}
	scale := len(frac) - exp
	if scale < 0 {
		digits += strings.Repeat("0", -scale)
		scale = 0
	}
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return Decimal{big.NewInt(n), int32(scale)}, true
	}
	coef, ok := new(big.Int).SetString(digits, 10)
	return Decimal{coef, int32(scale)}, ok
}

func decimalOf(i int64) Decimal { return Decimal{coef: big.NewInt(i)} }

// decimalFloat takes a float's shortest text; NaN and infinities have none.
func decimalFloat(f float64) (Decimal, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Decimal{}, false
	}
	return parseDecimal(strconv.FormatFloat(f, 'g', 15, 64))
}

func (d Decimal) int() *big.Int {
	if d.coef == nil {
		return new(big.Int)
	}
	return d.coef
}

// String writes the decimal without an exponent, trailing zeros kept.
func (d Decimal) String() string {
	s := d.int().String()
	if d.scale == 0 {
		return s
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if pad := int(d.scale) - len(s) + 1; pad > 0 {
		s = strings.Repeat("0", pad) + s
	}
	cut := len(s) - int(d.scale)
	return sign + s[:cut] + "." + s[cut:]
}

func (d Decimal) float() float64 {
	f, _ := strconv.ParseFloat(d.String(), 64)
	return f
}

// integer returns the value where it is whole and fits.
func (d Decimal) integer() (Integer, bool) {
	t := d.trim()
	if t.scale != 0 || !t.int().IsInt64() {
		return 0, false
	}
	return Integer(t.int().Int64()), true
}

func (d Decimal) rat() *big.Rat { return new(big.Rat).SetFrac(d.int(), pow10(d.scale)) }

// decimalRat writes a fraction as a decimal, rounded half up where it does
// not end within divideDigits.
func decimalRat(r *big.Rat) Decimal {
	num := new(big.Int).Mul(r.Num(), pow10(divideDigits))
	return Decimal{roundQuo(num, r.Denom()), divideDigits}.trim()
}

func pow10(n int32) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// roundQuo divides and rounds half away from zero.
func roundQuo(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(b) >= 0 {
		q.Add(q, big.NewInt(int64(a.Sign()*b.Sign())))
	}
	return q
}

// align brings two decimals to one scale.
func align(a, b Decimal) (x, y *big.Int, scale int32) {
	x, y, scale = a.int(), b.int(), max(a.scale, b.scale)
	if a.scale < scale {
		x = new(big.Int).Mul(x, pow10(scale-a.scale))
	}
	if b.scale < scale {
		y = new(big.Int).Mul(y, pow10(scale-b.scale))
	}
	return x, y, scale
}

func (d Decimal) cmp(o Decimal) int {
	x, y, _ := align(d, o)
	return x.Cmp(y)
}

func (d Decimal) sign() int    { return d.int().Sign() }
func (d Decimal) neg() Decimal { return Decimal{new(big.Int).Neg(d.int()), d.scale} }
func (d Decimal) abs() Decimal { return Decimal{new(big.Int).Abs(d.int()), d.scale} }
func (d Decimal) add(o Decimal) Decimal {
	x, y, s := align(d, o)
	return Decimal{new(big.Int).Add(x, y), s}
}
func (d Decimal) sub(o Decimal) Decimal { return d.add(o.neg()) }
func (d Decimal) mul(o Decimal) Decimal {
	return Decimal{new(big.Int).Mul(d.int(), o.int()), d.scale + o.scale}
}

// quo divides; the divisor is not zero.
func (d Decimal) quo(o Decimal) Decimal {
	return decimalRat(new(big.Rat).Quo(d.rat(), o.rat()))
}

// quoWhole is the whole part of the quotient (div), mod what is left.
func (d Decimal) quoWhole(o Decimal) (div, mod Decimal) {
	x, y, s := align(d, o)
	q, r := new(big.Int).QuoRem(x, y, new(big.Int))
	return Decimal{coef: q}, Decimal{r, s}
}

// trim cuts zeros from the end of the fraction.
func (d Decimal) trim() Decimal {
	if d.scale == 0 {
		return d
	}
	ten, c, s := big.NewInt(10), d.int(), d.scale
	for s > 0 {
		q, r := new(big.Int).QuoRem(c, ten, new(big.Int))
		if r.Sign() != 0 {
			break
		}
		c, s = q, s-1
	}
	return Decimal{c, s}
}

// round gives the decimal scale digits after the point: half goes away from
// zero, as in the examples of FHIRPath's round().
func (d Decimal) round(scale int32) Decimal {
	if scale >= d.scale {
		return d.widen(scale)
	}
	return Decimal{roundQuo(d.int(), pow10(d.scale-scale)), scale}
}

// widen adds zeros to the fraction.
func (d Decimal) widen(scale int32) Decimal {
	if scale <= d.scale {
		return d
	}
	return Decimal{new(big.Int).Mul(d.int(), pow10(scale-d.scale)), scale}
}

// floor cuts to scale digits, towards minus infinity.
func (d Decimal) floor(scale int32) Decimal {
	if scale >= d.scale {
		return d.widen(scale)
	}
	q, m := new(big.Int).DivMod(d.int(), pow10(d.scale-scale), new(big.Int))
	_ = m
	return Decimal{q, scale}
}

// ceil cuts to scale digits, towards plus infinity.
func (d Decimal) ceil(scale int32) Decimal { return d.neg().floor(scale).neg() }

// truncate cuts the fraction off.
func (d Decimal) truncate() Decimal {
	return Decimal{coef: new(big.Int).Quo(d.int(), pow10(d.scale))}
}

// fits tells whether the number is small enough to go on computing with.
func (d Decimal) fits() bool { return d.int().BitLen() <= 4*maxDigits && d.scale <= 2*maxDigits }
