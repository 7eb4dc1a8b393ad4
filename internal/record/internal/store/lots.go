package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// On PostgreSQL the greater part of a small write is what a transaction costs
// whatever is in it: round trips, statements, the wait for the disk. So small
// writes that come at the same time share one, as all writes do on SQLite. They
// are put together as the drafts of one write; where that is refused, each is
// run again alone, so that nobody is refused for a neighbour's fault, and each
// gets the answer that is its own.

const (
	// maxShared is how many drafts a write has at most that shares, and
	// maxLot how many a shared transaction has.
	maxShared = 8
	maxLot    = 64
	// maxLots is how many shared transactions run at a time. While they are on
	// their way the next writes gather.
	maxLots = 2
)

// lots gathers small writes.
type lots struct {
	mu      sync.Mutex
	waiting []*sharer
	running int
}

// sharer is one write that waits for a shared transaction.
type sharer struct {
	ctx    context.Context
	drafts []Draft
	out    []Written
	err    error
	done   chan struct{}
}

// errAlone says that a shared transaction was refused, and nothing of it kept:
// the write has to be tried alone.
var errAlone = errors.New("store: the write has to run alone")

// shareable tells whether a write may be put together with others. One with
// guards locks types for itself, one of search parameters changes what all
// others are indexed by, and one of consents what their person's rows are in
// and what they said no to.
func shareable(drafts []Draft, guards []Guard) bool {
	if len(guards) > 0 || len(drafts) == 0 || len(drafts) > maxShared {
		return false
	}
	for i := range drafts {
		if drafts[i].Type == "SearchParameter" || drafts[i].Type == "Consent" {
			return false
		}
	}
	return true
}

// write writes drafts together with those of others. Where ctx ends while they
// wait, they are not written. Once they are on their way the answer is waited
// for: what is written must come to stand in the access log.
func (l *lots) write(ctx context.Context, s *Store, drafts []Draft) ([]Written, error) {
	me := &sharer{ctx: ctx, drafts: drafts, done: make(chan struct{})}
	l.mu.Lock()
	l.waiting = append(l.waiting, me)
	if l.running < maxLots {
		l.running++
		go l.run(s)
	}
	l.mu.Unlock()
	select {
	case <-me.done:
	case <-ctx.Done():
		if l.leave(me) {
			return nil, ctx.Err()
		}
		<-me.done
	}
	if errors.Is(me.err, errAlone) {
		return s.writeAlone(ctx, drafts, nil, s.db.Write)
	}
	return me.out, me.err
}

// leave takes a write back; false says that it is on its way already.
func (l *lots) leave(me *sharer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.waiting, me)
	if i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	return i >= 0
}

// run writes what waits until nothing does.
func (l *lots) run(s *Store) {
	for {
		lot := l.gather()
		if len(lot) == 0 {
			return
		}
		writeLot(s, lot)
		for _, m := range lot {
			close(m.done)
		}
	}
}

// gather takes what waits, as much as goes together. Before that it lets those
// run who were just answered, for as long as that brings more: they often
// write again at once. It gives none, and counts its caller out, when nothing
// waits.
func (l *lots) gather() []*sharer {
	const turns = 4
	l.mu.Lock()
	defer l.mu.Unlock()
	for n, turn := -1, 0; n < len(l.waiting) && turn < turns; turn++ {
		n = len(l.waiting)
		l.mu.Unlock()
		runtime.Gosched()
		l.mu.Lock()
	}
	var lot, rest []*sharer
	about := map[Ref]bool{}
	for _, m := range l.waiting {
		if len(about)+len(m.drafts) > maxLot || m.meets(about) {
			rest = append(rest, m)
			continue
		}
		for i := range m.drafts {
			about[m.drafts[i].Ref] = true
		}
		lot = append(lot, m)
	}
	l.waiting = rest
	if len(lot) == 0 {
		l.running--
	}
	return lot
}

// meets tells whether a write is about a resource that another one of the lot
// is about: each resource stands in a transaction once.
func (m *sharer) meets(about map[Ref]bool) bool {
	for i := range m.drafts {
		if about[m.drafts[i].Ref] {
			return true
		}
	}
	return false
}

// writeLot writes a lot and gives each its part. Where it is not known whether
// the lot was committed, nobody may try again: all are told of the trouble. A
// fault in the program ends neither the server nor the neighbours: it meets the
// one whose write it is when that runs alone, where callers are ready for it.
func writeLot(s *Store, lot []*sharer) {
	defer func() {
		if p := recover(); p != nil { // what it says may hold a person's data
			err := problem.Wrap(problem.Internal, "", fmt.Errorf("panic of type %T\n%s", p, debug.Stack()))
			for _, m := range lot {
				m.err = err
			}
		}
	}()
	if len(lot) == 1 {
		lot[0].out, lot[0].err = s.writeAlone(lot[0].ctx, lot[0].drafts, nil, s.db.Write)
		return
	}
	ctx, stop := whileAny(lot)
	defer stop()
	var drafts []Draft
	for _, m := range lot {
		drafts = append(drafts, m.drafts...)
	}
	w, err := s.writeOnce(ctx, drafts, false, (*writing).runShared, s.db.Write)
	if err != nil && (w == nil || w.refused || db.Refused(err)) {
		err = errAlone
	}
	for _, m := range lot {
		if m.err = err; err == nil {
			m.out, w.out = w.out[:len(m.drafts):len(m.drafts)], w.out[len(m.drafts):]
		}
	}
}

// runShared is run for a lot.
func (w *writing) runShared() (err error) {
	defer func() {
		if recover() != nil {
			err = errAlone
		}
	}()
	return w.run(nil)
}

// whileAny is a context that ends when the last of the callers has gone away:
// one that goes takes nothing from the others.
func whileAny(lot []*sharer) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(lot[0].ctx))
	left := &atomic.Int64{}
	left.Store(int64(len(lot)))
	ends := make([]func() bool, len(lot))
	for i, m := range lot {
		ends[i] = context.AfterFunc(m.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, end := range ends {
			end()
		}
		cancel()
	}
}
