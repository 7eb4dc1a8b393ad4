package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the top of the repository, seen from this folder.
const root = ".."

// pages are the files in Markdown that people read, by path from this folder.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	names := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")}
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".md") {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		all[n] = string(text)
	}
	return all
}

var link = regexp.MustCompile(`\]\(([^()\s]+)\)`)

// TestLinksLeadSomewhere follows every relative link, to the heading too.
func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	seen := 0
	for page, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], ":") {
				continue // elsewhere
			}
			seen++
			path, heading, _ := strings.Cut(m[1], "#")
			to := page
			if path != "" {
				to = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s leads to %s, and there is no such file", page, m[1])
				continue
			}
			if heading != "" && !headings(all[to])[heading] {
				t.Errorf("%s leads to %s, and there is no such heading", page, m[1])
			}
		}
	}
	if seen == 0 {
		t.Error("no link was found, so this test would pass whatever they lead to")
	}
}

var (
	title   = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	dropped = regexp.MustCompile("[^a-z0-9 _-]")
)

// headings are the headings of a page as links name them.
func headings(text string) map[string]bool {
	all := map[string]bool{}
	for _, m := range title.FindAllStringSubmatch(text, -1) {
		all[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return all
}

// TestEveryPageIsFound holds that every page can be reached from docs/README.md.
func TestEveryPageIsFound(t *testing.T) {
	all := pages(t)
	reached := map[string]bool{}
	var walk func(page string)
	walk = func(page string) {
		if reached[page] {
			return
		}
		reached[page] = true
		for _, m := range link.FindAllStringSubmatch(all[page], -1) {
			path, _, _ := strings.Cut(m[1], "#")
			if to := filepath.Join(filepath.Dir(page), path); path != "" && all[to] != "" {
				walk(to)
			}
		}
	}
	walk("README.md")
	for page := range all {
		if !reached[page] && !strings.HasPrefix(page, root) {
			t.Errorf("no page leads to %s", page)
		}
	}
}

var (
	testName     = regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]*)`")
	testDeclared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
	scenario     = regexp.MustCompile("`([a-z]+\\.txt)`((?:,? \"[^\"]+\")+)")
	quoted       = regexp.MustCompile(`"([^"]+)"`)
)

// TestDocsNameTestsThatExist holds that a test or a scenario that a page names
// is there. That it passes is for whoever runs it to see.
func TestDocsNameTestsThatExist(t *testing.T) {
	declared := map[string]bool{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, "_test.go") {
			return err
		}
		text, err := os.ReadFile(p)
		for _, m := range testDeclared.FindAllStringSubmatch(string(text), -1) {
			declared[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for page, text := range pages(t) {
		for _, m := range testName.FindAllStringSubmatch(text, -1) {
			if !declared[m[1]] {
				t.Errorf("%s names the test %s, and there is none", page, m[1])
			}
		}
		for _, m := range scenario.FindAllStringSubmatch(text, -1) {
			played, err := os.ReadFile(filepath.Join(root, "internal/fhirapi/testdata/scenarios", m[1]))
			if err != nil {
				t.Errorf("%s names the scenarios %s, and there is no such file", page, m[1])
				continue
			}
			for _, q := range quoted.FindAllStringSubmatch(m[2], -1) {
				if !strings.Contains(string(played), "== "+q[1]+"\n") {
					t.Errorf("%s names the scenario %q of %s, and there is none", page, q[1], m[1])
				}
			}
		}
	}
}
