package account

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// remember is how long a session is believed without asking again. With the
	// time of a query it stays below the second in which its end has to be felt
	// on every node.
	remember = 500 * time.Millisecond
	// most is how many are remembered; beyond, all are forgotten, which costs
	// one query each.
	most = 4096
)

// cache remembers sessions that were good a moment ago.
type cache struct {
	mu   sync.Mutex
	rows map[[sha256.Size]byte]remembered
	busy map[[sha256.Size]byte]bool // their last use is being written
	// drops counts endings, so that a row that was read before one and comes
	// back after it is not remembered.
	drops int64
}

type remembered struct {
	s  Session
	at time.Time
}

// get gives a session that is young enough, and otherwise the number of drops
// so far, which put wants back.
func (c *cache) get(hash [sha256.Size]byte, now time.Time) (s Session, known bool, drops int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.rows[hash]
	if age := now.Sub(r.at); !ok || age < 0 || age > remember {
		return Session{}, false, c.drops
	}
	return r.s, true, c.drops
}

// put remembers a session as it was at that time.
func (c *cache) put(s Session, at time.Time, drops int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if drops != c.drops {
		return
	}
	if c.rows == nil || len(c.rows) >= most {
		c.rows = make(map[[sha256.Size]byte]remembered)
	}
	c.rows[s.hash] = remembered{s, at}
}

func (c *cache) drop(hash [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.rows, hash)
	c.drops++
}

func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.rows)
	c.drops++
}

// enter says whether the caller is the one to write a session's last use.
func (c *cache) enter(hash [sha256.Size]byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[hash] {
		return false
	}
	if c.busy == nil {
		c.busy = make(map[[sha256.Size]byte]bool)
	}
	c.busy[hash] = true
	return true
}

func (c *cache) leave(hash [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, hash)
}
