package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
)

func ring(t testing.TB) *seal.Ring {
	t.Helper()
	r, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// kept opens a log whose tree grows.
func kept(t testing.TB, d *db.DB, r *seal.Ring) *audit.Log {
	t.Helper()
	l := open(t, d)
	if err := l.Keep(ctx, r, "log.example/test", func(err error) { t.Error(err) }); err != nil {
		t.Fatal(err)
	}
	return l
}

func eachKept(t *testing.T, test func(t *testing.T, d *db.DB, l *audit.Log)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, d, kept(t, d, ring(t))) })
}

func settle(t testing.TB, l *audit.Log) {
	t.Helper()
	if err := l.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

// fill appends n entries about some persons and settles now and then.
func fill(t testing.TB, l *audit.Log, n, persons, every int) {
	t.Helper()
	for i := range n {
		if err := l.Append(ctx, entry(int64(1+i%persons), fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		if i%every == every-1 {
			settle(t, l)
		}
	}
	settle(t, l)
}

// sound holds that nothing is wrong with a log.
func sound(t testing.TB, l *audit.Log, known ...[]byte) audit.Report {
	t.Helper()
	rep, err := l.Verify(ctx, known...)
	if err != nil || len(rep.Faults) > 0 || len(rep.Gaps) > 0 {
		t.Fatalf("%+v, %v", rep, err)
	}
	return rep
}

func logKey(t testing.TB, l *audit.Log) note.Verifier {
	t.Helper()
	v, err := note.NewVerifier(l.Key())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// proved gives a person's receipt as a file, after holding that it is right.
func proved(t testing.TB, l *audit.Log, person int64, want int) []byte {
	t.Helper()
	r, err := l.Prove(ctx, person)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := receipt.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	res, err := again.Verify(logKey(t, l), nil)
	if err != nil || len(res.Entries) != want {
		t.Fatalf("want %d entries, got %d, %v", want, len(res.Entries), err)
	}
	for _, raw := range res.Entries {
		e, err := audit.ReadEntry(raw)
		if err != nil || e.Person != person || e.Seq == 0 || e.At.IsZero() {
			t.Fatal(e, err)
		}
	}
	return b
}

func TestEveryEntryReachesTheTree(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 700, 90, 37)
		if rep := sound(t, l); rep.Entries != 700 || rep.Waiting != 0 || rep.Size < 700+19 {
			t.Errorf("%+v", rep)
		}
		if err := l.Append(ctx, entry(5, "late")); err != nil {
			t.Fatal(err)
		}
		for p := int64(1); p <= 90; p += 13 {
			want := 700 / 90
			if p <= 700%90 {
				want++
			}
			proved(t, l, p, want)
		}
		proved(t, l, 12345, 0)
		settle(t, l)
		proved(t, l, 5, 9)
	})
}

func TestATreeGoesOnAfterARestart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := ring(t)
		var notes [][]byte
		for i := range 4 {
			l := kept(t, d, r)
			fill(t, l, 30, 7, 11)
			if err := l.Append(ctx, entry(1, "left")); err != nil {
				t.Fatal(err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			again := kept(t, d, r)
			if rep := sound(t, again, notes...); rep.Waiting != 0 || rep.Entries != int64(31*(i+1)) {
				t.Errorf("%+v", rep)
			}
			file, err := again.File(ctx, "checkpoint")
			if err != nil {
				t.Fatal(err)
			}
			notes = append(notes, bytes.Clone(file.Data))
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestManyNodesMakeOneTree(t *testing.T) {
	d, r := dbtest.Postgres(t), ring(t)
	var wg sync.WaitGroup
	for range 3 {
		l := kept(t, d, r)
		wg.Go(func() {
			for i := range 60 {
				if err := l.Append(ctx, entry(int64(1+i%20), "x")); err != nil {
					t.Error(err)
				}
				if i%9 == 0 {
					if err := l.Settle(ctx); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	l := kept(t, d, r)
	settle(t, l)
	if rep := sound(t, l); rep.Entries != 180 {
		t.Errorf("%+v", rep)
	}
	proved(t, l, 3, 9)
}

// Entries from before the tree get their leaves, and are as good as any.
func TestALogFromBeforeTheTree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := open(t, d)
		for range 20 {
			if err := l.Append(ctx, entry(4, "old")); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec("UPDATE access SET nonce = NULL"); return err }); err != nil {
			t.Fatal(err)
		}
		l = kept(t, d, ring(t))
		fill(t, l, 10, 5, 3)
		sound(t, l)
		proved(t, l, 4, 22)
	})
}

// A proof of one entry is small, and is of that entry only.
func TestTheProofOfOneEntryIsSmall(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 600, 50, 100)
		e := list(t, l, audit.Filter{Person: 7})[2]
		b, err := l.ProveEntry(ctx, 7, e.Seq)
		if err != nil {
			t.Fatal(err)
		}
		// Thirty hashes, of a log of a thousand million, instead of these; and two witnesses.
		if len(b)+20*45+2*160 > 4096 {
			t.Errorf("%d bytes", len(b))
		}
		res, err := receipt.VerifyProof(b, logKey(t, l), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := audit.ReadEntry(res.Entries[0])
		if err != nil || got.Seq != e.Seq || got.Request != e.Request {
			t.Error(got, err)
		}
		want := res
		for i := range b {
			bad := bytes.Clone(b)
			bad[i] ^= 1
			// Base64 has bits at an end that say nothing; whoever turns those has the same proof.
			if res, err := receipt.VerifyProof(bad, logKey(t, l), nil); err == nil && !cmp.Equal(res, want) {
				t.Fatalf("byte %d (%q) can be changed: %+v", i, b[max(0, i-9):min(len(b), i+9)], res)
			}
		}
		if _, err := l.ProveEntry(ctx, 8, e.Seq); err == nil {
			t.Error("an entry was proved to another person")
		}
	})
}

func TestAttack93AnErasureLeavesAllOtherProofsAsTheyWere(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 120, 6, 25)
		before := proved(t, l, 2, 20)
		by := entry(0, "erasure")
		n, err := l.Erase(ctx, by, 3)
		if err != nil || n != 20 {
			t.Fatal(n, err)
		}
		settle(t, l)
		if rep := sound(t, l); rep.Erased != 20 || rep.Entries != 121 {
			t.Errorf("%+v", rep)
		}
		if got := list(t, l, audit.Filter{Person: 3}); len(got) != 0 {
			t.Error("what was erased is shown")
		}
		if got := list(t, l, audit.Filter{}); len(got) != 101 {
			t.Error(len(got))
		}
		left := 0
		if err := d.Query(ctx, "SELECT count(*) FROM access WHERE person = 3 OR length(entry) = 0 AND (nonce IS NOT NULL OR at <> 0)", nil, func(r *db.Row) error { left = int(r.Int64(0)); return nil }); err != nil || left > 0 {
			t.Errorf("%d rows still tell of the person, %v", left, err)
		}
		again, err := receipt.Parse(before)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.Verify(logKey(t, l), nil); err != nil {
			t.Error("an old receipt of another person doesn't hold:", err)
		}
		proved(t, l, 2, 20)
		// And who comes back has a list that says how much is gone.
		fill(t, l, 6, 6, 2)
		r, err := l.Prove(ctx, 3)
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Verify(logKey(t, l), nil)
		if err != nil || res.Erased != 20 || len(res.Entries) != 21 {
			t.Errorf("%d of %d erased, %v", res.Erased, len(res.Entries), err)
		}
		sound(t, l)
	})
}
