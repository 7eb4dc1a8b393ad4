package store

import (
	"embed"
	"errors"
	"fmt"

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

// newest is the dictionary that bodies are written with.
const newest = 1

// maxBody bounds what a packed body may unpack to.
const maxBody = 256 << 20

var errBody = errors.New("store: a packed body is damaged")

// codec compresses bodies. FHIR bodies are small and alike, so a dictionary
// takes them to about half of what plain compression does.
//
// A packed body is one byte, the number of its dictionary (0 for none), and a
// zstd frame.
type codec struct {
	enc *zstd.Encoder
	dec [newest + 1]*zstd.Decoder
}

func newCodec() (*codec, error) {
	c := &codec{}
	for n := range c.dec {
		opts := []zstd.DOption{zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderConcurrency(0), zstd.WithDecoderLowmem(true)}
		var data []byte
		if n > 0 {
			var err error
			if data, err = dictionaries.ReadFile(fmt.Sprintf("dict/%d.zdict", n)); err != nil {
				return nil, err
			}
			opts = append(opts, zstd.WithDecoderDicts(data))
		}
		dec, err := zstd.NewReader(nil, opts...)
		if err != nil {
			return nil, err
		}
		c.dec[n] = dec
		if n < newest {
			continue
		}
		// Without entropy coding a body takes a sixth more space and half the time
		// to unpack, which is what most of the time of a long answer went into.
		if c.enc, err = zstd.NewWriter(nil, zstd.WithEncoderDict(data), zstd.WithEncoderCRC(false),
			zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20), zstd.WithNoEntropyCompression(true), zstd.WithLowerEncoderMem(true)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// pack appends the packed form of plain.
func (c *codec) pack(dst, plain []byte) []byte {
	return c.enc.EncodeAll(plain, append(dst, newest))
}

// unpack appends the plain form of packed.
func (c *codec) unpack(dst, packed []byte) ([]byte, error) {
	if len(packed) == 0 || int(packed[0]) >= len(c.dec) {
		return nil, lost(errBody)
	}
	out, err := c.dec[packed[0]].DecodeAll(packed[1:], dst)
	if err != nil {
		return nil, lost(errors.Join(errBody, err))
	}
	return out, nil
}
