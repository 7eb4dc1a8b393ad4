package store

import (
	"context"
	"slices"

	"github.com/bevanhealth/bevan/internal/db"
)

// maxTies bounds how many resources are looked at that may tie somebody to a
// person; the newest come first.
const maxTies = 200

// Tied gives the resources of a person, the newest first, that name one of the
// holders by one of the parameters: "Type-code" each, such as
// "Encounter-service-provider". fn returns true to end the search.
func (s *Store) Tied(ctx context.Context, person int64, holders []Ref, params map[string][]string, fn func(*Version) (bool, error)) error {
	reg := s.reg.Load()
	var nums, targets []int64
	for typ, codes := range params {
		for _, code := range codes {
			if p, ok := reg.Lookup(typ, code); ok {
				nums = append(nums, s.nums.param(p.ID))
			}
		}
	}
	slices.Sort(nums)
	return s.db.Read(ctx, func(tx *db.Tx) error {
		hashes := make([]int64, len(holders))
		for i, h := range holders {
			hashes[i] = s.nameHash(h)
		}
		if err := tx.Query("SELECT row FROM name WHERE "+tx.Dialect().AnyInt("hash", "$1"), []any{hashes}, func(r *db.Row) error {
			targets = append(targets, r.Int64(0))
			return nil
		}); err != nil || len(targets) == 0 {
			return err
		}
		b := &builder{sql: tx.Dialect(), high: lastRow}
		from := "res r WHERE r.body IS NOT NULL AND r.row IN (SELECT row FROM link WHERE " + b.oneOf("target", targets) + " AND " +
			b.oneOf("param", slices.Compact(nums)) + " AND row >= " + b.arg(FirstRow(person)) + " AND row < " + b.arg(FirstRow(person+1)) +
			") ORDER BY r.at DESC LIMIT " + b.arg(int64(maxTies))
		heads, err := s.headsWhere(tx, from, b.args...)
		if err != nil {
			return err
		}
		for _, h := range heads {
			versions, err := s.openAll(tx, []*head{h})
			if err != nil {
				return err
			}
			if end, err := fn(versions[0]); end || err != nil {
				return err
			}
		}
		return nil
	})
}
