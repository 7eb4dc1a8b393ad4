package store

import (
	"sync/atomic"
	"time"
)

// clock gives the time of a write in milliseconds since 1970 UTC. On one node
// it never goes back, whatever the machine's clock does.
type clock struct {
	last atomic.Int64
	now  func() time.Time
}

// tooFar is how far ahead of a node's own clock a version may be for the node
// to follow it. A clock that is further out is wrong, and that must not spread.
const tooFar = 1000

// after makes the time at of a write later than that of every version which it
// replaces: each version was then current for a time that can be asked for.
func (c *clock) after(at int64, replaced map[Row]*head) int64 {
	first := at
	for _, h := range replaced {
		if h.at >= at && h.at < first+tooFar {
			at = h.at + 1
		}
	}
	for last := c.last.Load(); last < at; last = c.last.Load() {
		if c.last.CompareAndSwap(last, at) {
			break
		}
	}
	return at
}

func (c *clock) next() int64 {
	for {
		last := c.last.Load()
		now := max(c.now().UnixMilli(), last)
		if c.last.CompareAndSwap(last, now) {
			return now
		}
	}
}
