package record

import (
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
)

// A choice that was made at one server holds at the next request to another,
// which remembers what stood before; so does its end. It is so for questions
// about one person and about many.
func TestAChoiceHoldsOnEveryNode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
		if err != nil {
			t.Fatal(err)
		}
		var log *audit.Log
		node := func() *Door {
			if log == nil || d.Dialect() == db.Postgres { // a store on SQLite has one log
				if log, err = audit.Open(ctx, d); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = log.Close() })
			}
			door, err := New(ctx, Config{DB: d, Log: log, Ring: ring, Base: "http://127.0.0.1/fhir"})
			if err != nil {
				t.Fatal(err)
			}
			return door
		}
		here, there := node(), node()
		op := opened(t, here, access.Operator("test"), access.Operations)
		hospital(t, op)
		program := access.Who{Actor: "client:warehouse", Kind: access.Client, Role: access.RoleProgram, App: "warehouse", Grant: "g", Organisation: "org-7", Bound: access.AllTypes(access.Looking)}
		wants := func(want ...string) {
			t.Helper()
			wantIDs(t, opened(t, there, nurse("sam"), access.Care), "Observation", "_total=accurate", want...)
			wantIDs(t, opened(t, there, program, access.Operations), "Observation", "patient=sam&_total=accurate", want...)
		}
		wants("laboratory", "social-history")
		for range 3 {
			no := `{"type":"deny",` + toward("Organization/org-7") + `,"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}]}`
			put(t, op, sharing("c1", "sam", "active", no))
			wants()
			put(t, op, sharing("c1", "sam", "inactive", no))
			wants("laboratory", "social-history")
		}
	})
}
