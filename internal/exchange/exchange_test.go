package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

func openSession(t testing.TB, d *db.DB) *record.Session {
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
	door, err := record.New(ctx, record.Config{DB: d, Log: log, Ring: ring, Base: "http://example.com/fhir"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := door.Open(ctx, access.Operator("test"), record.About{}, access.Import)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	b := []byte(text)
	if strings.HasSuffix(path, ".gz") {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(b)
		_ = w.Close()
		b = z.Bytes()
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, s *record.Session, typ, id string) string {
	t.Helper()
	r, err := s.Read(context.Background(), record.Key{Type: typ, ID: id}, 0)
	if err != nil {
		t.Fatalf("%s/%s: %v", typ, id, err)
	}
	return string(r.Body)
}

func total(t testing.TB, s *record.Session, typ string) int {
	t.Helper()
	q, err := search.Parse(s.Registry(), []string{typ}, nil, []search.Pair{{Name: "_summary", Value: "count"}}, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Search(context.Background(), q, "")
	if err != nil {
		t.Fatal(err)
	}
	return *p.Total
}

const mixedBundle = `{"resourceType":"Bundle","type":"transaction","entry":[
{"fullUrl":"urn:uuid:a0000000-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","id":"other"},"request":{"method":"POST","url":"Patient"}},
{"fullUrl":"https://old.example/fhir/Observation/obs-1","resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:a0000000-0000-4000-8000-000000000001"},"performer":[{"reference":"Practitioner?identifier=https://example.org/gmc|7"}]}},
{"resource":{"resourceType":"Condition","id":"put-1","subject":{"reference":"urn:uuid:a0000000-0000-4000-8000-000000000001"}},"request":{"method":"PUT","url":"Condition/put-1"}},
{"fullUrl":"urn:uuid:a0000000-0000-4000-8000-000000000004","resource":{"resourceType":"Observation","status":"wrong","code":{"text":"x"}}},
{"fullUrl":"urn:uuid:a0000000-0000-4000-8000-000000000005"}
]}`

// TestLoadTakesEveryForm loads files of every form, with faults among them,
// and again.
func TestLoadTakesEveryForm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := openSession(t, d)
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a-people.json"), mixedBundle)
		write(t, filepath.Join(dir, "z-staff.ndjson.gz"), `{"resourceType":"Practitioner","id":"dr","identifier":[{"system":"https://example.org/gmc","value":"7"}]}`+"\n")
		write(t, filepath.Join(dir, "Patient.ndjson"), "\n"+
			`{"resourceType":"Patient","id":"n1","active":true}`+"\n"+
			`{"resourceType":"Patient","id":"n2"`+"\r\n\n"+
			`{"resourceType":"Patient","id":"n3","colour":"red"}`+"\n"+
			`{"resourceType":"Patient","id":"n1","active":false}`+"\n"+
			`{"resourceType":"Patient","name":[{"family":"Noid"}]}`)
		write(t, filepath.Join(dir, "document.json"), `{"resourceType":"Bundle","id":"doc","type":"document","identifier":{"system":"https://example.org","value":"1"},"timestamp":"2020-01-01T00:00:00Z","entry":[{"fullUrl":"https://example.org/Composition/1","resource":{"resourceType":"Composition","id":"1","status":"final","type":{"text":"letter"},"date":"2020-01-01","author":[{"display":"A"}],"title":"T"}}]}`)
		write(t, filepath.Join(dir, "notes.txt"), "not FHIR")
		write(t, filepath.Join(dir, "broken.json.gz"), `{"resourceType":"Patient"}`)
		if b, err := os.ReadFile(filepath.Join(dir, "broken.json.gz")); err != nil || os.WriteFile(filepath.Join(dir, "broken.json.gz"), b[:len(b)-9], 0o600) != nil {
			t.Fatal(err)
		}

		var bad bytes.Buffer
		sum, err := exchange.Load(context.Background(), s, []string{dir}, exchange.LoadOptions{Errors: &bad})
		if err != nil {
			t.Fatal(err)
		}
		want := exchange.Result{Read: 12, Created: 6, Updated: 1, Rejected: 5,
			Types: map[string]int{"Patient": 4, "Observation": 1, "Condition": 1, "Practitioner": 1, "Bundle": 1}}
		want.Created, want.Read = 7, 13
		want.Skipped = []string{filepath.Join(dir, "notes.txt")}
		if d := cmp.Diff(want, sum); d != "" {
			t.Errorf("%s\n%s", d, bad.String())
		}
		for _, place := range []string{"Patient.ndjson, line 3", "Patient.ndjson, line 5", "a-people.json, entry 4", "a-people.json, entry 5", "broken.json.gz"} {
			if !strings.Contains(bad.String(), place) {
				t.Errorf("the errors do not name %s:\n%s", place, bad.String())
			}
		}
		for line := range strings.Lines(bad.String()) {
			if !json.Valid([]byte(line)) || !strings.Contains(line, "OperationOutcome") {
				t.Errorf("not an OperationOutcome: %s", line)
			}
		}
		obs := read(t, s, "Observation", "obs-1")
		for _, ref := range []string{`"Patient/a0000000-0000-4000-8000-000000000001"`, `"Practitioner/dr"`} {
			if !strings.Contains(obs, ref) {
				t.Errorf("no reference to %s in %s", ref, obs)
			}
		}
		read(t, s, "Condition", "put-1")
		read(t, s, "Bundle", "doc")
		if p := read(t, s, "Patient", "n1"); !strings.Contains(p, `"active":false`) {
			t.Errorf("the later line did not win: %s", p)
		}

		again, err := exchange.Load(context.Background(), s, []string{dir}, exchange.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if again.Created+again.Updated+again.Deleted != 0 || again.Unchanged != 8 || again.Rejected != 5 {
			t.Errorf("a second load changed something: %+v", again)
		}
	})
}

// TestTheLaterLineWins writes the same resources again and again, over several
// lots that are worked on at once.
func TestTheLaterLineWins(t *testing.T) {
	s := openSession(t, dbtest.SQLite(t))
	dir := t.TempDir()
	var lines strings.Builder
	for i := range 6_000 {
		fmt.Fprintf(&lines, `{"resourceType":"Basic","id":"b%d","code":{"text":"n%d"}}`+"\n", i%1_500, i)
	}
	write(t, filepath.Join(dir, "Basic.ndjson"), lines.String())
	sum, err := exchange.Load(context.Background(), s, []string{dir}, exchange.LoadOptions{Workers: 4})
	if err != nil || sum.Created != 1_500 || sum.Updated != 4_500 {
		t.Fatalf("%+v, %v", sum, err)
	}
	for i := range 1_500 {
		if b := read(t, s, "Basic", fmt.Sprintf("b%d", i)); !strings.Contains(b, fmt.Sprintf(`"n%d"`, 4_500+i)) {
			t.Fatalf("b%d is %s", i, b)
		}
	}
}

// TestLoadGoesOn stops a load at each save and goes on from what was saved.
func TestLoadGoesOn(t *testing.T) {
	s := openSession(t, dbtest.SQLite(t))
	dir := t.TempDir()
	var lines strings.Builder
	for i := range 3_500 {
		fmt.Fprintf(&lines, `{"resourceType":"Basic","id":"b%d","code":{"text":"x"}}`+"\n", i)
	}
	write(t, filepath.Join(dir, "Basic.ndjson.gz"), lines.String())
	write(t, filepath.Join(dir, "Organization.ndjson"), `{"resourceType":"Organization","id":"o","name":"O"}`)

	var state []byte
	stop := fmt.Errorf("stop")
	saves := 0
	for {
		ctx, cancel := context.WithCancel(context.Background())
		sum, err := exchange.Load(ctx, s, []string{dir}, exchange.LoadOptions{Resume: state, Workers: 1,
			Save: func(b []byte) error {
				state = slices.Clone(b)
				saves++
				return stop
			}})
		cancel()
		if err == nil {
			if sum.Created != 3_501 || sum.Unchanged != 0 {
				t.Errorf("over %d starts: %+v", saves, sum)
			}
			break
		}
		if saves > 20 {
			t.Fatal("the load does not come to an end")
		}
	}
	if n := total(t, s, "Basic"); n != 3_500 {
		t.Errorf("%d of 3500 are there", n)
	}
	write(t, filepath.Join(dir, "more.ndjson"), "")
	sum, err := exchange.Load(context.Background(), s, []string{dir}, exchange.LoadOptions{Resume: state})
	if err != nil || sum.Unchanged != 3_501 {
		t.Errorf("notes about other files were taken: %+v, %v", sum, err)
	}
}

// TestLoadSynthea loads real bundles twice, compares each count with one that
// encoding/json makes, exports everything, and loads the export elsewhere.
func TestLoadSynthea(t *testing.T) {
	files := suitetest.Files(t, "synthea-r4", "*.json.gz")
	keep := files
	if testing.Short() {
		keep = slices.DeleteFunc(slices.Clone(files), func(f string) bool {
			return !strings.Contains(f, "Information") && f > files[8]
		})
	}
	entries, want := countByHand(t, keep)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := openSession(t, d)
		var bad bytes.Buffer
		sum, err := exchange.Load(context.Background(), s, keep, exchange.LoadOptions{Errors: &bad})
		if err != nil || sum.Rejected != 0 {
			t.Fatalf("%v: %s", err, bad.String())
		}
		if d := cmp.Diff(entries, sum.Types); d != "" {
			t.Error(d)
		}
		for typ, n := range want {
			if have := total(t, s, typ); have != n {
				t.Errorf("%s: %d found, %d in the files", typ, have, n)
			}
		}
		all := readAll(t, keep)
		searchSynthea(t, s, all)
		(&people{t: t, s: s, all: all}).search()
		again, err := exchange.Load(context.Background(), s, keep, exchange.LoadOptions{})
		if err != nil || again.Created+again.Updated != 0 || again.Unchanged != sum.Read {
			t.Errorf("a second load: %+v, %v", again, err)
		}
		roundTrip(t, s, want)
	})
}

// roundTrip exports all, with a rest now and then, and loads it into an empty
// store: nothing is lost or changed.
func roundTrip(t *testing.T, s *record.Session, want map[string]int) {
	out := filepath.Join(t.TempDir(), "out")
	var state []byte
	saves := 0
	_, err := exchange.Export(context.Background(), s, out, exchange.ExportOptions{FileBytes: 1 << 20, SaveEvery: 300,
		Save: func(b []byte, done int64) error {
			state = slices.Clone(b)
			if saves++; saves == 2 {
				return fmt.Errorf("stop")
			}
			return nil
		}})
	if err == nil {
		t.Fatalf("the export did not stop: %d saves", saves)
	}
	files, err := exchange.Export(context.Background(), s, out, exchange.ExportOptions{FileBytes: 1 << 20, SaveEvery: 300, Resume: state,
		Save: func([]byte, int64) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]int{}
	for _, f := range files {
		have[f.Type] += int(f.Count)
		b, err := os.ReadFile(filepath.Join(out, f.Name))
		if err != nil || int64(len(b)) != f.Bytes || bytes.Count(b, []byte("\n")) != int(f.Count) {
			t.Errorf("%+v: %d bytes, %d lines, %v", f, len(b), bytes.Count(b, []byte("\n")), err)
		}
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
	other := openSession(t, dbtest.SQLite(t))
	sum, err := exchange.Load(context.Background(), other, []string{out}, exchange.LoadOptions{})
	if err != nil || sum.Rejected != 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if d := cmp.Diff(want, sum.Types); d != "" {
		t.Error(d)
	}
	again, err := exchange.Load(context.Background(), other, []string{out}, exchange.LoadOptions{})
	if err != nil || again.Created+again.Updated != 0 {
		t.Errorf("loading what was exported twice changed something: %+v, %v", again, err)
	}
}

// countByHand counts with encoding/json: entries by type, and resources, which
// may stand in several bundles.
func countByHand(t *testing.T, files []string) (entries, resources map[string]int) {
	t.Helper()
	entries, resources = map[string]int{}, map[string]int{}
	seen := map[string]bool{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		zr, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		var b struct {
			Entry []struct {
				FullURL  string
				Resource struct{ ResourceType string }
			}
		}
		if err := json.NewDecoder(zr).Decode(&b); err != nil {
			t.Fatal(err)
		}
		f.Close()
		for _, e := range b.Entry {
			entries[e.Resource.ResourceType]++
			if !seen[e.FullURL] {
				resources[e.Resource.ResourceType]++
			}
			seen[e.FullURL] = true
		}
	}
	return entries, resources
}
