package audit

import (
	"context"
	"slices"
	"sync"

	"github.com/bevanhealth/bevan/internal/db"
)

// tail is the part of an SQLite log that isn't in the index by person yet: pairs of person and number,
// in memory, in the order of the log. When it has grown long it is written into the index in sorted
// runs, which touch each page of the index once instead of once for each entry.
type tail struct {
	mu      sync.Mutex
	upto    int64   // everything up to this number is in the index
	pairs   []int64 // person, seq, person, seq…
	folding bool
	busy    sync.WaitGroup
}

const (
	// foldAt is the number of entries at which the tail is written into the index: 1 MB of memory.
	foldAt = 65536
	// foldRun is the number that is written in one transaction, so that an answer doesn't wait long.
	foldRun = 4096
)

// load reads the tail from the log, after a start.
func (t *tail) load(ctx context.Context, d *db.DB) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pairs = t.pairs[:0]
	if err := d.Query(ctx, "SELECT upto FROM access_run", nil, func(r *db.Row) error { t.upto = r.Int64(0); return nil }); err != nil {
		return err
	}
	return d.Query(ctx, "SELECT person, seq FROM access WHERE seq > $1 ORDER BY seq", []any{t.upto}, func(r *db.Row) error {
		t.pairs = append(t.pairs, r.Int64(0), r.Int64(1))
		return nil
	})
}

// add takes entries that were committed, and begins to write the index when there are many.
func (t *tail) add(d *db.DB, seq int64, group []*waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range group {
		for _, r := range w.rows {
			t.pairs = append(t.pairs, r.person, seq)
			seq++
		}
	}
	if len(t.pairs) >= 2*foldAt && !t.folding {
		t.folding = true
		run := slices.Clone(t.pairs)
		t.busy.Go(func() { t.fold(d, run) })
	}
}

// wait waits for a fold that is running.
func (t *tail) wait() { t.busy.Wait() }

// fold writes a copy of the tail into the index. Where that fails the tail stays as it is and a later
// one tries again: Skip makes what is there already harmless.
func (t *tail) fold(d *db.DB, pairs []int64) {
	upto := pairs[len(pairs)-1]
	err := writeIndex(context.Background(), d, sortPairs(pairs), upto)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.folding = false
	if err != nil {
		return
	}
	// Only what was written is dropped: a load may have happened meanwhile.
	n := 0
	for n < len(t.pairs) && t.pairs[n+1] <= upto {
		n += 2
	}
	t.pairs = append([]int64(nil), t.pairs[n:]...)
	t.upto = max(t.upto, upto)
}

// sortPairs gives the pairs in the order of the index.
func sortPairs(pairs []int64) []int64 {
	list := make([][2]int64, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, [2]int64{pairs[i], pairs[i+1]})
	}
	slices.SortFunc(list, func(a, b [2]int64) int { return slices.Compare(a[:], b[:]) })
	for i, p := range list {
		pairs[2*i], pairs[2*i+1] = p[0], p[1]
	}
	return pairs
}

func writeIndex(ctx context.Context, d *db.DB, pairs []int64, upto int64) error {
	into := db.Into{Table: "access_person", Columns: []string{"person", "seq"}, Skip: true}
	for run := range slices.Chunk(pairs, 2*foldRun) {
		err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.CopyInts(into, run); return err })
		if err != nil {
			return err
		}
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE access_run SET upto = $1 WHERE upto < $1", upto)
		return err
	})
}

// of lists the numbers of a person's entries after a number that are only here, and up to where the
// index is complete.
func (t *tail) of(person, after int64, limit int) (list []int64, upto int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := 0; i < len(t.pairs) && len(list) < limit; i += 2 {
		if t.pairs[i] == person && t.pairs[i+1] > after {
			list = append(list, t.pairs[i+1])
		}
	}
	return list, t.upto
}

// forget drops entries that are about to be erased, so that they don't come into the index any more.
func (t *tail) forget(seqs []int64) {
	gone := make(map[int64]bool, len(seqs))
	for _, s := range seqs {
		gone[s] = true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.folding {
		t.mu.Unlock()
		t.busy.Wait()
		t.mu.Lock()
	}
	kept := t.pairs[:0]
	for i := 0; i < len(t.pairs); i += 2 {
		if !gone[t.pairs[i+1]] {
			kept = append(kept, t.pairs[i], t.pairs[i+1])
		}
	}
	t.pairs = kept
}
