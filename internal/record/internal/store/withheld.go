package store

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
)

// Withheld names what of one person's record is withheld from them, deleted or not.
// The condition is, to the letter, that of the index res_withheld.
func (s *Store) Withheld(ctx context.Context, person int64) (map[Ref]bool, error) {
	out := map[Ref]bool{}
	err := s.db.Query(ctx, "SELECT kind, id FROM res WHERE row >= $1 AND row < $2 AND (mask & 65536) <> 0", []any{FirstRow(person), FirstRow(person + 1)}, func(r *db.Row) error {
		out[Ref{s.nums.kindName(r.Int64(0)), unpackID(r.Bytes(1))}] = true
		return nil
	})
	return out, err
}
