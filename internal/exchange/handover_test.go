package exchange_test

import (
	"bufio"
	"context"
	"encoding/json"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// noTo is a choice of a patient that hides everything from a program.
func noTo(app, patient string) string {
	return `{"resourceType":"Consent","id":"no-` + patient + `","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
		`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/` + patient + `"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],` +
		`"provision":{"type":"deny","actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},` +
		`"reference":{"identifier":{"system":"https://bevan.example/id/app","value":"` + app + `"}}}]}}`
}

// handing is a service whose exports are fetched.
type handing struct {
	t     *testing.T
	door  *record.Door
	all   *record.Session
	bulk  *exchange.Bulk
	queue *jobs.Queue
	shut  error // what opening a session gives; nil for a session
}

func newHanding(t *testing.T, d *db.DB) *handing {
	t.Helper()
	ctx := context.Background()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	h := &handing{t: t}
	if h.door, err = record.New(ctx, record.Config{DB: d, Log: log, Ring: ring, Base: "http://example.com/fhir"}); err != nil {
		t.Fatal(err)
	}
	if h.all, err = h.door.Open(ctx, access.Operator("test"), record.About{}, access.Operations); err != nil {
		t.Fatal(err)
	}
	if h.queue, err = jobs.Open(ctx, d, jobs.Options{}); err != nil {
		t.Fatal(err)
	}
	h.bulk = exchange.NewBulk(exchange.BulkConfig{Queue: h.queue, Dir: filepath.Join(t.TempDir(), "jobs"),
		Open: func(ctx context.Context, who access.Who, why access.Purpose) (exchange.BulkSession, error) {
			if h.shut != nil {
				return nil, h.shut
			}
			who.Bound = lab().Bound
			return h.door.Open(ctx, who, record.About{}, why)
		}})
	h.queue.Start(1)
	t.Cleanup(func() { _ = h.queue.Close() })
	return h
}

func lab() access.Who {
	return access.Who{Actor: "client:lab", Kind: access.Client, Role: access.RoleProgram, App: "lab", Grant: "g", Bound: access.AllTypes(access.Looking)}
}

func (h *handing) put(all ...string) {
	h.t.Helper()
	var ops []record.Op
	for _, src := range all {
		tree, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			h.t.Fatal(err)
		}
		key := record.Key{Type: tree.Root().Get("resourceType").Str(), ID: tree.Root().Get("id").Str()}
		ops = append(ops, record.Op{Method: record.Put, Key: key, Body: tree})
	}
	if _, err := h.all.Transact(h.t.Context(), ops); err != nil {
		h.t.Fatal(err)
	}
}

// ids are those in the lines of a file, in order.
func (h *handing) ids(job, name string) []string {
	h.t.Helper()
	f, err := h.bulk.File(h.t.Context(), lab(), job, name)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	var ids []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r struct{ ID string }
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			h.t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		ids = append(ids, r.ID)
	}
	return ids
}

// A file that was written holds, when it is fetched, nothing of those who said
// no in between, wherever their lines stand, and all the rest as it was. Where
// it can not be found out it is not given, and is whole when it can again.
func TestAFileIsCutWhenItIsFetched(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHanding(t, d)
		const n = 1_203 // of the lines that are looked up at once more than two
		var all []string
		for i := range n {
			all = append(all, `{"resourceType":"Patient","id":"p`+strconv.Itoa(i)+`"}`)
		}
		h.put(all...)
		job, err := h.bulk.Export(t.Context(), lab(), exchange.ExportRequest{Types: []string{"Patient"}})
		if err != nil {
			t.Fatal(err)
		}
		id, err := strconv.ParseInt(job, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.queue.Watch(t.Context(), id, func(st jobs.Status) bool { return !st.State.Ended() }); err != nil {
			t.Fatal(err)
		}
		st, err := h.bulk.Status(t.Context(), lab(), job)
		if err != nil || len(st.Files) != 1 || st.Files[0].Count != n {
			t.Fatalf("%+v, %v", st, err)
		}
		name := st.Files[0].Name
		before := h.ids(job, name)
		if len(before) != n {
			t.Fatalf("it holds %d", len(before))
		}
		gone := map[string]bool{}
		for _, at := range []int{0, 1, 499, 500, 777, n - 1} { // at both ends, and on both sides of a seam
			gone[before[at]] = true
			h.put(noTo("lab", before[at]))
		}
		h.shut = problem.New(problem.Unavailable, "Not now.")
		if f, err := h.bulk.File(t.Context(), lab(), job, name); !problem.Is(err, problem.Unavailable) {
			t.Errorf("it is given while nobody knows: %v, %v", f, err)
		}
		h.shut = nil
		after, at := h.ids(job, name), 0
		for _, id := range before {
			if gone[id] {
				continue
			}
			if at >= len(after) || after[at] != id {
				t.Fatalf("line %d should be %s", at, id)
			}
			at++
		}
		if at != len(after) {
			t.Errorf("there are %d lines, not %d", len(after), at)
		}
		for range 2 { // once cut it stays so
			h.put(noTo("another", before[2]))
			if again := h.ids(job, name); len(again) != at {
				t.Errorf("fetched again it has %d lines, not %d", len(again), at)
			}
		}
	})
}
