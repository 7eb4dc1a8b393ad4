package store

import (
	"context"
	"errors"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// operatorWrote puts resources in, as one does whose word counts.
func operatorWrote(t *testing.T, s *Store, all ...string) {
	t.Helper()
	for _, src := range all {
		tree, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.Draft(Ref{tree.Root().Get("resourceType").Str(), tree.Root().Get("id").Str()}, Put, tree)
		if err != nil {
			t.Fatal(err)
		}
		d.Expect, d.Mask = AnyVersion, d.Mask|ByOperator
		if _, err := s.Write(context.Background(), []Draft{d}, nil); err != nil {
			t.Fatal(err)
		}
	}
}

const aFile = `{"resourceType":"Binary","id":"f","contentType":"text/plain","data":"c2VjcmV0"}`

func leadsFrom(id, patient string) string {
	return `{"resourceType":"DocumentReference","id":"` + id + `","status":"current","subject":{"reference":"Patient/` + patient + `"},"content":[{"attachment":{"url":"Binary/f"}}]}`
}

// What is written between the look at other records and the lock counts.
func TestAFileThatIsSharedMeanwhileStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := openStore(t, d)
		operatorWrote(t, s, `{"resourceType":"Patient","id":"ann"}`, `{"resourceType":"Patient","id":"bob"}`, aFile)
		ann := numberOf(t, s, "ann")
		erase := func(look *elsewhere) (e *erasing, err error) {
			return e, d.Write(context.Background(), func(tx *db.Tx) error {
				e = &erasing{writing: &writing{s: s, tx: tx, names: map[Ref]Row{}}, person: ann, look: look}
				return e.run()
			})
		}
		look := func() *elsewhere {
			l, err := s.lookElsewhere(context.Background(), ann)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		early := look()
		operatorWrote(t, s, leadsFrom("a", "ann"))
		if _, err := erase(early); !errors.Is(err, ErrStale) {
			t.Fatalf("nobody looked for who else opens it, and it is erased: %v", err)
		}
		before := look()
		operatorWrote(t, s, leadsFrom("b", "bob"))
		e, err := erase(before)
		if err != nil || e.out.Files != 0 || e.out.Shared != 1 {
			t.Fatalf("%+v, %v", e.out, err)
		}
		if v, err := s.Read(context.Background(), Reach{Everyone: true}, Ref{"Binary", "f"}, 0); err != nil || v == nil {
			t.Errorf("it went: %v", err)
		}
	})
}

// An erasure that was stopped before the index was swept goes on with its files.
func TestAnErasureOfFilesGoesOnAfterAStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := openStore(t, d), context.Background()
		operatorWrote(t, s, `{"resourceType":"Patient","id":"ann"}`, aFile, leadsFrom("a", "ann"))
		ann := numberOf(t, s, "ann")
		// An entry of a search parameter that is not there any more.
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("INSERT INTO far (hash, row) SELECT 7, row FROM name WHERE hash = $1", s.nameHash(Ref{"Binary", "f"}))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if e, err := s.eraseOnce(ctx, ann); err != nil || e.out.Files != 1 {
			t.Fatalf("%+v, %v", e.out, err)
		}
		if _, err := s.Erase(ctx, ann); err != nil {
			t.Fatal(err)
		}
		for _, from := range []string{"far WHERE hash = 7", "erased_file"} {
			if err := d.Query(ctx, "SELECT 1 FROM "+from, nil, func(*db.Row) error { t.Errorf("something is in %s", from); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Verify(ctx, func(int64, int64) {}, func(f Fault) { t.Errorf("row %d: %s", f.Row, f.What) }); err != nil {
			t.Fatal(err)
		}
	})
}

func numberOf(t *testing.T, s *Store, patient string) (n int64) {
	t.Helper()
	if err := s.db.Query(context.Background(), "SELECT row FROM name WHERE hash = $1", []any{s.nameHash(Ref{"Patient", patient})}, func(r *db.Row) error {
		n = PersonOf(r.Int64(0))
		return nil
	}); err != nil || n == 0 {
		t.Fatalf("%s has no number: %v", patient, err)
	}
	return n
}
