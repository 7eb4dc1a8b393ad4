package fhirpath

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// TestText runs the cases of testdata/*.path.txt, which people can read:
//
//	resource {"resourceType":"Patient", …}   what follows is evaluated on it
//	expression --> type value ; type value   what comes out
//	expression --> nothing
//	expression --> error fault               syntax, semantic, execution, unsupported, too much
//	at expression --> place ; place          where the items stand
//	strict expression --> …                  compiled for the resource's type
//
// A resource may go on over several lines that begin with blanks.
func TestText(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*.path.txt"))
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := script{t: t, file: filepath.Base(file)}
		for line := range strings.Lines(strings.ReplaceAll(string(b), "\n ", " ")) {
			s.line(strings.TrimSpace(line))
		}
	}
}

type script struct {
	t    *testing.T
	file string
	in   []Item
}

func (s *script) line(line string) {
	if line == "" || line[0] == '#' {
		return
	}
	if src, ok := strings.CutPrefix(line, "resource "); ok {
		tree, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			s.t.Fatalf("%s: %s: %v", s.file, line, err)
		}
		s.in = []Item{Root(tree)}
		return
	}
	left, want, ok := strings.Cut(line, " --> ")
	if !ok {
		s.t.Fatalf("%s: %q is no case", s.file, line)
	}
	if got := s.eval(strings.TrimSpace(left)); got != strings.TrimSpace(want) {
		s.t.Errorf("%s: %s\n\tgives %s\n\tnot   %s", s.file, left, got, want)
	}
}

func (s *script) eval(src string) string {
	src, places := strings.CutPrefix(src, "at ")
	src, strict := strings.CutPrefix(src, "strict ")
	var e *Expr
	var err error
	if strict {
		e, err = CompileFor(s.in[0].Type(), src)
	} else {
		e, err = Compile(src)
	}
	if err != nil {
		return faultText(err)
	}
	got, err := e.Eval(&Env{Now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)}, s.in...)
	if err != nil {
		return faultText(err)
	}
	if len(got) == 0 {
		return "nothing"
	}
	parts := make([]string, len(got))
	for i, it := range got {
		if places {
			parts[i] = it.Place()
		} else {
			parts[i] = strings.TrimSpace(strings.TrimPrefix(it.Type(), "System.") + " " + it.Str())
		}
	}
	return strings.Join(parts, " ; ")
}

func faultText(err error) string {
	e, ok := err.(*Error)
	if !ok {
		return "error of another kind: " + err.Error()
	}
	return "error " + [...]string{"syntax", "semantic", "execution", "unsupported", "too much"}[e.Fault]
}

// scriptExpressions lists the expressions of a file of cases.
func scriptExpressions(t testing.TB, file string) []string {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(b)) {
		if left, _, ok := strings.Cut(line, " --> "); ok {
			left = strings.TrimPrefix(strings.TrimPrefix(left, "at "), "strict ")
			list = append(list, strings.TrimSpace(left))
		}
	}
	return list
}
