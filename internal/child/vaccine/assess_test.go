package vaccine

import (
	"slices"
	"testing"
)

// TestWhatTheScheduleDoesNotKnowIsTold: apart from what does not count, and from
// what is not looked at yet.
func TestWhatTheScheduleDoesNotKnowIsTold(t *testing.T) {
	born, on := DateOf(2020, 1, 1), DateOf(2021, 1, 1)
	out := testland(t).Assess(Person{Born: born, History: []Given{
		{On: on, Vaccine: "unheard"}, {On: on, Vaccine: "other"}, {On: on, Vaccine: "g"}, {On: on + 1, Vaccine: "unheard"}, {On: on, Vaccine: ""},
	}}, on)
	if !slices.Equal(out.Unknown, []int{0, 4}) {
		t.Errorf("not known are %v, not 0 and 4", out.Unknown)
	}
	if len(out.Verdicts) != 1 || out.Verdicts[0].Dose != 2 {
		t.Errorf("verdicts are %+v", out.Verdicts)
	}
}

func TestOfWhomNothingIsKnownNothingIsSaid(t *testing.T) {
	p := testland(t)
	history := []Given{{On: DateOf(2021, 1, 1), Vaccine: "g"}}
	for _, who := range []Person{{History: history}, {Born: DateOf(2022, 1, 1), History: history}} {
		out := p.Assess(who, DateOf(2021, 6, 1))
		if len(out.Forecasts) > 0 || len(out.Verdicts) > 0 || out.Schedule != "testland" || out.Version != "1" {
			t.Errorf("got %+v", out)
		}
	}
}

// TestManyAskAtOnce: a plan is used by several at the same time.
func TestManyAskAtOnce(t *testing.T) {
	p := testland(t)
	who := Person{Born: DateOf(2020, 1, 1), History: []Given{{On: DateOf(2020, 3, 1), Vaccine: "ab"}}}
	want := p.Assess(who, DateOf(2021, 1, 1)).Verdicts
	done := make(chan bool)
	for range 8 {
		go func() {
			ok := true
			for range 200 {
				ok = ok && slices.Equal(p.Assess(who, DateOf(2021, 1, 1)).Verdicts, want)
			}
			done <- ok
		}()
	}
	for range 8 {
		if !<-done {
			t.Error("several at once got another answer")
		}
	}
}

func TestPathsOfAGroupAreToldApart(t *testing.T) {
	who := Person{Born: DateOf(1990, 1, 1), Observations: []Observed{{Code: "nurse"}}, History: []Given{{On: DateOf(2000, 1, 1), Vaccine: "g"}}}
	out := testland(t).Assess(who, DateOf(2021, 1, 1))
	main, ok := out.Main("gamma")
	if !ok || main.Path != "1" || main.Status != Complete {
		t.Errorf("what comes first is %+v", main)
	}
	for _, path := range []string{"1", "3"} {
		if v, ok := out.Of(0, "gamma", path); !ok || v.Status != Valid || v.Path != path {
			t.Errorf("on path %s the dose is %+v", path, v)
		}
	}
	if v, ok := out.Of(0, "gamma", "2"); ok {
		t.Errorf("on a path that is not theirs the dose is %+v", v)
	}
	if _, ok := out.Main("unheard"); ok {
		t.Error("there is a forecast for a group that is not there")
	}
}

// BenchmarkAssess is a child of four with a full history under the schedule of these
// tests.
func BenchmarkAssess(b *testing.B) {
	p := testland(b)
	born := DateOf(2020, 1, 1)
	who := Person{Born: born}
	for i, code := range []string{"ab", "l", "ab", "x", "ab", "gd", "l", "x", "c", "c"} {
		who.History = append(who.History, Given{On: born + Date(60+i*60), Vaccine: code})
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Assess(who, born+1500)
	}
}

// TestAnAssessmentTakesFewPiecesOfMemory: the person, the verdicts, the forecasts
// and their lists.
func TestAnAssessmentTakesFewPiecesOfMemory(t *testing.T) {
	p := testland(t)
	born := DateOf(2020, 1, 1)
	who := Person{Born: born, History: []Given{{On: born + 60, Vaccine: "ab"}, {On: born + 90, Vaccine: "ab"}, {On: born + 400, Vaccine: "gd"}}}
	if n := testing.AllocsPerRun(200, func() { p.Assess(who, born+500) }); n > 6 {
		t.Errorf("%.0f pieces", n)
	}
}

func TestDueAndOverdueByTheDay(t *testing.T) {
	f := Forecast{Status: NotComplete, Recommended: 100, Overdue: 110}
	for d, want := range map[Date][2]bool{99: {false, false}, 100: {true, false}, 110: {true, false}, 111: {true, true}} {
		if f.DueOn(d) != want[0] || f.OverdueOn(d) != want[1] {
			t.Errorf("on day %d it is due %t and overdue %t", d, f.DueOn(d), f.OverdueOn(d))
		}
	}
	if f.Overdue = 0; f.OverdueOn(1000) {
		t.Error("overdue without a day")
	}
	if f.Status = Complete; f.DueOn(1000) {
		t.Error("due, and complete")
	}
}

// TestTwoDosesOfOneDay: which of them counts does not depend on which stands
// first in the record.
func TestTwoDosesOfOneDay(t *testing.T) {
	p := testland(t)
	on := DateOf(2020, 3, 1)
	for _, history := range [][]Given{{{On: on, Vaccine: "a"}, {On: on, Vaccine: "ab"}}, {{On: on, Vaccine: "ab"}, {On: on, Vaccine: "a"}}} {
		for _, v := range p.Assess(Person{Born: DateOf(2020, 1, 1), History: history}, on).Verdicts {
			code := history[v.Dose].Vaccine
			if v.Antigen == "alpha" && (v.Status == Valid) != (code == "a") {
				t.Errorf("%s is %s where %s stands first", code, v.Status, history[0].Vaccine)
			}
		}
	}
}
