package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/bevanhealth/bevan/internal/db"
)

// Fault is something in the store that does not hold together.
type Fault struct {
	Row  Row
	What string
}

// verifyChunk is how many resources are looked at in one read.
const verifyChunk = 500

// Verify opens every version, current and earlier, and compares the index with
// the resources: each entry must be there, and no other. fault is told of what
// is wrong.
func (s *Store) Verify(ctx context.Context, tell Progress, fault func(Fault)) error {
	total, err := s.CountCurrent(ctx)
	if err != nil {
		return err
	}
	var want census
	done := int64(0)
	for after, more := Row(-1), true; more; {
		err := s.db.Read(ctx, func(tx *db.Tx) error {
			// A resource has one current version: what was looked at is behind us.
			heads, err := s.chunkOf(tx, "res", after, math.MaxInt64)
			if err != nil {
				return err
			}
			for _, h := range heads {
				after = h.row
				if h.body == nil {
					continue
				}
				done++
				if err := s.verifyOne(tx, h, &want, fault); err != nil {
					return err
				}
			}
			more = len(heads) == verifyChunk
			return nil
		})
		if err != nil {
			return err
		}
		tell(done, total)
	}
	if err := s.verifyOld(ctx, fault); err != nil {
		return err
	}
	return s.verifyCensus(ctx, want, fault)
}

// census counts index rows by table.
type census map[string]int64

func (s *Store) chunkOf(tx *db.Tx, table string, after Row, version int64) ([]*head, error) {
	var heads []*head
	err := tx.Query("SELECT "+headNames+" FROM "+table+" WHERE row > $1 OR row = $1 AND ver > $2 ORDER BY row, ver LIMIT $3",
		[]any{after, version, verifyChunk}, func(r *db.Row) error {
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

// verifyOne checks one current version and its index rows.
func (s *Store) verifyOne(tx *db.Tx, h *head, want *census, fault func(Fault)) error {
	say := func(format string, args ...any) { fault(Fault{h.row, fmt.Sprintf(format, args...)}) }
	f, err := s.factsOfHead(tx, h)
	if err != nil {
		say("the current version can't be opened")
		return nil
	}
	ref := Ref{s.nums.kindName(h.kind), h.id}
	if row, ok, err := (&compiler{s: s, tx: tx}).row(ref); err != nil {
		return err
	} else if !ok || row != h.row {
		say("its name leads to row %d", row)
	}
	w := &writing{s: s, tx: tx, names: map[Ref]Row{}}
	for i := range f.links {
		row, ok, err := (&compiler{s: s, tx: tx}).row(f.links[i].target)
		if err != nil {
			return err
		}
		if !ok {
			say("what it refers to has no place")
		}
		f.links[i].row = row
		w.names[f.links[i].target] = row
	}
	slices.SortFunc(f.links, linkEntry.compare)
	missing, err := s.missing(tx, h.row, f.entries)
	if err != nil {
		return err
	}
	if missing != "" {
		say("an entry is missing from %s", missing)
	}
	if *want == nil {
		*want = census{}
	}
	(*want)["far"] += int64(len(f.far))
	(*want)["link"] += int64(len(f.links))
	(*want)["ord"] += int64(len(f.ords))
	(*want)["str"] += int64(len(f.strs))
	return nil
}

// missing names a table that lacks an entry of the row.
func (s *Store) missing(tx *db.Tx, row Row, e entries) (string, error) {
	count := func(sql string, args ...any) (n int, err error) {
		_, err = tx.One(sql, args, func(r *db.Row) error {
			n = int(r.Int64(0))
			return nil
		})
		return n, err
	}
	n, err := count("SELECT count(*) FROM far WHERE row = $1 AND "+tx.Dialect().AnyInt("hash", "$2"), row, e.far)
	if err != nil || n != len(e.far) {
		return "far", err
	}
	for _, l := range e.links {
		if n, err := count("SELECT count(*) FROM link WHERE target = $1 AND param = $2 AND row = $3", l.row, l.param, row); err != nil || n != 1 {
			return "link", err
		}
	}
	for _, o := range e.ords {
		if n, err := count("SELECT count(*) FROM ord WHERE key = $1 AND low = $2 AND row = $3 AND high = $4", o.at(row), o.low, row, o.high); err != nil || n != 1 {
			return "ord", err
		}
	}
	for _, t := range e.strs {
		if n, err := count("SELECT count(*) FROM str WHERE key = $1 AND text = $2 AND row = $3", t.key, t.text, row); err != nil || n != 1 {
			return "str", err
		}
	}
	return "", nil
}

// verifyOld opens every earlier version.
func (s *Store) verifyOld(ctx context.Context, fault func(Fault)) error {
	row, ver := Row(-1), int64(0)
	for more := true; more; {
		err := s.db.Read(ctx, func(tx *db.Tx) error {
			heads, err := s.chunkOf(tx, "old", row, ver)
			if err != nil {
				return err
			}
			for _, h := range heads {
				row, ver = h.row, h.ver
				if _, err := s.open(h); err != nil {
					fault(Fault{h.row, fmt.Sprintf("version %d can't be opened", h.ver)})
				}
			}
			more = len(heads) == verifyChunk
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// verifyCensus compares how many index rows there are with how many there
// should be: since each that should be there was found, more are too many.
// Entries of a search parameter that was changed or taken away stay until the
// next reindex and count as too many.
func (s *Store) verifyCensus(ctx context.Context, want census, fault func(Fault)) error {
	for _, t := range []string{"far", "link", "ord", "str"} {
		have := int64(0)
		if err := s.db.Query(ctx, "SELECT count(*) FROM "+t, nil, func(r *db.Row) error {
			have = r.Int64(0)
			return nil
		}); err != nil {
			return err
		}
		if have != want[t] {
			fault(Fault{0, fmt.Sprintf("the table %s has %d rows and should have %d: run bevan reindex", t, have, want[t])})
		}
	}
	return nil
}
