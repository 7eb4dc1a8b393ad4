package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/suitetest"
)

const (
	testVersion = "7"
	testUpdated = "2020-05-31T10:30:00.123Z"
)

func render(t rapid.TB, tree *Tree) []byte {
	t.Helper()
	s, err := Prepare(tree)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Render(nil, s.Encode(), "new", testVersion, testUpdated)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStampShapes(t *testing.T) {
	const stamp = `"versionId":"7","lastUpdated":"2020-05-31T10:30:00.123Z"`
	for in, want := range map[string]string{
		`{}`:                         `{"id":"new","meta":{` + stamp + `}}`,
		`{"resourceType":"Patient"}`: `{"resourceType":"Patient","id":"new","meta":{` + stamp + `}}`,
		`{ "resourceType" : "Patient" , "x":1.50}`: `{ "resourceType" : "Patient","id":"new","meta":{` + stamp + `} , "x":1.50}`,
		`{"x":1}`:                               `{"id":"new","meta":{` + stamp + `},"x":1}`,
		`{ "meta":{}}`:                          `{ "id":"new","meta":{` + stamp + `}}`,
		`{"id":"old","resourceType":"Patient"}`: `{"id":"new","meta":{` + stamp + `},"resourceType":"Patient"}`,
		`{"meta":{"lastUpdated":"x","versionId":"y"},"id":"z"}`:        `{"meta":{"lastUpdated":"2020-05-31T10:30:00.123Z","versionId":"7"},"id":"new"}`,
		`{"id":"a","meta":{ "tag":[] }}`:                               `{"id":"new","meta":{ ` + stamp + `,"tag":[] }}`,
		`{"id":"a","meta":{"tag":[],"versionId" : "b"}}`:               `{"id":"new","meta":{"tag":[],"versionId" : "7","lastUpdated":"2020-05-31T10:30:00.123Z"}}`,
		`{"id":"a","meta":{"lastUpdated":"b"}}`:                        `{"id":"new","meta":{` + stamp + `}}`,
		`{"id":"a","meta":{"x":0,"lastUpdated":"b"}}`:                  `{"id":"new","meta":{"versionId":"7","x":0,"lastUpdated":"2020-05-31T10:30:00.123Z"}}`,
		`{"\u0069d":"a","met\u0061":{}}`:                               `{"\u0069d":"new","met\u0061":{` + stamp + `}}`,
		" \n{\"resourceType\":\"A\"}\n ":                               " \n{\"resourceType\":\"A\",\"id\":\"new\",\"meta\":{" + stamp + "}}\n ",
		`{"contained":[{"id":"c","meta":{"versionId":"1"}}],"id":"a"}`: `{"contained":[{"id":"c","meta":{"versionId":"1"}}],"id":"new","meta":{` + stamp + `}}`,
	} {
		if got := string(render(t, parsed(t, in))); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestStampRefuses(t *testing.T) {
	for in, path := range map[string]string{
		`[]`: "Resource", `"x"`: "Resource", `null`: "Resource", `{"resourceType":"Patient","id":1}`: "Patient.id",
		`{"resourceType":"Patient","meta":"x"}`: "Patient.meta", `{"meta":[]}`: "Resource.meta", `{"meta":null}`: "Resource.meta",
		`{"meta":{"versionId":1}}`: "Resource.meta.versionId", `{"meta":{"lastUpdated":{}}}`: "Resource.meta.lastUpdated",
	} {
		_, err := Prepare(parsed(t, in))
		var se *ShapeError
		if !errors.As(err, &se) || se.Path != path {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// aResource draws an object with the server's members at any place or absent,
// written with any white space.
func aResource(t *rapid.T) string {
	space := func() string { return rapid.SampledFrom([]string{"", "", " ", "\n  "}).Draw(t, "space") }
	object := func(members []string) string {
		var b strings.Builder
		b.WriteString("{" + space())
		for i, m := range members {
			if i > 0 {
				b.WriteString(space() + "," + space())
			}
			key, value, _ := strings.Cut(m, "=")
			b.WriteString(`"` + key + `"` + space() + ":" + space() + value)
		}
		return b.String() + space() + "}"
	}
	pick := func(all ...string) []string {
		all = rapid.Permutation(all).Draw(t, "order")
		return all[:rapid.IntRange(0, len(all)).Draw(t, "n")]
	}
	meta := object(pick(`versionId="9"`, `lastUpdated="then"`, `tag=[{"code":"id"}]`, `source="é\n"`, `extension=[]`))
	return space() + object(pick(`resourceType="Patient"`, `id="old"`, "meta="+meta, `x=1.50e2`, `_id={"id":"k"}`, `name=[{"id":"n"},{}]`, `z="\u0000"`)) + space()
}

func TestStampChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := aResource(t)
		tree, err := Parse([]byte(src), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		out := render(t, tree)
		again, err := Parse(out, Limits{})
		if err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		// The twin: the same with maps.
		want, got := decoded(t, []byte(src)), decoded(t, out)
		want["id"] = "new"
		meta, _ := want["meta"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
			want["meta"] = meta
		}
		meta["versionId"], meta["lastUpdated"] = testVersion, testUpdated
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s\nbecame %s", src, out)
		}
		if twice := render(t, again); !bytes.Equal(twice, out) {
			t.Errorf("%s\nthen %s", out, twice)
		}
		if a, b := Trim(tree), Trim(again); !bytes.Equal(a, b) {
			t.Errorf("%s trims to %s\n%s trims to %s", src, a, out, b)
		}
		if ContentHash(tree) != ContentHash(again) {
			t.Errorf("%s and %s have different content hashes", src, out)
		}
	})
}

func TestTrimAgainstMaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := aResource(t)
		tree, _ := Parse([]byte(src), Limits{})
		want := decoded(t, []byte(src))
		delete(want, "id")
		if meta, ok := want["meta"].(map[string]any); ok {
			delete(meta, "versionId")
			delete(meta, "lastUpdated")
			if len(meta) == 0 {
				delete(want, "meta")
			}
		}
		if got := decoded(t, Trim(tree)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s trims to %s", src, Trim(tree))
		}
	})
}

func TestContentHashSeesAllButLayout(t *testing.T) {
	a := ContentHash(parsed(t, `{"id":"1","x":1.5}`))
	for _, s := range []string{`{"id":"1","x":1.50}`, `{"id":"1","x":"1.5"}`, `{"id":"1","x" :1.5,"s":"a b"}`, `{"id":"1","x":1.5,"y":0}`, `{"_id":"1","x":1.5}`, `[]`} {
		if ContentHash(parsed(t, s)) == a {
			t.Error(s)
		}
	}
	if ContentHash(parsed(t, `{"meta":{"versionId":"3"},"id":"2","x":1.5}`)) != a {
		t.Error("the server's members count")
	}
	if ContentHash(parsed(t, "{\n\t\"id\" : \"1\",\r\n \"x\":1.5 }")) != a {
		t.Error("layout counts")
	}
	if ContentHash(parsed(t, `{"s":"a \" b"}`)) == ContentHash(parsed(t, `{"s":"a\" b"}`)) {
		t.Error("white space inside a text does not count")
	}
}

func decoded(t rapid.TB, src []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return m
}

// Every published example comes back byte for byte but for the three members.
func TestStampExamples(t *testing.T) {
	files := suitetest.Files(t, "r4-examples", "*.json")
	if len(files) < 700 {
		t.Fatalf("%d files", len(files))
	}
	for _, f := range files {
		tree := parseFile(t, f)
		out := render(t, tree)
		again, err := Parse(out, Limits{})
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if !bytes.Equal(Trim(tree), Trim(again)) || !bytes.Equal(render(t, again), out) {
			t.Errorf("%s does not come back", f)
		}
		// With its own values it is the file itself.
		root := tree.Root()
		id, meta := root.Get("id"), root.Get("meta")
		if id.Exists() && meta.Get("versionId").Exists() && meta.Get("lastUpdated").Exists() {
			s, _ := Prepare(tree)
			same, err := Render(nil, s.Encode(), id.Str(), meta.Get("versionId").Str(), meta.Get("lastUpdated").Str())
			if err != nil || !bytes.Equal(same, tree.Bytes()) {
				t.Errorf("%s: %v", f, err)
			}
		}
	}
}

func FuzzRender(f *testing.F) {
	s, err := Prepare(parsed(f, `{"resourceType":"Patient","id":"1","meta":{"versionId":"1"},"active":true}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Encode(), "x", `"\`)
	f.Fuzz(func(t *testing.T, encoded []byte, id, version string) {
		keep := []byte("keep")
		out, err := Render(keep, encoded, id, version, testUpdated)
		if !bytes.HasPrefix(out, keep) || err != nil && len(out) != len(keep) {
			t.Errorf("%q, %v", out, err)
		}
		tree, err := Parse(encoded, Limits{})
		if err != nil {
			return
		}
		s, err := Prepare(tree)
		if err != nil {
			return
		}
		out, err = Render(nil, s.Encode(), id, version, testUpdated)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(out, Limits{}); err != nil {
			t.Errorf("%s: %v", out, err)
		}
	})
}

func BenchmarkRender4kB(b *testing.B) {
	tree := parsed(b, `{"resourceType":"Observation","id":"old","meta":{"versionId":"1","lastUpdated":"x"},"note":"`+strings.Repeat("x", 4000)+`"}`)
	s, _ := Prepare(tree)
	encoded := s.Encode()
	dst := make([]byte, 0, 8192)
	b.SetBytes(int64(len(encoded)))
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = Render(dst[:0], encoded, "abcdefghjkmnpqrstuvwxyz0", "12", testUpdated)
	}
}

func BenchmarkContentHash4kB(b *testing.B) {
	tree := parsed(b, `{"resourceType":"Observation","id":"old","meta":{"versionId":"1","lastUpdated":"x"},"note":"`+strings.Repeat("x", 4000)+`"}`)
	b.SetBytes(int64(len(tree.Bytes())))
	b.ReportAllocs()
	for b.Loop() {
		ContentHash(tree)
	}
}
