package fhir

import "slices"

// Edit replaces the bytes From..To of a text by With.
type Edit struct {
	From, To int
	With     []byte
}

// Splice returns src with the edits made and every other byte as it was.
// Edits may come in any order but must not overlap; two insertions at one
// place keep the order in which they are given. Edits that overlap or lie
// outside src are a fault of the caller and are left out.
func Splice(src []byte, edits []Edit) []byte {
	sorted := slices.IsSortedFunc(edits, byFrom)
	if !sorted {
		edits = slices.Clone(edits)
		slices.SortStableFunc(edits, byFrom)
	}
	size := len(src)
	for _, e := range edits {
		size += len(e.With)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range edits {
		if e.From < at || e.To < e.From || e.To > len(src) {
			continue
		}
		out = append(out, src[at:e.From]...)
		out = append(out, e.With...)
		at = e.To
	}
	return append(out, src[at:]...)
}

func byFrom(a, b Edit) int { return a.From - b.From }
