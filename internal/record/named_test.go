package record

import (
	"strconv"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Somebody who said no is not found in what earlier versions named either, nor
// in the traces of what was deleted.
func TestWhatAnEarlierVersionNamedStaysHidden(t *testing.T) {
	group := func(members ...string) string {
		src := `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[`
		for i, m := range members {
			if i > 0 {
				src += ","
			}
			src += `{"entity":{"reference":"Patient/` + m + `"}}`
		}
		return src + `]}`
	}
	for _, c := range []struct {
		name, no string
		why      access.Purpose
	}{
		{"by a choice", sharing("no", "kim", "active", `{"type":"deny",`+towardApp("lab")+`}`), access.Operations},
		{"by an opt-out", string(optout.Consent("no", "kim", optout.National, true, time.Unix(1_700_000_000, 0))), access.Export},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				door, op := openDoor(t, d)
				for _, id := range []string{"sam", "kim", "lee"} {
					put(t, op, `{"resourceType":"Patient","id":"`+id+`"}`)
				}
				put(t, op, group("sam", "kim"))
				put(t, op, group("sam", "lee"))
				put(t, op, c.no)
				versions := func(want ...int64) {
					t.Helper()
					s := program(t, door, "system/*.rs", c.why)
					seen := map[int64]bool{}
					for _, v := range want {
						seen[v] = true
					}
					for v := int64(1); v <= 4; v++ {
						_, err := s.Read(ctx, Key{"Group", "g"}, v)
						if there := err == nil || problem.Is(err, problem.Gone); there != seen[v] {
							t.Errorf("version %d is read with %v", v, err)
						}
					}
					for _, h := range []History{{Type: "Group", ID: "g", Count: -1}, {Type: "Group", Count: -1}, {Count: -1}} {
						page, err := s.History(ctx, h)
						n := 0
						for _, v := range page.Items {
							if v.Type == "Group" {
								n++
								if !seen[v.Version] {
									t.Errorf("a history gives version %d", v.Version)
								}
							}
						}
						if n != len(want) || err != nil && len(want) > 0 {
							t.Errorf("a history of %q has %d, %v", h.Type, n, err)
						}
					}
				}
				versions(2)
				if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: Key{"Group", "g"}}}); err != nil {
					t.Fatal(err)
				}
				versions(2, 3) // what was deleted named nobody who said no
				put(t, op, group("kim", "lee"))
				if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: Key{"Group", "g"}}}); err != nil {
					t.Fatal(err)
				}
				s := program(t, door, "system/*.rs", c.why)
				if _, err := s.Read(ctx, Key{"Group", "g"}, 0); !problem.Is(err, problem.NotFound) {
					t.Errorf("what named them is read with %v once it is deleted", err)
				}
			})
		})
	}
}

// Of more people than are worked out in one question there is no answer at
// first: an empty one would be a lie. The next question goes on where that one
// stopped.
func TestMorePeopleThanOneQuestionWaitsFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		var ops []Op
		for i := range 2_010 {
			id := "p" + strconv.Itoa(i)
			ops = append(ops, Op{Method: Put, Key: Key{"Patient", id}, Body: tree(t, `{"resourceType":"Patient","id":"`+id+`"}`)})
		}
		if _, err := op.Transact(ctx, ops); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"p0", "p2009"} {
			put(t, op, sharing("no-"+id, id, "active", `{"type":"deny",`+towardApp("lab")+`}`))
		}
		// All others made choices once and ended them, which leaves their number.
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE person SET choices = (SELECT max(choices) FROM person) WHERE choices = 0")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		who := access.Who{Actor: "client:lab", Kind: access.Client, Role: access.RoleProgram, App: "lab", Grant: "g", Bound: access.AllTypes(access.Looking)}
		if _, err := door.Open(ctx, who, About{}, access.Operations); !problem.Is(err, problem.Unavailable) {
			t.Fatalf("it is let in before it is known what it may see: %v", err)
		}
		s := opened(t, door, who, access.Operations)
		wantIDs(t, s, "Patient", "_id=p0,p1,p2008,p2009&_total=accurate", "p1", "p2008")
	})
}
