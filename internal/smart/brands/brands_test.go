package brands

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const base = "https://bevan.example/fhir"

var someday = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

func full(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Every element that the profiles call must-support comes out as it was put in,
// byte for byte (SMART 2.2, brands; requirements 402, 403, 421, 436).
func TestAnOperatorWritesEveryElement(t *testing.T) {
	text := full(t)
	for _, element := range []string{"organization-brand", "organization-portal", "identifier", `"type": [`, `"name"`, "alias", "telecom", "address", "partOf", `"endpoint"`,
		"endpoint-fhir-version", "status", "connectionType", "contact", "https://numbers.example/our-own"} {
		if !strings.Contains(text, element) {
			t.Errorf("the example lacks %s", element)
		}
	}
	b, err := Read([]byte(text), someday, base)
	if err != nil {
		t.Fatal(err, problem.IssuesOf(err))
	}
	if string(b.Body) != text {
		t.Error("the bundle was changed")
	}
	if b.Primary != (Identifier{"urn:ietf:rfc:3986", "https://valley.example"}) {
		t.Errorf("the primary brand is %v", b.Primary)
	}
	if !strings.HasPrefix(b.ETag, `W/"`) {
		t.Errorf("the tag %s is not weak", b.ETag)
	}
}

// A bundle without a timestamp gets that of its last change (398, 418).
func TestABundleSaysWhenItChanged(t *testing.T) {
	text := strings.Replace(full(t), `"timestamp": "2026-03-05T09:30:00Z",`, "", 1)
	b, err := Read([]byte(text), someday, base+"/")
	if err != nil {
		t.Fatal(err)
	}
	var o struct{ Timestamp time.Time }
	if err := json.Unmarshal(b.Body, &o); err != nil || !o.Timestamp.Equal(someday) {
		t.Errorf("%v %v", o.Timestamp, err)
	}
	later, err := Read([]byte(text), someday.Add(time.Hour), base)
	if err != nil || later.ETag == b.ETag {
		t.Errorf("the same tag for another bundle: %s, %v", b.ETag, err)
	}
}

// What is wrong with a bundle is said, and it is not published.
func TestWhatABundleMayNotBe(t *testing.T) {
	text := full(t)
	for name, c := range map[string]struct{ old, new, says string }{
		"another type of bundle":     {`"type": "collection"`, `"type": "searchset"`, "collection"},
		"another resource":           {`"resourceType": "Endpoint",`, `"resourceType": "Location",`, ""},
		"no fullUrl":                 {`"fullUrl": "https://bevan.example/fhir/Endpoint/r4",`, ``, "fullUrl"},
		"the same fullUrl twice":     {`fhir/Organization/hill"`, `fhir/Organization/valley"`, "same id"},
		"the same id twice":          {`"id": "hill"`, `"id": "valley"`, "same id"},
		"no name":                    {`"name": "Hill Practice",`, ``, "name"},
		"no website":                 {`"telecom": [{"system": "url", "value": "https://www.valley.example/"}],`, ``, "website"},
		"a website without TLS":      {`"value": "https://www.valley.example/"`, `"value": "http://www.valley.example/"`, "website"},
		"a website that is a script": {`"value": "https://www.valley.example/"`, `"value": "javascript:alert(1)"`, "website"},
		"a picture that is a page":   {`data:image/svg+xml;base64,PHN2Zy8+`, `data:text/html,x`, "picture"},
		"a portal without TLS":       {`"portalUrl", "valueUrl": "https://bevan.example"`, `"portalUrl", "valueUrl": "http://other.example"`, "https://"},
		"another reason (405)":       {`asked-declined`, `unknown`, "asked-unknown"},
		"one more reason (405)":      {`asked-declined`, `masked`, "asked-unknown"},
		"no such parent":             {`Organization/valley"}`, `Organization/none"}`, "part of one"},
		"a parent with a parent":     {`"address": [{"city"`, `"partOf": {"reference": "Organization/hill"}, "address": [{"city"`, "itself part"},
		"an endpoint that is absent": {`"endpoint": [{"reference": "Endpoint/r4"}]`, `"endpoint": [{"reference": "Endpoint/r4"}, {"reference": "Endpoint/r5"}]`, "not in this bundle"},
		"uab-1":                      {`{"url": "portalEndpoint", "valueReference": {"reference": "Endpoint/r4"}}`, `{"url": "portalEndpoint", "valueReference": {"reference": "Endpoint/r5"}}`, "stand in Organization.endpoint"},
		"no primary brand (396)":     {`"endpoint": [{"reference": "Endpoint/r4"}]`, `"active": true`, ""},
		"no version":                 {`endpoint-fhir-version`, `endpoint-version`, "version of FHIR"},
		"another connection":         {`"code": "hl7-fhir-rest"`, `"code": "ihe-xds"`, "connectionType"},
		"no contact":                 {`"contact": [{"system": "url", "value": "https://developers.valley.example"}],`, ``, "contact"},
		"a contact by mail":          {`"system": "url", "value": "https://developers.valley.example"`, `"system": "email", "value": "a@valley.example"`, "contact"},
		"an address without TLS":     {`"address": "https://bevan.example/fhir"`, `"address": "http://bevan.example/fhir"`, "address"},
		"another server only":        {`"address": "https://bevan.example/fhir"`, `"address": "https://other.example/fhir"`, "--base"},
		"an element of no type":      {`"active": true`, `"colour": "red"`, ""},
		"no JSON":                    {`{`, ``, "JSON"},
	} {
		changed := strings.Replace(text, c.old, c.new, 1)
		if name == "a parent with a parent" { // not a circle: hill is no part of valley then
			changed = strings.Replace(changed, `"partOf": {"reference": "Organization/valley"}`, `"partOf": {"reference": "Organization/hill"}`, 1)
		}
		if changed == text {
			t.Fatalf("%s changes nothing", name)
		}
		b, err := Read([]byte(changed), someday, base)
		if b != nil || problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v %v", name, b, err)
			continue
		}
		said := problem.Sentence(err)
		for _, i := range problem.IssuesOf(err) {
			said += " " + i.Place + " " + i.Sentence
		}
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: %s", name, said)
		}
	}
	if _, err := Read(bytes.Repeat([]byte(" "), MaxBytes+1), someday, base); problem.KindOf(err) != problem.TooLarge {
		t.Errorf("too large: %v", err)
	}
}

// The identifier of the primary brand is one that no other brand has (412, 432).
func TestThePrimaryBrandIsOne(t *testing.T) {
	shared := strings.Replace(full(t), `"value": "H-3"`, `"value": "V-17"`, 1)
	shared = strings.Replace(shared, `{"system": "urn:ietf:rfc:3986", "value": "https://valley.example"},`, ``, 1)
	if _, err := Read([]byte(shared), someday, base); err == nil {
		t.Error("two brands have the identifier of the primary one")
	}
	plain := strings.Replace(full(t), `"system": "urn:ietf:rfc:3986", "value"`, `"value"`, 1)
	b, err := Read([]byte(plain), someday, base)
	if err != nil || b.Primary != (Identifier{"https://numbers.example/our-own", "V-17"}) {
		t.Errorf("an identifier with a system is better: %v %v", b, err)
	}
}

// Organisations that the server keeps make a bundle that keeps the same rules.
func TestOrganisationsMakeABundle(t *testing.T) {
	at := func(hour int) time.Time { return someday.Add(time.Duration(hour) * time.Hour) }
	all := []staff.Organisation{
		{ID: "b", ODS: "AAA", Name: "Hill Practice", Made: at(2)},
		{ID: "a", ODS: "ZZZ", Name: "Valley Health", Made: at(1)},
		{ID: "s", ODS: "ZZZ01", Name: "Valley Infirmary", Parent: "a", Made: at(3)},
		{ID: "c", ODS: "CCC", Name: "Closed Practice", Made: at(0), Closed: at(5)},
		{ID: "cs", ODS: "CCC01", Name: "Site of the closed one", Parent: "c", Made: at(0)},
	}
	b, err := Make(all, Site{FHIR: base, Pages: "https://bevan.example"})
	if err != nil {
		t.Fatal(err, problem.IssuesOf(err))
	}
	if b.Primary.Value != "ZZZ" || b.Primary.System == "" {
		t.Errorf("primary %v", b.Primary)
	}
	for _, must := range []string{"Hill Practice", "Valley Infirmary", `"timestamp":"2026-04-01T17:00:00Z"`, `"partOf":{"reference":"Organization/a"}`, `"asked-unknown"`, `"lastUpdated":"2026-04-01T13:00:00Z"`, `"address":"` + base + `"`} {
		if !strings.Contains(string(b.Body), must) {
			t.Errorf("%s is missing in %s", must, b.Body)
		}
	}
	if strings.Contains(string(b.Body), "losed") {
		t.Errorf("what is closed is shown: %s", b.Body)
	}
	again, err := Make([]staff.Organisation{all[4], all[2], all[0], all[3], all[1]}, Site{FHIR: base, Pages: "https://bevan.example"})
	if err != nil || again.ETag != b.ETag {
		t.Errorf("another order makes another bundle: %v", err)
	}
	if b, err := Make(all[3:], Site{FHIR: base, Pages: "https://bevan.example"}); b != nil || err != nil {
		t.Errorf("no open organisation: %v %v", b, err)
	}
	if _, err := Make(all, Site{FHIR: "http://127.0.0.1:8080/fhir", Pages: "http://localhost:8080"}); err != nil {
		t.Errorf("on a machine for trying things out: %v %v", err, problem.IssuesOf(err))
	}
}

// Whatever is read, nothing panics, and what is taken keeps the rules still.
func FuzzRead(f *testing.F) {
	f.Add([]byte(full(f)))
	f.Add([]byte(`{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"a","resource":{"resourceType":"Organization","id":"a"}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := Read(text, someday, base)
		if err != nil {
			return
		}
		if again, err := Read(b.Body, someday.Add(time.Hour), base); err != nil || again.ETag != b.ETag || b.Primary.Value == "" {
			t.Errorf("%s: %v", b.Body, err)
		}
	})
}
