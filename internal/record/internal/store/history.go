package store

import (
	"context"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
)

// HistoryOf asks for versions, newest first.
type HistoryOf struct {
	Ref         // an empty ID is every resource of the type, an empty Type everything
	Since int64 // milliseconds; versions made at or after it
	At    *Span // versions that were current at some time in it
	Count int
}

// Span is a time in milliseconds, from From to before To.
type Span struct{ From, To int64 }

// Mark is where a page of a history ended: behind this version.
type Mark struct {
	Snapshot string
	Tx       int64
	Row      Row
	Version  int64
}

// History gives one page of versions within reach, and the mark for the next.
// Tombstones are versions too.
func (s *Store) History(ctx context.Context, reach Reach, h HistoryOf, from *Mark) (page []*Version, next *Mark, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		page, next, err = s.history(ctx, tx, reach, h, from)
		return err
	})
	return page, next, err
}

func (s *Store) history(ctx context.Context, tx *db.Tx, reach Reach, h HistoryOf, from *Mark) ([]*Version, *Mark, error) {
	mark := Mark{Tx: 1<<63 - 1, Row: lastRow, Version: 1<<63 - 1}
	if from != nil {
		mark = *from
	} else {
		var err error
		if mark.Snapshot, err = s.snapshot(tx); err != nil {
			return nil, nil, err
		}
	}
	m, err := parseMoment(mark.Snapshot)
	if err != nil {
		return nil, nil, err
	}
	heads, more, err := s.pastVersions(tx, reach, h, m, mark)
	if err != nil {
		return nil, nil, err
	}
	var next *Mark
	if more {
		last := heads[len(heads)-1]
		next = &Mark{Snapshot: mark.Snapshot, Tx: last.tx, Row: last.row, Version: last.ver}
	}
	page, err := s.openAll(tx, heads)
	return page, next, err
}

// pastVersions collects the versions of one page, and says whether there are
// others behind them.
func (s *Store) pastVersions(tx *db.Tx, reach Reach, h HistoryOf, m moment, mark Mark) (heads []*head, more bool, err error) {
	size, chunk := 0, h.Count+1
	for {
		got, others, err := s.versions(tx, reach, h, mark, chunk)
		if err == nil && h.At != nil {
			err = s.followMoves(tx, got)
		}
		if err != nil {
			return nil, false, err
		}
		stands, err := s.whichStand(tx, reach, headsOfLived(got))
		if err != nil {
			return nil, false, err
		}
		for _, g := range got {
			mark.Tx, mark.Row, mark.Version = g.tx, g.row, g.ver
			if h.Since != 0 && g.at < h.Since-clockSkew {
				return heads, false, nil
			}
			if !m.holds(g.tx) || !s.wanted(reach, h, g) || !stands(g.head) {
				continue
			}
			if len(heads) == h.Count || size > maxPageBytes {
				return heads, true, nil
			}
			size += len(g.body)
			heads = append(heads, g.head)
		}
		if !others {
			return heads, false, nil
		}
		chunk = min(2*chunk, 1000)
	}
}

// lived is a version and the time at which the next one took its place, 0 for
// the current one.
type lived struct {
	*head
	until int64
	left  bool // the last at its row, whose resource went on at another one
}

func headsOfLived(list []lived) []*head {
	out := make([]*head, len(list))
	for i := range list {
		out[i] = list[i].head
	}
	return out
}

// followMoves finds when the versions ended whose resource moved to another
// record with the next one.
func (s *Store) followMoves(tx *db.Tx, versions []lived) error {
	list := tx.Dialect().AnyInt("row", "$1")
	sql := "SELECT at FROM res WHERE ver = $2 AND " + list + " UNION ALL SELECT at FROM old WHERE ver = $2 AND " + list
	for i := range versions {
		v := &versions[i]
		if !v.left {
			continue
		}
		rows, err := s.homesOf(tx, Ref{s.nums.kindName(v.kind), v.id})
		if err != nil {
			return err
		}
		_, err = tx.One(sql, []any{rows, v.ver + 1}, func(r *db.Row) error {
			v.until = r.Int64(0)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) wanted(reach Reach, h HistoryOf, d lived) bool {
	if !s.holds(reach, d.row, d.kind, d.mask) || h.Since != 0 && d.at < h.Since {
		return false
	}
	return h.At == nil || d.at < h.At.To && (d.until == 0 || d.until > h.At.From)
}

// clockSkew is by how much the clocks of two nodes may differ: so far behind
// _since a history is still read, since later transactions may carry earlier
// times.
const clockSkew = 60 * 60 * 1000

// eitherColumns are the columns of a version, from wherever it lies.
var eitherColumns = func() string {
	var out []string
	for _, c := range strings.Split(headNames, ", ")[:8] {
		out = append(out, "coalesce(r."+c+", o."+c+")")
	}
	return strings.Join(out, ", ") + ", CASE WHEN r.row IS NULL THEN o.body ELSE r.body END"
}()

// versions reads the versions behind the mark, newest first.
func (s *Store) versions(tx *db.Tx, reach Reach, h HistoryOf, mark Mark, limit int) (out []lived, more bool, err error) {
	b := newBuilder(tx.Dialect(), reach)
	where := "(f.tx, f.row, f.ver) < (" + b.arg(mark.Tx) + ", " + b.arg(mark.Row) + ", " + b.arg(mark.Version) + ")"
	from := "feed f"
	switch {
	case h.ID != "":
		rows, err := s.homesOf(tx, h.Ref)
		if err != nil || len(rows) == 0 {
			return nil, false, err
		}
		list := tx.Dialect().AnyInt("row", b.arg(rows))
		from = "(SELECT tx, row, ver, kind FROM res WHERE " + list + " UNION ALL SELECT tx, row, ver, kind FROM old WHERE " + list + ") f"
	case h.Type != "":
		where += " AND f.kind = " + b.arg(s.nums.kind(h.Type))
	}
	where += b.inRange("f.row") + " AND (r.row IS NOT NULL OR o.row IS NOT NULL)" // no version lies behind the mark of an erasure
	sql := "SELECT " + eitherColumns + ", coalesce((SELECT x.at FROM old x WHERE x.row = f.row AND x.ver = f.ver + 1)," +
		" (SELECT y.at FROM res y WHERE y.row = f.row AND y.ver = f.ver + 1), 0), r.row IS NULL FROM " + from +
		" LEFT JOIN res r ON r.row = f.row AND r.ver = f.ver LEFT JOIN old o ON o.row = f.row AND o.ver = f.ver WHERE " + where +
		" ORDER BY f.tx DESC, f.row DESC, f.ver DESC LIMIT " + b.arg(limit)
	size := 0
	err = tx.Query(sql, b.args, func(r *db.Row) error {
		d := lived{head: &head{}}
		d.scan(r)
		d.body = clone(d.body)
		d.until = r.Int64(9)
		d.left = d.until == 0 && r.Bool(10)
		out = append(out, d)
		if size += len(d.body); size > maxBatchBytes {
			more = true
			return db.Stop
		}
		return nil
	})
	return out, more || len(out) == limit, err
}

// homesOf lists every row under which a resource lies or has lain.
func (s *Store) homesOf(tx *db.Tx, ref Ref) ([]Row, error) {
	var row Row
	found, err := tx.One("SELECT n.row, r.id FROM name n JOIN res r ON r.row = n.row WHERE n.hash = $1", []any{s.nameHash(ref)}, func(q *db.Row) error {
		if unpackID(q.Bytes(1)) == ref.ID {
			row = q.Int64(0)
		}
		return nil
	})
	if err != nil || !found || row == 0 {
		return nil, err
	}
	rows := []Row{row}
	for was := row; ; {
		found, err := tx.One("SELECT was FROM moved WHERE row = $1", []any{was}, func(q *db.Row) error {
			was = q.Int64(0)
			return nil
		})
		if err != nil || !found || slices.Contains(rows, was) {
			return rows, err
		}
		rows = append(rows, was)
	}
}
