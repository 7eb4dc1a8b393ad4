// Command dictgen makes the dictionaries that bodies are compressed with, from
// made-up people and from the element names of the specification.
//
// Usage: go run ./internal/record/internal/store/dictgen FOLDER
//
// The output depends on nothing but the program. A dictionary that was ever
// released must stay as it is: write a new one under the next number.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/bevanhealth/bevan/internal/sim"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: dictgen FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write writes a dictionary of S2 for each layout, and one of zstd for all.
func write(dir string) error {
	kinds, people := kinds()
	if err := writeZstd(filepath.Join(dir, "1.zdict"), kinds, people); err != nil {
		return err
	}
	for layout := range layouts {
		var text []byte
		for _, k := range kinds {
			text = append(text, laidOut(k, layout)...)
		}
		// The widest layout has more text than a dictionary has room for: what
		// stands first, and is met least, is left out.
		text = text[max(0, len(text)-s2.MaxDictSize):]
		// A body begins like this one more often than like any other.
		d := s2.MakeDict(text, laidOut(`{"resourceType":"Observation"}`, layout))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.s2dict", layout+1)), d.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// layouts are the ways in which resources are indented most: compact, by
// themselves, and as entries of a Bundle, by two spaces and by four.
var layouts = []struct{ prefix, indent string }{
	{"", ""}, {"", "  "}, {"", "    "}, {"      ", "  "}, {"            ", "    "},
}

func laidOut(body string, layout int) []byte {
	if layout == 0 {
		return []byte(body)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(body), layouts[layout].prefix, layouts[layout].indent); err != nil {
		return []byte(body)
	}
	return b.Bytes()
}

// writeZstd writes the dictionary of zstd. It holds each kind in each layout,
// and the frequencies of bytes, learned from samples: the kinds, and every
// ninth resource of the made-up people.
func writeZstd(path string, kinds, people []string) error {
	var history []byte
	var samples [][]byte
	for n, p := range people {
		if (n+1)%9 == 0 {
			samples = append(samples, laidOut(p, (n+1)%len(layouts)))
		}
	}
	for layout := range layouts {
		for _, k := range kinds {
			history = append(history, laidOut(k, layout)...)
			for range 20 {
				samples = append(samples, laidOut(k, layout))
			}
		}
	}
	data, err := zstd.BuildDict(zstd.BuildDictOptions{ID: 1, Contents: samples, History: history,
		Offsets: [3]int{1, 4, 8}, Level: zstd.SpeedDefault})
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// kinds are resources of each kind that is met often, and all those of some
// made-up people. What is near the end is found first.
func kinds() (kinds, people []string) {
	kinds = slices.Clone(skeletons)
	seen := map[string]bool{}
	region := sim.Region{Seed: 1, People: 300, Today: sim.Date(2026, 11, 1), Depth: 1}
	for h := range region.Households() {
		for r := range region.Household(h) {
			people = append(people, string(r.JSON))
			if !seen[r.Type] && len(r.JSON) < 4000 {
				seen[r.Type] = true
				kinds = append(kinds, string(r.JSON))
			}
		}
	}
	return kinds, people
}
