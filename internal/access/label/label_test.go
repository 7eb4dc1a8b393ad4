package label

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"pgregory.net/rapid"
)

func tree(t testing.TB, src string) *fhir.Tree {
	t.Helper()
	tr, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		t.Fatalf("%v in %s", err, src)
	}
	return tr
}

const (
	sctURI  = "http://snomed.info/sct"
	icdURI  = "http://hl7.org/fhir/sid/icd-10"
	loincU  = "http://loinc.org"
	secured = `{"resourceType":"Observation","meta":{"security":[%s]},"status":"final","code":{"text":"x"}}`
)

func coded(system, code string) string {
	return fmt.Sprintf(`{"resourceType":"Condition","code":{"coding":[{"system":%q,"code":%q}]}}`, system, code)
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name, src, want string
	}{
		{"nothing", `{"resourceType":"Observation","code":{"text":"x"}}`, ""},
		{"depression", coded(sctURI, "35489007"), "mental-health"},
		{"with the edition's URI", coded("http://snomed.info/sct/83821000000107/version/20260101", "35489007"), "mental-health"},
		{"with https and a slash", coded("https://snomed.info/sct/", "35489007"), "mental-health"},
		{"by OID", coded("urn:oid:2.16.840.1.113883.6.96", "35489007"), "mental-health"},
		{"an expression", coded(sctURI, "243796009:246090004=35489007,408731000=410512000"), "mental-health"},
		{"asthma", coded(sctURI, "195967001"), ""},
		{"HIV is sexual health", coded(sctURI, "86406008"), "sexual-health hiv"},
		{"a chapter", coded(icdURI, "F32.1"), "mental-health"},
		{"small letters and no dot", coded(icdURI, "f321"), "mental-health"},
		{"alcohol is in two chapters", coded(icdURI, "F10.2"), "mental-health substances alcohol"},
		{"a learning disability is not", coded(icdURI, "F70"), ""},
		{"American codes", coded("http://hl7.org/fhir/sid/icd-10-cm", "Z69.12"), "safeguarding domestic-abuse"},
		{"Read codes", coded("http://read.info/readv2", "E2B.."), "mental-health"},
		{"a medicine", coded("http://www.whocc.no/atc", "N06AB03"), "mental-health"},
		{"a laboratory code", coded(loincU, "56888-1"), "sexual-health hiv"},
		{"any gene", coded("http://www.genenames.org/geneId", "HGNC:1100"), "genetics"},
		{"a type", `{"resourceType":"MolecularSequence","coordinateSystem":0}`, "genetics"},
		{"a component", `{"resourceType":"Observation","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"20447-9"}]}}]}`, "sexual-health hiv"},
		{"a value", `{"resourceType":"Observation","valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"165816005"}]}}`, "sexual-health hiv"},
		{"an extension", `{"resourceType":"Encounter","extension":[{"url":"x","valueCoding":{"system":"http://snomed.info/sct","code":"76272004"}}]}`, "sexual-health sti"},
		{"what it says", fmt.Sprintf(secured, `{"system":"`+ActCode+`","code":"SDV"}`), "safeguarding domestic-abuse"},
		{"SEX is both", fmt.Sprintf(secured, `{"system":"`+ActCode+`","code":"SEX"}`), "sexual-health reproductive-health"},
		{"without a system", fmt.Sprintf(secured, `{"code":"PSY"}`), "mental-health"},
		{"V is R too", fmt.Sprintf(secured, `{"system":"`+Confidentiality+`","code":"V"}`), "restricted very-restricted"},
		{"normal", fmt.Sprintf(secured, `{"system":"`+Confidentiality+`","code":"N"}`), ""},
		{"a label that nobody knows", fmt.Sprintf(secured, `{"system":"`+ActCode+`","code":"CEL"}`), "restricted"},
		{"our own", fmt.Sprintf(secured, `{"system":"urn:bevan:sensitivity","code":"childs-own"}`), "childs-own"},
		{"an instruction", fmt.Sprintf(secured, `{"system":"`+ActCode+`","code":"PROCESSINLINELABEL"}`), ""},
		{"an inline label", `{"resourceType":"Patient","address":[{"extension":[{"url":"http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label","valueCoding":{"system":"` + ActCode + `","code":"SDV"}}]}]}`, "safeguarding domestic-abuse"},
		{"a class of encounter is no label", `{"resourceType":"Encounter","class":{"system":"` + ActCode + `","code":"AMB"}}`, ""},
		{"a document's own label", `{"resourceType":"DocumentReference","securityLabel":[{"coding":[{"system":"` + Confidentiality + `","code":"R"}]}]}`, "restricted"},
		{"a composition's", `{"resourceType":"Composition","confidentiality":"V"}`, "restricted very-restricted"},
		{"attack 32: contained", `{"resourceType":"MedicationRequest","contained":[{"resourceType":"Condition","id":"c","code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}]}}]}`, "sexual-health hiv"},
		{"attack 32: a contained label", `{"resourceType":"List","contained":[{"resourceType":"Basic","meta":{"security":[{"system":"` + ActCode + `","code":"ETH"}]}}]}`, "substances"},
		{"a specialty", `{"resourceType":"Encounter","serviceType":{"coding":[{"system":"http://snomed.info/sct","code":"394808002"}]}}`, "sexual-health"},
		{"a clinic is no secret", `{"resourceType":"Organization","type":[{"coding":[{"system":"http://snomed.info/sct","code":"394808002"}]}]}`, ""},
		{"nor a question", `{"resourceType":"Questionnaire","item":[{"code":[{"system":"http://loinc.org","code":"44249-1"}]}]}`, ""},
		{"a medicine is", `{"resourceType":"Medication","code":{"coding":[{"system":"http://snomed.info/sct","code":"387286002"}]}}`, "substances opioids"},
		{"a name with an escape", `{"resourceType":"Condition","c\u006fde":{"coding":[{"syst\u0065m":"http://snomed.info/sct","cod\u0065":"354\u00389007"}]}}`, "mental-health"},
	} {
		if got := Built().Of(tree(t, c.src), 0).String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Whatever comes from a sensitive service has its labels. A code of it that
// nobody has judged keeps the resource under review until somebody has.
func TestAttack66ANewKindOfCodeIsHiddenFirst(t *testing.T) {
	clinic := Built().Of(tree(t, `{"resourceType":"Organization","type":[{"coding":[{"system":"http://snomed.info/sct","code":"394808002"}]}]}`), 0)
	if clinic.Labels() != 0 || clinic.From() != SexualHealth {
		t.Fatalf("the clinic is %v, from %v", clinic, clinic.From())
	}
	for _, c := range []struct {
		system, code, alone, there string
	}{
		{sctURI, "195967001", "", "sexual-health"},
		{sctURI, "123456789", "", "sexual-health under-review"},
		{"http://elsewhere.example/codes", "new", "", "sexual-health under-review"},
		{"http://terminology.hl7.org/CodeSystem/whatever", "new", "", "sexual-health"},
		{sctURI, "35489007", "mental-health", "mental-health sexual-health"},
	} {
		tr := tree(t, coded(c.system, c.code))
		if got := Built().Of(tr, 0).String(); got != c.alone {
			t.Errorf("%v alone: %q", c, got)
		}
		if got := Built().Of(tr, clinic).String(); got != c.there {
			t.Errorf("%v from the clinic: %q", c, got)
		}
	}
	odd := tree(t, coded("http://elsewhere.example/codes", "new"))
	if got := Built().New(odd); len(got) != 1 || got[0] != (Code{"http://elsewhere.example/codes", "new"}) {
		t.Errorf("new are %v", got)
	}
	if got := Built().New(tree(t, coded("http://elsewhere.example/codes", "Mary Smith"))); len(got) != 0 {
		t.Errorf("somebody's words are told: %v", got)
	}
	plain := Built().With([]Judged{{Code{"http://elsewhere.example/codes", "new"}, 0}, {Code{sctURI, "123456789"}, HIV}})
	if got := plain.Of(odd, clinic).String(); got != "sexual-health" {
		t.Errorf("judged ordinary: %q", got)
	}
	if got := plain.Of(tree(t, coded(sctURI, "123456789")), 0).String(); got != "sexual-health hiv" {
		t.Errorf("judged HIV: %q", got)
	}
	if got := plain.Of(tree(t, coded("http://elsewhere.example/codes", "newer")), clinic).String(); got != "sexual-health under-review" {
		t.Errorf("another one: %q", got)
	}
	if got := Built().Of(odd, clinic).String(); got != "sexual-health under-review" {
		t.Errorf("a judgement changed the tables that were built in: %q", got)
	}
	if got := plain.With([]Judged{{Code{sctURI, "35489007"}, 0}}).Of(tree(t, coded(sctURI, "35489007")), 0).String(); got != "mental-health" {
		t.Errorf("a judgement took a label away: %q", got)
	}
}

// Every row of every table can be read, has a source and a date, and stands
// there once (ReadTable refuses others).
func TestTables(t *testing.T) {
	list, err := filepath.Glob("data/*.csv")
	if err != nil || len(list) != 5 {
		t.Fatal(list, err)
	}
	seen := map[string]string{}
	for _, f := range list {
		if strings.HasSuffix(f, "systems.csv") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := ReadTable(src)
		if err != nil || len(rows) < 30 {
			t.Fatalf("%s: %d rows, %v", f, len(rows), err)
		}
		for _, r := range rows {
			key := fmt.Sprint(r.System, r.Under, r.Code)
			if seen[key] != "" {
				t.Errorf("%s: %s %s stands in %s too", f, r.System, r.Code, seen[key])
			}
			seen[key] = f
			if strings.HasSuffix(f, "ordinary.csv") != (r.Labels == 0) && !strings.HasSuffix(f, "security.csv") {
				t.Errorf("%s: %s %s has the labels %v", f, r.System, r.Code, r.Labels)
			}
		}
	}
	if again, err := build(func(name string) ([]byte, error) {
		b, err := files.ReadFile("data/" + name)
		return append(b, '\n'), err
	}); err != nil || again.version == Built().Version() || Built().Version() == "" {
		t.Errorf("other tables have the version %s, these %s: %v", again.version, Built().Version(), err)
	}
}

func TestATableWithAFaultIsRefused(t *testing.T) {
	head := strings.Join(tableHead, ",") + "\n"
	good := head + "SCT,is,1,hiv,x,y,2026-11-26\n"
	if _, err := ReadTable([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "a,b\n", good + "SCT,is,1,hiv,x,y,2026-11-26\n", head + "SCT,is,1,hvi,x,y,2026-11-26\n",
		head + "SCT,is,,hiv,x,y,2026-11-26\n", head + "SCT,like,1,hiv,x,y,2026-11-26\n", head + "SCT,is,1,hiv,x,,2026-11-26\n",
		head + "SCT,is,1,hiv,x,y,2026-13-26\n", head + "SCT,is,1,hiv,x,y\n", head + "SCT,is,1,under-review,x,y,2026-11-26\n"} {
		if rows, err := ReadTable([]byte(bad)); err == nil {
			t.Errorf("%q was read as %v", bad, rows)
		}
	}
}

// Names and codings lead back to the labels.
func TestCodingsLeadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Set(rapid.Uint64().Draw(t, "set")) & (1<<14 - 1 | Restricted | VeryRestricted)
		s = s.whole()
		if back, ok := ByName(s.String()); back != s || !ok {
			t.Fatalf("%v by name is %v", s, back)
		}
		var b strings.Builder
		for _, c := range s.Security() {
			fmt.Fprintf(&b, `,{"system":%q,"code":%q}`, c.System, c.Code)
		}
		src := fmt.Sprintf(secured, strings.TrimPrefix(b.String(), ","))
		tr, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if l := Built().Read(tr); l.Set != s || l.Said != s {
			t.Fatalf("%v comes back as %v from %s", s, l, src)
		}
		codings := s.Codings()
		if want := map[bool]string{true: "N", false: "R"}[s == 0]; codings[0].Code != want && codings[0].Code != "V" {
			t.Fatalf("%v has the confidentiality %v", s, codings[0])
		}
		if s&HIV != 0 && !slices.Contains(codings, Coding{ActCode, "HIV"}) {
			t.Fatalf("%v has the codings %v", s, codings)
		}
		if s.Wider()&s != s || SexualHealth.Wider()&HIV == 0 {
			t.Fatalf("%v is not within %v", s, s.Wider())
		}
	})
}

// More in a resource never means fewer labels, and the same is always labelled
// the same.
func TestLabelsOnlyGrow(t *testing.T) {
	coding := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(`{"system":%q,"code":%q}`, rapid.SampledFrom([]string{sctURI, icdURI, loincU, ActCode, Confidentiality, "http://x.example"}).Draw(t, "system"),
			rapid.SampledFrom([]string{"35489007", "F10.1", "56888-1", "PSY", "V", "N", "394808002", "zz"}).Draw(t, "code"))
	})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(coding, 0, 6).Draw(t, "codings")
		security := rapid.SliceOfN(coding, 0, 3).Draw(t, "security")
		write := func(codes, labels int) Set {
			src := fmt.Sprintf(`{"resourceType":"Observation","meta":{"security":[%s]},"code":{"coding":[%s]}}`,
				strings.Join(security[:labels], ","), strings.Join(list[:codes], ","))
			tr, err := fhir.Parse([]byte(src), fhir.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			first, second := Built().Of(tr, 0), Built().Of(tr, 0)
			if first != second || first.whole() != first {
				t.Fatalf("%s is %v and %v", src, first, second)
			}
			return first
		}
		all := write(len(list), len(security))
		for i := range list {
			if s := write(i, len(security)); s&^all != 0 {
				t.Fatalf("%v of %d codes are more than %v", s, i, all)
			}
		}
		if s := write(len(list), 0); s&^all != 0 {
			t.Fatalf("meta.security took away %v", s&^all)
		}
	})
}

func FuzzReadTable(f *testing.F) {
	f.Add([]byte(strings.Join(tableHead, ",") + "\nSCT,is,1,hiv,x,y,2026-11-26\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		rows, err := ReadTable(src)
		for _, r := range rows {
			if err == nil && (r.Source == "" || r.Term == "" || r.Labels.whole() != r.Labels || r.Labels&^Every != 0) {
				t.Errorf("a row is %+v", r)
			}
		}
	})
}

func FuzzOf(f *testing.F) {
	f.Add([]byte(coded(sctURI, "243796009:246090004=35489007")))
	f.Add([]byte(fmt.Sprintf(secured, `{"code":"PSY"}`)))
	f.Fuzz(func(t *testing.T, src []byte) {
		tr, err := fhir.Parse(src, fhir.Limits{})
		if err != nil {
			return
		}
		s := Built().Of(tr, 0)
		if s != Built().Of(tr, 0) || s&^(Every|Services) != 0 || s.whole() != s {
			t.Errorf("labels are %x", uint64(s))
		}
		Built().New(tr)
	})
}

func BenchmarkOf(b *testing.B) {
	tr := tree(b, `{"resourceType":"Observation","id":"o","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation"]},"status":"final",`+
		`"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],`+
		`"code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure"},{"system":"http://snomed.info/sct","code":"75367002"}]},`+
		`"subject":{"reference":"Patient/p"},"encounter":{"reference":"Encounter/e"},"effectiveDateTime":"2026-01-01",`+
		`"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},`+
		`{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":80,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}`)
	b.ReportAllocs()
	for b.Loop() {
		Built().Of(tr, 0)
	}
}
