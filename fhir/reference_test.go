package fhir

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/suitetest"
)

func TestParseReference(t *testing.T) {
	const uuid = "c757873d-ec9a-4326-a141-556f43239520"
	for text, want := range map[string]Reference{
		"":                                       {},
		"Patient/1":                              {Form: Relative, Type: "Patient", ID: "1"},
		"Patient/1/_history/2":                   {Form: Relative, Type: "Patient", ID: "1", Version: "2"},
		"Patient/1#p":                            {Form: Relative, Type: "Patient", ID: "1", Fragment: "p"},
		"https://h.example/fhir/Patient/a.b":     {Form: Absolute, Base: "https://h.example/fhir", Type: "Patient", ID: "a.b"},
		"https://h.example/Patient/1/_history/3": {Form: Absolute, Base: "https://h.example", Type: "Patient", ID: "1", Version: "3"},
		"https://h.example":                      {Form: Absolute, Base: "https://h.example"},
		"https://Patient/1":                      {Form: Absolute, Base: "https://Patient/1"},
		"https://h.example/file.pdf#page=2":      {Form: Absolute, Base: "https://h.example/file.pdf", Fragment: "page=2"},
		"mailto:Patient/1":                       {Form: Absolute, Base: "mailto:Patient/1"},
		"#":                                      {Form: Fragment},
		"#med":                                   {Form: Fragment, Fragment: "med"},
		"urn:uuid:" + uuid:                       {Form: URN},
		"urn:uuid:1":                             {},
		"urn:oid:1.2.3":                          {Form: URN},
		"urn:oid:1.02.3":                         {},
		"urn:oid:3.2":                            {},
		"urn:isbn:0":                             {Form: URN},
		"http://x.example/vs|1.0":                {Form: Canonical, Base: "http://x.example/vs", Version: "1.0"},
		"http://x.example/vs|1.0#a":              {Form: Canonical, Base: "http://x.example/vs", Version: "1.0", Fragment: "a"},
		"urn:oid:1.2.3|1.0":                      {Form: Canonical, Base: "urn:oid:1.2.3", Version: "1.0"},
		"urn:uuid:" + uuid + "|2#a":              {Form: Canonical, Base: "urn:uuid:" + uuid, Version: "2", Fragment: "a"},
		"urn:oid:1.02.3|1":                       {},
		"|1":                                     {},
		"Patient?identifier=http://x|1":          {Form: Conditional, Type: "Patient", Query: "identifier=http://x|1"},
		"Patient":                                {},
		"patient/1":                              {},
		"Patient/":                               {},
		"Patient/1/2":                            {},
		"Patient/a_b":                            {},
		"/Patient/1":                             {},
		"x/Patient/1":                            {},
		"Patient/1/_history/":                    {},
		"Patient/1 ":                             {},
		"Patient/" + strings.Repeat("x", 65):     {},
	} {
		want.Text = text
		if got := ParseReference(text); got != want {
			t.Errorf("%q:\n got %+v\nwant %+v", text, got, want)
		}
	}
	if r := ParseReference("https://h.example/Patient/1/_history/3"); r.Local() != "Patient/1" {
		t.Error(r.Local())
	}
	if r := ParseReference("urn:oid:1.2"); r.Local() != "" {
		t.Error(r.Local())
	}
}

func TestReferenceRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.SampledFrom([]string{"", "http://a.example", "https://b.example:8080/x/fhir"}).Draw(t, "base")
		typ := rapid.StringMatching(`[A-Z][A-Za-z]{1,20}`).Draw(t, "type")
		id := rapid.StringMatching(`[A-Za-z0-9.-]{1,64}`).Draw(t, "id")
		version := rapid.StringMatching(`[A-Za-z0-9.-]{0,8}`).Draw(t, "version")
		text := typ + "/" + id
		if base != "" {
			text = base + "/" + text
		}
		if version != "" {
			text += "/_history/" + version
		}
		r := ParseReference(text)
		if r.Base != base || r.Type != typ || r.ID != id || r.Version != version || (r.Form == Absolute) != (base != "") {
			t.Errorf("%q: %+v", text, r)
		}
	})
}

// Every reference of the published examples has a form.
func TestReferencesOfExamples(t *testing.T) {
	files := suitetest.Files(t, "r4-examples", "*.json")
	for _, f := range files {
		tree := parseFile(t, f)
		for i := range tree.NodeCount() {
			n := tree.NodeAt(int32(i))
			if n.KeyIs("reference") && n.Kind() == String && ParseReference(n.Str()).Form == Unknown {
				t.Errorf("%s: %q has no form", filepath.Base(f), n.Str())
			}
		}
	}
}

func parseFile(t testing.TB, name string) *Tree {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := Parse(src, Limits{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return tree
}

func FuzzReference(f *testing.F) {
	for _, s := range []string{"Patient/1/_history/2", "https://h.example/fhir/Patient/1#x", "urn:uuid:", "#", "a|b#c", "Patient?x=y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := ParseReference(s)
		if r.Text != s {
			t.Error("the text is kept")
		}
		if r.ID != "" && (!ValidID(r.ID) || !TypeShaped(r.Type)) {
			t.Errorf("%q: %+v", s, r)
		}
		if r.Form == Relative && r.Fragment == "" && r.Version == "" && r.Local() != s && !strings.Contains(s, "#") {
			t.Errorf("%q is local as %q", s, r.Local())
		}
		ParseCanonical(s)
	})
}

func TestParseCanonical(t *testing.T) {
	for text, want := range map[string]CanonicalURL{
		"":        {},
		"u":       {URL: "u"},
		"u|1":     {URL: "u", Version: "1"},
		"u|1#f":   {URL: "u", Version: "1", Fragment: "f"},
		"#f":      {Fragment: "f"},
		"u#f|1":   {URL: "u", Fragment: "f|1"},
		"u|1.0|2": {URL: "u", Version: "1.0|2"},
	} {
		if got := ParseCanonical(text); got != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestID(t *testing.T) {
	for s, want := range map[string]bool{"a": true, "A-1.b": true, "": false, "a/b": false, "a b": false, "é": false,
		strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "a_b": false} {
		if ValidID(s) != want {
			t.Errorf("ValidID(%q) is %v", s, !want)
		}
	}
	for s, want := range map[string]bool{"Patient": true, "patient": false, "P": false, "Patient1": false, "": false, "Pati ent": false} {
		if TypeShaped(s) != want {
			t.Errorf("TypeShaped(%q) is %v", s, !want)
		}
	}
	seen := map[string]bool{}
	for i := range 200 {
		id, err := NewID(bytes.NewReader(bytes.Repeat([]byte{byte(i)}, 15)))
		if err != nil || !ValidID(id) || len(id) != 24 || seen[id] {
			t.Fatal(id, err)
		}
		seen[id] = true
	}
	if _, err := NewID(strings.NewReader("short")); err == nil {
		t.Error("an id without enough randomness")
	}
}

func TestNHSNumber(t *testing.T) {
	for s, want := range map[string]string{"9990000018": "9990000018", "999 000 0018": "9990000018", "999-000-0018": "9990000018",
		"9434765919": "9434765919", "9434765918": "", "999000001": "", "99900000180": "", "": "", "999000001x": "", "999 000 0018 ": "", " 9990000018": ""} {
		if got, ok := ParseNHSNumber(s); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v", s, got, ok)
		}
	}
	if FormatNHSNumber("9990000018") != "999 000 0018" || FormatNHSNumber("12") != "12" {
		t.Error("format")
	}
	if !IsTestNHSNumber("9990000018") || IsTestNHSNumber("9434765919") {
		t.Error("test range")
	}
	// The check digit finds every single wrong digit and every swap of neighbours.
	rapid.Check(t, func(t *rapid.T) {
		nine := rapid.StringMatching(`[0-9]{9}`).Draw(t, "nine")
		check, ok := NHSCheckDigit(nine)
		if !ok {
			return
		}
		good := nine + string(check)
		if _, ok := ParseNHSNumber(good); !ok {
			t.Fatal(good)
		}
		at := rapid.IntRange(0, 9).Draw(t, "at")
		b := []byte(good)
		if b[at] = byte('0' + rapid.IntRange(0, 9).Draw(t, "wrong")); string(b) != good {
			if _, ok := ParseNHSNumber(string(b)); ok {
				t.Errorf("%s and %s", good, b)
			}
		}
		b = []byte(good)
		at = rapid.IntRange(0, 8).Draw(t, "swap")
		if b[at], b[at+1] = b[at+1], b[at]; string(b) != good {
			if _, ok := ParseNHSNumber(string(b)); ok {
				t.Errorf("%s and %s", good, b)
			}
		}
	})
}

func TestEntries(t *testing.T) {
	root := parsed(t, `{"resourceType":"Bundle","entry":[{"fullUrl":"urn:x","resource":{"resourceType":"Patient"},"request":{"method":"PUT"}},7,{}]}`).Root()
	n := 0
	for i, e := range Entries(root) {
		if i != n {
			t.Error("position")
		}
		n++
		if i == 0 && (e.FullURL != "urn:x" || !e.Resource.Get("resourceType").Is("Patient") || !e.Request.Get("method").Is("PUT") || e.Response.Exists()) {
			t.Errorf("%+v", e)
		}
		if i > 0 && (e.Resource.Exists() || !e.Node.Exists()) {
			t.Errorf("%+v", e)
		}
	}
	if n != 3 {
		t.Error(n)
	}
	for range Entries(parsed(t, `{"entry":{"resource":{}}}`).Root()) {
		t.Error("an entry that is not in an array")
	}
}
