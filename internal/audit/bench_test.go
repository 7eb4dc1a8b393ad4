package audit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// BenchmarkAppend appends entries of one returned resource about 100,000 persons, while the tree grows
// behind them.
func BenchmarkAppend(b *testing.B) {
	for name, fresh := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		for _, callers := range []int{1, 16, 256} {
			b.Run(fmt.Sprint(name, "/", callers), func(b *testing.B) {
				l := kept(b, fresh(b), ring(b))
				var mu sync.Mutex
				var all []time.Duration
				var wg sync.WaitGroup
				next := make(chan struct{}, callers)
				for range callers {
					wg.Go(func() {
						var own []time.Duration
						for range next {
							begin := time.Now()
							if err := l.Append(ctx, entry(rand.Int64N(100_000), "3f9a1c0d5b7e2468")); err != nil {
								b.Error(err)
							}
							own = append(own, time.Since(begin))
						}
						mu.Lock()
						all = append(all, own...)
						mu.Unlock()
					})
				}
				for b.Loop() {
					next <- struct{}{}
				}
				close(next)
				wg.Wait()
				slices.Sort(all)
				b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "appends/s")
				b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
				b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
			})
		}
	}
}

// BenchmarkSettle gives entries about 100,000 persons their leaves.
func BenchmarkSettle(b *testing.B) {
	for name, fresh := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			l := kept(b, fresh(b), ring(b))
			const many = 5000
			entries := make([]audit.Entry, many)
			n := 0
			for b.Loop() {
				b.StopTimer()
				for i := range entries {
					entries[i] = entry(rand.Int64N(100_000), "3f9a1c0d5b7e2468")
				}
				if err := l.Append(ctx, entries...); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				settle(b, l)
				n += many
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "leaves/s")
		})
	}
}
