package store

import (
	"cmp"
	"slices"
	"unsafe"
)

// row is a few numbers that lie one behind the other.
type row interface {
	[2]int64 | [3]int64 | [4]int64
}

// sortAs sorts a flat slice of numbers as rows of a fixed width. The cast is
// sound: an array of n numbers has the memory of n numbers in a row.
func sortAs[R row](flat []int64) {
	var one R
	if len(flat) < 2*len(one) {
		return
	}
	rows := unsafe.Slice((*R)(unsafe.Pointer(&flat[0])), len(flat)/len(one))
	slices.SortFunc(rows, func(a, b R) int {
		for i := range len(a) {
			if c := cmp.Compare(a[i], b[i]); c != 0 {
				return c
			}
		}
		return 0
	})
}
