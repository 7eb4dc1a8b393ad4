package record

import (
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// openDoor opens a door over an empty database and a session of an operator.
func openDoor(t testing.TB, d *db.DB) (*Door, *Session) {
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
	door, err := New(ctx, Config{DB: d, Log: log, Ring: ring, Base: "http://127.0.0.1/fhir"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := door.Open(ctx, access.Operator("test"), About{}, access.Operations)
	if err != nil {
		t.Fatal(err)
	}
	return door, s
}

// syntheaOps reads a bundle file as operations that load it.
func syntheaOps(t testing.TB, file string) []Op {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	src, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := fhir.Parse(src, fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var ops []Op
	for _, e := range fhir.Entries(bundle.Root()) {
		body, err := fhir.Parse(e.Resource.Raw(), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		root := body.Root()
		ops = append(ops, Op{Method: Put, Key: Key{root.Get("resourceType").Str(), root.Get("id").Str()}, Body: body, FullURL: e.FullURL, Ensure: true})
	}
	return ops
}

func find(t testing.TB, s *Session, typ string, pairs ...search.Pair) Page {
	t.Helper()
	q, err := search.Parse(s.Registry(), []string{typ}, nil, pairs, search.Options{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.Search(context.Background(), q, "")
	if err != nil {
		t.Fatalf("%s %v: %v", typ, pairs, err)
	}
	return page
}

func TestSyntheaLoads(t *testing.T) {
	files := suitetest.Files(t, "synthea-r4", "*.json.gz")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		count := map[string]int{}
		for _, f := range files[:6] {
			ops := syntheaOps(t, f)
			out, err := s.Transact(context.Background(), ops)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range out {
				if o.Created {
					count[o.Resource.Type]++
				}
			}
		}
		for typ, n := range count {
			page := find(t, s, typ, search.Pair{Name: "_total", Value: "accurate"}, search.Pair{Name: "_count", Value: "5"})
			if page.Total == nil || *page.Total != n {
				t.Errorf("%s: found %v of %d", typ, page.Total, n)
			}
		}
		for _, f := range files[:6] {
			out, err := s.Transact(context.Background(), syntheaOps(t, f))
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range out {
				if o.Changed {
					t.Errorf("%v was changed by a second load", o.Resource.Key)
				}
			}
		}
	})
}
