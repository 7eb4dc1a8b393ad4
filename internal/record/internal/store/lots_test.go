package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

func openStore(t *testing.T, d *db.DB) *Store {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), Config{DB: d, Ring: ring})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// draft is a version of a Basic resource, or with a patient of an Observation
// about them.
func draft(t *testing.T, s *Store, id, patient string, expect int64) Draft {
	t.Helper()
	ref, src := Ref{"Basic", id}, `{"resourceType":"Basic","id":"`+id+`","code":{"text":"x"}}`
	if patient != "" {
		ref.Type = "Observation"
		src = `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"coding":[{"system":"urn:c","code":"a"}]},` +
			`"subject":{"reference":"Patient/` + patient + `"},"effectiveDateTime":"2020-01-01"}`
	}
	tree, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Draft(ref, Put, tree)
	if err != nil {
		t.Fatal(err)
	}
	d.Expect = expect
	return d
}

func sharing(drafts ...Draft) *sharer {
	return &sharer{ctx: context.Background(), drafts: drafts, done: make(chan struct{})}
}

func versionOf(t *testing.T, s *Store, ref Ref) int64 {
	t.Helper()
	v, err := s.Read(context.Background(), Reach{Everyone: true}, ref, 0)
	if err != nil {
		t.Fatal(err)
	}
	if v == nil {
		return 0
	}
	return v.Version
}

// One commit answers all of a lot, and each write is told of its own resources.
func TestALotIsOneTransaction(t *testing.T) {
	s := openStore(t, dbtest.Postgres(t))
	var lot []*sharer
	for i := range 5 {
		lot = append(lot, sharing(draft(t, s, fmt.Sprint("o", i), "p", Absent), draft(t, s, fmt.Sprint("b", i), "", Absent)))
	}
	writeLot(s, lot)
	at := int64(0)
	for i, m := range lot {
		if m.err != nil || len(m.out) != 2 {
			t.Fatal(m.err, len(m.out))
		}
		for j, ref := range []Ref{{"Observation", fmt.Sprint("o", i)}, {"Basic", fmt.Sprint("b", i)}} {
			v, err := s.Read(context.Background(), Reach{Everyone: true}, ref, 0)
			if err != nil || v == nil {
				t.Fatal(ref, err)
			}
			if v.Row != m.out[j].Row || v.Version != 1 || m.out[j].Version != 1 || !m.out[j].Created {
				t.Errorf("%v: written at row %d, told %+v", ref, v.Row, m.out[j])
			}
			if at == 0 {
				at = v.Tx
			}
			if v.Tx != at {
				t.Errorf("%v is of transaction %d, others of %d", ref, v.Tx, at)
			}
		}
	}
}

// A write that is refused takes nobody with it: the lot is undone, and each
// runs alone.
func TestARefusalIsForOneOnly(t *testing.T) {
	s := openStore(t, dbtest.Postgres(t))
	if _, err := s.Write(context.Background(), []Draft{draft(t, s, "there", "", Absent)}, nil); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]Draft{
		"a version that is not the current one": draft(t, s, "there", "", 7),
		"what is there already":                 draft(t, s, "there", "", Absent),
	} {
		lot := []*sharer{sharing(draft(t, s, "mine", "p", Absent)), sharing(bad)}
		writeLot(s, lot)
		for _, m := range lot {
			if !errors.Is(m.err, errAlone) || m.out != nil {
				t.Errorf("%s: %v", name, m.err)
			}
		}
		if v := versionOf(t, s, Ref{"Observation", "mine"}); v != 0 {
			t.Errorf("%s: version %d of a lot that was undone is there", name, v)
		}
	}
}

// What the database refuses when the lot is committed is refused for all of it
// at first, and nothing is kept.
func TestALotThatIsRefusedAtItsEnd(t *testing.T) {
	s := openStore(t, dbtest.Postgres(t))
	ctx := context.Background()
	bad := draft(t, s, "bad", "", Absent)
	bad.strs = []strEntry{{1, "no \x00 in PostgreSQL"}}
	lot := []*sharer{sharing(draft(t, s, "good", "", Absent)), sharing(bad)}
	writeLot(s, lot)
	for _, m := range lot {
		if !errors.Is(m.err, errAlone) {
			t.Error(m.err)
		}
	}
	if v := versionOf(t, s, Ref{"Basic", "good"}); v != 0 {
		t.Error("half of a lot is there")
	}
	// Through the door that writers use, the good one is written.
	var l lots
	done := make(chan error)
	l.running = maxLots // hold them until both wait
	for _, d := range []Draft{lot[0].drafts[0], bad} {
		go func() { _, err := l.write(ctx, s, []Draft{d}); done <- err }()
	}
	l.whenWaiting(2)
	go l.run(s)
	refused := 0
	for range 2 {
		if err := <-done; err != nil {
			refused++
		}
	}
	if refused != 1 || versionOf(t, s, Ref{"Basic", "good"}) != 1 || versionOf(t, s, Ref{"Basic", "bad"}) != 0 {
		t.Errorf("%d were refused; versions %d and %d", refused, versionOf(t, s, Ref{"Basic", "good"}), versionOf(t, s, Ref{"Basic", "bad"}))
	}
}

// whenWaiting returns when so many wait.
func (l *lots) whenWaiting(n int) {
	for {
		l.mu.Lock()
		waiting := len(l.waiting)
		l.mu.Unlock()
		if waiting >= n {
			return
		}
		runtime.Gosched()
	}
}

// Two writes of the same resource are two transactions, in their order.
func TestALotHoldsAResourceOnce(t *testing.T) {
	s := openStore(t, dbtest.Postgres(t))
	l := lots{running: 1, waiting: []*sharer{
		sharing(draft(t, s, "a", "", AnyVersion)), sharing(draft(t, s, "a", "", AnyVersion)), sharing(draft(t, s, "b", "", AnyVersion))}}
	all := l.waiting
	l.run(s)
	for i, want := range []int64{1, 2, 1} {
		if m := all[i]; m.err != nil || m.out[0].Version != want {
			t.Errorf("write %d: version %v, %v", i, m.out, m.err)
		}
	}
	if l.running != 0 || len(l.waiting) != 0 {
		t.Error("something goes on")
	}
}

func TestALotIsBounded(t *testing.T) {
	s := openStore(t, dbtest.Postgres(t))
	l := &lots{running: 1}
	for i := range maxLot + 10 {
		l.waiting = append(l.waiting, sharing(draft(t, s, fmt.Sprint("a", i), "", AnyVersion)))
	}
	if first := l.gather(); len(first) != maxLot {
		t.Errorf("a lot of %d", len(first))
	}
	if second := l.gather(); len(second) != 10 {
		t.Errorf("then a lot of %d", len(second))
	}
}

// A caller who goes away while waiting has written nothing, and one who goes
// later hears what became of it.
func TestACallerGoesAway(t *testing.T) {
	s := openStore(t, dbtest.Postgres(t))
	ctx, cancel := context.WithCancel(context.Background())
	l := &lots{running: maxLots}
	done := make(chan error)
	go func() {
		_, err := l.write(ctx, s, []Draft{draft(t, s, "gone", "", Absent)})
		done <- err
	}()
	l.whenWaiting(1)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if l.running = 1; len(l.gather()) != 0 {
		t.Error("it still waits")
	}

	gone, cancel := context.WithCancel(context.Background())
	cancel()
	lot := []*sharer{sharing(draft(t, s, "stays", "", Absent)), sharing(draft(t, s, "went", "", Absent))}
	lot[1].ctx = gone
	writeLot(s, lot)
	for _, m := range lot {
		if m.err != nil || len(m.out) != 1 {
			t.Error("one caller who went took another along:", m.err)
		}
	}
	lot = []*sharer{sharing(draft(t, s, "x", "", Absent)), sharing(draft(t, s, "y", "", Absent))}
	lot[0].ctx, lot[1].ctx = gone, gone
	writeLot(s, lot)
	if versionOf(t, s, Ref{"Basic", "x"}) != 0 || lot[0].err == nil {
		t.Error("work goes on for nobody")
	}
}

// A fault in the program is met by the one whose write it is, in its own
// goroutine; the server and the neighbours go on.
func TestAFaultInALot(t *testing.T) {
	s := openStore(t, dbtest.Postgres(t))
	if _, err := s.Write(context.Background(), []Draft{draft(t, s, "first", "p", Absent)}, nil); err != nil {
		t.Fatal(err)
	}
	lot := []*sharer{sharing(draft(t, s, "x", "p", Absent)), sharing(draft(t, s, "y", "p", Absent))}
	keys := s.keys
	s.keys = nil // the key of p is looked for in it
	writeLot(s, lot)
	for _, m := range lot {
		if !errors.Is(m.err, errAlone) {
			t.Error("a lot: ", m.err)
		}
	}
	one := []*sharer{sharing(draft(t, s, "z", "p", Absent))}
	writeLot(s, one)
	if !problem.Is(one[0].err, problem.Internal) {
		t.Error("one: ", one[0].err)
	}
	s.keys = keys
	for _, id := range []string{"x", "y", "z"} {
		if v := versionOf(t, s, Ref{"Observation", id}); v != 0 {
			t.Errorf("%s is there", id)
		}
	}
	if _, err := s.Write(context.Background(), lot[0].drafts, nil); err != nil {
		t.Error("afterwards:", err)
	}
}

func TestWhatRunsAlone(t *testing.T) {
	basic, param := Draft{Ref: Ref{"Basic", "a"}}, Draft{Ref: Ref{"SearchParameter", "p"}}
	many := make([]Draft, maxShared+1)
	for name, alone := range map[string]bool{
		"a guard":           shareable([]Draft{basic}, []Guard{{}}),
		"a parameter":       shareable([]Draft{basic, param}, nil),
		"many":              shareable(many, nil),
		"nothing":           shareable(nil, nil),
		"not the plain one": !shareable([]Draft{basic}, nil),
	} {
		if alone {
			t.Error(name, "would share a transaction")
		}
	}
}
