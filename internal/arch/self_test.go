package arch

import (
	"fmt"
	"go/parser"
	"path"
	"strconv"
	"strings"
	"testing"
)

// reporter takes what a check finds.
type reporter interface {
	Errorf(format string, args ...any)
}

type findings []string

// Errorf keeps a finding.
func (f *findings) Errorf(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// A check that finds nothing is as quiet as one that is broken, so each has to
// find a fault that was made for it, and let a good neighbour pass.
func TestTheChecksFindWhatTheyBan(t *testing.T) {
	for _, c := range []struct {
		name  string
		check func(reporter, []*source)
		path  string
		code  string
		says  string // words of the finding; empty: there must be none
	}{
		{"up", importsGoDown, "internal/db/a.go", `import _ "` + ours + `/internal/record"`, "Imports go down"},
		{"sideways", importsGoDown, "internal/cds/a.go", `import _ "` + ours + `/internal/genome"`, "Imports go down"},
		{"a test goes up too", importsGoDown, "internal/db/a_test.go", `import _ "` + ours + `/internal/record"`, "Imports go down"},
		{"down", importsGoDown, "internal/record/a.go", `import _ "` + ours + `/internal/db"`, ""},
		{"pure to pure", importsGoDown, "internal/access/a.go", `import _ "` + ours + `/internal/problem"`, ""},
		{"a test helper of a lower floor", importsGoDown, "internal/audit/a_test.go", `import _ "` + ours + `/internal/db/dbtest"`, ""},
		{"no room", importsGoDown, "internal/stuff/a.go", ``, "no room"},
		{"past the door", bannedImports, "internal/fhirapi/a.go", `import _ "` + ours + `/internal/record/internal/store"`, "one door"},
		{"a driver", bannedImports, "internal/record/a.go", `import _ "github.com/jackc/pgx/v5"`, "one room talks to PostgreSQL"},
		{"a driver in its room", bannedImports, "internal/db/a.go", `import _ "github.com/jackc/pgx/v5"`, ""},
		{"a test tool", bannedImports, "fhir/a.go", `import _ "pgregory.net/rapid"`, "does not ship"},
		{"a test tool in a test", bannedImports, "fhir/a_test.go", `import _ "pgregory.net/rapid"`, ""},
		{"slog is not log", bannedImports, "internal/db/a.go", `import _ "log/slog"`, ""},
		{"a clock", pureRoomsTouchNothing, "fhir/a.go", `import "time"; var x = time.Now`, "which is pure"},
		{"a renamed clock", pureRoomsTouchNothing, "fhir/a.go", `import tm "time"; var x = tm.Now`, "which is pure"},
		{"a duration", pureRoomsTouchNothing, "fhir/a.go", `import "time"; var x time.Duration`, ""},
		{"a file", pureRoomsTouchNothing, "internal/access/a.go", `import "os"; var x = os.Open`, "which is pure"},
		{"a call home", nothingCallsHome, "internal/app/serve.go", `import "net/http"; var x = http.Get`, "reaches out"},
		{"the load generator", nothingCallsHome, "internal/app/bench.go", `import "net/http"; var x = http.Get`, ""},
		{"a server", nothingCallsHome, "internal/web/a.go", `import "net/http"; var x http.Server`, ""},
		{"a print", onlyTheCommandLinePrints, "internal/db/a.go", `import "fmt"; var x = fmt.Println`, "fmt.Println"},
		{"an exit", onlyTheCommandLinePrints, "internal/web/a.go", `import "os"; var x = os.Exit`, "os.Exit"},
		{"a sleep", testsDoNotSleep, "internal/db/a_test.go", `import "time"; var x = time.Sleep`, "sleeps"},
		{"a hidden argument", authorityIsAValue, "internal/record/a.go", `import "context"; var x = context.WithValue`, "hides an argument"},
		{"an operator out of thin air", authorityIsAValue, "internal/jobs/a.go", `import "` + ours + `/internal/access"; var x = access.Operator`, "may do everything"},
		{"an init", thereIsNoInit, "internal/db/a.go", `func init() {}`, "init"},
		{"no comment", everyPackageHasOneComment, "internal/db/a.go", ``, "0 package comments"},
		{"a wide interface", interfacesStayNarrow, "internal/db/a.go", `type I interface { A(); B(); C(); D(); E(); F(); G(); H() }`, "8 methods"},
		{"a bag", packagesAreNamedAfterTheDomain, "internal/db/util/a.go", ``, "takes in everything"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got findings
			c.check(&got, []*source{made(t, c.path, c.code)})
			switch {
			case c.says == "" && len(got) > 0:
				t.Errorf("finds %q in good code", got)
			case c.says != "" && (len(got) != 1 || !strings.Contains(got[0], c.says)):
				t.Errorf("finds %q, want one that says %q", got, c.says)
			}
		})
	}
}

// made is a source that stands in no file.
func made(t *testing.T, name, code string) *source {
	t.Helper()
	f, err := parser.ParseFile(files, name, "package p\n"+code, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	s := &source{path: name, dir: path.Dir(name), ast: f, test: strings.HasSuffix(name, "_test.go")}
	for _, im := range f.Imports {
		p, err := strconv.Unquote(im.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		s.imports = append(s.imports, p)
	}
	return s
}
