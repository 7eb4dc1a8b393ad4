package jobs

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// Asked is a job with what was asked of it.
type Asked struct {
	ID    int64
	State State
	Args  []byte
}

// Queued gives the newest jobs of a kind with what was asked of them, at most
// limit, for the room whose kind it is.
func (q *Queue) Queued(ctx context.Context, kind string, limit int) (all []Asked, err error) {
	err = q.db.Query(ctx, "SELECT id, state, args FROM job WHERE kind = $1 ORDER BY made DESC, id LIMIT $2", []any{kind, int64(limit)}, func(r *db.Row) error {
		all = append(all, Asked{r.Int64(0), State(r.Text(1)), append([]byte{}, r.Bytes(2)...)})
		return nil
	})
	return all, err
}
