package fhir

import (
	"testing"

	"pgregory.net/rapid"
)

func parsed(t testing.TB, src string) *Tree {
	t.Helper()
	tree, err := Parse([]byte(src), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestDateRange(t *testing.T) {
	may := func(from, to string) Interval {
		a, _ := ParseDateTime(from)
		b, _ := ParseDateTime(to)
		low, _ := a.Range()
		high, _ := b.Range()
		return Interval{low, high}
	}
	for _, c := range []struct {
		json string
		want Interval
		ok   bool
	}{
		{`"2020-05"`, may("2020-05-01", "2020-06-01"), true},
		{`"soon"`, Interval{}, false},
		{`5`, Interval{}, false},
		{`{}`, Interval{}, false},
		{`{"start":"2020-05-01","end":"2020-05-03"}`, may("2020-05-01", "2020-05-04"), true},
		{`{"start":"2020-05-03","end":"2020-05-01"}`, may("2020-05-01", "2020-05-04"), true},
		{`{"start":"2020-05-01"}`, Interval{may("2020-05-01", "2020").Low, Latest}, true},
		{`{"end":"2020-05-01"}`, Interval{Earliest, may("2020", "2020-05-02").High}, true},
		{`{"end":"x"}`, Interval{}, false},
		{`{"start":1,"end":"2020"}`, Interval{}, false},
		{`{"event":["2020-05-03","2020-05-01","bad"]}`, may("2020-05-01", "2020-05-04"), true},
		{`{"event":["2020-05-03"],"repeat":{"boundsPeriod":{"start":"2020-05-01","end":"2020-05-02"}}}`, may("2020-05-01", "2020-05-04"), true},
		{`{"repeat":{"boundsDuration":{"value":3}}}`, Interval{}, false},
	} {
		got, ok := DateRange(parsed(t, c.json).Root())
		if got != c.want || ok != c.ok {
			t.Errorf("%s: %v %v", c.json, got, ok)
		}
	}
}

func TestCutPrefix(t *testing.T) {
	for s, want := range map[string]struct {
		p    Prefix
		rest string
	}{"2020": {Eq, "2020"}, "ge2020": {Ge, "2020"}, "ap": {Ap, ""}, "xx20": {Eq, "xx20"}, "": {Eq, ""}, "e": {Eq, "e"}} {
		if p, rest := CutPrefix(s); p != want.p || rest != want.rest {
			t.Errorf("%q: %v %q", s, p, rest)
		}
	}
}

// The twin holds the sentences of R4 section 3.1.1.5.8 against sets of small
// whole moments.
func TestPrefixAgainstSets(t *testing.T) {
	const end = 12
	in := func(i Interval, m int64) bool { return i.Low <= m && m < i.High }
	exists := func(f func(m int64) bool) bool {
		for m := int64(0); m < end; m++ {
			if f(m) {
				return true
			}
		}
		return false
	}
	some := rapid.Custom(func(t *rapid.T) Interval {
		low := rapid.Int64Range(1, end-2).Draw(t, "low")
		return Interval{low, rapid.Int64Range(low+1, end-1).Draw(t, "high")}
	})
	rapid.Check(t, func(t *rapid.T) {
		v, x := some.Draw(t, "value"), some.Draw(t, "target")
		within := !exists(func(m int64) bool { return in(x, m) && !in(v, m) })
		above := exists(func(m int64) bool { return in(x, m) && m >= v.High })
		below := exists(func(m int64) bool { return in(x, m) && m < v.Low })
		overlap := exists(func(m int64) bool { return in(x, m) && in(v, m) })
		allAbove := !exists(func(m int64) bool { return in(x, m) && m < v.High })
		allBelow := !exists(func(m int64) bool { return in(x, m) && m >= v.Low })
		for p, want := range map[Prefix]bool{Eq: within, Ne: !within, Gt: above, Lt: below, Ge: above || within,
			Le: below || within, Sa: allAbove, Eb: allBelow, Ap: overlap} {
			if got := p.Match(v, x); got != want {
				t.Errorf("%v %v against %v: %v", p, v, x, got)
			}
		}
	})
}

func TestWiden(t *testing.T) {
	if got := (Interval{100, 200}).Widen(300); got != (Interval{80, 210}) {
		t.Error(got)
	}
	if got := (Interval{Earliest, Latest}).Widen(0); got != (Interval{Earliest, Latest}) {
		t.Error(got)
	}
}
