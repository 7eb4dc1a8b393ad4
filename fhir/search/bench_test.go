package search

import (
	"testing"
)

func BenchmarkMatch(b *testing.B) {
	trees := synthea(b, "Observation")
	for _, query := range []string{"code=8302-2", "patient=Patient/1", "date=ge2010", "code-value-quantity=8302-2$gt100", "_id=1", "_content=height"} {
		q, err := ask("Observation?"+query, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(query, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if _, err := Match(trees[i%len(trees)], &q.Criteria[0], &MatchEnv{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, err := ask("Observation?patient=Patient/1&code=http://loinc.org|8302-2&date=ge2010&_sort=-date", Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstSearch is what the first query of a program costs beyond the
// tables of the specification.
func BenchmarkFirstSearch(b *testing.B) {
	Base().Params("Observation")
	b.ReportAllocs()
	for range b.N {
		r, err := Base().With()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Parse(r, []string{"Observation"}, nil, pairs("patient=1&code=2"), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
