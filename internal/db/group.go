package db

import (
	"context"
	"errors"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// group is the calls that share one transaction.
type group struct {
	w     *writer
	since time.Time
	begun bool
	// careful: each call has a savepoint of its own. A savepoint copies every page before it is changed,
	// which is a tenth of the work of a small write, so a group begins without and is run again with
	// them when a call has to be undone behind others.
	careful bool
	kept    []*call // ran, and wait for the commit
	batch   int     // how many of them came through WriteBatch
	last    bool    // somebody else wants to write: the batch takes no more
}

// run runs the first call and those that wait behind it in one transaction.
func (g *group) run(first *call) {
	for c := first; c != nil; c = g.w.next(g) {
		if !g.add(c) {
			return
		}
	}
	if !g.begun {
		return
	}
	if len(g.kept) == 0 {
		g.w.rollback()
		return
	}
	_, err := g.w.conn.exec(context.Background(), "COMMIT", nil)
	g.w.lately = len(g.kept) - g.batch + int(g.w.queued.Load())
	if err != nil {
		g.w.rollback()
	}
	for _, k := range g.kept {
		if err == nil {
			k.done <- k.err
		} else {
			k.done <- err // also where it failed by itself: what it saw is not there now
		}
	}
	g.w.committed()
}

// add runs a call in the group's transaction. It returns false where the group has ended.
//
// A call stays until the commit also when its function failed behind others: it may have failed for what
// they wrote, and whoever hears of that may look for it at once.
func (g *group) add(c *call) bool {
	if !g.begun {
		if _, err := g.w.conn.exec(context.Background(), "BEGIN IMMEDIATE", nil); err != nil {
			c.refuse(err)
			return false
		}
		g.begun = true
	}
	if !c.state.CompareAndSwap(waiting, started) {
		return true
	}
	if g.careful {
		return g.addCareful(c)
	}
	wrote, err := g.w.turn(c)
	switch {
	case g.w.conn.AutocommitEnabled():
		return g.lose(c, err)
	case err == nil:
		g.keep(c)
	case len(g.kept) > 0 && !wrote:
		c.err = err
		g.keep(c)
	case len(g.kept) > 0:
		return g.again(c, err)
	default: // it is alone, so that nothing else is undone with it
		if wrote {
			g.w.rollback()
			g.begun = false
		}
		c.done <- err
	}
	return true
}

func (g *group) keep(c *call) {
	g.kept = append(g.kept, c)
	if c.batch {
		g.batch++
	}
}

// addCareful runs a call in a savepoint.
func (g *group) addCareful(c *call) bool {
	bg := context.Background()
	if _, err := g.w.conn.exec(bg, "SAVEPOINT shared", nil); err != nil {
		return g.lose(c, err)
	}
	_, c.err = g.w.turn(c)
	if g.w.conn.AutocommitEnabled() {
		return g.lose(c, c.err)
	}
	var undo error
	if c.err != nil {
		_, undo = g.w.conn.exec(bg, "ROLLBACK TO SAVEPOINT shared", nil)
	}
	if _, err := g.w.conn.exec(bg, "RELEASE SAVEPOINT shared", nil); err != nil || undo != nil {
		return g.lose(c, errors.Join(undo, err))
	}
	g.keep(c)
	return true
}

// again undoes everything, because a call behind others has failed with something written, and runs all
// of them once more, each in a savepoint.
func (g *group) again(c *call, err error) bool {
	g.w.rollback()
	all := g.kept
	if err == errAborted {
		c.done <- err // its goroutine has ended: it can't run again
	} else {
		all = append(all, c)
	}
	g.begun, g.careful, g.kept, g.batch = false, true, nil, 0
	for i, k := range all {
		k.err = nil
		k.state.Store(waiting)
		if !g.add(k) {
			for _, rest := range all[i+1:] {
				rest.done <- problem.New(problem.Unavailable, sentenceTrouble)
			}
			return false
		}
	}
	return true
}

// lose answers everybody when SQLite has undone the whole transaction by itself, as it does when the disk
// is full. c is the call that met it.
func (g *group) lose(c *call, err error) bool {
	if err == nil { // fn hid the error of a statement
		err = problem.New(problem.Unavailable, sentenceTrouble)
	}
	c.done <- err
	lost := problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	for _, k := range g.kept {
		k.done <- lost
	}
	g.w.rollback()
	return false
}
