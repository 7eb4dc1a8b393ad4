package smart

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"syscall"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
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

// BenchmarkCode is a public app that comes with a code and gets an access
// token, a refresh token and an ID token. BenchmarkRefresh is the same app that
// comes again: each of 64 holders gets another refresh token each time.
func BenchmarkCode(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(b), nil)
			a := w.app(client.NoProof, nil)
			codes := make(chan string, b.N)
			for range b.N {
				codes <- a.code(nil)
			}
			b.SetParallelism(32)
			costs(b, func() {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if got := a.redeems(<-codes); got.status != 200 {
							b.Error(got.body)
						}
					}
				})
			})
		})
	}
}

func BenchmarkRefresh(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(b), nil)
			a := w.app(client.NoProof, nil)
			held := make(chan string, 64)
			for range cap(held) {
				held <- a.let(nil).text("refresh_token")
			}
			b.SetParallelism(32)
			costs(b, func() {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						got := a.renews(<-held)
						if got.status != 200 {
							b.Error(got.body)
						}
						held <- got.text("refresh_token")
					}
				})
			})
		})
	}
}

// BenchmarkTokenFloor is what no server that checks an assertion can do without:
// the signature, checked by the standard library, and nothing else.
func BenchmarkTokenFloor(b *testing.B) {
	k := testKeys()
	sum := sha512.Sum384([]byte("an assertion"))
	rs, err := rsa.SignPKCS1v15(rand.Reader, k.rsa, crypto.SHA384, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	es, err := ecdsa.SignASN1(rand.Reader, k.p384, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	for alg, check := range map[string]func() bool{
		"RS384": func() bool { return rsa.VerifyPKCS1v15(&k.rsa.PublicKey, crypto.SHA384, sum[:], rs) == nil },
		"ES384": func() bool { return ecdsa.VerifyASN1(&k.p384.PublicKey, sum[:], es) },
	} {
		b.Run(alg, func(b *testing.B) {
			costs(b, func() {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if !check() {
							b.Error("a good signature is refused")
						}
					}
				})
			})
		})
	}
}

// costs reports what the processors of this process did for each turn: on a
// machine that others use as well, that says more than the time that passed.
func costs(b *testing.B, run func()) {
	spent := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := spent()
	b.ResetTimer()
	run()
	b.StopTimer()
	b.ReportMetric(float64(spent()-before)/1e3/float64(b.N), "cpu-us/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

func exchange(b *testing.B, d *db.DB, key any, alg string) {
	w := newWorld(b, d, nil)
	p := w.register(key, alg, nil)
	forms := make(chan string, b.N)
	for range b.N {
		forms <- p.form("system/Observation.rs").Encode()
	}
	b.SetParallelism(32)
	costs(b, func() {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if a := w.send("POST", pathToken, <-forms, "Content-Type", "application/x-www-form-urlencoded"); a.status != 200 {
					b.Error(a.body)
				}
			}
		})
	})
}
