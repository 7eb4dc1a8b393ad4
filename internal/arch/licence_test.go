package arch

import (
	"go/build"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// licences that we may ship under Apache-2.0, by words that only they have.
// All words of one line have to stand in the text, blanks folded.
var licences = map[string][]string{
	"Apache-2.0":   {"Apache License", "Version 2.0"},
	"BSD":          {"Redistribution and use in source and binary forms", "THIS SOFTWARE IS PROVIDED"},
	"MIT":          {"Permission is hereby granted, free of charge", "THE SOFTWARE IS PROVIDED \"AS IS\""},
	"MPL-2.0":      {"Mozilla Public License", "2.0"},
	"ISC":          {"Permission to use, copy, modify, and/or distribute this software for any purpose"},
	"public":       {"This is free and unencumbered software released into the public domain"},
	"CC0":          {"CC0 1.0 Universal"},
	"Go-like MIT":  {"Permission is hereby granted", "free of charge", "without restriction"},
	"0BSD or like": {"Permission to use, copy, modify, and distribute this software for any purpose"},
}

// refused are words of licences that would bind whoever runs Bevan.
var refused = regexp.MustCompile(`(?i)GNU (AFFERO |LESSER )?GENERAL PUBLIC|Server Side Public|Business Source|Commons Clause|Elastic License|NonCommercial`)

// Every module that go.mod names, direct or not, has a licence that we may
// ship. It is read from the text in the module cache, not from what a page
// says about it.
func TestEveryDependencyMayBeShipped(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Replace) > 0 {
		t.Errorf("go.mod replaces %d modules, so what is built is not what is named", len(f.Replace))
	}
	absent := 0
	for _, r := range f.Require {
		dir, err := cached(r.Mod)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); err != nil {
			absent++ // go.mod also names what only other modules' tests need
			continue
		}
		if got := licenceOf(t, dir); got == "" {
			t.Errorf("%s: no licence on the list was found in %s. Read its licence; if we may ship it, add the words here, otherwise do without it.", r.Mod, filepath.Base(dir))
		}
	}
	if absent == len(f.Require) {
		t.Skip("skipped: no module is in the module cache; run: go mod download")
	}
	t.Logf("%d modules read, %d not in the module cache", len(f.Require)-absent, absent)
}

func cached(m module.Version) (string, error) {
	cache := os.Getenv("GOMODCACHE")
	if cache == "" {
		cache = filepath.Join(filepath.SplitList(build.Default.GOPATH)[0], "pkg", "mod")
	}
	p, err := module.EscapePath(m.Path)
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, filepath.FromSlash(p)+"@"+m.Version), nil
}

// licenceOf names the licence of the module in dir, or is empty.
func licenceOf(t *testing.T, dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		n := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(n, "LICEN") && !strings.HasPrefix(n, "COPYING") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		folded := strings.Join(strings.Fields(string(text)), " ")
		if w := refused.FindString(folded); w != "" && !strings.Contains(folded, "Mozilla Public License") {
			t.Errorf("%s: %s speaks of %q", filepath.Base(dir), e.Name(), w)
		}
		for name, words := range licences {
			all := true
			for _, w := range words {
				all = all && strings.Contains(folded, w)
			}
			if all {
				return name
			}
		}
	}
	return ""
}
