package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/internal/problem"
)

// A policy that can't be read keeps the house shut: the default must not hold
// where the operator asked for something else.
func TestAPolicyThatCanNotBeReadOpensNothing(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte(`{"version":"1","rools":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{bad, filepath.Join(dir, "missing.json")} {
		h, err := openHouse(t.Context(), place{Data: filepath.Join(dir, "data")}, settings{base: "http://127.0.0.1/fhir", policy: file})
		if problem.KindOf(err) != problem.Invalid || h != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
