package client

import (
	"sync"
	"time"
)

const (
	// remember is how long a row is believed without asking again. With the
	// time of a query it stays below the second in which a revocation on
	// another node has to be felt.
	remember = 500 * time.Millisecond
	// most is how many rows are remembered; beyond, all are forgotten, which
	// costs one query each.
	most = 4096
)

// cache remembers rows of tokens whose secret was right.
type cache struct {
	mu   sync.Mutex
	rows map[string]remembered
	// drops counts revocations, so that a row which was read before one and
	// comes back after it is not remembered.
	drops int64
}

type remembered struct {
	row held
	at  time.Time
}

// get gives the row when it is young enough, and otherwise the number of drops
// so far, which put wants back.
func (c *cache) get(id string, now time.Time) (row held, known bool, drops int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.rows[id]
	if age := now.Sub(r.at); !ok || age < 0 || age > remember {
		return held{}, false, c.drops
	}
	return r.row, true, c.drops
}

func (c *cache) put(id string, row held, at time.Time, drops int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if drops != c.drops {
		return
	}
	if c.rows == nil || len(c.rows) >= most {
		c.rows = make(map[string]remembered)
	}
	c.rows[id] = remembered{row, at}
}

// forget forgets all: a permission or a client may stand behind many tokens.
func (c *cache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.rows)
	c.drops++
}
