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
	quit      chan struct{}
	ended     chan struct{}
	closing   sync.Once
	committed func() // told after each commit
}

// call is one Write that waits for its turn, has it, and then waits for the commit.
type call struct {
	ctx   context.Context
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
)

// errAborted tells the writer that fn ended by a panic or by runtime.Goexit.
var errAborted = errors.New("db: the function of a write did not return")

func newWriter(c *conn) *writer {
	w := &writer{conn: c, calls: make(chan *call), quit: make(chan struct{}), ended: make(chan struct{}), committed: func() {}}
	go w.run()
	return w
}

// write queues fn and waits for its commit. Once fn was started, the end of ctx no longer ends the wait:
// the answer must say what became of it.
func (w *writer) write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{ctx: ctx, turn: make(chan *Tx, 1), ran: make(chan error, 1), done: make(chan error, 1)}
	select {
	case w.calls <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return problem.New(problem.Unavailable, sentenceGone)
	}
	var tx *Tx
	select {
	case tx = <-c.turn:
	case <-ctx.Done():
		if c.state.CompareAndSwap(waiting, left) {
			return ctx.Err()
		}
		tx = <-c.turn
	}
	if tx != nil { // nil: the transaction could not even begin, and done says why
		c.run(tx, fn)
	}
	return <-c.done
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
			w.group(c)
		case <-w.quit:
			return
		}
	}
}

// group runs the first call and those that wait behind it in one transaction.
func (w *writer) group(first *call) {
	bg := context.Background()
	var begun bool
	var kept []*call
	started := time.Now()
	for c := first; c != nil; c = w.next(len(kept), started) {
		if !begun {
			if _, err := w.conn.exec(bg, "BEGIN IMMEDIATE", nil); err != nil {
				c.refuse(err)
				break
			}
			begun = true
		}
		stays, lost := w.one(c, len(kept) > 0)
		if stays {
			kept = append(kept, c)
		}
		if lost != nil {
			for _, k := range kept {
				k.done <- lost
			}
			w.rollback()
			return
		}
	}
	if !begun {
		return
	}
	if len(kept) == 0 {
		w.rollback()
		return
	}
	_, err := w.conn.exec(bg, "COMMIT", nil)
	if err != nil {
		w.rollback()
	}
	for _, k := range kept {
		if err == nil {
			k.done <- k.err
		} else {
			k.done <- err // also where it failed by itself: what it saw is not there now
		}
	}
	w.committed()
}

// next takes a call that is waiting, while the group is neither large nor old. Where none is it lets
// others run once: those who were just answered often ask again at once, and then share this commit
// instead of waiting it out.
func (w *writer) next(kept int, started time.Time) *call {
	if kept >= groupCalls || time.Since(started) > groupTime {
		return nil
	}
	select {
	case c := <-w.calls:
		return c
	default:
	}
	runtime.Gosched()
	select {
	case c := <-w.calls:
		return c
	default:
		return nil
	}
}

// one runs a call inside the open transaction. A call that isn't the first gets a savepoint, so that it
// can be undone alone; the first doesn't pay for one. lost is set when SQLite has undone the
// whole transaction by itself, as it does when the disk is full.
//
// A call stays until the commit also when its function failed behind others: it may have failed for what
// they wrote, and whoever hears of that may look for it at once.
func (w *writer) one(c *call, shared bool) (stays bool, lost error) {
	if !c.state.CompareAndSwap(waiting, started) {
		return false, nil
	}
	bg := context.Background()
	if shared {
		if _, err := w.conn.exec(bg, "SAVEPOINT shared", nil); err != nil {
			c.refuse(err)
			return false, err
		}
	}
	c.turn <- &Tx{ctx: c.ctx, engine: w.conn, dialect: SQLite}
	err := <-c.ran
	if w.conn.AutocommitEnabled() {
		if err == nil { // fn hid the error of a statement
			err = problem.New(problem.Unavailable, sentenceTrouble)
		}
		c.done <- err
		return false, problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	}
	switch {
	case err == nil && shared:
		if _, err := w.conn.exec(bg, "RELEASE SAVEPOINT shared", nil); err != nil {
			c.done <- err
			return false, err
		}
	case err != nil && shared:
		c.err = err
		_, e1 := w.conn.exec(bg, "ROLLBACK TO SAVEPOINT shared", nil)
		_, e2 := w.conn.exec(bg, "RELEASE SAVEPOINT shared", nil)
		return true, errors.Join(e1, e2)
	case err != nil:
		w.rollback()
		_, begin := w.conn.exec(bg, "BEGIN IMMEDIATE", nil)
		c.done <- err
		return false, begin
	}
	return true, nil
}

// refuse answers a call that was never run.
func (c *call) refuse(err error) {
	if c.state.CompareAndSwap(waiting, started) || c.state.Load() == started {
		c.done <- err
		c.turn <- nil
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
