package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
)

// Whoever may not see a category gets the answers of a store that never held
// it: results, totals, chains, reverse chains, includes, history and reads.
func TestAHiddenCategoryWasNeverThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(ctx, Config{DB: d, Ring: ring})
		if err != nil {
			t.Fatal(err)
		}
		write := func(mask int64, typ, id, rest string) {
			t.Helper()
			tree, err := fhir.Parse([]byte(`{"resourceType":"`+typ+`","id":"`+id+`"`+rest+`}`), fhir.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			draft, err := s.Draft(Ref{typ, id}, Put, tree)
			if err != nil {
				t.Fatal(err)
			}
			draft.Mask = mask
			if _, err := s.Write(ctx, []Draft{draft}, nil); err != nil {
				t.Fatal(err)
			}
		}
		const hidden = 4
		write(0, "Patient", "p", `,"name":[{"family":"Ash"}]`)
		write(hidden, "Patient", "secret", `,"name":[{"family":"Birch"}]`)
		write(0, "Encounter", "e", `,"status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p"}`)
		write(hidden, "Encounter", "clinic", `,"status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p"}`)
		for i := range 3 {
			write(0, "Observation", fmt.Sprintf("o%d", i), `,"status":"final","code":{"coding":[{"system":"urn:c","code":"a"}]},"subject":{"reference":"Patient/p"},"encounter":{"reference":"Encounter/clinic"},"effectiveDateTime":"2020-01-01"`)
			write(hidden, "Observation", fmt.Sprintf("h%d", i), `,"status":"final","code":{"coding":[{"system":"urn:c","code":"a"}]},"subject":{"reference":"Patient/p"},"encounter":{"reference":"Encounter/e"},"effectiveDateTime":"2020-01-02"`)
		}
		ask := func(reach Reach, typ string, text ...string) ([]string, *Found) {
			t.Helper()
			var pairs []search.Pair
			for i := 0; i+1 < len(text); i += 2 {
				pairs = append(pairs, search.Pair{Name: text[i], Value: text[i+1]})
			}
			q, err := search.Parse(s.Registry(), []string{typ}, nil, append(pairs, search.Pair{Name: "_total", Value: "accurate"}), search.Options{Strict: true})
			if err != nil {
				t.Fatal(err)
			}
			f, err := s.Search(ctx, reach, q, nil, 2)
			if err != nil {
				t.Fatal(text, err)
			}
			var ids []string
			for _, v := range append(slices.Clone(f.Matches), f.Included...) {
				ids = append(ids, v.ID)
			}
			return ids, f
		}
		all, some := Reach{Everyone: true}, Reach{Everyone: true, Deny: hidden}
		for _, c := range []struct {
			typ         string
			query       []string
			every, seen int // totals
		}{
			{"Observation", nil, 6, 3},
			{"Observation", []string{"code", "a"}, 6, 3},
			{"Observation", []string{"code:not", "b"}, 6, 3},
			{"Observation", []string{"date", "ge2020"}, 6, 3},
			{"Observation", []string{"code", "urn:c|a", "date", "2020-01-02"}, 3, 0},
			{"Observation", []string{"patient", "p", "_sort", "-date"}, 6, 3},
			{"Observation", []string{"encounter", "clinic"}, 3, 3},
			{"Observation", []string{"encounter.status", "finished"}, 6, 0},
			{"Observation", []string{"_lastUpdated", "ge2020"}, 6, 3},
			{"Observation", []string{"_id", "h1,o1"}, 2, 1},
			{"Patient", []string{"family", "birch"}, 1, 0},
			{"Patient", []string{"_has:Observation:patient:date", "2020-01-02"}, 1, 0},
			{"Encounter", []string{"_has:Observation:encounter:code", "a"}, 2, 0},
		} {
			if _, f := ask(all, c.typ, c.query...); f.Total != c.every {
				t.Errorf("%s %v: %d in all, want %d", c.typ, c.query, f.Total, c.every)
			}
			ids, f := ask(some, c.typ, c.query...)
			if f.Total != c.seen || len(f.Matches) != min(2, c.seen) || (f.Next != nil) != (c.seen > 2) {
				t.Errorf("%s %v: %d seen (%v), want %d", c.typ, c.query, f.Total, ids, c.seen)
			}
		}
		ids, _ := ask(some, "Patient", "_id", "p", "_revinclude", "Encounter:patient", "_revinclude:iterate", "Observation:encounter")
		if !slices.Equal(ids, []string{"p", "e"}) {
			t.Error("included: ", ids)
		}
		if v, err := s.Read(ctx, some, Ref{"Observation", "h0"}, 0); v != nil || err != nil {
			t.Error("a hidden resource was read: ", v, err)
		}
		page, _, err := s.History(ctx, some, HistoryOf{Count: 100}, nil)
		if err != nil || len(page) != 5 {
			t.Errorf("%d versions, %v", len(page), err)
		}
	})
}
