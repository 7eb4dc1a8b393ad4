package audit_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/audit/witness"
	"github.com/bevanhealth/bevan/internal/db"
)

func itoa(n int) string { return strconv.Itoa(n) }

// near is a witness without a network between.
type near struct {
	*receipt.Cosigner
	away bool
}

func (n near) Ask(_ context.Context, _ witness.Log, signed []byte, at receipt.Checkpoint) (note.Signature, error) {
	if n.away {
		return note.Signature{}, errors.New("it is away")
	}
	b, err := note.Sign(&note.Note{Text: at.Text()}, n.Cosigner)
	if err != nil {
		return note.Signature{}, err
	}
	opened, err := note.Open(b, note.VerifierList(n.Witness))
	if err != nil {
		return note.Signature{}, err
	}
	return opened.Sigs[0], nil
}

// watch has a witness cosign a log.
func watch(t testing.TB, l *audit.Log, at time.Time) {
	t.Helper()
	if err := l.Attest(ctx, []audit.Cosigner{near{cosigner(t, at), false}}); err != nil {
		t.Fatal(err)
	}
}

func TestAReceiptShowsWhatAWitnessSaw(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		fill(t, l, 40, 4, 9)
		if err := l.Attest(ctx, []audit.Cosigner{near{cosigner(t, at), true}}); err == nil {
			t.Error("a witness that is away isn't told of")
		}
		watch(t, l, at)
		list := []*receipt.Witness{cosigner(t, at).Witness}
		r := prove(t, l, 2)
		res, err := r.Verify(logKey(t, l), list)
		if err != nil || r.Witnessed != nil || len(res.Seen) != 1 || res.Witnessed != res.Checkpoint.N {
			t.Fatal(res, err)
		}
		fill(t, l, 40, 4, 9)
		r = prove(t, l, 2)
		res, err = r.Verify(logKey(t, l), list)
		if err != nil || r.Witnessed == nil || len(res.Seen) != 1 || res.Witnessed >= res.Checkpoint.N {
			t.Fatal(res, err)
		}
		r.Witnessed.Proof[0][0] ^= 1
		if _, err := r.Verify(logKey(t, l), list); err == nil {
			t.Error("another proof of consistency is taken")
		}
		sound(t, l)
	})
}

// Two histories: what was cosigned doesn't fit a log that was made anew, even with the log's own keys.
func TestAttack90AnotherHistoryDoesNotFitWhatWasCosigned(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 40, 4, 9)
		watch(t, l, time.Now())
		_, cosigned, err := l.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			for _, sql := range []string{"DELETE FROM log_tile", "DELETE FROM log_run", "DELETE FROM log_node", "DELETE FROM log_map", "UPDATE log_head SET size = 0, note = '', witnessed = ''",
				"UPDATE access SET nonce = (SELECT nonce FROM access ORDER BY seq LIMIT 1)"} {
				if _, err := tx.Exec(sql); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		fill(t, l, 40, 4, 9)
		rep, err := l.Verify(ctx, []byte(cosigned))
		if err != nil {
			t.Fatal(err)
		}
		named := false
		for _, f := range rep.Faults {
			named = named || f.Kind == audit.Forked
		}
		if !named {
			t.Errorf("%+v", rep)
		}
	})
}
