package portal

import (
	"fmt"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// The growth chart of a child who was measured 60 times, through the whole plant, with
// its entries on the log: in a record with few other entries, and in one with 20,000. It
// prints, in milliseconds, the middle and the slowest hundredth, and the processor time.
func BenchmarkGrowthChart(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchGrowth(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchGrowth(b, dbtest.Postgres(b)) })
}

func benchGrowth(b *testing.B, d *db.DB) {
	s := open(b, d, origin)
	s.setUp()
	who := map[int]*person{}
	for _, n := range []int{fewEntries, manyEntries} {
		id := fmt.Sprintf("nia%d", n)
		who[n] = s.linked("Nia Moss", id)
		s.stock(b, id, n)
		s.put(`{"resourceType":"Patient","id":"` + id + `","gender":"female","name":[{"text":"Nia Moss"}],"birthDate":"2021-05-20"}`)
		put := s.writes(b)
		put([]byte(vital(id, "g", "76516-4", "2021-05-20", "33", "wk", "")))
		born := time.Date(2021, 5, 20, 0, 0, 0, 0, time.UTC)
		for i := range 20 {
			age := float64(i) * 0.24
			day := born.AddDate(0, 0, int(age*365)).Format(time.DateOnly)
			put([]byte(vital(id, fmt.Sprintf("gw%d", i), "29463-7", day, fmt.Sprintf("%.2f", 2.1+3*age), "kg", "")),
				[]byte(vital(id, fmt.Sprintf("gl%d", i), "8302-2", day, fmt.Sprintf("%.1f", 46+12*age), "cm", "")),
				[]byte(vital(id, fmt.Sprintf("gh%d", i), "9843-4", day, fmt.Sprintf("%.1f", 32+3.5*age), "cm", "")))
		}
	}
	pages := [][2]string{{"floor", "/account/results"}, {"weight", "/record/child/growth"}, {"height, all", "/record/child/growth?of=height&from=0&to=20"}}
	got := s.timed(b, pages, who)
	for _, page := range pages {
		for _, n := range []int{fewEntries, manyEntries} {
			k := pageOfRecord{page[0], n}
			fmt.Printf("%-12s %6d entries, %d questions, %6d bytes: p50 %.2f ms, p99 %.2f ms, cpu %.2f ms\n", page[0], n, got.questions[k], got.size[k], got.times[k].at(.5), got.times[k].at(.99), got.busy[k].at(.5))
		}
	}
}
