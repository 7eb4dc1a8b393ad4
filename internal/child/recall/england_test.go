package recall

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
)

// ours is England's schedule.
func ours(t testing.TB) Forecaster {
	t.Helper()
	cal, err := england.Ours()
	if err != nil {
		t.Fatal(err)
	}
	return ByCalendar(given.NewReader(cal, time.UTC))
}

// dose is an Immunization of a child by the codes of made-up people.
func dose(t testing.TB, code, day, status, more string) *fhir.Tree {
	t.Helper()
	tree, err := fhir.Parse([]byte(`{"resourceType":"Immunization","id":"i`+code+day+`","status":"`+status+`",`+more+`"vaccineCode":{"coding":[{"system":"https://bevan.example/codes/vaccine","code":"`+code+`"}]},`+
		`"patient":{"reference":"Patient/p"},"occurrenceDateTime":"`+day+`"}`), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func parseDay(t testing.TB, s string) Day {
	t.Helper()
	d, ok := ParseDay(s)
	if !ok {
		t.Fatalf("%s is no day", s)
	}
	return d
}

// told is a forecast as text: "programme dose vaccine due overdue given".
func forecastOf(t testing.TB, f Forecaster, born, on string, entries ...*fhir.Tree) map[string]string {
	t.Helper()
	all, err := f.Forecast(Child{Born: parseDay(t, born), Entries: entries}, parseDay(t, on))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range all {
		text := fmt.Sprintf("%d given", len(p.Given))
		if p.Dose > 0 {
			text = fmt.Sprintf("dose %d %s due %s late %s, %s", p.Dose, p.Vaccine, p.Due, p.Overdue, text)
		}
		if p.Refused != 0 {
			text += ", refused " + p.Refused.String()
		}
		out[p.ID] = text
	}
	return out
}

// The lists go by England's schedule: what is due when, which vaccine it is, what
// counts, and what was said no to.
func TestListsGoByEnglandsSchedule(t *testing.T) {
	f := ours(t)
	s := f.Schedule()
	if s.Version == "" || s.SignedOff || len(s.Names) < 10 || !strings.Contains(s.Codes, "http://snomed.info/sct|") {
		t.Errorf("the schedule is %+v", s)
	}
	objected := `"statusReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"PATOBJ"}]},`
	unwell := `"statusReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"MEDPREC"}]},`
	got := forecastOf(t, f, "2026-01-01", "2026-05-04", dose(t, "6in1", "2026-02-26", "completed", ""), dose(t, "menb", "2026-02-26", "not-done", objected), dose(t, "rotavirus", "2026-02-26", "not-done", unwell))
	// Born on 1 January: 8 weeks on 26 February, 12 on 26 March, 16 on 23 April; late
	// four weeks after.
	for name, want := range map[string]string{
		"DTP":  "dose 2 6-in-1 due 2026-03-26 late 2026-04-23, 1 given",
		"MenB": "dose 1 MenB due 2026-02-26 late 2026-03-26, 0 given, refused 2026-02-26",
		"PCV":  "dose 1 PCV due 2026-04-23 late 2026-05-21, 0 given",
		"MMR":  "dose 1 MMRV due 2027-01-01 late 2027-01-29, 0 given",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if strings.Contains(got["rotavirus"], "refused") || strings.Contains(got["rotavirus"], "dose") {
		t.Errorf("rotavirus, too late to begin: %q", got["rotavirus"])
	}
}

// Every programme that the policy counts is one of the schedule.
func TestWhatCoverageCountsIsInTheSchedule(t *testing.T) {
	p, err := England()
	if err != nil {
		t.Fatal(err)
	}
	names := ours(t).Schedule().Names
	for _, b := range p.Coverage.Birthdays {
		for _, m := range b.Measures {
			for _, id := range m.Programmes {
				if !slices.ContainsFunc(names, func(n Name) bool { return n.ID == id }) {
					t.Errorf("%s at %d months counts %s, which the schedule has not", m.ID, b.Months, id)
				}
			}
		}
	}
}

// A child who had everything in time is counted for every measure, and one who had
// nothing for none.
func TestCoverageByEnglandsSchedule(t *testing.T) {
	p, err := England()
	if err != nil {
		t.Fatal(err)
	}
	f := ours(t)
	all := []*fhir.Tree{}
	for code, days := range map[string][]string{"6in1": {"2020-02-26", "2020-03-25", "2020-04-22"}, "pcv": {"2020-03-25", "2021-01-05"}, "rotavirus": {"2020-02-26", "2020-03-25"},
		"menb": {"2020-02-26", "2020-04-22", "2021-01-05"}, "mmr": {"2021-01-05", "2023-05-04"}, "hibmenc": {"2021-01-05"}, "4in1": {"2023-05-04"}} {
		for _, day := range days {
			all = append(all, dose(t, code, day, "completed", ""))
		}
	}
	born := parseDay(t, "2020-01-01")
	for name, entries := range map[string][]*fhir.Tree{"everything": all, "nothing": nil} {
		got, err := f.Forecast(Child{Born: born, Entries: entries}, parseDay(t, "2026-05-04"))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range p.Coverage.Birthdays {
			for i, m := range b.Measures {
				if had := b.had(got, born)&(1<<i) != 0; had != (name == "everything") {
					t.Errorf("%s, %s at %d months: %v", name, m.ID, b.Months, had)
				}
			}
		}
	}
}

// The status of made-up children: their history read, the forecast, and the rows
// that are kept, in memory, on all processors.
func BenchmarkStatusOfChildren(b *testing.B) {
	f := ours(b)
	p, err := England()
	if err != nil {
		b.Fatal(err)
	}
	r := &Recalls{Config: Config{Forecast: f, Policy: p, Zone: time.UTC, Now: func() time.Time { return start }}}
	kids := madeUp(b, 2000)
	today := r.Today()
	var rows, next int
	var mu sync.Mutex
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for b.Loop() {
		var wait sync.WaitGroup
		next, rows = 0, 0
		for range runtime.GOMAXPROCS(0) {
			wait.Go(func() {
				mine := 0
				for {
					mu.Lock()
					from := next
					next += 100
					mu.Unlock()
					if from >= len(kids) {
						break
					}
					for _, kid := range kids[from:min(from+100, len(kids))] {
						all, err := f.Forecast(kid, today)
						if err != nil {
							b.Error(err)
							return
						}
						mine += len(r.lines(View{Born: kid.Born, Programmes: all}))
						for i := range p.Coverage.Birthdays {
							mine += int(p.Coverage.Birthdays[i].had(all, kid.Born) & 1)
						}
					}
				}
				mu.Lock()
				rows += mine
				mu.Unlock()
			})
		}
		wait.Wait()
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	used := float64(after.Utime.Nano()+after.Stime.Nano()-before.Utime.Nano()-before.Stime.Nano()) / float64(b.N) / float64(len(kids))
	b.ReportMetric(used/1000/2, "cpu-s/million-on-2") // what it takes of two processors that do nothing else
	perChild := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(len(kids))
	b.ReportMetric(perChild, "ns/child")
	b.ReportMetric(perChild/1000, "s/million")
	b.ReportMetric(float64(rows)/float64(len(kids)), "rows/child")
}

// madeUp are children of all ages with most of what the schedule asks for.
func madeUp(t testing.TB, n int) (all []Child) {
	dice := rand.New(rand.NewPCG(3, 4))
	today := DayOf(start)
	plan := []struct {
		code string
		age  Day
	}{{"6in1", 56}, {"menb", 56}, {"rotavirus", 56}, {"6in1", 84}, {"rotavirus", 84}, {"6in1", 112}, {"pcv", 84}, {"menb", 112}, {"pcv", 366}, {"mmr", 366}, {"menb", 366}, {"mmr", 1220}, {"4in1", 1220}, {"hpv", 4600}, {"3in1", 5100}, {"menacwy", 5100}}
	for range n {
		c := Child{Born: today - Day(dice.IntN(18*365))}
		for _, s := range plan {
			if day := c.Born + s.age + Day(dice.IntN(20)); day < today && dice.IntN(12) > 0 {
				c.Entries = append(c.Entries, dose(t, s.code, day.String(), "completed", ""))
			}
		}
		all = append(all, c)
	}
	return all
}
