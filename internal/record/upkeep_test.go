package record

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// verified fails the test for each fault that Verify finds.
func verified(t *testing.T, s *Session) {
	t.Helper()
	if err := s.Verify(ctx, func(int64, int64) {}, func(f Fault) { t.Errorf("row %x: %s", f.Row, f.What) }); err != nil {
		t.Error(err)
	}
}

func TestTheIndexCanBeMadeAgain(t *testing.T) {
	files := suitetest.Files(t, "synthea-r4", "*.json.gz")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		for _, f := range files[3:6] {
			if _, err := s.Transact(ctx, syntheaOps(t, f)); err != nil {
				t.Fatal(err)
			}
		}
		put(t, s, `{"resourceType":"Appointment","id":"a","status":"booked","participant":[{"actor":{"reference":"Patient/x"},"status":"accepted"},{"actor":{"reference":"Patient/y"},"status":"accepted"}]}`)
		put(t, s, `{"resourceType":"Appointment","id":"a","status":"booked","participant":[{"actor":{"reference":"Patient/y"},"status":"accepted"},{"actor":{"reference":"Patient/x"},"status":"accepted"}]}`)
		verified(t, s)
		before := ids(t, s, "Observation", "_count=1000")
		if err := s.Reindex(ctx, func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
		verified(t, s)
		if after := ids(t, s, "Observation", "_count=1000"); fmt.Sprint(after) != fmt.Sprint(before) || len(after) == 0 {
			t.Errorf("%d observations before, %d after", len(before), len(after))
		}
		wantIDs(t, s, "Appointment", "patient=x", "a")
		wantIDs(t, s, "Appointment", "patient=y", "a")
	})
}

// More resources than are looked at in one read: none is counted twice.
func TestAWholeStoreOfManyIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		for i := range 3 {
			var ops []Op
			for j := range 400 {
				ops = append(ops, Op{Method: Put, Key: Key{"Patient", fmt.Sprintf("p%d-%d", i, j)},
					Body: tree(t, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d-%d","birthDate":"2019-02-28"}`, i, j))})
			}
			if _, err := s.Transact(ctx, ops); err != nil {
				t.Fatal(err)
			}
		}
		verified(t, s)
	})
}

const eyeParameter = `{"resourceType":"SearchParameter","id":"eye","url":"https://bevan.example/sp/eye","name":"eye","status":"active","description":"eye colour","code":"eye-colour","base":["Patient"],"type":"token","expression":"Patient.extension('https://bevan.example/eye').value.ofType(code)"}`

func TestASearchParameterOfOnesOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, s := openDoor(t, d)
		queue, err := jobs.Open(ctx, d, jobs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := door.HandleIndex(ctx, queue, access.Operator("test")); err != nil {
			t.Fatal(err)
		}
		eye := func(id, colour string) string {
			return `{"resourceType":"Patient","id":"` + id + `","extension":[{"url":"https://bevan.example/eye","valueCode":"` + colour + `"}]}`
		}
		put(t, s, eye("a", "green"))
		put(t, s, eye("b", "brown"))
		put(t, s, eyeParameter)
		if n := len(door.store.UnindexedParams()); n != 1 {
			t.Fatalf("%d parameters wait", n)
		}
		wantIDs(t, s, "Patient", "eye-colour=green", "a") // from the resources themselves
		put(t, s, eye("c", "green"))
		running, stop := context.WithTimeout(ctx, time.Minute)
		defer stop()
		queue.Start(1)
		t.Cleanup(func() { _ = queue.Close() })
		list, err := queue.List(ctx, IndexKind, 10)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if err := queue.Watch(running, list[0].ID, func(j jobs.Status) bool { return !j.State.Ended() }); err != nil {
			t.Fatal(err)
		}
		if n := len(door.store.UnindexedParams()); n != 0 {
			t.Fatalf("%d parameters wait", n)
		}
		wantIDs(t, s, "Patient", "eye-colour=green", "a", "c")
		put(t, s, eye("a", "blue"))
		wantIDs(t, s, "Patient", "eye-colour=green", "c")
		wantIDs(t, s, "Patient", "eye-colour=blue&_total=accurate", "a")
		verified(t, s)
		bad := tree(t, `{"resourceType":"SearchParameter","id":"bad","url":"https://bevan.example/sp/bad","name":"bad","status":"active","description":"x","code":"bad","base":["Patient"],"type":"token","expression":"Patient.where("}`)
		_, err = s.Transact(ctx, []Op{{Method: Put, Key: Key{"SearchParameter", "bad"}, Body: bad}})
		if err == nil || problem.KindOf(err) == problem.Internal {
			t.Error("a parameter that can't be used was taken: ", err)
		}
	})
}

func TestFollowersMissNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		for i := range 30 {
			put(t, s, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d"}`, i))
		}
		if _, err := s.Transact(ctx, []Op{{Method: Delete, Key: Key{"Patient", "p3"}}}); err != nil {
			t.Fatal(err)
		}
		var seen []string
		enough := fmt.Errorf("enough")
		read := func(until int) error {
			running, stop := context.WithCancel(ctx)
			defer stop()
			return s.Follow(running, "test", func(c Change) error {
				if len(seen) == until {
					return enough
				}
				seen = append(seen, c.ID+"/"+fmt.Sprint(c.Version))
				if len(seen) == 31 {
					stop()
				}
				return nil
			})
		}
		if err := read(12); err != enough {
			t.Fatal(err)
		}
		// The batch was not finished, so it comes again from its beginning.
		seen = nil
		if err := read(1000); err != nil {
			t.Fatal(err)
		}
		if len(seen) != 31 || seen[0] != "p0/1" || seen[30] != "p3/2" {
			t.Error(seen)
		}
	})
}

// Two doors on one PostgreSQL are two nodes: a cursor of one continues on the
// other.
func TestTwoNodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, s := openDoor(t, d)
		other, err := New(ctx, Config{DB: d, Log: door.log, Ring: door.ring, Base: "http://127.0.0.1/fhir"})
		if err != nil {
			t.Fatal(err)
		}
		s2, err := other.Open(ctx, access.Operator("other"), About{}, access.Operations)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 9 {
			put(t, s, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","gender":"other"}`, i))
		}
		q := query(t, s, "Patient", "gender=other&_count=2")
		nodes := []*Session{s, s2}
		var got []string
		cursor := ""
		for i := 0; ; i++ {
			page, err := nodes[i%2].Search(ctx, q, cursor)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Items {
				got = append(got, r.ID)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(got) != 9 {
			t.Error(got)
		}
		// What one node learns to search by, the other indexes too.
		put(t, s, eyeParameter)
		put(t, s2, `{"resourceType":"Patient","id":"z","extension":[{"url":"https://bevan.example/eye","valueCode":"grey"}]}`)
		if d.Dialect() == db.Postgres {
			q, err := other.store.Registry().Lookup("Patient", "eye-colour")
			if !err || q == nil {
				t.Error("the other node does not know the new parameter")
			}
		}
	})
}

// A resource that is referred to before it is there has a place; when it comes
// with its patient it moves, and what refers to it at that moment must follow.
func TestReferencesFollowAResourceThatMovesMeanwhile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		for i := range 20 {
			write := func(typ, id, body string) {
				op := Op{Method: Put, Key: Key{typ, id}, Body: tree(t, fmt.Sprintf(`{"resourceType":%q,"id":%q,%s}`, typ, id, body))}
				if _, err := s.Transact(ctx, []Op{op}); err != nil {
					t.Error(err)
				}
			}
			visit := fmt.Sprintf("e%d", i)
			note := func(n int) {
				write("Observation", fmt.Sprintf("o%d-%d", i, n), `"status":"final","code":{"text":"x"},"encounter":{"reference":"Encounter/`+visit+`"}`)
			}
			note(0)
			var all sync.WaitGroup
			all.Go(func() {
				write("Encounter", visit, `"status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p"}`)
			})
			for n := range 4 {
				all.Go(func() { note(n + 1) })
			}
			all.Wait()
		}
		verified(t, s)
		wantIDs(t, s, "Observation", "encounter=Encounter/e7", "o7-0", "o7-1", "o7-2", "o7-3", "o7-4")
	})
}

// Two writes that make the same many resources at once: each is made once, and
// the other write is a change of it.
func TestTwoMakeTheSameMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		var all sync.WaitGroup
		for range 3 {
			var ops []Op
			for i := range 700 {
				ops = append(ops, Op{Method: Put, Key: Key{"Basic", fmt.Sprintf("b%d", i)},
					Body: tree(t, fmt.Sprintf(`{"resourceType":"Basic","id":"b%d","code":{"text":"x"},"author":{"reference":"Practitioner/p%d"}}`, i, i))})
			}
			all.Go(func() {
				if _, err := s.Transact(ctx, ops); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		verified(t, s)
		if r, err := s.Read(ctx, Key{"Basic", "b699"}, 0); err != nil || r.Version != 3 {
			t.Errorf("it is at version %d: %v", r.Version, err)
		}
	})
}
