package record

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// What is hidden takes the same round trips to the database as what is not
// there: most of the time of an answer is those. The times themselves are
// measured by a benchmark.
func TestAttack50HiddenAndAbsentAreAsMuchWork(t *testing.T) {
	to, turns := dbtest.Turns(t)
	d, err := db.Open(ctx, db.Config{URL: to, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	door, op := openDoor(t, d)
	hospital(t, op)
	put(t, op, sharing("c1", "sam", "active", `{"type":"deny",`+toward("Organization/org-7")+`,"code":[{"coding":[{"system":"urn:c","code":"hush"}]}]}`))
	put(t, op, `{"resourceType":"Observation","id":"hush","status":"final","code":{"coding":[{"system":"urn:c","code":"hush"}]},"subject":{"reference":"Patient/sam"}}`)
	put(t, op, `{"resourceType":"Observation","id":"others","status":"final","code":{"coding":[{"system":"urn:c","code":"x"}]},"subject":{"reference":"Patient/somebody"}}`)
	staff := opened(t, door, nurse("sam"), access.Care)
	for _, version := range []int64{0, 1} {
		took := map[string]int64{}
		for _, id := range []string{"hush", "others", "nobody"} {
			for i := range 5 { // the first few prepare their statements
				before := turns()
				if _, err := staff.Read(ctx, Key{"Observation", id}, version); problem.KindOf(err) != problem.NotFound {
					t.Fatalf("%s is read: %v", id, err)
				}
				if n := turns() - before; i == 0 || n < took[id] {
					took[id] = n
				}
			}
		}
		if took["hush"] != took["nobody"] || took["others"] != took["nobody"] {
			t.Errorf("version %d: round trips are %v", version, took)
		}
	}
}
