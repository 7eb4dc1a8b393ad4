package portal

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http/httptest"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// rooms are those whose refusals reach a page. Of smart only what people's
// browsers are sent to does (smart.PagePaths); the rest answers programs in the
// codes of OAuth.
var rooms = map[string][]string{
	"identity/account":    {"*.go"},
	"identity/staff":      {"*.go"},
	"identity/proof":      {"*.go"},
	"identity/match":      {"*.go"},
	"identity/upstream":   {"*.go"},
	"identity/client":     {"*.go"},
	"identity/worklist":   {"*.go"},
	"consent/mandate":     {"*.go"},
	"smart":               {"authorize.go", "logout.go", "form.go", "server.go"},
	"consent/correction":  {"*.go"},
	"consent/erasure":     {"*.go"},
	"exchange/takeaway":   {"*.go"},
	"exchange/healthlink": {"healthlink.go", "keep.go"},
	"exchange/sources":    {"*.go"},
	"child/event":         {"waiting.go"},
	"consent/emergency":   {"*.go"},
	"consent/enquiry":     {"*.go"},
	"consent/optout":      {"*.go"},
	"consent/display":     {"*.go"},
	"consent/sharing":     {"*.go"},
	"consent/example":     {"*.go"},
	"child/recall":        {"*.go"},
	"child/talk":          {"*.go"},
}

// wire are what no page can show, by room, file and function, each with why.
var wire = map[string]string{
	"identity/account/accounts.go Open":       "settings, which whoever starts the server reads",
	"identity/account/accounts.go check":      "settings, which whoever starts the server reads",
	"identity/upstream/provider.go check":     "settings, which an operator gives at the command line",
	"identity/upstream/provider.go Add":       "settings, which an operator gives at the command line",
	"identity/client/register.go mayRegister": "a program that registers itself, which gets it in the codes of OAuth",
	"identity/client/register.go taken":       "a program that registers itself, which gets it in the codes of OAuth",
	"identity/client/register.go notInvited":  "a program that registers itself, which gets it in the codes of OAuth",
	"identity/client/register.go byItself":    "a program that registers itself, which gets it in the codes of OAuth",
	"identity/client/register.go check":       "a program that registers itself, which gets it in the codes of OAuth",
	"identity/client/register.go notManaged":  "a program that registers itself, which gets it in the codes of OAuth",
	"identity/client/register.go Change":      "a program that registers itself, which gets it in the codes of OAuth",
	"identity/client/register.go Invite":      "of a number that an operator gives at the command line",
	"identity/client/token.go standing":       "of a token, which no browser sends",
	"identity/client/token.go unknown":        "of a token, which no browser sends",
	"identity/client/grant.go Allow":          "a mistake of a caller, and no caller is a page",
	"identity/client/grant.go RevokeGrant":    "at the command line; pages end permissions with End",
	"identity/client/spec.go bad":             "the helper, whose every call has a reason",
	"smart/authorize.go faulty":               "goes back to the app, in the codes of OAuth",
	"smart/server.go New":                     "settings, which whoever starts the server reads",
	"child/recall/policy.go ReadPolicy":       "settings, which whoever starts the server reads",
	"consent/optout/list.go ReadNumbers":      "of a list, which an operator gives at the command line",
	"consent/emergency/policy.go ReadPolicy":  "settings, which whoever starts the server reads",
	"identity/account/vector.go badVector":    "of a request of an app, which gets it in the codes of OAuth",
}

// helpers make a refusal of the words that they are given, by room.
var helpers = map[string]bool{"smart refuse": true, "smart deny": true, "identity/client bad": true}

// refusals are what a room says no with.
type refusals struct {
	given map[string]bool   // the reasons that are given
	none  map[string]string // the kinds of those without, by place and function
}

// read adds those of one file, whose name begins with its room.
func (r refusals) read(t *testing.T, name string) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "../"+name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		place := name
		if fn, ok := d.(*ast.FuncDecl); ok {
			place += " " + fn.Name.Name
		}
		because := map[ast.Node]bool{}
		ast.Inspect(d, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Because" {
				if lit, ok := call.Args[0].(*ast.BasicLit); ok {
					reason, _ := strconv.Unquote(lit.Value)
					r.given[reason], because[sel.X] = true, true
				}
			}
			if kind := refuses(name, call); kind != "" && !because[call] {
				r.none[place] += fmt.Sprint(" ", kind, ":", set.Position(call.Pos()).Line)
			}
			return true
		})
	}
}

// refuses says of what kind the refusal is that a call in a file makes; empty
// where it makes none. A helper's name stands for the kind.
func refuses(name string, call *ast.CallExpr) string {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		if helpers[path.Dir(name)+" "+fn.Name] {
			return fn.Name
		}
	case *ast.SelectorExpr:
		room, ok := fn.X.(*ast.Ident)
		if !ok || room.Name != "problem" || fn.Sel.Name != "New" && fn.Sel.Name != "Wrap" && fn.Sel.Name != "At" {
			return ""
		}
		kind, ok := call.Args[0].(*ast.SelectorExpr)
		switch {
		case !ok:
			return "unknown"
		case kind.Sel.Name != "Internal" && kind.Sel.Name != "Unavailable": // which the words tell by their kind
			return kind.Sel.Name
		}
	}
	return ""
}

// Each refusal of the rooms that a page can show has a reason, and each reason a
// sentence in the words, and the other way round.
func TestEveryRefusalHasASentenceInTheWords(t *testing.T) {
	all := refusals{map[string]bool{}, map[string]string{}}
	for room, patterns := range rooms {
		for _, pattern := range patterns {
			files, err := fs.Glob(os.DirFS("../"+room), pattern)
			if err != nil || len(files) == 0 {
				t.Fatal(room, pattern, err)
			}
			for _, name := range files {
				if !strings.HasSuffix(name, "_test.go") {
					all.read(t, room+"/"+name)
				}
			}
		}
	}
	w := words.English()
	for reason := range all.given {
		if w.Refusals[reason] == "" {
			t.Errorf("the words have no sentence for %s", reason)
		}
	}
	for reason := range w.Refusals {
		if !all.given[reason] {
			t.Errorf("nothing is refused because of %s", reason)
		}
	}
	for place, kinds := range all.none {
		if wire[place] == "" {
			t.Errorf("%s refuses without a reason (%s)", place, kinds)
		}
	}
	for place := range wire {
		if all.none[place] == "" {
			t.Errorf("%s refuses nothing without a reason any more", place)
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
