package store

import (
	"sync/atomic"
	"time"
)

// clock gives the time of a write in milliseconds since 1970 UTC. On one node
// it never goes back, whatever the machine's clock does.
type clock struct{ last atomic.Int64 }

func (c *clock) next() int64 {
	for {
		last := c.last.Load()
		now := max(time.Now().UnixMilli(), last)
		if c.last.CompareAndSwap(last, now) {
			return now
		}
	}
}
