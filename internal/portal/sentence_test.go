package portal

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// reasons are all that a room gives its refusals, and the places where it gives
// none, as file:line and kind.
func reasons(t *testing.T, dir string) (given map[string]bool, none map[string]string) {
	t.Helper()
	given, none = map[string]bool{}, map[string]string{}
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, dir+"/"+name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		because := map[ast.Node]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			room, _ := sel.X.(*ast.Ident)
			switch {
			case sel.Sel.Name == "Because":
				if lit, ok := call.Args[0].(*ast.BasicLit); ok {
					reason, _ := strconv.Unquote(lit.Value)
					given[reason], because[sel.X] = true, true
				}
			case room != nil && room.Name == "problem" && (sel.Sel.Name == "New" || sel.Sel.Name == "Wrap" || sel.Sel.Name == "At") && !because[call]:
				if kind, ok := call.Args[0].(*ast.SelectorExpr); ok {
					none[fmt.Sprint(name, ":", set.Position(call.Pos()).Line)] = kind.Sel.Name
				}
			}
			return true
		})
	}
	return given, none
}

// settings are refusals that an operator meets at the command line or an app at
// its endpoint, and no page shows.
var settings = map[string]bool{"accounts.go": true, "vector.go": true}

// Each refusal of the accounts that a page can show has a reason, and each
// reason a sentence in the words, and the other way round.
func TestEveryRefusalHasASentenceInTheWords(t *testing.T) {
	given, none := reasons(t, "../identity/account")
	for _, dir := range []string{"../identity/proof", "../identity/upstream"} { // what fails there without a reason is told by its own sentence, or its kind
		more, _ := reasons(t, dir)
		for reason := range more {
			given[reason] = true
		}
	}
	w := words.English()
	for reason := range given {
		if w.Refusals[reason] == "" {
			t.Errorf("the words have no sentence for %s", reason)
		}
	}
	for reason := range w.Refusals {
		if !given[reason] {
			t.Errorf("nothing is refused because of %s", reason)
		}
	}
	for place, kind := range none {
		file, _, _ := strings.Cut(place, ":")
		if kind != "Internal" && kind != "Unavailable" && !settings[file] {
			t.Errorf("%s refuses without a reason (%s)", place, kind)
		}
	}
	for k := problem.Internal; k <= problem.Timeout; k++ {
		if w.Failures[k.String()] == "" {
			t.Errorf("the words have no sentence for what is %s", k)
		}
	}
}

// Whatever a room below says of a refusal, a page says it in the words: as a
// page of its own, at a field and above a form.
func TestNoPageShowsASentenceFromElsewhere(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	const elsewhere = "A sentence from elsewhere."
	shown := func(err error) string {
		w := httptest.NewRecorder()
		s.WriteError(w, httptest.NewRequestWithContext(t.Context(), "GET", "/account", nil), err)
		return w.Body.String()
	}
	plain := func(text string) string {
		return strings.NewReplacer("'", "&#39;", `"`, "&#34;", "+", "&#43;").Replace(text)
	}
	for reason, want := range words.English().Refusals {
		for k := problem.Internal; k <= problem.Timeout; k++ {
			err := fmt.Errorf("wrapped: %w", problem.Wrap(k, elsewhere, fmt.Errorf("a secret cause")).Because(reason))
			if page := shown(err); strings.Contains(page, elsewhere) || strings.Contains(page, "secret cause") || !strings.Contains(page, plain(want)) {
				t.Errorf("%s, %s: %s", reason, k, page)
			}
			f := &form{Fields: []*field{{ID: "x"}}}
			f.wrong("x", s.sentence(err))
			f.wrong("", s.sentence(err))
			if f.Problem != want || f.Fields[0].Problem != want {
				t.Errorf("%s, %s: %q and %q", reason, k, f.Problem, f.Fields[0].Problem)
			}
		}
	}
	for _, k := range []problem.Kind{problem.Internal, problem.Unavailable, problem.Timeout, problem.TooMany, problem.TooLarge} {
		if page := shown(problem.New(k, elsewhere)); strings.Contains(page, elsewhere) || !strings.Contains(page, plain(words.English().Failures[k.String()])) {
			t.Errorf("%s: %s", k, page)
		}
	}
	for k := problem.Internal; k <= problem.Timeout; k++ {
		if page := shown(problem.New(k, "")); !strings.Contains(page, plain(words.English().Failures[k.String()])) {
			t.Errorf("%s without a sentence: %s", k, page)
		}
	}
	if page := shown(fmt.Errorf("%s", elsewhere)); strings.Contains(page, elsewhere) {
		t.Error("an error that is no problem is shown")
	}
}
