package record

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// follower is a session that may follow some types and do nothing else.
func follower(t *testing.T, door *Door, types ...string) *Session {
	t.Helper()
	who := access.Operator("token:follower")
	who.Bound = access.Rights{}
	for _, typ := range types {
		who.Bound = who.Bound.Or(access.OneType(typ, access.Follow))
	}
	s, err := door.Open(ctx, access.Job("keep", who), About{}, access.Operations)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drained are all batches that there are, as "Type/id version patient before".
func drained(t *testing.T, d *db.DB, s *Session) (out []string) {
	t.Helper()
	dbtest.Settled(t, d)
	for moved := true; moved; {
		var err error
		moved, err = s.FollowSome(ctx, "some", func(all []Change) error {
			for _, c := range all {
				out = append(out, strings.TrimSpace(c.Key.String()+" "+c.Method.String()+" "+c.Patient+" "+c.Before))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// Who follows some types is told of these alone, and whose they are and were, also
// of what was deleted; a batch that was not taken comes again.
func TestSomeTypesAreFollowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		log := &kept{}
		jab := func(who string) string {
			return `{"resourceType":"Immunization","id":"i","status":"completed","vaccineCode":{"text":"x"},"occurrenceDateTime":"2026-01-01","patient":{"reference":"Patient/` + who + `"}}`
		}
		put(t, op, `{"resourceType":"Patient","id":"a"}`)
		put(t, op, `{"resourceType":"Patient","id":"b"}`)
		put(t, op, jab("a"))
		put(t, op, `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"secret"},"subject":{"reference":"Patient/a"}}`)
		door.log = log
		s := follower(t, door, "Immunization", "Patient")
		dbtest.Settled(t, d)
		if _, err := s.FollowSome(ctx, "some", func([]Change) error { return errors.New("the disk is full") }); err == nil {
			t.Error("an error of the follower is lost")
		}
		got := drained(t, d, s)
		slices.Sort(got)
		if want := []string{"Immunization/i PUT a", "Patient/a PUT a", "Patient/b PUT b"}; !slices.Equal(got, want) {
			t.Errorf("told of %q, want %q", got, want)
		}
		for _, e := range log.entries {
			for _, ref := range e.Returned {
				if ref.Type == "Observation" {
					t.Error("what is not followed was read")
				}
			}
		}
		put(t, op, jab("b"))
		if got := drained(t, d, s); !slices.Equal(got, []string{"Immunization/i PUT b a"}) {
			t.Errorf("after it moved: %q", got)
		}
		if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: Key{"Immunization", "i"}}}); err != nil {
			t.Fatal(err)
		}
		if got := drained(t, d, s); !slices.Equal(got, []string{"Immunization/i DELETE b b"}) {
			t.Errorf("after it was deleted: %q", got)
		}
	})
}

// Whoever may not follow a type is told of nothing, and neither is who may follow
// some resources of it.
func TestWhoMayNotFollowIsToldOfNothing(t *testing.T) {
	door, op := openDoor(t, dbtest.SQLite(t))
	hospital(t, op)
	narrow := access.Operator("token:follower")
	narrow.Bound = access.OneTypeWhere("Observation", access.Follow, "category=laboratory").Or(access.AllTypes(access.Read))
	looks := access.Operator("token:looker")
	looks.Bound = access.AllTypes(access.Read | access.Search)
	for _, s := range []*Session{opened(t, door, own("sam"), access.Own), opened(t, door, nurse("sam"), access.Care), opened(t, door, narrow, access.Operations), opened(t, door, looks, access.Operations)} {
		_, err := s.FollowSome(ctx, "people", func([]Change) error { t.Error("a change was told"); return nil })
		wantKind(t, err, problem.Forbidden)
	}
}
