package db

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// writer owns the one connection that writes. Calls that wait while it is at work share the next
// commit: the fsync of a commit takes longer than most of what is written, and one answers them all.
//
// Each call runs in its caller's goroutine, so that a panic or the end of a test lands where it belongs.
type writer struct {
	conn      *conn
	calls     chan *call
	solos     chan *solo    // work outside of transactions
	batch     chan *call    // of those who can wait for the others of a batch
	coming    atomic.Int64  // how many batch calls are being prepared, or wait for their commit
	fewer     chan struct{} // holds a token after coming has gone down
	queued    atomic.Int64  // how many calls wait to be taken into a group
	lately    int           // how many calls the last group had, and waited behind it
	patience  *time.Timer   // used by the writing goroutine only
	quit      chan struct{}
	ended     chan struct{}
	closing   sync.Once
	committed func() // told after each commit
}

// call is one Write that waits for its turn, has it, and then waits for the commit.
type call struct {
	ctx   context.Context
	batch bool
	state atomic.Int32
	turn  chan *Tx   // the writer lets the caller run
	ran   chan error // the caller has run
	done  chan error // the writer has committed or not
	err   error      // what the caller's function failed with
}

const (
	waiting int32 = iota
	started
	left // the caller went away before its turn
)

// A group is closed after so many calls, or when it has taken so long: those who are in it wait for its
// end before they are answered.
const (
	groupCalls = 256
	groupTime  = 4 * time.Millisecond
	// groupWait is how long a group waits for others. One caller alone never waits, and those who go
	// away are waited for once.
	groupWait = 2 * time.Millisecond
)

// The same for a batch, whose callers have said that they can wait.
const (
	batchCalls = 10
	batchTime  = 3 * time.Second
)

// errAborted tells the writer that fn ended by a panic or by runtime.Goexit.
var errAborted = errors.New("db: the function of a write did not return")

func newWriter(c *conn) *writer {
	w := &writer{conn: c, calls: make(chan *call), solos: make(chan *solo), batch: make(chan *call), fewer: make(chan struct{}, 1),
		patience: time.NewTimer(0), quit: make(chan struct{}), ended: make(chan struct{}), committed: func() {}}
	go w.run()
	return w
}

// write queues fn and waits for its commit. Once fn was started, the end of ctx no longer ends the wait:
// the answer must say what became of it.
func (w *writer) write(ctx context.Context, fn func(*Tx) error, batch bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	queue := w.calls
	if batch {
		queue = w.batch
	}
	c := &call{ctx: ctx, batch: batch, turn: make(chan *Tx, 1), ran: make(chan error, 1), done: make(chan error, 1)}
	if err := w.send(queue, c); err != nil {
		return err
	}
	gone := ctx.Done()
	for {
		select {
		case tx := <-c.turn: // a second time where another call of the group had to be undone
			gone = nil
			c.run(tx, fn)
		case err := <-c.done:
			return err
		case <-gone:
			if c.state.CompareAndSwap(waiting, left) {
				return ctx.Err()
			}
			gone = nil
		}
	}
}

// send hands a call to the writer.
func (w *writer) send(queue chan<- *call, c *call) error {
	if !c.batch {
		w.queued.Add(1)
		defer w.queued.Add(-1)
	}
	select {
	case queue <- c:
		return nil
	case <-c.ctx.Done():
		return c.ctx.Err()
	case <-w.quit:
		return problem.New(problem.Unavailable, sentenceGone)
	}
}

func (c *call) run(tx *Tx, fn func(*Tx) error) {
	err := errAborted
	defer func() { c.ran <- err }()
	err = fn(tx)
}

func (w *writer) run() {
	defer close(w.ended)
	for {
		select {
		case c := <-w.calls:
			(&group{w: w, since: time.Now()}).run(c)
		case c := <-w.batch:
			(&group{w: w, since: time.Now()}).run(c)
		case s := <-w.solos:
			s.done <- s.do(w.conn)
		case <-w.quit:
			return
		}
	}
}

// next takes a call that is waiting, while the group is neither large nor old. Where none is it waits a
// moment for as many as were in the group before and behind it: those who were just answered often ask
// again at once, and then share this commit instead of waiting it out.
func (w *writer) next(g *group) *call {
	if g.batch > 0 && !g.last {
		return w.nextOfBatch(g)
	}
	if len(g.kept) >= groupCalls || time.Since(g.since) > groupTime {
		return nil
	}
	select {
	case c := <-w.calls:
		return c
	default:
	}
	rest := groupWait - time.Since(g.since)
	if len(g.kept) >= w.lately || rest <= 0 {
		runtime.Gosched()
		select {
		case c := <-w.calls:
			return c
		default:
			return nil
		}
	}
	w.patience.Reset(rest)
	select {
	case c := <-w.calls:
		return c
	case <-w.patience.C:
		return nil
	}
}

// nextOfBatch waits for those who have said that they come, as long as nobody else wants to write.
func (w *writer) nextOfBatch(g *group) *call {
	if g.batch >= batchCalls || time.Since(g.since) > batchTime {
		return nil
	}
	for {
		select {
		case c := <-w.calls:
			g.last = true
			return c
		default:
		}
		if int64(g.batch) >= w.coming.Load() {
			return nil
		}
		select {
		case c := <-w.calls:
			g.last = true
			return c
		case c := <-w.batch:
			return c
		case <-w.fewer:
		case <-w.quit:
			return nil
		}
	}
}

// less takes back one announcement.
func (w *writer) less() {
	w.coming.Add(-1)
	select {
	case w.fewer <- struct{}{}:
	default: // it will look anyway
	}
}

// turn lets the goroutine of a call run its function.
func (w *writer) turn(c *call) (wrote bool, err error) {
	tx := &Tx{ctx: c.ctx, engine: w.conn, dialect: SQLite}
	c.turn <- tx
	err = <-c.ran // tx is the writer's again only behind this
	return tx.wrote, err
}

// refuse answers a call that was never run.
func (c *call) refuse(err error) {
	if c.state.CompareAndSwap(waiting, started) {
		c.done <- err
	}
}

// rollback leaves the connection without a transaction.
func (w *writer) rollback() {
	if !w.conn.AutocommitEnabled() {
		// It can only fail where SQLite has rolled back already; the next BEGIN would report the rest.
		_, _ = w.conn.exec(context.Background(), "ROLLBACK", nil)
	}
}

// close ends the writer after the group that is running.
func (w *writer) close() error {
	w.closing.Do(func() { close(w.quit) })
	<-w.ended
	return w.conn.close()
}
