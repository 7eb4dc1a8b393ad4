package exchange

import (
	"sync"

	"github.com/bevanhealth/bevan/internal/record"
)

// gate lets lots through to the record in the order of the input as far as it
// matters: two lots that write the same resource follow each other, so that
// the later line wins, as it stands in the files. All others go beside one
// another.
type gate struct {
	mu   sync.Mutex
	free *sync.Cond
	turn int // the lot that may ask next
	busy map[record.Key]bool
	open bool // a failure opened it for good: nobody waits any more
	// stuck says that the lot whose turn it is waits for one that is being
	// written, and all others wait behind it.
	stuck bool
}

// announced is the announcement of a lot's writes to the record, which others
// wait for.
type announced struct {
	b    batcher
	gone func()
}

func (a *announced) say() {
	if a.b != nil && a.gone == nil {
		a.gone = a.b.Coming()
	}
}

func (a *announced) take() {
	if a.gone != nil {
		a.gone()
		a.gone = nil
	}
}

func newGate() *gate {
	g := &gate{busy: map[record.Key]bool{}}
	g.free = sync.NewCond(&g.mu)
	return g
}

// enter waits until the lot may write. Every lot enters, one without writes
// too, and leaves.
//
// A lot that waits for another one's commit takes back that its writes are
// coming: the other one may be waiting for them.
func (g *gate) enter(seq int, groups []group, coming *announced) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.open && (g.turn != seq || g.meets(groups)) {
		if g.turn == seq && !g.stuck {
			g.stuck = true
			g.free.Broadcast()
		}
		if g.stuck {
			coming.take()
		}
		g.free.Wait()
	}
	g.stuck = false
	coming.say()
	for _, gr := range groups {
		for i := range gr.ops {
			g.busy[gr.ops[i].Key] = true
		}
	}
	g.turn++
	g.free.Broadcast()
}

func (g *gate) meets(groups []group) bool {
	if len(g.busy) == 0 {
		return false
	}
	for _, gr := range groups {
		for i := range gr.ops {
			if g.busy[gr.ops[i].Key] {
				return true
			}
		}
	}
	return false
}

func (g *gate) leave(groups []group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, gr := range groups {
		for i := range gr.ops {
			delete(g.busy, gr.ops[i].Key)
		}
	}
	g.free.Broadcast()
}

// giveUp lets everybody through who waits, to find that the load has ended.
func (g *gate) giveUp() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	g.free.Broadcast()
}
