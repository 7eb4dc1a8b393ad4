package recall

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
)

// Stale says how many children were reckoned by another schedule, or another
// version of the policy, than those of now.
func (r *Recalls) Stale(ctx context.Context) (n int64, err error) {
	err = r.DB.Query(ctx, "SELECT count(*) FROM recall_child WHERE rules <> $1", []any{r.rules()}, func(row *db.Row) error { n = row.Int64(0); return nil })
	return n, err
}

// renew reckons those anew. Each child says itself by what it was reckoned, so
// that work which is stopped goes on with those who are left.
func (r *Recalls) renew(ctx context.Context, j *jobs.Job) error {
	left, err := r.Stale(ctx)
	if err != nil {
		return err
	}
	done := j.Done
	for total := done + left; ; {
		var all []string
		err := r.DB.Query(ctx, "SELECT patient FROM recall_child WHERE rules <> $1 ORDER BY patient LIMIT $2", []any{r.rules(), int64(reckonPage)}, func(row *db.Row) error {
			all = append(all, row.Text(0))
			return nil
		})
		if err != nil || len(all) == 0 {
			return err
		}
		for _, patient := range all {
			if err := r.Reckon(ctx, patient, 0); err != nil {
				return err
			}
		}
		done += int64(len(all))
		if err := j.Save(done, max(done, total), nil); err != nil {
			return err
		}
	}
}
