package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// What a node read of who belongs to whom it uses while nothing was written: a
// change at another node holds at its next session, also one of what it did not
// find before, and one of whose word a version is.
func TestWhoBelongsToWhomIsOfNowOnEveryNode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		nodes := newNodes(t, d)
		here, there := nodes(), nodes()
		op := opened(t, here, access.Operator("test"), access.Operations)
		hospital(t, op)
		w := teams{t, there, op}
		is := func(what string, sees bool) {
			t.Helper()
			for range 2 { // as it is read, and as it is remembered
				if got := w.sees(nurse("sam")); got != sees {
					t.Errorf("%s: they see it: %v", what, got)
				}
			}
		}
		put(t, op, hides(toward("Organization/trust")))
		is("nothing is known of the hospital", true)
		put(t, op, org("org-7", "middle", ""))
		is("it is part of something", true)
		put(t, op, org("middle", "trust", ""))
		is("that is part of the trust", false)
		put(t, op, org("middle", "", ""))
		is("and is no more", true)
		put(t, op, hides(toward("CareTeam/t")))
		is("there is no team", true)
		put(t, op, careTeam("active", "", "Practitioner/who"))
		is("they are in the team", false)
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(fmt.Sprintf("UPDATE res SET mask = mask & ~CAST(%d AS BIGINT)", int64(3)<<56))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		put(t, op, shows(toward("CareTeam/t")))
		is("nobody's word says so", false)
		put(t, op, careTeam("active", "", "Practitioner/who"))
		is("an operator's word says so", true)
		if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: Key{"CareTeam", "t"}}}); err != nil {
			t.Fatal(err)
		}
		is("the team is gone", false)
	})
}

// A tie by registration ends at the next session on every node.
func TestATieEndsOnEveryNode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		nodes := newNodes(t, d)
		here, there := nodes(), nodes()
		op := opened(t, here, access.Operator("test"), access.Operations)
		hospital(t, op)
		for range 2 {
			opened(t, there, nurse("sam"), access.Care)
			put(t, op, `{"resourceType":"Patient","id":"sam"}`)
			_, err := there.Open(ctx, nurse("sam"), About{}, access.Care)
			wantKind(t, err, problem.Forbidden)
			put(t, op, `{"resourceType":"Patient","id":"sam","managingOrganization":{"reference":"Organization/org-7"}}`)
		}
	})
}

// What somebody sees is remembered until a period of a choice begins or ends, and
// not before it was found out, should a clock go back.
func TestAChoiceOfOneEndsByTheClock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, sharing("c1", "sam", "active", strings.Replace(`{"type":"deny",`+toward("Organization/org-7")+ofObservations+`}`, `{`, `{"period":{"start":"2030-01-01T00:00:00Z","end":"2030-01-01T00:00:59Z"},`, 1)))
		w := teams{t, door, op}
		from := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, step := range []struct {
			at   time.Duration
			sees bool
		}{{-time.Hour, true}, {-time.Microsecond, true}, {0, false}, {59 * time.Second, false}, {60*time.Second - 1, false}, {time.Minute, true}, {time.Hour, true},
			{time.Second, false}, {-time.Second, true}, {30 * time.Second, false}} {
			now := from.Add(step.at)
			door.now = func() time.Time { return now }
			if got := w.sees(nurse("sam")); got != step.sees {
				t.Errorf("%v after it begins they see it: %v", step.at, got)
			}
		}
	})
}
