package vaccine_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/child/vaccine/cdsi"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// under checks a property on the schedule of these tests, and on CDC's where it
// is there.
func under(t *testing.T, property func(t *rapid.T, p *vaccine.Plan)) {
	t.Run("testland", func(t *testing.T) {
		f, err := os.Open("testdata/schedule.json")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s, err := vaccine.ReadSchedule(f)
		if err != nil {
			t.Fatal(err)
		}
		p := compiled(t, s)
		rapid.Check(t, func(t *rapid.T) { property(t, p) })
	})
	t.Run("CDC", func(t *testing.T) {
		p := cdc(t)
		rapid.Check(t, func(t *rapid.T) { property(t, p) })
	})
}

func compiled(t *testing.T, s *vaccine.Schedule) *vaccine.Plan {
	p, err := vaccine.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var theirs *vaccine.Plan // read once; tests of this package run one after the other

func cdc(t *testing.T) *vaccine.Plan {
	var files []cdsi.File
	for _, name := range suitetest.Files(t, "cdsi", "supporting-data/*.xml") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, cdsi.File{Name: filepath.Base(name), Content: b})
	}
	if theirs == nil {
		s, err := cdsi.Read("4.64", vaccine.DateOf(2025, 9, 1), files)
		if err != nil {
			t.Fatal(err)
		}
		theirs = compiled(t, s)
	}
	return theirs
}

// anybody is a made-up person with a history under a plan, and a day.
func anybody(t *rapid.T, p *vaccine.Plan) (who vaccine.Person, on vaccine.Date) {
	antigens := make([]string, 0, len(p.Schedule().Antigens))
	for i := range p.Schedule().Antigens {
		antigens = append(antigens, p.Schedule().Antigens[i].Name)
	}
	antigen := rapid.SampledFrom(antigens).Draw(t, "mostly for")
	all := codes(p, "")
	mostly := rapid.OneOf(rapid.SampledFrom(codes(p, antigen)), rapid.SampledFrom(codes(p, antigen)), rapid.SampledFrom(all))
	who.Born = vaccine.DateOf(2000, 1, 1) + vaccine.Date(rapid.IntRange(0, 9000).Draw(t, "born"))
	who.Sex = rapid.SampledFrom([]vaccine.Sex{"", vaccine.Male, vaccine.Female}).Draw(t, "sex")
	on = who.Born + vaccine.Date(rapid.OneOf(rapid.IntRange(0, 7000), rapid.IntRange(0, 30000)).Draw(t, "age"))
	for range rapid.IntRange(0, 9).Draw(t, "doses") {
		who.History = append(who.History, vaccine.Given{
			On:          who.Born + vaccine.Date(rapid.OneOf(rapid.IntRange(0, 800), rapid.IntRange(0, 7000), rapid.SampledFrom([]int{56, 84, 365, 400})).Draw(t, "given")),
			Vaccine:     mostly.Draw(t, "vaccine"),
			Product:     rapid.SampledFrom([]string{"", "", "Xanthor"}).Draw(t, "product"),
			SubStandard: rapid.IntRange(0, 20).Draw(t, "spoilt") == 0,
		})
	}
	if seen := asked(p, antigen); len(seen) > 0 {
		for range rapid.IntRange(0, 2).Draw(t, "observed") {
			who.Observations = append(who.Observations, vaccine.Observed{Code: rapid.SampledFrom(seen).Draw(t, "what"),
				On: who.Born + vaccine.Date(rapid.IntRange(0, 7000).Draw(t, "seen"))})
		}
	}
	return who, on
}

// codes are those of the vaccines for an antigen, or of all.
func codes(p *vaccine.Plan, antigen string) (out []string) {
	for _, v := range p.Schedule().Vaccines {
		if antigen == "" || slices.ContainsFunc(v.Contains, func(a vaccine.Association) bool { return a.Antigen == antigen }) {
			out = append(out, v.Code)
		}
	}
	return out
}

// asked are the observations that the rules of an antigen ask for.
func asked(p *vaccine.Plan, antigen string) (out []string) {
	for _, a := range p.Schedule().Antigens {
		if a.Name != antigen {
			continue
		}
		out = append(out, a.Immunity.Observations...)
		for _, c := range a.Contraindications {
			out = append(out, c.Observation)
		}
		for _, c := range a.VaccineContraindication {
			out = append(out, c.Observation)
		}
		for _, s := range a.Series {
			for _, i := range s.Indications {
				out = append(out, i.Observation)
			}
		}
	}
	return out
}

func TestTheOrderOfAHistoryDoesNotMatter(t *testing.T) {
	under(t, func(t *rapid.T, p *vaccine.Plan) {
		who, on := anybody(t, p)
		want := p.Assess(who, on)
		turn := rapid.Permutation(indexes(len(who.History))).Draw(t, "turn")
		turned := who
		turned.History = make([]vaccine.Given, len(turn))
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
func told(who vaccine.Person, o vaccine.Outcome) (out []string) {
	for _, v := range o.Verdicts {
		g := who.History[v.Dose]
		out = append(out, strings.Join([]string{g.On.String(), g.Vaccine, g.Product, v.Antigen, v.Path, v.Series, v.Status.String(), v.Reason.String(), v.From.String()}, " "))
	}
	slices.Sort(out)
	return out
}

func TestWhatComesLaterChangesNothing(t *testing.T) {
	under(t, func(t *rapid.T, p *vaccine.Plan) {
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
	under(t, func(t *rapid.T, p *vaccine.Plan) {
		who, on := anybody(t, p)
		for _, f := range p.Assess(who, on).Forecasts {
			switch {
			case f.Status != vaccine.NotComplete:
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
	under(t, func(t *rapid.T, p *vaccine.Plan) {
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
// where it is, or moves it on. (Some series of CDC's for a risk are counted anew
// when the one for everybody is complete.)
func TestADoseThatCountsBringsNobodyBack(t *testing.T) {
	under(t, func(t *rapid.T, p *vaccine.Plan) {
		who, on := anybody(t, p)
		who.History = slices.DeleteFunc(who.History, func(g vaccine.Given) bool { return g.On >= on })
		before := p.Assess(who, on)
		code := rapid.SampledFrom(codes(p, "")).Draw(t, "one more")
		who.History = append(who.History, vaccine.Given{On: on, Vaccine: code})
		after := p.Assess(who, on)
		for _, f := range after.Forecasts {
			v, ok := after.Of(len(who.History)-1, f.Group, f.Path)
			for _, was := range before.Forecasts {
				if ok && v.Status == vaccine.Valid && was.Group == f.Group && was.Path == f.Path && slices.Equal(was.Series, f.Series) &&
					f.Type == vaccine.Standard && f.Status == vaccine.NotComplete && f.Dose < was.Dose {
					t.Fatalf("dose %d of %s was next, and after one that counts dose %d is", was.Dose, f.Group, f.Dose)
				}
			}
		}
	})
}

// TestWhatCameTooEarlyCountsFromThatDay: a dose that came too early, given on the
// day that was named instead, is no longer too early.
func TestWhatCameTooEarlyCountsFromThatDay(t *testing.T) {
	early := vaccine.Reasons(1<<vaccine.TooYoung | 1<<vaccine.TooSoon | 1<<vaccine.Conflicting)
	under(t, func(t *rapid.T, p *vaccine.Plan) {
		who, on := anybody(t, p)
		who.History = slices.DeleteFunc(who.History, func(g vaccine.Given) bool { return g.On >= on })
		who.History = append(who.History, vaccine.Given{On: on, Vaccine: rapid.SampledFrom(codes(p, "")).Draw(t, "last")})
		last := len(who.History) - 1
		for _, v := range p.Assess(who, on).Verdicts {
			if v.Dose != last || v.From == 0 {
				continue
			}
			if !early.Has(v.Reason) || v.Status != vaccine.NotValid || v.From <= on {
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
	under(t, func(t *rapid.T, p *vaccine.Plan) {
		who, on := anybody(t, p)
		who.History = slices.DeleteFunc(who.History, func(g vaccine.Given) bool { return g.On >= on })
		who.Observations = nil
		for _, f := range p.Assess(who, on).Forecasts {
			if len(f.Vaccines) == 0 || f.Earliest < on {
				continue
			}
			given := who
			given.History = append(slices.Clone(who.History), vaccine.Given{On: f.Earliest, Vaccine: f.Vaccines[0]})
			after := p.Assess(given, f.Earliest)
			for _, v := range after.Verdicts {
				if v.Dose == len(who.History) && slices.Contains(f.Antigens, v.Antigen) && slices.Contains(f.Series, v.Series) &&
					(v.Reason == vaccine.TooYoung || v.Reason == vaccine.Conflicting || len(f.Antigens) == 1 && v.Status != vaccine.Valid) {
					t.Fatalf("%s was forecast for %s from %s, and is %s (%s)", f.Vaccines[0], f.Group, f.Earliest, v.Status, v.Reason)
				}
			}
		}
	})
}
