package recall

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
)

// howMany is how many made-up children the benchmarks have: a million with
// BEVAN_BENCH_CHILDREN=1000000.
func howMany(b *testing.B) int {
	n, err := strconv.Atoi(os.Getenv("BEVAN_BENCH_CHILDREN"))
	if err != nil {
		n = 20_000
	}
	return n
}

const benchPractices = 500

// filled is a room with rows for so many children of 500 practices, of whom one
// in twelve is late with something.
func filled(b *testing.B, d *db.DB, n int) *Recalls {
	b.Helper()
	ring, err := seal.Create(filepath.Join(b.TempDir(), "keys.json"))
	if err != nil {
		b.Fatal(err)
	}
	r, err := Open(context.Background(), Config{DB: d, Ring: ring, Forecast: plain{"v1"}})
	if err != nil {
		b.Fatal(err)
	}
	dice, today := rand.New(rand.NewPCG(1, 2)), r.Today()
	var order []int64
	for _, n := range r.Programmes() {
		order = append(order, r.programme(n.ID))
	}
	slices.Sort(order)
	const lot = 20_000
	for from := 0; from < n; from += lot {
		i, k := from, 0
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			i, k = from, 0
			_, err := tx.Copy(db.Into{Table: "recall_due", Columns: strings.Fields("patient programme practice dose born due overdue until rest")}, func() ([]any, bool) {
				if k == len(order) {
					i, k = i+1, 0
				}
				if i == min(from+lot, n) {
					return nil, false
				}
				due := today - 40 + Day(dice.IntN(3000))
				row := []any{fmt.Sprintf("child-%09d", i), order[k], r.practice("practice " + strconv.Itoa(i%benchPractices)), int64(1), int64(today) - 900, int64(due), int64(due + 28), int64(Never), int64(0)}
				k++
				return row, true
			})
			if err != nil {
				return err
			}
			i = from
			_, err = tx.Copy(db.Into{Table: "recall_cover", Columns: strings.Fields("child birthday practice quarter asked had")}, func() ([]any, bool) {
				if i == min(from+lot, n) {
					return nil, false
				}
				row := []any{r.child(strconv.Itoa(i)), int64(12), r.practice("practice " + strconv.Itoa(i%benchPractices)), int64(today.Quarter() - dice.IntN(8)), int64(15), int64(dice.IntN(16))}
				i++
				return row, true
			})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return r
}

func eachBench(b *testing.B, run func(b *testing.B, r *Recalls)) {
	n := howMany(b)
	b.Run("sqlite", func(b *testing.B) { run(b, filled(b, dbtest.SQLite(b), n)) })
	b.Run("postgres", func(b *testing.B) {
		if os.Getenv("BEVAN_TEST_POSTGRES") == "" {
			b.Skip("skipped: BEVAN_TEST_POSTGRES names no server")
		}
		d, err := db.Open(context.Background(), db.Config{URL: dbtest.Schema(b)})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = d.Close() })
		run(b, filled(b, d, n))
	})
}

// A page of a practice's list, and its coverage over two years, among many
// children.
func BenchmarkLists(b *testing.B) {
	eachBench(b, func(b *testing.B, r *Recalls) {
		for name, a := range map[string]Ask{"overdue": {Overdue: true}, "due in 4 weeks": {Within: 28}, "overdue for MMR": {Overdue: true, Programme: "MMR"}} {
			b.Run(name, func(b *testing.B) {
				rows := 0
				for i := 0; b.Loop(); i++ {
					a.Practice, a.Most = "practice "+strconv.Itoa(i%benchPractices), 25
					all, _, err := r.List(context.Background(), a)
					if err != nil {
						b.Fatal(err)
					}
					rows += len(all)
				}
				b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
			})
		}
		b.Run("coverage of a practice", func(b *testing.B) {
			q := r.Today().Quarter()
			for i := 0; b.Loop(); i++ {
				if _, err := r.Coverage(context.Background(), "practice "+strconv.Itoa(i%benchPractices), q-7, q); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("coverage in total", func(b *testing.B) {
			q := r.Today().Quarter()
			for b.Loop() {
				if _, err := r.Total(context.Background(), q-7, q); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
