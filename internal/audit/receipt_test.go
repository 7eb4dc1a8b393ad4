package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// prove gives a receipt that the test may change.
func prove(t testing.TB, l *audit.Log, person int64) *receipt.Receipt {
	t.Helper()
	r, err := receipt.Parse(proved(t, l, person, len(list(t, l, audit.Filter{Person: person}))))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func refused(t testing.TB, l *audit.Log, r *receipt.Receipt, what string) {
	t.Helper()
	res, err := r.Verify(logKey(t, l), nil)
	var f *receipt.Fault
	if !errors.As(err, &f) {
		t.Errorf("%s: %+v, %v", what, res, err)
	}
}

// A list from which something was left out isn't the one that the log committed to, and there is no way to
// make it so.
func TestAttack91AnEntryThatIsLeftOutIsMissed(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 200, 8, 30)
		for i := range prove(t, l, 3).Entries {
			r := prove(t, l, 3)
			r.Entries = append(r.Entries[:i], r.Entries[i+1:]...)
			refused(t, l, r, "one was left out")
			r.Map.Count--
			refused(t, l, r, "one was left out, and not counted")
			var head tlog.Hash
			for _, e := range r.Entries {
				head = receipt.Next(head, e.Index, receipt.Commit(e.Nonce, e.Entry))
			}
			r.Map.Head = head
			refused(t, l, r, "one was left out, with a chain without it")
		}
		r, other := prove(t, l, 3), prove(t, l, 4)
		r.Entries = append(r.Entries, other.Entries[len(other.Entries)-1])
		r.Map.Count++
		refused(t, l, r, "another person's was added")
		r, none := prove(t, l, 3), prove(t, l, 999)
		r.Entries, r.Map = r.Entries[:0], none.Map
		r.Map.Slot = other.Map.Slot
		refused(t, l, r, "nobody's place was shown to somebody")
		r = prove(t, l, 3)
		r.Entries[0], r.Entries[1] = r.Entries[1], r.Entries[0]
		refused(t, l, r, "another order")
		r = prove(t, l, 3)
		leaf := receipt.Commit(r.Entries[2].Nonce, r.Entries[2].Entry)
		r.Entries[2].Leaf = &leaf
		refused(t, l, r, "erased and there")
	})
}

// Who drops an entry in the database, so that it is in no list, is found by the person too: the receipt
// doesn't come out whole.
func TestAttack91AnEntryThatIsDroppedInTheDatabaseIsMissed(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 60, 5, 30)
		gone := list(t, l, audit.Filter{Person: 2})[4].Seq
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM access WHERE seq = $1", gone); return err }); err != nil {
			t.Fatal(err)
		}
		r, err := l.Prove(ctx, 2)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, l, r, "an entry was dropped")
		rep, err := l.Verify(ctx)
		if err != nil || len(rep.Faults) == 0 || rep.Faults[0].Kind != audit.Dropped || rep.Faults[0].Seq != gone {
			t.Errorf("%+v, %v", rep, err)
		}
	})
}

// Delete, alter or swap one row: verify says which.
func TestAttack89ARowThatIsChangedIsNamed(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 30, 5, 7)
		all := list(t, l, audit.Filter{})
		one, two := all[4].Seq, all[9].Seq
		for _, c := range []struct {
			kind audit.FaultKind
			sql  []string
		}{
			{audit.Dropped, []string{"DELETE FROM access WHERE seq = $1 AND CAST($2 AS bigint) <> 0"}},
			{audit.Flipped, []string{"UPDATE access SET at = at - 1000000 WHERE seq = $1 AND CAST($2 AS bigint) <> 0"}},
			{audit.Reordered, []string{"UPDATE access SET seq = -5 WHERE seq = $1 AND CAST($2 AS bigint) <> 0", "UPDATE access SET seq = $1 WHERE seq = $2", "UPDATE access SET seq = $2 WHERE seq = -5 AND CAST($1 AS bigint) <> 0"}},
		} {
			undo := errors.New("undo")
			err := d.Write(ctx, func(tx *db.Tx) error {
				for _, s := range c.sql {
					if _, err := tx.Exec(s, one, two); err != nil {
						return err
					}
				}
				rep, err := l.VerifyIn(tx)
				if err != nil {
					return err
				}
				if len(rep.Faults) == 0 || rep.Faults[0].Kind != c.kind || rep.Faults[0].Seq != one {
					t.Errorf("%s: %+v", c.kind, rep.Faults)
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Fatal(err)
			}
		}
		sound(t, l)
	})
}

// Whoever knows an entry to the letter can't tell which leaf is its: each has a nonce, also where two
// entries are the same.
func TestAttack92ALeafSaysNothingAboutItsEntry(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		same := entry(7, "same")
		same.At = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		for range 100 {
			if err := l.Append(ctx, same); err != nil {
				t.Fatal(err)
			}
		}
		settle(t, l)
		r := prove(t, l, 7)
		leaves := map[tlog.Hash]bool{}
		public := publicBytes(t, l, 101)
		for _, e := range r.Entries {
			leaf := receipt.Commit(e.Nonce, e.Entry)
			leaves[leaf] = true
			if !bytes.Contains(public, leaf[:]) {
				t.Error("a leaf isn't public")
			}
			for _, guess := range []tlog.Hash{receipt.Commit(nil, e.Entry), receipt.Commit(make([]byte, 32), e.Entry), tlog.RecordHash(e.Entry)} {
				if bytes.Contains(public, guess[:]) {
					t.Error("a leaf can be made without its nonce")
				}
			}
			for _, secret := range [][]byte{e.Nonce, e.Nonce[:16], e.Entry[24:], r.Map.Slot[:]} {
				if bytes.Contains(public, secret) {
					t.Error("what is public holds a nonce, an entry or a slot")
				}
			}
		}
		if len(leaves) != 100 {
			t.Errorf("equal entries have equal leaves: %d", len(leaves))
		}
	})
}

// publicBytes is all that the log shows to anybody.
func publicBytes(t testing.TB, l *audit.Log, size int) (all []byte) {
	t.Helper()
	for _, path := range []string{"key", "checkpoint", "tile/0/000.p/" + itoa(size), "tile/entries/000.p/" + itoa(size)} {
		f, err := l.File(ctx, path)
		if err != nil {
			t.Fatal(path, err)
		}
		all = append(all, f.Data...)
	}
	return all
}

// A person's slot can't be worked out from their number, by anybody who lacks the key: two services have
// different ones, and slots have no order.
func TestAttack95SlotsTellNobodyWhoIsThere(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 40, 20, 9)
		other := kept(t, dbtest.SQLite(t), ring(t))
		fill(t, other, 40, 20, 9)
		mine := prove(t, l, 3).Map.Slot
		if mine == prove(t, other, 3).Map.Slot {
			t.Error("two services have the same slot for a person")
		}
		if err := d.Query(ctx, "SELECT slot FROM log_map", nil, func(r *db.Row) error {
			if bytes.Contains(r.Bytes(0), []byte{0, 0, 0, 0}) {
				t.Errorf("a slot shows a number: %x", r.Bytes(0))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		// The proof that somebody isn't there shows hashes only, and no slot of a person but where one
		// stands in the way, which nobody can turn into a person.
		none := prove(t, l, 777)
		if none.Map.Count != 0 || none.Map.Slot == mine {
			t.Error(none.Map)
		}
	})
}

// A backdated entry lies behind leaves that a witness saw before: its place contradicts its time.
func TestAttack94ABackdatedEntryStandsBehindWhatWasSeen(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 20, 4, 5)
		seen := time.Now().UTC().Add(time.Hour).Truncate(time.Second)
		watch(t, l, seen)
		late := entry(3, "backdated")
		late.At = seen.Add(-24 * time.Hour)
		if err := l.Append(ctx, late); err != nil {
			t.Fatal(err)
		}
		settle(t, l)
		r := prove(t, l, 3)
		res, err := r.Verify(logKey(t, l), []*receipt.Witness{cosigner(t, seen).Witness})
		if err != nil || len(res.Seen) != 1 || !res.Seen[0].At.Equal(seen) {
			t.Fatal(res, err)
		}
		last := r.Entries[len(r.Entries)-1]
		e, err := audit.ReadEntry(last.Entry)
		if err != nil || e.Request != "backdated" || last.Index < res.Witnessed || !e.At.Before(res.Seen[0].At) {
			t.Error("nothing contradicts a backdated entry:", e, err)
		}
	})
}

func cosigner(t testing.TB, at time.Time) *receipt.Cosigner {
	t.Helper()
	c, err := receipt.NewCosigner("witness.example", bytes.Repeat([]byte{7}, 32), func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Any change of a receipt is found, whatever it is in: either it no longer holds, or what it proves is the
// same.
func TestAChangedReceiptProvesNothingElse(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 90, 7, 20)
		watch(t, l, time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC))
		fill(t, l, 30, 7, 20)
		for _, person := range []int64{3, 555} {
			r := prove(t, l, person)
			want, err := r.Verify(logKey(t, l), nil)
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			rnd := rand.New(rand.NewPCG(1, 2))
			for range 3000 {
				bad := bytes.Clone(b)
				bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(7)
				again, err := receipt.Parse(bad)
				if err != nil {
					continue
				}
				if res, err := again.Verify(logKey(t, l), nil); err == nil && !cmp.Equal(res.Entries, want.Entries) {
					t.Fatalf("a changed receipt proves something else: %+v", res)
				}
			}
		}
	})
}
