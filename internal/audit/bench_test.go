package audit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// BenchmarkAppend appends entries of one returned resource about 100,000 persons, while the tree grows
// behind them.
func BenchmarkAppend(b *testing.B) {
	for name, fresh := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		for _, callers := range []int{1, 16, 256} {
			b.Run(fmt.Sprint(name, "/", callers), func(b *testing.B) {
				l := open(b, fresh(b))
				// What is left when the time is over has no leaf; nobody waits for it here.
				if err := l.Keep(ctx, ring(b), "log.example/bench", func(error) {}); err != nil {
					b.Fatal(err)
				}
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

// BenchmarkVerify checks what a person holds: the proof of one entry, and a receipt of a thousand.
func BenchmarkVerify(b *testing.B) {
	l := kept(b, dbtest.SQLite(b), ring(b))
	entries := make([]audit.Entry, 0, 4000)
	for i := range 4000 {
		entries = append(entries, entry(int64(1+i%4), "3f9a1c0d5b7e2468"))
	}
	if err := l.Append(ctx, entries...); err != nil {
		b.Fatal(err)
	}
	settle(b, l)
	v := logKey(b, l)
	proof, err := l.ProveEntry(ctx, 2, list(b, l, audit.Filter{Person: 2})[500].Seq)
	if err != nil {
		b.Fatal(err)
	}
	file := proved(b, l, 2, 1000)
	b.Run("entry", func(b *testing.B) {
		for b.Loop() {
			if _, err := receipt.VerifyProof(proof, v, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(proof)), "bytes")
	})
	b.Run("thousand", func(b *testing.B) {
		for b.Loop() {
			r, err := receipt.Parse(file)
			if err == nil {
				_, err = r.Verify(v, nil)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(file)), "bytes")
	})
}
