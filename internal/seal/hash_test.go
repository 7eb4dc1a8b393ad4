package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"path/filepath"
	"testing"
)

// The test of appendix A of the SipHash paper (Aumasson and Bernstein, 2012): key 00..0f, input 00..0e.
func TestSipHashAgreesWithItsPaper(t *testing.T) {
	var key, in [16]byte
	for i := range key {
		key[i], in[i] = byte(i), byte(i)
	}
	got := sip(binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:]), in[:15])
	if got != 0xa129ca6149be45e5 {
		t.Fatalf("%x", got)
	}
}

func hasher(t testing.TB) Hasher {
	t.Helper()
	r, err := Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Hasher("a").SumString("x") == r.Hasher("b").SumString("x") {
		t.Fatal("two domains hash alike")
	}
	return r.Hasher("a")
}

func TestHashes(t *testing.T) {
	h := hasher(t)
	if h.Sum([]byte("text")) != h.SumString("text") || h.SumString("") == 0 {
		t.Error("bytes and text differ")
	}
	seen := map[uint64]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"a"}, {"ab", "c"}, {"a", "bc"}, {"abc"}, {"a", "b", "c"}} {
		sum := h.SumParts(parts...)
		if other, ok := seen[sum]; ok {
			t.Errorf("%q and %q are alike", parts, other)
		}
		seen[sum] = parts2(parts)
	}
	long := string(make([]byte, 1000))
	if h.SumParts(long, "a") == h.SumParts(long, "b") {
		t.Error("the end of a long text is not hashed")
	}
	if hasher(t).SumString("x") == h.SumString("x") {
		t.Error("two rings hash alike")
	}
	if n := testing.AllocsPerRun(100, func() { h.SumParts("code", "http://loinc.org", "8302-2") }); n != 0 {
		t.Error("allocates", n)
	}
}

func parts2(parts []string) string {
	out := ""
	for _, p := range parts {
		out += "|" + p
	}
	return out
}

var sink uint64

// BenchmarkHash60 sets what could be the keyed hash side by side, over 60 bytes.
func BenchmarkHash60(b *testing.B) {
	data := make([]byte, 60)
	key := make([]byte, 32)
	h := hasher(b)
	b.Run("siphash", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink += h.Sum(data)
		}
	})
	b.Run("siphash-parts", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink += h.SumParts("Observation.code", "http://loinc.org/some/where", "8302-2-abcdefgh")
		}
	})
	b.Run("hmac-sha256", func(b *testing.B) {
		b.ReportAllocs()
		m := hmac.New(sha256.New, key)
		var out [32]byte
		for b.Loop() {
			m.Reset()
			m.Write(data)
			sink += binary.LittleEndian.Uint64(m.Sum(out[:0]))
		}
	})
	b.Run("aes-cbc-mac", func(b *testing.B) { // the greater part of AES-CMAC
		b.ReportAllocs()
		block, err := aes.NewCipher(key)
		if err != nil {
			b.Fatal(err)
		}
		padded, iv := make([]byte, 64), make([]byte, 16)
		out := make([]byte, 64)
		for b.Loop() {
			copy(padded, data)
			cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, padded)
			sink += binary.LittleEndian.Uint64(out[48:])
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	key, err := newKey(make([]byte, KeySize))
	if err != nil {
		b.Fatal(err)
	}
	for name, size := range map[string]int{"1kB": 1 << 10, "64kB": 64 << 10} {
		plain, aad := make([]byte, size), make([]byte, 16)
		sealed := key.Seal(nil, plain, aad)
		buf := make([]byte, 0, size+Overhead)
		b.Run("seal-"+name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				key.Seal(buf, plain, aad)
			}
		})
		b.Run("open-"+name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := key.Open(buf, sealed, aad); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("unwrap", func(b *testing.B) {
		r, err := Create(filepath.Join(b.TempDir(), "keys.json"))
		if err != nil {
			b.Fatal(err)
		}
		wrapped, _, err := r.NewPersonKey(1)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Unwrap(1, wrapped); err != nil {
				b.Fatal(err)
			}
		}
	})
}
