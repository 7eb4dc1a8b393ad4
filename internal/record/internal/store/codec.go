package store

import (
	"embed"
	"errors"
	"fmt"
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
// A packed body is one byte, the number of its dictionary from 1 on, and what
// lz makes of it.
type codec struct {
	by [newest + 1]*lz
}

func newCodec() (*codec, error) {
	c := &codec{}
	for n := 1; n <= newest; n++ {
		text, err := dictionaries.ReadFile(fmt.Sprintf("dict/%d.text", n))
		if err != nil {
			return nil, err
		}
		c.by[n] = newLZ(text)
	}
	return c, nil
}

// pack appends the packed form of plain.
func (c *codec) pack(dst, plain []byte) []byte {
	return c.by[newest].pack(append(dst, newest), plain)
}

// unpack appends the plain form of packed.
func (c *codec) unpack(dst, packed []byte) ([]byte, error) {
	if len(packed) == 0 || packed[0] == 0 || int(packed[0]) >= len(c.by) {
		return nil, lost(errBody)
	}
	out, ok := c.by[packed[0]].unpack(dst, packed[1:], maxBody)
	if !ok {
		return nil, lost(errBody)
	}
	return out, nil
}
