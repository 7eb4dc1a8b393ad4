package arch

import (
	"go/ast"
	"path"
	"strings"
	"testing"
)

// Numbers that the best small code bases keep; beyond the first a file or
// function is named, beyond the second the test fails.
const (
	fileWarn, fileFail = 500, 800
	funcWarn, funcFail = 50, 80
	interfaceFail      = 7
	documentedShare    = 85 // of a hundred exported names
)

func TestEveryPackageHasOneComment(t *testing.T) { everyPackageHasOneComment(t, sources(t)) }

func everyPackageHasOneComment(t reporter, all []*source) {
	count, where := map[string]int{}, map[string][]string{}
	for _, s := range all {
		name := s.ast.Name.Name
		if strings.HasSuffix(name, "_test") {
			continue // the outside half of a package's tests
		}
		pkg := s.dir + " (" + name + ")"
		count[pkg] += 0
		if s.ast.Doc != nil && strings.TrimSpace(s.ast.Doc.Text()) != "" {
			count[pkg]++
			where[pkg] = append(where[pkg], path.Base(s.path))
		}
	}
	for pkg, n := range count {
		if n != 1 {
			t.Errorf("%s has %d package comments %v, want one: what it is, why here, what is not here", pkg, n, where[pkg])
		}
	}
}

func TestFilesStayShort(t *testing.T) {
	for _, s := range sources(t) {
		switch {
		case s.gen:
		case s.lines > fileFail:
			t.Errorf("%s has %d lines; more than %d can not be held in mind. Split it by what it does.", s.path, s.lines, fileFail)
		case s.lines > fileWarn:
			t.Logf("%s has %d lines; split it before it passes %d", s.path, s.lines, fileFail)
		}
	}
}

func TestFunctionsStayShort(t *testing.T) {
	long, all := 0, 0
	for _, s := range sources(t) {
		if s.gen {
			continue
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			all++
			n := span(f.Body)
			switch {
			case n <= funcWarn:
			case s.test: // a table of cases is data, and may be long
				t.Logf("%s: test %s has %d lines", s.at(f), f.Name.Name, n)
			case n > funcFail:
				t.Errorf("%s: %s has %d lines; the limit is %d. Give its parts names.", s.at(f), f.Name.Name, n, funcFail)
			default:
				long++
				t.Logf("%s: %s has %d lines", s.at(f), f.Name.Name, n)
			}
		}
	}
	t.Logf("%d of %d functions are longer than %d lines", long, all, funcWarn)
	if all > 0 && long*10 > all {
		t.Errorf("more than one function in ten is longer than %d lines", funcWarn)
	}
}

func TestInterfacesStayNarrow(t *testing.T) { interfacesStayNarrow(t, sources(t)) }

func interfacesStayNarrow(t reporter, all []*source) {
	for _, s := range all {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if i, ok := n.(*ast.InterfaceType); ok && i.Methods.NumFields() > interfaceFail {
				t.Errorf("%s: an interface has %d methods; more than %d can not be swapped out by anybody", s.at(n), i.Methods.NumFields(), interfaceFail)
			}
			return true
		})
	}
}

func TestPackagesAreNamedAfterTheDomain(t *testing.T) { packagesAreNamedAfterTheDomain(t, sources(t)) }

func packagesAreNamedAfterTheDomain(t reporter, all []*source) {
	for _, dir := range rooms(all) {
		switch b := path.Base(dir); b {
		case "util", "utils", "common", "shared", "helper", "helpers", "model", "models", "types", "misc", "base", "lib":
			t.Errorf("%s: a package named %q takes in everything. Name the domain.", dir, b)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	said, all := map[string]int{}, map[string]int{}
	for _, s := range sources(t) {
		if s.test || s.gen || s.ast.Name.Name == "main" {
			continue
		}
		room, _, _ := roomOf(s.dir)
		for _, d := range s.ast.Decls {
			a, b := documented(d)
			said[room] += a
			all[room] += b
		}
	}
	for room, n := range all {
		if n > 0 && said[room]*100 < n*documentedShare {
			t.Errorf("%s: %d of %d exported names have a comment, want %d%%. Say the source, the unit and the errors.", room, said[room], n, documentedShare)
		}
	}
}

// documented counts the exported names of a declaration, and those among them
// that have a comment of their own or of their group.
func documented(d ast.Decl) (said, all int) {
	count := func(name *ast.Ident, docs ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		all++
		for _, c := range docs {
			if c != nil {
				said++
				return
			}
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil || exportedReceiver(d.Recv) {
			count(d.Name, d.Doc)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch sp := spec.(type) {
			case *ast.TypeSpec:
				count(sp.Name, sp.Doc, sp.Comment, d.Doc)
			case *ast.ValueSpec:
				for _, n := range sp.Names {
					count(n, sp.Doc, sp.Comment, d.Doc)
				}
			}
		}
	}
	return said, all
}

func exportedReceiver(r *ast.FieldList) bool {
	if len(r.List) != 1 {
		return false
	}
	t := r.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}
