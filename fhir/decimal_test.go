package fhir

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// The twin is math/big.
func rat(t *rapid.T, s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is not a number to math/big", s)
	}
	return r
}

var numberText = rapid.StringMatching(`-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`)

func aDecimal(t *rapid.T, label string) (Decimal, *big.Rat) {
	s := numberText.Draw(t, label)
	if rapid.Bool().Draw(t, "small") {
		s = rapid.StringMatching(`-?[0-3](\.[0-2]{1,3})?(e-?[01])?`).Draw(t, label)
	}
	d, err := ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	if d.String() != s {
		t.Fatalf("%s came back as %s", s, d)
	}
	return d, rat(t, s)
}

func TestDecimalCompare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, ra := aDecimal(t, "a")
		b, rb := aDecimal(t, "b")
		if got, want := a.Compare(b), ra.Cmp(rb); got != want {
			t.Errorf("%s and %s: %d, not %d", a, b, got, want)
		}
		if a.Sign() != ra.Sign() {
			t.Errorf("sign of %s", a)
		}
		if a.Compare(Lowest()) != 1 || a.Compare(Highest()) != -1 || Lowest().Compare(a) != -1 || Highest().Compare(a) != 1 {
			t.Errorf("%s lies between the open ends", a)
		}
	})
}

func TestDecimalSortKeyKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, ra := aDecimal(t, "a")
		b, rb := aDecimal(t, "b")
		ka, kb := a.SortKey(), b.SortKey()
		if c := ra.Cmp(rb); c < 0 && ka > kb || c > 0 && ka < kb || c == 0 && ka != kb {
			t.Errorf("%s and %s have keys %d and %d", a, b, ka, kb)
		}
		if Lowest().SortKey() > ka || Highest().SortKey() < ka {
			t.Errorf("%s lies outside of the open ends", a)
		}
		// A tie is only for numbers within a part in 10^15 of each other.
		if ra.Cmp(rb) != 0 && ka == kb {
			diff := new(big.Rat).Sub(ra, rb)
			diff.Abs(diff).Mul(diff, new(big.Rat).SetInt64(1e15))
			if diff.Cmp(new(big.Rat).Abs(ra)) > 0 {
				t.Errorf("%s and %s have the same key", a, b)
			}
		}
	})
}

func TestDecimalRange(t *testing.T) {
	for s, want := range map[string][2]string{
		"100": {"99.5", "100.5"}, "100.00": {"99.995", "100.005"}, "1e2": {"50", "150"}, "1.0e2": {"95", "105"}, "5.40e-3": {"0.005395", "0.005405"},
		"0": {"-0.5", "0.5"}, "0.0": {"-0.05", "0.05"}, "-1": {"-1.5", "-0.5"}, "-0": {"-0.5", "0.5"}, "1": {"0.5", "1.5"}, "10": {"9.5", "10.5"},
	} {
		d, _ := ParseDecimal(s)
		low, high := d.Range()
		wantLow, _ := ParseDecimal(want[0])
		wantHigh, _ := ParseDecimal(want[1])
		if low.Compare(wantLow) != 0 || high.Compare(wantHigh) != 0 {
			t.Errorf("%s covers %s to %s", s, low, high)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d, r := aDecimal(t, "d")
		low, high := d.Range()
		half := big.NewRat(1, 2)
		ten := big.NewRat(10, 1)
		for n := d.Scale(); n != 0; {
			if n > 0 {
				half.Quo(half, ten)
				n--
			} else {
				half.Mul(half, ten)
				n++
			}
		}
		if rat(t, low.String()).Cmp(new(big.Rat).Sub(r, half)) != 0 || rat(t, high.String()).Cmp(new(big.Rat).Add(r, half)) != 0 {
			t.Errorf("%s covers %s to %s", d, low, high)
		}
	})
}

func TestDecimalRefuses(t *testing.T) {
	for _, s := range []string{"", "-", "+", ".", "1.", ".5", "1e", "1e1000000", "1e-1000000", "1e99999999999999999999", "e5", "0x1", "1_0", "NaN", "Inf", "1,5", " 1", "1 ", "--1", "1e1.5", "1e+", "٣"} {
		if d, err := ParseDecimal(s); err == nil {
			t.Errorf("%q was accepted as %s", s, d)
		}
	}
}

func TestDecimalKeyAtTheEdges(t *testing.T) {
	key := func(s string) int64 {
		d, err := ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		return d.SortKey()
	}
	if key("0") != key("-0.00") || key("-1e-999") != 0 || key("1e999") != Highest().SortKey() || key("-1e999") != Lowest().SortKey() {
		t.Error("zero, underflow and overflow")
	}
	if Lowest().SortKey() == math.MinInt64 {
		t.Error("room below the lowest key was expected")
	}
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"1.50", "-0", "5.40e-3", "1e400", "007"} {
		f.Add(s, "1")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, errX := ParseDecimal(a)
		y, errY := ParseDecimal(b)
		if errX != nil || errY != nil {
			return
		}
		c := x.Compare(y)
		if c != -y.Compare(x) {
			t.Errorf("%q and %q: %d both ways", a, b, c)
		}
		if c < 0 && x.SortKey() > y.SortKey() {
			t.Errorf("%q and %q: keys", a, b)
		}
		if low, high := x.Range(); low.Compare(x) > 0 || high.Compare(x) <= 0 && x.Sign() > 0 || low.Compare(high) >= 0 {
			t.Errorf("%q covers %s to %s", a, low, high)
		}
	})
}

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		json string
		want Quantity
		ok   bool
	}{
		{`{"value":1.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}`,
			Quantity{Unit: "kg", System: "http://unitsofmeasure.org", Code: "kg", HasValue: true, Value: Decimal{text: "1.50", digits: "150", exp: -2}}, true},
		{`{"value":2,"currency":"GBP"}`, Quantity{System: CurrencySystem, Code: "GBP", HasValue: true, Value: Decimal{text: "2", digits: "2"}}, true},
		{`{"unit":"kg"}`, Quantity{Unit: "kg"}, true},
		{`{"value":"1"}`, Quantity{}, false},
		{`{"value":1e9999999}`, Quantity{}, false},
		{`[]`, Quantity{}, false},
	} {
		got, ok := ParseQuantity(parsed(t, c.json).Root())
		if got != c.want || ok != c.ok {
			t.Errorf("%s: %+v %v", c.json, got, ok)
		}
	}
	q, _ := ParseQuantity(parsed(t, `{"value":5,"comparator":"<"}`).Root())
	if low, high := q.Range(); low != Lowest() || high.String() != "5" {
		t.Error(low, high)
	}
}
