package fhirpath

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

const fuzzPatient = `{"resourceType":"Patient","id":"p","active":true,"name":[{"given":["A",null],"_given":[null,{"id":"x"}],"period":{"start":"2014-02","end":"2015-01-01T00:00:00Z"}}],
"birthDate":"1974-12-25","multipleBirthInteger":2,"contained":[{"resourceType":"Observation","valueQuantity":{"value":1.50,"code":"kg"}}],
"generalPractitioner":[{"reference":"#x"},{"reference":"Patient/1"}]}`

func seeds(f *testing.F) {
	for _, file := range []string{"values.path.txt", "patient.path.txt"} {
		for _, src := range scriptExpressions(f, filepath.Join("testdata", file)) {
			f.Add(src)
		}
	}
}

// FuzzEval: no text makes compiling or evaluating panic or run past its
// limits, and Append agrees with Eval.
func FuzzEval(f *testing.F) {
	seeds(f)
	tree, err := fhir.Parse([]byte(fuzzPatient), fhir.Limits{})
	if err != nil {
		f.Fatal(err)
	}
	root := Root(tree)
	env := &Env{Now: time.Unix(1_700_000_000, 0).UTC(), Limits: Limits{Steps: 20_000, Items: 2_000, Text: 20_000}}
	f.Fuzz(func(t *testing.T, src string) {
		if e, err := CompileFor("Patient", src); err == nil {
			if _, err := e.Eval(env, root); err != nil {
				checkError(t, err)
			}
		} else {
			checkError(t, err)
		}
		e, err := Compile(src)
		if err != nil {
			checkError(t, err)
			return
		}
		got, err := e.Eval(env, root)
		again, err2 := e.Append(nil, env, root)
		if show(got) != show(again) || (err == nil) != (err2 == nil) {
			t.Fatalf("%q: Eval gives %s %v, Append %s %v", src, show(got), err, show(again), err2)
		}
		if len(got) > env.Limits.Items {
			t.Fatalf("%q yields %d items", src, len(got))
		}
		for _, it := range got {
			if len(it.Str()) > 2*env.Limits.Text {
				t.Fatalf("%q yields a text of %d bytes", src, len(it.Str()))
			}
			it.Place()
		}
	})
}

func checkError(t *testing.T, err error) {
	if e, ok := err.(*Error); !ok || e.Msg == "" {
		t.Fatalf("%v is no *Error with words", err)
	}
}

// FuzzResource: no resource, however odd, makes evaluating panic.
func FuzzResource(f *testing.F) {
	f.Add(fuzzPatient)
	f.Add(`{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","link":[{"other":{"reference":"urn:uuid:1"}}]}}]}`)
	f.Add(`{"resourceType":"Observation","valueString":["a",{"b":null}],"_valueString":[1],"code":"x","subject":7,"extension":{"url":"x"}}`)
	f.Add(`[1,{"resourceType":[]}]`)
	var list []*Expr
	for _, file := range []string{"patient.path.txt"} {
		for _, src := range scriptExpressions(f, filepath.Join("testdata", file)) {
			if e, err := Compile(src); err == nil {
				list = append(list, e)
			}
		}
	}
	for _, src := range []string{"descendants()", "descendants().resolve()", "children().children().type()", "descendants() ~ descendants()",
		"Observation.value.ofType(string)", "value", "repeat($this | children()).distinct()"} {
		e, err := Compile(src)
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, e)
	}
	env := &Env{Limits: Limits{Steps: 20_000}}
	f.Fuzz(func(t *testing.T, src string) {
		tree, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			return
		}
		for _, e := range list {
			got, err := e.Eval(env, Root(tree))
			if err != nil {
				checkError(t, err)
			}
			for _, it := range got {
				it.Place()
				it.Str()
			}
		}
	})
}
