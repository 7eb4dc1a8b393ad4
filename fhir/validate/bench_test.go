package validate_test

import (
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
)

// BenchmarkSynthea validates one person's Bundle, already parsed.
func BenchmarkSynthea(b *testing.B) {
	files, _ := filepath.Glob(filepath.Join(suite(b, "synthea-r4"), "A*.gz"))
	src := gunzip(b, files[0])
	tree, err := fhir.Parse(src, fhir.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if issues := validate.Resource(tree, validate.Options{}); len(issues) > 0 {
			b.Fatal(issues)
		}
	}
}
