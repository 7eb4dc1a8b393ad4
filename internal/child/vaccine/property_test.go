package vaccine

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anybody is a made-up person with a history under a plan, and a day.
func anybody(t *rapid.T, p *Plan) (who Person, on Date) {
	codes := make([]string, 0, len(p.schedule.Vaccines))
	for _, v := range p.schedule.Vaccines {
		codes = append(codes, v.Code)
	}
	who.Born = DateOf(2000, 1, 1) + Date(rapid.IntRange(0, 9000).Draw(t, "born"))
	who.Sex = rapid.SampledFrom([]Sex{"", Male, Female}).Draw(t, "sex")
	on = who.Born + Date(rapid.IntRange(0, 7000).Draw(t, "age"))
	for range rapid.IntRange(0, 9).Draw(t, "doses") {
		who.History = append(who.History, Given{
			On:          who.Born + Date(rapid.OneOf(rapid.IntRange(0, 800), rapid.IntRange(0, 7000)).Draw(t, "given")),
			Vaccine:     rapid.SampledFrom(codes).Draw(t, "vaccine"),
			Product:     rapid.SampledFrom([]string{"", "", "Xanthor"}).Draw(t, "product"),
			SubStandard: rapid.IntRange(0, 20).Draw(t, "spoilt") == 0,
		})
	}
	for _, o := range p.schedule.Observations {
		if rapid.IntRange(0, 9).Draw(t, "observed") == 0 {
			who.Observations = append(who.Observations, Observed{Code: o.Code, On: who.Born + Date(rapid.IntRange(0, 7000).Draw(t, "seen"))})
		}
	}
	return who, on
}

func TestTheOrderOfAHistoryDoesNotMatter(t *testing.T) {
	p := testland(t)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anybody(t, p)
		want := p.Assess(who, on)
		turn := rapid.Permutation(indexes(len(who.History))).Draw(t, "turn")
		turned := who
		turned.History = make([]Given, len(turn))
		for i, from := range turn {
			turned.History[i] = who.History[from]
		}
		got := p.Assess(turned, on)
		if diff := cmp.Diff(want.Forecasts, got.Forecasts); diff != "" {
			t.Fatalf("the forecast changed:\n%s", diff)
		}
		if diff := cmp.Diff(told(who, want), told(turned, got)); diff != "" {
			t.Fatalf("the verdicts changed:\n%s", diff)
		}
	})
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// told is what was said of each dose, whatever its place in the history.
func told(who Person, o Outcome) (out []string) {
	for _, v := range o.Verdicts {
		g := who.History[v.Dose]
		out = append(out, strings.Join([]string{g.On.String(), g.Vaccine, g.Product, v.Antigen, v.Path, v.Series, v.Status.String(), v.Reason.String(), v.From.String()}, " "))
	}
	slices.Sort(out)
	return out
}

func TestWhatComesLaterChangesNothing(t *testing.T) {
	p := testland(t)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anybody(t, p)
		known := who
		known.History, known.Observations = nil, nil
		for _, g := range who.History {
			if g.On <= on {
				known.History = append(known.History, g)
			}
		}
		for _, o := range who.Observations {
			if o.On <= on {
				known.Observations = append(known.Observations, o)
			}
		}
		want, got := p.Assess(known, on), p.Assess(who, on)
		if diff := cmp.Diff(want.Forecasts, got.Forecasts); diff != "" {
			t.Fatalf("the forecast changed:\n%s", diff)
		}
		if diff := cmp.Diff(told(known, want), told(who, got)); diff != "" {
			t.Fatalf("the verdicts changed:\n%s", diff)
		}
	})
}

func TestDatesComeInTheirOrder(t *testing.T) {
	p := testland(t)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anybody(t, p)
		for _, f := range p.Assess(who, on).Forecasts {
			switch {
			case f.Status != NotComplete:
				if f.Earliest != 0 || f.Recommended != 0 || f.Overdue != 0 || f.Latest != 0 || f.Dose != 0 {
					t.Fatalf("a group that is %s has dates: %+v", f.Status, f)
				}
			case f.Earliest < who.Born || f.Recommended < f.Earliest || f.Overdue != 0 && f.Overdue < f.Recommended || f.Dose < 1:
				t.Fatalf("the dates are in a wrong order: %+v", f)
			case f.Latest != 0 && (f.Latest < on || len(f.Antigens) == 1 && f.Latest < f.Earliest):
				t.Fatalf("it can no longer be given: %+v", f)
			}
		}
	})
}

func TestTheSameAsIsAnsweredAgain(t *testing.T) {
	p := testland(t)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anybody(t, p)
		first := p.Assess(who, on)
		other, day := anybody(t, p) // whoever comes between leaves nothing on the desk
		p.Assess(other, day)
		if diff := cmp.Diff(first, p.Assess(who, on)); diff != "" {
			t.Fatalf("the second answer is another:\n%s", diff)
		}
	})
}

// TestADoseThatCountsBringsNobodyBack: one more valid dose leaves the dose number
// where it is, or moves it on.
func TestADoseThatCountsBringsNobodyBack(t *testing.T) {
	p := testland(t)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anybody(t, p)
		who.History = slices.DeleteFunc(who.History, func(g Given) bool { return g.On >= on })
		before := p.Assess(who, on)
		code := rapid.SampledFrom(p.schedule.Vaccines).Draw(t, "one more").Code
		who.History = append(who.History, Given{On: on, Vaccine: code})
		after := p.Assess(who, on)
		for _, f := range after.Forecasts {
			v, ok := after.Of(len(who.History)-1, f.Group, f.Path)
			for _, was := range before.Forecasts {
				if ok && v.Status == Valid && was.Group == f.Group && was.Path == f.Path && slices.Equal(was.Series, f.Series) &&
					f.Status == NotComplete && f.Dose < was.Dose {
					t.Fatalf("dose %d of %s was next, and after one that counts dose %d is", was.Dose, f.Group, f.Dose)
				}
			}
		}
	})
}

// TestWhatCameTooEarlyCountsFromThatDay: a dose that came too early, given on the
// day that was named instead, is no longer too early.
func TestWhatCameTooEarlyCountsFromThatDay(t *testing.T) {
	p := testland(t)
	early := Reasons(1<<TooYoung | 1<<TooSoon | 1<<Conflicting)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anybody(t, p)
		who.History = slices.DeleteFunc(who.History, func(g Given) bool { return g.On >= on })
		who.History = append(who.History, Given{On: on, Vaccine: rapid.SampledFrom(p.schedule.Vaccines).Draw(t, "last").Code})
		last := len(who.History) - 1
		for _, v := range p.Assess(who, on).Verdicts {
			if v.Dose != last || v.From == 0 {
				continue
			}
			if !early.Has(v.Reason) || v.Status != NotValid || v.From <= on {
				t.Fatalf("a day is named for %+v", v)
			}
			who.History[last].On = v.From
			for _, now := range p.Assess(who, v.From).Verdicts {
				if now.Dose == last && now.Antigen == v.Antigen && now.Series == v.Series && now.Target == v.Target && early.Has(now.Reason) {
					t.Fatalf("on %s it is still %s", v.From, now.Reason)
				}
			}
			who.History[last].On = on
		}
	})
}

// TestWhatIsForecastCounts: the vaccine that is named, given on the first day
// that is named, counts.
func TestWhatIsForecastCounts(t *testing.T) {
	p := testland(t)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anybody(t, p)
		who.History = slices.DeleteFunc(who.History, func(g Given) bool { return g.On >= on })
		who.Observations = nil
		for _, f := range p.Assess(who, on).Forecasts {
			if len(f.Vaccines) == 0 || f.Earliest < on {
				continue
			}
			given := who
			given.History = append(slices.Clone(who.History), Given{On: f.Earliest, Vaccine: f.Vaccines[0]})
			after := p.Assess(given, f.Earliest)
			for _, v := range after.Verdicts {
				if v.Dose == len(who.History) && slices.Contains(f.Antigens, v.Antigen) && slices.Contains(f.Series, v.Series) &&
					(v.Reason == TooYoung || v.Reason == Conflicting || len(f.Antigens) == 1 && v.Status != Valid) {
					t.Fatalf("%s was forecast for %s from %s, and is %s (%s)", f.Vaccines[0], f.Group, f.Earliest, v.Status, v.Reason)
				}
			}
		}
	})
}
