package store

import "github.com/bevanhealth/bevan/internal/db"

// The table also tells whom the current version of a resource names beside the
// person in whose record it lies. Whom an earlier version named, or one that was
// deleted, is read from the version itself: else the past would tell a program
// of somebody who said no to it.

// namedBefore adds the versions that name somebody who has a say over them and
// who is not found by the row. current is the number of each row's version of
// now.
func (s *Store) namedBefore(tx *db.Tx, reach Reach, heads []*head, current map[Row]int64, out map[*head]bool) error {
	for _, h := range heads {
		if out[h] || h.ver == 0 || h.body != nil && h.ver == current[h.row] {
			continue
		}
		said := h
		if h.body == nil {
			was, err := s.headsWhere(tx, "old r WHERE r.row = $1 AND r.ver < $2 AND r.body IS NOT NULL ORDER BY r.ver DESC LIMIT 1", h.row, h.ver)
			if err != nil {
				return err
			}
			if len(was) == 0 {
				continue // nothing is kept that could have named anybody
			}
			said = was[0]
		}
		f, err := s.factsOfHead(tx, said)
		if err != nil {
			return err
		}
		if len(f.also) == 0 {
			continue
		}
		if out[h], err = s.anyObjects(tx, reach, f.also); err != nil {
			return err
		}
	}
	return nil
}

// anyObjects tells whether one of some patients has a say over what names them:
// they opted out of what the reach is for, or their choices say something of
// whoever asks. Where it takes a yes nobody named besides can give it.
func (s *Store) anyObjects(tx *db.Tx, reach Reach, patients []Ref) (bool, error) {
	if reach.Viewpoint != nil && reach.Viewpoint.Asks {
		return true, nil
	}
	hashes := make([]int64, len(patients))
	for i, p := range patients {
		hashes[i] = s.nameHash(p)
	}
	b := newBuilder(tx.Dialect(), reach)
	sql := "SELECT 1 FROM name n JOIN person cp ON cp.person = (n.row >> 24) WHERE " + tx.Dialect().AnyInt("n.hash", b.arg(hashes)) + " AND (false"
	if reach.Without != 0 {
		sql += " OR EXISTS (SELECT 1 FROM optout oo WHERE oo.person = cp.person AND oo.kinds & " + b.arg(int64(reach.Without)) + " <> 0)"
	}
	if reach.Viewpoint != nil {
		sql += " OR cp.choices <> 0 AND NOT EXISTS (SELECT 1 FROM choice_view cv WHERE " + b.heldBy("cv") + " AND cv.silent = 1)"
	}
	return tx.One(sql+") LIMIT 1", b.args, func(*db.Row) error { return nil })
}
