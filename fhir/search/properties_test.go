package search

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
)

func dayOf(micros int64) string { return time.UnixMicro(micros).UTC().Format("2006-01-02") }

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"smith":              "smith",
		"  De  La\tCruz\n":   "de la cruz",
		"O'Brien-Jones":      "obrien jones",
		"Zoë Ångström":       "zoe angstrom",
		"STRASSE":            "strasse",
		"Straße":             "strasse",
		"Łukasz Ørsted":      "lukasz orsted",
		"St. Mary's (North)": "st marys north",
		"İstanbul":           "istanbul",
		"ΑΘΗΝΑ":              "αθηνα",
		"A+ b=c":             "a+ b=c",
		"日本":                 "日本",
		"…":                  "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFoldIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		once := Fold(s)
		if again := Fold(once); again != once {
			t.Fatalf("Fold(%q) = %q, and of that %q", s, once, again)
		}
		if isASCII(s) && Fold(strings.ToUpper(s)) != once {
			t.Fatalf("case counts in %q", s)
		}
	})
}

func TestSplitAndUnescapeUndoEscapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.StringOf(rapid.RuneFrom([]rune(`ab\,|$é`))), 1, 5).Draw(t, "parts")
		var escaped []string
		for _, w := range want {
			escaped = append(escaped, escaper.Replace(w))
		}
		got := split(strings.Join(escaped, ","), ',')
		if len(got) != len(want) {
			t.Fatalf("%q became %q", want, got)
		}
		for i := range got {
			if unescape(got[i]) != want[i] {
				t.Fatalf("%q became %q", want[i], unescape(got[i]))
			}
		}
	})
}

// TestDatePrefixesAgainstInstants holds the prefixes against a plain look at
// the instants of small ranges: what R4 says in words.
func TestDatePrefixesAgainstInstants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := func(name string) (int64, int64) {
			a := rapid.Int64Range(0, 20).Draw(t, name+" from")
			return a, a + rapid.Int64Range(1, 8).Draw(t, name+" width")
		}
		low, high := span("search")
		from, to := span("target")
		above, below, inside := false, false, true
		for i := from; i < to; i++ {
			above = above || i >= high
			below = below || i < low
			inside = inside && i >= low && i < high
		}
		want := map[Prefix]bool{
			Eq: inside, Ne: !inside, Gt: above, Lt: below, Ge: above || inside, Le: below || inside,
			Sa: from >= high, Eb: to <= low, Ap: from < high && low < to,
		}
		for p, w := range want {
			o := Operand{Prefix: p, Low: low, High: high}
			if got := o.Matches(&Value{Kind: Date, Low: from, High: to}, NoModifier, ""); got != w {
				t.Fatalf("%s [%d,%d) on [%d,%d): %v", p, low, high, from, to, got)
			}
		}
	})
}

// TestNumberPrefixesAgainstFloats does the same for plain numbers.
func TestNumberPrefixesAgainstFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-300, 300)
		search := decimal(n.Draw(t, "search"), rapid.IntRange(0, 2).Draw(t, "places"))
		target := decimal(n.Draw(t, "target"), rapid.IntRange(0, 2).Draw(t, "target places"))
		d, _ := fhir.ParseDecimal(target)
		v := Value{Kind: Number, Number: d, NumLow: d, NumHigh: d}
		for prefix, want := range map[string]func(c int) bool{
			"gt": func(c int) bool { return c > 0 }, "lt": func(c int) bool { return c < 0 },
			"ge": func(c int) bool { return c >= 0 }, "le": func(c int) bool { return c <= 0 },
			"sa": func(c int) bool { return c > 0 }, "eb": func(c int) bool { return c < 0 },
		} {
			o, err := (&parser{}).number(wanted{kind: Number}, prefix+search)
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Matches(&v, NoModifier, ""); got != want(d.Compare(o.Value)) {
				t.Fatalf("%s %s%s: %v", target, prefix, search, got)
			}
		}
		eq, _ := (&parser{}).number(wanted{kind: Number}, search)
		ne, _ := (&parser{}).number(wanted{kind: Number}, "ne"+search)
		if eq.Matches(&v, NoModifier, "") == ne.Matches(&v, NoModifier, "") {
			t.Fatalf("%s is both or neither eq and ne %s", target, search)
		}
	})
}

func decimal(n, places int) string {
	s := ""
	if n < 0 {
		s, n = "-", -n
	}
	digits := strings.Repeat("0", places) + itoa(n)
	if places == 0 {
		return s + itoa(n)
	}
	whole := strings.TrimLeft(digits[:len(digits)-places], "0")
	return s + "0"[:max(0, 1-len(whole))] + whole + "." + digits[len(digits)-places:]
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func TestSortValuesKeepTheirOrderInCursors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Bool().Draw(t, "text")
		gen := func(name string) SortValue {
			if text {
				return textValue(rapid.String().Draw(t, name))
			}
			return SortValue{Number: rapid.Int64().Draw(t, name)}
		}
		a, b := gen("a"), gen("b")
		back, ok := ParseSortValue(a.Append(nil))
		if !ok || back != a {
			t.Fatalf("%+v came back as %+v", a, back)
		}
		if a.Compare(b) != -b.Compare(a) || a.Compare(a) != 0 {
			t.Fatalf("no order between %+v and %+v", a, b)
		}
	})
	for _, bad := range []string{"", "n", "n1234567", "n123456789", "x", "s" + strings.Repeat("a", MaxSortText+1)} {
		if _, ok := ParseSortValue([]byte(bad)); ok {
			t.Errorf("%q was read", bad)
		}
	}
}
