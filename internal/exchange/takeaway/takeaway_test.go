package takeaway

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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

// kept remembers access entries.
type kept struct {
	mu  sync.Mutex
	all []audit.Entry
}

func (k *kept) Append(_ context.Context, e ...audit.Entry) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, e...)
	return nil
}

// place is a store with copies on it.
type place struct {
	t      *testing.T
	db     *db.DB
	door   *record.Door
	op     *record.Session
	log    *kept
	queue  *jobs.Queue
	copies *Copies

	mu   sync.Mutex
	now  time.Time
	left int // how often the person still may
	told []string
}

func newPlace(t *testing.T, d *db.DB, change func(*Config)) *place {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, db: d, log: &kept{}, left: 1 << 30, now: time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)}
	if p.door, err = record.New(t.Context(), record.Config{DB: d, Log: p.log, Ring: ring, Base: "https://h.example/fhir"}); err != nil {
		t.Fatal(err)
	}
	if p.op, err = p.door.Open(t.Context(), access.Operator("test"), record.About{}, access.Operations); err != nil {
		t.Fatal(err)
	}
	if p.queue, err = jobs.Open(t.Context(), d, jobs.Options{Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}); err != nil {
		t.Fatal(err)
	}
	cfg := Config{DB: d, Queue: p.queue, Readme: "read me", Base: "https://h.example/fhir",
		Open: func(ctx context.Context, who access.Who, patient string) (Session, error) {
			return p.door.Open(ctx, who, record.About{Patient: patient}, access.Export)
		},
		Still: func(context.Context, Whose) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.left--; p.left < 0 {
				return problem.New(problem.Forbidden, "You may not.")
			}
			return nil
		},
		Tell: func(_ *db.Tx, account string) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.told = append(p.told, account)
			return nil
		},
		Page: func(w io.Writer, c *Contents) error {
			return c.Each(func(t *fhir.Tree) error {
				_, err := fmt.Fprintf(w, "<p>%s %s</p>\n", t.Root().Get("resourceType").Str(), t.Root().Get("id").Str())
				return err
			})
		},
		Parts: []Part{{Name: "apps", Title: "Apps", None: "None.", Heads: []string{"App"}, Each: func(_ context.Context, of Whose, fn func(any, []string) error) error {
			return fn(map[string]string{"app": "Diary", "of": of.Account}, []string{"Diary"})
		}}},
		Now: func() time.Time { p.mu.Lock(); defer p.mu.Unlock(); return p.now },
	}
	if change != nil {
		change(&cfg)
	}
	if p.copies, err = Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	p.queue.Start(1)
	t.Cleanup(func() { _ = p.queue.Close() })
	return p
}

func (p *place) put(all ...string) {
	p.t.Helper()
	for _, src := range all {
		b, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			p.t.Fatal(err)
		}
		k := record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}
		if _, err := p.op.Transact(p.t.Context(), []record.Op{{Method: record.Put, Key: k, Body: b}}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// family is Ann with a letter, a photo, a doctor and a doctor's surgery; Bob, who
// is somebody else; and a group of both.
func (p *place) family() {
	p.put(`{"resourceType":"Organization","id":"quay","name":"Quay Surgery"}`,
		`{"resourceType":"Organization","id":"far","name":"Somewhere Else"}`,
		`{"resourceType":"Practitioner","id":"amy","name":[{"prefix":["Dr"],"given":["Amy"],"family":"Lee"}]}`,
		`{"resourceType":"PractitionerRole","id":"amy-at-quay","practitioner":{"reference":"Practitioner/amy"},"organization":{"reference":"Organization/quay"}}`,
		`{"resourceType":"Patient","id":"ann","name":[{"given":["Ann"],"family":"Other"}]}`,
		`{"resourceType":"Patient","id":"bob","name":[{"given":["Bob"],"family":"Hiddenman"}]}`,
		`{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"Weight"},"subject":{"reference":"Patient/ann"},"performer":[{"reference":"PractitionerRole/amy-at-quay"}],"valueQuantity":{"value":1.50,"unit":"kg"}}`,
		"{\"resourceType\":\"Observation\",\n \"id\":\"o2\",\"status\":\"final\",\"code\":{\"text\":\"Line\\nend\"},\"subject\":{\"reference\":\"Patient/ann\"}}",
		`{"resourceType":"Observation","id":"o3","status":"final","code":{"text":"Secret of Bob"},"subject":{"reference":"Patient/bob"}}`,
		`{"resourceType":"Consent","id":"c1","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"text":"x"}],"patient":{"reference":"Patient/ann"},"policyRule":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"OPTOUT"}]}}`,
		`{"resourceType":"Group","id":"both","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/ann"}},{"entity":{"reference":"Patient/bob"}}]}`,
		`{"resourceType":"DocumentReference","id":"letter","status":"current","subject":{"reference":"Patient/ann"},"content":[{"attachment":{"contentType":"application/pdf","title":"Letter","data":"JVBERi0x"}},{"attachment":{"contentType":"text/html","data":"PHNjcmlwdD4="}}]}`)
}

// ask asks for a copy and waits until its work has ended.
func (p *place) ask(account, patient string) Copy {
	p.t.Helper()
	c, err := p.copies.Ask(p.t.Context(), account, patient)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.queue.Watch(p.t.Context(), c.job, func(jobs.Status) bool { return true }); err != nil {
		p.t.Fatal(err)
	}
	c, found, err := p.copies.Of(p.t.Context(), account)
	if err != nil || !found {
		p.t.Fatalf("there is no copy: %v", err)
	}
	return c
}

func (p *place) give(account, id string) ([]byte, error) {
	var b bytes.Buffer
	want := int64(-1)
	err := p.copies.Give(p.t.Context(), account, id, func(n int64, _ time.Time) { want = n }, &b)
	if err == nil && want != int64(b.Len()) {
		p.t.Errorf("%d bytes were promised and %d came", want, b.Len())
	}
	return b.Bytes(), err
}

func unzip(t *testing.T, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		if !filepath.IsLocal(f.Name) {
			t.Errorf("a file is called %q", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(text)
	}
	return all
}

// A copy holds everything of the person and what it names, and nothing of
// anybody else.
func TestACopyHoldsEverything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, nil)
		p.family()
		p.log.all = nil
		c := p.ask("a1", "ann")
		if c.Wrong != "" || c.Ready.IsZero() || c.Ends.Sub(c.Ready) != Life || len(p.told) != 1 || p.told[0] != "a1" {
			t.Fatalf("%+v, told %v", c, p.told)
		}
		for _, e := range p.log.all {
			if e.Who.Actor != "takeaway for account:a1" || e.Purpose != access.Export || e.Rule != "self-export" {
				t.Errorf("the log says %+v", e)
			}
		}
		b, err := p.give("a1", c.ID)
		if err != nil {
			t.Fatal(err)
		}
		files := unzip(t, b)
		for name, want := range map[string]string{
			"fhir/Patient.ndjson": `"id":"ann"`, "fhir/Observation.ndjson": `1.50`, "fhir/Consent.ndjson": `"id":"c1"`, "fhir/Organization.ndjson": "Quay Surgery",
			"fhir/Practitioner.ndjson": "Amy", "fhir/PractitionerRole.ndjson": "amy-at-quay", "fhir/DocumentReference.ndjson": "letter", "bundle.json": `"type":"collection"`,
			"files/DocumentReference-letter-1.pdf": "%PDF-1", "files/DocumentReference-letter-2.txt": "<script>", "other/apps.ndjson": `{"app":"Diary","of":"a1"}`,
			"index.html": "<p>Observation o2</p>", "README.txt": "read me", "manifest.json": `"patient": "ann"`,
		} {
			if !strings.Contains(files[name], want) {
				t.Errorf("%s does not hold %q: %q", name, want, files[name])
			}
		}
		for name, text := range files {
			for _, not := range []string{"Secret of Bob", "Hiddenman", `"id":"both"`, `"id":"bob"`, "Somewhere Else"} {
				if strings.Contains(text, not) {
					t.Errorf("%s holds %q", name, not)
				}
			}
		}
		var m manifest
		if err := json.Unmarshal([]byte(files["manifest.json"]), &m); err != nil || len(m.Files) != len(files)-1 {
			t.Fatalf("the manifest lists %d of %d files, %v", len(m.Files), len(files), err)
		}
		for _, l := range m.Files {
			if sum := sha256.Sum256([]byte(files[l.Name])); hex.EncodeToString(sum[:]) != l.SHA256 || int64(len(files[l.Name])) != l.Bytes {
				t.Errorf("%s is not what the manifest says", l.Name)
			}
		}
		if _, err := fhir.Parse([]byte(files["bundle.json"]), fhir.Limits{}); err != nil {
			t.Errorf("the Bundle: %v", err)
		}
	})
}

// What was taken away can be loaded elsewhere, and nothing has changed.
func TestACopyLoadsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, dbtest.SQLite(t), nil)
		p.family()
		b, err := p.give("a1", p.ask("a1", "ann").ID)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		files := unzip(t, b)
		for name, text := range files {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		other := newPlace(t, d, nil)
		for i, path := range []string{"fhir", "bundle.json"} {
			sum, err := exchange.Load(t.Context(), other.op, []string{filepath.Join(dir, path)}, exchange.LoadOptions{Errors: io.Discard})
			if err != nil || sum.Rejected != 0 {
				t.Fatalf("%s: %+v, %v", path, sum, err)
			}
			n := 0
			for name, text := range files {
				if !strings.HasPrefix(name, "fhir/") {
					continue
				}
				for line := range strings.Lines(text) {
					n++
					was, err := fhir.Parse([]byte(line), fhir.Limits{})
					if err != nil {
						t.Fatal(err)
					}
					k := record.Key{Type: was.Root().Get("resourceType").Str(), ID: was.Root().Get("id").Str()}
					r, err := other.op.Read(t.Context(), k, 0)
					if err != nil {
						t.Fatalf("%s: %v", k, err)
					}
					now, err := fhir.Parse(r.Body, fhir.Limits{})
					if err != nil {
						t.Fatal(err)
					}
					if fhir.ContentHash(was) != fhir.ContentHash(now) || r.Version != 1 {
						t.Errorf("%s has changed, pass %d, version %d", k, i, r.Version)
					}
				}
			}
			if n < 8 {
				t.Errorf("only %d were looked at", n)
			}
		}
	})
}

// A copy is for the account that asked for it, a few times and for a few days,
// and lies sealed meanwhile.
func TestWhoGetsACopy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, nil)
		p.family()
		c := p.ask("a1", "ann")
		if _, err := p.give("a2", c.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("another account: %v", err)
		}
		if _, err := p.give("a1", "x"); !problem.Is(err, problem.NotFound) {
			t.Errorf("no such copy: %v", err)
		}
		_ = d.Query(t.Context(), "SELECT sealed FROM takeaway_part", nil, func(r *db.Row) error {
			if bytes.Contains(r.Bytes(0), []byte("PK\x03\x04")) || bytes.Contains(r.Bytes(0), []byte("Weight")) {
				t.Error("it is not sealed")
			}
			return nil
		})
		for range mostServed {
			if _, err := p.give("a1", c.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.give("a1", c.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("once too often: %v", err)
		}
		c = p.ask("a1", "ann")
		p.left = 0
		if _, err := p.give("a1", c.ID); !problem.Is(err, problem.Forbidden) {
			t.Errorf("who may no more: %v", err)
		}
		p.left = 1 << 30
		p.mu.Lock()
		p.now = p.now.Add(Life)
		p.mu.Unlock()
		if _, err := p.give("a1", c.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("too late: %v", err)
		}
		if err := p.copies.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.empty()
	})
}

// empty says that nothing of any copy is left.
func (p *place) empty() {
	p.t.Helper()
	for _, table := range []string{"takeaway", "takeaway_part"} {
		if err := p.db.Query(p.t.Context(), "SELECT count(*) FROM "+table, nil, func(r *db.Row) error {
			if n := r.Int64(0); n != 0 {
				p.t.Errorf("%d rows are left in %s", n, table)
			}
			return nil
		}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// Whoever may not have a copy any more gets none: its making stops on the way,
// and leaves nothing that could be read.
func TestACopyStopsOnTheWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, nil)
		p.family()
		for i := range 3 * stillEvery {
			p.put(fmt.Sprintf(`{"resourceType":"Observation","id":"n%d","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`, i))
		}
		whole := 0
		p.left = 100
		if c := p.ask("a1", "ann"); c.Ready.IsZero() {
			t.Fatalf("%+v", c)
		}
		whole = 100 - p.left
		if whole < 6 {
			t.Fatalf("it was asked %d times only", whole)
		}
		for n := 1; n < whole; n++ {
			p.mu.Lock()
			p.left = n
			p.mu.Unlock()
			c := p.ask("a1", "ann")
			if !c.Ready.IsZero() || c.Wrong != "You may not." {
				t.Fatalf("after %d times: %+v", n, c)
			}
			if _, err := p.give("a1", c.ID); !problem.Is(err, problem.NotFound) {
				t.Errorf("it is given: %v", err)
			}
			_ = d.Query(t.Context(), "SELECT count(*) FROM takeaway_part", nil, func(r *db.Row) error {
				if r.Int64(0) != 0 {
					t.Errorf("after %d times %d pieces are left", n, r.Int64(0))
				}
				return nil
			})
		}
		if len(p.told) != 1 {
			t.Errorf("%d were told", len(p.told))
		}
	})
}

func TestCopiesAreBoundedAndErased(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlace(t, d, func(c *Config) { c.Most = 4000 })
		p.family()
		if c := p.ask("a1", "ann"); !c.Ready.IsZero() || !strings.HasPrefix(c.Wrong, "Your record is too large") {
			t.Errorf("%+v", c)
		}
		if _, err := p.copies.Ask(t.Context(), "a1", "nobody"); !problem.Is(err, problem.NotFound) {
			t.Errorf("a record that is not there: %v", err)
		}
		p.copies.cfg.Most = 1 << 20
		c := p.ask("a1", "ann")
		if c.Ready.IsZero() {
			t.Fatalf("%+v", c)
		}
		if err := p.copies.Erase(t.Context(), c.whose.Person); err != nil {
			t.Fatal(err)
		}
		p.empty()
		if _, found, err := p.copies.Of(t.Context(), "a1"); found || err != nil {
			t.Errorf("it is still there: %v", err)
		}
	})
}

// Pieces open in their own place only, and one that is missing is noticed.
func TestPiecesKeepTheirPlaces(t *testing.T) {
	p := newPlace(t, dbtest.SQLite(t), nil)
	p.family()
	c := p.ask("a1", "ann")
	mix := func(sql string) {
		t.Helper()
		if err := p.db.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(sql); return err }); err != nil {
			t.Fatal(err)
		}
	}
	mix("UPDATE takeaway_part SET kind = 0")
	if _, err := p.give("a1", c.ID); !problem.Is(err, problem.Gone) {
		t.Errorf("a piece that is gone: %v", err)
	}
	mix("UPDATE takeaway_part SET kind = 1, n = n + 1")
	mix("UPDATE takeaway_part SET n = 0")
	mix("UPDATE takeaway_part SET sealed = zeroblob(100)")
	if _, err := p.give("a1", c.ID); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("another piece in its place: %v", err)
	}
}
