// Package audit is the access log: who asked about whom, why, what they asked and what they got. An
// entry is on disk before the answer that it is about leaves; where it can't be written there is no
// answer.
//
// It is here, below the record, so that nothing can hand out data without it. It holds no clinical
// text: ids and types of what was returned, the names of a query's parameters, and a keyed digest in
// place of their values. It doesn't decide anything and doesn't watch over anybody; it only remembers.
//
// In SQLite the log has a database of its own, so that an answer never waits for the record's writer.
// On PostgreSQL every node appends to one table under a node number of its own, without a lock between
// them.
package audit

import (
	"context"
	"embed"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed sql/*.sql
var steps embed.FS

// Entry is one access to one person's data, or to nobody's. A request about several persons makes an
// entry for each, with the same Request.
type Entry struct {
	// Seq is the entry's number; Append sets it. Numbers of one node have no gap and grow with time;
	// those of two nodes are ordered by At alone.
	Seq int64
	// At is when it happened, kept to the microsecond in UTC. Append sets it where it is zero.
	At time.Time
	// Request names the request, so that its entries and the server's own log can be found together.
	Request string
	// Who asked. Its Bound isn't kept.
	Who access.Who
	// Purpose is why they asked.
	Purpose access.Purpose
	// Person is whose data it was; 0 is data that belongs to nobody, such as an organisation's.
	Person int64
	// Verb and Type are what was asked for, such as access.Search and "Observation".
	Verb access.Verb
	Type string
	// Params are the names of the query's parameters, never their values.
	Params []string
	// Query is a keyed digest of the whole query. Equal queries have equal digests, and nobody without
	// the key can try out which query it was.
	Query []byte
	// Rule and Rules name the rule that allowed or refused it, and the version of the rules.
	Rule, Rules string
	// Outcome is the HTTP status of the answer, or what it would be for work without HTTP.
	Outcome int
	// Total is the count that was told, which says something even where nothing was returned; -1 is none.
	Total int64
	// Returned are the resources that the answer holds.
	Returned []Ref
	// Part counts from 0 the entries that one with very many resources was divided into.
	Part int
	// By are the sharing choices that allowed or refused it, in the order in which they were asked.
	By []By
	// Job is the id of the background work that it was part of; empty is none.
	Job string
	// Bytes is the size of the answer in bytes, where it was known before it left; 0 is unknown.
	Bytes int64
}

// By is the part of a person's sharing choice that decided.
type By struct {
	// Consent is the id of the FHIR Consent that holds the choice, and Version its version.
	Consent string
	Version int64
	// Path is the provision that decided, such as "provision.provision[2]"; empty is the root.
	Path string
}

// Ref is a version of a resource.
type Ref struct {
	Type    string
	ID      string
	Version int64
}

// refsPerEntry bounds the size of one row; a longer list is divided. It is far above what a page of
// results holds.
const refsPerEntry = 10_000

const sentenceClosed = "The access log can not be written, so nothing can be shown. Try again in a moment."

// Log appends to the access log and reads it. It is safe for concurrent use.
type Log struct {
	db   *db.DB
	node int64 // shifted to its place in a number

	mu      sync.Mutex
	waiting []*waiter
	closed  bool
	wake    chan struct{}
	ended   chan struct{}

	next   int64 // the number of the next entry; only the writing goroutine uses it
	unsure bool  // a commit failed without saying whether it happened: ask before numbering on

	tail tail

	keys  atomic.Pointer[keys] // nil until Keep
	tree  tree
	tell  func(error)
	stop  context.CancelFunc // of the sequencer
	quiet sync.WaitGroup     // until it has ended
}

// waiter is one Append that waits for the next commit.
type waiter struct {
	rows []row
	done chan error
}

type row struct {
	person, at   int64
	entry, nonce []byte
	own          bool // it was the person themself
}

// nodeShift is the place of the node's number: 2^40 entries for each start of a node.
const nodeShift = 40

// Open makes the log's tables ready and starts its writer. d must not hold anything that an answer could
// wait for: on SQLite give the log a file of its own.
func Open(ctx context.Context, d *db.DB) (*Log, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "audit", files); err != nil {
		return nil, err
	}
	l := &Log{db: d, wake: make(chan struct{}, 1), ended: make(chan struct{}), unsure: true}
	if err := l.takeNode(ctx); err != nil {
		return nil, err
	}
	if d.Dialect() == db.SQLite {
		if err := l.tail.load(ctx, d); err != nil {
			return nil, err
		}
	}
	go l.run()
	return l, nil
}

// takeNode finds the number under which this process appends. A file of SQLite has one node for ever.
func (l *Log) takeNode(ctx context.Context) error {
	if l.db.Dialect() == db.SQLite {
		l.node = 1 << nodeShift
		return nil
	}
	for {
		var id int64
		err := l.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.One("INSERT INTO access_node (id) SELECT coalesce(max(id), 0) + 1 FROM access_node RETURNING id", nil,
				func(r *db.Row) error { id = r.Int64(0); return nil })
			return err
		})
		if problem.KindOf(err) == problem.Conflict && err != nil {
			continue // another node took that number at the same moment
		}
		l.node = id << nodeShift
		return err
	}
}

// Append writes the entries, all or none, and returns nil only when they are on disk. Any error means
// that the answer they are about must not be given. Where ctx ends first, they may be written yet.
func (l *Log) Append(ctx context.Context, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &waiter{done: make(chan error, 1)}
	now := time.Now()
	for i := range entries {
		w.rows = appendRows(w.rows, &entries[i], now)
	}
	for i := range w.rows {
		w.rows[i].newNonce()
	}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return problem.New(problem.Unavailable, sentenceClosed)
	}
	l.waiting = append(l.waiting, w)
	select {
	case l.wake <- struct{}{}:
	default: // it is awake, or will be
	}
	l.mu.Unlock() // only now, because Close closes wake
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// appendRows encodes an entry, as several rows where its list is too long for one.
func appendRows(rows []row, e *Entry, now time.Time) []row {
	at := e.At
	if at.IsZero() {
		at = now
	}
	part := *e
	for {
		part.Returned = e.Returned[min(len(e.Returned), part.Part*refsPerEntry):]
		part.Returned = part.Returned[:min(len(part.Returned), refsPerEntry)]
		rows = append(rows, row{person: e.Person, at: at.UnixMicro(), entry: part.encode(nil), own: e.own()})
		part.Part++
		if part.Part*refsPerEntry >= len(e.Returned) {
			return rows
		}
	}
}

// Close refuses further entries, writes those that wait, gives them their leaves where Keep was called,
// and ends the writer. The database stays open.
func (l *Log) Close() error {
	l.mu.Lock()
	first := !l.closed
	if first {
		l.closed = true
		close(l.wake)
	}
	l.mu.Unlock()
	<-l.ended
	if !first || l.stop == nil {
		return nil
	}
	l.stop()
	l.quiet.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := l.Settle(ctx); err != nil {
		l.tell(err) // nothing is lost: whoever opens the log next goes on with it
	}
	return nil
}

// closeTime bounds how long an end waits for the tree.
const closeTime = 10 * time.Second
