package fhir

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/suitetest"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// synthea returns one person's Bundle, uncompressed.
func synthea(t testing.TB) []byte {
	t.Helper()
	files := suitetest.Files(t, "synthea-r4", "*_*.json.gz")
	if len(files) == 0 {
		t.Skip("no Synthea bundles here")
	}
	return gunzip(t, files[len(files)/2])
}

func gunzip(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	src, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func BenchmarkParseSynthea(b *testing.B) {
	src := synthea(b)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(src, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseSyntheaCompact(b *testing.B) {
	v := jsontext.Value(synthea(b))
	if err := v.Compact(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(v)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(v, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseIntoSynthea(b *testing.B) {
	src := synthea(b)
	var t Tree
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if err := ParseInto(&t, src, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

// One resource on its own is what a create brings.
func BenchmarkParseResource(b *testing.B) {
	tree, err := Parse(synthea(b), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var small []byte
	for _, e := range Entries(tree.Root()) {
		if e.Resource.Get("resourceType").Is("Observation") {
			small = e.Resource.Raw()
			break
		}
	}
	b.SetBytes(int64(len(small)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(small, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseExamples(b *testing.B) {
	files := suitetest.Files(b, "r4-examples", "*.json")
	var all [][]byte
	size := int64(0)
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, src)
		size += int64(len(src))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, src := range all {
			if _, err := Parse(src, Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// strict is the reference reader: RFC 8259 with duplicate names and bad UTF-8
// refused. It reads one value and then the end.
func strict(src []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(src))
	if _, err := d.ReadValue(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

func sameAsReference(t rapid.TB, src []byte) {
	tree, err := Parse(src, Limits{Depth: 9000})
	ref := strict(src)
	if (err == nil) != (ref == nil) {
		t.Errorf("%.300q: we say %v, the reference says %v", src, err, ref)
	}
	if err != nil {
		var se *SyntaxError
		if !errors.As(err, &se) || se.Offset < 0 || se.Offset > len(src) {
			t.Errorf("%.300q: %v", src, err)
		}
		return
	}
	if !bytes.Equal(tree.Bytes(), src) {
		t.Error("the bytes are not kept")
	}
	if ref == nil {
		sameTokens(t, tree.Root(), jsontext.NewDecoder(bytes.NewReader(src)))
	}
}

// sameTokens walks a node beside the tokens of the reference reader.
func sameTokens(t rapid.TB, n Node, d *jsontext.Decoder) {
	tok, err := d.ReadToken()
	if err != nil {
		t.Fatalf("%v", err)
	}
	count := 0
	switch tok.Kind() {
	case '{', '[':
		end := map[jsontext.Kind]jsontext.Kind{'{': '}', '[': ']'}[tok.Kind()]
		if (n.Kind() == Object) != (tok.Kind() == '{') {
			t.Fatalf("%s is a %v", n.Raw(), n.Kind())
		}
		for c := n.First(); c.Exists(); c = c.Next() {
			if end == '}' {
				name, err := d.ReadToken()
				if err != nil || name.String() != c.Key() || !c.KeyIs(name.String()) {
					t.Fatalf("%q is called %q, %v", c.Raw(), c.Key(), err)
				}
				if n.Get(c.Key()) != c {
					t.Fatalf("%q is not found by its name", c.Key())
				}
			} else if n.At(count) != c {
				t.Fatalf("item %d is not found by its place", count)
			}
			if c.Parent() != n || c.Tree().NodeAt(c.ID()) != c {
				t.Fatalf("parent or ID of %q", c.Raw())
			}
			sameTokens(t, c, d)
			count++
		}
		if tok, err := d.ReadToken(); err != nil || tok.Kind() != end || n.Len() != count {
			t.Fatalf("%s ends too early", n.Raw())
		}
	case '"':
		if s := tok.String(); n.Kind() != String || n.Str() != s || !n.Is(s) || string(n.Text()) != s {
			t.Fatalf("%q is %q", n.Raw(), n.Str())
		}
	case '0':
		if n.Kind() != Number || n.Str() != tok.String() {
			t.Fatalf("%q is %q", n.Raw(), n.Str())
		}
	default:
		if want := map[jsontext.Kind]Kind{'t': True, 'f': False, 'n': Null}[tok.Kind()]; n.Kind() != want {
			t.Fatalf("%q is a %v", n.Raw(), n.Kind())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.50,-0e+1],"b":{"\u0061":"\ud83d\ude00é"},"a\n":null}`, `{"a":1,"\u0061":2}`, "\"\xff\"", `"\ud800"`,
		`[[[[true,false]]]]`, ` {} `, `{"abcdefgh":"abcdefghijklmnopqrstuvwxyz\\"}`, "\xef\xbb\xbf{}", `[1,]`, `{"a":01}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) { sameAsReference(t, src) })
}

// Random documents, and the same with one byte changed.
func TestParseAgainstReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := []byte(anyJSON(t, 4))
		sameAsReference(t, src)
		if len(src) > 0 {
			src[rapid.IntRange(0, len(src)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("\"\\{}[]:,01-. eut\n\x00\x1f\x7f\x80\xe9\xff")).Draw(t, "byte")
			sameAsReference(t, src)
		}
	})
}

func TestParseInto(t *testing.T) {
	var tree Tree
	if tree.Root().Exists() {
		t.Error("an empty tree has no root")
	}
	for _, c := range []struct {
		src  string
		good bool
	}{{`{"a":[1,2,3],"b":{}}`, true}, {`[`, false}, {`7`, true}, {`{"b":true}`, true}, {strings.Repeat(" ", 100), false}} {
		err := ParseInto(&tree, []byte(c.src), Limits{Bytes: 99})
		if (err == nil) != c.good || tree.Root().Exists() != c.good {
			t.Fatalf("%q: %v", c.src, err)
		}
		if c.good && string(tree.Root().Raw()) != c.src {
			t.Errorf("%q became %q", c.src, tree.Root().Raw())
		}
		if tree.Root().Get("a").Exists() != strings.HasPrefix(c.src, `{"a"`) {
			t.Errorf("%q shows what was there before", c.src)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		src string
		l   Limits
	}{
		{`[[[]]]`, Limits{Depth: 2}}, {`[1,2,3]`, Limits{Nodes: 3}}, {`{"a":1}`, Limits{Bytes: 6}},
		{strings.Repeat("[", 100_000), Limits{}}, {strings.Repeat(`{"a":`, 100_000), Limits{}},
	} {
		_, err := Parse([]byte(c.src), c.l)
		var se *SyntaxError
		if !errors.As(err, &se) || !se.TooBig {
			t.Errorf("%.20s: %v", c.src, err)
		}
	}
}

// A name that stands twice is found wherever it is and however it is written.
func TestDuplicateNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 200).Draw(t, "n")
		names := make([]string, n)
		for i := range names {
			names[i] = "k" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		}
		build := func() []byte { return []byte(`{"` + strings.Join(names, `":0,"`) + `":{}}`) }
		if _, err := Parse(build(), Limits{}); err != nil {
			t.Fatal(err)
		}
		from, to := rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, n-1).Draw(t, "to")
		if from == to {
			return
		}
		names[to] = names[from]
		if rapid.Bool().Draw(t, "escaped") {
			names[to] = `\u006b` + names[to][1:]
		}
		if _, err := Parse(build(), Limits{}); err == nil {
			t.Errorf("%s was accepted", build())
		}
	})
}

func anyJSON(t *rapid.T, depth int) string {
	text := func() string {
		return `"` + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "id", "long text of more than eight bytes", "é", "😀", `\n`, `\"`,
			`\\`, `\u0061`, `\ud83d\ude00`, `\/`, "\u007f"}), 0, 5).Draw(t, "text"), "") + `"`
	}
	space := func() string {
		return rapid.SampledFrom([]string{"", "", "", " ", "\r\n\t", "         "}).Draw(t, "space")
	}
	shape := rapid.IntRange(0, 8).Draw(t, "shape")
	if depth == 0 {
		shape = min(shape, 4)
	}
	var b strings.Builder
	switch {
	case shape <= 2:
		return text()
	case shape == 3:
		return rapid.StringMatching(`-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?`).Draw(t, "number")
	case shape == 4:
		return rapid.SampledFrom([]string{"true", "false", "null"}).Draw(t, "word")
	case shape <= 6:
		b.WriteString("[" + space())
		for i := range rapid.IntRange(0, 4).Draw(t, "items") {
			if i > 0 {
				b.WriteString("," + space())
			}
			b.WriteString(anyJSON(t, depth-1) + space())
		}
		b.WriteString("]")
	default:
		b.WriteString("{" + space())
		for i := range rapid.IntRange(0, 4).Draw(t, "members") {
			if i > 0 {
				b.WriteString("," + space())
			}
			b.WriteString(text() + space() + ":" + space() + anyJSON(t, depth-1) + space())
		}
		b.WriteString("}")
	}
	return b.String()
}

// Every Synthea file is read, and says what the reference says.
func TestParseSynthea(t *testing.T) {
	files := suitetest.Files(t, "synthea-r4", "*.json.gz")
	for _, f := range files[:min(len(files), 20)] {
		sameAsReference(t, gunzip(t, f))
	}
}
