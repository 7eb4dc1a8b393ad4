package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// ours is this module's path; imports below it are ours.
const ours = "github.com/bevanhealth/bevan"

// root is the top of the repository, seen from this package's folder, where go
// test runs.
const root = "../.."

// source is one parsed Go file.
type source struct {
	path    string // from the top, with slashes: "internal/db/open.go"
	dir     string // its folder
	ast     *ast.File
	imports []string
	lines   int
	test    bool // a _test.go file, or of a package that only tests use
	gen     bool // written by a generator
}

var files = token.NewFileSet()

var load = sync.OnceValues(func() ([]*source, error) {
	var all []*source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); p != root && (strings.HasPrefix(n, ".") || n == "testdata" || n == "node_modules" || n == "data") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		s, err := read(p)
		if err == nil {
			all = append(all, s)
		}
		return err
	})
	return all, err
})

func read(p string) (*source, error) {
	text, err := os.ReadFile(p)
	if err != nil {
		return nil, err
	}
	f, err := parser.ParseFile(files, p, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, p)
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	s := &source{
		path:  rel,
		dir:   path.Dir(rel),
		ast:   f,
		lines: strings.Count(string(text), "\n"),
		gen:   strings.HasSuffix(rel, "_gen.go"),
	}
	s.test = strings.HasSuffix(rel, "_test.go") || testRoom(s.dir)
	for _, im := range f.Imports {
		name, err := strconv.Unquote(im.Path.Value)
		if err != nil {
			return nil, err
		}
		s.imports = append(s.imports, name)
	}
	return s, nil
}

// testRoom says whether a folder holds helpers for tests, such as db/dbtest.
func testRoom(dir string) bool {
	return strings.HasSuffix(path.Base(dir), "test") && path.Base(dir) != "test"
}

// sources are all Go files of the module; the test stops where one can not be
// parsed.
func sources(t *testing.T) []*source {
	t.Helper()
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no sources were found, so this test would pass whatever they hold")
	}
	return all
}

// within says whether dir is the room or lies below it.
func within(dir, room string) bool { return dir == room || strings.HasPrefix(dir, room+"/") }

// at is where a node stands, for a failure: "internal/db/open.go:17".
func (s *source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(files.Position(n.Pos()).Line)
}

// span is how many lines a node covers.
func span(n ast.Node) int {
	return files.Position(n.End()).Line - files.Position(n.Pos()).Line + 1
}

// call is a use of a name of another package, such as http.Get.
type call struct {
	pkg, name string // import path and name
	node      ast.Node
}

// uses lists the names of other packages that a file mentions.
func (s *source) uses() []call {
	local := map[string]string{}
	for i, im := range s.ast.Imports {
		name := path.Base(s.imports[i])
		if len(name) > 1 && name[0] == 'v' && name[1] <= '9' { // ".../v2" is named by what stands before
			name = path.Base(path.Dir(s.imports[i]))
		}
		if im.Name != nil {
			name = im.Name.Name
		}
		local[name] = s.imports[i]
	}
	var all []call
	ast.Inspect(s.ast, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && local[id.Name] != "" {
			all = append(all, call{local[id.Name], sel.Sel.Name, n})
		}
		return true
	})
	return all
}

// rooms are the folders that hold packages, in order.
func rooms(all []*source) []string {
	var dirs []string
	for _, s := range all {
		dirs = append(dirs, s.dir)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
