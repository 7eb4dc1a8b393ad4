package validate_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// exceptions reads a list of cases that do not go as the suite has it: a name,
// a tab and the reason. Lines with # are comments.
func exceptions(t *testing.T, file string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, reason, _ := strings.Cut(line, "\t")
		if reason == "" || m[name] != "" {
			t.Errorf("%s: %s must stand once, with a reason", file, name)
		}
		m[name] = reason
	}
	return m
}

func errorsOf(issues []validate.Issue) (errs []validate.Issue) {
	for _, i := range issues {
		if i.Severity == validate.Error {
			errs = append(errs, i)
		}
	}
	return errs
}

// judge fails for a case that goes wrong and is not listed, and for a listed
// one that goes right.
func judge(t *testing.T, listed map[string]string, name string, ok bool, detail any) {
	t.Helper()
	reason := listed[name]
	delete(listed, name)
	switch {
	case !ok && reason == "":
		t.Errorf("%s: %+v", name, detail)
	case ok && reason != "":
		t.Errorf("%s is listed (%s) and passes: take it off the list", name, reason)
	}
}

func TestR4ExamplesAreValid(t *testing.T) {
	dir := suitetest.Dir(t, "r4-examples")
	listed := exceptions(t, "testdata/r4-examples.txt")
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fhir.Parse(src, fhir.Limits{})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
			continue
		}
		errs := errorsOf(validate.Resource(tree, validate.Options{}))
		judge(t, listed, filepath.Base(f), len(errs) == 0, errs)
	}
	if len(files) < 700 || len(listed) > 0 {
		t.Errorf("%d files; listed but not there: %v", len(files), listed)
	}
}

// Nearly half of the UK Core examples hold fhir_comments, which R4 does not
// have; apart from that they are valid against the base types.
func TestUKCoreExamplesAreValid(t *testing.T) {
	dir := suitetest.Dir(t, "ukcore-examples")
	listed := exceptions(t, "testdata/ukcore-examples.txt")
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var errs []validate.Issue
		for _, i := range errorsOf(validate.Resource(parse(t, string(src)), validate.Options{})) {
			if !strings.HasSuffix(i.Path, ".fhir_comments") {
				errs = append(errs, i)
			}
		}
		judge(t, listed, filepath.Base(f), len(errs) == 0, errs)
	}
	if len(files) < 200 || len(listed) > 0 {
		t.Errorf("%d files; listed but not there: %v", len(files), listed)
	}
}

// A fault put anywhere into a valid example is found, and found there.
func TestFaultsAreFoundWhereTheyAre(t *testing.T) {
	files := suitetest.Files(t, "r4-examples", "*-example.json")
	faults := 0
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tree := parse(t, string(src))
		if len(errorsOf(validate.Resource(tree, validate.Options{}))) > 0 {
			continue
		}
		step := max(1, tree.NodeCount()/25)
		for id := 1; id < tree.NodeCount(); id += step {
			for _, fault := range []string{"null", "{}", "[]", `{"zz":1}`, `[[1]]`, `"\u0001 "`} {
				faults++
				mustFind(t, filepath.Base(f), tree, tree.NodeAt(int32(id)), fault)
			}
		}
	}
	t.Logf("%d faults", faults)
}

// mustFind replaces one value and looks for an error at that place or, where
// the fault hides something that is needed, above it.
func mustFind(t *testing.T, file string, tree *fhir.Tree, n fhir.Node, fault string) {
	t.Helper()
	from, to := n.Span()
	broken := fhir.Splice(tree.Bytes(), []fhir.Edit{{From: from, To: to, With: []byte(fault)}})
	errs := errorsOf(validate.Resource(parse(t, string(broken)), validate.Options{}))
	above := map[int]bool{}
	for p := n; p.Exists(); p = p.Parent() {
		at, _ := p.MemberSpan()
		above[at] = true
	}
	for _, e := range errs {
		if above[e.Offset] || e.Offset >= from && e.Offset < from+len(fault) {
			return
		}
	}
	if fault == "null" && n.Parent().Kind() == fhir.Array && n.IsScalar() {
		return // null may keep a place in a list of primitives
	}
	t.Errorf("%s: %s in place of %s at %d is not found there: %+v", file, fault, n.Raw(), from, errs)
}

func TestSyntheaIsValid(t *testing.T) {
	files := suitetest.Files(t, "synthea-r4", "*.gz")
	for _, f := range files {
		tree, err := fhir.Parse(gunzip(t, f), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if issues := validate.Resource(tree, validate.Options{}); len(issues) > 0 {
			t.Errorf("%s: %d issues, the first %+v", filepath.Base(f), len(issues), issues[0])
		}
	}
	if len(files) < 99 {
		t.Errorf("only %d files", len(files))
	}
}

func gunzip(t testing.TB, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The outside validator's cases for base R4 in JSON: where it finds an error
// there must be one here, and none where it finds none.
func TestValidatorCases(t *testing.T) {
	dir := suitetest.Dir(t, "validator")
	listed := exceptions(t, "testdata/validator.txt")
	b, err := os.ReadFile(filepath.Join(dir, "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	cases, agree := 0, 0
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		var c struct {
			Name, File, Tier string
			ExpectedErrors   int
		}
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(c.Tier, "A") || !strings.HasSuffix(c.File, ".json") {
			continue
		}
		src, err := os.ReadFile(filepath.Join(dir, "files", c.File))
		if err != nil {
			t.Fatal(err)
		}
		var found []any
		if tree, err := fhir.Parse(src, fhir.Limits{}); err != nil {
			found = append(found, err)
		} else {
			for _, i := range errorsOf(validate.Resource(tree, validate.Options{})) {
				found = append(found, i)
			}
		}
		cases++
		ok := (len(found) > 0) == (c.ExpectedErrors > 0)
		if ok {
			agree++
		}
		judge(t, listed, c.Name, ok, []any{"expected", c.ExpectedErrors, found})
	}
	t.Logf("%d of %d cases agree", agree, cases)
	if cases < 150 || len(listed) > 0 {
		t.Errorf("%d cases; listed but not there: %v", cases, listed)
	}
}
