package store

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// indexTables are the tables that can be made again from the resources.
var indexTables = []string{"far", "link", "ord", "str", "also", "sys"}

// Progress is told how far a long piece of work has come.
type Progress func(done, total int64)

// rebuildChunk is how many resources one transaction of a rebuild indexes: the
// more, the better their entries are sorted.
const rebuildChunk = 5000

// Rebuild empties the index and makes it again from the resources. Nothing may
// be served meanwhile: a store whose rebuild was interrupted does not open
// until it is run again, which goes on where it was.
func (s *Store) Rebuild(ctx context.Context, tell Progress) error {
	total, err := s.CountCurrent(ctx)
	if err != nil {
		return err
	}
	after, done, err := s.beginRebuild(ctx)
	if err != nil {
		return err
	}
	tell(done, total)
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			heads, err := s.nextHeads(tx, after, rebuildChunk)
			if err != nil {
				return err
			}
			w := &writing{s: s, tx: tx, names: map[Ref]Row{}, people: map[int64]*person{}}
			last := after
			for _, h := range heads {
				last = h.row
				if err := w.reindex(h); err != nil {
					return err
				}
			}
			if err := w.flushBackfill(); err != nil {
				return err
			}
			if more = len(heads) == rebuildChunk; !more {
				return s.endRebuild(tx)
			}
			_, err = tx.Exec("UPDATE registry SET rebuild = $1", last+1)
			return err
		})
		if err != nil {
			return err
		}
		if err := s.db.Query(ctx, "SELECT rebuild - 1 FROM registry", nil, func(r *db.Row) error {
			after = r.Int64(0)
			return nil
		}); err != nil {
			return err
		}
		if done += rebuildChunk; done > total || !more {
			done = total
		}
		tell(done, total)
	}
	if _, err = s.LoadParams(ctx); err != nil {
		return err
	}
	alone := func(*db.Tx) error { return nil } // nothing is served meanwhile
	for after, done := Row(-1), false; !done; {
		if after, done, err = s.relabelNext(ctx, after, verifyChunk, alone, func(*db.Tx, Row) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// beginRebuild empties the index, unless a rebuild was begun already. The
// column rebuild holds the last row that was indexed, plus one.
func (s *Store) beginRebuild(ctx context.Context) (after Row, done int64, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.One("SELECT rebuild FROM registry", nil, func(r *db.Row) error {
			after = r.Int64(0) - 1
			return nil
		}); err != nil || after >= 0 {
			return err
		}
		after = 0
		for _, t := range indexTables {
			if _, err := tx.Exec(tx.Dialect().Pick("DELETE FROM ", "TRUNCATE TABLE ") + t); err != nil {
				return err
			}
		}
		s.known.Clear()
		_, err := tx.Exec("UPDATE registry SET rebuild = 1")
		return err
	})
	if err != nil || after == 0 {
		return after, 0, err
	}
	err = s.db.Query(ctx, "SELECT count(*) FROM res WHERE body IS NOT NULL AND row <= $1", []any{after}, func(r *db.Row) error {
		done = r.Int64(0)
		return nil
	})
	return after, done, err
}

func (s *Store) endRebuild(tx *db.Tx) error {
	if _, err := tx.Exec("UPDATE param SET ready = 1"); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE registry SET rebuild = 0"); err != nil {
		return err
	}
	return bumpRegistry(tx)
}

// checkRebuilt refuses a store whose index is half made.
func (s *Store) checkRebuilt(ctx context.Context) error {
	half := false
	err := s.db.Query(ctx, "SELECT rebuild FROM registry", nil, func(r *db.Row) error {
		half = r.Int64(0) != 0
		return nil
	})
	if err == nil && half {
		err = problem.New(problem.Unavailable, "The index was being rebuilt and that was interrupted. Run bevan reindex until it ends, then start again.")
	}
	return err
}

// reindex buffers every index row of one resource.
func (w *writing) reindex(h *head) error {
	f, err := w.s.factsOfHead(w.tx, h)
	if err != nil {
		return err
	}
	if err := w.resolveLinks(h.row, f.links); err != nil {
		return err
	}
	w.buf.add(w, h.row, f.entries)
	if mask := h.mask&^Several | f.mask(); mask != h.mask {
		if _, err := w.tx.Exec("UPDATE res SET mask = $1 WHERE row = $2", mask, h.row); err != nil {
			return err
		}
	}
	for _, r := range f.also {
		link := []linkEntry{{target: r}}
		if err := w.resolveLinks(h.row, link); err != nil {
			return err
		}
		w.buf.also = append(w.buf.also, PersonOf(link[0].row), h.row)
	}
	return nil
}

// CountCurrent counts the resources that are there now.
func (s *Store) CountCurrent(ctx context.Context) (n int64, err error) {
	err = s.db.Query(ctx, "SELECT count(*) FROM res WHERE body IS NOT NULL", nil, func(r *db.Row) error {
		n = r.Int64(0)
		return nil
	})
	return n, err
}

// Rewrap wraps the keys of the next people behind after, at most limit, with
// the newest master key.
func (s *Store) Rewrap(ctx context.Context, after int64, limit int) (last int64, done bool, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		type wrap struct {
			person int64
			key    []byte
		}
		var list []wrap
		last = after
		if err := tx.Query("SELECT person, key FROM person WHERE person > $1 AND length(key) > 0 ORDER BY person LIMIT $2"+tx.Dialect().Pick("", " FOR UPDATE"),
			[]any{after, limit}, func(r *db.Row) error {
				list = append(list, wrap{r.Int64(0), clone(r.Bytes(1))})
				return nil
			}); err != nil {
			return err
		}
		for _, p := range list {
			last = p.person
			again, changed, err := s.ring.Rewrap(p.person, p.key)
			if err != nil {
				return err
			}
			if !changed {
				continue
			}
			if _, err := tx.Exec("UPDATE person SET key = $1 WHERE person = $2", again, p.person); err != nil {
				return err
			}
		}
		done = len(list) < limit
		return nil
	})
	return last, done, err
}
