package spec

import "testing"

// The start-up budget is 15 ms for all tables together; run with -bench Load.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		readCompartments()
		readCodes()
		readParams()
		readTypes()
	}
}
