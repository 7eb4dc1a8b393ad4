package record

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
)

// without is a session that may not see some labels.
func without(t *testing.T, s *Session, hide label.Set) *Session {
	t.Helper()
	out, err := s.Without(ctx, hide)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const sad = `"code":{"coding":[{"system":"http://snomed.info/sct","code":"35489007"}]}`

// Somebody who may not see a kind of thing sees a record that never had it:
// what is of that kind, what tells of it, and every earlier version.
func TestAttack63WhatIsHiddenIsAbsentEverywhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		for _, src := range []string{`{"resourceType":"Patient","id":"p","generalPractitioner":[{"reference":"Practitioner/who"}]}`,
			`{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},` + sad + `}`,
			`{"resourceType":"Condition","id":"asthma","subject":{"reference":"Patient/p"},"code":{"text":"asthma"}}`,
			`{"resourceType":"List","id":"l","status":"current","mode":"working","subject":{"reference":"Patient/p"},"entry":[{"item":{"reference":"Condition/c"}}]}`,
			`{"resourceType":"DocumentReference","id":"d","status":"current","subject":{"reference":"Patient/p"},"context":{"related":[{"reference":"List/l"}]}}`} {
			put(t, op, src)
		}
		for _, s := range []*Session{op, opened(t, door, own("p"), access.Own), opened(t, door, nurse("p"), access.Care)} {
			wantIDs(t, s, "Condition", "", "asthma", "c")
			blind := without(t, s, label.MentalHealth)
			wantIDs(t, blind, "Condition", "", "asthma")
			wantIDs(t, blind, "List", "")
			wantIDs(t, blind, "DocumentReference", "")
			wantIDs(t, blind, "Patient", "_has:Condition:patient:code=35489007")
			wantIDs(t, s, "Patient", "_has:Condition:patient:code=35489007", "p")
			for _, k := range []Key{{"Condition", "c"}, {"List", "l"}, {"DocumentReference", "d"}} {
				_, err := blind.Read(ctx, k, 0)
				_, absent := blind.Read(ctx, Key{k.Type, "absent"}, 0)
				if problem.KindOf(err) != problem.NotFound || strings.ReplaceAll(problem.Sentence(absent), "absent", k.ID) != problem.Sentence(err) {
					t.Errorf("%s: %v, and what is absent: %v", k, err, absent)
				}
			}
			if got := ask(t, blind, "Patient", "_id=p&_revinclude=Condition:patient&_revinclude=List:subject"); got != "Patient/p Condition/asthma" {
				t.Errorf("included: %s", got)
			}
			again := without(t, blind, label.Genetics)
			wantIDs(t, again, "Condition", "", "asthma")
		}
	})
}

// Whoever may not see a kind of thing is refused, not shown too much, as long as
// there is something in the store that was never labelled.
func TestNothingIsShownBeforeItIsLabelled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, op := openDoor(t, d)
		put(t, op, `{"resourceType":"Patient","id":"p","generalPractitioner":[{"reference":"Practitioner/who"}]}`)
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec("UPDATE label_state SET tables = ''"); return err }); err != nil {
			t.Fatal(err)
		}
		_, err := op.Without(ctx, label.HIV)
		wantKind(t, err, problem.Unavailable)
		_, err = op.d.Open(ctx, nurse("p"), About{}, access.Care) // something is always hidden from staff
		wantKind(t, err, problem.Unavailable)
		if err := op.Reindex(ctx, func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, without(t, op, label.HIV), "Patient", "", "p")
	})
}

// Somebody keeps an entry of theirs more private. It leaves a trace, and only a
// reviewer can take it back, with another trace.
func TestALabelIsRaisedAndLoweredWithATrace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		put(t, op, `{"resourceType":"Patient","id":"p","generalPractitioner":[{"reference":"Practitioner/who"}]}`)
		put(t, op, `{"resourceType":"Patient","id":"q"}`)
		put(t, op, `{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},"code":{"text":"a cough"}}`)
		log := &kept{}
		door.log = log
		me := opened(t, door, own("p"), access.Own)
		r, err := me.Raise(ctx, Key{"Condition", "c"}, 0, "")
		if err != nil || r.Version != 2 || !strings.Contains(string(r.Body), `"security":[{"code":"R"`) {
			t.Fatalf("%s %v", r.Body, err)
		}
		if n := len(log.entries); n != 1 || log.entries[0].Person == 0 || log.entries[0].Verb != access.Update|access.Create || len(log.entries[0].Returned) != 2 {
			t.Errorf("the log says %+v", log.entries)
		}
		wantIDs(t, without(t, me, label.Restricted), "Condition", "")
		wantIDs(t, without(t, me, label.Restricted), "Provenance", "") // it would tell of it
		traces := ids(t, me, "Provenance", "target=Condition/c")
		if len(traces) != 1 {
			t.Fatalf("traces: %v", traces)
		}
		if _, err := me.Raise(ctx, Key{"Condition", "c"}, label.SexualHealth, ""); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"myself":              second(me.Lower(ctx, Key{"Condition", "c"}, label.Restricted, "I do not mind any more")),
			"a nurse":             second(opened(t, door, nurse("p"), access.Care).Lower(ctx, Key{"Condition", "c"}, label.Restricted, "it is only a cough")),
			"an operator, half":   second(without(t, op, label.HIV).Lower(ctx, Key{"Condition", "c"}, label.Restricted, "it is only a cough")),
			"somebody else's app": second(opened(t, door, own("q"), access.Own).Raise(ctx, Key{"Patient", "q"}, label.HIV, "")),
		} {
			if k := problem.KindOf(err); k != problem.Forbidden && k != problem.Unprocessable {
				t.Errorf("%s: %v", name, err)
			}
		}
		reading := own("p")
		reading.Bound = access.AllTypes(access.Looking)
		wantKind(t, second(opened(t, door, reading, access.Own).Raise(ctx, Key{"Condition", "c"}, label.HIV, "")), problem.Forbidden)
		wantKind(t, second(opened(t, door, own("q"), access.Own).Raise(ctx, Key{"Condition", "c"}, label.HIV, "")), problem.NotFound)
		wantKind(t, second(op.Lower(ctx, Key{"Condition", "c"}, label.Restricted, "because")), problem.Invalid)
		wantKind(t, second(op.Lower(ctx, Key{"Condition", "c"}, 0, "because it is only a cough")), problem.Invalid)
		r, err = op.Lower(ctx, Key{"Condition", "c"}, label.Restricted, "It was raised by mistake, says the person")
		if err != nil || r.Version != 4 || strings.Contains(string(r.Body), `"R"`) || !strings.Contains(string(r.Body), "sexual-health") {
			t.Fatalf("%s %v", r.Body, err)
		}
		hid := without(t, me, label.Restricted)
		wantIDs(t, hid, "Condition", "", "c")
		if _, err := hid.Read(ctx, Key{"Condition", "c"}, 2); problem.KindOf(err) != problem.NotFound {
			t.Errorf("the version that was private is in sight: %v", err)
		}
		if got := ids(t, me, "Provenance", "target=Condition/c"); len(got) != 3 {
			t.Errorf("there are %d traces", len(got))
		}
	})
}

func second[A any](_ A, err error) error { return err }

// What a clinic calls by a new code waits to be judged, and comes into sight by
// a job when it was.
func TestCodesAreJudgedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		for _, src := range []string{`{"resourceType":"Patient","id":"p","generalPractitioner":[{"reference":"Practitioner/who"}]}`,
			`{"resourceType":"Organization","id":"clinic","type":[{"coding":[{"system":"http://snomed.info/sct","code":"394808002"}]}]}`,
			`{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"},"performer":[{"reference":"Organization/clinic"}],"code":{"coding":[{"system":"urn:local","code":"x1"}]}}`} {
			put(t, op, src)
		}
		hid := without(t, op, label.UnderReview)
		wantIDs(t, hid, "Observation", "")
		_, err := opened(t, door, own("p"), access.Own).NewCodes(ctx)
		wantKind(t, err, problem.Forbidden)
		list, err := op.NewCodes(ctx)
		if err != nil || len(list) != 1 || list[0].Code != (label.Code{System: "urn:local", Code: "x1"}) {
			t.Fatal(list, err)
		}
		wantKind(t, opened(t, door, own("p"), access.Own).Judge(ctx, list[0].Code, 0, "nothing to see here"), problem.Forbidden)
		wantKind(t, op.Judge(ctx, list[0].Code, 0, "no"), problem.Invalid)
		wantKind(t, op.Judge(ctx, label.Code{System: "urn:local", Code: "not a code"}, 0, "nothing to see here"), problem.Invalid)
		queue := newQueue(t, d)
		if err := door.HandleLabels(ctx, queue, access.Operator("token:1")); err != nil {
			t.Fatal(err)
		}
		queue.Start(1)
		if err := op.Judge(ctx, list[0].Code, 0, "A weight, says the clinic"); err != nil {
			t.Fatal(err)
		}
		waitForJobs(t, queue, LabelKind)
		wantIDs(t, hid, "Observation", "", "o")
		wantIDs(t, without(t, op, label.SexualHealth), "Observation", "")
		done, err := op.Judgements(ctx)
		if err != nil || len(done) != 1 || done[0].By != "token:1" && done[0].By == "" || done[0].Why != "A weight, says the clinic" {
			t.Error(done, err)
		}
	})
}

func newQueue(t *testing.T, d *db.DB) *jobs.Queue {
	t.Helper()
	q, err := jobs.Open(ctx, d, jobs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// waitForJobs waits until every job of a kind has ended well.
func waitForJobs(t *testing.T, q *jobs.Queue, kind string) {
	t.Helper()
	running, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	list, err := q.List(ctx, kind, 10)
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	for _, j := range list {
		if err := q.Watch(running, j.ID, func(j jobs.Status) bool { return !j.State.Ended() }); err != nil {
			t.Fatal(err)
		}
		if now, err := q.Get(ctx, j.ID); err != nil || now.State != jobs.Done {
			t.Fatal(now, err)
		}
	}
}
