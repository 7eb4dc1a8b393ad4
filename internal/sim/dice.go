package sim

import "math/bits"

// dice is a splitmix64 generator: eight bytes of state, so that every subject
// of every life can have its own and none disturbs another.
type dice struct{ state uint64 }

// mix is the finaliser of splitmix64; it turns near inputs into far outputs.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const golden = 0x9e3779b97f4a7c15

// key joins a parent key and a number into a new key.
func key(parent, n uint64) uint64 {
	return mix(parent + golden*(n+1))
}

func throw(parent, subject uint64) dice { return dice{key(parent, subject)} }

func (d *dice) next() uint64 {
	d.state += golden
	return mix(d.state)
}

// below gives 0..n-1. The bias of the plain multiplication is under n/2^64.
func (d *dice) below(n int) int {
	if n <= 1 {
		return 0
	}
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// between gives lo..hi, both included; lo where hi is smaller.
func (d *dice) between(lo, hi int) int { return lo + d.below(hi-lo+1) }

// chance is true n times in 1,000.
func (d *dice) chance(n int) bool { return d.below(1000) < n }

// bell gives a roughly normal deviate in thousandths, within ±3,464: the sum of
// four 16-bit numbers, whose standard deviation is 65536·√(4/12) = 37,837.
func (d *dice) bell() int {
	x := d.next()
	sum := int(x&0xffff) + int(x>>16&0xffff) + int(x>>32&0xffff) + int(x>>48)
	return (sum - 2*65535) * 1000 / 37837
}

// pick chooses an index by weight. The weights must not all be zero.
func (d *dice) pick(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	at := d.below(total)
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return len(weights) - 1
}

// word chooses one of several strings.
func (d *dice) word(of []string) string { return of[d.below(len(of))] }
