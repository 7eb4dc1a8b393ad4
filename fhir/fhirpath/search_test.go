package fhirpath

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// TestSearchParameters compiles every search parameter of R4 for every type
// that has it, strictly: none may name an element that is not there.
func TestSearchParameters(t *testing.T) {
	n := 0
	for _, typ := range spec.Resources() {
		for _, p := range spec.SearchParams(typ) {
			src := p.For(typ)
			if src == "" {
				continue
			}
			n++
			if _, err := CompileFor(typ, src); err != nil {
				t.Errorf("%s %s: %s: %v", typ, p.Code, src, err)
			}
			if _, err := Compile(p.Expression); err != nil {
				t.Errorf("%s %s: %s: %v", typ, p.Code, p.Expression, err)
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d parameters were compiled", n)
	}
}

// TestSearchParametersOnExamples evaluates every parameter on every example of
// R4: none may fail, and nothing may come out that is not an element of the
// resource.
func TestSearchParametersOnExamples(t *testing.T) {
	dir := suitetest.Dir(t, "r4-examples")
	compiled := map[string][]*Expr{}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	found := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fhir.Parse(src, fhir.Limits{})
		if err != nil {
			continue // the parser's own tests answer for this
		}
		root := Root(tree)
		if compiled[root.Type()] == nil {
			compiled[root.Type()] = searchExpressions(t, root.Type())
		}
		for _, e := range compiled[root.Type()] {
			got, err := e.Append(nil, nil, root)
			if err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(file), e, err)
			}
			found += len(got)
			checkFound(t, file, e, got)
		}
	}
	t.Logf("%d values in %d examples", found, len(files))
}

func searchExpressions(t testing.TB, typ string) []*Expr {
	var list []*Expr
	for _, p := range spec.SearchParams(typ) {
		if src := p.For(typ); src != "" {
			e, err := CompileFor(typ, src)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, e)
		}
	}
	return list
}

func checkFound(t *testing.T, file string, e *Expr, got Collection) {
	for _, it := range got {
		if b, ok := it.val.(Boolean); ok && e.String() != "" && bool(b) {
			continue // Patient.deceased.exists() and …
		}
		if it.val == nil && it.typ == nil {
			t.Errorf("%s: %s yields %s without a type", filepath.Base(file), e, it.Place())
		}
	}
}

// synthea reads one Synthea bundle and returns its first resource of a type.
func synthea(t testing.TB, typ string) Item {
	files := suitetest.Files(t, "synthea-r4", "*.json.gz")
	if len(files) == 0 {
		t.Skip("no Synthea bundles here")
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		src, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fhir.Parse(src, fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for e := range tree.Root().Get("entry").Items() {
			if r := e.Get("resource"); r.Get("resourceType").Is(typ) {
				tree, err := fhir.Parse(r.Raw(), fhir.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				return Root(tree)
			}
		}
	}
	t.Skipf("no %s in the Synthea bundles", typ)
	return Item{}
}

func BenchmarkSearchParameters(b *testing.B) {
	for _, typ := range []string{"Observation", "Patient", "Encounter", "Claim"} {
		b.Run(typ, func(b *testing.B) {
			root := synthea(b, typ)
			exprs := searchExpressions(b, typ)
			var dst Collection
			b.ReportAllocs()
			for b.Loop() {
				dst = dst[:0]
				for _, e := range exprs {
					dst, _ = e.Append(dst, nil, root)
				}
			}
			b.ReportMetric(float64(len(exprs)), "exprs")
			b.ReportMetric(float64(len(dst)), "values")
		})
	}
}

func BenchmarkPath(b *testing.B) {
	for _, src := range []string{
		"Observation.code",
		"Observation.subject.where(resolve() is Patient)",
		"Observation.value.ofType(Quantity)",
		"(Observation.value as Quantity)",
		"Observation.code | Observation.component.code",
		"Observation.code.coding.where(system = 'http://loinc.org').code",
		"status = 'final'",
	} {
		b.Run(src, func(b *testing.B) {
			root := synthea(b, "Observation")
			e, err := Compile(src)
			if err != nil {
				b.Fatal(err)
			}
			var dst Collection
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = e.Append(dst[:0], nil, root)
			}
		})
	}
}
