package smart

import (
	"encoding/csv"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMatrix holds the table in testdata against the requirement table of the
// outside suites: every SHALL and SHALL NOT for servers is in it, once, with a
// test that exists, or the reason why there is none yet, or none at all.
func TestMatrix(t *testing.T) {
	table := rowsOf(t)
	tests := testNames(t)
	shown, open, none := 0, 0, 0
	for id, r := range table {
		switch {
		case reasoned(r.by, "open: "):
			open++
		case reasoned(r.by, "none: "):
			none++
		case tests[r.by]:
			shown++
		default:
			t.Errorf("%s: there is no test %q", id, r.by)
		}
	}
	t.Logf("SMART App Launch 2.2.0: %d of %d requirements for servers are shown, %d are open, %d are nothing that a test could show", shown, len(table), open, none)
	required := requirements(t)
	for id, word := range required {
		if r, ok := table[id]; !ok || r.word != word {
			t.Errorf("requirement %s (%s) is not in the table, or as %q", id, word, r.word)
		}
	}
	for id := range table {
		if required[id] == "" {
			t.Errorf("%s is in the table and is no requirement", id)
		}
	}
}

func reasoned(by, prefix string) bool {
	reason, ok := strings.CutPrefix(by, prefix)
	return ok && reason != ""
}

type row struct{ word, by string }

func rowsOf(t *testing.T) map[string]row {
	t.Helper()
	b, err := os.ReadFile("testdata/smart-2.2.0.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]row{}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(strings.TrimSpace(line), " | ", 3)
		if len(parts) != 3 || out[parts[0]].by != "" {
			t.Fatalf("%q is no row, or stands there twice", line)
		}
		out[parts[0]] = row{parts[1], parts[2]}
	}
	return out
}

// requirements are the numbers and words of what a server has to do.
func requirements(t *testing.T) map[string]string {
	t.Helper()
	dir := os.Getenv("BEVAN_SUITES")
	if dir == "" {
		dir = "../../../shared/suites"
	}
	f, err := os.Open(filepath.Join(dir, "requirements", "smart_app_launch_test_kit_requirements.csv"))
	if err != nil {
		t.Skip("skipped: the outside suite requirements is not here; see docs/developers/testing.md")
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range lines[1:] {
		// Req Set, ID, URL, Requirement, Conformance, Actors
		if strings.HasSuffix(l[0], "_2.2.0") && l[5] == "Server" && strings.HasPrefix(l[4], "SHALL") {
			out[l[1]] = l[4]
		}
	}
	return out
}

// testNames are the tests of the house, as folder.TestName.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				out[filepath.ToSlash(dir)+"."+f.Name.Name] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
