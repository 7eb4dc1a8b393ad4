// Package recent remembers rows that were read a moment ago, so that a
// credential that is used many times a second is not asked for each time.
//
// Why here: every part of the citizen ID has something that must end on every
// node within a second, and is looked at on every call. How long a row may be
// believed, and that one which was read before a change is never remembered
// after it, is decided once.
package recent

import (
	"sync"
	"time"
)

const (
	// believed is how long a row is good without asking again. With the time of
	// a query it stays below the second in which a change on another node has
	// to be felt.
	believed = 500 * time.Millisecond
	// most is how many rows are remembered; beyond, all are forgotten, which
	// costs one query each.
	most = 4096
)

// Rows remembers rows by their key. The zero value is ready; it is safe for
// concurrent use.
type Rows[K comparable, V any] struct {
	mu   sync.Mutex
	rows map[K]row[V]
	// drops counts changes, so that a row which was read before one and comes
	// back after it is not remembered.
	drops int64
}

type row[V any] struct {
	value V
	at    time.Time
}

// Get gives the row when it is young enough, and otherwise the number of
// changes so far, which Put wants back.
func (r *Rows[K, V]) Get(key K, now time.Time) (value V, known bool, drops int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	held, ok := r.rows[key]
	if age := now.Sub(held.at); !ok || age < 0 || age > believed {
		return value, false, r.drops
	}
	return held.value, true, r.drops
}

// Put remembers a row that was asked for at the time at, which is before it
// was read: what is remembered is then never younger than it was.
func (r *Rows[K, V]) Put(key K, value V, at time.Time, drops int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if drops != r.drops {
		return
	}
	if r.rows == nil || len(r.rows) >= most {
		r.rows = make(map[K]row[V])
	}
	r.rows[key] = row[V]{value, at}
}

// Drop forgets one row, which has changed.
func (r *Rows[K, V]) Drop(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.rows, key)
	r.drops++
}

// DropAll forgets every row, after a change that may be about many.
func (r *Rows[K, V]) DropAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.rows)
	r.drops++
}
