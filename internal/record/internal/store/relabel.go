package store

import (
	"context"
	"maps"
	"slices"

	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
)

// LabelVersion names the tables that this node labels by.
func (s *Store) LabelVersion() string { return *s.labelVersion.Load() }

// LabelledBy names the tables by which everything in the store was labelled:
// "" where some of it never was.
func (s *Store) LabelledBy(ctx context.Context) (version string, err error) {
	err = s.db.Query(ctx, "SELECT tables FROM label_state", nil, func(r *db.Row) error {
		version = r.Text(0)
		return nil
	})
	return version, err
}

// startLabels says of a store with nothing in it that it is labelled.
func (s *Store) startLabels(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE label_state SET tables = $1 WHERE tables = '' AND NOT EXISTS (SELECT 1 FROM res)", s.LabelVersion())
		return err
	})
}

// Relabel labels the next resources behind after, at most limit, by the tables
// in force, their earlier versions too. Nothing that they have is taken away,
// but for UnderReview where all is judged by now. save runs in the transaction
// that changes the last of them. After the last one the store says by which
// tables it is labelled.
func (s *Store) Relabel(ctx context.Context, after Row, limit int, save func(tx *db.Tx, last Row) error) (last Row, done bool, err error) {
	return s.relabelNext(ctx, after, limit, s.settled, save)
}

// relabelNext is Relabel with the condition that has to hold first: that nobody
// writes by other tables any more.
func (s *Store) relabelNext(ctx context.Context, after Row, limit int, first func(*db.Tx) error, save func(tx *db.Tx, last Row) error) (last Row, done bool, err error) {
	version := s.LabelVersion()
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		last = after
		if err := first(tx); err != nil {
			return err
		}
		if tx.Dialect() == db.Postgres { // as a write that resources move in
			if _, err := tx.Exec("SELECT pg_advisory_xact_lock(8, 0)"); err != nil {
				return err
			}
		}
		// Deleted ones too: their history is there to be read.
		heads, err := s.headsWhere(tx, "res r WHERE r.row > $1 ORDER BY r.row LIMIT $2", after, limit)
		if err != nil {
			return err
		}
		w := &writing{s: s, tx: tx, names: map[Ref]Row{}, people: map[int64]*person{}}
		for _, h := range heads {
			last = h.row
		}
		if err := w.relabel(heads); err != nil {
			return err
		}
		if err := w.saveReviews(); err != nil {
			return err
		}
		if err := w.rechoose(); err != nil {
			return err
		}
		if done = len(heads) < limit; done && s.LabelVersion() == version {
			if _, err := tx.Exec("UPDATE label_state SET tables = $1", version); err != nil {
				return err
			}
		}
		return save(tx, last)
	})
	return last, done, err
}

// relabel labels current versions anew.
func (w *writing) relabel(heads []*head) error {
	rows := make([]Row, len(heads))
	all := make([]facts, len(heads))
	versions, err := w.s.openAll(w.tx, heads)
	if err != nil {
		return err
	}
	for i, v := range versions {
		if rows[i] = v.Row; v.Encoded == nil {
			continue
		}
		t, err := v.Tree()
		if err != nil {
			return err
		}
		all[i] = w.s.factsOf(v.Ref, t)
		if l := all[i].said; l.Unknown && l.In(label.Set(v.Mask))&label.UnderReview != 0 {
			w.newCodes(t)
		}
	}
	inherited, err := w.inherited(heads, all)
	if err != nil {
		return err
	}
	lost, err := w.s.lowered(w.tx, rows)
	if err != nil {
		return err
	}
	before, err := w.relabelOld(rows)
	if err != nil {
		return err
	}
	grown := map[Row]int64{}
	for i, h := range heads {
		said := all[i].said
		mask := h.mask&^int64(label.UnderReview) | inherited[i] | before[h.row]
		if said.Place {
			mask = h.mask | inherited[i]&int64(label.Services)
		}
		if mask = (mask | int64(said.In(label.Set(mask)))) &^ lost[h.row]; mask == h.mask {
			continue
		}
		if _, err := w.tx.Exec("UPDATE res SET mask = $2 WHERE row = $1", h.row, mask); err != nil {
			return err
		}
		grown[h.row] = mask
		w.noteRelabelled(h.row)
	}
	_, err = w.pour(grown, nil)
	return err
}

// inherited is what resources have from what they refer to.
func (w *writing) inherited(heads []*head, all []facts) ([]int64, error) {
	masks := map[int64]int64{} // by the name's hash
	var hashes []int64
	for i, h := range heads {
		for _, l := range all[i].links {
			if w.s.passes(h.kind, l.param) != passNothing {
				hashes = append(hashes, w.s.nameHash(l.target))
			}
		}
	}
	slices.Sort(hashes)
	err := w.tx.Query("SELECT n.hash, r.mask FROM name n JOIN res r ON r.row = n.row WHERE "+w.tx.Dialect().AnyInt("n.hash", "$1")+" AND r.mask & $2 <> 0",
		[]any{slices.Compact(hashes), labelBits}, func(r *db.Row) error {
			masks[r.Int64(0)] = r.Int64(1)
			return nil
		})
	out := make([]int64, len(heads))
	for i, h := range heads {
		for _, l := range all[i].links {
			if p := w.s.passes(h.kind, l.param); p != passNothing {
				out[i] |= p.takes(masks[w.s.nameHash(l.target)])
			}
		}
	}
	return out, err
}

// relabelOld labels the earlier versions of some resources, and gives what each
// resource has ever been labelled with: that stays, whatever it says now.
func (w *writing) relabelOld(rows []Row) (map[Row]int64, error) {
	now, err := w.formerRows(rows)
	if err != nil {
		return nil, err
	}
	ever := map[Row]int64{}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(now)), verifyChunk) {
		heads, err := w.s.headsWhere(w.tx, "old r WHERE r.body IS NOT NULL AND "+w.tx.Dialect().AnyInt("r.row", "$1"), part)
		if err != nil {
			return nil, err
		}
		versions, err := w.s.openAll(w.tx, heads)
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			t, err := v.Tree()
			if err != nil {
				return nil, err
			}
			mask := v.Mask &^ int64(label.UnderReview)
			mask |= int64(w.s.tables.Load().Read(t).In(label.Set(mask)))
			ever[now[v.Row]] |= mask & int64(label.Every|label.Services) &^ int64(label.UnderReview)
			if mask == v.Mask {
				continue
			}
			if _, err := w.tx.Exec("UPDATE old SET mask = $3 WHERE row = $1 AND ver = $2", v.Row, v.Version, mask); err != nil {
				return nil, err
			}
		}
	}
	return ever, nil
}

// formerRows are the rows under which resources lie and have lain, each with
// the one of now.
func (w *writing) formerRows(rows []Row) (map[Row]Row, error) {
	now := make(map[Row]Row, len(rows))
	for _, row := range rows {
		now[row] = row
	}
	for next := rows; len(next) > 0; {
		var was []Row
		if err := w.tx.Query("SELECT row, was FROM moved WHERE "+w.tx.Dialect().AnyInt("row", "$1"), []any{next}, func(r *db.Row) error {
			if _, known := now[r.Int64(1)]; !known {
				now[r.Int64(1)] = now[r.Int64(0)]
				was = append(was, r.Int64(1))
			}
			return nil
		}); err != nil {
			return nil, err
		}
		next = was
	}
	return now, nil
}
