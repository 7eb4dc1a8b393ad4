package fhirpath

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

type invariant struct {
	key, severity, src string
	e                  *Expr
}

// readInvariants takes the invariants of R4's types from its package: by the
// name of the type that they hold for.
func readInvariants(t *testing.T) map[string][]invariant {
	f, err := os.Open(suitetest.Package(t, "hl7.fhir.r4.core-4.0.1.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]invariant{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(h.Name, "package/StructureDefinition-") {
			addInvariants(t, r, found)
		}
	}
}

func addInvariants(t *testing.T, r io.Reader, found map[string][]invariant) {
	var def struct {
		Derivation string
		Snapshot   struct {
			Element []struct {
				Path       string
				Constraint []struct{ Key, Severity, Expression, Source string }
			}
		}
	}
	if err := json.NewDecoder(r).Decode(&def); err != nil {
		t.Fatal(err)
	}
	if def.Derivation == "constraint" {
		return
	}
	for _, e := range def.Snapshot.Element {
		if spec.Lookup(e.Path) == nil {
			continue // what a datatype asks of itself comes with the datatype
		}
		for _, c := range e.Constraint {
			if c.Expression != "" {
				found[e.Path] = append(found[e.Path], invariant{key: c.Key, severity: c.Severity, src: c.Expression})
			}
		}
	}
}

// TestInvariants evaluates R4's own invariants on every element of its own
// examples. All should hold: what does not is listed with its reason in
// testdata/invariant-exceptions.txt.
func TestInvariants(t *testing.T) {
	all := readInvariants(t)
	exceptions := readExceptions(t, filepath.Join("testdata", "invariant-exceptions.txt"))
	used := map[string]bool{}
	fail := func(name, format string, args ...any) {
		if _, ok := exceptions[name]; ok {
			used[name] = true
			return
		}
		t.Errorf(name+": "+format, args...)
	}
	for typ, list := range all {
		for i := range list {
			e, err := CompileFor(typ, list[i].src)
			if err != nil {
				fail(list[i].key, "%s: %v", list[i].src, err)
			}
			list[i].e = e
		}
	}
	checked := 0
	files := suitetest.Files(t, "r4-examples", "*.json")
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if tree, err := fhir.Parse(src, fhir.Limits{}); err == nil {
			checked += checkInvariants(all, Root(tree), filepath.Base(file), fail)
		}
	}
	for name := range exceptions {
		if !used[name] {
			t.Errorf("%s is listed and holds", name)
		}
	}
	t.Logf("%d checks", checked)
}

// checkInvariants goes through all elements of a resource.
func checkInvariants(all map[string][]invariant, root Item, file string, fail func(name, format string, args ...any)) (checked int) {
	items := []Item{root}
	for len(items) > 0 {
		it := items[len(items)-1]
		items = appendChildren(items[:len(items)-1], &it)
		for _, inv := range all[it.Type()] {
			if inv.e == nil || inv.severity != "error" {
				continue
			}
			checked++
			got, err := inv.e.Eval(nil, it)
			if err != nil {
				fail(inv.key, "%s %s: %v", file, it.Place(), err)
			} else if ok, _ := condition(got); ok == no {
				fail(inv.key+" "+file, "%s: %s", it.Place(), inv.src)
			} else if ok == unknown {
				fail(inv.key+" unknown", "%s %s: %s", file, it.Place(), inv.src)
			}
		}
	}
	return checked
}
