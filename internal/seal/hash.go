package seal

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/bits"
	"unsafe"
)

// Hasher is a keyed 64-bit hash for one use. Without the ring nobody can tell which value a hash stands
// for, or test a guess. It is SipHash-2-4 (Aumasson and Bernstein, 2012), a pseudorandom function made
// for short inputs; the benchmarks set it beside HMAC-SHA-256 and AES-CMAC, which take several times as
// long. Its key doesn't change when the ring is rotated: the index would have to be built anew.
//
// 64 bits are short enough that two values may meet, so a hit must be verified.
type Hasher struct{ k0, k1 uint64 }

// Hasher gives the hash for a domain, such as the name of an index. The same value has unrelated hashes in
// two domains.
func (r *Ring) Hasher(domain string) Hasher {
	key := derive(r.state.Load().hash, "bevan hash\x00"+domain, 16)
	return Hasher{k0: binary.LittleEndian.Uint64(key), k1: binary.LittleEndian.Uint64(key[8:])}
}

// Sum hashes data. It doesn't allocate.
func (h Hasher) Sum(data []byte) uint64 { return sip(h.k0, h.k1, data) }

// SumString hashes the bytes of s. It doesn't allocate.
func (h Hasher) SumString(s string) uint64 {
	return sip(h.k0, h.k1, unsafe.Slice(unsafe.StringData(s), len(s)))
}

// SumParts hashes several texts together; ("ab", "c") and ("a", "bc") differ. Up to 240 bytes it doesn't
// allocate.
func (h Hasher) SumParts(parts ...string) uint64 {
	var buf [256]byte
	b := buf[:0]
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return sip(h.k0, h.k1, b)
}

// Format writes a placeholder under every verb, so that no key is printed by mistake.
func (h Hasher) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// MarshalText gives the same placeholder to JSON and its like.
func (h Hasher) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue gives the same placeholder to structured logs.
func (h Hasher) LogValue() slog.Value { return slog.StringValue(hidden) }

// sip is SipHash-2-4 with a 64-bit result: two rounds for each word, four at the end.
func sip(k0, k1 uint64, p []byte) uint64 {
	v0, v1 := k0^0x736f6d6570736575, k1^0x646f72616e646f6d
	v2, v3 := k0^0x6c7967656e657261, k1^0x7465646279746573
	last := uint64(len(p)) << 56
	for ; len(p) >= 8; p = p[8:] {
		m := binary.LittleEndian.Uint64(p)
		v3 ^= m
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
		v0 ^= m
	}
	for i, b := range p {
		last |= uint64(b) << (8 * i)
	}
	v3 ^= last
	v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	v0 ^= last
	v2 ^= 0xff
	for range 4 {
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	}
	return v0 ^ v1 ^ v2 ^ v3
}

func sipRound(v0, v1, v2, v3 uint64) (uint64, uint64, uint64, uint64) {
	v0 += v1
	v1 = bits.RotateLeft64(v1, 13) ^ v0
	v0 = bits.RotateLeft64(v0, 32)
	v2 += v3
	v3 = bits.RotateLeft64(v3, 16) ^ v2
	v0 += v3
	v3 = bits.RotateLeft64(v3, 21) ^ v0
	v2 += v1
	v1 = bits.RotateLeft64(v1, 17) ^ v2
	v2 = bits.RotateLeft64(v2, 32)
	return v0, v1, v2, v3
}
