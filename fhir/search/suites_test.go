package search

import (
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
)

func parseFile(t testing.TB, name string) *fhir.Tree {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(b))
}

func parse(t testing.TB, src string) *fhir.Tree {
	t.Helper()
	tree, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		t.Fatalf("%v in %.200s", err, src)
	}
	return tree
}

// entries gives the resources of a Bundle as trees of their own.
func entries(t testing.TB, bundle *fhir.Tree) []*fhir.Tree {
	var out []*fhir.Tree
	for e := range bundle.Root().Get("entry").Items() {
		if r := e.Get("resource"); r.Exists() {
			out = append(out, parse(t, string(r.Raw())))
		}
	}
	return out
}
