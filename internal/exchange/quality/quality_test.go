package quality

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// bench is a record with a queue and a log.
type bench struct {
	t      *testing.T
	door   *record.Door
	log    *audit.Log
	queue  *jobs.Queue
	fallen bool // whoever asks runs the service no more
}

func open(t *testing.T, d *db.DB) *bench {
	t.Helper()
	b := &bench{t: t}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	must(err)
	b.log, err = audit.Open(t.Context(), d)
	must(err)
	t.Cleanup(func() { _ = b.log.Close() })
	must(b.log.Keep(t.Context(), ring, "log.example", func(err error) { t.Error(err) }))
	b.door, err = record.New(t.Context(), record.Config{DB: d, Log: b.log, Ring: ring, Base: "https://fhir.example"})
	must(err)
	b.queue, err = jobs.Open(t.Context(), d, jobs.Options{})
	must(err)
	Handle(Config{Queue: b.queue, Log: b.log, Now: func() time.Time { return time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC) }, Open: func(ctx context.Context, who access.Who) (Session, error) {
		if b.fallen {
			return nil, problem.New(problem.Forbidden, "")
		}
		return b.door.Open(ctx, who, record.About{}, access.Operations)
	}})
	b.queue.Start(1)
	t.Cleanup(func() { _ = b.queue.Close() })
	return b
}

// put writes resources, as an operator.
func (b *bench) put(all ...string) {
	b.t.Helper()
	s, err := b.door.Open(b.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, text := range all {
		body, err := fhir.Parse([]byte(text), fhir.Limits{})
		if err != nil {
			b.t.Fatal(err)
		}
		k := record.Key{Type: body.Root().Get("resourceType").Str(), ID: body.Root().Get("id").Str()}
		if _, err := s.Transact(b.t.Context(), []record.Op{{Method: record.Put, Key: k, Body: body}}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// run does work of a kind and gives how it ended.
func (b *bench) run(kind string) jobs.Status {
	b.t.Helper()
	id, err := Start(b.t.Context(), b.queue, kind, access.Operator("account:olu"))
	if err != nil {
		b.t.Fatal(err)
	}
	var last jobs.Status
	if err := b.queue.Watch(b.t.Context(), id, func(st jobs.Status) bool { last = st; return true }); err != nil {
		b.t.Fatal(err)
	}
	return last
}

func TestWhatIsMissingIsCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		const sam = `"subject":{"reference":"Patient/sam"}`
		b.put(`{"resourceType":"Patient","id":"sam"}`,
			`{"resourceType":"Observation","id":"a","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"effectiveDateTime":"2026-01-01",`+sam+`}`,
			`{"resourceType":"Observation","id":"b","status":"final","code":{"text":"Weight"},`+sam+`}`,
			`{"resourceType":"Observation","id":"c","status":"final","code":{"text":"Weight"},"effectiveDateTime":"2026-01-01",`+sam+`}`,
			`{"resourceType":"Condition","id":"d","code":{"coding":[{"system":"http://snomed.info/sct","code":"195967001"}]},`+sam+`}`, `{"resourceType":"Condition","id":"e","onsetDateTime":"2020",`+sam+`}`,
			`{"resourceType":"Observation","id":"f","status":"final","code":{"text":"Weight","coding":[{"display":"Weight"}]},"effectiveDateTime":"2026-01-01",`+sam+`}`,
			`{"resourceType":"MedicationRequest","id":"g","status":"active","intent":"order","medicationCodeableConcept":{"text":"Aspirin"},"authoredOn":"2026-01-01",`+sam+`}`,
			`{"resourceType":"MedicationRequest","id":"h","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"7947003"}]},"authoredOn":"2026-01-01",`+sam+`}`)
		var c Count
		if there, err := Last(t.Context(), b.queue, CountKind, &c); there || err != nil {
			t.Fatalf("%v, %v", there, err)
		}
		if st := b.run(CountKind); st.State != jobs.Done || st.Done != int64(len(asked)) || st.Total != st.Done {
			t.Fatalf("%+v", st)
		}
		if there, err := Last(t.Context(), b.queue, CountKind, &c); !there || err != nil || c.At.Year() != 2026 {
			t.Fatalf("%+v, %v, %v", c, there, err)
		}
		want := map[string]Line{"Observation": {"Observation", 4, 1, 0, 3}, "Condition": {"Condition", 2, 1, 1, 0}, "Immunization": {"Immunization", 0, 0, 0, 0}, "MedicationRequest": {"MedicationRequest", 2, 0, 0, 1}}
		for _, l := range c.Lines {
			if w, ok := want[l.Type]; ok && l != w {
				t.Errorf("%+v, want %+v", l, w)
			}
			delete(want, l.Type)
		}
		if len(want) != 0 {
			t.Errorf("not counted: %v", want)
		}
	})
}

func TestTheLogIsChecked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		b.put(`{"resourceType":"Patient","id":"sam"}`)
		if err := b.log.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if st := b.run(LogKind); st.State != jobs.Done {
			t.Fatalf("%+v", st)
		}
		var c LogCheck
		if there, err := Last(t.Context(), b.queue, LogKind, &c); !there || err != nil || c.Entries == 0 || c.Faults != 0 || c.Gaps != 0 {
			t.Errorf("%+v, %v, %v", c, there, err)
		}
		st, err := b.log.State(t.Context(), nil)
		if err != nil || !st.Signed || st.Size == 0 || st.Witnessed != 0 || len(st.Seen) != 0 {
			t.Errorf("%+v, %v", st, err)
		}
	})
}

// Whoever asked and runs the service no more gets nothing done, and no other work
// can be asked for.
func TestWorkForWhoRunsTheServiceNoMore(t *testing.T) {
	b := open(t, dbtest.SQLite(t))
	b.fallen = true
	for _, kind := range []string{CountKind, LogKind} {
		if st := b.run(kind); st.State != jobs.Failed || len(st.Result) != 0 {
			t.Errorf("%s: %+v", kind, st)
		}
	}
	if _, err := Start(t.Context(), b.queue, "import", access.Operator("account:olu")); !problem.Is(err, problem.NotFound) {
		t.Errorf("other work is asked for: %v", err)
	}
}

// While one waits, another is not begun.
func TestOneAtATime(t *testing.T) {
	d := dbtest.SQLite(t)
	q, err := jobs.Open(t.Context(), d, jobs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	Handle(Config{Queue: q})
	one, err := Start(t.Context(), q, CountKind, access.Operator("account:olu"))
	if err != nil {
		t.Fatal(err)
	}
	if two, err := Start(t.Context(), q, CountKind, access.Operator("account:bea")); err != nil || two != one {
		t.Errorf("%d, %v", two, err)
	}
}
