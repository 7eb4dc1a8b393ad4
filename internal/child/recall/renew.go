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

// renew reckons those anew as work.
func (r *Recalls) renew(ctx context.Context, j *jobs.Job) error {
	_, err := r.Renew(ctx, j.Done, func(done, total int64) error { return j.Save(done, total, nil) })
	return err
}

// Renew reckons those anew, and says how many that were with those who were done
// before. Each child says itself by what it was reckoned, so that work which is
// stopped goes on with those who are left.
func (r *Recalls) Renew(ctx context.Context, done int64, save func(done, total int64) error) (int64, error) {
	left, err := r.Stale(ctx)
	if err != nil {
		return done, err
	}
	for total := done + left; ; {
		var all []string
		err := r.DB.Query(ctx, "SELECT patient FROM recall_child WHERE rules <> $1 ORDER BY patient LIMIT $2", []any{r.rules(), int64(reckonPage)}, func(row *db.Row) error {
			all = append(all, row.Text(0))
			return nil
		})
		if err != nil || len(all) == 0 {
			return done, err
		}
		for _, patient := range all {
			if err := r.Reckon(ctx, patient, 0); err != nil {
				return done, err
			}
		}
		done += int64(len(all))
		if err := save(done, max(done, total)); err != nil {
			return done, err
		}
	}
}
