package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const ownPage = "---\nid: knee\ntitle: Sore knees\nkind: condition\nwritten: 2026-05-01\nnext: 2027-05-01\nsource: Us | Knees | 2026-05-01\n---\nKnees get sore.\n\n# For professionals\nKnees.\n"

// An operator begins from our pages, changes one, and is told what it does, how
// hard it is to read, and where it is wrong.
func TestAnOperatorChecksPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pages")
	if got := bevan(t, "pages", "copy", dir); got.code != 0 || !strings.Contains(got.out, "pages were written to") {
		t.Fatalf("%+v", got)
	}
	if got := bevan(t, "pages", "check", dir); got.code != 0 || !strings.Contains(got.out, "replaces ours  asthma (Asthma)") || !strings.Contains(got.out, "no clinician has checked it yet") || strings.Contains(got.out, "readers of about") {
		t.Errorf("%+v", got)
	}
	if got := bevan(t, "pages", "copy", dir); got.code == 0 || !strings.Contains(got.err, "something in it already") {
		t.Errorf("%+v", got)
	}

	mine := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(mine, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("knee.md", strings.Replace(ownPage, "Knees get sore.", "Degenerative osteoarticular deterioration necessitates multidisciplinary rehabilitation.", 1))
	if got := bevan(t, "pages", "check", mine); got.code != 0 || !strings.Contains(got.out, "adds           knee (Sore knees)") || !strings.Contains(got.out, "Aim at 9, and at 11 at most") {
		t.Errorf("%+v", got)
	}
	write("knee.md", strings.Replace(ownPage, "kind: condition", "kind: thing", 1))
	write("other.md", "no head")
	// What is wrong is told alike by the check and by a server that does not start.
	for _, args := range [][]string{{"pages", "check", mine}, {"serve", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--pages", mine}} {
		got := bevan(t, args...)
		for _, want := range []string{"knee.md, line 4: The kind is one of condition, vaccination, test and medicine.", "other.md, line 1: A page begins with a line of three dashes."} {
			if got.code == 0 || !strings.Contains(got.err, want) {
				t.Errorf("%v: %d, want %q: %s", args, got.code, want, got.err)
			}
		}
	}
	if got := bevan(t, "pages", "check", filepath.Join(mine, "nothing")); got.code == 0 || !strings.Contains(got.err, "Check its name") {
		t.Errorf("%+v", got)
	}
}

// Attack 76: a link in the folder of pages leads to no file outside of it.
func TestAttack76ALinkAmongThePagesLeadsNowhere(t *testing.T) {
	outside, dir := filepath.Join(t.TempDir(), "secret.md"), t.TempDir()
	if err := os.WriteFile(outside, []byte(ownPage), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "knee.md")); err != nil {
		t.Fatal(err)
	}
	if got := bevan(t, "pages", "check", dir); got.code == 0 || !strings.Contains(got.err, "knee.md: This file can not be read.") || strings.Contains(got.out, "Sore knees") {
		t.Errorf("%+v", got)
	}
}
