package validate_test

import (
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// BenchmarkSynthea validates one person's Bundle, already parsed.
func BenchmarkSynthea(b *testing.B) {
	files := suitetest.Files(b, "synthea-r4", "A*.gz")
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
