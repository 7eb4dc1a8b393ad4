package record

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A scope that is restricted by a search is a term of the query: what it hides
// is not found, counted, read, led through or changed.
func TestARestrictedScopeNarrowsTheQuery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, `{"resourceType":"Provenance","id":"pr","recorded":"2026-01-01T00:00:00Z","target":[{"reference":"Observation/social-history"}],"agent":[{"who":{"display":"x"}}]}`)
		s := program(t, door, "system/Observation.cruds?category=laboratory system/Patient.s system/Provenance.s", access.Operations)
		for _, c := range []struct{ typ, text, want string }{
			{"Observation", "_id=laboratory", "Observation/laboratory"},
			{"Observation", "_id=social-history", ""},
			{"Observation", "category=laboratory", "Observation/laboratory"},
			{"Observation", "category=social-history", ""},
			{"Observation", "code:text=x", "Observation/laboratory"},
			{"Observation", "category:not=laboratory", ""},
			{"Observation", "category:missing=false", "Observation/laboratory"},
			{"Observation", "_sort=-_lastUpdated", "Observation/laboratory"},
			{"Observation", "_lastUpdated=ge2000", "Observation/laboratory"},
			{"Patient", "_has:Observation:patient:category=social-history", ""},
			{"Patient", "_has:Observation:patient:category=laboratory", "Patient/sam"},
			{"Patient", "_revinclude=Observation:patient", "Patient/sam Observation/laboratory"},
			{"Provenance", "_include=Provenance:target", "Provenance/pr"},
			{"Provenance", "target:Observation.code:text=x", ""},
		} {
			if got := ask(t, s, c.typ, c.text); got != c.want {
				t.Errorf("%s?%s gave %q, not %q", c.typ, c.text, got, c.want)
			}
		}
		for _, text := range []string{"_summary=count", "_total=accurate&_count=1"} {
			page, err := s.Search(ctx, query(t, s, "Observation", text), "")
			if err != nil || page.Total == nil || *page.Total != 1 {
				t.Errorf("%s: total %v, %v", text, page.Total, err)
			}
		}
		for _, id := range []string{"social-history", "nothing"} {
			_, err := s.Read(ctx, Key{"Observation", id}, 0)
			wantKind(t, err, problem.NotFound)
			_, err = s.History(ctx, History{Type: "Observation", ID: id})
			wantKind(t, err, problem.NotFound)
		}
		if _, err := s.Read(ctx, Key{"Observation", "laboratory"}, 1); err != nil {
			t.Error(err)
		}
		page, err := s.History(ctx, History{Type: "Observation"})
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != "laboratory" {
			t.Errorf("the history of the type is %v, %v", page.Items, err)
		}
	})
}

// A right to some resources of a type is none to take data out.
func TestARestrictedScopeExportsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		s := program(t, door, "system/Observation.rs?category=laboratory", access.Export)
		for _, types := range [][]string{{"Observation"}, nil} {
			_, err := s.Scan(ctx, types, time.Time{}, nil, "", func(Resource) error { t.Error("an export gave something"); return nil })
			wantKind(t, err, problem.Forbidden)
		}
	})
}

// What is not understood to the letter allows nothing.
func TestARestrictedScopeFailsClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		for _, text := range []string{"unknown=a", "category:not=social-history", "category:missing=false", "category:in=http://x", "subject.name=Secret", "_has:Provenance:target:recorded=2026",
			"_text=x", "_content=x", "_list=a", "_count=1", "_sort=code", "_include=*", "_filter=a", "date=ap2026-01-01", "date=nonsense", "code-value-quantity=a", "category=laboratory&unknown=a", "status=%zz"} {
			who := access.Who{Actor: "client:lab", Kind: access.Client, Role: access.RoleProgram, App: "lab", Grant: "g",
				Bound: access.OneTypeWhere("Observation", access.AllVerbs, text)}
			s, err := door.Open(ctx, who, About{}, access.Operations)
			if err != nil {
				continue
			}
			if got := ask(t, s, "Observation", "code:text=x"); got != "forbidden" {
				t.Errorf("with %s a search gave %q", text, got)
			}
			_, err = s.Read(ctx, Key{"Observation", "laboratory"}, 0)
			wantKind(t, err, problem.Forbidden)
			_, err = s.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Observation"}, Body: tree(t, `{"resourceType":"Observation"}`)}})
			wantKind(t, err, problem.Forbidden)
		}
		// Of two searches the one that is understood counts.
		bound := access.OneTypeWhere("Observation", access.Looking, "unknown=a").Or(access.OneTypeWhere("Observation", access.Looking, "category=laboratory"))
		s, err := door.Open(ctx, access.Who{Actor: "client:lab", Kind: access.Client, Role: access.RoleProgram, App: "lab", Grant: "g", Bound: bound}, About{}, access.Operations)
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(t, s, "Observation", "code:text=x"); got != "Observation/laboratory" {
			t.Errorf("a search gave %q", got)
		}
	})
}

// What is written must lie within a restricted scope before and after. What is
// hidden and what is not there get the same answer.
func TestARestrictedScopeWritesWithinItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		s := program(t, door, "system/Observation.cruds?category=laboratory", access.Operations)
		body := func(id, category string) *fhir.Tree {
			if id != "" {
				id = `"id":"` + id + `",`
			}
			return tree(t, `{"resourceType":"Observation",`+id+`"status":"final","code":{"text":"y"},"category":[{"coding":[{"code":"`+category+`"}]}]}`)
		}
		to := func(category string) func(*fhir.Tree) (*fhir.Tree, error) {
			return func(t0 *fhir.Tree) (*fhir.Tree, error) { return body(t0.Root().Get("id").Str(), category), nil }
		}
		lab, hidden, free := Key{"Observation", "laboratory"}, Key{"Observation", "social-history"}, Key{"Observation", "free"}
		cond := query(t, s, "Observation", "code:text=x&category=social-history")
		own := query(t, s, "Observation", "category=laboratory")
		before, _ := op.Read(ctx, hidden, 0)
		for _, c := range []struct {
			name string
			op   Op
			kind problem.Kind // of the refusal; 0 for none
		}{
			{"a hidden one is put", Op{Method: Put, Key: hidden, Body: body("social-history", "laboratory")}, problem.NotFound},
			{"a free id is put", Op{Method: Put, Key: free, Body: body("free", "laboratory")}, problem.NotFound},
			{"a hidden one is patched", Op{Method: Patch, Key: hidden, Patched: to("laboratory")}, problem.NotFound},
			{"a free id is patched", Op{Method: Patch, Key: free, Patched: to("laboratory")}, problem.NotFound},
			{"a hidden one is deleted", Op{Method: Delete, Key: hidden}, 0},
			{"a free id is deleted", Op{Method: Delete, Key: free}, 0},
			{"a version of a hidden one is deleted", Op{Method: Delete, Key: hidden, IfMatch: 1}, problem.PreconditionFailed},
			{"a version of a free id is deleted", Op{Method: Delete, Key: free, IfMatch: 1}, problem.PreconditionFailed},
			{"one outside is made", Op{Method: Post, Key: Key{Type: "Observation"}, Body: body("", "social-history")}, problem.Forbidden},
			{"one is put outside", Op{Method: Put, Key: lab, Body: body("laboratory", "social-history")}, problem.Forbidden},
			{"one is patched outside", Op{Method: Patch, Key: lab, Patched: to("social-history")}, problem.Forbidden},
			{"a hidden one is put by a condition", Op{Method: Put, Key: Key{Type: "Observation", ID: "social-history"}, If: &cond, Body: body("social-history", "laboratory")}, problem.NotFound},
			{"a free id is put by a condition", Op{Method: Put, Key: Key{Type: "Observation", ID: "free"}, If: &cond, Body: body("free", "laboratory")}, problem.NotFound},
			{"a hidden one is patched by a condition", Op{Method: Patch, If: &cond, Key: Key{Type: "Observation"}, Patched: to("laboratory")}, problem.NotFound},
			{"a hidden one is deleted by a condition", Op{Method: Delete, If: &cond, Key: Key{Type: "Observation"}}, 0},
			{"one is put", Op{Method: Put, Key: lab, Body: body("laboratory", "laboratory")}, 0},
			{"one is put by a condition", Op{Method: Put, Key: Key{Type: "Observation"}, If: &own, Body: body("", "laboratory")}, 0},
			{"one is patched", Op{Method: Patch, Key: lab, Patched: to("laboratory")}, 0},
			{"one is made where a hidden one matches", Op{Method: Post, Key: Key{Type: "Observation"}, If: &cond, Body: body("", "laboratory")}, 0},
			{"one is deleted", Op{Method: Delete, Key: lab}, 0},
			{"one is brought back", Op{Method: Put, Key: lab, Body: body("laboratory", "laboratory")}, 0},
		} {
			out, err := s.Transact(ctx, []Op{c.op})
			if c.kind == 0 && err != nil || c.kind != 0 && !problem.Is(err, c.kind) {
				t.Errorf("%s: %v", c.name, err)
			}
			if err == nil && c.op.Method == Delete && c.op.Key != lab && (out[0].Deleted > 0 || out[0].Resource.Version != 0) {
				t.Errorf("%s: %+v", c.name, out[0])
			}
			if err != nil && (strings.Contains(problem.Sentence(err), "version 1") || strings.Contains(problem.Sentence(err), "already")) {
				t.Errorf("%s tells of what is hidden: %v", c.name, err)
			}
		}
		after, err := op.Read(ctx, hidden, 0)
		if err != nil || after.Version != before.Version || !slices.Equal(after.Body, before.Body) {
			t.Errorf("the hidden one is now %s, %v", after.Body, err)
		}
		wantIDs(t, op, "Observation", "_id=free")
	})
}

// The verbs of a scope have searches of their own.
func TestEachVerbHasItsOwnSearches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		s := program(t, door, "system/Observation.r?category=laboratory system/Observation.s?category=social-history system/Observation.u", access.Operations)
		if got := ask(t, s, "Observation", "code:text=x"); got != "Observation/social-history" {
			t.Errorf("the search gave %q", got)
		}
		_, err := s.Read(ctx, Key{"Observation", "social-history"}, 0)
		wantKind(t, err, problem.NotFound)
		if _, err := s.Read(ctx, Key{"Observation", "laboratory"}, 0); err != nil {
			t.Error(err)
		}
		// A patch of what may not be read shows nothing of it.
		for id, shown := range map[string]bool{"laboratory": true, "social-history": false} {
			out, err := s.Transact(ctx, []Op{{Method: Patch, Key: Key{"Observation", id}, Patched: func(t0 *fhir.Tree) (*fhir.Tree, error) { return t0, nil }}})
			if err != nil || (out[0].Resource.Body != nil) != shown {
				t.Errorf("a patch of %s: %v, %v", id, out, err)
			}
		}
	})
}
