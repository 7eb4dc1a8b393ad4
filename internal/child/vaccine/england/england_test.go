package england

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

func ourCalendar(t testing.TB) *Calendar {
	t.Helper()
	c, err := Ours()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(year, month, d int) vaccine.Date { return vaccine.DateOf(year, month, d) }

func TestTheScheduleSaysWhoseItIs(t *testing.T) {
	c := ourCalendar(t)
	s := c.Schedule()
	if c.ID() != "england" || c.Version() != "2026-01-01.1" || s.Effective != day(2026, 1, 1) || s.Source == "" || s.Licence == "" {
		t.Errorf("%s %s from %s, source %q, licence %q", c.ID(), c.Version(), s.Effective, s.Source, s.Licence)
	}
	if c.SignedOff() != "" {
		t.Errorf("signed off by %q: nobody has", c.SignedOff())
	}
	r := c.Assess(vaccine.Person{Born: day(2026, 2, 2)}, day(2026, 3, 1))
	if r.Schedule != c.ID() || r.Version != c.Version() {
		t.Errorf("an answer names %s %s", r.Schedule, r.Version)
	}
}

// anyChild draws somebody and what they had.
func anyChild(t *rapid.T) (vaccine.Person, vaccine.Date) {
	c, _ := Ours()
	codes := []string{"something else"}
	for _, v := range c.Schedule().Vaccines {
		codes = append(codes, v.Code)
	}
	born := day(2005, 1, 1) + vaccine.Date(rapid.IntRange(0, 8000).Draw(t, "born"))
	who := vaccine.Person{Born: born, Sex: rapid.SampledFrom([]vaccine.Sex{vaccine.Female, vaccine.Male, ""}).Draw(t, "sex")}
	for range rapid.IntRange(0, 14).Draw(t, "doses") {
		who.History = append(who.History, vaccine.Given{Vaccine: rapid.SampledFrom(codes).Draw(t, "vaccine"), On: born + vaccine.Date(rapid.IntRange(0, 6500).Draw(t, "age"))})
	}
	for _, o := range c.Schedule().Observations {
		if rapid.IntRange(0, 5).Draw(t, o.Code) == 0 {
			who.Observations = append(who.Observations, vaccine.Observed{Code: o.Code, On: born})
		}
	}
	return who, born + vaccine.Date(rapid.IntRange(0, 7000).Draw(t, "on"))
}

func TestWhateverWasGivenTheAnswerHoldsTogether(t *testing.T) {
	c := ourCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anyChild(t)
		r := c.Assess(who, on)
		counted := map[string]int{}
		for i, d := range r.Doses {
			if d.Counts == (d.Why != Counts) || d.Counts != (len(d.For) > 0) {
				t.Fatalf("dose %d: %+v", i, d)
			}
			for _, f := range d.For {
				counted[f.Programme]++
			}
			if who.History[i].On > on && d.Counts {
				t.Fatalf("dose %d counts before it was given", i)
			}
		}
		for _, n := range r.Next {
			if n.Had != counted[n.Programme] {
				t.Fatalf("%s: %d doses count, and %d are said to", n.Programme, counted[n.Programme], n.Had)
			}
			if n.Status != Open {
				if n.Due != 0 || n.Vaccine != "" {
					t.Fatalf("%+v", n)
				}
				continue
			}
			if n.Earliest > n.Due || n.Overdue != 0 && n.Overdue <= n.Due || n.Vaccine == "" || n.Number != n.Had+1 {
				t.Fatalf("%+v", n)
			}
		}
	})
}

func TestTheOrderOfAHistoryDoesNotMatter(t *testing.T) {
	c := ourCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anyChild(t)
		order := rapid.Permutation(index(len(who.History))).Draw(t, "order")
		turned := who
		turned.History = nil
		for _, i := range order {
			turned.History = append(turned.History, who.History[i])
		}
		a, b := c.Assess(who, on), c.Assess(turned, on)
		if !reflect.DeepEqual(a.Next, b.Next) {
			t.Fatalf("%+v\n%+v", a.Next, b.Next)
		}
	})
}

func index(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// What a plan gives at each visit counts, and nothing is left that is due.
func TestEachVisitOfAPlanCounts(t *testing.T) {
	c := ourCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		who, on := anyChild(t)
		visits := c.Visits(who, on)
		for i, v := range visits {
			if v.On < on || i > 0 && v.On <= visits[i-1].On {
				t.Fatalf("visit %d on %s, asked on %s", i, v.On, on)
			}
			for _, j := range v.Jabs {
				who.History = append(who.History, vaccine.Given{On: v.On, Vaccine: j.Vaccine})
			}
			r := c.Assess(who, v.On)
			for k := len(who.History) - len(v.Jabs); k < len(who.History); k++ {
				if d := r.Doses[k]; !d.Counts {
					t.Fatalf("born %s, on %s: %s would not count: %s for %s", who.Born, v.On, who.History[k].Vaccine, d.Why, d.Of)
				}
			}
			for n := range r.Next {
				if r.Next[n].DueOn(v.On) {
					t.Fatalf("born %s: %s is still due after the visit of %s", who.Born, r.Next[n].Programme, v.On)
				}
			}
		}
	})
}

func TestAFileThatDoesNotHoldTogetherIsRefused(t *testing.T) {
	good, err := ours.ReadFile(current)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(bytes.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"an unknown name":             {`"calls"`, `"cals"`},
		"a call of no series":         {`"series": "chickenpox campaign 2026 to 2028", "until"`, `"series": "nothing", "until"`},
		"a product of no vaccine":     {`{"vaccine": "dtp", "diseases"`, `{"vaccine": "nothing", "diseases"`},
		"a yearly group twice":        {`"programme": "flu"`, `"programme": "MMR"`},
		"a vaccine that is not there": {`"vaccine": "bcg", "trade"`, `"vaccine": "nothing", "trade"`},
		"no licence":                  {`"licence": "Open Government Licence v3.0"`, `"licence": ""`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(string(good), change[0], change[1], 1)
			if text == string(good) {
				t.Fatal("nothing was changed")
			}
			if _, err := Read(strings.NewReader(text)); err == nil {
				t.Error("it was taken")
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	good, _ := ours.ReadFile(current)
	f.Add(good)
	f.Add([]byte(`{"schedule":null}`))
	f.Add([]byte(`{"programmes":[{"name":"x"}],"schedule":{"id":"x","version":"1","source":"s","licence":"l","signedOff":null,"groups":[],"vaccines":[],"antigens":[]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		c.Visits(vaccine.Person{Born: day(2020, 1, 1), Sex: vaccine.Female}, day(2026, 11, 26))
	})
}
