package audit

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
)

// heads is the map from slots to the heads of chains, as far as it is in memory: the hashes of its upper
// levels, down to buckets of a few slots, which are read from the table when they are needed. For a
// million persons that is 8 MB. It isn't safe for concurrent use.
type heads struct {
	size   int64            // the size of the tree whose map it is; -1 is none
	count  int              // slots
	depth  int              // of the buckets
	levels [][]receipt.Node // levels[d] has 1 << d nodes
	undo   []undo           // what the last change replaced, until it is kept
}

type undo struct {
	level, i int
	was      receipt.Node
}

// spot is a row of the map.
type spot struct {
	slot, head tlog.Hash
	count      int64
}

func (s *spot) leaf() receipt.Node { return receipt.Leaf(s.slot, receipt.Value(s.head, s.count)) }

const (
	bucketSlots = 8  // in a bucket, when it was measured
	maxDepth    = 22 // 4 million buckets, 270 MB
)

// subtree is the part of the map that holds spots, which are in the order of their slots and agree in the
// bits before depth.
func subtree(spots []spot, depth int) receipt.Node {
	switch len(spots) {
	case 0:
		return receipt.Node{}
	case 1:
		return spots[0].leaf()
	}
	half, _ := slices.BinarySearchFunc(spots, 1, func(s spot, bit int) int { return receipt.Bit(s.slot, depth) - bit })
	return receipt.Join(subtree(spots[:half], depth+1), subtree(spots[half:], depth+1))
}

// follow brings the map to what the table holds at a size of the tree.
func (h *heads) follow(tx *db.Tx, size int64) error {
	h.drop()
	switch {
	case h.levels == nil, h.size > size, h.count > 4*bucketSlots<<h.depth && h.depth < maxDepth:
		return h.load(tx, size)
	case h.size == size:
		return nil
	}
	touched := map[int]bool{}
	err := tx.Query("SELECT slot FROM log_map WHERE size > $1", []any{h.size}, func(r *db.Row) error {
		if b := r.Bytes(0); len(b) == tlog.HashSize {
			touched[h.bucket(tlog.Hash(b))] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	buckets, err := h.read(tx, touched)
	if err != nil {
		return err
	}
	for i, spots := range buckets {
		h.set(i, spots)
	}
	err = tx.Query("SELECT count(*) FROM log_map", nil, func(r *db.Row) error { h.count = int(r.Int64(0)); return nil })
	h.keep(size)
	return err
}

// load makes the map anew from the whole table.
func (h *heads) load(tx *db.Tx, size int64) error {
	*h = heads{size: -1}
	n := 0
	if err := tx.Query("SELECT count(*) FROM log_map", nil, func(r *db.Row) error { n = int(r.Int64(0)); return nil }); err != nil {
		return err
	}
	depth := min(maxDepth, bits.Len(uint(n/bucketSlots)))
	levels := make([][]receipt.Node, depth+1)
	for d := range levels {
		levels[d] = make([]receipt.Node, 1<<d)
	}
	h.depth, h.levels = depth, levels
	var spots []spot
	at := 0
	flush := func() {
		levels[depth][at] = subtree(spots, depth)
		spots = spots[:0]
	}
	err := tx.Query("SELECT slot, head, count FROM log_map ORDER BY slot", nil, func(r *db.Row) error {
		s, err := scanSpot(r)
		if err != nil {
			return err
		}
		if i := h.bucket(s.slot); i != at {
			flush()
			at = i
		}
		spots = append(spots, s)
		return nil
	})
	if err != nil {
		h.levels = nil
		return err
	}
	flush()
	for d := depth - 1; d >= 0; d-- {
		for i := range levels[d] {
			levels[d][i] = receipt.Join(levels[d+1][2*i], levels[d+1][2*i+1])
		}
	}
	h.size, h.count = size, n
	return nil
}

func scanSpot(r *db.Row) (s spot, err error) {
	slot, head := r.Bytes(0), r.Bytes(1)
	if len(slot) != tlog.HashSize || len(head) != tlog.HashSize {
		return s, errEntry
	}
	return spot{tlog.Hash(slot), tlog.Hash(head), r.Int64(2)}, nil
}

// bucket is where a slot belongs.
func (h *heads) bucket(slot tlog.Hash) int {
	return int(binary.BigEndian.Uint64(slot[:8]) >> (64 - h.depth))
}

// read reads buckets from the table, in one turn.
func (h *heads) read(tx *db.Tx, which map[int]bool) (map[int][]spot, error) {
	out := make(map[int][]spot, len(which))
	p := &db.Pipeline{}
	for i := range which {
		var low, high tlog.Hash
		for j := range high {
			high[j] = 0xff
		}
		if h.depth > 0 {
			binary.BigEndian.PutUint64(low[:8], uint64(i)<<(64-h.depth))
			binary.BigEndian.PutUint64(high[:8], uint64(i+1)<<(64-h.depth)-1)
		}
		out[i] = nil
		p.Query("SELECT slot, head, count FROM log_map WHERE slot >= $1 AND slot <= $2 ORDER BY slot", []any{low[:], high[:]}, func(r *db.Row) error {
			s, err := scanSpot(r)
			out[i] = append(out[i], s)
			return err
		})
	}
	return out, tx.Run(p)
}

// set puts a bucket's spots in place, and all above it.
func (h *heads) set(i int, spots []spot) {
	node := subtree(spots, h.depth)
	for d := h.depth; ; d-- {
		h.undo = append(h.undo, undo{d, i, h.levels[d][i]})
		h.levels[d][i] = node
		if d == 0 {
			return
		}
		i /= 2
		node = receipt.Join(h.levels[d][2*i], h.levels[d][2*i+1])
	}
}

// root is the hash over the map.
func (h *heads) root() tlog.Hash { return h.levels[0][0].Hash }

// keep says that what was set stands in the table, at a size of the tree.
func (h *heads) keep(size int64) { h.size, h.undo = size, h.undo[:0] }

// drop takes back what was set.
func (h *heads) drop() {
	for _, u := range slices.Backward(h.undo) {
		h.levels[u.level][u.i] = u.was
	}
	h.undo = h.undo[:0]
}

// above is the hashes beside the way to a slot through what is in memory, from the root down. What
// stands at the end of it is in span.
func (h *heads) above(slot tlog.Hash) (siblings []tlog.Hash) {
	i := h.bucket(slot)
	for d := range h.depth {
		if h.levels[d][i>>(h.depth-d)].Slots < 2 {
			break
		}
		siblings = append(siblings, h.levels[d+1][(i>>(h.depth-d-1))^1].Hash)
	}
	return siblings
}

// span reads the spots that agree with a slot in the bits before depth, which is at most maxDepth.
func span(tx *db.Tx, slot tlog.Hash, depth int) (spots []spot, err error) {
	low, high := slot, slot
	mask := ^uint64(0) >> depth
	first := binary.BigEndian.Uint64(slot[:8])
	binary.BigEndian.PutUint64(low[:8], first&^mask)
	binary.BigEndian.PutUint64(high[:8], first|mask)
	for j := 8; j < len(high); j++ {
		low[j], high[j] = 0, 0xff
	}
	err = tx.Query("SELECT slot, head, count FROM log_map WHERE slot >= $1 AND slot <= $2 ORDER BY slot", []any{low[:], high[:]}, func(r *db.Row) error {
		s, err := scanSpot(r)
		spots = append(spots, s)
		return err
	})
	return spots, err
}

// below goes on to a slot through the spots at a depth: the hashes beside the way, and what stands at
// its end, at most one.
func below(spots []spot, slot tlog.Hash, depth int) (siblings []tlog.Hash, end []spot) {
	for ; len(spots) > 1; depth++ {
		half, _ := slices.BinarySearchFunc(spots, 1, func(s spot, bit int) int { return receipt.Bit(s.slot, depth) - bit })
		mine, other := spots[:half], spots[half:]
		if receipt.Bit(slot, depth) == 1 {
			mine, other = other, mine
		}
		siblings = append(siblings, subtree(other, depth+1).Hash)
		spots = mine
	}
	return siblings, spots
}
