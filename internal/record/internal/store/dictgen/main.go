// Command dictgen makes the dictionary that bodies are compressed with, from
// made-up people and from the element names of the specification.
//
// Usage: go run ./internal/record/internal/store/dictgen FILE
//
// The output depends on nothing but the program. A dictionary that was ever
// released must stay as it is: write a new one under the next number.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/klauspost/compress/dict"
	"github.com/klauspost/compress/zstd"

	"github.com/bevanhealth/bevan/internal/sim"
)

const size = 112 << 10

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: dictgen FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(path string) error {
	data, err := dict.BuildZstdDict(samples(), dict.Options{MaxDictSize: size, HashBytes: 6, ZstdDictID: 1, ZstdLevel: zstd.SpeedDefault})
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// samples are resources as they are written most: compact, and indented by two
// and by four spaces. Types that made-up people lack are given as skeletons.
func samples() [][]byte {
	var out [][]byte
	add := func(body []byte) {
		out = append(out, bytes.Clone(body))
		for _, indent := range []string{"  ", "    "} {
			var b bytes.Buffer
			if json.Indent(&b, body, "", indent) == nil {
				out = append(out, bytes.Clone(b.Bytes()))
			}
		}
	}
	region := sim.Region{Seed: 1, People: 200, Today: sim.Date(2026, 11, 1), Depth: 1}
	n := 0
	for h := range region.Households() {
		for r := range region.Household(h) {
			if n++; n%7 == 0 {
				add(r.JSON)
			}
		}
		if n > 14000 {
			break
		}
	}
	for _, s := range skeletons {
		for range 12 {
			add([]byte(s))
		}
	}
	return out
}
