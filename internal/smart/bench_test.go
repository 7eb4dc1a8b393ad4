package smart

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// BenchmarkVerify is what a token costs a read of the record.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b, dbtest.SQLite(b), nil)
	p := w.register(testKeys().p384, "ES384", nil)
	one := Presented{Scheme: "Bearer", Token: p.token("system/Observation.rs"), Method: "GET", Path: "/Patient/1"}
	for b.Loop() {
		if _, err := w.s.Verify(b.Context(), one); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkToken is a whole exchange of an assertion for a token, many at once,
// by algorithm and database. Making the assertion, which is the client's work,
// is not counted.
func BenchmarkToken(b *testing.B) {
	k := testKeys()
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		for alg, key := range map[string]any{"RS384": k.rsa, "ES384": k.p384} {
			b.Run(alg+"/"+name, func(b *testing.B) { exchange(b, open(b), key, alg) })
		}
	}
}

func exchange(b *testing.B, d *db.DB, key any, alg string) {
	w := newWorld(b, d, nil)
	p := w.register(key, alg, nil)
	forms := make(chan string, b.N)
	for range b.N {
		forms <- p.form("system/Observation.rs").Encode()
	}
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if a := w.send("POST", pathToken, <-forms, "Content-Type", "application/x-www-form-urlencoded"); a.status != 200 {
				b.Error(a.body)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}
