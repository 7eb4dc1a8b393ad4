package suitetest

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// Finding takes down what a case found wrong. A case without any is passed.
type Finding struct{ wrong []string }

// Want notes what is wrong unless ok.
func (f *Finding) Want(ok bool, format string, args ...any) bool {
	if !ok {
		f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
	}
	return ok
}

// Cases are those of an outside suite, each written anew, by their names.
type Cases map[string]func(*Finding)

// Run runs each case of a suite as a subtest of its name. What is not written
// anew, or does not pass, stands on the list with its reason; a case on the
// list that passes fails the test, and so does a name that the suite has not.
func (c Cases) Run(t *testing.T, suite []string, list map[string]string) {
	t.Helper()
	passed, listed := 0, 0
	for _, name := range suite {
		reason, debt := list[name]
		run, written := c[name]
		t.Run(name, func(t *testing.T) {
			var f Finding
			if written {
				run(&f)
			}
			switch {
			case !written && !debt:
				t.Error("this case is neither written anew nor on the list")
			case written && debt && len(f.wrong) == 0:
				t.Errorf("it passes: take it off the list (%s)", reason)
			case debt:
				listed++
				t.Skipf("%s %s", reason, strings.Join(f.wrong, "; "))
			case len(f.wrong) > 0:
				t.Error(strings.Join(f.wrong, "\n"))
			default:
				passed++
			}
		})
	}
	for name := range list {
		if !slices.Contains(suite, name) {
			t.Errorf("%s is on the list, and not in the suite", name)
		}
	}
	for name := range c {
		if !slices.Contains(suite, name) {
			t.Errorf("%s is written, and not in the suite", name)
		}
	}
	t.Logf("%d of %d cases pass, %d are on the list", passed, len(suite), listed)
}

// List reads a list of cases: a name, a bar and a reason on each line. Lines
// that begin with # are words to the reader.
func List(t testing.TB, file string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		name, reason, ok := strings.Cut(strings.TrimSpace(line), " | ")
		if !ok || reason == "" || out[name] != "" {
			t.Fatalf("%s: %q is no line of a list, or stands there twice", file, line)
		}
		out[name] = reason
	}
	return out
}

// Table reads a table of a suite with a head, its columns divided by tabs.
func Table(t testing.TB, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Skipf("skipped: %s is not here; set BEVAN_SUITES to the folder of suites", file)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			if i < len(row) {
				m[name] = row[i]
			}
		}
		out = append(out, m)
	}
	return out
}
