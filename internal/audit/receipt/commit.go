// Package receipt holds what a person can check by themselves about the access log: that an entry is in
// it, that the list they were shown is whole, and that everybody is shown the same log. It is the one
// definition of the log's commitments, chains and map; the log builds with it and anybody can verify with
// it, without the log, its database or a network.
//
// It is pure and apart from the log so that it can be read in one sitting by whoever wants to know what a
// receipt proves, and written again in another language from docs/developers/log.md. It doesn't know
// what an entry says.
package receipt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"
)

// NonceSize is the size in bytes of the nonce of an entry.
const NonceSize = 32

// The first byte of what is hashed keeps the kinds apart, as RFC 6962 does with 0 and 1 for its tree.
const (
	mapEntry = 0x10
	mapInner = 0x11
	mapValue = 0x12
	chain    = 0x13
)

// Commit is the leaf of an entry: HMAC-SHA256 under its nonce. Without the nonce it says nothing about
// the entry, so entry and nonce can be erased and the leaf stay.
func Commit(nonce, entry []byte) (leaf tlog.Hash) {
	h := hmac.New(sha256.New, nonce)
	h.Write(entry)
	h.Sum(leaf[:0])
	return leaf
}

// Next is the head of a person's chain after one more leaf. The first head is the zero Hash.
func Next(head tlog.Hash, index int64, leaf tlog.Hash) tlog.Hash {
	var b [1 + 32 + 8 + 32]byte
	b[0] = chain
	copy(b[1:], head[:])
	binary.BigEndian.PutUint64(b[33:], uint64(index))
	copy(b[41:], leaf[:])
	return sha256.Sum256(b[:])
}

// mapTag begins the record of a map's root. Records of entries are 32 bytes, so the two can't be taken
// for each other.
const mapTag = "bevan-map-1\n"

// MapRecord is the record that the log ends each batch with: the root of the map from persons to the
// heads of their chains, over all entries before it.
func MapRecord(root tlog.Hash) []byte { return append([]byte(mapTag), root[:]...) }

// MapRoot reads a record that MapRecord made; ok is false for a record of another kind.
func MapRoot(record []byte) (root tlog.Hash, ok bool) {
	if len(record) != len(mapTag)+len(root) || string(record[:len(mapTag)]) != mapTag {
		return root, false
	}
	copy(root[:], record[len(mapTag):])
	return root, true
}

// Node is a subtree of the map. The map is a binary tree over the bits of slots, first bit first, in
// which a subtree with one slot is that slot's leaf, and an empty one the zero Hash.
type Node struct {
	Hash tlog.Hash
	// Slots is how many slots it holds: 0, 1, or 2 for more.
	Slots uint8
}

// Value is what the map keeps for a slot: a hash, so that the leaf of one person tells nothing of their
// count to another, in whose proof it may stand.
func Value(head tlog.Hash, count int64) tlog.Hash {
	var b [1 + 32 + 8]byte
	b[0] = mapValue
	copy(b[1:], head[:])
	binary.BigEndian.PutUint64(b[33:], uint64(count))
	return sha256.Sum256(b[:])
}

// Leaf is the subtree with one slot.
func Leaf(slot, value tlog.Hash) Node {
	var b [1 + 64]byte
	b[0] = mapEntry
	copy(b[1:], slot[:])
	copy(b[33:], value[:])
	return Node{Hash: sha256.Sum256(b[:]), Slots: 1}
}

// Join is the subtree over two halves.
func Join(left, right Node) Node {
	switch {
	case left.Slots+right.Slots == 0:
		return Node{}
	case left.Slots+right.Slots == 1 && left.Slots == 1:
		return left
	case left.Slots+right.Slots == 1:
		return right
	}
	return Node{Hash: inner(left.Hash, right.Hash), Slots: 2}
}

func inner(left, right tlog.Hash) tlog.Hash {
	var b [1 + 64]byte
	b[0] = mapInner
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}

// Bit is the bit of a slot at a depth, which counts from 0 at the root.
func Bit(slot tlog.Hash, depth int) int { return int(slot[depth/8]>>(7-depth%8)) & 1 }

// rootOver is the root of a map in which node stands at the end of a path: its siblings, from the root
// down.
func rootOver(slot, node tlog.Hash, siblings []tlog.Hash) tlog.Hash {
	for d := len(siblings) - 1; d >= 0; d-- {
		if Bit(slot, d) == 0 {
			node = inner(node, siblings[d])
		} else {
			node = inner(siblings[d], node)
		}
	}
	return node
}
