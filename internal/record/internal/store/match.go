package store

import (
	"context"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
)

// Match finds up to limit resources that answer a condition, and the guard
// that the same ones, in the same versions, still do when something is written
// because of it.
func (s *Store) Match(ctx context.Context, reach Reach, q search.Query, limit int) ([]*Version, Guard, error) {
	var found []*Version
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		found, err = s.matchIn(ctx, tx, reach, q, limit)
		return err
	})
	was := make([]Row, len(found))
	for i, v := range found {
		was[i] = v.Row
	}
	return found, Guard{Types: guarded(q), Check: func(tx *db.Tx) error {
		now, err := s.matchIn(ctx, tx, reach, q, limit)
		if err != nil {
			return err
		}
		if !slices.EqualFunc(now, was, func(v *Version, row Row) bool { return v.Row == row }) {
			return ErrStale
		}
		return nil
	}}, err
}

func (s *Store) matchIn(ctx context.Context, tx *db.Tx, reach Reach, q search.Query, limit int) ([]*Version, error) {
	r := s.newRun(ctx, tx, reach, q)
	if err := r.compile(); err != nil {
		return nil, err
	}
	out, _, err := r.inRowOrder(&Position{Row: -1}, limit)
	return out, err
}

// guarded is the types that a condition looks at.
func guarded(q search.Query) []string {
	types := slices.Clone(q.Types)
	var add func(c search.Criterion)
	add = func(c search.Criterion) {
		if c.Chain != nil {
			types = append(types, c.Chain.Targets...)
			for _, n := range c.Chain.Next {
				add(n)
			}
		}
		if c.Has != nil {
			types = append(types, c.Has.Type)
			add(c.Has.Next)
		}
	}
	for _, c := range q.Criteria {
		add(c)
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// Current reads the current versions of some resources, tombstones too.
func (s *Store) Current(ctx context.Context, reach Reach, refs []Ref) (map[Ref]*Version, error) {
	out := make(map[Ref]*Version)
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		clear(out)
		hashes := make([]int64, len(refs))
		for i, r := range refs {
			hashes[i] = s.nameHash(r)
		}
		slices.Sort(hashes)
		var heads []*head
		err := tx.Query("SELECT "+rHeadNames+" FROM name n JOIN res r ON r.row = n.row WHERE "+
			tx.Dialect().AnyInt("n.hash", "$1"), []any{slices.Compact(hashes)}, func(q *db.Row) error {
			h := &head{}
			h.scan(q)
			h.body = clone(h.body)
			if s.holds(reach, h.row, h.kind, h.mask) {
				heads = append(heads, h)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if heads, err = s.keep(tx, reach, heads); err != nil {
			return err
		}
		versions, err := s.openAll(tx, heads)
		for _, v := range versions {
			out[v.Ref] = v
		}
		return err
	})
	return out, err
}

// Holds tells whether the content is that of the version or of an earlier one
// of the same resource.
func (s *Store) Holds(ctx context.Context, reach Reach, v *Version, content [16]byte) (bool, error) {
	same := func(v *Version) (bool, error) {
		if v.Encoded == nil {
			return false, nil
		}
		t, err := v.Tree()
		return err == nil && fhir.ContentHash(t) == content, err
	}
	if ok, err := same(v); ok || err != nil || v.Version == 1 {
		return ok, err
	}
	for at := (*Mark)(nil); ; {
		older, next, err := s.History(ctx, reach, HistoryOf{Ref: v.Ref, Count: 200}, at)
		if err != nil {
			return false, err
		}
		for _, o := range older {
			if ok, err := same(o); ok || err != nil {
				return ok, err
			}
		}
		if at = next; at == nil {
			return false, nil
		}
	}
}
