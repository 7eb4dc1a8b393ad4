package audit

import (
	"context"
	"runtime"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// run is the one writer. While a commit is on its way to the disk the next ones gather, and all that
// have gathered share the next commit.
func (l *Log) run() {
	defer close(l.ended)
	for range l.wake {
		l.flush()
	}
	l.flush() // those that came between the last look and the close
	l.tail.wait()
}

func (l *Log) flush() {
	for {
		group := l.gather()
		if len(group) == 0 {
			return
		}
		err := l.write(group)
		if err != nil {
			err = problem.Wrap(problem.Unavailable, sentenceClosed, err)
		}
		for _, w := range group {
			w.done <- err
		}
	}
}

// gather takes what waits. Before that it lets those run who were just answered, for as long as that
// brings more: they often ask again at once, and then share this commit instead of waiting it out.
func (l *Log) gather() []*waiter {
	const turns = 4
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, turn := -1, 0; n < len(l.waiting) && turn < turns; turn++ {
		n = len(l.waiting)
		l.mu.Unlock()
		runtime.Gosched()
		l.mu.Lock()
	}
	group := l.waiting
	l.waiting = nil
	return group
}

// write numbers the rows of the group and commits them. It isn't bound to any caller's context: it
// works for all of them.
func (l *Log) write(group []*waiter) error {
	ctx := context.Background()
	if l.unsure {
		if err := l.ask(ctx); err != nil {
			return err
		}
	}
	// Until the commit has answered, whether these numbers are used isn't known.
	l.unsure = true
	first, n := l.next, int64(0)
	k := l.keys.Load()
	for _, w := range group {
		for i := range w.rows {
			if k != nil {
				k.mark(first+n, &w.rows[i])
			}
			n++
		}
	}
	err := l.db.Write(ctx, func(tx *db.Tx) error {
		if tx.Dialect() == db.Postgres {
			return insertArrays(tx, first, n, group)
		}
		return insertRows(tx, first, group)
	})
	if err != nil {
		return err
	}
	l.unsure = false
	l.next += n
	if l.db.Dialect() == db.SQLite {
		l.tail.add(l.db, first, group)
	}
	return nil
}

// ask reads the number that this node uses next.
func (l *Log) ask(ctx context.Context) error {
	last := l.node
	err := l.db.Query(ctx, "SELECT max(seq) FROM access WHERE seq > $1 AND seq < $2", []any{l.node, l.node + 1<<nodeShift},
		func(r *db.Row) error {
			if !r.Null(0) {
				last = r.Int64(0)
			}
			return nil
		})
	if err != nil {
		return err
	}
	if last >= l.next {
		// Entries whose commit seemed to fail are there after all, and have to be findable.
		if l.db.Dialect() == db.SQLite && l.next > 0 {
			if err := l.tail.load(ctx, l.db); err != nil {
				return err
			}
		}
		l.next = last + 1
	}
	l.unsure = false
	return nil
}

var columns = []string{"seq", "person", "at", "entry", "nonce"}

func insertRows(tx *db.Tx, seq int64, group []*waiter) error {
	i, j := 0, 0
	args := make([]any, len(columns))
	_, err := tx.Copy(db.Into{Table: "access", Columns: columns}, func() ([]any, bool) {
		for i < len(group) && j == len(group[i].rows) {
			i, j = i+1, 0
		}
		if i == len(group) {
			return nil, false
		}
		r := &group[i].rows[j]
		args[0], args[1], args[2], args[3], args[4] = seq, r.person, r.at, r.entry, r.nonce
		j++
		seq++
		return args, true
	})
	return err
}

// insertArrays sends the group as six arrays in one statement, together with BEGIN and COMMIT: every
// answer waits for this, so it is one round trip.
func insertArrays(tx *db.Tx, seq, n int64, group []*waiter) error {
	seqs, persons, ats := make([]int64, 0, n), make([]int64, 0, n), make([]int64, 0, n)
	entries, nonces, own := make([][]byte, 0, n), make([][]byte, 0, n), make([]bool, 0, n)
	for _, w := range group {
		for _, r := range w.rows {
			seqs, persons, ats, entries = append(seqs, seq), append(persons, r.person), append(ats, r.at), append(entries, r.entry)
			nonces, own = append(nonces, r.nonce), append(own, r.own)
			seq++
		}
	}
	p := &db.Pipeline{}
	p.Exec(`INSERT INTO access (seq, person, at, entry, nonce, own)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::boolean[])`, seqs, persons, ats, entries, nonces, own)
	return tx.Last(p)
}
