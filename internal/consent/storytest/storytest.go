// Package storytest plays stories that a nurse could read: files of plain
// sentences, of which each is a step that a room knows.
//
// Why here: what a person, a parent or a member of staff may see is for people
// to judge who read no Go. A story says who does what, and then what is shown,
// not shown, counted, written down, and who is told. It is for tests only.
package storytest

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Step is a sentence that a room knows. Its pattern is a regular expression for
// the whole of it; Do gets what the groups found, and returns what is not as
// the sentence says.
type Step struct {
	Pattern string
	Do      func(args []string) error
}

// story is one story of a file.
type story struct {
	title string
	lines []line
}

type line struct {
	number int
	text   string
}

// first words that join sentences and say nothing themselves.
var joins = []string{"Given ", "When ", "Then ", "And ", "But "}

// read reads the stories of one file. A story begins with "Story: " and its
// title; blank lines and those that begin with # are for readers.
func read(t testing.TB, path string) []story {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []story
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		text := strings.TrimSpace(in.Text())
		title, begins := strings.CutPrefix(text, "Story: ")
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case begins:
			all = append(all, story{title: title})
		case len(all) == 0:
			t.Fatalf("%s:%d: a sentence before the first story", path, n)
		default:
			joined := false
			for _, j := range joins {
				if rest, ok := strings.CutPrefix(text, j); ok && !joined {
					text, joined = rest, true
				}
			}
			if !joined {
				t.Fatalf("%s:%d: a sentence begins with Given, When, Then, And or But", path, n)
			}
			last := &all[len(all)-1]
			last.lines = append(last.lines, line{n, text})
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// Run plays every story of the files dir/*.txt in a world of its own, and says
// how many there were. A sentence that no step knows, or that two know, fails.
func Run(t *testing.T, dir string, world func(t *testing.T) []Step) (stories int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories in %s: %v", dir, err)
	}
	for _, path := range files {
		for _, s := range read(t, path) {
			stories++
			t.Run(s.title, func(t *testing.T) { play(t, path, s, world(t)) })
		}
	}
	return stories
}

func play(t *testing.T, path string, s story, steps []Step) {
	t.Helper()
	if len(s.lines) == 0 {
		t.Fatalf("%s: %q says nothing", path, s.title)
	}
	for _, l := range s.lines {
		var found *Step
		var args []string
		for i := range steps {
			m := regexp.MustCompile("^" + steps[i].Pattern + "$").FindStringSubmatch(l.text)
			if m == nil {
				continue
			}
			if found != nil {
				t.Fatalf("%s:%d: two steps know %q: %s and %s", path, l.number, l.text, found.Pattern, steps[i].Pattern)
			}
			found, args = &steps[i], m[1:]
		}
		if found == nil {
			t.Fatalf("%s:%d: no step knows %q", path, l.number, l.text)
		}
		if err := found.Do(args); err != nil {
			t.Fatalf("%s:%d: %s: %v", path, l.number, l.text, err)
		}
	}
}
