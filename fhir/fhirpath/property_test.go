package fhirpath

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

func evalOne(t rapid.TB, src string) Item {
	e, err := Compile(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	got, err := e.Eval(nil)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	if len(got) != 1 {
		return Item{}
	}
	return got[0]
}

// genDecimal writes decimals of up to 18 digits.
func genDecimal() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		n := rapid.Int64Range(-1e17, 1e17).Draw(t, "digits")
		scale := rapid.IntRange(0, 9).Draw(t, "scale")
		return Decimal{big.NewInt(n), int32(scale)}.String()
	})
}

// TestDecimalTwin holds sums, products and comparisons against fractions.
func TestDecimalTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genDecimal().Draw(t, "a"), genDecimal().Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		p, ok1 := parseDecimal(a)
		q, ok2 := parseDecimal(b)
		if !ok1 || !ok2 || p.String() != a || q.String() != b {
			t.Fatalf("%s is read as %s, %s as %s", a, p, b, q)
		}
		for name, c := range map[string][2]*big.Rat{
			"+": {p.add(q).rat(), new(big.Rat).Add(x, y)},
			"-": {p.sub(q).rat(), new(big.Rat).Sub(x, y)},
			"*": {p.mul(q).rat(), new(big.Rat).Mul(x, y)},
		} {
			if c[0].Cmp(c[1]) != 0 {
				t.Fatalf("%s %s %s = %s", a, name, b, c[0])
			}
		}
		if p.cmp(q) != x.Cmp(y) {
			t.Fatalf("%s and %s compare as %d", a, b, p.cmp(q))
		}
		if q.sign() == 0 {
			return
		}
		div, mod := p.quoWhole(q)
		if sum := div.mul(q).add(mod); sum.cmp(p) != 0 || mod.abs().cmp(q.abs()) >= 0 {
			t.Fatalf("%s div %s = %s, mod %s", a, b, div, mod)
		}
		off := new(big.Rat).Sub(p.quo(q).rat(), new(big.Rat).Quo(x, y))
		if off.Abs(off).Cmp(big.NewRat(1, 1e16)) > 0 {
			t.Fatalf("%s / %s = %s", a, b, p.quo(q))
		}
	})
}

// TestRoundingTwin holds round, floor and ceil against each other.
func TestRoundingTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, _ := parseDecimal(genDecimal().Draw(t, "d"))
		scale := int32(rapid.IntRange(0, 10).Draw(t, "scale"))
		low, high, near := d.floor(scale), d.ceil(scale), d.round(scale)
		step := Decimal{big.NewInt(1), scale}
		if low.cmp(d) > 0 || high.cmp(d) < 0 || high.sub(low).cmp(step) > 0 {
			t.Fatalf("%s lies not between %s and %s", d, low, high)
		}
		if near.cmp(low) != 0 && near.cmp(high) != 0 {
			t.Fatalf("%s rounds to %s, between %s and %s", d, near, low, high)
		}
		if near.sub(d).abs().cmp(low.sub(d).abs()) > 0 || near.sub(d).abs().cmp(high.sub(d).abs()) > 0 {
			t.Fatalf("%s rounds to %s, and is nearer to %s or %s", d, near, low, high)
		}
	})
}

// TestIntegersTwin: whole numbers are right or, where they do not fit, empty.
func TestIntegersTwin(t *testing.T) {
	edge := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, 1<<63 - 1, -1 << 63, 1 << 32, -1 << 32}))
	rapid.Check(t, func(t *rapid.T) {
		a, b := edge.Draw(t, "a"), edge.Draw(t, "b")
		x, y := big.NewInt(a), big.NewInt(b)
		want := map[string]*big.Int{"+": new(big.Int).Add(x, y), "-": new(big.Int).Sub(x, y), "*": new(big.Int).Mul(x, y)}
		if b != 0 {
			want["div"], want["mod"] = new(big.Int).Quo(x, y), new(big.Int).Rem(x, y)
		}
		for op, w := range want {
			got := integers(op, a, b)
			if got == nil {
				if w.IsInt64() && !(b == -1 && a == -1<<63) {
					t.Fatalf("%d %s %d is empty, and should be %s", a, op, b, w)
				}
			} else if int64(got.(Integer)) != w.Int64() || !w.IsInt64() {
				t.Fatalf("%d %s %d = %v, and should be %s", a, op, b, got, w)
			}
		}
	})
}

// TestDateTwin holds adding days and seconds against the calendar of package
// time.
func TestDateTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-60_000_000_000, 200_000_000_000).Draw(t, "at"), 0).UTC()
		days := rapid.IntRange(-200_000, 200_000).Draw(t, "days")
		seconds := rapid.IntRange(-1_000_000, 1_000_000).Draw(t, "seconds")
		src := fmt.Sprintf("@%s + (%d days) + (%d seconds)", at.Format("2006-01-02T15:04:05Z"), days, seconds)
		want := at.AddDate(0, 0, days).Add(time.Duration(seconds) * time.Second)
		if want.Year() < 1 || want.Year() > 9999 || at.AddDate(0, 0, days).Year() < 1 || at.AddDate(0, 0, days).Year() > 9999 {
			return
		}
		if got := evalOne(t, src).Str(); got != want.Format("2006-01-02T15:04:05Z") {
			t.Fatalf("%s = %s, and should be %s", src, got, want)
		}
	})
}

// TestMonthsAreClamped: a month later is the same day or the last one.
func TestMonthsAreClamped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(rapid.IntRange(2, 9000).Draw(t, "year"), 1, rapid.IntRange(1, 366).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		n := rapid.IntRange(-12, 1200).Draw(t, "months")
		got := evalOne(t, fmt.Sprintf("@%s + (%d months)", at.Format(time.DateOnly), n)).Str()
		day, err := time.Parse(time.DateOnly, got)
		first := time.Date(at.Year(), at.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		if err != nil || day.Year() != first.Year() || day.Month() != first.Month() {
			t.Fatalf("%s + %d months = %s", at.Format(time.DateOnly), n, got)
		}
		if day.Day() != at.Day() && (day.Day() > at.Day() || day.AddDate(0, 0, 1).Day() != 1) {
			t.Fatalf("%s + %d months = %s", at.Format(time.DateOnly), n, got)
		}
	})
}

// TestPlaces: the place of every element of every example leads back to it.
func TestPlaces(t *testing.T) {
	files := suitetest.Files(t, "r4-examples", "*.json")
	checked := 0
	for i, file := range files {
		if i%6 != 0 {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fhir.Parse(src, fhir.Limits{})
		if err != nil || len(src) > 100_000 {
			continue
		}
		items := []Item{Root(tree)}
		for len(items) > 0 {
			it := items[len(items)-1]
			items = appendChildren(items[:len(items)-1], &it)
			checked++
			e, err := Compile(it.Place())
			if err != nil {
				t.Fatalf("%s: %s: %v", file, it.Place(), err)
			}
			got, err := e.Eval(nil, Root(tree))
			if err != nil || len(got) != 1 || got[0].node.ID() != it.node.ID() || got[0].Type() != it.Type() {
				t.Errorf("%s: %s gives %v, %v", filepath.Base(file), it.Place(), show(got), err)
			}
		}
	}
	t.Logf("%d places", checked)
}

// TestLimits: what would run for ever or grow for ever is stopped.
func TestLimits(t *testing.T) {
	for _, src := range []string{
		"repeatAll(1)",
		"aggregate('" + strings.Repeat("x", 60_000) + "').replace('x', '" + strings.Repeat("y", 1000) + "')",
		"'" + strings.Repeat("x", 60_000) + "'.toChars().select('" + strings.Repeat("x", 400) + "'.toChars())",
		"(1|2|3|4|5|6|7|8|9|10).repeatAll($this | $this + 1)",
		"(1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|29|30).aggregate($total & $total & 'xxxxxxxx', 'a')",
		"'aaaaaaaaaaaaaaaa'.replace('', 'bbbbbbbbbbbbbbbb').replace('', 'cccccccccccccccc').replace('', 'dddddddddddddddddddd').replace('', 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee').replace('', 'ffffffffffffffffffffffffff')",
	} {
		e, err := Compile(src)
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Eval(nil, Of(Integer(1)))
		if f, ok := err.(*Error); !ok || f.Fault != TooMuch {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// TestCompileIsBounded: hostile expressions are refused, or compiled without
// much ado.
func TestCompileIsBounded(t *testing.T) {
	for _, src := range []string{
		strings.Repeat("(", 60_000),
		strings.Repeat("-", 60_000) + "1",
		strings.Repeat("a(", 30_000),
		strings.Repeat("1+", 30_000) + "1",
		strings.Repeat("a.", 30_000) + "a",
		strings.Repeat("x", 70_000),
	} {
		if _, err := Compile(src); err == nil || err.(*Error).Fault != TooMuch && err.(*Error).Fault != Syntax {
			t.Errorf("%.20s…: %v", src, err)
		}
	}
	long := "extension" + strings.Repeat(".value.extension", 200)
	if _, err := CompileFor("Patient", long+" | "+long); err != nil {
		t.Error(err)
	}
}

// TestConcurrent: one Expr serves many at once.
func TestConcurrent(t *testing.T) {
	e, err := Compile("entry.resource.select(id | name.family | code.coding.where(system = 'a').code)")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := fhir.Parse([]byte(`{"resourceType":"Bundle","entry":[
		{"resource":{"resourceType":"Patient","id":"1","name":[{"family":"Ojo"}]}},
		{"resource":{"resourceType":"Observation","id":"2","code":{"coding":[{"system":"a","code":"c"}]}}}]}`), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				got, err := e.Eval(nil, Root(tree))
				if s := show(got); err != nil || s != `id "1", string "Ojo", id "2", code "c", ` {
					t.Errorf("%s %v", s, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
