package fhir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/suitetest"
)

func TestJSONSuite(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(suitetest.Dir(t, "json"), "test_parsing", "*.json"))
	if err != nil || len(files) < 300 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(src, Limits{})
		switch name := filepath.Base(f); {
		case name == "y_object_duplicated_key.json" || name == "y_object_duplicated_key_and_value.json":
			// Refused on purpose: two readers may see different values.
			if err == nil {
				t.Errorf("%s was accepted", name)
			}
		case name[0] == 'y' && err != nil:
			t.Errorf("%s: %v", name, err)
		case name[0] == 'n' && err == nil:
			t.Errorf("%s was accepted", name)
		case name[0] == 'i' && eitherAccepted(name) != (err == nil):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// eitherAccepted states our choice where JSON leaves it open: numbers of any
// size are taken, since their text is kept; text that is not Unicode, half a
// surrogate pair, a byte order mark and deep nesting are refused.
func eitherAccepted(name string) bool { return strings.HasPrefix(name, "i_number_") }

func TestTree(t *testing.T) {
	src := []byte(` {"resourceType":"Patient", "name":[{"family":"O\u0027Neill","given":["A","B"]},{}], "x":1.50, "b":true, "z":null, "\u0061":"esc"} `)
	tree, err := Parse(src, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r := tree.Root()
	if !r.Get("resourceType").Is("Patient") || r.Get("x").Str() != "1.50" || r.Get("b").Str() != "true" {
		t.Error("scalars")
	}
	if got := r.Get("name").At(0).Get("family").Str(); got != "O'Neill" {
		t.Error(got)
	}
	if r.Get("name").Len() != 2 || r.Get("name").At(1).First().Exists() || r.Get("name").At(1).Get("given").Exists() {
		t.Error("children of an empty object")
	}
	if !r.Get("a").Is("esc") || r.Get("a").Key() != "a" {
		t.Error("escaped name")
	}
	if r.Get("nothing").Get("more").At(3).Str() != "" {
		t.Error("absent nodes answer")
	}
	from, to := r.Get("x").MemberSpan()
	if string(src[from:to]) != `"x":1.50` {
		t.Error(string(src[from:to]))
	}
	out := Splice(src, []Edit{{to, to, []byte(`,"y":2`)}, {from, from, []byte(`"w":0,`)}})
	if _, err := Parse(out, Limits{}); err != nil {
		t.Error(err, string(out))
	}
}

// Strings gives members of one name at every depth, and no other values.
func TestStringsOfOneName(t *testing.T) {
	tree, err := Parse([]byte(`{"url":"a","b":{"\u0075rl":"b","c":{"url":"c"}},"d":[{"url":1},{"url":"d"},"url"],"urls":"e","url2":["url"]}`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for n := range tree.Strings("url") {
		got = append(got, n.Str())
	}
	if s := strings.Join(got, " "); s != "a b c d" {
		t.Errorf("the strings are %q", s)
	}
	for n := range tree.Strings("url") {
		if n.Str() != "a" {
			t.Error("it goes on when nobody asks")
		}
		break
	}
}
