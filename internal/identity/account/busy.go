package account

import (
	"crypto/sha256"
	"sync"
)

// busy is the sessions whose last use is being written, so that many calls of
// one session write it once.
type busy struct {
	mu  sync.Mutex
	set map[[sha256.Size]byte]bool
}

// enter says whether the caller is the one to write.
func (b *busy) enter(hash [sha256.Size]byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.set[hash] {
		return false
	}
	if b.set == nil {
		b.set = make(map[[sha256.Size]byte]bool)
	}
	b.set[hash] = true
	return true
}

func (b *busy) leave(hash [sha256.Size]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.set, hash)
}
