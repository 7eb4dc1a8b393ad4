package fhir

import "hash/maphash"

// nameSet notices a member name that stands twice in one object. The names
// themselves are found by the nodes read so far; the set only makes looking at
// them rare: a bit for each name's hash, and a map of hashes once an object is
// large. That hash has a seed of its own for each object, so that nobody can
// choose names that collide.
type nameSet struct {
	seen uint64
	n    int
	seed maphash.Seed
	many map[uint64]struct{}
}

// fewNames is how many names are compared one by one.
const fewNames = 32

// add takes in the name of n, the member that follows those of object self in
// t, and tells whether it is new.
func (s *nameSet) add(t *Tree, self uint32, n node) bool {
	raw := t.src[n.keyFrom:n.keyTo]
	if n.keyEscaped {
		raw = unescape(nil, raw)
	}
	if s.n++; s.n == fewNames {
		s.seed = maphash.MakeSeed()
		s.many = make(map[uint64]struct{}, 2*fewNames)
		for c := (Node{t, self + 1}); c.Exists(); c = c.Next() {
			s.many[maphash.String(s.seed, c.Key())] = struct{}{}
		}
	}
	if s.many != nil {
		before := len(s.many)
		s.many[maphash.Bytes(s.seed, raw)] = struct{}{}
		if len(s.many) > before {
			return true
		}
	} else if bit := nameBit(raw); s.seen&bit == 0 {
		s.seen |= bit
		return true
	}
	name := string(raw)
	for c := (Node{t, self + 1}); c.Exists(); c = c.Next() {
		if c.KeyIs(name) {
			return false
		}
	}
	return true
}

// nameBit hashes a name to one of 64 bits by its length and ends.
func nameBit(raw []byte) uint64 {
	h := uint32(len(raw))
	if len(raw) > 0 {
		h += uint32(raw[0])<<8 + uint32(raw[len(raw)-1])<<16 + uint32(raw[len(raw)/2])<<24
	}
	return 1 << (h * 0x9E3779B1 >> 26)
}
