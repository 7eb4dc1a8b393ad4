package store

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// The dictionaries that bodies are compressed with, by number. They are made
// from made-up people only (see dictgen): one trained on the store's own
// bodies would keep pieces of people's records outside of their key, where
// erasing the key could not reach them. A dictionary that was ever released is
// never changed or taken away.
//
//go:embed dict
var dictionaries embed.FS

// layouts is how many dictionaries there are of one making: one for each way
// in which resources are indented most.
const layouts = 5

// maxBody bounds what a packed body may unpack to.
const maxBody = 256 << 20

var errBody = errors.New("store: a packed body is damaged")

// large is the size in bytes from which on a body that S2 has packed is packed
// by zstd instead. Zstd makes itself ready for each body, which takes longer
// than packing a small one, and packs a large one to half.
const large = 400

// codec compresses bodies. FHIR bodies are small and alike, so a dictionary
// takes them to about half of what plain compression does. S2's dictionaries
// are only read: other compressors copy theirs for every body, half a megabyte
// for one of a kilobyte.
//
// A packed body is one byte and what follows it: from 1 to 5 the number of a
// dictionary of S2 and a block of it, 6 for a frame of zstd with its dictionary.
type codec struct {
	by   [layouts]*s2.Dict
	enc  *zstd.Encoder
	dec  *zstd.Decoder
	room sync.Pool // of *[]byte, to pack and unseal in
}

// byZstd is the first byte of a body that zstd has packed.
const byZstd = layouts + 1

func newCodec() (*codec, error) {
	c := &codec{}
	c.room.New = func() any { return new([]byte) }
	for i := range c.by {
		data, err := fs.ReadFile(dictionaries, fmt.Sprintf("dict/%d.s2dict", i+1))
		if err != nil {
			return nil, err
		}
		if c.by[i] = s2.NewDict(data); c.by[i] == nil {
			return nil, fmt.Errorf("store: dictionary %d is damaged", i+1)
		}
	}
	data, err := fs.ReadFile(dictionaries, "dict/1.zdict")
	if err != nil {
		return nil, err
	}
	c.enc, err = zstd.NewWriter(nil, zstd.WithEncoderDict(data), zstd.WithEncoderCRC(false), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	c.dec, err = zstd.NewReader(nil, zstd.WithDecoderDicts(data), zstd.WithDecoderMaxMemory(maxBody),
		zstd.WithDecoderConcurrency(0), zstd.WithDecoderLowmem(true))
	return c, err
}

// layoutOf tells how a body is laid out, by the indent of its first member:
// none, two spaces, four, eight, or more.
func layoutOf(body []byte) int {
	if len(body) < 2 || body[1] != '\n' {
		return 0
	}
	indent := 0
	for indent+2 < len(body) && body[indent+2] == ' ' {
		indent++
	}
	for i, most := range []int{2, 4, 8} {
		if indent <= most {
			return i + 1
		}
	}
	return layouts - 1
}

// pack appends the packed form of plain.
func (c *codec) pack(dst, plain []byte) []byte {
	n := layoutOf(plain)
	room := c.lend(s2.MaxEncodedLen(len(plain)))
	defer c.back(room)
	packed := c.by[n].Encode((*room)[:cap(*room)], plain)
	if len(packed) <= large {
		dst = append(append(dst, byte(n+1)), packed...)
	} else {
		dst = c.enc.EncodeAll(plain, append(dst, byZstd))
	}
	return dst
}

// lend gives room for n bytes; back takes it for the next one, unless it is very
// large.
func (c *codec) lend(n int) *[]byte {
	room := c.room.Get().(*[]byte)
	*room = slices.Grow((*room)[:0], n)
	return room
}

func (c *codec) back(room *[]byte) {
	if cap(*room) <= 1<<20 {
		c.room.Put(room)
	}
}

// unpack appends the plain form of packed.
func (c *codec) unpack(dst, packed []byte) ([]byte, error) {
	if len(packed) == 0 || packed[0] == 0 || packed[0] > byZstd {
		return nil, lost(errBody)
	}
	n, packed := int(packed[0]), packed[1:]
	if n == byZstd {
		out, err := c.dec.DecodeAll(packed, dst)
		if err != nil {
			return nil, lost(errors.Join(errBody, err))
		}
		return out, nil
	}
	dict := c.by[n-1]
	size, err := s2.DecodedLen(packed)
	if err != nil || size > maxBody {
		return nil, lost(errors.Join(errBody, err))
	}
	// A length that was damaged would take memory for nothing; the seal around
	// a body does not let one come this far.
	at := len(dst)
	dst = slices.Grow(dst, size)[:at+size]
	out, err := dict.Decode(dst[at:], packed)
	if err != nil || len(out) != size {
		return nil, lost(errors.Join(errBody, err))
	}
	return append(dst[:at], out...), nil
}
