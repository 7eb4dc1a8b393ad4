package exchange

import (
	"context"
	"encoding/json"
	"os"
	"slices"

	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
)

// maxForgotten bounds how many jobs are looked through. Files live for a week, and
// older jobs have none.
const maxForgotten = 1_000

// ForgetPatient takes away the files of every export that may hold the record of
// a patient, and ends those that run: files of exports are not sealed. Whoever
// asked for one asks again.
func (b *Bulk) ForgetPatient(ctx context.Context, patient string) error {
	all, err := b.cfg.Queue.Queued(ctx, kindExport, maxForgotten)
	if err != nil {
		return err
	}
	for _, j := range all {
		var r ExportRequest
		if err := json.Unmarshal(j.Args, &r); err == nil && r.Patients != nil && !slices.Contains(r.Patients, patient) {
			continue
		}
		if !j.State.Ended() {
			if err := b.cfg.Queue.Cancel(ctx, j.ID); err != nil && !problem.Is(err, problem.NotFound) {
				return err
			}
		}
		if err := os.RemoveAll(b.folder(j.ID)); err != nil {
			return diskError(err)
		}
		if j.State == jobs.Done {
			if err := b.cfg.Queue.Cancel(ctx, j.ID); err != nil { // from now on it is as if it had never been
				return err
			}
		}
	}
	return nil
}
