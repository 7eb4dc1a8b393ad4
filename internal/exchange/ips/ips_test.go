package ips

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

type noLog struct{}

func (noLog) Append(context.Context, ...audit.Entry) error { return nil }

// ward is a record with Sam in it, and a nurse of the hospital where Sam is known.
type ward struct {
	t    *testing.T
	door *record.Door
}

const base = "https://h.example/fhir"

var (
	now   = time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)
	named = Names{"1b4e28ba-2fa1-41d2-883f-0016d3cca427", "2b4e28ba-2fa1-41d2-883f-0016d3cca427", "3b4e28ba-2fa1-41d2-883f-0016d3cca427"}
)

func openWard(t *testing.T, d *db.DB) *ward {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	door, err := record.New(t.Context(), record.Config{DB: d, Log: noLog{}, Ring: ring, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	w := &ward{t, door}
	w.put(`{"resourceType":"Practitioner","id":"who","name":[{"family":"Quiet"}]}`,
		`{"resourceType":"Patient","id":"sam","name":[{"given":["Sam"],"family":"Hill"}],"birthDate":"1980-05-04","generalPractitioner":[{"reference":"Practitioner/who"}]}`)
	return w
}

func (w *ward) put(all ...string) {
	w.t.Helper()
	s := w.open(access.Operator("test"), access.Operations)
	for _, text := range all {
		b, err := fhir.Parse([]byte(text), fhir.Limits{})
		if err != nil {
			w.t.Fatal(err, text)
		}
		k := record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}
		if _, err := s.Transact(w.t.Context(), []record.Op{{Method: record.Put, Key: k, Body: b}}); err != nil {
			w.t.Fatal(err, text)
		}
	}
}

func (w *ward) open(who access.Who, why access.Purpose) *record.Session {
	w.t.Helper()
	s, err := w.door.Open(w.t.Context(), who, record.About{}, why)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func own() access.Who {
	return access.Who{Actor: "account:1", Kind: access.Person, Role: access.RoleSelf, App: "diary", Grant: "g", Patient: "sam", Bound: access.AllTypes(access.AllVerbs)}
}

func nurse() access.Who {
	return access.Who{Actor: "account:2", Kind: access.Person, Role: access.RoleProfessional, App: "chart", Grant: "g", Organisation: "org-7", User: "Practitioner/who", Patient: "sam", Bound: access.AllTypes(access.AllVerbs)}
}

func (w *ward) read(s Session, change func(*Options)) (*Summary, *fhir.Tree) {
	w.t.Helper()
	o := Options{Patient: "sam", Now: now}
	if change != nil {
		change(&o)
	}
	sum, err := Read(w.t.Context(), s, o)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := sum.Document(base, named)
	if err != nil {
		w.t.Fatal(err)
	}
	again, err := sum.Document(base, named)
	if err != nil || string(again) != string(b) {
		w.t.Error("the same summary is written in two ways")
	}
	t, err := fhir.Parse(b, fhir.Limits{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, i := range validate.Resource(t, validate.Options{}) {
		if i.Severity == validate.Error {
			w.t.Errorf("not valid: %s: %s", i.Path, i.Message)
		}
	}
	w.whole(t)
	return sum, t
}

// whole checks what the guide asks of every document: what comes first, the parts
// that are always there, that each part has words and entries or a reason for
// having none, and that what the Composition names is in the Bundle, once.
func (w *ward) whole(t *fhir.Tree) {
	w.t.Helper()
	root := t.Root()
	urls := map[string]int{}
	for e := range root.Get("entry").Items() {
		url := e.Get("fullUrl").Str()
		if urls[url]++; urls[url] > 1 {
			w.t.Errorf("%s is in it twice", url)
		}
		if k, ok := strings.CutPrefix(url, base+"/"); ok {
			if r := e.Get("resource"); r.Get("resourceType").Str()+"/"+r.Get("id").Str() != k {
				w.t.Errorf("%s is not what it is called", url)
			}
		}
	}
	c := root.Get("entry").At(0).Get("resource")
	if !root.Get("type").Is("document") || !c.Get("resourceType").Is("Composition") || c.Get("type").Get("coding").At(0).Get("code").Str() != "60591-5" {
		w.t.Error("it is no document of a summary")
	}
	if root.Get("identifier").Get("value").Str() == "" || root.Get("timestamp").Str() == "" {
		w.t.Error("it has no number or no time")
	}
	refs := []string{c.Get("subject").Get("reference").Str(), c.Get("author").At(0).Get("reference").Str()}
	need := map[string]bool{"11450-4": true, "48765-2": true, "10160-0": true}
	for s := range c.Get("section").Items() {
		delete(need, s.Get("code").Get("coding").At(0).Get("code").Str())
		if s.Get("text").Get("div").Str() == "" || s.Get("title").Str() == "" {
			w.t.Error("a part has no words")
		}
		if (s.Get("entry").Len() == 0) != s.Get("emptyReason").Exists() {
			w.t.Error("a part has neither entries nor a reason, or both")
		}
		for e := range s.Get("entry").Items() {
			refs = append(refs, e.Get("reference").Str())
		}
	}
	if len(need) > 0 {
		w.t.Errorf("parts that are always there are missing: %v", need)
	}
	for _, ref := range refs {
		if urls[ref] != 1 {
			w.t.Errorf("%s does not lead to an entry", ref)
		}
	}
}

const subject = `"subject":{"reference":"Patient/sam"}`

func state(name, code string) string {
	system := map[string]string{"clinicalStatus": "condition-clinical", "verificationStatus": "condition-ver-status"}[name]
	return `"` + name + `":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/` + system + `","code":"` + code + `"}]}`
}

func allergy(id, more string) string {
	return `{"resourceType":"AllergyIntolerance","id":"` + id + `","code":{"text":"` + id + ` dust"},"patient":{"reference":"Patient/sam"}` + more + `}`
}

func category(code string) string {
	return `"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"` + code + `"}]}]`
}

// filled is something for each part, and what belongs in none.
func (w *ward) filled() {
	w.put(`{"resourceType":"Condition","id":"asthma","code":{"text":"Asthma"},`+state("clinicalStatus", "active")+`,"recordedDate":"2019-01-02",`+subject+`}`,
		`{"resourceType":"Condition","id":"unsaid","code":{"text":"Gout"},`+subject+`}`,
		`{"resourceType":"Condition","id":"measles","code":{"text":"Measles"},`+state("clinicalStatus", "resolved")+`,`+subject+`}`,
		`{"resourceType":"Condition","id":"wrongone","code":{"text":"Wrongitis"},`+state("verificationStatus", "entered-in-error")+`,`+subject+`}`,
		`{"resourceType":"Condition","id":"refuted","code":{"text":"Refutitis"},`+state("clinicalStatus", "active")+`,`+state("verificationStatus", "refuted")+`,`+subject+`}`,
		allergy("peanut", `,"criticality":"high","reaction":[{"manifestation":[{"text":"Swelling"}]}]`),
		`{"resourceType":"Medication","id":"amlo","code":{"text":"Amlodipine 5 mg"}}`,
		`{"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","medicationReference":{"reference":"Medication/amlo"},"dosageInstruction":[{"text":"One each morning"}],"authoredOn":"2026-04-20",`+subject+`}`,
		`{"resourceType":"MedicationRequest","id":"m2","status":"stopped","intent":"order","medicationCodeableConcept":{"text":"Oldpill"},`+subject+`}`,
		`{"resourceType":"MedicationStatement","id":"m3","status":"active","medicationCodeableConcept":{"text":"Vitamin D"},`+subject+`}`,
		`{"resourceType":"Immunization","id":"i1","status":"completed","vaccineCode":{"text":"Flu"},"occurrenceDateTime":"2025-10-01","patient":{"reference":"Patient/sam"}}`,
		`{"resourceType":"Immunization","id":"i2","status":"not-done","vaccineCode":{"text":"Notgiven"},"occurrenceDateTime":"2025-10-01","patient":{"reference":"Patient/sam"}}`,
		`{"resourceType":"Observation","id":"hb","status":"final","code":{"text":"Haemoglobin"},`+category("laboratory")+`,"effectiveDateTime":"2026-03-09","valueQuantity":{"value":109.50,"unit":"g/L"},"referenceRange":[{"low":{"value":115,"unit":"g/L"}}],`+subject+`}`,
		`{"resourceType":"Observation","id":"bp","status":"final","code":{"text":"Blood pressure"},`+category("vital-signs")+`,"component":[{"code":{"text":"Upper"},"valueQuantity":{"value":148,"unit":"mmHg"}}],`+subject+`}`,
		`{"resourceType":"Observation","id":"mood","status":"final","code":{"text":"Moodscore"},`+category("survey")+`,"valueString":"x",`+subject+`}`,
		`{"resourceType":"Procedure","id":"knee","status":"completed","code":{"text":"Knee operation"},"performedDateTime":"2019-03",`+subject+`}`,
		`{"resourceType":"Flag","id":"f1","status":"active","code":{"text":"Needs a hoist"},`+subject+`}`,
		`{"resourceType":"Flag","id":"f2","status":"inactive","code":{"text":"Oldflag"},`+subject+`}`,
		`{"resourceType":"DeviceUseStatement","id":"d1","status":"active","device":{"display":"Pacemaker"},`+subject+`}`)
}

func TestADocumentOfASummary(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := openWard(t, d)
		w.filled()
		for _, s := range []*record.Session{w.open(own(), access.Own), w.open(nurse(), access.Care)} {
			sum, doc := w.read(s, nil)
			var keys []string
			for _, sec := range sum.Sections {
				keys = append(keys, sec.Key)
			}
			if got := strings.Join(keys, " "); got != "problems allergies medicines alerts vaccinations results treatments devices past vitals" {
				t.Errorf("the parts are %s", got)
			}
			text := string(doc.Bytes())
			for _, must := range []string{"Asthma", "Gout", "Measles", "peanut dust: Swelling", "Amlodipine 5 mg: One each morning", "Vitamin D", "Flu", "Haemoglobin: 109.50 g/L", `"value":109.50`,
				"Upper 148 mmHg", "Knee operation", "Needs a hoist", "Pacemaker", base + "/Medication/amlo"} {
				if !strings.Contains(text, must) {
					t.Errorf("%q is not in it", must)
				}
			}
			for _, never := range []string{"Wrongitis", "Refutitis", "Oldpill", "Notgiven", "Moodscore", "Oldflag", "nilknown", "emptyReason"} {
				if strings.Contains(text, never) {
					t.Errorf("%q is in it", never)
				}
			}
		}
	})
}

// Of a record that holds nothing it is said that nothing is known, and never that
// there is nothing.
func TestNothingKnownIsNotNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := openWard(t, d)
		sum, doc := w.read(w.open(own(), access.Own), nil)
		if len(sum.Sections) != 3 {
			t.Errorf("there are %d parts", len(sum.Sections))
		}
		text := string(doc.Bytes())
		if n := strings.Count(text, `"code":"unavailable"`); n != 3 {
			t.Errorf("%d parts say that they know nothing", n)
		}
		for _, never := range []string{"nilknown", "no-known", "No known", "716186003"} {
			if strings.Contains(text, never) {
				t.Errorf("it says %q", never)
			}
		}
		// That there are none is there where the record says so.
		w.put(`{"resourceType":"AllergyIntolerance","id":"none","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]},"patient":{"reference":"Patient/sam"}}`)
		if _, doc := w.read(w.open(own(), access.Own), nil); !strings.Contains(string(doc.Bytes()), "No known allergy") {
			t.Error("what the record says is not in it")
		}
	})
}

// Whoever may see little gets a document that says that it knows little, and a
// stranger gets none.
func TestASummaryForOneWhoMaySeeLittle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := openWard(t, d)
		w.filled()
		who := nurse()
		who.Bound = access.OneType("Patient", access.AllVerbs).Or(access.OneType("AllergyIntolerance", access.AllVerbs))
		sum, doc := w.read(w.open(who, access.Care), nil)
		if text := string(doc.Bytes()); len(sum.Sections) != 3 || !strings.Contains(text, "peanut") || strings.Contains(text, "Asthma") || strings.Contains(text, "Amlodipine") {
			t.Error("it holds what they may not see")
		}
		who.Bound = access.OneType("AllergyIntolerance", access.AllVerbs)
		if _, err := Read(t.Context(), w.open(who, access.Care), Options{Patient: "sam", Now: now}); !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) {
			t.Errorf("nobody in particular has a summary: %v", err)
		}
		w.put(`{"resourceType":"Patient","id":"bob","name":[{"family":"Other"}]}`)
		if _, err := Read(t.Context(), w.open(own(), access.Own), Options{Patient: "bob", Now: now}); err == nil {
			t.Error("another person's summary is made")
		}
	})
}

// What waits to be shown is not in it, and that some does is said.
func TestWhatWaitsIsNotInASummary(t *testing.T) {
	w := openWard(t, dbtest.SQLite(t))
	w.filled()
	sum, doc := w.read(w.open(own(), access.Own), func(o *Options) {
		o.Words.Held = "Some results wait."
		o.Hold = func(t *fhir.Tree) bool { return t.Root().Get("id").Is("hb") }
	})
	if sec, ok := sum.Section("results"); !ok || !sec.Held || len(sec.Entries) != 0 {
		t.Error("the part does not say that something waits")
	}
	if text := string(doc.Bytes()); strings.Contains(text, "Haemoglobin") || strings.Contains(text, "109.50") || !strings.Contains(text, "Some results wait.") {
		t.Error("what waits is in it")
	}
}

// A long record makes a document of a bounded size, which says that there is more.
func TestASummaryIsBounded(t *testing.T) {
	w := openWard(t, dbtest.SQLite(t))
	var all []string
	for i := range mostVital + 5 {
		all = append(all, allergy(fmt.Sprintf("a%d", i), fmt.Sprintf(`,"recordedDate":"%d-01-01"`, 1900+i)))
	}
	w.put(all...)
	sum, doc := w.read(w.open(own(), access.Own), func(o *Options) { o.Words.Cut = "There is more." })
	sec, _ := sum.Section("allergies")
	if len(sec.Entries) != mostVital || !sec.Cut || !strings.Contains(string(doc.Bytes()), "There is more.") {
		t.Errorf("%d entries, cut %v", len(sec.Entries), sec.Cut)
	}
	if sec.Entries[0].ID != fmt.Sprintf("a%d", mostVital+4) {
		t.Error("the newest is not first")
	}
}

// Markup in a record is text in the words of a document.
func TestAttack76MarkupInASummaryIsText(t *testing.T) {
	w := openWard(t, dbtest.SQLite(t))
	w.put(`{"resourceType":"Condition","id":"x","code":{"text":"<script>alert(1)</script>&amp;"},` + subject + `}`)
	_, doc := w.read(w.open(own(), access.Own), nil)
	c := doc.Root().Get("entry").At(0).Get("resource")
	for s := range c.Get("section").Items() {
		if div := s.Get("text").Get("div").Str(); strings.Contains(div, "<script") {
			t.Errorf("the words hold markup: %s", div)
		}
	}
}

// All that is in a document is what the session can read, and what a choice hides
// is not in it, whatever is in the record and whatever was chosen.
func TestAttack76ASummaryHoldsOnlyWhatMayBeSeen(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 76))
		w := openWard(t, dbtest.SQLite(t))
		kinds := []string{"Condition", "AllergyIntolerance", "Procedure", "Flag", "Immunization", "Observation"}
		shown, hidden := map[string]bool{}, map[string]bool{}
		deny := kinds[r.IntN(len(kinds))]
		for i := range 25 {
			kind, id := kinds[r.IntN(len(kinds))], fmt.Sprintf("zz%dzz", i)
			code, psy := "urn-loud", r.IntN(4) == 0
			if r.IntN(3) == 0 {
				code = "urn-hush"
			}
			concept := `{"text":"` + id + `","coding":[{"system":"urn:c","code":"` + code + `"}]}`
			body := map[string]string{
				"Condition": `"code":` + concept + `,` + subject, "AllergyIntolerance": `"code":` + concept + `,"patient":{"reference":"Patient/sam"}`,
				"Procedure": `"status":"completed","code":` + concept + `,` + subject, "Flag": `"status":"active","code":` + concept + `,` + subject,
				"Immunization": `"status":"completed","vaccineCode":` + concept + `,"occurrenceDateTime":"2025-01-01","patient":{"reference":"Patient/sam"}`,
				"Observation":  `"status":"final","code":` + concept + `,` + category("laboratory") + `,` + subject,
			}[kind]
			if psy {
				body = `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]},` + body
			}
			w.put(`{"resourceType":"` + kind + `","id":"` + id + `",` + body + `}`)
			if kind == deny || code == "urn-hush" {
				hidden[id] = true
			} else if !psy {
				shown[id] = true
			}
		}
		actor := `"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/org-7"}}]`
		for i, what := range []string{`"class":[{"system":"http://hl7.org/fhir/resource-types","code":"` + deny + `"}]`, `"code":[{"coding":[{"system":"urn:c","code":"urn-hush"}]}]`} {
			w.put(`{"resourceType":"Consent","id":"c` + fmt.Sprint(i) + `","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
				`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/sam"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny",` + actor + `,` + what + `}}`)
		}
		s := w.open(nurse(), access.Care)
		_, doc := w.read(s, nil)
		text := string(doc.Bytes())
		for e := range doc.Root().Get("entry").Items() {
			k, ok := strings.CutPrefix(e.Get("fullUrl").Str(), base+"/")
			if !ok {
				continue
			}
			typ, id, _ := strings.Cut(k, "/")
			one, err := s.Read(t.Context(), record.Key{Type: typ, ID: id}, 0)
			if err != nil {
				t.Errorf("seed %d: %s is in it and can not be read: %v", seed, k, err)
				continue
			}
			var a, b any
			if json.Unmarshal(one.Body, &a) != nil || json.Unmarshal(e.Get("resource").Raw(), &b) != nil || fmt.Sprint(a) != fmt.Sprint(b) {
				t.Errorf("seed %d: %s is not what is in the record", seed, k)
			}
		}
		for id := range hidden {
			if strings.Contains(text, id) {
				t.Errorf("seed %d: %s is hidden and in it", seed, id)
			}
		}
		for id := range shown {
			if !strings.Contains(text, id) {
				t.Errorf("seed %d: %s is not in it", seed, id)
			}
		}
		// The person sees all of their own.
		_, doc = w.read(w.open(own(), access.Own), nil)
		for id := range hidden {
			if !strings.Contains(string(doc.Bytes()), id) {
				t.Errorf("seed %d: their own %s is not in it", seed, id)
			}
		}
	}
}

// The parts have each a code of their own.
func TestPartsDiffer(t *testing.T) {
	var codes, keys []string
	for _, p := range parts {
		codes, keys = append(codes, p.code), append(keys, p.key)
	}
	slices.Sort(codes)
	slices.Sort(keys)
	if len(slices.Compact(codes)) != len(parts) || len(slices.Compact(keys)) != len(parts) {
		t.Error("two parts are called alike")
	}
}
