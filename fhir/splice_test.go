package fhir

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// The twin cuts the text into pieces, each kept or replaced.
func TestSplice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var src, want strings.Builder
		var edits []Edit
		for _, piece := range rapid.SliceOf(rapid.StringN(0, 4, 8)).Draw(t, "pieces") {
			if rapid.Bool().Draw(t, "replace") {
				with := rapid.StringN(0, 4, 8).Draw(t, "with")
				edits = append(edits, Edit{src.Len(), src.Len() + len(piece), []byte(with)})
				want.WriteString(with)
			} else {
				want.WriteString(piece)
			}
			src.WriteString(piece)
		}
		if rapid.Bool().Draw(t, "shuffle") {
			at := map[int]bool{}
			for _, e := range edits {
				if at[e.From] {
					return // edits at one place keep their order, so these may not be shuffled
				}
				at[e.From] = true
			}
			edits = rapid.Permutation(edits).Draw(t, "order")
		}
		if got := Splice([]byte(src.String()), edits); string(got) != want.String() {
			t.Errorf("%q with %v became %q, not %q", src.String(), edits, got, want.String())
		}
	})
}

// What is put in can be cut out again, and then nothing has changed.
func TestInsertAndCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := []byte(`{"a": [` + anyJSON(t, 3) + ` , ` + anyJSON(t, 3) + `]}`)
		tree, err := Parse(src, Limits{})
		if err != nil {
			return
		}
		holder := tree.NodeAt(int32(rapid.IntRange(0, tree.NodeCount()-1).Draw(t, "holder")))
		text := `"new":[0]`
		switch holder.Kind() {
		case Array:
			text = `"new"`
		case Object:
		default:
			return
		}
		if holder.Get("new").Exists() {
			return
		}
		at := rapid.IntRange(0, holder.Len()).Draw(t, "at")
		before := holder.First()
		for range at {
			before = before.Next()
		}
		out := Splice(src, []Edit{Insert(holder, before, []byte(text))})
		again, err := Parse(out, Limits{})
		if err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		k := 0
		holder = again.NodeAt(holder.ID())
		edits := Cut(nil, holder, func(Node) bool { k++; return k == at+1 })
		if back := Splice(out, edits); string(back) != string(src) {
			t.Errorf("%s\n%s\n%s", src, out, back)
		}
	})
}

func TestAppendString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "valid") {
			s = rapid.String().Draw(t, "text")
		}
		out := AppendString(nil, s)
		tree, err := Parse(out, Limits{})
		if err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if got := tree.Root().Str(); got != strings.ToValidUTF8(s, "\uFFFD") && utf8.ValidString(s) {
			t.Errorf("%q came back as %q", s, got)
		}
		var std string
		if err := json.Unmarshal(out, &std); err != nil || std != tree.Root().Str() {
			t.Errorf("%q is %q to encoding/json, %v", out, std, err)
		}
	})
}
