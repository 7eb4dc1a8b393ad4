package store

import (
	"encoding/hex"
)

// Ref names a resource: its type and logical id.
type Ref struct{ Type, ID string }

// Empty tells whether r names nothing.
func (r Ref) Empty() bool { return r.ID == "" }

// nameHash is where the table name holds the row of a resource. Should two
// names ever meet at one hash (for a billion resources the odds are about one
// in forty), the second can't be stored: its write fails and says so. A read
// compares the id, so it never takes one for the other.
func (s *Store) nameHash(r Ref) int64 {
	var buf [96]byte
	b := append(buf[:0], r.Type...)
	b = append(b, '/')
	b = append(b, r.ID...)
	return s.hash(domainName, b)
}

// hash is the keyed hash of an index entry: domain keeps the kinds of entries
// apart.
func (s *Store) hash(domain byte, b []byte) int64 {
	return int64(s.hashers[domain-domainFirst].Sum(b))
}

// packID is the form in which a logical id is stored: a UUID, which most ids
// are, takes 17 bytes instead of 36. No id begins with a zero byte.
func packID(id string) []byte {
	if len(id) == 36 && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-' && lowerHex(id) {
		out := make([]byte, 17)
		var digits [32]byte
		n := copy(digits[:], id[0:8])
		n += copy(digits[n:], id[9:13])
		n += copy(digits[n:], id[14:18])
		n += copy(digits[n:], id[19:23])
		copy(digits[n:], id[24:])
		if _, err := hex.Decode(out[1:], digits[:]); err == nil {
			return out
		}
	}
	return []byte(id)
}

func lowerHex(id string) bool {
	for i := range len(id) {
		c := id[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c == '-' && (i == 8 || i == 13 || i == 18 || i == 23)) {
			return false
		}
	}
	return true
}

// unpackID is the other way round.
func unpackID(b []byte) string {
	if len(b) != 17 || b[0] != 0 {
		return string(b)
	}
	var out [36]byte
	hex.Encode(out[0:8], b[1:5])
	out[8] = '-'
	hex.Encode(out[9:13], b[5:7])
	out[13] = '-'
	hex.Encode(out[14:18], b[7:9])
	out[18] = '-'
	hex.Encode(out[19:23], b[9:11])
	out[23] = '-'
	hex.Encode(out[24:], b[11:17])
	return string(out[:])
}
