package xml

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// same writes a tree so that two with the same content are written alike: members by
// name, since XML has an order of its own; numbers and texts as they are.
func same(n fhir.Node) string {
	switch n.Kind() {
	case fhir.Object:
		var members []string
		for c := range n.Each() {
			members = append(members, string(fhir.AppendString(nil, c.Key()))+":"+same(c))
		}
		slices.Sort(members)
		return "{" + strings.Join(members, ",") + "}"
	case fhir.Array:
		var items []string
		for c := range n.Each() {
			items = append(items, same(c))
		}
		return "[" + strings.Join(items, ",") + "]"
	case fhir.String:
		return string(fhir.AppendString(nil, n.Str()))
	}
	return string(n.Raw())
}

func parse(t testing.TB, text string) *fhir.Tree {
	t.Helper()
	tree, err := fhir.Parse([]byte(text), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// A resource says in XML what it says in JSON.
func TestTheTreeIsThatOfJSON(t *testing.T) {
	for _, c := range []struct {
		name, xml, json string
		m               *Model
	}{
		{"values of each kind", `<Patient xmlns="http://hl7.org/fhir"><id value="p1"/><active value="true"/><name><family value="A &lt; &#66; &quot;"/><given value="Jo"/><given value="Li"/></name><multipleBirthInteger value="2"/></Patient>`,
			`{"resourceType":"Patient","id":"p1","active":true,"name":[{"family":"A < B \"","given":["Jo","Li"]}],"multipleBirthInteger":2}`, R4()},
		{"digits stay", `<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.50"/></valueQuantity></Observation>`,
			`{"resourceType":"Observation","valueQuantity":{"value":1.50}}`, R4()},
		{"ids and extensions of a primitive", `<Patient xmlns="http://hl7.org/fhir"><name><given value="Jo"/><given id="g"><extension url="u:x"><valueString value="y"/></extension></given></name></Patient>`,
			`{"resourceType":"Patient","name":[{"given":["Jo",null],"_given":[null,{"id":"g","extension":[{"url":"u:x","valueString":"y"}]}]}]}`, R4()},
		{"resources within", `<Bundle xmlns="http://hl7.org/fhir"><type value="message"/><entry><resource><Immunization><notGiven value="false"/></Immunization></resource></entry></Bundle>`,
			`{"resourceType":"Bundle","type":"message","entry":[{"resource":{"resourceType":"Immunization","notGiven":false}}]}`, STU3()},
		{"a narrative is kept", `<?xml version="1.0" encoding="UTF-8"?><!-- c --><Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p class="a">x &amp; <b>y</b></p></div></text></Patient>`,
			`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"a\">x &amp; <b>y</b></p></div>"}}`, R4()},
		{"white space in a value", "<Patient xmlns=\"http://hl7.org/fhir\"><name><text value=\"a\nb&#10;c\"/></name></Patient>",
			`{"resourceType":"Patient","name":[{"text":"a b\nc"}]}`, R4()},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Read([]byte(c.xml), c.m, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if same(got.Root()) != same(parse(t, c.json).Root()) {
				t.Errorf("read as %s", got.Bytes())
			}
			again(t, got, c.m)
		})
	}
}

// again writes a tree and reads it.
func again(t testing.TB, tree *fhir.Tree, m *Model) {
	t.Helper()
	out, err := Write(tree, m)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(out, m, Limits{Bytes: 64 << 20, Text: 64 << 20, Elements: 4 << 20, Depth: 500})
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, out)
	}
	if same(back.Root()) != same(tree.Root()) {
		t.Errorf("changed on the way:\n%s\n%s", same(tree.Root()), same(back.Root()))
	}
}

// HL7's examples go through XML unchanged.
func TestR4ExamplesThroughXML(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(suitetest.Dir(t, "r4-examples"), "*.json"))
	if err != nil || len(files) < 700 {
		t.Fatalf("%d examples (%v)", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(file) == "package-min-ver.json" {
			continue // it describes a package and is no resource
		}
		t.Run(filepath.Base(file), func(t *testing.T) { again(t, parse(t, string(text)), R4()) })
	}
}

// England's messages go through the reader and the writer unchanged.
func TestEventMessagesThroughXML(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(suitetest.Dir(t, "child-health-events"), "*.xml"))
	if err != nil || len(files) != 25 {
		t.Fatalf("%d messages (%v)", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			tree, err := Read(text, STU3(), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			again(t, tree, STU3())
		})
	}
}

// Every refusal says the line and the element, and nothing of what was written there.
func TestRefusalsNameThePlace(t *testing.T) {
	const ns = ` xmlns="http://hl7.org/fhir"`
	for _, c := range []struct{ name, xml, place, says string }{
		{"an unknown element", "<Bundle" + ns + ">\n<entry><resource><Patient/></resource></entry>\n<entry><resource><Patient><secretName value=\"x\"/></Patient></resource></entry></Bundle>", "(line 3, Bundle.entry[1].resource.secretName)", "no such element"},
		{"twice", "<Patient" + ns + "><gender value=\"male\"/>\n<gender value=\"male\"/></Patient>", "(line 2, Patient.gender)", "twice"},
		{"no number", "<Observation" + ns + "><valueQuantity><value value=\"12a\"/></valueQuantity></Observation>", "Observation.valueQuantity.value", "not a number"},
		{"a number as XML may have it and JSON not", "<Observation" + ns + "><valueQuantity><value value=\" 12\"/></valueQuantity></Observation>", "value", "not a number"},
		{"neither true nor false", "<Patient" + ns + "><active value=\"1\"/></Patient>", "Patient.active", "neither true nor false"},
		{"empty", "<Patient" + ns + "><gender value=\"\"/></Patient>", "Patient.gender", "empty"},
		{"an empty element", "<Patient" + ns + "><name/></Patient>", "Patient.name[0]", "empty"},
		{"an attribute", "<Patient" + ns + "><gender value=\"male\" secretName=\"x\"/></Patient>", "Patient.gender", "no such attribute"},
		{"an attribute twice", "<Patient" + ns + "><gender value=\"male\" value=\"female\"/></Patient>", "Patient.gender", "twice"},
		{"text between", "<Patient" + ns + ">\nsecretName</Patient>", "(line 2, Patient)", "text between"},
		{"cut off", "<Patient" + ns + "><name>", "Patient.name[0]", "ends within"},
		{"two documents", "<Patient" + ns + "/><Patient" + ns + "/>", "(line 1", "more text"},
		{"two resources", "<Bundle" + ns + "><entry><resource><Patient/><Patient/></resource></entry></Bundle>", "Bundle.entry[0].resource", "One resource"},
		{"an unknown resource", "<Bundle" + ns + "><entry><resource><SecretName/></resource></entry></Bundle>", "Bundle.entry[0].resource", "not a type"},
		{"the id of an element as an element", "<Patient" + ns + "><name><id value=\"a\"/></name></Patient>", "Patient.name[0].id", "no such element"},
		{"another encoding", `<?xml version="1.0" encoding="ISO-8859-1"?><Patient` + ns + `/>`, "(line 1", "UTF-8"},
		{"a byte that is no text", "<Patient" + ns + "><gender value=\"\xff\"/></Patient>", "Patient.gender", "not text"},
		{"a character that XML does not have", "<Patient" + ns + "><gender value=\"&#0;\"/></Patient>", "Patient.gender", "none that XML allows"},
		{"half a character", "<Patient" + ns + "><gender value=\"&#xD800;\"/></Patient>", "Patient.gender", "none that XML allows"},
		{"JSON", `{"resourceType":"Patient"}`, "(line 1)", "not XML"},
		{"nothing", "", "(line 1)", "not XML"},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, c.xml, c.place, c.says) })
	}
}

func refused(t *testing.T, text, place, says string) {
	t.Helper()
	tree, err := Read([]byte(text), R4(), Limits{})
	var bad *Error
	if !errors.As(err, &bad) || tree != nil {
		t.Fatalf("%v, %v", tree, err)
	}
	for _, must := range []string{place, says} {
		if !strings.Contains(err.Error(), must) {
			t.Errorf("%q does not say %q", err, must)
		}
	}
	if bad.Line < 1 || strings.Contains(strings.ToLower(bad.Msg), "secretname") {
		t.Errorf("%+v", bad)
	}
}

// A document can not name things that grow, that are fetched, or that two readers
// read in two ways.
func TestAttackXML(t *testing.T) {
	const ns = ` xmlns="http://hl7.org/fhir"`
	deep := strings.Repeat("<extension url=\"u\">", 5000)
	var laughs bytes.Buffer
	laughs.WriteString("<!DOCTYPE Patient [<!ENTITY a \"ha\">")
	for range 10 {
		laughs.WriteString("<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">")
	}
	laughs.WriteString("]><Patient" + ns + "><gender value=\"&b;\"/></Patient>")
	for _, c := range []struct{ name, xml, says string }{
		{"billion laughs", laughs.String(), "document type"},
		{"an external entity", `<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient` + ns + `><gender value="&x;"/></Patient>`, "document type"},
		{"an entity by itself", `<Patient` + ns + `><gender value="&x;"/></Patient>`, "Only &lt;"},
		{"an entity of HTML in a narrative", `<Patient` + ns + `><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">&nbsp;</div></text></Patient>`, "Only &lt;"},
		{"a document type within", `<Patient` + ns + `><!DOCTYPE x></Patient>`, "document type"},
		{"a document type in a narrative", `<Patient` + ns + `><text><div xmlns="http://www.w3.org/1999/xhtml"><!DOCTYPE x></div></text></Patient>`, "document type"},
		{"an instruction", `<?xml-stylesheet href="http://evil.example"?><Patient` + ns + `/>`, "Instructions"},
		{"XInclude", `<Patient` + ns + `><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/></Patient>`, "prefix"},
		{"CDATA", `<Patient` + ns + `><![CDATA[x]]></Patient>`, "CDATA"},
		{"deep nesting", "<Patient" + ns + ">" + deep, "deep"},
		{"deep nesting in a narrative", "<Patient" + ns + "><text><div xmlns=\"http://www.w3.org/1999/xhtml\">" + strings.Repeat("<b>", 5000), "deep"},
		{"a huge attribute", "<Patient" + ns + "><gender value=\"" + strings.Repeat("a", 2<<20) + "\"/></Patient>", "longer than"},
		{"many attributes", "<Patient" + ns + "><gender" + manyAttributes(100) + "/></Patient>", "more than 32 attributes"},
		{"many elements", "<Patient" + ns + ">" + strings.Repeat("<gender value=\"x\"/>", 200_001) + "</Patient>", "more than 200000"},
		{"a huge document", "<Patient" + ns + ">" + strings.Repeat(" ", 5<<20), "longer than"},
		{"no name space", `<Patient><gender value="male"/></Patient>`, "name space"},
		{"a wrong name space", `<Patient xmlns="urn:hl7-org:v3"/>`, "name space"},
		{"another name space within", `<Patient` + ns + `><gender xmlns="http://evil.example" value="male"/></Patient>`, "name space"},
		{"XHTML outside of a narrative", `<Patient` + ns + `><gender xmlns="http://www.w3.org/1999/xhtml" value="male"/></Patient>`, "name space"},
		{"a div as something else", `<Patient` + ns + `><name><div xmlns="http://www.w3.org/1999/xhtml"/></name></Patient>`, "no such element"},
		{"FHIR in a narrative", `<Patient` + ns + `><text><div xmlns="http://www.w3.org/1999/xhtml"><Patient` + ns + `/></div></text></Patient>`, "XHTML only"},
		{"a prefix", `<f:Patient xmlns:f="http://hl7.org/fhir"/>`, "prefix"},
		{"a prefix for an attribute", `<Patient` + ns + ` xmlns:a="http://evil.example" a:b="c"/>`, "prefix"},
		{"a schema to fetch within", `<Patient` + ns + `><name xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a http://evil.example"/></Patient>`, "first element only"},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, c.xml, "line", c.says) })
	}
}

func manyAttributes(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(" a" + strings.Repeat("b", i) + "=\"1\"")
	}
	return out.String()
}

// Writing refuses what the version does not have, so that nothing is lost in silence.
func TestWriteRefusesWhatItCanNotSay(t *testing.T) {
	for _, c := range []struct {
		json, place string
		m           *Model
	}{
		{`{"resourceType":"Encounter","reasonCode":[{"text":"x"}]}`, "Encounter.reasonCode", STU3()},
		{`{"resourceType":"Patient","active":"true"}`, "Patient.active", R4()},
		{`{"resourceType":"Patient","name":{"family":"x"}}`, "Patient.name", R4()},
		{`{"resourceType":"Patient","gender":"a\u0001b"}`, "Patient.gender", R4()},
		{`{"resourceType":"Patient","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">"}}`, "Patient.text.div", R4()},
		{`{"resourceType":"Basket"}`, "Basket", R4()},
		{`[]`, "", R4()},
	} {
		if _, err := Write(parse(t, c.json), c.m); err == nil || !strings.Contains(err.Error(), c.place) {
			t.Errorf("%s: %v", c.json, err)
		}
	}
}

// Whatever comes, the reader ends, and what it reads is written and read as the same.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`<Patient xmlns="http://hl7.org/fhir"><name><given value="a"/><given id="b"/></name></Patient>`,
		`<Patient xmlns="http://hl7.org/fhir"><text><div xmlns="http://www.w3.org/1999/xhtml"><b>x</b>&#65;<!-- c --></div></text></Patient>`,
		`<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Patient/></resource></entry></Bundle>`,
		`<?xml version="1.0"?><Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1e3"/></valueQuantity></Observation>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, m := range []*Model{R4(), STU3()} {
			tree, err := Read(src, m, Limits{Bytes: 1 << 16})
			if err != nil {
				var bad *Error
				if !errors.As(err, &bad) || tree != nil || bad.Line < 1 {
					t.Fatalf("%v", err)
				}
				continue
			}
			again(t, tree, m)
		}
	})
}

// What can be written is read as the same.
func FuzzWrite(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"id":"x"}]}],"active":true}`))
	f.Add([]byte(`{"resourceType":"Observation","valueDecimal":1.0,"contained":[{"resourceType":"Patient"}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		tree, err := fhir.Parse(src, fhir.Limits{Bytes: 1 << 16})
		if err != nil {
			return
		}
		if _, err := Write(tree, R4()); err == nil {
			again(t, tree, R4())
		}
	})
}
