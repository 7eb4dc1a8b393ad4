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

// BenchmarkSeen appends up to 1,000 entries a second, by eight callers, and follows others: how long until
// one is on its person's list, in a signed tree, and cosigned by a witness that is asked each ten seconds, as
// a server does (issue: 5 s in 99 of 100 cases; 60 s). An iteration is an entry that is followed.
func BenchmarkSeen(b *testing.B) {
	for name, fresh := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			l := open(b, fresh(b))
			if err := l.Keep(ctx, ring(b), "log.example/bench", func(error) {}); err != nil {
				b.Fatal(err)
			}
			end := make(chan struct{})
			var wg sync.WaitGroup
			appended := make([]int, 8)
			for i := range appended {
				wg.Go(func() {
					for pace := time.NewTicker(8 * time.Millisecond); !ended(end); appended[i]++ {
						<-pace.C
						if err := l.Append(ctx, entry(rand.Int64N(100_000), fmt.Sprint(i, appended[i]))); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Go(func() { attestEach(b, l, 10*time.Second, end) })
			var listed, signed, witnessed []time.Duration
			began := time.Now()
			for n := 0; b.Loop(); n++ {
				person := int64(1_000_000 + n)
				from := time.Now()
				if err := l.Append(ctx, entry(person, "followed")); err != nil {
					b.Fatal(err)
				}
				own := list(b, l, audit.Filter{Person: person})
				if len(own) != 1 {
					b.Fatal("it is not on the list")
				}
				listed = append(listed, time.Since(from))
				within := int64(0) // a tree of this size has it
				signed = append(signed, until(b, l, from, func(newest, _ int64) bool {
					_, err := l.ProveEntry(ctx, person, own[0].Seq)
					within = newest
					return err == nil
				}))
				witnessed = append(witnessed, until(b, l, from, func(_, seen int64) bool { return seen >= within }))
			}
			total := 0
			close(end)
			wg.Wait()
			for _, n := range appended {
				total += n
			}
			for what, all := range map[string][]time.Duration{"listed": listed, "signed": signed, "witnessed": witnessed} {
				slices.Sort(all)
				b.ReportMetric(float64(all[len(all)/2].Milliseconds()), what+"-p50-ms")
				b.ReportMetric(float64(all[(len(all)-1)*99/100].Milliseconds()), what+"-p99-ms")
			}
			b.ReportMetric(float64(total)/time.Since(began).Seconds(), "appends/s")
		})
	}
}

func ended(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func attestEach(b *testing.B, l *audit.Log, each time.Duration, end chan struct{}) {
	for turn := time.NewTicker(each); ; {
		select {
		case <-end:
			return
		case <-turn.C:
			if err := l.Attest(ctx, []audit.Cosigner{near{cosigner(b, time.Now()), false}}); err != nil {
				b.Error(err)
			}
		}
	}
}

// until looks each 50 ms at how far the tree is signed and cosigned.
func until(b *testing.B, l *audit.Log, from time.Time, done func(newest, witnessed int64) bool) time.Duration {
	for {
		newest, witnessed, err := l.Checkpoint(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if done(sizeOf(b, l, newest), sizeOf(b, l, witnessed)) {
			return time.Since(from)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func sizeOf(b *testing.B, l *audit.Log, checkpoint string) int64 {
	if checkpoint == "" {
		return 0
	}
	at, _, err := receipt.OpenCheckpoint([]byte(checkpoint), logKey(b, l), nil)
	if err != nil {
		b.Fatal(err)
	}
	return at.N
}
