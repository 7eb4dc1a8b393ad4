package db_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

func forBench(b *testing.B, test func(b *testing.B, d *db.DB)) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d := open(b)
			if err := d.Migrate(ctx, "test", schema); err != nil {
				b.Fatal(err)
			}
			test(b, d)
		})
	}
}

// BenchmarkCopyInts inserts batches of 20,000 sorted pairs whose first number is spread like a hash.
func BenchmarkCopyInts(b *testing.B) {
	forBench(b, func(b *testing.B, d *db.DB) {
		const batch = 20_000
		rnd := rand.New(rand.NewPCG(1, 2))
		rows := 0
		for b.Loop() {
			b.StopTimer()
			pairs := make([][2]int64, batch)
			for i := range pairs {
				pairs[i] = [2]int64{int64(rnd.Uint64() % 5000), int64(rows + i)}
			}
			slices.SortFunc(pairs, func(x, y [2]int64) int {
				if x[0] != y[0] {
					return int(x[0] - y[0])
				}
				return int(x[1] - y[1])
			})
			values := make([]int64, 0, 2*batch)
			for _, p := range pairs {
				values = append(values, p[0], p[1])
			}
			b.StartTimer()
			err := d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.CopyInts(db.Into{Table: "pair", Columns: []string{"a", "b"}}, values)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			rows += batch
		}
		b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkRead reads one row of 1 kB by its key.
func BenchmarkRead(b *testing.B) {
	forBench(b, func(b *testing.B, d *db.DB) {
		if err := run(d, "INSERT INTO thing (id, body) VALUES (1, $1)", make([]byte, 1024)); err != nil {
			b.Fatal(err)
		}
		const sql = "SELECT body FROM thing WHERE id = $1"
		limited, cancel := context.WithCancel(ctx)
		defer cancel()
		for name, read := range map[string]func() error{
			"query-cancellable": func() error {
				return d.Query(limited, sql, []any{int64(1)}, func(r *db.Row) error { _ = r.Bytes(0); return nil })
			},
			"query": func() error {
				return d.Query(ctx, sql, []any{int64(1)}, func(r *db.Row) error { _ = r.Bytes(0); return nil })
			},
			"snapshot": func() error {
				return d.Read(ctx, func(tx *db.Tx) error {
					return tx.Query(sql, []any{int64(1)}, func(r *db.Row) error { _ = r.Bytes(0); return nil })
				})
			},
		} {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := read(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

// BenchmarkWrite commits one small row: by one caller, and by 16 at a time.
func BenchmarkWrite(b *testing.B) {
	forBench(b, func(b *testing.B, d *db.DB) {
		for _, callers := range []int{1, 16} {
			b.Run(map[int]string{1: "1", 16: "16"}[callers], func(b *testing.B) {
				b.SetParallelism(max(1, callers/runtime.GOMAXPROCS(0)))
				if callers == 1 {
					for b.Loop() {
						if err := run(d, "INSERT INTO pair (a, b) VALUES ($1, $2)", rand.Int64(), rand.Int64()); err != nil {
							b.Fatal(err)
						}
					}
					return
				}
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						if err := run(d, "INSERT INTO pair (a, b) VALUES ($1, $2)", rand.Int64(), rand.Int64()); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	})
}
