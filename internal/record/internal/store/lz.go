package store

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
)

// lz packs bodies against a dictionary. A general compressor spends most of
// its time on a small body with making itself ready: it copies the dictionary
// and the table that finds things in it, half a megabyte for a body of one
// kilobyte. Here the dictionary and its table are only read, so that nothing
// has to be made ready but a small table for the body itself.
//
// A packed text is the length of the plain text as an unsigned varint, and then
// steps until that length is reached:
//
//	1 byte   bits 7 to 4: number of literals; bits 3 to 0: length of the copy, less 4
//	uvarint  more literals, where the number was 15
//	bytes    the literals
//	uvarint  more length of the copy, where it was 15
//	uvarint  how far back the copy begins; 0: as far as the one before
//
// Before the text lies the dictionary, so that a copy may reach back into it.
// The step that reaches the length with its literals has no copy.
type lz struct {
	dict  []byte
	table []uint32 // hash → place in dict, plus one
	local sync.Pool
}

const (
	dictBits  = 16
	localBits = 11
	minCopy   = 4 // the shortest copy
	minFound  = 6 // the shortest copy that is looked for: a hash is of so many bytes
	most      = 15
)

// localTable finds what stands in the body itself.
type localTable [1 << localBits]uint32

func newLZ(dict []byte) *lz {
	z := &lz{dict: dict, table: make([]uint32, 1<<dictBits)}
	z.local.New = func() any { return new(localTable) }
	for i := 0; i+8 <= len(dict); i++ { // what stands last is found
		z.table[hashOf(load64(dict, i), dictBits)] = uint32(i + 1)
	}
	return z
}

func load64(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// hashOf is a hash of the first six bytes.
func hashOf(v uint64, n int) uint32 {
	return uint32((v << 16) * 227718039650203 >> (64 - n))
}

// pack appends the packed form of src.
func (z *lz) pack(dst, src []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(src)))
	table := z.local.Get().(*localTable)
	clear(table[:])
	done, last := 0, 0 // src[:done] is packed; the last copy came from last back
	for i := 0; i+8 <= len(src); {
		back, n := z.find(table, src, i, last)
		if n == 0 {
			i += 1 + (i-done)>>7 // what can not be packed is passed over faster and faster
			continue
		}
		for i > done && i-back > -len(z.dict) && src[i-1] == z.at(src, i-back-1) {
			i, n = i-1, n+1
		}
		dst = appendStep(dst, src[done:i], n)
		if back == last {
			dst = append(dst, 0)
		} else {
			dst = binary.AppendUvarint(dst, uint64(back))
		}
		i += n
		done, last = i, back
		if i+8 <= len(src) {
			table[hashOf(load64(src, i-2), localBits)] = uint32(i - 1)
		}
	}
	z.local.Put(table)
	if done < len(src) {
		dst = appendStep(dst, src[done:], minCopy)
	}
	return dst
}

// appendStep appends a step up to where its copy begins.
func appendStep(dst, literals []byte, n int) []byte {
	l, m := len(literals), n-minCopy
	dst = append(dst, byte(min(l, most)<<4|min(m, most)))
	if l >= most {
		dst = binary.AppendUvarint(dst, uint64(l-most))
	}
	dst = append(dst, literals...)
	if m >= most {
		dst = binary.AppendUvarint(dst, uint64(m-most))
	}
	return dst
}

// at is the byte at a place of the text, or of the dictionary before it.
func (z *lz) at(src []byte, i int) byte {
	if i < 0 {
		return z.dict[len(z.dict)+i]
	}
	return src[i]
}

// find looks for what stands at i: as far back as the last copy, then in the
// text before i, then in the dictionary. n is 0 where it finds nothing.
func (z *lz) find(table *localTable, src []byte, i, last int) (back, n int) {
	v := load64(src, i)
	if last > 0 {
		if n := z.same(src, i, i-last); n >= minCopy {
			return last, n
		}
	}
	slot := &table[hashOf(v, localBits)]
	at := int(*slot) - 1
	*slot = uint32(i + 1)
	if at >= 0 {
		if n := z.same(src, i, at); n >= minFound {
			return i - at, n
		}
	}
	if at := int(z.table[hashOf(v, dictBits)]) - 1; at >= 0 {
		at -= len(z.dict)
		if n := z.same(src, i, at); n >= minFound {
			return i - at, n
		}
	}
	return 0, 0
}

// same tells how many bytes at i of src are those at an earlier place of it or
// of the dictionary.
func (z *lz) same(src []byte, i, at int) int {
	a, b := src[i:], src
	if at < 0 {
		b = z.dict[len(z.dict)+at:]
	} else {
		b = src[at:]
	}
	n := 0
	for len(a)-n >= 8 && len(b)-n >= 8 {
		if x := load64(a, n) ^ load64(b, n); x != 0 {
			return n + bits.TrailingZeros64(x)>>3
		}
		n += 8
	}
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// unpack appends the plain form of packed; false where it is damaged or would
// be longer than limit.
func (z *lz) unpack(dst, packed []byte, limit int) ([]byte, bool) {
	r := lzReader{b: packed}
	size := r.uvarint()
	if r.bad || size > limit {
		return nil, false
	}
	// A damaged length must not take memory that its steps could never fill.
	dst = slices.Grow(dst, min(size, 1<<20))
	start, end, last := len(dst), len(dst)+size, 0
	for len(dst) < end {
		step := r.byte()
		l, n := int(step>>4), int(step&most)
		if l == most {
			l += r.uvarint()
		}
		if r.bad || l > len(r.b) || l > end-len(dst) {
			return nil, false
		}
		dst = append(dst, r.b[:l]...)
		r.b = r.b[l:]
		if len(dst) == end {
			break
		}
		if n == most {
			n += r.uvarint()
		}
		n += minCopy
		if back := r.uvarint(); back > 0 {
			last = back
		}
		at := len(dst) - start - last
		if r.bad || n > end-len(dst) || last == 0 || at < -len(z.dict) {
			return nil, false
		}
		if at < 0 {
			piece := z.dict[len(z.dict)+at:]
			piece = piece[:min(n, len(piece))]
			dst = append(dst, piece...)
			n, at = n-len(piece), 0
		}
		for at += start; n > 0; { // a copy may reach into what it writes itself
			piece := dst[at:min(at+n, len(dst))]
			dst = append(dst, piece...)
			n, at = n-len(piece), at+len(piece)
		}
	}
	return dst, len(r.b) == 0
}

// lzReader reads a packed text.
type lzReader struct {
	b   []byte
	bad bool
}

func (r *lzReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	b := r.b[0]
	r.b = r.b[1:]
	return b
}

func (r *lzReader) uvarint() int {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		n := int(r.b[0])
		r.b = r.b[1:]
		return n
	}
	n, used := binary.Uvarint(r.b)
	if used <= 0 || n > maxBody {
		r.bad = true
		return 0
	}
	r.b = r.b[used:]
	return int(n)
}
