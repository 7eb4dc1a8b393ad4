package ips

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// childhood is one entry of each part of a book, and three that are in none.
func (w *ward) childhood() {
	of, day := `"subject":{"reference":"Patient/sam"}`, `"effectiveDateTime":"1980-05-04"`
	tag := func(code string) string { return `"meta":{"tag":[{"system":"urn:bevan:child","code":"` + code + `"}]}` }
	apart := `"meta":{"security":[{"system":"urn:bevan:sensitivity","code":"professionals-only"}],"tag":[{"system":"urn:bevan:child","code":"note"}]}`
	w.put(`{"resourceType":"Observation","id":"bw","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8339-4"}],"text":"Birth weight"},`+day+`,"valueQuantity":{"value":3.410,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"},`+of+`}`,
		`{"resourceType":"Procedure","id":"spot","status":"completed","code":{"coding":[{"system":"http://snomed.info/sct","code":"314081000"}],"text":"PKU"},"performedDateTime":"1980-05-09","outcome":{"text":"Not suspected"},`+of+`}`,
		`{"resourceType":"Immunization","id":"mmr","status":"completed","vaccineCode":{"text":"MMR vaccine"},"occurrenceDateTime":"1981-05-04","patient":{"reference":"Patient/sam"}}`,
		`{"resourceType":"Immunization","id":"no","status":"not-done","vaccineCode":{"text":"Rotavirus vaccine"},"occurrenceDateTime":"1980-07-04","patient":{"reference":"Patient/sam"}}`,
		`{"resourceType":"Observation","id":"w1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Weight"},"effectiveDateTime":"1981-05-04","valueQuantity":{"value":9.90,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"},`+of+`}`,
		`{"resourceType":"Encounter","id":"visit","status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HH"},"type":[{"coding":[{"system":"urn:bevan:child:contact","code":"new-birth"}],"text":"New birth visit"}],"period":{"start":"1980-05-15"},`+of+`}`,
		`{"resourceType":"Observation","id":"step","status":"final",`+tag("milestone")+`,"code":{"text":"First time"},"effectiveDateTime":"1981-06","valueCodeableConcept":{"text":"First steps"},`+of+`}`,
		`{"resourceType":"Communication","id":"said","status":"completed",`+tag("note")+`,"sent":"1981-01-01T10:00:00Z","payload":[{"contentString":"He sleeps well."}],`+of+`}`,
		`{"resourceType":"QuestionnaireResponse","id":"night","status":"completed",`+tag("diary")+`,"questionnaire":"urn:bevan:child:diary","authored":"1980-06-01T10:00:00Z",`+of+`}`,
		`{"resourceType":"Observation","id":"wrong","status":"entered-in-error","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Weight of another child"},`+of+`}`,
		`{"resourceType":"Communication","id":"kept","status":"completed",`+apart+`,"sent":"1981-01-02T10:00:00Z","payload":[{"contentString":"Quiet worry"}],`+of+`}`,
		`{"resourceType":"Condition","id":"rash","code":{"text":"Rash"},`+of+`}`,
		`{"resourceType":"Communication","id":"mine","status":"completed","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"}],"tag":[{"system":"urn:bevan:child","code":"note"}]},"sent":"1981-01-03T10:00:00Z","payload":[{"contentString":"My own note"}],`+of+`}`)
}

// entriesOf are the resources of a document by where they are, without what a
// server adds, and without those that were made for it.
func entriesOf(t *testing.T, doc *fhir.Tree) map[string]string {
	t.Helper()
	all := map[string]string{}
	for e := range doc.Root().Get("entry").Items() {
		at, ok := strings.CutPrefix(e.Get("fullUrl").Str(), base+"/")
		if !ok {
			continue
		}
		var r map[string]any
		d := json.NewDecoder(strings.NewReader(string(e.Get("resource").Raw())))
		d.UseNumber()
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if m, ok := r["meta"].(map[string]any); ok {
			delete(m, "versionId")
			delete(m, "lastUpdated")
		}
		b, _ := json.Marshal(r)
		all[at] = string(b)
	}
	return all
}

// A red book holds each part, valid as FHIR, and what is in it loads into another
// server and gives the same book there.
func TestARedBookLoadsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := openWard(t, d)
		w.childhood()
		codes := "http://loinc.org|29463-7"
		book := func(s Session, private bool) *fhir.Tree {
			sum, err := Read(t.Context(), s, Options{Patient: "sam", Now: now, Kind: RedBook(codes, private)})
			if err != nil {
				t.Fatal(err)
			}
			b, err := sum.Document(base, named)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := fhir.Parse(b, fhir.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range validate.Resource(doc, validate.Options{}) {
				if i.Severity == validate.Error {
					t.Errorf("not valid: %s: %s", i.Path, i.Message)
				}
			}
			return doc
		}
		doc := book(w.open(own(), access.Own), false)
		got := entriesOf(t, doc)
		for _, must := range []string{"Patient/sam", "Observation/bw", "Procedure/spot", "Immunization/mmr", "Immunization/no", "Observation/w1", "Encounter/visit", "Observation/step", "Communication/said", "QuestionnaireResponse/night", "Communication/mine"} {
			if got[must] == "" {
				t.Errorf("%s is not in it", must)
			}
		}
		if c := doc.Root().Get("entry").At(0).Get("resource"); c.Get("type").Get("coding").At(0).Get("code").Str() != "red-book" || c.Get("section").At(0).Get("code").Get("coding").At(0).Get("code").Str() != "birth" {
			t.Error("it is not said what it is")
		}
		if !strings.Contains(got["Observation/bw"], "3.410") || !strings.Contains(got["Observation/w1"], "9.90") {
			t.Error("digits are not those that were written")
		}
		// Into another server, and out again.
		other := openWard(t, dbtest.SQLite(t))
		var texts []string
		for _, text := range got {
			texts = append(texts, text)
		}
		slices.SortFunc(texts, func(a, b string) int { return strings.Compare(b, a) })
		other.put(texts...)
		again := entriesOf(t, book(other.open(own(), access.Own), false))
		for at, text := range got {
			if again[at] != text {
				t.Errorf("%s came back as %s, and was %s", at, again[at], text)
			}
		}
		if len(again) != len(got) {
			t.Errorf("%d entries came back of %d", len(again), len(got))
		}
		// What is kept for professionals is in nobody's book, nor is what was wrong, nor
		// what is no part of it; what is the child's own is in the child's only.
		for _, who := range []struct {
			s       Session
			private bool
		}{{w.open(own(), access.Own), false}, {w.open(nurse(), access.Care), true}} {
			b := string(book(who.s, who.private).Bytes())
			for _, not := range []string{"Quiet worry", "another child", "Rash", "professionals"} {
				if strings.Contains(b, not) {
					t.Errorf("%q is in it (private: %v)", not, who.private)
				}
			}
			if strings.Contains(b, "My own note") == who.private {
				t.Errorf("what is the child's own is in it: %v", !who.private)
			}
		}
	})
}
