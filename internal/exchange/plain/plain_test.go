package plain

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

var reader = Reader{W: Words{Yes: "Yes", No: "No", Unknown: "Not known", Masked: "Not shown to you", From: "from", Until: "to", File: "file", Labels: map[string]string{"effective": "When", "value": "Value"}},
	Name: func(ref string) string { return map[string]string{"Practitioner/7": "Dr Amy Lee"}[ref] }}

func entry(t testing.TB, src string) Entry {
	t.Helper()
	tree, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return reader.Entry(tree)
}

// Pages and copies show what a resource says and never its narrative, which
// somebody else wrote as a page.
func TestAttack78NarrativesAreNotShown(t *testing.T) {
	const div = `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>narrated</script></div>"}`
	e := entry(t, `{"resourceType":"Observation","id":"o",`+div+`,"contained":[{"resourceType":"Patient","id":"p",`+div+`}],"status":"final","code":{"text":"Weight"},"subject":{"reference":"#p"}}`)
	if text := fmt.Sprintf("%+v", e); strings.Contains(text, "narrated") || !strings.Contains(text, "Weight") {
		t.Error(text)
	}
}

func TestEntries(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`{"resourceType":"Observation","id":"o","status":"final","code":{"text":"Weight"},"effectiveDateTime":"2020-05-06","performer":[{"reference":"Practitioner/7"}],"valueQuantity":{"value":71.50,"unit":"kg"},"note":[{"text":"After lunch"}]}`,
			"Weight | 6 May 2020 | Dr Amy Lee | Status=final; Code=Weight; When=6 May 2020; Performer=Dr Amy Lee; Value=71.50 kg; Note=After lunch"},
		{`{"resourceType":"Observation","id":"o"}`, "Not known | Not known | Not known | "},
		{`{"resourceType":"Condition","id":"c","code":{"coding":[{"system":"http://snomed.info/sct","code":"386661006"}]},"verificationStatus":{"coding":[{"code":"entered-in-error"}]},"onsetPeriod":{"start":"2019-03"}}`,
			"386661006 | March 2019 | Not known | Code=386661006; Verification status=entered-in-error; Onset=from March 2019 (wrong)"},
		{`{"resourceType":"Patient","id":"p","name":[{"given":["Ann","May"],"family":"Lee"}],"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"birthDate":"1971","deceasedBoolean":false,"address":[{"line":["1 Quay"],"postalCode":"AB1 2CD"}]}`,
			"Ann May Lee | 1971 | Not known | Name=Ann May Lee; Identifier=999 000 0018; Birth date=1971; Deceased boolean=No; Address=1 Quay, AB1 2CD"},
		{`{"resourceType":"Patient","id":"p","address":[{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}]}`,
			"Not known | Not known | Not known | Address=Not shown to you"},
		{`{"resourceType":"MedicationRequest","id":"m","medicationCodeableConcept":{"text":"Aspirin"},"dosageInstruction":[{"text":"One a day","route":{"text":"mouth"}}],"authoredOn":"2021-01-02T10:30:00+05:30"}`,
			"Aspirin | 2 January 2021 10:30am (UTC+5:30) | Not known | Medication=Aspirin; Dosage instruction=One a day; Authored on=2 January 2021 10:30am (UTC+5:30)"},
		{`{"resourceType":"Observation","id":"o","component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":120,"comparator":"<","unit":"mmHg"}}],"referenceRange":[{"low":{"value":1},"high":{"value":2},"text":"adults"}]}`,
			"Not known | Not known | Not known | Component: code=Systolic; Component: value=less than 120 mmHg; Reference range=from 1 to 2 (adults)"},
		{`{"resourceType":"DocumentReference","id":"d","content":[{"attachment":{"contentType":"application/pdf","title":"Letter","data":"AAAA"}}],"extension":[{"url":"http://x.example/what-kind","valueCode":"a"}]}`,
			"Not known | Not known | Not known | Content: attachment=Letter, application/pdf, file; What kind=a"},
	} {
		e := entry(t, c.src)
		var rows []string
		for _, r := range e.Rows {
			rows = append(rows, r.Label+"="+r.Value)
		}
		got := e.Title + " | " + e.Date + " | " + e.By + " | " + strings.Join(rows, "; ")
		if e.Wrong {
			got += " (wrong)"
		}
		if got != c.want {
			t.Errorf("it says\n%s\nnot\n%s", got, c.want)
		}
	}
}

// A time is told by the clock of the reader, and one that was written by another
// clock than that of Greenwich as it was written.
func TestTimesAreToldByOneClock(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-08-18T11:50:00+01:00":     "18 August 2026 11:50am",
		"2026-08-18T10:50:00Z":          "18 August 2026 11:50am",
		"2026-08-18T10:50:00.123+00:00": "18 August 2026 11:50am",
		"2026-01-18T10:50:00Z":          "18 January 2026 10:50am",
		"2026-01-18T10:50:00+01:00":     "18 January 2026 10:50am (UTC+1)",
		"2026-08-18T23:30:00Z":          "19 August 2026 12:30am",
		"2026-08-18T10:50:00-03:30":     "18 August 2026 10:50am (UTC-3:30)",
		"2026-08-18":                    "18 August 2026",
		"2026-08":                       "August 2026",
		"in spring":                     "in spring",
	} {
		if got := (Words{Zone: london}).Day(at); got != want {
			t.Errorf("%s is told as %q, want %q", at, got, want)
		}
	}
}

// One resource with very much in it is told in part, and its files hold the
// rest.
func TestRowsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Basic","id":"b"`)
	for i := range 3 * maxRows {
		fmt.Fprintf(&b, `,"x%d":"y"`, i)
	}
	b.WriteString("}")
	if n := len(entry(t, b.String()).Rows); n != maxRows {
		t.Errorf("%d rows", n)
	}
}

func FuzzEntry(f *testing.F) {
	for _, s := range []string{`{"resourceType":"Observation","valueQuantity":{"value":1},"x":[{"y":[1,null,{"url":"","extension":[{"url":"/"}]}]}]}`, `[]`, `{"":{"":[]}}`, `{"extension":[{"url":"a/"}],"contained":[{"resourceType":"X","code":1}]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		tree, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			return
		}
		e := reader.Entry(tree)
		if e.Title == "" || e.Date == "" || e.By == "" || len(e.Rows) > maxRows+1000 {
			t.Errorf("%+v", e)
		}
	})
}

// A note of plain text is told as it stands; any other file is named.
func TestANoteIsRead(t *testing.T) {
	file := func(kind, data string) string {
		tree, err := fhir.Parse([]byte(`{"resourceType":"DocumentReference","id":"1","status":"current","content":[{"attachment":{"contentType":"`+kind+`","title":"Call","data":"`+data+`"}}]}`), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, row := range (Reader{W: Words{File: "a file", Unknown: "not known"}}).Entry(tree).Rows {
			said += row.Value + "|"
		}
		return said
	}
	const better = "VGhlIGtuZWUKaXMgYmV0dGVyLg==" // "The knee\nis better."
	for _, kind := range []string{"text/plain", "text/plain; charset=utf-8"} {
		if got := file(kind, better); !strings.Contains(got, "Call: The knee\nis better.") {
			t.Errorf("%s: %q", kind, got)
		}
	}
	for _, other := range [][2]string{{"application/pdf", better}, {"text/html", better}, {"text/plain", "/w=="}, {"text/plain", "IA=="}, {"text/plainly", better}} {
		if got := file(other[0], other[1]); strings.Contains(got, "knee") || !strings.Contains(got, "a file") {
			t.Errorf("%v: %q", other, got)
		}
	}
	if got := file("text/plain", "QQAbQg=="); !strings.Contains(got, "Call: AB|") {
		t.Errorf("what steers a terminal is told: %q", got)
	}
}
