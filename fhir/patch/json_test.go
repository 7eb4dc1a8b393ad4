package patch

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

func parse(t rapid.TB, src string) *fhir.Tree {
	t.Helper()
	tree, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return tree
}

// rawCases cuts a suite file into its cases, and a case into its members, as
// text: some cases have an operation with a name that stands twice.
func rawCases(t *testing.T, file string) []map[string]string {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := jsontext.NewDecoder(bytes.NewReader(src), jsontext.AllowDuplicateNames(true))
	token := func() jsontext.Token {
		tok, err := d.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	var cases []map[string]string
	for token(); d.PeekKind() != ']'; {
		c := map[string]string{}
		for token(); d.PeekKind() != '}'; {
			name := token().String()
			value, err := d.ReadValue()
			if err != nil {
				t.Fatal(err)
			}
			c[name] = string(value)
		}
		token()
		cases = append(cases, c)
	}
	return cases
}

// The outside cases of RFC 6902, those that their authors switched off too.
func TestJSONSuite(t *testing.T) {
	dir := suitetest.Dir(t, "patch")
	ran := 0
	for _, file := range []string{"tests.json", "spec_tests.json", "json-patch-tests.json"} {
		for i, c := range rawCases(t, filepath.Join(dir, file)) {
			ran++
			got, err := func() ([]byte, error) {
				p, err := fhir.Parse([]byte(c["patch"]), fhir.Limits{})
				if err != nil {
					return nil, err // a name that stands twice is refused here
				}
				return JSON(parse(t, c["doc"]), p)
			}()
			want, ok := c["expected"]
			if c["error"] == "" && !ok {
				want, ok = c["doc"], true
			}
			switch {
			case !ok && err == nil:
				t.Errorf("%s %d %s: gave %s, but must fail: %s", file, i, c["comment"], got, c["error"])
			case ok && err != nil:
				t.Errorf("%s %d %s: %v", file, i, c["comment"], err)
			case ok && !equal(parse(t, string(got)).Root(), parse(t, want).Root()):
				t.Errorf("%s %d %s: gave %s, not %s", file, i, c["comment"], got, want)
			}
		}
	}
	if ran < 120 {
		t.Errorf("only %d cases ran", ran)
	}
}

func TestJSONKeepsTheRest(t *testing.T) {
	const doc = "{\n  \"resourceType\" : \"Observation\",\n  \"x\": 1.50,\n  \"list\": [ 1.0,  2.00 ,3 ]\n}\n"
	for patch, want := range map[string]string{
		`[]`: doc,
		`[{"op":"test","path":"/x","value":1.5}]`:                                doc,
		`[{"op":"add","path":"/y","value":2.10}]`:                                strings.Replace(doc, "3 ]", "3 ],\n  \"y\":2.10", 1),
		`[{"op":"remove","path":"/x"}]`:                                          strings.Replace(doc, "\n  \"x\": 1.50,", "", 1),
		`[{"op":"replace","path":"/x","value":1}]`:                               strings.Replace(doc, "1.50", "1", 1),
		`[{"op":"remove","path":"/list/1"}]`:                                     strings.Replace(doc, ",  2.00", "", 1),
		`[{"op":"remove","path":"/list/0"}]`:                                     strings.Replace(doc, "1.0,  ", "", 1),
		`[{"op":"add","path":"/list/1","value":"n"}]`:                            strings.Replace(doc, "1.0,", "1.0,  \"n\",", 1),
		`[{"op":"add","path":"/list/-","value":"n"}]`:                            strings.Replace(doc, "3 ]", "3,\"n\" ]", 1),
		`[{"op":"move","from":"/x","path":"/list/0"}]`:                           strings.Replace(strings.Replace(doc, "\n  \"x\": 1.50,", "", 1), "1.0,", "1.50, 1.0,", 1),
		`[{"op":"copy","from":"/list/1","path":"/z"}]`:                           strings.Replace(doc, "3 ]", "3 ],\n  \"z\":2.00", 1),
		`[{"op":"add","path":"/a~1b","value":0},{"op":"remove","path":"/a~1b"}]`: doc,
	} {
		got, err := JSON(parse(t, doc), parse(t, patch))
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\n got %q\nwant %q", patch, err, got, want)
		}
	}
}

func TestJSONFaults(t *testing.T) {
	doc := parse(t, `{"resourceType":"Patient","name":[{"family":"A"}],"active":true}`)
	for patch, kind := range map[string]problem.Kind{
		`{}`:                                                                  problem.Invalid,
		`[1]`:                                                                 problem.Invalid,
		`[{"path":"/x"}]`:                                                     problem.Invalid,
		`[{"op":"add","value":1}]`:                                            problem.Invalid,
		`[{"op":"add","path":"/x"}]`:                                          problem.Invalid,
		`[{"op":"add","path":"x","value":1}]`:                                 problem.Invalid,
		`[{"op":"add","path":"/~","value":1}]`:                                problem.Invalid,
		`[{"op":"add","path":"/~2","value":1}]`:                               problem.Invalid,
		`[{"op":"spam","path":"/x","value":1}]`:                               problem.Invalid,
		`[{"op":"move","path":"/x"}]`:                                         problem.Invalid,
		`[{"op":"remove","path":""}]`:                                         problem.Unprocessable,
		`[{"op":"remove","path":"/x"}]`:                                       problem.Unprocessable,
		`[{"op":"replace","path":"/name/1","value":1}]`:                       problem.Unprocessable,
		`[{"op":"replace","path":"/name/-","value":1}]`:                       problem.Unprocessable,
		`[{"op":"add","path":"/name/2","value":1}]`:                           problem.Unprocessable,
		`[{"op":"add","path":"/name/00","value":1}]`:                          problem.Unprocessable,
		`[{"op":"add","path":"/active/x","value":1}]`:                         problem.Unprocessable,
		`[{"op":"test","path":"/active","value":false}]`:                      problem.Unprocessable,
		`[{"op":"move","from":"/name","path":"/name/0"}]`:                     problem.Unprocessable,
		`[{"op":"move","from":"/name/00","path":"/name/0"}]`:                  problem.Unprocessable,
		`[{"op":"remove","path":"/active"},{"op":"remove","path":"/active"}]`: problem.Unprocessable,
		"[" + strings.Repeat(`{"op":"test","path":"/active","value":true},`, maxOperations) + `{}]`: problem.TooLarge,
	} {
		out, err := JSON(doc, parse(t, patch))
		if err == nil || out != nil || problem.KindOf(err) != kind {
			t.Errorf("%.80s: %v is %v, not %v (%s)", patch, err, problem.KindOf(err), kind, out)
		}
	}
}

// A list that is copied into itself again and again doubles with each copy.
func TestCopyBombs(t *testing.T) {
	for name, op := range map[string]string{
		"doubling": `{"op":"copy","from":"/a","path":"/a/-"}`,
		"deeper":   `{"op":"copy","from":"/a","path":"/a/0"}`,
		"long":     `{"op":"copy","from":"/text","path":"/a/-"}`,
	} {
		doc := parse(t, `{"a":[[]],"text":"`+strings.Repeat("x", 1<<20)+`"}`)
		_, err := JSON(doc, parse(t, "["+strings.Repeat(op+",", 200)+op+"]"))
		if problem.KindOf(err) != problem.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"a":[1,2.50,{"b":null}]}`, `[{"op":"add","path":"/a/1","value":{}},{"op":"move","from":"/a/0","path":"/c"},{"op":"copy","from":"/a","path":"/a/-"}]`)
	f.Add(`[]`, `[{"op":"replace","path":"","value":7},{"op":"test","path":"","value":7.0}]`)
	f.Add(`{"~/":0}`, `[{"op":"remove","path":"/~0~1"}]`)
	f.Fuzz(func(t *testing.T, doc, patch string) {
		d, err := fhir.Parse([]byte(doc), fhir.Limits{})
		if err != nil {
			return
		}
		p, err := fhir.Parse([]byte(patch), fhir.Limits{})
		if err != nil {
			return
		}
		out, err := JSON(d, p)
		if string(d.Bytes()) != doc {
			t.Fatal("the document was changed")
		}
		if err != nil {
			if k := problem.KindOf(err); k == problem.Internal {
				t.Errorf("%v", err)
			}
			return
		}
		if _, err := fhir.Parse(out, fhir.Limits{}); err != nil {
			t.Errorf("%s: %v", out, err)
		}
	})
}
