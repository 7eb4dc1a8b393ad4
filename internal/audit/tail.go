package audit

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/bevanhealth/bevan/internal/db"
)

// tail is the part of an SQLite log that isn't in the index by person yet, in memory and in the order of
// the log. When it has grown long it is written into the index in sorted runs, which touch each page of the
// index once instead of once for each entry.
type tail struct {
	mu      sync.Mutex
	upto    int64 // everything up to this number is in the index
	rows    []whose
	folding bool
	busy    sync.WaitGroup
}

// whose says about whom an entry is, and whether it was they themself who looked.
type whose struct {
	person, seq int64
	own         bool
}

const (
	// foldAt is the number of entries at which the tail is written into the index: 1.5 MB of memory.
	foldAt = 65536
	// foldRun is the number that is written in one transaction, so that an answer doesn't wait long.
	foldRun = 4096
)

// load reads the tail from the log, after a start.
func (t *tail) load(ctx context.Context, d *db.DB) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = t.rows[:0]
	if err := d.Query(ctx, "SELECT upto FROM access_run", nil, func(r *db.Row) error { t.upto = r.Int64(0); return nil }); err != nil {
		return err
	}
	return d.Query(ctx, "SELECT person, seq, entry FROM access WHERE seq > $1 ORDER BY seq", []any{t.upto}, func(r *db.Row) error {
		e := Entry{Person: r.Int64(0)}
		t.rows = append(t.rows, whose{e.Person, r.Int64(1), e.decodeOwn(r.Bytes(2))})
		return nil
	})
}

// add takes entries that were committed, and begins to write the index when there are many.
func (t *tail) add(d *db.DB, seq int64, group []*waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range group {
		for _, r := range w.rows {
			t.rows = append(t.rows, whose{r.person, seq, r.own})
			seq++
		}
	}
	if len(t.rows) >= foldAt && !t.folding {
		t.folding = true
		run := slices.Clone(t.rows)
		t.busy.Go(func() { t.fold(d, run) })
	}
}

// wait waits for a fold that is running.
func (t *tail) wait() { t.busy.Wait() }

// fold writes a copy of the tail into the index. Where that fails the tail stays as it is and a later
// one tries again: Skip makes what is there already harmless.
func (t *tail) fold(d *db.DB, rows []whose) {
	upto := rows[len(rows)-1].seq
	err := writeIndex(context.Background(), d, rows, upto)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.folding = false
	if err != nil {
		return
	}
	// Only what was written is dropped: a load may have happened meanwhile.
	n := 0
	for n < len(t.rows) && t.rows[n].seq <= upto {
		n++
	}
	t.rows = append([]whose(nil), t.rows[n:]...)
	t.upto = max(t.upto, upto)
}

// writeIndex writes rows into the indexes, in the order of those.
func writeIndex(ctx context.Context, d *db.DB, rows []whose, upto int64) error {
	slices.SortFunc(rows, func(a, b whose) int { return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.seq, b.seq)) })
	all, others := make([]int64, 0, 2*len(rows)), []int64(nil)
	for _, r := range rows {
		all = append(all, r.person, r.seq)
		if !r.own {
			others = append(others, r.person, r.seq)
		}
	}
	for table, pairs := range map[string][]int64{"access_person": all, "access_other": others} {
		into := db.Into{Table: table, Columns: []string{"person", "seq"}, Skip: true}
		for run := range slices.Chunk(pairs, 2*foldRun) {
			err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.CopyInts(into, run); return err })
			if err != nil {
				return err
			}
		}
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE access_run SET upto = $1 WHERE upto < $1", upto)
		return err
	})
}

// of lists the numbers of a person's entries after a number that are only here, all of them or those of
// others, and up to where the index is complete.
func (t *tail) of(person, after int64, limit int, others bool) (list []int64, upto int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := 0; i < len(t.rows) && len(list) < limit; i++ {
		if r := &t.rows[i]; r.person == person && r.seq > after && (!others || !r.own) {
			list = append(list, r.seq)
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
	t.rows = slices.DeleteFunc(t.rows, func(r whose) bool { return gone[r.seq] })
}
