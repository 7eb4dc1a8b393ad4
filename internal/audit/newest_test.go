package audit

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// Backwards is forwards turned round, whatever the bounds, wherever a page ends
// and however much of the log the index has.
func TestNewestIsEachTurnedRound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		l, err := Open(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		start := time.Date(2026, 5, 3, 14, 0, 0, 0, time.UTC)
		for i := range 120 {
			if i == 60 && d.Dialect() == db.SQLite { // half of it lies in the index
				foldNow(l)
			}
			e := Entry{At: start.Add(time.Duration(i) * time.Minute), Person: int64(1 + i%3), Verb: access.Read, Type: "Patient", Outcome: 200, Total: -1, Who: access.Operator("token:x")}
			if err := l.Append(ctx, e); err != nil {
				t.Fatal(err)
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			f := Filter{Person: rapid.Int64Range(1, 4).Draw(t, "person"), Limit: 200}
			if rapid.Bool().Draw(t, "from") {
				f.From = start.Add(time.Duration(rapid.IntRange(0, 130).Draw(t, "minute")) * time.Minute)
			}
			if rapid.Bool().Draw(t, "to") {
				f.To = start.Add(time.Duration(rapid.IntRange(0, 130).Draw(t, "minute")) * time.Minute)
			}
			var want []int64
			if err := l.Each(ctx, f, func(e *Entry) error { want = append([]int64{e.Seq}, want...); return nil }); err != nil {
				t.Fatal(err)
			}
			f.Limit = rapid.IntRange(1, 50).Draw(t, "page")
			var got []int64
			for before := (Mark{}); ; {
				n := 0
				err := l.Newest(ctx, f, before, func(e *Entry) error {
					n++
					got, before = append(got, e.Seq), Mark{e.At, e.Seq}
					if e.Person != f.Person {
						t.Fatalf("an entry about %d", e.Person)
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if n < f.Limit {
					break
				}
			}
			if len(got) != len(want) {
				t.Fatalf("%d entries, and forwards %d", len(got), len(want))
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("the entry %d is %d, and forwards %d", i, got[i], want[i])
				}
			}
		})
		onlyOwnAreLeftOut(t, l)
		if err := l.Newest(ctx, Filter{}, Mark{}, func(*Entry) error { t.Error("an entry about nobody"); return nil }); err != nil {
			t.Error(err)
		}
		e, found, err := l.At(ctx, 1<<nodeShift+7)
		if err != nil || !found || e.Person != 1+6%3 || e.Verb != access.Read {
			t.Errorf("%+v, %v, %v", e, found, err)
		}
		if _, found, err = l.At(ctx, 5); found || err != nil {
			t.Errorf("an entry that is not there: %v, %v", found, err)
		}
	})
}

// Who passes over what people did with their own records gets all others whole, more than one question
// brings; and of their own only those that no index knows, from which who it was can be read.
func onlyOwnAreLeftOut(t *testing.T, l *Log) {
	t.Helper()
	ctx := t.Context()
	const person = 9
	self := access.Who{Actor: "account:9", Kind: access.Person, Role: access.RoleSelf, For: person, App: "x"}
	other := access.Who{Actor: "account:8", Kind: access.Person, Role: access.RoleSelf, For: 8}
	all := []access.Who{self, other, access.Operator("token:x")}
	for i := range 3 * firstNewest {
		e := Entry{At: time.Date(2026, 6, 1, 0, i, 0, 0, time.UTC), Person: person, Verb: access.Read, Type: "Patient", Outcome: 200, Total: -1, Who: all[i%len(all)], Returned: []Ref{{Type: "Patient", ID: "p", Version: 1}}}
		if err := l.Append(ctx, e); err != nil {
			t.Fatal(err)
		}
		if i == firstNewest && l.db.Dialect() == db.SQLite {
			foldNow(l)
		}
	}
	ask := func(others bool) (list []Entry) {
		if err := l.Newest(ctx, Filter{Person: person, Others: others}, Mark{}, func(e *Entry) error { list = append(list, *e); return nil }); err != nil {
			t.Fatal(err)
		}
		return list
	}
	whole, foreign := ask(false), []Entry(nil)
	for _, e := range whole {
		if !e.own() {
			foreign = append(foreign, e)
		}
	}
	if got := ask(true); len(whole) != 3*firstNewest || !reflect.DeepEqual(got, foreign) {
		t.Fatalf("%d entries, and %d of others of %d", len(whole), len(got), len(foreign))
	}
	forget := "UPDATE access SET own = NULL"
	if l.db.Dialect() == db.SQLite {
		foldNow(l)
		forget = "INSERT OR IGNORE INTO access_other (person, seq) SELECT person, seq FROM access_person"
	}
	if err := l.db.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(forget); return err }); err != nil {
		t.Fatal(err)
	}
	cut := ask(true)
	if len(cut) != len(whole) {
		t.Fatalf("%d entries, and %d from before the index", len(whole), len(cut))
	}
	for i, e := range whole {
		if e.own() {
			e = Entry{Seq: e.Seq, At: e.At, Person: e.Person, Purpose: e.Purpose, Who: access.Who{Kind: e.Who.Kind, Role: e.Who.Role, For: e.Who.For}}
		}
		if !reflect.DeepEqual(e, cut[i]) {
			t.Errorf("%d is %+v, want %+v", i, cut[i], e)
		}
	}
}

// foldNow writes the tail into the index.
func foldNow(l *Log) {
	l.tail.mu.Lock()
	run := append([]whose(nil), l.tail.rows...)
	l.tail.mu.Unlock()
	l.tail.fold(l.db, run)
}

// Somebody who takes an entry out of the index that the page of who looked reads is found out.
func TestAnEntryThatTheIndexHidesIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		l, known := tampered(t, d, 40)
		self := access.Who{Actor: "account:9", Kind: access.Person, Role: access.RoleSelf, For: 9999}
		for _, who := range []access.Who{self, access.Operator("token:x"), self} {
			if err := l.Append(ctx, Entry{Person: 9999, Verb: access.Read, Type: "Patient", Outcome: 200, Total: -1, Who: who}); err != nil {
				t.Fatal(err)
			}
		}
		if d.Dialect() == db.SQLite {
			foldNow(l)
		}
		if err := l.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		if rep, err := l.Verify(ctx, known...); err != nil || len(rep.Faults) > 0 {
			t.Fatal(rep, err)
		}
		hide := "UPDATE access SET own = true WHERE person = 9999"
		if d.Dialect() == db.SQLite {
			hide = "DELETE FROM access_other WHERE person = 9999"
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(hide); return err }); err != nil {
			t.Fatal(err)
		}
		if rep, err := l.Verify(ctx, known...); err != nil || len(rep.Faults) != 1 || rep.Faults[0].Kind != Dropped {
			t.Errorf("%+v, %v", rep, err)
		}
	})
}
