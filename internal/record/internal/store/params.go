package store

import (
	"context"
	"errors"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Rejected is a stored SearchParameter that can't be used, and why.
type Rejected struct {
	Ref
	Reason string
}

// LoadParams takes up the custom search parameters that the store holds: all
// active SearchParameter resources; and what was judged of codes. Those that can't be used are left out and
// returned.
func (s *Store) LoadParams(ctx context.Context) ([]Rejected, error) {
	s.loading.Lock()
	defer s.loading.Unlock()
	version := int64(0)
	if err := s.db.Query(ctx, "SELECT version FROM registry", nil, func(r *db.Row) error {
		version = r.Int64(0)
		return nil
	}); err != nil {
		return nil, err
	}
	reg := search.Base()
	var bad []Rejected
	for after, done := Row(-1), false; !done; {
		var list []*Version
		var err error
		list, after, done, err = s.Scan(ctx, Reach{Everyone: true}, ScanOf{Type: "SearchParameter"}, after, 500)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			t, err := v.Tree()
			if err != nil {
				return nil, err
			}
			if !t.Root().Get("status").Is("active") {
				continue
			}
			more, err := reg.With(t)
			if err != nil {
				bad = append(bad, Rejected{v.Ref, problem.Sentence(err)})
				continue
			}
			reg = more
		}
	}
	if err := s.nums.load(ctx, s.db, reg); err != nil {
		return nil, err
	}
	if err := s.loadTables(ctx); err != nil {
		return nil, err
	}
	s.reg.Store(reg)
	s.version.Store(version)
	return bad, nil
}

// CheckParam refuses an active SearchParameter that could not be used.
func (s *Store) CheckParam(t *fhir.Tree) error {
	if !t.Root().Get("status").Is("active") {
		return nil
	}
	if _, err := search.Base().With(t); err != nil {
		return err
	}
	return nil
}

// UnindexedParams lists the custom parameters that have yet to be indexed.
func (s *Store) UnindexedParams() []string { return s.nums.unreadyIDs() }

// errRegistry says that this node does not know the newest search parameters.
var errRegistry = errors.New("store: the search parameters have changed")

// checkRegistry refuses to write with other search parameters than those that
// are in force. Only another node can have changed them unseen.
func (w *writing) checkRegistry(version int64) error {
	if version != w.s.version.Load() {
		return errRegistry
	}
	return nil
}

// Backfill indexes the next resources behind after, at most limit, by the
// custom parameters that have yet to be. save runs in the same transaction.
// When it is done the parameters are in force on this node; others follow when
// they next look.
func (s *Store) Backfill(ctx context.Context, after Row, limit int, save func(tx *db.Tx, last Row) error) (last Row, done bool, err error) {
	ids := s.nums.unreadyIDs()
	if len(ids) == 0 {
		return after, true, nil
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		last, done = after, false
		if err := s.settled(tx); err != nil {
			return err
		}
		heads, err := s.nextHeads(tx, after, limit)
		if err != nil {
			return err
		}
		w := &writing{s: s, tx: tx, names: map[Ref]Row{}, people: map[int64]*person{}}
		for _, h := range heads {
			last = h.row
			if err := w.backfill(h, ids); err != nil {
				return err
			}
		}
		if err := w.flushBackfill(); err != nil {
			return err
		}
		if done = len(heads) < limit; done {
			if err := s.markReady(tx, ids); err != nil {
				return err
			}
		}
		return save(tx, last)
	})
	if err == nil && done {
		_, err = s.LoadParams(ctx)
	}
	return last, done, err
}

// settled waits, on PostgreSQL, until no transaction runs that began before
// the parameters were known to every writer.
func (s *Store) settled(tx *db.Tx) error {
	if tx.Dialect() == db.SQLite {
		return nil
	}
	old := false
	_, err := tx.One("SELECT at > pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM registry", nil, func(r *db.Row) error {
		old = r.Bool(0)
		return nil
	})
	if err == nil && old {
		err = problem.New(problem.Unavailable, "Others are still writing with the earlier search parameters. This goes on by itself.")
	}
	return err
}

func (s *Store) nextHeads(tx *db.Tx, after Row, limit int) ([]*head, error) {
	var heads []*head
	sql := "SELECT " + headNames + " FROM res WHERE body IS NOT NULL AND row > $1 ORDER BY row LIMIT $2" + tx.Dialect().Pick("", " FOR SHARE")
	err := tx.Query(sql, []any{after, limit}, func(r *db.Row) error {
		h := &head{}
		h.scan(r)
		h.body = clone(h.body)
		heads = append(heads, h)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return heads, s.readKeys(tx, heads)
}

// backfill buffers the entries of one resource for some parameters.
func (w *writing) backfill(h *head, ids []string) error {
	v, err := w.s.open(h)
	if err != nil {
		return err
	}
	t, err := v.Tree()
	if err != nil {
		return err
	}
	if slices.Contains(ids, lineID) || slices.Contains(ids, termID) {
		if err := w.backfillLines(h); err != nil {
			return err
		}
	}
	values, _ := search.Extract(w.s.reg.Load(), t, nil)
	values = slices.DeleteFunc(values, func(v search.Value) bool { return !slices.Contains(ids, v.Param.ID) })
	if len(values) == 0 {
		return nil
	}
	e := w.s.index(v.Type, values)
	if err := w.resolveLinks(h.row, e.links); err != nil {
		return err
	}
	w.buf.add(w, h.row, e)
	return nil
}

// flushBackfill writes entries, some of which may be there already.
func (w *writing) flushBackfill() error {
	w.skip = true
	for _, step := range []func() error{w.flushMoves, w.flushIndex, w.flushTexts, w.flushPeople} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) markReady(tx *db.Tx, ids []string) error {
	for _, id := range ids {
		if _, err := tx.Exec("UPDATE param SET ready = 1 WHERE num = $1", s.nums.param(id)); err != nil {
			return err
		}
	}
	return bumpRegistry(tx)
}

// bumpRegistry makes every node look at the search parameters anew.
func bumpRegistry(tx *db.Tx) error {
	_, err := tx.Exec("UPDATE registry SET version = version + 1, at = " +
		tx.Dialect().Pick("0", "pg_current_xact_id()::text::bigint"))
	return err
}
