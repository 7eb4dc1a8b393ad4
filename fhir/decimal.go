package fhir

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// Decimal is a number with the text that it was written with (R4 section
// 2.24.0.1): 1.50 stays 1.50 and is known to be as big as 1.5. Comparisons are
// exact, whatever the number of digits. Lowest and Highest stand for the ends
// of a range that is open. The zero Decimal is absent and compares as 0.
type Decimal struct {
	text   string
	digits string // without sign, point and leading zeros; "" for zero
	exp    int32  // the number is digits × 10^exp
	neg    bool
	open   int8 // -1 lowest, 1 highest
}

// maxExponent bounds the written exponent. R4 asks for 18 digits or so; a
// bound far beyond keeps sums of exponents small.
const maxExponent = 999_999

// Lowest returns what is below every number, and Highest what is above.
func Lowest() Decimal { return Decimal{open: -1} }

// Highest returns what is above every number.
func Highest() Decimal { return Decimal{open: 1} }

// ParseDecimal reads a JSON number; leading zeros and a leading + are accepted
// as well since search values may have them. The exponent may have up to six
// digits. The error is a *ValueError.
func ParseDecimal[T ~string | ~[]byte](s T) (Decimal, error) {
	d := Decimal{text: string(s)}
	bad := func() (Decimal, error) {
		return Decimal{}, valueError(s, "is not a number. Write it like 12, -3.50 or 6.0e2.")
	}
	t := d.text
	switch {
	case strings.HasPrefix(t, "-"):
		d.neg, t = true, t[1:]
	case strings.HasPrefix(t, "+"):
		t = t[1:]
	}
	if e := strings.IndexAny(t, "eE"); e >= 0 {
		exp, err := strconv.Atoi(t[e+1:])
		if err != nil || exp > maxExponent || exp < -maxExponent {
			return bad()
		}
		d.exp, t = int32(exp), t[:e]
	}
	whole, part, point := strings.Cut(t, ".")
	if !allDigits(whole) || point && !allDigits(part) || len(part) > maxExponent {
		return bad()
	}
	d.exp -= int32(len(part))
	d.digits = whole
	switch {
	case strings.Trim(whole, "0") == "":
		d.digits = part
	case point:
		d.digits = whole + part
	}
	d.digits = strings.TrimLeft(d.digits, "0")
	return d, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return len(s) > 0
}

// String returns the number as it was written, "" for an open end.
func (d Decimal) String() string { return d.text }

// IsOpen tells whether this is Lowest or Highest.
func (d Decimal) IsOpen() bool { return d.open != 0 }

// Sign returns -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.open != 0:
		return int(d.open)
	case d.digits == "":
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// Scale returns the number of digits after the point, negative where the last
// digit written stands for tens, hundreds and so on (1e2: -2).
func (d Decimal) Scale() int { return -int(d.exp) }

// Compare returns -1, 0 or 1: the exact order of the numbers. 1.50 and 1.5 are
// the same number.
func (d Decimal) Compare(o Decimal) int {
	a, b := d.Sign(), o.Sign()
	if a != b || a == 0 || d.open != 0 || o.open != 0 {
		if d.open != o.open {
			return cmp.Compare(d.open, o.open)
		}
		return cmp.Compare(a, b)
	}
	c := cmp.Compare(int64(d.exp)+int64(len(d.digits)), int64(o.exp)+int64(len(o.digits)))
	if c == 0 {
		c = compareDigits(d.digits, o.digits)
	}
	return a * c
}

// compareDigits compares digits that start at the same place value.
func compareDigits(a, b string) int {
	n := min(len(a), len(b))
	if c := strings.Compare(a[:n], b[:n]); c != 0 {
		return c
	}
	switch {
	case strings.Trim(a[n:], "0") != "":
		return 1
	case strings.Trim(b[n:], "0") != "":
		return -1
	}
	return 0
}

// Range returns the numbers that a search for d without a prefix stands for:
// from low, inclusive, to high, exclusive, half a unit of the last digit
// written to either side. 100 is 99.5 to 100.5, 5.40e-3 is 0.005395 to
// 0.005405. 1e2 has one digit and is 50 to 150, as R5 says; the 95 to 105 in
// the text of R4 does not follow from its own rule.
func (d Decimal) Range() (low, high Decimal) {
	if d.open != 0 {
		return d, d
	}
	away := shifted(d.digits, d.exp, d.neg)
	if d.digits == "" {
		return shifted("", d.exp, true), shifted("", d.exp, false)
	}
	towards := shifted(decrement(d.digits), d.exp, d.neg)
	if d.neg {
		return away, towards
	}
	return towards, away
}

// shifted returns digits followed by a 5, one place further down.
func shifted(digits string, exp int32, neg bool) Decimal {
	d := Decimal{digits: digits + "5", exp: exp - 1, neg: neg}
	sign := ""
	if neg {
		sign = "-"
	}
	d.text = sign + d.digits + "e" + strconv.Itoa(int(d.exp))
	return d
}

// decrement returns digits minus one, without leading zeros.
func decrement(digits string) string {
	b := []byte(digits)
	i := len(b) - 1
	for ; i > 0 && b[i] == '0'; i-- {
		b[i] = '9'
	}
	b[i]--
	return strings.TrimLeft(string(b), "0")
}

// SortKey maps the number to an integer that keeps the order: a.Compare(b) < 0
// means a.SortKey() <= b.SortKey(). Different numbers get the same key only
// where they agree in about their first 15 digits, or lie outside of the range
// of a float64, so a search by keys must check what lies on its ends. Lowest
// and Highest are below and above every number's key, or equal to it.
func (d Decimal) SortKey() int64 {
	var f float64
	switch {
	case d.open != 0:
		f = math.Inf(int(d.open))
	case d.digits != "":
		// ParseFloat rounds correctly, and rounding keeps order. It answers
		// what is too big with an infinity beside the error.
		f, _ = strconv.ParseFloat(d.text, 64)
	}
	bits := int64(math.Float64bits(f))
	if bits < 0 {
		// Negative floats grow with their bits the wrong way round.
		bits = math.MinInt64 - bits
	}
	return bits
}

// Float64 returns the nearest float64, for arithmetic that need not be exact.
func (d Decimal) Float64() float64 {
	if d.open != 0 {
		return math.Inf(int(d.open))
	}
	if d.digits == "" {
		return 0
	}
	f, _ := strconv.ParseFloat(d.text, 64)
	return f
}
