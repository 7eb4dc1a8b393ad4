package audit_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

var ctx = context.Background()

func open(t testing.TB, d *db.DB) *audit.Log {
	t.Helper()
	l, err := audit.Open(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func each(t *testing.T, test func(t *testing.T, d *db.DB, l *audit.Log)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, d, open(t, d)) })
}

func entry(person int64, request string) audit.Entry {
	return audit.Entry{
		Request: request, Who: access.Who{Actor: "token:1", Kind: access.Person, Role: access.RoleOperator}, Purpose: access.Care,
		Person: person, Verb: access.Read, Type: "Patient", Rule: "operator", Rules: access.RulesVersion, Outcome: 200, Total: -1,
		Returned: []audit.Ref{{Type: "Patient", ID: "7d3f7d7e-3d1c-4c2a-9a3b-0123456789ab", Version: 3}},
	}
}

func list(t testing.TB, l *audit.Log, f audit.Filter) (got []audit.Entry) {
	t.Helper()
	if err := l.Each(ctx, f, func(e *audit.Entry) error { got = append(got, *e); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func whole(t testing.TB, l *audit.Log, entries int64) {
	t.Helper()
	rep, err := l.Verify(ctx)
	if err != nil || rep.Entries != entries || len(rep.Gaps) != 0 {
		t.Fatalf("want %d entries without a gap, got %+v, %v", entries, rep, err)
	}
}

func TestAnEntryComesBackWhole(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		at := time.Date(2026, 3, 4, 5, 6, 7, 89_000, time.UTC)
		want := audit.Entry{
			At: at, Request: "req-1",
			Who:     access.Who{Actor: "token:ab", Kind: access.Client, Role: access.RoleProxy, App: "app", Grant: "grant", Organisation: "org", For: -5},
			Purpose: access.Emergency, Person: 1 << 38, Verb: access.Search, Type: "Observation", Params: []string{"code", "date", "_sort"},
			Query: []byte{1, 2, 3, 255}, Rule: "r", Rules: "v", Outcome: 503, Total: 12,
			Returned: []audit.Ref{{"Observation", "a.b-C", 1}, {"Observation", "7d3f7d7e-3d1c-4c2a-9a3b-0123456789ab", 900}, {"Patient", "7D3F7D7E-3D1C-4C2A-9A3B-0123456789AB", 2}, {"Patient", "", 0}},
		}
		if err := l.Append(ctx, want, audit.Entry{}); err != nil {
			t.Fatal(err)
		}
		got := list(t, l, audit.Filter{})
		if len(got) != 2 || got[0].Seq == 0 || got[1].Seq != got[0].Seq+1 || got[1].At.IsZero() {
			t.Fatal(got)
		}
		want.Seq = got[0].Seq
		if diff := cmp.Diff(want, got[0], cmp.AllowUnexported(access.Rights{})); diff != "" {
			t.Error(diff)
		}
		whole(t, l, 2)
	})
}

func TestEntriesAreFoundByPersonAndTimeAndPage(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 30 {
			e := entry(int64(1+i%3), fmt.Sprint(i))
			e.At = begin.Add(time.Duration(i) * time.Hour)
			if err := l.Append(ctx, e); err != nil {
				t.Fatal(err)
			}
		}
		for name, c := range map[string]struct {
			f    audit.Filter
			want int
		}{
			"all":     {audit.Filter{}, 30},
			"person":  {audit.Filter{Person: 2}, 10},
			"nobody":  {audit.Filter{Person: 9}, 0},
			"time":    {audit.Filter{From: begin.Add(3 * time.Hour), To: begin.Add(9 * time.Hour)}, 6},
			"both":    {audit.Filter{Person: 1, From: begin.Add(3 * time.Hour), To: begin.Add(9 * time.Hour)}, 2},
			"limit":   {audit.Filter{Limit: 7}, 7},
			"limited": {audit.Filter{Person: 1, Limit: 7}, 7},
		} {
			got := list(t, l, c.f)
			if len(got) != c.want {
				t.Errorf("%s: %d", name, len(got))
			}
			for _, e := range got {
				if c.f.Person != 0 && e.Person != c.f.Person {
					t.Errorf("%s: another person's entry", name)
				}
			}
		}
		var pages []string
		for f := (audit.Filter{Person: 3, Limit: 3}); ; {
			page := list(t, l, f)
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				pages = append(pages, e.Request)
			}
			f.After = page[len(page)-1].Seq
		}
		if fmt.Sprint(pages) != "[2 5 8 11 14 17 20 23 26 29]" {
			t.Error(pages)
		}
		n := 0
		err := l.Each(ctx, audit.Filter{Person: 1}, func(*audit.Entry) error { n++; return db.Stop })
		if err != nil || n != 1 {
			t.Error(n, err)
		}
	})
}

func TestManyCallersLeaveNoGap(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		var wg sync.WaitGroup
		for p := range int64(16) {
			wg.Go(func() {
				for i := range 50 {
					request := fmt.Sprint(p, i)
					if err := l.Append(ctx, entry(p, request), entry(p+100, request)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		whole(t, l, 1600)
		if got := list(t, l, audit.Filter{Person: 7}); len(got) != 50 {
			t.Error(len(got))
		}
	})
}

func TestALongListIsDividedAndNothingIsLeftOut(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		e := entry(1, "export")
		e.Returned = nil
		for i := range int64(25_000) {
			e.Returned = append(e.Returned, audit.Ref{Type: "Observation", ID: fmt.Sprint("o", i), Version: i})
		}
		if err := l.Append(ctx, e); err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for part, e := range list(t, l, audit.Filter{Person: 1}) {
			if e.Part != part || e.Request != "export" {
				t.Error(e.Part, e.Request)
			}
			for _, r := range e.Returned {
				if r.Version != n {
					t.Fatal(r.Version, n)
				}
				n++
			}
		}
		if n != 25_000 {
			t.Error(n)
		}
	})
}

func TestTheLogGoesOnAfterARestart(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		if err := l.Append(ctx, entry(1, "a")); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := l.Append(ctx, entry(1, "never")); problem.KindOf(err) != problem.Unavailable {
			t.Error("a closed log took an entry:", err)
		}
		again := open(t, d)
		if err := again.Append(ctx, entry(1, "b")); err != nil {
			t.Fatal(err)
		}
		got := list(t, again, audit.Filter{Person: 1})
		if len(got) != 2 || got[0].Request != "a" || got[1].Request != "b" {
			t.Error(got)
		}
		whole(t, again, 2)
	})
}

func TestTwoNodesAppendAtOnce(t *testing.T) {
	d := dbtest.Postgres(t)
	var wg sync.WaitGroup
	for range 3 {
		l := open(t, d)
		wg.Go(func() {
			for range 40 {
				if err := l.Append(ctx, entry(1, "x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	whole(t, open(t, d), 120)
}

func TestAMissingEntryIsNoticed(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		for range 10 {
			if err := l.Append(ctx, entry(1, "x")); err != nil {
				t.Fatal(err)
			}
		}
		first := list(t, l, audit.Filter{Limit: 1})[0].Seq
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("DELETE FROM access WHERE seq IN ($1, $2, $3)", first, first+4, first+5)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		rep, err := l.Verify(ctx)
		if err != nil || cmp.Diff(rep.Gaps, []audit.Gap{{first - 1, first + 1}, {first + 3, first + 6}}) != "" {
			t.Error(rep, err)
		}
	})
}

// What can't be written is an error to everybody who waits, and the log goes on when it can again.
func TestNoAnswerWithoutAnEntry(t *testing.T) {
	d := dbtest.SQLite(t)
	l := open(t, d)
	pages := func(n int) {
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(fmt.Sprint("PRAGMA max_page_count=", n)); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Append(ctx, entry(1, "first")); err != nil {
		t.Fatal(err)
	}
	pages(1) // the disk is full: SQLite can't go below what it has
	good := 1
	for i := 0; ; i++ {
		e := entry(1, "more")
		for range 500 {
			e.Returned = append(e.Returned, audit.Ref{Type: "Observation", ID: fmt.Sprint("a-long-id-number-", i), Version: 1})
		}
		err := l.Append(ctx, e)
		if err != nil {
			if problem.KindOf(err) != problem.Unavailable {
				t.Error(err)
			}
			break
		}
		if good++; good > 1000 {
			t.Fatal("the disk never filled")
		}
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			e := entry(1, "refused")
			e.Returned = make([]audit.Ref, 10_000)
			if err := l.Append(ctx, e); problem.KindOf(err) != problem.Unavailable || err == nil {
				t.Error("acknowledged on a full disk:", err)
			}
		})
	}
	wg.Wait()
	pages(1 << 30)
	if err := l.Append(ctx, entry(1, "last")); err != nil {
		t.Fatal(err)
	}
	whole(t, l, int64(good+1))
	for _, e := range list(t, l, audit.Filter{}) {
		if e.Request == "refused" {
			t.Error("what was refused is there")
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(ctx, entry(1, "gone")); problem.KindOf(err) != problem.Unavailable {
		t.Error("acknowledged without a database:", err)
	}
}

func TestACallerThatGoesAwayIsNotKept(t *testing.T) {
	l := open(t, dbtest.SQLite(t))
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := l.Append(gone, entry(1, "x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	whole(t, l, 0)
}

// The index by person is written behind the log; nothing may be missing or twice while it is, or after a
// restart.
func TestTheIndexBehindTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.db")
	d, err := db.Open(ctx, db.Config{Path: path, Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	l := open(t, d)
	const entries, persons = 140_000, 700
	batch := make([]audit.Entry, 0, persons)
	for i := range entries {
		batch = append(batch, audit.Entry{Person: int64(1 + i%persons), Request: fmt.Sprint(i / persons)})
		if len(batch) < persons {
			continue
		}
		if err := l.Append(ctx, batch...); err != nil {
			t.Fatal(err)
		}
		batch = batch[:0]
		if i/persons%10 == 0 {
			if got := list(t, l, audit.Filter{Person: 5}); len(got) != i/persons+1 {
				t.Fatalf("after %d: %d entries", i, len(got))
			}
		}
	}
	check := func(l *audit.Log) {
		t.Helper()
		for p := int64(1); p <= persons; p += 99 {
			for i, e := range list(t, l, audit.Filter{Person: p}) {
				if e.Request != fmt.Sprint(i) || e.Person != p {
					t.Fatal(p, i, e.Request)
				}
			}
		}
	}
	check(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	indexed := int64(0)
	if err := d.Query(ctx, "SELECT count(*) FROM access_person", nil, func(r *db.Row) error { indexed = r.Int64(0); return nil }); err != nil || indexed < 65536 {
		t.Error("the index was not written:", indexed, err)
	}
	check(open(t, d))
}
