package england

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// children are of all ages until 16, on time and behind.
func children() (all []vaccine.Person) {
	routine := []struct {
		months int
		codes  []string
	}{{2, []string{"6in1", "menb", "rotavirus"}}, {3, []string{"6in1", "menb", "rotavirus"}}, {4, []string{"6in1", "pcv"}}, {12, []string{"pcv", "mmr", "menb"}},
		{40, []string{"4in1", "mmr"}}, {150, []string{"hpv"}}, {160, []string{"3in1", "menacwy"}}}
	today := day(2026, 11, 26)
	for months := 1; months < 192; months++ {
		who := vaccine.Person{Born: today.Add(vaccine.Period{Months: int16(-months)}), Sex: vaccine.Female}
		for i, visit := range routine {
			if visit.months < months && (months+i)%7 != 0 { // one visit in seven was missed
				for _, code := range visit.codes {
					who.History = append(who.History, vaccine.Given{On: who.Born.Add(vaccine.Period{Months: int16(visit.months), Days: 3}), Vaccine: code})
				}
			}
		}
		all = append(all, who)
	}
	return all
}

// BenchmarkForecast is what one child costs: verdicts and what comes next in all
// programmes. Engine is the general engine alone, which is the floor under it.
func BenchmarkForecast(b *testing.B) {
	c := ourCalendar(b)
	all, today := children(), day(2026, 11, 26)
	b.Run("child", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c.Assess(all[i%len(all)], today)
		}
	})
	b.Run("engine", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c.plan.Assess(all[i%len(all)], today)
		}
	})
}
