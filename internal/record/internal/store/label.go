package store

import (
	"maps"
	"slices"

	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// labelling is the labels that the versions of one write will have.
type labelling struct {
	homes  []Row         // by draft: the row by which others in the store know it, 0 for none
	masks  []int64       // by draft
	lost   []int64       // by draft: what a reviewer took away and nothing brings back
	stored map[Row]int64 // labels of what lies in the store and is referred to
	asked  bool          // stored is read
}

// labelled works out the labels of every draft: of what it says, of where it
// comes from, of what it is made from, and of what it was before. A label that
// a resource has had stays, whatever a new version says, unless a reviewer
// takes it away.
func (w *writing) labelled(rows []Row) error {
	l := &w.labels
	l.masks, l.lost = make([]int64, len(w.drafts)), make([]int64, len(w.drafts))
	for i := range w.drafts {
		if rows[i] >= 0 {
			if err := w.ownLabels(i); err != nil {
				return err
			}
		}
	}
	if err := w.askTargets(); err != nil {
		return err
	}
	for again := true; again; {
		w.inherit(rows)
		var err error
		if again, err = w.spread(rows); err != nil {
			return err
		}
	}
	return w.keepReviews(rows)
}

// noteHomes remembers which drafts are about a name that was known before, and
// the row that it led to: what refers to it is found there until it is written.
func (w *writing) noteHomes() {
	w.labels.homes = make([]Row, len(w.drafts))
	for i := range w.drafts {
		w.labels.homes[i] = w.names[w.drafts[i].Ref]
	}
}

// ownLabels is what a draft's mask is without what it inherits.
func (w *writing) ownLabels(i int) error {
	d, l := &w.drafts[i], &w.labels
	was := w.heads[w.names[d.Ref]]
	mask := d.Mask
	if tables := w.s.tables.Load(); d.tables != tables && d.packed != nil { // a code was judged meanwhile
		t, err := (&Version{Ref: d.Ref, Encoded: d.Encoded}).Tree()
		if err != nil {
			return err
		}
		d.said, d.tables = tables.Read(t), tables
	}
	if was == nil {
		l.masks[i] = mask | d.Raise | int64(d.said.In(0))
		return nil
	}
	kept := was.mask & labelBits &^ int64(label.UnderReview)
	if d.packed == nil {
		l.masks[i] = mask | was.mask // what was hidden stays hidden when it is deleted
		return nil
	}
	if kept&int64(label.Ruled) != 0 || d.Lower != 0 {
		if err := w.rule(i, was); err != nil {
			return err
		}
	}
	l.masks[i] = d.Mask | kept&^l.lost[i] | d.Raise
	l.masks[i] = w.settle(i, l.masks[i])
	return nil
}

// settle adds to a draft's mask what its codes and the services in the mask
// mean, without what a reviewer took away.
func (w *writing) settle(i int, mask int64) int64 {
	d, lost := &w.drafts[i], w.labels.lost[i]
	if d.packed == nil {
		return mask
	}
	if d.said.Place {
		mask &^= int64(label.Every) &^ d.Mask
	}
	return (mask | int64(d.said.In(label.Set(mask)))) &^ lost
}

// rule reads what a reviewer took away from a resource, and takes out of it
// what its new version is labelled with anew.
func (w *writing) rule(i int, was *head) error {
	d := &w.drafts[i]
	lost, err := w.s.lowered(w.tx, []Row{was.row})
	if err != nil {
		return err
	}
	old := facts{}
	if was.body != nil {
		if old, err = w.s.factsOfHead(w.tx, was); err != nil {
			return err
		}
	}
	now := (lost[was.row] | d.Lower) &^ d.Raise &^ int64(d.said.Said&^old.said.Said)
	w.labels.lost[i] = now
	if now == lost[was.row] {
		return nil
	}
	d.Mask |= int64(label.Ruled)
	_, err = w.tx.Exec("INSERT INTO label_ruling (row, lowered) VALUES ($1, $2) ON CONFLICT (row) DO UPDATE SET lowered = $2", was.row, now)
	return err
}

// lowered reads what reviewers took away.
func (s *Store) lowered(tx *db.Tx, rows []Row) (map[Row]int64, error) {
	out := map[Row]int64{}
	err := tx.Query("SELECT row, lowered FROM label_ruling WHERE "+tx.Dialect().AnyInt("row", "$1"), []any{rows}, func(r *db.Row) error {
		out[r.Int64(0)] = r.Int64(1)
		return nil
	})
	return out, err
}

// targets are the things that drafts inherit from, drafts themselves left out.
func (w *writing) targets(take func(Ref)) {
	for i := range w.drafts {
		d := &w.drafts[i]
		kind := w.s.nums.kind(d.Type)
		for _, l := range d.links {
			if w.s.passes(kind, l.param) != passNothing {
				take(l.target)
			}
		}
	}
}

// targetHashes are their names, for a question that is asked ahead.
func (w *writing) targetHashes() []int64 {
	hashes := []int64{} // never nil, which would be NULL
	w.targets(func(r Ref) { hashes = append(hashes, w.s.nameHash(r)) })
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

const targetQuery = "SELECT r.row, r.mask FROM name n JOIN res r ON r.row = n.row WHERE n.hash = ANY($1::bigint[]) AND r.mask & $2 <> 0"

func (w *writing) takeTarget(r *db.Row) error {
	if w.labels.stored == nil {
		w.labels.stored = map[Row]int64{}
	}
	w.labels.stored[r.Int64(0)] = r.Int64(1)
	return nil
}

// askTargets reads the labels of what the drafts inherit from.
func (w *writing) askTargets() error {
	if w.labels.asked {
		return nil
	}
	seen := map[Row]bool{}
	w.targets(func(r Ref) {
		if row, ok := w.names[r]; ok {
			seen[row] = true
		}
	})
	if len(seen) == 0 {
		return nil
	}
	ask := func(cond string, arg any) error {
		return w.tx.Query("SELECT row, mask FROM res WHERE mask & $2 <> 0 AND "+cond, []any{arg, labelBits}, w.takeTarget)
	}
	// See findNames: on SQLite a few are faster asked one by one.
	if len(seen) <= 16 && w.tx.Dialect() == db.SQLite {
		for row := range seen {
			if err := ask("row = $1", row); err != nil {
				return err
			}
		}
		return nil
	}
	return ask(w.tx.Dialect().AnyInt("row", "$1"), slices.Sorted(maps.Keys(seen)))
}

// inherit passes labels on among the drafts, and to them from the store, until
// nothing changes.
func (w *writing) inherit(rows []Row) {
	l := &w.labels
	if !slices.ContainsFunc(l.masks, func(m int64) bool { return m&labelBits != 0 }) && len(l.stored) == 0 {
		return
	}
	place := make(map[Row]int, len(rows))
	for i, row := range rows {
		if row >= 0 {
			place[row] = i
		}
	}
	for again := true; again; {
		again = false
		for i := range w.drafts {
			d := &w.drafts[i]
			if rows[i] < 0 || d.packed == nil {
				continue
			}
			kind, mask := w.s.nums.kind(d.Type), l.masks[i]
			for _, link := range d.links {
				p := w.s.passes(kind, link.param)
				row, ok := w.names[link.target]
				if p == passNothing || !ok {
					continue
				}
				if j, ok := place[row]; ok {
					mask |= p.takes(l.masks[j])
				} else {
					mask |= p.takes(l.stored[row])
				}
			}
			if mask = w.settle(i, mask); mask != l.masks[i] {
				l.masks[i], again = mask, true
			}
		}
	}
}

// maxSpread bounds how many stored resources one write may label.
const maxSpread = 50_000

// spread labels what lies in the store and is made from a draft that has more
// labels now than before. It tells whether that changes what drafts inherit. On
// PostgreSQL this happens while no other write runs: one that refers to the
// draft and has not been told of the labels would go without them for ever.
func (w *writing) spread(rows []Row) (again bool, err error) {
	grown := map[Row]int64{}
	for i, row := range rows {
		home := w.labels.homes[i]
		if row < 0 || home == 0 || w.drafts[i].packed == nil {
			continue
		}
		had := int64(0)
		if was := w.heads[w.names[w.drafts[i].Ref]]; was != nil {
			had = was.mask
		}
		if more := w.labels.masks[i] & labelBits &^ (had | w.labels.stored[row]) &^ int64(label.Ruled|label.UnderReview); more != 0 {
			grown[home] = w.labels.masks[i]
			w.note(row, had|w.labels.masks[i]&labelBits)
		}
	}
	if len(grown) == 0 {
		return false, nil
	}
	if w.tx.Dialect() == db.Postgres && !w.moving {
		return false, errMoving
	}
	drafts := map[Row]bool{}
	for i, row := range rows {
		if row >= 0 {
			drafts[row] = true
			if was := w.heads[w.names[w.drafts[i].Ref]]; was != nil {
				drafts[was.row] = true
			}
		}
	}
	changed, err := w.pour(grown, drafts)
	return len(changed) > 0, err
}

// note remembers the mask that something in the store has, or is given.
func (w *writing) note(row Row, mask int64) {
	if w.labels.stored == nil {
		w.labels.stored = map[Row]int64{}
	}
	w.labels.stored[row] = mask
}

// pour labels what is made from resources that have new labels, and what is
// made from that. What is in skip is labelled by others.
func (w *writing) pour(grown map[Row]int64, skip map[Row]bool) (changed map[Row]int64, err error) {
	changed = map[Row]int64{}
	for len(grown) > 0 {
		next, err := w.pourOnce(grown, skip)
		if err != nil {
			return nil, err
		}
		for row, mask := range next {
			changed[row] = mask
			w.note(row, mask)
			if _, err := w.tx.Exec("UPDATE res SET mask = $2 WHERE row = $1", row, mask); err != nil {
				return nil, err
			}
			w.noteRelabelled(row)
		}
		if len(changed) > maxSpread {
			return nil, problem.New(problem.Unprocessable, "More depends on this than can be labelled at once. Ask the operator, who can label it in the background.")
		}
		grown = next
	}
	return changed, nil
}

// pourOnce gives the new masks of what refers to the grown directly.
func (w *writing) pourOnce(grown map[Row]int64, skip map[Row]bool) (map[Row]int64, error) {
	more := map[Row]int64{}
	masks := map[Row]int64{}
	list := w.tx.Dialect()
	err := w.tx.Query("SELECT l.target, l.param, r.row, r.kind, r.mask FROM link l JOIN res r ON r.row = l.row WHERE "+
		list.AnyInt("l.target", "$1")+" AND "+list.AnyInt("l.param", "$2"),
		[]any{slices.Sorted(maps.Keys(grown)), w.s.heirs.params}, func(r *db.Row) error {
			row := r.Int64(2)
			if add := w.s.passes(r.Int64(3), r.Int64(1)).takes(grown[r.Int64(0)]) &^ r.Int64(4); add != 0 && !skip[row] {
				more[row] |= add
				masks[row] = r.Int64(4)
			}
			return nil
		})
	if err != nil || len(more) == 0 {
		return nil, err
	}
	rows := slices.Sorted(maps.Keys(more))
	lost, err := w.s.lowered(w.tx, rows)
	if err != nil {
		return nil, err
	}
	said, err := w.saidOf(rows)
	if err != nil {
		return nil, err
	}
	out := map[Row]int64{}
	for _, row := range rows {
		mask := masks[row] | more[row]
		if l := said[row]; l.Place {
			mask = masks[row] | more[row]&int64(label.Services)
		} else {
			mask |= int64(l.In(label.Set(mask)))
		}
		if mask &^= lost[row]; mask != masks[row] {
			out[row] = mask
		}
	}
	return out, nil
}

// saidOf reads what resources in the store say of themselves.
func (w *writing) saidOf(rows []Row) (map[Row]label.Labels, error) {
	out := map[Row]label.Labels{}
	for part := range slices.Chunk(rows, verifyChunk) {
		heads, err := w.s.headsWhere(w.tx, "res r WHERE r.body IS NOT NULL AND "+w.tx.Dialect().AnyInt("r.row", "$1"), part)
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
			out[v.Row] = w.s.tables.Load().Read(t)
			if out[v.Row].Unknown {
				w.newCodes(t)
			}
		}
	}
	return out, nil
}
