package record

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A receipt is given to the person and to nobody else. What they may not be told
// is in it as a bare hash, the list is proved whole all the same, and that it
// was given stands in the log.
func TestAReceiptTellsNothingThatTheListDoesNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		log := door.log.(*audit.Log)
		me := own("sam")
		me.App, me.Grant = "", ""
		if _, err := opened(t, door, me, access.Own).Receipt(ctx, nil); err == nil {
			t.Error("a log without keys is proved")
		}
		if err := log.Keep(ctx, door.ring, "log.example", func(err error) { t.Error(err) }); err != nil {
			t.Fatal(err)
		}
		for _, mandate := range []string{"", "held-back"} {
			who := access.Operator("token:" + mandate)
			who.Mandate = mandate
			s, err := door.Open(ctx, who, About{Patient: "sam"}, access.Operations)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Read(ctx, Key{"Patient", "sam"}, 0); err != nil {
				t.Fatal(err)
			}
		}
		held, fault := []string{"held-back"}, error(nil)
		door.withheld = func(context.Context, string) ([]string, error) { return held, fault }
		key, err := note.NewVerifier(log.Key())
		if err != nil {
			t.Fatal(err)
		}
		give := func(tell func(*Look) (bool, error)) (receipt.Result, []byte) {
			t.Helper()
			r, err := opened(t, door, me, access.Own).Receipt(ctx, tell)
			if err != nil {
				t.Fatal(err)
			}
			res, err := r.Verify(key, nil)
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range r.Entries {
				b = append(b, e.Entry...)
			}
			return res, b
		}
		res, b := give(nil)
		if res.Erased != 1 || len(res.Entries) < 3 || bytes.Contains(b, []byte("held-back")) {
			t.Errorf("%d of %d are bare; %s", res.Erased, len(res.Entries), b)
		}
		again, _ := give(nil)
		if len(again.Entries) <= len(res.Entries) {
			t.Errorf("that a receipt was given is not in the next: %d and %d", len(res.Entries), len(again.Entries))
		}
		if none, _ := give(func(*Look) (bool, error) { return false, nil }); none.Erased != len(none.Entries) {
			t.Errorf("%d of %d are bare", none.Erased, len(none.Entries))
		}
		held = nil
		if res, b := give(nil); res.Erased != 0 || !bytes.Contains(b, []byte("held-back")) {
			t.Errorf("afterwards %d are bare", res.Erased)
		}
		fault = problem.New(problem.Unavailable, "")
		if _, err := opened(t, door, me, access.Own).Receipt(ctx, nil); !problem.Is(err, problem.Unavailable) {
			t.Errorf("without the decision: %v", err)
		}
		fault = nil
		if _, err := opened(t, door, me, access.Own).Receipt(ctx, func(*Look) (bool, error) { return true, problem.New(problem.Timeout, "") }); !problem.Is(err, problem.Timeout) {
			t.Errorf("where names are not known: %v", err)
		}
		for name, who := range map[string]access.Who{"an app": own("sam"), "staff": nurse("sam"), "an operator": access.Operator("token:x")} {
			why := map[string]access.Purpose{"an app": access.Own, "staff": access.Care, "an operator": access.Operations}[name]
			s, err := door.Open(ctx, who, About{Patient: "sam"}, why)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Receipt(ctx, nil); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s gets one: %v", name, err)
			}
		}
	})
}
