package portal

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// testRecord is a record of its own, and what was looked at in it.
type testRecord struct {
	t    testing.TB
	door *record.Door

	kept  *audit.Log
	ring  *seal.Ring
	mu    sync.Mutex
	seen  []audit.Entry
	fails bool // the log takes nothing
}

func newRecord(t testing.TB, d *db.DB, ring *seal.Ring, now func() time.Time) *testRecord {
	t.Helper()
	r := &testRecord{t: t, ring: ring}
	var err error
	if r.kept, err = audit.Open(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.kept.Close() })
	if r.door, err = record.New(t.Context(), record.Config{DB: d, Log: r, Ring: ring, Base: origin + "/fhir", Now: now}); err != nil {
		t.Fatal(err)
	}
	return r
}

// Append keeps what the door writes down.
func (r *testRecord) Append(ctx context.Context, all ...audit.Entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails {
		return problem.New(problem.Unavailable, "")
	}
	r.seen = append(r.seen, all...)
	return r.kept.Append(ctx, all...)
}

// Newest and At read it.
func (r *testRecord) Newest(ctx context.Context, f audit.Filter, before audit.Mark, fn func(*audit.Entry) error) error {
	return r.kept.Newest(ctx, f, before, fn)
}

func (r *testRecord) At(ctx context.Context, seq int64) (audit.Entry, bool, error) {
	return r.kept.At(ctx, seq)
}

// proves lets the log's tree grow from now on, so that it can be proved.
func (r *testRecord) proves() {
	r.t.Helper()
	if err := r.kept.Keep(r.t.Context(), r.ring, "log.example", func(err error) { r.t.Error(err) }); err != nil {
		r.t.Fatal(err)
	}
}

// Settle and Prove prove it.
func (r *testRecord) Settle(ctx context.Context) error { return r.kept.Settle(ctx) }

func (r *testRecord) Prove(ctx context.Context, person int64) (*receipt.Receipt, error) {
	return r.kept.Prove(ctx, person)
}

// looks are the entries of the log since the last call.
func (r *testRecord) looks() []audit.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.seen
	r.seen = nil
	return all
}

func (r *testRecord) open(ctx context.Context, who access.Who, patient string, why access.Purpose) (Records, error) {
	return r.door.Open(ctx, who, record.About{Patient: patient}, why)
}

// put writes resources, as an operator.
func (r *testRecord) put(all ...string) {
	r.t.Helper()
	s, err := r.door.Open(r.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, text := range all {
		b, err := fhir.Parse([]byte(text), fhir.Limits{})
		if err != nil {
			r.t.Fatal(err)
		}
		k := record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}
		if _, err := s.Transact(r.t.Context(), []record.Op{{Method: record.Put, Key: k, Body: b}}); err != nil {
			r.t.Fatal(err)
		}
	}
	r.looks()
}
