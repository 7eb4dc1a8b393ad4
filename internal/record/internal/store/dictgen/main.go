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
	"slices"

	"github.com/bevanhealth/bevan/internal/sim"
)

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

func write(path string) error { return os.WriteFile(path, history(), 0o644) }

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

// history is the text that bodies are compressed against. It holds each kind
// of resource once in each layout; what is near its end is found first.
func history() (text []byte) {
	kinds := slices.Clone(skeletons)
	seen := map[string]bool{}
	region := sim.Region{Seed: 1, People: 300, Today: sim.Date(2026, 11, 1), Depth: 1}
	for h := range region.Households() {
		for r := range region.Household(h) {
			if !seen[r.Type] && len(r.JSON) < 4000 {
				seen[r.Type] = true
				kinds = append(kinds, string(r.JSON))
			}
		}
	}
	for layout := range layouts {
		for _, k := range kinds {
			text = append(text, laidOut(k, layout)...)
		}
	}
	return text
}
