package search

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/fhirpath"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

func TestEveryParameterCompiles(t *testing.T) {
	n := 0
	for _, typ := range append(spec.Resources(), common) {
		for _, p := range Base().Params(typ) {
			if _, err := p.compiled(); err != nil {
				t.Error(err)
			}
			if len(p.branches) == 0 && p.Kind != Special {
				t.Errorf("%s has no expression", p.ID)
			}
			if p.Kind == 0 {
				t.Errorf("%s has no kind", p.ID)
			}
			n++
		}
	}
	t.Logf("%d parameters", n)
}

// TestEveryExampleIsFound extracts from every example, and holds for each
// parameter that its expression and its values agree: where the element is
// there, so is a value.
func TestEveryExampleIsFound(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range suitetest.Files(t, "r4-examples", "*.json") {
		tree := parseFile(t, f)
		if !tree.Root().Get("resourceType").Exists() {
			continue // the list of the package's files is no resource
		}
		vs, err := Extract(Base(), tree, nil)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
		}
		has := map[*Param]bool{}
		for i := range vs {
			has[vs[i].Param] = true
			seen[vs[i].Param.ID] = true
		}
		for _, p := range Base().Params(string(tree.Root().Get("resourceType").Text())) {
			if p.IsServer() || p.Kind == Composite || p.Kind == Special || has[p] {
				continue
			}
			for _, it := range items(t, p, tree) {
				if !without(p, it) {
					t.Errorf("%s: %s gives no value for a %s: %.100s", filepath.Base(f), p.ID, it.Type(), it.Node().Raw())
				}
			}
		}
	}
	t.Logf("%d parameters gave values", len(seen))
}

func items(t *testing.T, p *Param, tree *fhir.Tree) fhirpath.Collection {
	exprs, err := p.compiled()
	if err != nil {
		t.Fatal(err)
	}
	var out fhirpath.Collection
	for _, e := range exprs {
		if out, err = e.Append(out, nil, fhirpath.Root(tree)); err != nil {
			t.Fatal(p.ID, err)
		}
	}
	return out
}

// without lists the elements that rightly give nothing.
func without(p *Param, it fhirpath.Item) bool {
	n := it.Node()
	switch it.Type() {
	case "SampledData", "Attachment":
		return true
	case "canonical":
		return n.Str()[0] == '#'
	case "string":
		return p.Kind == Date
	case "Reference": // a display alone, or a contained resource
		r := n.Get("reference").Str()
		return r == "" && !n.Get("identifier").Exists() || r != "" && r[0] == '#'
	case "Timing": // how often, but not when
		return !n.Get("event").Exists() && !n.Get("repeat").Get("boundsPeriod").Exists()
	case "Identifier", "ContactPoint", "Quantity", "Money":
		return !n.Get("value").Exists()
	case "Period":
		return !n.Get("start").Exists() && !n.Get("end").Exists()
	}
	if r := n.Get("resourceType"); r.Exists() {
		return !n.Get("id").Exists() || !p.mayLeadTo(r.Str())
	}
	return !n.Exists() // a primitive that has only extensions
}

func TestEveryResourceOfAPersonIsFound(t *testing.T) {
	n, values := 0, 0
	var dst []Value
	for _, tree := range synthea(t, "") {
		var err error
		if dst, err = Extract(Base(), tree, dst[:0]); err != nil || len(dst) == 0 {
			t.Errorf("%v, %d values: %.200s", err, len(dst), tree.Bytes())
		}
		n, values = n+1, values+len(dst)
	}
	t.Logf("%d resources, %d values", n, values)
}

// synthea gives the resources of some made-up people; those of one type, or
// all of them.
func synthea(t testing.TB, typ string) []*fhir.Tree {
	files := suitetest.Files(t, "synthea-r4", "*.json.gz")
	var out []*fhir.Tree
	for _, f := range files[:min(3, len(files))] {
		for _, r := range entries(t, parseFile(t, f)) {
			if typ == "" || r.Root().Get("resourceType").Is(typ) {
				out = append(out, r)
			}
		}
	}
	return out
}

func BenchmarkExtractObservation(b *testing.B) {
	trees := synthea(b, "Observation")
	var dst []Value
	b.ReportAllocs()
	n, bytes := 0, 0
	b.ResetTimer()
	for i := range b.N {
		t := trees[i%len(trees)]
		var err error
		if dst, err = Extract(Base(), t, dst[:0]); err != nil {
			b.Fatal(err)
		}
		n, bytes = n+len(dst), bytes+len(t.Bytes())
	}
	b.ReportMetric(float64(n)/float64(b.N), "values/op")
	b.ReportMetric(float64(bytes)/float64(b.N), "B/resource")
}

// FuzzExtract holds that no tree brings Extract, Match or sorting down, however
// little it looks like the resource that it says it is, and that a parameter
// is missing just where Extract finds nothing for it.
func FuzzExtract(f *testing.F) {
	for _, name := range []string{"testdata/values.txt", "testdata/match.txt"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, line := range strings.Split(string(b), "\n") {
			if strings.HasPrefix(line, "{") {
				f.Add(line)
			}
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		tree, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			return
		}
		typ := string(tree.Root().Get("resourceType").Text())
		vs, err := Extract(Base(), tree, nil)
		has := map[*Param]bool{}
		for i := range vs {
			has[vs[i].Param] = true
		}
		for _, p := range Base().Params(typ) {
			k := SortKey{Params: []*Param{p}}
			k.Value(tree, &MatchEnv{})
			if p.IsServer() || p.Kind == Special || p.Kind == Composite {
				continue
			}
			missing, err2 := Match(tree, &Criterion{Params: []*Param{p}, Modifier: Missing, Absent: true}, &MatchEnv{})
			if err == nil && err2 == nil && missing == has[p] {
				t.Fatalf("%s: missing %v, found %v in %q", p.ID, missing, has[p], src)
			}
		}
		ContentWords(tree, func(w string) bool { return w != "" })
		for _, query := range []string{"combo-code-value-quantity=a$1", "code-value-date=a$2020", "code-value-string=a$b", "_text=a", "_content=b"} {
			if q, err := ask("Observation?"+query, Options{}); err != nil {
				t.Fatal(err)
			} else if _, err := Match(tree, &q.Criteria[0], &MatchEnv{}); err != nil && typ == "Observation" {
				t.Logf("%s: %v", query, err)
			}
		}
	})
}
