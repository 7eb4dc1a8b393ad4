package store

import (
	"context"
	"slices"

	"github.com/bevanhealth/bevan/internal/db"
)

// maxTies bounds how many resources are looked at that may tie somebody to a
// person, and tiesAtOnce how many of them are read together.
const (
	maxTies    = 5_000
	tiesAtOnce = 100
)

// Tied gives the resources of a person that name one of the holders by one of
// the parameters of their types: first those that came last, which have the
// highest rows. fn returns true to end the search.
func (s *Store) Tied(ctx context.Context, person int64, holders []Ref, params map[string][]string, fn func(*Version) (bool, error)) error {
	return s.db.Read(ctx, func(tx *db.Tx) error {
		targets, err := s.rowsNamed(tx, holders)
		if err != nil || len(targets) == 0 {
			return err
		}
		ended, last := false, FirstRow(person+1)
		for n := 0; n < maxTies && err == nil && !ended && last > FirstRow(person); n += tiesAtOnce {
			ended, last, err = s.tiedWithin(tx, targets, s.paramNums(params), FirstRow(person), last, fn)
		}
		return err
	})
}

// tiedWithin looks at the last resources of a range of rows, and gives the row
// before which to go on; the first of the range where there are no more.
func (s *Store) tiedWithin(tx *db.Tx, targets, params []int64, low, high Row, fn func(*Version) (bool, error)) (ended bool, next Row, err error) {
	b := &builder{sql: tx.Dialect()}
	heads, err := s.headsWhere(tx, "res r WHERE r.body IS NOT NULL AND r.row IN (SELECT row FROM link WHERE "+b.oneOf("target", targets)+" AND "+
		b.oneOf("param", params)+" AND row >= "+b.arg(low)+" AND row < "+b.arg(high)+") ORDER BY r.row DESC LIMIT "+b.arg(int64(tiesAtOnce)), b.args...)
	if err != nil {
		return false, low, err
	}
	versions, err := s.openAll(tx, heads)
	if err != nil {
		return false, low, err
	}
	for _, v := range versions {
		if ended, err = fn(v); ended || err != nil {
			return ended, low, err
		}
	}
	if len(heads) < tiesAtOnce {
		return false, low, nil
	}
	return false, heads[len(heads)-1].row, nil
}

// rowsNamed are the rows of what is known under some names.
func (s *Store) rowsNamed(tx *db.Tx, refs []Ref) (rows []int64, err error) {
	err = tx.Query("SELECT row FROM name WHERE "+tx.Dialect().AnyInt("hash", "$1"), []any{s.nameHashes(refs)}, func(r *db.Row) error {
		rows = append(rows, r.Int64(0))
		return nil
	})
	return rows, err
}

// paramNums are the numbers of search parameters, by type and code.
func (s *Store) paramNums(params map[string][]string) (nums []int64) {
	reg := s.reg.Load()
	for typ, codes := range params {
		for _, code := range codes {
			if p, ok := reg.Lookup(typ, code); ok {
				nums = append(nums, s.nums.param(p.ID))
			}
		}
	}
	slices.Sort(nums)
	return slices.Compact(nums)
}
