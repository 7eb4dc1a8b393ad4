package account

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/notify"
)

// many is how many accounts lie in the tables besides the 10,000 of the first
// run: go test -bench . -accounts 1000000
var many = flag.Int("accounts", 0, "run the benchmarks with so many accounts too")

// crowd is a node with accounts that all have one key pair, each with its own
// credential id, handle and session.
type crowd struct {
	*site
	private *ecdsa.PrivateKey
	n       int64
	next    atomic.Int64
}

// part makes an id or a secret from a number, so that it need not be kept.
func part(what string, i int64) []byte {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(what), uint64(i)))
	return h[:]
}

// newCrowd fills the tables in batches.
func newCrowd(b *testing.B, d *db.DB, n int) *crowd {
	b.Helper()
	s := open(b, d)
	clock := time.Now
	var err error
	if s.out, err = notify.Open(b.Context(), d, s.ring, clock); err != nil {
		b.Fatal(err)
	}
	s.now = clock
	_, _, dev := s.create("Ann")
	key, err := x509.ParsePKCS8PrivateKey(dev.cred.Key.Data)
	if err != nil {
		b.Fatal(err)
	}
	c := &crowd{site: s, private: key.(*ecdsa.PrivateKey), n: int64(n)}
	c.fill(b, dev.cred.Key.AttestationData())
	return c
}

// signedIn is how many of the crowd have a session.
const signedIn = 100_000

// fill fills the tables in the order of their keys, and makes the other indexes
// afterwards: ten million rows in any order would take hours, and what lies
// there in the end is the same.
func (c *crowd) fill(b *testing.B, public []byte) {
	b.Helper()
	now := c.now().Unix()
	id := func(i int64) string { return text.EncodeToString(part("account", i)[:15]) }
	indexes := map[string]string{"passkey_account": "passkey (account)", "session_account": "session (account)", "session_ends": "session (ends)"}
	for name := range indexes {
		c.exec(b, "DROP INDEX "+name)
	}
	c.rows(b, c.n, func(i int64) []byte { return part("account", i) }, db.Into{Table: "account", Columns: []string{"id", "state", "staff", "handle", "key", "name", "made"}}, func(i int64) []any {
		wrapped, key, err := c.ring.NewPersonKey(c.numberOf(id(i)))
		if err != nil {
			b.Fatal(err)
		}
		return []any{id(i), int64(1), int64(0), part("handle", i), wrapped, key.Seal(nil, []byte("Ann"), sealedAs("name", id(i))), now}
	})
	c.rows(b, c.n, func(i int64) []byte { return part("credential", i) }, db.Into{Table: "passkey", Columns: []string{"id", "account", "public", "name", "aaguid", "format", "transports", "eligible", "backed", "count", "added", "ripe"}}, func(i int64) []any {
		return []any{part("credential", i), id(i), public, []byte{}, make([]byte, 16), "none", "internal", int64(1), int64(1), int64(0), now, now}
	})
	hash := func(i int64) []byte { h := sha256.Sum256(part("secret", i)); return h[:] }
	c.rows(b, min(c.n, signedIn), hash, db.Into{Table: "session", Columns: []string{"hash", "id", "account", "way", "strength", "passkey", "device", "begun", "used", "verified", "ends"}}, func(i int64) []any {
		return []any{hash(i), id(i)[:16], id(i), int64(1), int64(2), part("credential", i), "", now, now, now, now + 12*3600}
	})
	for name, on := range indexes {
		c.exec(b, "CREATE INDEX "+name+" ON "+on)
	}
	c.exec(b, "ANALYZE")
}

func (c *crowd) exec(b *testing.B, sql string) {
	b.Helper()
	if err := c.db.Write(b.Context(), func(t *db.Tx) error { _, err := t.Exec(sql); return err }); err != nil {
		b.Fatal(err)
	}
}

// rows writes one row for each of n numbers, in the order of their keys.
func (c *crowd) rows(b *testing.B, n int64, key func(i int64) []byte, into db.Into, row func(i int64) []any) {
	b.Helper()
	type place struct {
		key uint64
		i   int64
	}
	order := make([]place, n)
	for i := range order {
		order[i] = place{binary.BigEndian.Uint64(key(int64(i))), int64(i)}
	}
	slices.SortFunc(order, func(x, y place) int { return cmp.Compare(x.key, y.key) })
	for part := range slices.Chunk(order, 100_000) {
		err := c.db.Write(b.Context(), func(t *db.Tx) error {
			left := part
			_, err := t.Copy(into, func() ([]any, bool) {
				if len(left) == 0 {
					return nil, false
				}
				i := left[0].i
				left = left[1:]
				return row(i), true
			})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// answer signs as account i, as a synced passkey does, which counts nothing.
func (c *crowd) answer(b *testing.B, i int64, options []byte) []byte {
	var o struct{ PublicKey struct{ Challenge string } }
	if err := json.Unmarshal(options, &o); err != nil {
		b.Fatal(err)
	}
	client := fmt.Appendf(nil, `{"type":"webauthn.get","challenge":%q,"origin":"https://id.example.org","crossOrigin":false}`, o.PublicKey.Challenge)
	domain, hash := sha256.Sum256([]byte("example.org")), sha256.Sum256(client)
	auth := append(domain[:], 0x1d, 0, 0, 0, 0) // present, verified, may be and is backed up
	sum := sha256.Sum256(append(auth[:len(auth):len(auth)], hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, c.private, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	url := base64.RawURLEncoding.EncodeToString
	cred := url(part("credential", i))
	return fmt.Appendf(nil, `{"type":"public-key","id":%q,"rawId":%q,"response":{"authenticatorData":%q,"clientDataJSON":%q,"signature":%q,"userHandle":%q}}`,
		cred, cred, url(auth), url(client), url(signature), url(part("handle", i)))
}

// pick is an account far from the last one.
func (c *crowd) pick() int64 { return int64(uint64(c.next.Add(1)) * 0x9e3779b97f4a7c15 % uint64(c.n)) }

// benchEach runs a benchmark on both databases, with 10,000 accounts and with
// as many as the flag says.
func benchEach(b *testing.B, run func(b *testing.B, c *crowd)) {
	sizes := []int{10_000}
	if *many > 0 {
		sizes = append(sizes, *many)
	}
	for _, n := range sizes {
		for name, openDB := range map[string]func(testing.TB) *db.DB{"sqlite": embedded, "postgres": served} {
			var c *crowd // made once, for as many rounds as are measured
			all := b
			b.Run(fmt.Sprintf("%s/accounts=%d", name, n), func(b *testing.B) {
				if c == nil {
					c = newCrowd(all, openDB(all), n)
				}
				b.ReportAllocs()
				b.ResetTimer()
				run(b, c)
			})
		}
	}
}

// embedded is SQLite as the server opens it.
func embedded(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "bench.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// served is PostgreSQL with as many connections as the server opens.
func served(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: dbtest.Schema(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// BenchmarkSignIn is a whole sign-in: a ceremony begun, the authenticator's
// signature (some twenty microseconds of it), and the session that comes of it,
// each durable. Many people sign in at the same time.
func BenchmarkSignIn(b *testing.B) {
	benchEach(b, func(b *testing.B, c *crowd) {
		c.many(b, func(i int64) error {
			begun, err := c.BeginSignIn(b.Context(), Source{string(part("source", i))})
			if err == nil {
				_, _, err = c.FinishSignIn(b.Context(), begun.ID, c.answer(b, i, begun.Options), "Firefox")
			}
			return err
		})
	})
}

// BenchmarkSignInFloor is what no sign-in of this kind can do without: a row
// that is written and taken away again, one that stays, in two transactions on
// the same store, and one signature made and checked.
func BenchmarkSignInFloor(b *testing.B) {
	benchEach(b, func(b *testing.B, c *crowd) {
		data := make([]byte, 200)
		c.many(b, func(i int64) error {
			var id [8]byte
			_, _ = rand.Read(id[:])
			key := fmt.Sprintf("%x", id)
			err := c.db.Write(b.Context(), func(t *db.Tx) error {
				_, err := t.Exec("INSERT INTO passkey_ceremony (id, kind, account, session, data, ends) VALUES ($1, 1, '', '', $2, 0)", key, data)
				return err
			})
			if err != nil {
				return err
			}
			sum := sha256.Sum256(id[:])
			signature, err := ecdsa.SignASN1(rand.Reader, c.private, sum[:])
			if err != nil || !ecdsa.VerifyASN1(&c.private.PublicKey, sum[:], signature) {
				return fmt.Errorf("a good signature is refused: %w", err)
			}
			return c.db.Write(b.Context(), func(t *db.Tx) error {
				if _, err := t.Exec("DELETE FROM passkey_ceremony WHERE id = $1", key); err != nil {
					return err
				}
				_, err := t.Exec(`INSERT INTO session (hash, id, account, way, strength, passkey, device, begun, used, verified, ends)
					VALUES ($1, $2, $2, 1, 2, $3, '', 1, 1, 1, 1)`, sum[:], key, data[:32])
				return err
			})
		})
	})
}

// many runs something for accounts far from each other, many at the same time,
// and reports how often it went a second and what the processors of this
// process did for it: on a machine that others use as well the second says
// more. PostgreSQL's own processes are not in it.
func (c *crowd) many(b *testing.B, do func(i int64) error) {
	spent := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := spent()
	b.SetParallelism(32)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := do(c.pick()); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(spent()-before)/1e3/float64(b.N), "cpu-us/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sign-ins/s")
}

// BenchmarkSession is the look-up of a session that this node does not
// remember.
func BenchmarkSession(b *testing.B) {
	benchEach(b, func(b *testing.B, c *crowd) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				i := c.pick() % signedIn
				s, err := c.Session(b.Context(), sessionPrefix+text.EncodeToString(part("secret", i)))
				if err != nil {
					b.Error(err)
					return
				}
				c.cache.Drop(s.hash)
			}
		})
	})
}

// BenchmarkSessionRemembered is the look-up of a session that was used a moment
// ago.
func BenchmarkSessionRemembered(b *testing.B) {
	c := newCrowd(b, dbtest.SQLite(b), 10)
	secret := sessionPrefix + text.EncodeToString(part("secret", 1))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Session(b.Context(), secret); err != nil {
			b.Fatal(err)
		}
	}
}
