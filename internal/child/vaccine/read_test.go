package vaccine

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func landText(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAScheduleIsWrittenAsItIsRead(t *testing.T) {
	first, err := ReadSchedule(strings.NewReader(landText(t)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteSchedule(&b, first); err != nil {
		t.Fatal(err)
	}
	again, err := ReadSchedule(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again, cmpopts.EquateComparable(Period{})); diff != "" {
		t.Error(diff)
	}
}

// TestADamagedScheduleIsRefused: the error names the place.
func TestADamagedScheduleIsRefused(t *testing.T) {
	text := landText(t)
	for _, c := range []struct{ name, from, to, want string }{
		{"not JSON", `"id":`, `"id"`, "byte"},
		{"a name that nobody knows", `"title":`, `"titel":`, `/titel`},
		{"a name twice", `"title":`, `"id":`, `/id`},
		{"a name in another case", `"title":`, `"Title":`, `/Title`},
		{"no period", `"6 weeks - 4 days"`, `"six weeks"`, `/antigens/0/series/0/doses/0/ages/0/absoluteMin`},
		{"no date", `"2000-01-01"`, `"2000-02-30"`, `/effective`},
		{"no day of every year", `"term": "09-01"`, `"term": "13-01"`, `/antigens/5/series/0/doses/0/ages/0/term`},
		{"a number for a text", `"version": "1"`, `"version": 1`, `/version`},
		{"more after it", "{", "{} {", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			damaged := strings.Replace(text, c.from, c.to, 1)
			if damaged == text {
				t.Fatal("nothing was damaged")
			}
			_, err := ReadSchedule(strings.NewReader(damaged))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want the place %q", err, c.want)
			}
		})
	}
}

func TestAttack76ALargeScheduleIsRefused(t *testing.T) {
	_, err := ReadSchedule(strings.NewReader(`{"id": "` + strings.Repeat("a", maxSchedule) + `"}`))
	if err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("got %v", err)
	}
}

// TestWhatDoesNotHoldTogetherIsRefused: each fault is put into the schedule, and
// the error names the place.
func TestWhatDoesNotHoldTogetherIsRefused(t *testing.T) {
	alpha := func(s *Schedule) *SeriesDose { return &s.Antigens[0].Series[0].Doses[1] }
	cold := func(s *Schedule) *Skip { return &s.Antigens[4].Series[0].Doses[0].Skips[0] }
	for _, c := range []struct {
		want  string
		fault func(s *Schedule)
	}{
		{"needs an id", func(s *Schedule) { s.ID = "" }},
		{"needs an id", func(s *Schedule) { s.Version = "" }},
		{"needs an id", func(s *Schedule) { s.Source = "" }},
		{"needs an id", func(s *Schedule) { s.Licence = "" }},
		{"signedOff", func(s *Schedule) { s.SignedOff = &SignOff{} }},
		{"at most 4096 vaccines", func(s *Schedule) { s.Vaccines = make([]Vaccine, maxVaccines+1) }},
		{`antigen 2: the name "alpha"`, func(s *Schedule) { s.Antigens[1].Name = "alpha" }},
		{`vaccine 2: the code "a"`, func(s *Schedule) { s.Vaccines[1].Code = "a" }},
		{`vaccine "a": there is no antigen "omega"`, func(s *Schedule) { s.Vaccines[0].Contains[0].Antigen = "omega" }},
		{`group 2: the name ""`, func(s *Schedule) { s.Groups[1].Name = "" }},
		{`group "gamma": there is no antigen "omega"`, func(s *Schedule) { s.Groups[1].Antigens = []string{"omega"} }},
		{`antigen "gamma": it is in no group`, func(s *Schedule) { s.Groups[1].Antigens = nil }},
		{`antigen "alpha": it is in two groups`, func(s *Schedule) { s.Groups[1].Antigens = append(s.Groups[1].Antigens, "alpha") }},
		{`conflict 1: there is no vaccine "z"`, func(s *Schedule) { s.Conflicts[0].Current = "z" }},
		{`conflict 2: it begins, has a least end`, func(s *Schedule) { s.Conflicts[1].MinEnd = Period{} }},
		{`contraindication "no delta": there is no vaccine "z"`, func(s *Schedule) { s.Antigens[2].VaccineContraindication[0].Vaccines[0].Vaccine = "z" }},
		{"at most 256 series", func(s *Schedule) { s.Antigens[0].Series = make([]Series, maxSeries+1) }},
		{`series "alpha, three doses": there is no group "omega"`, func(s *Schedule) { s.Antigens[0].Series[0].Group = "omega" }},
		{"its type is standard", func(s *Schedule) { s.Antigens[0].Series[0].Type = "usual" }},
		{"a sex is male", func(s *Schedule) { s.Antigens[0].Series[0].Sex = []Sex{"f"} }},
		{"it has 1 to 64 doses", func(s *Schedule) { s.Antigens[0].Series[0].Doses = nil }},
		{"dose 2: an age: the min (10 weeks) is less than absoluteMin", func(s *Schedule) { alpha(s).Ages[0].AbsoluteMin = MustPeriod("11 weeks") }},
		{"dose 2: the age max", func(s *Schedule) { alpha(s).Ages[0].Max = MustPeriod("9 weeks") }},
		{"dose 2: interval 1 is from one thing, not 0", func(s *Schedule) { alpha(s).Intervals[0].FromPrevious = false }},
		{"dose 2: interval 1 is from one thing, not 2", func(s *Schedule) { alpha(s).Intervals[0].FromTarget = 1 }},
		{"dose 2: interval 1 is from dose 2", func(s *Schedule) { alpha(s).Intervals[0].FromPrevious, alpha(s).Intervals[0].FromTarget = false, 2 }},
		{`dose 2: interval 1: the min (20 days) is less than absoluteMin`, func(s *Schedule) { alpha(s).Intervals[0].Min = MustPeriod("20 days") }},
		{`dose 2: interval 1: there is no vaccine "z"`, func(s *Schedule) {
			alpha(s).Intervals[0].FromPrevious, alpha(s).Intervals[0].FromVaccines = false, []string{"z"}
		}},
		{`dose 2: there is no vaccine "z"`, func(s *Schedule) { alpha(s).Preferable[0].Vaccine = "z" }},
		{`dose 2: there is no vaccine "z"`, func(s *Schedule) { alpha(s).AlsoValid = []AgedVaccine{{Vaccine: "z"}} }},
		{`dose 2: there is no vaccine "z"`, func(s *Schedule) { alpha(s).Inadvertent = []string{"z"} }},
		{"dose 2: it names no vaccine", func(s *Schedule) { alpha(s).Preferable = nil }},
		{"its season ends before it starts", func(s *Schedule) { s.Antigens[4].Series[0].Doses[0].Season.End = 1 }},
		{"skip 1: its context", func(s *Schedule) { cold(s).Context = "" }},
		{"skip 1: it needs sets, and logic", func(s *Schedule) { cold(s).Logic = "" }},
		{"skip 1: it needs sets, and logic", func(s *Schedule) { cold(s).Sets = nil }},
		{"skip 1, set 2: it needs conditions", func(s *Schedule) { cold(s).Sets[1].Conditions = nil }},
		{"skip 1, set 2, condition 1: it names no age", func(s *Schedule) { cold(s).Sets[1].Conditions[0].BeginAge = Period{} }},
		{`skip 1, set 2, condition 1: there is no kind "moon"`, func(s *Schedule) { cold(s).Sets[1].Conditions[0].Kind = "moon" }},
		{"condition 1: it counts greater than", func(s *Schedule) { cold(s).Sets[0].Conditions[0].Compare = "" }},
		{`condition 1: there is no vaccine "z"`, func(s *Schedule) { cold(s).Sets[0].Conditions[0].Vaccines = []string{"z"} }},
		{"condition 1: it names no interval", func(s *Schedule) { cold(s).Sets[0].Conditions[0].Kind = ConditionInterval }},
		{"condition 1: it names no date", func(s *Schedule) { cold(s).Sets[0].Conditions[0].Kind = ConditionBorn }},
		{"condition 1: it names no series group", func(s *Schedule) { cold(s).Sets[0].Conditions[0].Kind = ConditionCompleted }},
		{`there is no series group "9"`, func(s *Schedule) {
			cold(s).Sets[0].Conditions[0] = Condition{Kind: ConditionCompleted, SeriesGroups: []string{"9"}}
		}},
	} {
		s, err := ReadSchedule(strings.NewReader(landText(t)))
		if err != nil {
			t.Fatal(err)
		}
		c.fault(s)
		if _, err := Compile(s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// FuzzReadSchedule: whatever is read either compiles, and then anybody can be
// assessed by it, or is refused; and what is read can be written.
func FuzzReadSchedule(f *testing.F) {
	f.Add(landText(f), 7000, 400)
	f.Add(`{"id":"a","version":"1","source":"s","licence":"l","signedOff":null,"groups":[],"vaccines":[],"antigens":[]}`, 1, 1)
	f.Fuzz(func(t *testing.T, text string, born, later int) {
		s, err := ReadSchedule(strings.NewReader(text))
		if err != nil {
			return
		}
		if err := WriteSchedule(new(bytes.Buffer), s); err != nil {
			t.Fatalf("it can not be written again: %v", err)
		}
		p, err := Compile(s)
		if err != nil {
			return
		}
		who := Person{Born: Date(uint(born) % uint(lastDate)), Sex: Female}
		for i, v := range s.Vaccines {
			if i < 20 {
				who.History = append(who.History, Given{On: min(who.Born+Date(i*100), lastDate), Vaccine: v.Code})
			}
		}
		for _, o := range s.Observations {
			who.Observations = append(who.Observations, Observed{Code: o.Code})
		}
		p.Assess(who, min(who.Born+Date(uint(later)%20000), lastDate))
	})
}
