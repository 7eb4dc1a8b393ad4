package record

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/sim"
)

// BenchmarkLoad loads made-up people and prints the rate for each fifth of
// them, so that one sees whether it falls. BEVAN_LOAD_PEOPLE says how many.
func BenchmarkLoad(b *testing.B) {
	people, _ := strconv.Atoi(os.Getenv("BEVAN_LOAD_PEOPLE"))
	if people == 0 {
		people = 300
	}
	ctx := context.Background()
	conf := db.Config{Path: filepath.Join(b.TempDir(), "bevan.db")}
	if url := os.Getenv("BEVAN_LOAD_POSTGRES"); url != "" {
		conf = db.Config{URL: url}
	}
	d, err := db.Open(ctx, conf)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	_, s := openDoor(b, d)
	region := sim.Region{Seed: 7, People: people, Today: sim.Date(2026, 11, 1), Depth: 1}
	for range b.N {
		work := make(chan []Op, 4)
		var wg sync.WaitGroup
		var mu sync.Mutex
		total, last, since := 0, 0, time.Now()
		start := time.Now()
		for range 3 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for ops := range work {
					if _, err := s.Transact(ctx, ops); err != nil {
						b.Error(err)
						return
					}
					mu.Lock()
					total += len(ops)
					if total-last >= 50000 {
						b.Logf("%d resources: %.0f/s", total, float64(total-last)/time.Since(since).Seconds())
						last, since = total, time.Now()
					}
					mu.Unlock()
				}
			}()
		}
		feedRegion(b, region, work)
		close(work)
		wg.Wait()
		b.ReportMetric(float64(total)/time.Since(start).Seconds(), "resources/s")
		if fi, err := os.Stat(conf.Path); err == nil {
			b.ReportMetric(float64(fi.Size())/float64(total), "bytes/resource")
		}
	}
}

func feedRegion(b *testing.B, region sim.Region, work chan<- []Op) {
	var ops []Op
	add := func(r sim.Resource) {
		t, err := fhir.Parse(r.JSON, fhir.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		ops = append(ops, Op{Method: Put, Key: Key{r.Type, r.ID}, Body: t, Ensure: true})
	}
	for r := range region.Places() {
		add(r)
	}
	for h := range region.Households() {
		for r := range region.Household(h) {
			add(r)
		}
		if len(ops) > 1000 {
			work <- ops
			ops = nil
		}
	}
	work <- ops
}
