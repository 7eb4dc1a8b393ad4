package store

import (
	"container/list"
	"sync"

	"github.com/bevanhealth/bevan/internal/seal"
)

// keyCacheSize is how many people's keys are kept unwrapped in memory.
const keyCacheSize = 20000

// keyCache keeps the keys of people who were met lately.
type keyCache struct {
	mu   sync.Mutex
	max  int
	keys map[int64]*list.Element
	used *list.List // of keyed, the latest in front
}

type keyed struct {
	person int64
	key    *seal.Key
}

func newKeyCache(max int) *keyCache {
	return &keyCache{max: max, keys: map[int64]*list.Element{}, used: list.New()}
}

func (c *keyCache) get(person int64) *seal.Key {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.keys[person]
	if !ok {
		return nil
	}
	c.used.MoveToFront(e)
	return e.Value.(keyed).key
}

// drop forgets a key, when its person was erased.
func (c *keyCache) drop(person int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.keys[person]; ok {
		c.used.Remove(e)
		delete(c.keys, person)
	}
}

func (c *keyCache) put(person int64, k *seal.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.keys[person]; ok {
		e.Value = keyed{person, k}
		return
	}
	c.keys[person] = c.used.PushFront(keyed{person, k})
	if c.used.Len() > c.max {
		oldest := c.used.Back()
		c.used.Remove(oldest)
		delete(c.keys, oldest.Value.(keyed).person)
	}
}
