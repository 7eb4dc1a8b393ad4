// Package suitetest finds what tests read that lies outside of the repository:
// published suites of cases, and packages of the specification. It is in one
// place so that every test looks in the same folders and skips in the same
// words. It is for tests only; nothing that serves imports it.
package suitetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir is the folder of a suite, such as "r4-examples": in BEVAN_SUITES, or in
// ../shared/suites beside the repository. Without it the test is skipped.
func Dir(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(outside(t, "BEVAN_SUITES", "suites"), name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("skipped: the suite %s is not here; set BEVAN_SUITES to the folder of suites", name)
	}
	return dir
}

// Files are the files of a suite whose names fit a pattern, in order. Where
// there are none the test is skipped.
func Files(t testing.TB, name, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Dir(t, name), pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("skipped: the suite %s has no %s; set BEVAN_SUITES to the folder of suites", name, pattern)
	}
	return files
}

// Package is the file of a package, such as "hl7.fhir.r4.core-4.0.1.tgz": in
// BEVAN_PACKAGES, or in ../shared/packages. Without it the test is skipped.
func Package(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join(outside(t, "BEVAN_PACKAGES", "packages"), name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("skipped: the package %s is not here; set BEVAN_PACKAGES to the folder of packages", name)
	}
	return file
}

// outside is the folder that an environment variable names, or the one beside
// the repository, which is found by its go.mod from wherever a test runs.
func outside(t testing.TB, env, name string) string {
	t.Helper()
	if dir := os.Getenv(env); dir != "" {
		return dir
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(root), "shared", name)
		}
		up := filepath.Dir(root)
		if up == root {
			t.Fatal("the tests do not run inside the repository: no folder above has a go.mod")
		}
		root = up
	}
}
