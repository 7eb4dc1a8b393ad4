package record

import (
	"bytes"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// fileTraces are the bytes by which Binaries lie in a database: their sealed
// bodies, of every version, and their ids.
func fileTraces(t *testing.T, d *db.DB, ids ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{"res", "old"} {
		if err := d.Query(ctx, "SELECT id, body FROM "+table+" WHERE kind = (SELECT num FROM kind WHERE name = 'Binary')", nil, func(r *db.Row) error {
			id, b := string(r.Bytes(0)), r.Bytes(1)
			if !slices.Contains(ids, id) || len(b) == 0 {
				return nil
			}
			if d.Dialect() == db.Postgres {
				b = []byte(hex.EncodeToString(b))
			}
			out[string(b[:min(len(b), 40)])] = id + " in " + table
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// A person's files go with their record, and with all versions of them: those
// that say so, and those that entries of theirs open, or opened before. What
// others open too stays, and so does what belongs to others.
func TestAnErasureTakesFilesWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		secret := strings.NewReplacer("c2VjcmV0", "Y2FuYXJ5LW9mLWFubg==").Replace
		for _, src := range []string{
			`{"resourceType":"Patient","id":"ann","photo":[{"url":"Binary/photo"}]}`, `{"resourceType":"Patient","id":"bob"}`,
			secret(binaryOf("photo", "")), secret(binaryOf("plain", "")), secret(binaryOf("hers", "Patient/ann")), secret(binaryOf("its", "DocumentReference/its")), secret(binaryOf("before", "")), secret(binaryOf("ofdeleted", "")),
			secret(binaryOf("deleted", "")),
			letter("plain", "ann", "Binary/plain", ""), letter("hers", "ann", "http://127.0.0.1/fhir/Binary/hers", ""), letter("its", "ann", "Binary/its/_history/1", ""),
			letter("changed", "ann", "Binary/before", ""), letter("changed", "ann", "Binary/none", ""), letter("ofdeleted", "ann", "Binary/ofdeleted", ""), letter("deleted", "ann", "Binary/deleted", ""),
			binaryOf("both", ""), letter("both-a", "ann", "Binary/both", ""), letter("both-b", "bob", "Binary/both", ""),
			binaryOf("leaflet", ""), letter("leaflet", "ann", "Binary/leaflet", ""), `{"resourceType":"Library","id":"l","status":"active","type":{"text":"x"},"content":[{"url":"Binary/leaflet"}]}`,
			binaryOf("bobs", "Patient/bob"), letter("bobs", "bob", "Binary/bobs", ""), letter("wrong", "ann", "Binary/bobs", ""),
			binaryOf("away", "http://elsewhere.example/Patient/ann"), letter("away", "ann", "Binary/away", ""),
			binaryOf("bob1", ""), letter("bob1", "bob", "Binary/bob1", ""),
			// Bob names one of hers, which opens nothing: he did not have it to give.
			`{"resourceType":"List","id":"names","status":"current","mode":"working","subject":{"reference":"Patient/bob"},"entry":[{"item":{"reference":"Binary/plain"}}]}`,
		} {
			put(t, op, src)
		}
		put(t, op, strings.Replace(secret(binaryOf("plain", "")), "text/plain", "text/csv", 1)) // a second version
		for _, k := range []Key{{"Binary", "deleted"}, {"DocumentReference", "ofdeleted"}} {
			if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: k}}); err != nil {
				t.Fatal(err)
			}
		}
		// What somebody writes whose word does not count keeps nothing from going, and takes nothing along.
		writes(t, opened(t, door, alone("bob"), access.Own), letter("", "bob", "Binary/plain", ""))
		writes(t, opened(t, door, alone("ann"), access.Own), letter("", "ann", "Binary/bob1", ""))
		gone := []string{"photo", "plain", "hers", "its", "before", "ofdeleted", "deleted"}
		marks := fileTraces(t, d, gone...)
		if at := everything(t, d); len(marks) != 8 || !slices.ContainsFunc(slices.Collect(maps.Keys(marks)), func(m string) bool { return bytes.Contains(at, []byte(m)) }) {
			t.Fatalf("there are %d traces: %v", len(marks), marks)
		}
		person := door.numberOf(t, "ann")
		got, err := op.Erase(ctx, person, Erasing{Decision: "d", Basis: "b"})
		if err != nil || got.Files != 7 || got.Shared != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		if err := op.Scrub(ctx); err != nil {
			t.Fatal(err)
		}
		at := everything(t, d)
		for m, what := range marks {
			if bytes.Contains(at, []byte(m)) {
				t.Errorf("%s is still there", what)
			}
		}
		for _, id := range gone {
			for _, version := range []int64{0, 1} {
				_, err := op.Read(ctx, Key{"Binary", id}, version)
				wantKind(t, err, problem.NotFound)
			}
			_, err := op.Transact(ctx, []Op{{Method: Put, Key: Key{"Binary", id}, Body: tree(t, binaryOf(id, ""))}})
			wantKind(t, err, problem.Gone)
		}
		for _, id := range []string{"both", "leaflet", "bobs", "away", "bob1"} {
			if _, err := op.Read(ctx, Key{"Binary", id}, 0); err != nil {
				t.Errorf("%s went: %v", id, err)
			}
		}
		bob := opened(t, door, alone("bob"), access.Own)
		for _, id := range []string{"both-b", "bobs", "bob1"} {
			opens(t, bob, id, true)
		}
		again, err := op.Erase(ctx, person, Erasing{Decision: "d", Basis: "b"})
		if err != nil || again.Files != 0 || again.Versions != 0 {
			t.Errorf("again %+v, %v", again, err)
		}
		if err := op.Verify(ctx, func(int64, int64) {}, func(f Fault) { t.Errorf("row %d: %s", f.Row, f.What) }); err != nil {
			t.Fatal(err)
		}
		// Whoever named one of them can still be written.
		put(t, op, `{"resourceType":"List","id":"names","status":"retired","mode":"working","subject":{"reference":"Patient/bob"},"entry":[{"item":{"reference":"Binary/plain"}}]}`)
		if err := op.Verify(ctx, func(int64, int64) {}, func(f Fault) { t.Errorf("afterwards row %d: %s", f.Row, f.What) }); err != nil {
			t.Fatal(err)
		}
	})
}
