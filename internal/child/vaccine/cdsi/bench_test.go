package cdsi

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// BenchmarkCDC assesses everybody of CDC's cases under its whole schedule: 143
// series of 30 antigens.
func BenchmarkCDC(b *testing.B) {
	plan := cdc(b)
	type person struct {
		who vaccine.Person
		on  vaccine.Date
	}
	var all []person
	for _, c := range cases(b) {
		all = append(all, person{c.person(b), c.date(b, "Assessment_Date")})
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		plan.Assess(all[i%len(all)].who, all[i%len(all)].on)
		i++
	}
}

func BenchmarkRead(b *testing.B) {
	files := supportingData(b)
	for b.Loop() {
		s, err := Read("4.64", vaccine.DateOf(2025, 9, 1), files)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := vaccine.Compile(s); err != nil {
			b.Fatal(err)
		}
	}
}
