package store

import "math"

// A range in the table ord lies under its low end, in a class by its length.
// A search for what overlaps [a, b) then need only look at low ends from a
// minus the longest length of the class: without classes, one long illness
// would make every search read from the beginning of time.
const (
	classBits = 2
	classes   = 1 << classBits
)

const day = int64(24 * 60 * 60 * 1e6) // microseconds, as fhir.DateTime counts

// classLength is the longest range of each class of dates, in microseconds.
// The last class has no bound.
var classLength = [classes]int64{day, 32 * day, 366 * day, math.MaxInt64}

func dateClass(low, high int64) int64 {
	for c := range classes - 1 {
		if low > math.MinInt64/2 && high < math.MaxInt64/2 && high-low <= classLength[c] {
			return int64(c)
		}
	}
	return classes - 1
}

// Numbers know two classes: a point, or the small range that its written
// precision implies, can't be told from a wide one by the length of its sort
// keys, so everything with two different ends is unbounded.
func numberClass(low, high int64) int64 {
	if low == high {
		return 0
	}
	return classes - 1
}

// lowest is the smallest low end that a range of the class can have and still
// reach beyond a.
func lowest(class int, a int64) int64 {
	if class == classes-1 || a < math.MinInt64+classLength[class] {
		return math.MinInt64
	}
	return a - classLength[class]
}
