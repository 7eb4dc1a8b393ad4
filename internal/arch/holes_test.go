package arch

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// madeUpHoles writes a list of holes in the form of vuln.go.dev
// (https://go.dev/doc/security/vuln/database) with one that does not exist:
// in a module that we use, in the named function. Without a function the list is
// empty. It gives the list's URL.
func madeUpHoles(t *testing.T, pkg, symbol string) string {
	t.Helper()
	const id, module, day = "GO-2026-99999", "github.com/klauspost/compress", "2026-01-02T03:04:05Z"
	type object = map[string]any
	modules, vulns, files := []object{}, []object{}, map[string]any{"index/db.json": object{"modified": day}}
	if symbol != "" {
		modules = append(modules, object{"path": module, "vulns": []object{{"id": id, "modified": day}}})
		vulns = append(vulns, object{"id": id, "modified": day})
		files["ID/"+id+".json"] = object{
			"schema_version": "1.3.1", "id": id, "modified": day, "published": day,
			"summary": "A made-up hole, for a test", "details": "There is no such hole.", "database_specific": object{"url": "https://pkg.go.dev/vuln/" + id},
			"affected": []object{{
				"package":            object{"name": module, "ecosystem": "Go"},
				"ranges":             []object{{"type": "SEMVER", "events": []object{{"introduced": "0"}}}},
				"ecosystem_specific": object{"imports": []object{{"path": module + "/" + pkg, "symbols": []string{symbol}}}},
			}},
		}
	}
	files["index/modules.json"], files["index/vulns.json"] = modules, vulns
	dir := t.TempDir()
	for name, what := range files {
		b, err := json.Marshal(what)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return "file://" + filepath.ToSlash(dir)
}

// script runs one of scripts/, with more in its environment.
func script(t *testing.T, name string, env []string, args ...string) (out string, code int) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, "scripts", name))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), env...)
	b, err := c.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Skipf("skipped: the scripts can not be run here: %v", err)
	}
	return string(b), c.ProcessState.ExitCode()
}

// The list of holes can not be reached from everywhere, so that it is looked
// through is shown with lists that are made up.
func TestKnownHolesAreFound(t *testing.T) {
	holes := func(list string) (string, int) {
		out, code := script(t, "holes", []string{"GOVULNDB=" + list}, "./internal/web")
		if strings.HasPrefix(out, "skipped: ") {
			t.Skip(strings.TrimSpace(out))
		}
		return out, code
	}
	if out, code := holes(madeUpHoles(t, "", "")); code != 0 || !strings.Contains(out, "nothing found") {
		t.Errorf("with an empty list it ends with %d:\n%s", code, out)
	}
	out, code := holes(madeUpHoles(t, "gzip", "NewWriterLevel"))
	if code != 1 {
		t.Errorf("with a hole that we reach it ends with %d", code)
	}
	for _, want := range []string{"GO-2026-99999", "A made-up hole", "github.com/klauspost/compress", "gzip.NewWriterLevel", "internal/web/response.go"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	// We use the package, and not what is wrong with it.
	if out, code := holes(madeUpHoles(t, "gzip", "NotOneOfOurs")); code != 0 || strings.Contains(out, "Vulnerability #") {
		t.Errorf("with a hole that we do not reach it ends with %d:\n%s", code, out)
	}
	if out, code := holes("file://" + filepath.ToSlash(filepath.Join(t.TempDir(), "nothing"))); code == 0 {
		t.Errorf("a list that is not there counts as an empty one:\n%s", out)
	}
}

// make lint fails when a hole is found, and only then. The other checks and
// govulncheck itself are played by a program that is no go.
func TestLintFailsForAHole(t *testing.T) {
	for code, want := range map[string]int{"0": 0, "3": 1, "2": 1} {
		dir := t.TempDir()
		play := "#!/usr/bin/env bash\n" +
			`if [ "$1" = install ]; then printf '#!/usr/bin/env bash\necho played: "$@"\nexit ` + code + `\n' >"$GOBIN/govulncheck"; chmod +x "$GOBIN/govulncheck"; fi` + "\n"
		for name, text := range map[string]string{"go": play, "gofmt": "#!/usr/bin/env bash\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		out, got := script(t, "lint", []string{"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH"), "GOVULNDB=file:///made-up"})
		if got != want || want != 0 && !strings.Contains(out, "played: -db file:///made-up ./...") {
			t.Errorf("govulncheck ends with %s, and lint with %d:\n%s", code, got, out)
		}
	}
}
