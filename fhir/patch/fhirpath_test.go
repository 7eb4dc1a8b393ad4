package patch

import (
	"bufio"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// HL7's cases for FHIRPath Patch, which are written in XML.
func TestFHIRPathSuite(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(suitetest.Dir(t, "patch"), "fhir-patch-tests.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Cases []struct {
			Name   string  `xml:"name,attr"`
			Input  xmlNode `xml:"input"`
			Diff   xmlNode `xml:"diff"`
			Output xmlNode `xml:"output"`
			Error  *struct {
				Msg string `xml:"msg,attr"`
			} `xml:"error"`
		} `xml:"case"`
	}
	if err := xml.Unmarshal(src, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) < 33 {
		t.Errorf("only %d cases", len(all.Cases))
	}
	for _, c := range all.Cases {
		t.Run(c.Name, func(t *testing.T) {
			in, diff := c.Input.resource(t), c.Diff.resource(t)
			out, err := FHIRPath(parse(t, in), parse(t, diff))
			if c.Error != nil {
				if err == nil {
					t.Errorf("%s\nwith %s\ngave %s, but must fail: %s", in, diff, out, c.Error.Msg)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s\nwith %s: %v", in, diff, err)
			}
			if want := c.Output.resource(t); !equal(parse(t, string(out)).Root(), parse(t, want).Root()) {
				t.Errorf("%s\nwith %s\n gave %s\nnot   %s", in, diff, out, want)
			}
		})
	}
}

// Cases of our own, as text: a resource, operations, and what comes out, byte
// for byte, or the kind of error.
func TestFHIRPathCases(t *testing.T) {
	f, err := os.Open("testdata/fhirpath.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var name, in string
	var ops []string
	ran := 0
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		rest = strings.TrimSpace(rest)
		switch word {
		case "", "#":
		case "case":
			name, in, ops = rest, "", nil
		case "in":
			in = rest
		case "add", "insert", "delete", "replace", "move":
			ops = append(ops, operationJSON(word, rest))
		case "out", "fail":
			ran++
			out, err := FHIRPath(parse(t, in), parse(t, `{"resourceType":"Parameters","parameter":[`+strings.Join(ops, ",")+`]}`))
			switch {
			case word == "out" && (err != nil || string(out) != rest):
				t.Errorf("line %d, %s: %v\n got %s\nwant %s", n, name, err, out, rest)
			case word == "fail" && (err == nil || problem.KindOf(err).String() != rest):
				t.Errorf("line %d, %s: %v is %v, not %s; gave %s", n, name, err, problem.KindOf(err), rest, out)
			}
		default:
			t.Fatalf("line %d: %s", n, word)
		}
	}
	if lines.Err() != nil || ran < 40 {
		t.Errorf("%d cases, %v", ran, lines.Err())
	}
}

// operationJSON reads `path ; name=… ; index=… ; value members`.
func operationJSON(what, rest string) string {
	fields := strings.Split(rest, " ; ")
	parts := []string{`{"name":"type","valueCode":"` + what + `"}`,
		`{"name":"path","valueString":` + string(fhir.AppendString(nil, fields[0])) + `}`}
	for _, f := range fields[1:] {
		key, value, _ := strings.Cut(f, "=")
		switch key {
		case "name":
			parts = append(parts, `{"name":"name","valueString":"`+value+`"}`)
		case "index", "source", "destination":
			parts = append(parts, `{"name":"`+key+`","valueInteger":`+value+`}`)
		default:
			parts = append(parts, `{"name":"value",`+f+`}`)
		}
	}
	return `{"name":"operation","part":[` + strings.Join(parts, ",") + `]}`
}

func TestFHIRPathFaults(t *testing.T) {
	doc := `{"resourceType":"Patient","name":[{"family":"A"}]}`
	for patch, kind := range map[string]problem.Kind{
		`{}`: problem.Invalid,
		`{"resourceType":"Parameters","parameter":{}}`:                                                                   problem.Invalid,
		`{"resourceType":"Parameters","parameter":[1]}`:                                                                  problem.Invalid,
		`{"resourceType":"Parameters","parameter":[{"name":"x"}]}`:                                                       problem.Invalid,
		`{"resourceType":"Parameters","parameter":[{"name":"operation"}]}`:                                               problem.Invalid,
		`{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueInteger":1}]}]}`:     problem.Invalid,
		`{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"kind","valueCode":"add"}]}]}`:    problem.Invalid,
		`{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"index","valueInteger":-1}]}]}`:   problem.Invalid,
		`{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"index","valueInteger":1.0}]}]}`:  problem.Invalid,
		`{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"path"},{"name":"path"}]}]}`:      problem.Invalid,
		`{"resourceType":"Parameters","parameter":[` + strings.Repeat(`{"name":"operation"},`, maxOperations) + `{}]}`:   problem.TooLarge,
		`{"resourceType":"Parameters","parameter":[` + operationJSON("frob", "Patient.name") + `]}`:                      problem.Invalid,
		`{"resourceType":"Parameters","parameter":[` + operationJSON("delete", "Patient.name.repeat($this.name|") + `]}`: problem.Invalid,
	} {
		out, err := FHIRPath(parse(t, doc), parse(t, patch))
		if err == nil || out != nil || problem.KindOf(err) != kind {
			t.Errorf("%.120s: %v is %v, not %v", patch, err, problem.KindOf(err), kind)
		}
	}
}

func FuzzFHIRPath(f *testing.F) {
	const doc = `{"resourceType":"Patient","birthDate":"2020","_birthDate":{"id":"b"},"name":[{"given":["A",null],"_given":[null,{"id":"x"}]},{"family":"B"}],"deceasedBoolean":false}`
	f.Add(doc, "replace", "Patient.name[0].given[1]", "given", 0, 1, `"valueString":"x"`)
	f.Add(doc, "move", "Patient.name[0].given", "", 0, 1, `"valueString":"x"`)
	f.Add(doc, "delete", "Patient.birthDate", "", 0, 1, `"valueString":"x"`)
	f.Add(doc, "add", "Patient.birthDate", "extension", 0, 1, `"valueExtension":{"url":"u"}`)
	f.Add(doc, "insert", "Patient.name", "", 1, 0, `"part":[{"name":"family","valueString":"x"},{"name":"given","_valueString":{"id":"g"}}]`)
	f.Add(doc, "replace", "Patient.deceased", "", 1, 0, `"valueDateTime":"2020","_valueDateTime":{"id":"d"}`)
	f.Fuzz(func(t *testing.T, doc, what, path, name string, from, to int, value string) {
		d, err := fhir.Parse([]byte(doc), fhir.Limits{})
		if err != nil {
			return
		}
		q := func(s string) string { return string(fhir.AppendString(nil, s)) }
		number := func(i int) string { return string('0' + rune(i&7)) }
		p, err := fhir.Parse([]byte(`{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":`+q(what)+
			`},{"name":"path","valueString":`+q(path)+`},{"name":"name","valueString":`+q(name)+`},{"name":"index","valueInteger":`+number(from)+
			`},{"name":"source","valueInteger":`+number(from)+`},{"name":"destination","valueInteger":`+number(to)+
			`},{"name":"value",`+value+`}]}]}`), fhir.Limits{})
		if err != nil {
			return
		}
		out, err := FHIRPath(d, p)
		if string(d.Bytes()) != doc {
			t.Fatal("the resource was changed")
		}
		if err != nil {
			if problem.KindOf(err) == problem.Internal {
				t.Error(err)
			}
			return
		}
		if _, err := fhir.Parse(out, fhir.Limits{}); err != nil {
			t.Errorf("%s: %v", out, err)
		}
	})
}
