package arch

import (
	"go/ast"
	"go/constant"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hung is how long nothing takes that works. A test may give up after that
// long, since it has to end; a shorter limit says how fast something has to be.
const hung = 30 * time.Second

func TestTestsAssertNoTime(t *testing.T) { testsAssertNoTime(t, sources(t)) }

// testsAssertNoTime finds conditions over measured time that fail a test,
// limits that are too short to be only against hanging, and pauses.
func testsAssertNoTime(t reporter, all []*source) {
	lengths := durations(all)
	for _, s := range all {
		if !s.test {
			continue
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil || mentions(f.Body, "synctest") {
				continue // time does not pass in a bubble of testing/synctest
			}
			c := &stopwatch{s: s, measured: map[string]bool{}, limits: map[string]ast.Expr{}, lengths: lengths[s.dir], seen: map[ast.Stmt]bool{}}
			ast.Inspect(f.Body, c.learn)
			ast.Inspect(f.Body, func(n ast.Node) bool { c.look(t, n); return true })
		}
	}
}

// durations are the constants of each folder that name a length of time.
func durations(all []*source) map[string]map[string]ast.Expr {
	found := map[string]map[string]ast.Expr{}
	for _, s := range all {
		if found[s.dir] == nil {
			found[s.dir] = map[string]ast.Expr{}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			for i := 0; ok && i < min(len(v.Names), len(v.Values)); i++ {
				found[s.dir][v.Names[i].Name] = v.Values[i]
			}
			return true
		})
	}
	return found
}

// stopwatch knows what the names in one function hold: measured times, or
// channels that tell when a time is up.
type stopwatch struct {
	s        *source
	measured map[string]bool
	limits   map[string]ast.Expr // a name → how long
	lengths  map[string]ast.Expr
	seen     map[ast.Stmt]bool // the heads of select cases
}

// learn reads assignments.
func (c *stopwatch) learn(n ast.Node) bool {
	a, ok := n.(*ast.AssignStmt)
	if !ok || len(a.Lhs) != len(a.Rhs) {
		return true
	}
	for i, left := range a.Lhs {
		name, ok := left.(*ast.Ident)
		if !ok {
			continue
		}
		if c.measures(a.Rhs[i]) {
			c.measured[name.Name] = true
		}
		if d := limitOf(a.Rhs[i]); d != nil {
			c.limits[name.Name] = d
		}
	}
	return true
}

// measures says whether an expression holds how much time has passed.
func (c *stopwatch) measures(e ast.Node) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.Ident:
			found = found || c.measured[n.Name]
		case *ast.CallExpr:
			switch calls(n) {
			case "time.Since", "time.Until", ".Elapsed":
				found = true
			case ".Sub", ".Before", ".After", ".Compare":
				found = found || asksTheClock(n)
			}
		}
		return !found
	})
	return found
}

// asksTheClock says whether time.Now stands in an expression.
func asksTheClock(e ast.Node) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && calls(call) == "time.Now" {
			found = true
		}
		return !found
	})
	return found
}

func (c *stopwatch) look(t reporter, n ast.Node) {
	switch n := n.(type) {
	case *ast.IfStmt:
		if c.measures(n.Cond) && (fails(n.Body.List) || n.Else != nil && fails([]ast.Stmt{n.Else})) {
			t.Errorf("%s: a condition over measured time fails the test, which is right on one machine and wrong on the next. Measure in a benchmark; wait for what you mean.", c.s.at(n))
		}
	case *ast.CaseClause:
		if slices.ContainsFunc(n.List, func(e ast.Expr) bool { return c.measures(e) }) && fails(n.Body) {
			t.Errorf("%s: a condition over measured time fails the test, which is right on one machine and wrong on the next. Measure in a benchmark; wait for what you mean.", c.s.at(n))
		}
	case *ast.CommClause:
		c.seen[n.Comm] = true
		long, known := c.length(c.waits(n.Comm))
		switch {
		case !known || long >= hung:
		case fails(n.Body):
			t.Errorf("%s: the test fails when something takes %v, which says how fast it has to be. Give up after %v or more.", c.s.at(n), long, hung)
		default:
			t.Errorf("%s: the test pauses for %v. It is slow on a good day and wrong on a bad one; wait for what you mean, or use testing/synctest.", c.s.at(n), long)
		}
	case *ast.ExprStmt:
		if long, known := c.length(c.waits(n)); known && !c.seen[n] {
			t.Errorf("%s: the test pauses for %v. It is slow on a good day and wrong on a bad one; wait for what you mean, or use testing/synctest.", c.s.at(n), long)
		}
	}
}

// waits is how long a statement waits for time to pass, nil when it does not.
func (c *stopwatch) waits(s ast.Stmt) ast.Expr {
	x, ok := s.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	from, ok := x.X.(*ast.UnaryExpr)
	if !ok || from.Op != token.ARROW {
		return nil
	}
	switch e := from.X.(type) {
	case *ast.Ident:
		return c.limits[e.Name]
	case *ast.SelectorExpr: // the channel of a timer
		if id, ok := e.X.(*ast.Ident); ok && e.Sel.Name == "C" {
			return c.limits[id.Name]
		}
	}
	return limitOf(from.X)
}

// limitOf is the length that a call of time.After or time.NewTimer is given.
func limitOf(e ast.Expr) ast.Expr {
	call, ok := e.(*ast.CallExpr)
	if ok && len(call.Args) == 1 && (calls(call) == "time.After" || calls(call) == "time.NewTimer") {
		return call.Args[0]
	}
	return nil
}

// length works out an expression of constants; known is false for all others.
func (c *stopwatch) length(e ast.Expr) (d time.Duration, known bool) {
	if e == nil {
		return 0, false
	}
	v := c.value(e, 0)
	f, ok := constant.Float64Val(constant.ToFloat(v))
	return time.Duration(f), ok && v.Kind() != constant.Unknown
}

var units = map[string]time.Duration{"Nanosecond": 1, "Microsecond": time.Microsecond, "Millisecond": time.Millisecond,
	"Second": time.Second, "Minute": time.Minute, "Hour": time.Hour}

func (c *stopwatch) value(e ast.Expr, deep int) constant.Value {
	unknown := constant.MakeUnknown()
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.MakeFromLiteral(e.Value, e.Kind, 0)
	case *ast.ParenExpr:
		return c.value(e.X, deep)
	case *ast.SelectorExpr:
		if u, ok := units[e.Sel.Name]; ok {
			return constant.MakeInt64(int64(u))
		}
	case *ast.Ident:
		if v := c.lengths[e.Name]; v != nil && deep < 8 {
			return c.value(v, deep+1)
		}
	case *ast.BinaryExpr:
		x, y := c.value(e.X, deep), c.value(e.Y, deep)
		if x.Kind() != constant.Unknown && y.Kind() != constant.Unknown && (e.Op == token.MUL || e.Op == token.ADD || e.Op == token.SUB) {
			return constant.BinaryOp(x, e.Op, y)
		}
	}
	return unknown
}

// fails says whether statements end a test badly.
func fails(list []ast.Stmt) bool {
	bad := false
	for _, s := range list {
		ast.Inspect(s, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				switch calls(call) {
				case ".Error", ".Errorf", ".Fatal", ".Fatalf", ".Fail", ".FailNow", ".errorf", "panic":
					bad = bad || calls(call) != ".Error" || len(call.Args) > 0 // err.Error() takes none
				}
			}
			return !bad
		})
	}
	return bad
}

// calls names what is called: "time.Now" of the package, ".Sub" of a value.
func calls(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if id, ok := f.X.(*ast.Ident); ok && id.Name == "time" {
			return "time." + f.Sel.Name
		}
		return "." + f.Sel.Name
	}
	return ""
}

// mentions says whether a name stands in a body.
func mentions(body ast.Node, name string) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// The cases stand apart from those of the other checks, since there are many
// ways to assert a time, and as many good reasons to look at a clock.
func TestTheTimeCheckFindsWhatItBans(t *testing.T) {
	const measured, fast, pause = "measured time", "how fast it has to be", "pauses for"
	for i, c := range []struct{ code, says string }{
		{`began := time.Now(); work(); if time.Since(began) > time.Second { t.Error("slow") }`, measured},
		{`began := time.Now(); work(); took := time.Since(began); if took > limit { t.Fatalf("slow: %v", took) }`, measured},
		{`began := time.Now(); work(); took := time.Now().Sub(began).Seconds(); if took < 1 { t.Log(took) } else { t.Fail() }`, measured},
		{`end := time.Now().Add(time.Second); work(); if time.Now().After(end) { t.Error("late") }`, measured},
		{`end := time.Now().Add(time.Second); for !done() { if end.Before(time.Now()) { t.Fatal("late") } }`, measured},
		{`if b.Elapsed() > time.Second { b.Error("slow") }`, measured},
		{`switch took := time.Since(began); { case took > time.Second: t.Error("slow") }`, measured},
		{`if rate := 100 / time.Since(began).Seconds(); rate < 50 { t.Errorf("%f/s", rate) }`, measured},
		{`select { case <-done: case <-time.After(5 * time.Second): t.Fatal("slow") }`, fast},
		{`late := time.After(second); select { case <-done: case <-late: t.Fatal("slow") }`, fast},
		{`late := time.NewTimer(2 * second); select { case <-done: case <-late.C: t.Fatal("slow") }`, fast},
		{`select { case <-done: t.Error("early"); case <-time.After(20 * time.Millisecond): }`, pause},
		{`<-time.After(time.Millisecond)`, pause},

		{`began := time.Now(); work(); t.Log(time.Since(began))`, ""},
		{`b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "/s")`, ""},
		{`began := time.Now(); if err := work(); err != nil { t.Errorf("after %v: %v", time.Since(began), err) }`, ""},
		{`select { case <-done: case <-time.After(time.Minute): t.Fatal("hung") }`, ""},
		{`select { case <-done: case <-time.After(patience): t.Fatal("hung") }`, ""},
		{`late := time.After(time.Minute); for !done() { select { case <-again.C: case <-late: t.Fatal("hung") } }`, ""},
		{`ctx, stop := context.WithTimeout(ctx, time.Millisecond); defer stop(); if err := work(ctx); err == nil { t.Error("no error") }`, ""},
		{`if version.Updated.After(last) { t.Error("history goes back") }`, ""},
		{`if died.Sub(born) < 0 { t.Error("dead before birth") }`, ""},
		{`synctest.Test(t, func(t *testing.T) { if time.Since(began) != time.Second { t.Error("not a second") } })`, ""},
	} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			s := made(t, "internal/db/a_test.go", "const (\n second = time.Second\n patience = 90 * second\n)\nfunc Test(t *testing.T) {\n"+c.code+"\n}")
			var got findings
			testsAssertNoTime(&got, []*source{s})
			switch {
			case c.says == "" && len(got) > 0:
				t.Errorf("finds %q in good code:\n%s", got, c.code)
			case c.says != "" && (len(got) != 1 || !strings.Contains(got[0], c.says)):
				t.Errorf("finds %q, want one that says %q:\n%s", got, c.says, c.code)
			}
			s.test = false
			got = nil
			if testsAssertNoTime(&got, []*source{s}); len(got) > 0 {
				t.Errorf("finds %q in what is no test", got)
			}
		})
	}
}
