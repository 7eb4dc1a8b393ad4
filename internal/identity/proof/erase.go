package proof

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
)

// EraseRecord takes a record that was erased off the account that it belonged to,
// and out of everything that was written down about who it belongs to. Whoever
// had it is told, and what was proven of them with it counts no more.
func (p *Proofs) EraseRecord(ctx context.Context, patient string) error {
	if patient == "" {
		return nil
	}
	record := "Patient/" + patient
	err := p.DB.Write(ctx, func(dt *db.Tx) error {
		t := &tx{db.Watch(dt, p.trace)}
		owners := map[string]bool{}
		for _, q := range []struct{ sql, arg string }{{"SELECT account FROM record_owner WHERE patient = $1", patient}, {"SELECT id FROM account WHERE record = $1", record}} {
			if err := t.Query(q.sql, []any{q.arg}, func(r *db.Row) error { owners[r.Text(0)] = true; return nil }); err != nil {
				return err
			}
		}
		for id := range owners {
			a, err := p.Accounts.Hold(dt, id)
			if err != nil {
				return err
			}
			if a.State == account.Closed {
				continue
			}
			if err := p.Accounts.Disprove(dt, id, account.P0, ""); err != nil {
				return err
			}
			if err := p.Accounts.Tell(dt, id, notify.RecordErased); err != nil {
				return err
			}
		}
		return t.forget(patient, p.seconds())
	})
	p.Accounts.Forget()
	return err
}

// forget takes the id of a patient out of all that was decided.
func (t *tx) forget(patient string, now int64) error {
	for _, c := range []struct {
		sql  string
		args []any
	}{
		{"DELETE FROM record_owner WHERE patient = $1", []any{patient}},
		{"DELETE FROM linking_code WHERE patient = $1", []any{patient}},
		{"DELETE FROM match_candidate WHERE patient = $1", []any{patient}},
		{"UPDATE proofing_event SET patient = '', ended = CASE WHEN ended = 0 THEN $2 ELSE ended END, ended_why = 'The record was erased.' WHERE patient = $1", []any{patient, now}},
		{"UPDATE match_decision SET patient = '', undone = CASE WHEN outcome = 'linked' AND undone = 0 THEN $2 ELSE undone END WHERE patient = $1", []any{patient, now}},
	} {
		if _, err := t.Exec(c.sql, c.args...); err != nil {
			return err
		}
	}
	return nil
}
