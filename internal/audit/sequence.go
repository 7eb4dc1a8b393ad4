package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// The sequencer turns entries that are on disk into leaves of the tree, behind the answers that waited for
// the entries: an answer waits for one insert and for nothing of this. Every process that keeps the log
// has one, and they need no election: the row of log_head is changed by exactly one of them for each
// batch. What a crash leaves without a leaf is found by its number, since numbers have no gap.

// tree is what the sequencer remembers between batches.
type tree struct {
	mu    sync.Mutex // one batch at a time in a process
	heads heads
}

const (
	// batchEntries is how many entries become leaves in one transaction, so that no answer waits long for
	// the writer.
	batchEntries = 1024
	// every is the time between two looks for entries without a leaf.
	every = time.Second
)

// Keep gives the log its keys, and lets its tree grow from now on: once a second where something is new.
// name is the log's name in checkpoints, and counts when the keys are made. tell hears of what goes wrong
// behind the answers; what is not done then is done later.
func (l *Log) Keep(ctx context.Context, ring Sealer, name string, tell func(error)) error {
	k, err := l.loadKeys(ctx, ring, name)
	if err != nil {
		return err
	}
	l.tell = tell
	l.keys.Store(k)
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.quiet.Go(func() { l.sequence(ctx) })
	return nil
}

// Key is the log's public key, in the form of C2SP's signed notes; "" before Keep.
func (l *Log) Key() string {
	if k := l.keys.Load(); k != nil {
		return k.public
	}
	return ""
}

// sequence lets the tree grow until ctx ends. While there is a backlog it rests as long as it works, so that
// the answers, which come first, have the processors and the writer for at least half of the time.
func (l *Log) sequence(ctx context.Context) {
	rest := time.NewTimer(every)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
		}
		began := time.Now()
		n, err := l.batch(ctx)
		if err != nil && ctx.Err() == nil {
			l.tell(err)
		}
		if rest.Reset(every); n == batchEntries {
			rest.Reset(min(every, time.Since(began)))
		}
	}
}

// Settle gives every entry that is on disk now its leaf, and signs the tree.
func (l *Log) Settle(ctx context.Context) error {
	if l.keys.Load() == nil {
		return errors.New("audit: the log was opened without its keys")
	}
	for {
		n, err := l.batch(ctx)
		if err != nil || n < batchEntries {
			return err
		}
	}
}

// errTurn says that another node had the turn.
var errTurn = problem.New(problem.Conflict, "Another server works on the access log. Try again in a moment.")

// batch gives at most batchEntries entries their leaves, and says how many.
func (l *Log) batch(ctx context.Context) (n int, err error) {
	l.tree.mu.Lock()
	defer l.tree.mu.Unlock()
	p := &plan{keys: l.keys.Load(), heads: &l.tree.heads, limit: batchEntries}
	if l.db.Dialect() == db.SQLite {
		// Most of the work is reading, which on SQLite keeps nobody waiting.
		if err = l.db.Read(ctx, p.make); err == nil && len(p.rows) > 0 {
			err = l.db.Write(ctx, p.write)
		}
	} else {
		err = l.db.Write(ctx, func(tx *db.Tx) error {
			if err := p.turn(tx); err != nil {
				return err
			}
			if err := p.make(tx); err != nil || len(p.rows) == 0 {
				return err
			}
			return p.write(tx)
		})
	}
	if err == errTurn {
		l.tree.heads.drop()
		return 0, nil
	}
	if err != nil || len(p.rows) == 0 {
		l.tree.heads.drop()
		return 0, err
	}
	l.tree.heads.keep(p.edge.size)
	l.tree.heads.count += p.fresh
	return len(p.rows), nil
}

// plan is one batch.
type plan struct {
	keys  *keys
	heads *heads
	limit int64 // of entries

	size  int64 // of the tree before
	rows  []numbered
	bare  []int // of rows: those that had no nonce
	edge  *edge
	spots []spot // the rows of the map that change
	fresh int    // how many of them are new
	note  string
}

// numbered is a row with its number.
type numbered struct {
	seq int64
	row
}

// turn takes the turn on PostgreSQL, where it is free.
func (p *plan) turn(tx *db.Tx) error {
	free, err := tx.One("SELECT size FROM log_head WHERE one = 1 FOR UPDATE SKIP LOCKED", nil, func(*db.Row) error { return nil })
	if err == nil && !free {
		return errTurn
	}
	return err
}

// make reads what is new and works out all that is to be written.
func (p *plan) make(tx *db.Tx) error {
	p.rows, p.bare, p.spots, p.fresh = nil, nil, nil, 0
	found, err := tx.One("SELECT size FROM log_head WHERE one = 1", nil, func(r *db.Row) error { p.size = r.Int64(0); return nil })
	if err != nil {
		return err
	}
	if !found {
		return problem.New(problem.Unavailable, "The access log has lost its head. Look at it with bevan verify, and keep this folder to find out why.")
	}
	if err := p.waiting(tx); err != nil || len(p.rows) == 0 {
		return err
	}
	if p.edge, err = loadEdge(tx, p.size); err != nil {
		return err
	}
	if err := p.heads.follow(tx, p.size); err != nil {
		return err
	}
	if err := p.chain(tx); err != nil {
		return err
	}
	p.edge.append(receipt.MapRecord(p.heads.root()))
	return p.sign()
}

// waiting reads entries without a leaf, in the order of their numbers.
func (p *plan) waiting(tx *db.Tx) error {
	sql := tx.Dialect().Pick(
		`SELECT seq, person, at, entry, nonce FROM access
			WHERE seq > coalesce((SELECT max(upto) FROM log_node), 0) ORDER BY seq LIMIT $1`,
		`SELECT a.seq, a.person, a.at, a.entry, a.nonce FROM access_node n LEFT JOIN log_node u ON u.node = n.id
			CROSS JOIN LATERAL (SELECT seq, person, at, entry, nonce FROM access
				WHERE seq > greatest(coalesce(u.upto, 0), n.id << 40) AND seq < (n.id + 1) << 40 ORDER BY seq LIMIT $1) a
			ORDER BY a.seq LIMIT $1`)
	return tx.Query(sql, []any{p.limit}, func(r *db.Row) error {
		n := scanNumbered(r)
		if n.nonce == nil {
			n.newNonce()
			if p.keys.blessed(n.seq) {
				p.keys.mark(n.seq, &n.row)
			}
			p.bare = append(p.bare, len(p.rows))
		}
		p.rows = append(p.rows, n)
		return nil
	})
}

func scanNumbered(r *db.Row) numbered {
	return numbered{r.Int64(0), row{person: r.Int64(1), at: r.Int64(2), entry: slices.Clone(r.Bytes(3)), nonce: slices.Clone(r.Bytes(4))}}
}

// chain makes the leaves, and hangs each into the chain of its person.
func (p *plan) chain(tx *db.Tx) error {
	touched := map[int]bool{}
	slots := make([]tlog.Hash, len(p.rows))
	for i := range p.rows {
		slots[i] = p.keys.slot(p.rows[i].person)
		touched[p.heads.bucket(slots[i])] = true
	}
	buckets, err := p.heads.read(tx, touched)
	if err != nil {
		return err
	}
	changed := map[tlog.Hash]bool{}
	for i := range p.rows {
		leaf := p.rows[i].leaf(p.rows[i].seq)
		b := p.heads.bucket(slots[i])
		at, found := slices.BinarySearchFunc(buckets[b], slots[i], func(s spot, slot tlog.Hash) int { return slices.Compare(s.slot[:], slot[:]) })
		if !found {
			buckets[b] = slices.Insert(buckets[b], at, spot{slot: slots[i]})
			p.fresh++
		}
		s := &buckets[b][at]
		s.head = receipt.Next(s.head, p.edge.size, leaf)
		s.count++
		changed[s.slot] = true
		p.edge.append(leaf[:])
	}
	for b, spots := range buckets {
		p.heads.set(b, spots)
		for _, s := range spots {
			if changed[s.slot] {
				p.spots = append(p.spots, s)
			}
		}
	}
	// Two nodes that write the same rows in another order would wait for each other.
	slices.SortFunc(p.spots, func(a, b spot) int { return slices.Compare(a.slot[:], b.slot[:]) })
	return nil
}

// sign makes the checkpoint.
func (p *plan) sign() error {
	root, err := p.edge.root()
	if err != nil {
		return err
	}
	c := receipt.Checkpoint{Origin: p.keys.verifier.Name(), Tree: tlog.Tree{N: p.edge.size, Hash: root}}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, p.keys.signer)
	p.note = string(signed)
	return err
}

// write writes the batch, unless another node had the turn since it was made.
func (p *plan) write(tx *db.Tx) error {
	n, err := tx.Exec("UPDATE log_head SET size = $1, note = $2 WHERE one = 1 AND size = $3", p.edge.size, p.note, p.size)
	if err != nil {
		return err
	}
	if n != 1 {
		return errTurn
	}
	q := &db.Pipeline{}
	for id, data := range p.edge.changed {
		q.Exec("INSERT INTO log_tile (level, n, data) VALUES ($1, $2, $3) ON CONFLICT (level, n) DO UPDATE SET data = excluded.data", id.level, id.n, data)
	}
	for _, i := range p.bare {
		q.Exec("UPDATE access SET nonce = $1 WHERE seq = $2 AND nonce IS NULL", p.rows[i].nonce, p.rows[i].seq)
	}
	p.runs(q)
	for _, s := range p.spots {
		q.Exec("INSERT INTO log_map (slot, head, count, size) VALUES ($1, $2, $3, $4) ON CONFLICT (slot) DO UPDATE SET head = excluded.head, count = excluded.count, size = excluded.size",
			s.slot[:], s.head[:], s.count, p.edge.size)
	}
	if err := tx.Run(q); err != nil {
		return fmt.Errorf("audit: the tree of the access log: %w", err)
	}
	return nil
}

// runs writes which entries stand where.
func (p *plan) runs(q *db.Pipeline) {
	for i := 0; i < len(p.rows); {
		first, n := p.rows[i].seq, 1
		for i+n < len(p.rows) && p.rows[i+n].seq == first+int64(n) {
			n++
		}
		q.Exec("INSERT INTO log_run (idx, seq, n) VALUES ($1, $2, $3)", p.size+int64(i), first, int64(n))
		q.Exec("INSERT INTO log_node (node, upto) VALUES ($1, $2) ON CONFLICT (node) DO UPDATE SET upto = excluded.upto", first>>nodeShift, first+int64(n)-1)
		i += n
	}
}
