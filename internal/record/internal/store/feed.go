package store

import (
	"context"
	"slices"

	"github.com/bevanhealth/bevan/internal/db"
)

// Cursor is a place in the change feed.
type Cursor struct {
	Tx      int64
	Row     Row
	Version int64
}

// FollowCursor reads where a follower has come to; the zero Cursor is the
// beginning.
func (s *Store) FollowCursor(ctx context.Context, name string) (c Cursor, err error) {
	err = s.db.Query(ctx, "SELECT tx, row, ver FROM follower WHERE name = $1", []any{name}, func(r *db.Row) error {
		c = Cursor{r.Int64(0), r.Int64(1), r.Int64(2)}
		return nil
	})
	return c, err
}

// SaveCursor keeps where a follower has come to.
func (s *Store) SaveCursor(ctx context.Context, name string, c Cursor) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO follower (name, tx, row, ver) VALUES ($1, $2, $3, $4)"+
			" ON CONFLICT (name) DO UPDATE SET tx = $2, row = $3, ver = $4", name, c.Tx, c.Row, c.Version)
		return err
	})
}

// Changes reads the versions behind the cursor, oldest first, and the cursor
// behind the last of them. Versions of transactions that could still be
// overtaken by an earlier one wait, so that none is ever missed.
func (s *Store) Changes(ctx context.Context, reach Reach, from Cursor, limit int) (out []*Version, next Cursor, err error) {
	next = from
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		var heads []*head
		next = from
		b := newBuilder(tx.Dialect(), reach)
		after := "(f.tx, f.row, f.ver) > (" + b.arg(from.Tx) + ", " + b.arg(from.Row) + ", " + b.arg(from.Version) + ")"
		final := tx.Dialect().Pick("", " AND f.tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
		sql := "SELECT " + eitherColumns + ", f.tx, f.row, f.ver FROM feed f" +
			" LEFT JOIN res r ON r.row = f.row AND r.ver = f.ver LEFT JOIN old o ON o.row = f.row AND o.ver = f.ver" +
			" WHERE " + after + final + " ORDER BY f.tx, f.row, f.ver LIMIT " + b.arg(limit)
		if err := tx.Query(sql, b.args, func(r *db.Row) error {
			next = Cursor{r.Int64(9), r.Int64(10), r.Int64(11)}
			if r.Null(0) {
				return nil // the mark of an erasure, with no version behind it
			}
			h := &head{}
			h.scan(r)
			h.body = clone(h.body)
			heads = append(heads, h)
			return nil
		}); err != nil {
			return err
		}
		heads = slices.DeleteFunc(heads, func(h *head) bool { return !s.holds(reach, h.row, h.kind, h.mask) })
		heads, err := s.keep(tx, reach, heads)
		if err != nil {
			return err
		}
		out, err = s.openAll(tx, heads)
		return err
	})
	return out, next, err
}

// openAll opens versions, the keys of their people first.
func (s *Store) openAll(tx *db.Tx, heads []*head) ([]*Version, error) {
	if err := s.readKeys(tx, heads); err != nil {
		return nil, err
	}
	out := make([]*Version, 0, len(heads))
	for _, h := range heads {
		v, err := s.open(h)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// ScanOf asks for current versions in the order of their rows.
type ScanOf struct {
	Type  string // empty for every type
	Since int64  // milliseconds; only versions made at or after it
}

// Scan gives the next current versions behind after, at most limit of them,
// and the row to go on behind; done says that there are no more.
func (s *Store) Scan(ctx context.Context, reach Reach, q ScanOf, after Row, limit int) (out []*Version, last Row, done bool, err error) {
	last = after
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		b := newBuilder(tx.Dialect(), reach)
		b.low = max(b.low, after+1)
		all := &everything{}
		if q.Type != "" {
			all.hash = s.typeHash(q.Type)
		}
		heads, more, err := s.headsOf(tx, b, all.source(b), limit)
		if err != nil {
			return err
		}
		if done = !more; len(heads) > 0 {
			last = heads[len(heads)-1].row
		}
		heads = slices.DeleteFunc(heads, func(h *head) bool { return h.at < q.Since || !s.holds(reach, h.row, h.kind, h.mask) })
		out, err = s.openAll(tx, heads)
		return err
	})
	return out, last, done, err
}

// maxBatchBytes bounds how much of sealed bodies is read at a time.
const maxBatchBytes = 32 << 20

// headsOf reads the first current versions of a set of rows, in the order of
// rows: at most limit, and fewer where they are large. more says that there may
// be others behind them.
func (s *Store) headsOf(tx *db.Tx, b *builder, rows string, limit int) (heads []*head, more bool, err error) {
	size := 0
	sql := "SELECT " + rHeadNames + " FROM (SELECT row FROM (" + rows + ") l ORDER BY row LIMIT " + b.arg(limit) + ") q " + tx.Dialect().Pick("CROSS JOIN", "JOIN") + " res r ON r.row = q.row ORDER BY q.row"
	err = tx.Query(sql, b.args, func(r *db.Row) error {
		h := &head{}
		h.scan(r)
		h.body = clone(h.body)
		heads = append(heads, h)
		if size += len(h.body); size > maxBatchBytes {
			more = true
			return db.Stop
		}
		return nil
	})
	return heads, more || len(heads) == limit, err
}
