package fhirpath

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

type suiteCase struct {
	Group, Name, Input, Expression, Invalid, Predicate string
	Output                                             [][2]*string
}

func readCases(t *testing.T, file string) []suiteCase {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []suiteCase
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c suiteCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// readExceptions reads `case | reason` lines.
func readExceptions(t *testing.T, file string) map[string]string {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	list := make(map[string]string)
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, reason, _ := strings.Cut(line, "|")
		if strings.TrimSpace(reason) == "" {
			t.Errorf("%s: %s has no reason", file, name)
		}
		list[strings.TrimSpace(name)] = strings.TrimSpace(reason)
	}
	return list
}

// TestSuite runs HL7's cases for R4. A case that fails is listed in
// testdata/suite-exceptions.txt with its reason; one that is listed and passes
// fails the test.
func TestSuite(t *testing.T) {
	dir := suitetest.Dir(t, "fhirpath-r4")
	exceptions := readExceptions(t, filepath.Join("testdata", "suite-exceptions.txt"))
	seen, passed := map[string]int{}, 0
	cases := readCases(t, filepath.Join(dir, "cases.jsonl"))
	for _, c := range cases {
		name := c.Group + "/" + c.Name
		if seen[name]++; seen[name] > 1 {
			name += fmt.Sprint("#", seen[name])
		}
		err := c.run(dir)
		_, listed := exceptions[name]
		delete(exceptions, name)
		switch {
		case err == nil && listed:
			t.Errorf("%s passes: take it off the list", name)
		case err != nil && !listed:
			t.Errorf("%s | %s\n\t%v", name, c.Expression, err)
		case err == nil:
			passed++
		}
	}
	for name := range exceptions {
		t.Errorf("%s is listed and there is no such case", name)
	}
	t.Logf("%d of %d cases pass", passed, len(cases))
}

func (c suiteCase) run(dir string) error {
	var in []Item
	typ := ""
	if c.Input != "" {
		src, err := os.ReadFile(filepath.Join(dir, c.Input))
		if err != nil {
			return err
		}
		tree, err := fhir.Parse(src, fhir.Limits{})
		if err != nil {
			return err
		}
		in = append(in, Root(tree))
		typ = in[0].Type()
	}
	e, err := c.compile(typ)
	switch {
	case c.Invalid == "syntax" || c.Invalid == "semantic":
		if err == nil {
			return fmt.Errorf("compiles, and should be refused")
		}
		if f := err.(*Error).Fault; (f == Syntax) != (c.Invalid == "syntax") {
			return fmt.Errorf("refused as %d: %v", f, err)
		}
		return nil
	case err != nil && c.Invalid == "":
		return err
	case err != nil:
		return nil
	}
	env := &Env{Now: time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)}
	got, err := e.Eval(env, in...)
	if len(in) == 1 {
		appended, err2 := e.Append(nil, env, in[0])
		if show(appended) != show(got) || (err == nil) != (err2 == nil) {
			return fmt.Errorf("Append gives %s %v, Eval %s %v", show(appended), err2, show(got), err)
		}
	}
	if (err != nil) != (c.Invalid != "") {
		return fmt.Errorf("error %v, and invalid is %q; got %v", err, c.Invalid, show(got))
	}
	if err != nil {
		return nil
	}
	return c.compare(got)
}

func (c suiteCase) compile(typ string) (*Expr, error) {
	if typ == "" {
		return Compile(c.Expression)
	}
	return CompileFor(typ, c.Expression)
}

func (c suiteCase) compare(got Collection) error {
	if c.Predicate == "true" {
		got = Collection{Of(Boolean(len(got) > 0))}
	}
	if len(got) != len(c.Output) {
		return fmt.Errorf("%d items, want %d: %v", len(got), len(c.Output), show(got))
	}
	for i, it := range got {
		typ, value := c.Output[i][0], c.Output[i][1]
		if typ != nil && !strings.EqualFold(strings.TrimPrefix(it.Type(), "System."), *typ) {
			return fmt.Errorf("item %d is a %s, want %s", i, it.Type(), *typ)
		}
		if value == nil {
			continue
		}
		want := strings.TrimPrefix(*value, "@")
		if _, isTime := it.Value().(Temporal); isTime {
			want = strings.TrimPrefix(want, "T")
		}
		text := it.Str()
		if d, ok := it.Value().(Decimal); ok && typ != nil && sameNumber(d.String(), want) {
			continue
		}
		if text != want {
			return fmt.Errorf("item %d is %q, want %q", i, text, want)
		}
	}
	return nil
}

func show(c Collection) string {
	var b strings.Builder
	for _, it := range c {
		fmt.Fprintf(&b, "%s %q, ", it.Type(), it.Str())
	}
	return b.String()
}
