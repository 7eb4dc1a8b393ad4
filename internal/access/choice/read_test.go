package choice_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

const plain = `{"resourceType":"Consent","id":"c1","meta":{"versionId":"7"},"language":"en","text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>x</div>"},
 "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/consent-Witness","valueReference":{"reference":"Practitioner/2"}}],
 "status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
 "category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],
 "patient":{"reference":"Patient/p1","display":"Made Up"},"dateTime":"2026-01-01","performer":[{"reference":"Patient/p1"}],
 "organization":[{"reference":"Organization/3"}],"policy":[{"uri":"https://bevan.example/policy"}],
 "policyRule":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentpolicycodes","code":"cric"}]},
 "verification":[{"verified":true}],
 "provision":{"id":"root","type":"permit","period":{"start":"2020","end":"2030-06"},
  "actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}],"text":"who receives"},"reference":{"reference":"Organization/3","type":"Organization","display":"A surgery"}}],
  "action":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentaction","code":"access"}]}],
  "purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT","display":"treatment"}],
  "provision":[{"type":"deny","securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}],
   "class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}],
   "code":[{"coding":[{"system":"http://loinc.org","code":"1-8","version":"2.77"}]}],
   "dataPeriod":{"start":"2022-01-01T00:00:00Z"},
   "data":[{"meaning":"related","reference":{"reference":"Encounter/1"}}]}]}}`

func read(t *testing.T, text string) (*choice.Consent, error) {
	t.Helper()
	tree, err := fhir.Parse([]byte(text), fhir.DefaultLimits)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return choice.Read(tree)
}

func TestReadTellsWhatItRead(t *testing.T) {
	c, err := read(t, plain)
	if err != nil {
		t.Fatal(err)
	}
	if c.ID() != "c1" || c.Version() != 7 || c.Person() != "p1" || c.Kind() != choice.Sharing {
		t.Errorf("read %s/%d of %s, %v", c.ID(), c.Version(), c.Person(), c.Kind())
	}
	if a := c.Actors(); len(a) != 1 || a[0] != "Organization/3" {
		t.Errorf("names %v", a)
	}
	if stored := c.At("c9", 2); stored.ID() != "c9" || stored.Version() != 2 || c.ID() != "c1" {
		t.Errorf("stored under %s/%d", stored.ID(), stored.Version())
	}
}

// What can not be enforced exactly is refused, and the place is named. Each row
// changes the plain Consent in one place.
func TestWhatCanNotBeEnforcedIsRefused(t *testing.T) {
	long := "[" + strings.Repeat(`{"system":"a","code":"b"},`, 256) + `{"system":"a","code":"b"}]`
	var deep strings.Builder
	for i := range 40 {
		deep.WriteString(`,"provision":[{"type":"` + []string{"permit", "deny"}[i%2] + `"`)
	}
	deep.WriteString(strings.Repeat("}]", 40))
	for _, c := range []struct{ name, from, to, place string }{
		{"another resource", `"resourceType":"Consent"`, `"resourceType":"Patient"`, "Consent"},
		{"a status that does not exist", `"active"`, `"on"`, "Consent.status"},
		{"a status that is no text", `"status":"active"`, `"status":["active"]`, "Consent.status"},
		{"nobody's", `"patient":{"reference":"Patient/p1","display":"Made Up"},`, "", "Consent.patient"},
		{"a person elsewhere", `"reference":"Patient/p1","display"`, `"reference":"https://a.example/Patient/p1","display"`, "Consent.patient"},
		{"a person who is none", `"reference":"Patient/p1","display"`, `"reference":"Group/p1","display"`, "Consent.patient"},
		{"two scopes", `"code":"patient-privacy"}`, `"code":"patient-privacy"},{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}`, "Consent.scope"},
		{"an unknown scope", `"patient-privacy"`, `"privacy"`, "Consent.scope"},
		{"rules that are somewhere else", `"language":"en"`, `"implicitRules":"http://a.example"`, "Consent.implicitRules"},
		{"a modifier extension at the top", `"language":"en"`, `"modifierExtension":[{"url":"http://a.example"}]`, "Consent.modifierExtension"},
		{"an element of R5", `"language":"en"`, `"decision":"deny"`, "Consent.decision"},
		{"an extension of a value", `"language":"en"`, `"_status":{"extension":[]}`, "Consent"},
		{"not confirmed", `"verified":true`, `"verified":false`, "Consent.verification[0]"},
		{"a policy rule in words", `"policyRule":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentpolicycodes","code":"cric"}]}`, `"policyRule":{"text":"as agreed"}`, "Consent.policyRule"},
		{"no provision", `"provision":{"id"`, `"x":{"id"`, "Consent.provision"},
		{"a list of provisions at the top", `"provision":{"id":"root"`, `"provision":[{"id":"root"`, "Consent.provision"},
		{"a type that does not exist", `"type":"permit"`, `"type":"allow"`, "Consent.provision.type"},
		{"an unknown element", `"id":"root"`, `"environment":"http://a.example"`, "Consent.provision.environment"},
		{"an unknown element with a strange name", `"id":"root"`, `"a b\u0000c":1`, "Consent.provision"},
		{"an extension", `"id":"root"`, `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/consent-location"}]`, "Consent.provision.extension"},
		{"a modifier extension", `"id":"root"`, `"modifierExtension":[{"url":"http://a.example"}]`, "Consent.provision.modifierExtension"},
		{"an extension in place of a type", `"id":"root"`, `"_type":{"extension":[]}`, "Consent.provision"},
		{"no actors, as a list", `"actor":[{`, `"actor":[],"x":[{`, "Consent.provision.actor"},
		{"an actor without a list", `"action":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentaction","code":"access"}]}]`, `"action":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentaction","code":"access"}]}`, "Consent.provision.action"},
		{"an actor that is nothing", `"actor":[{`, `"actor":[null,{`, "Consent.provision.actor[0]"},
		{"an actor without a role", `"role":{`, `"roles":{`, "Consent.provision.actor[0].role"},
		{"a role in words", `"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}],"text"`, `"text"`, "Consent.provision.actor[0].role"},
		{"a role of which viewers know nothing", `"IRCP"`, `"AUT"`, "Consent.provision.actor[0].role.coding[0]"},
		{"an actor who is nobody", `"reference":"Organization/3","type"`, `"reference":"","type"`, "Consent.provision.actor[0].reference"},
		{"an actor within", `"reference":"Organization/3","type"`, `"reference":"#a","type"`, "Consent.provision.actor[0].reference"},
		{"an actor at one version", `"reference":"Organization/3","type"`, `"reference":"Organization/3/_history/1","type"`, "Consent.provision.actor[0].reference"},
		{"an actor by search", `"reference":"Organization/3","type"`, `"reference":"Organization?name=a","type"`, "Consent.provision.actor[0].reference"},
		{"a place as an actor", `"reference":"Organization/3","type":"Organization"`, `"reference":"Location/3"`, "Consent.provision.actor[0].reference"},
		{"an actor of two types", `"type":"Organization"`, `"type":"Group"`, "Consent.provision.actor[0].reference.type"},
		{"an action that does not exist", `"code":"access"`, `"code":"look"`, "Consent.provision.action[0].coding[0]"},
		{"an action of another system", `CodeSystem/consentaction"`, `CodeSystem/other"`, "Consent.provision.action[0].coding[0]"},
		{"a purpose that does not exist", `"code":"TREAT"`, `"code":"TREATS"`, "Consent.provision.purpose[0]"},
		{"a purpose of a value set", `CodeSystem/v3-ActReason"`, `ValueSet/v3-PurposeOfUse"`, "Consent.provision.purpose[0]"},
		{"a purpose without a system", `"purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason",`, `"purpose":[{`, "Consent.provision.purpose[0]"},
		{"a period of nothing", `"period":{"start":"2020","end":"2030-06"}`, `"period":{}`, "Consent.provision.period"},
		{"a period as text", `"period":{"start":"2020","end":"2030-06"}`, `"period":"2020"`, "Consent.provision.period"},
		{"a period of more", `"start":"2020"`, `"begin":"2020"`, "Consent.provision.period.begin"},
		{"a start that is a number", `"start":"2020"`, `"start":2020`, "Consent.provision.period.start"},
		{"a start with an hour only", `"start":"2020"`, `"start":"2020-01-01T10"`, "Consent.provision.period.start"},
		{"a start without a zone", `"start":"2020"`, `"start":"2020-01-01T10:00:00"`, "Consent.provision.period.start"},
		{"an end before the start", `"end":"2030-06"`, `"end":"2019-12-31"`, "Consent.provision.period"},
		{"a label that does not exist", `"code":"R"}`, `"code":"restricted"}`, "Consent.provision.provision[0].securityLabel[0]"},
		{"a label without a code", `"code":"R"}`, `"display":"R"}`, "Consent.provision.provision[0].securityLabel[0]"},
		{"a label of former times", `"code":"R"}`, `"code":"HIV"}`, "Consent.provision.provision[0].securityLabel[0]"},
		{"a type that R4 has not", `"code":"Observation"`, `"code":"Permission"`, "Consent.provision.provision[0].class[0]"},
		{"every type", `"code":"Observation"`, `"code":"Resource"`, "Consent.provision.provision[0].class[0]"},
		{"a code in words", `"coding":[{"system":"http://loinc.org","code":"1-8","version":"2.77"}]`, `"text":"sugar"`, "Consent.provision.provision[0].code[0]"},
		{"a code without a system", `{"system":"http://loinc.org","code":"1-8","version":"2.77"}`, `{"code":"1-8"}`, "Consent.provision.provision[0].code[0].coding[0]"},
		{"a meaning that does not exist", `"related"`, `"about"`, "Consent.provision.provision[0].data[0].meaning"},
		{"data elsewhere", `"Encounter/1"`, `"https://a.example/Encounter/1"`, "Consent.provision.provision[0].data[0].reference"},
		{"data of no type", `"Encounter/1"`, `"Thing/1"`, "Consent.provision.provision[0].data[0].reference"},
		{"an author that is a place", `"meaning":"related","reference":{"reference":"Encounter/1"}`, `"meaning":"authoredby","reference":{"reference":"Location/1"}`, "Consent.provision.provision[0].data[0].reference"},
		{"the same type within", `"type":"deny"`, `"type":"permit"`, "Consent.provision.provision[0].type"},
		{"too many values", `[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]`, long, "Consent.provision.provision[0].securityLabel"},
		{"too deep", `"data":[`, deep.String()[1:] + `,"data":[`, "Consent.provision.provision[0]" + strings.Repeat(".provision[0]", 31)},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(plain, c.from, c.to, 1)
			if text == plain {
				t.Fatal("the row changes nothing")
			}
			if c.name == "a list of provisions at the top" {
				text = text[:len(text)-1] + "]}"
			}
			got, err := read(t, text)
			if err == nil || got != nil {
				t.Fatalf("it was accepted: %+v", got)
			}
			p := problem.Of(err)
			if p.Kind != problem.Unprocessable {
				t.Errorf("kind %v", p.Kind)
			}
			named := false
			for _, i := range p.Issues {
				named = named || i.Place == c.place
				if !strings.Contains(i.Sentence, ". ") || i.Code == "" && i.Place != "Consent" {
					t.Errorf("%q does not say what to do, or has no code", i.Sentence)
				}
			}
			if !named {
				t.Errorf("want %s named, got %v", c.place, err)
			}
		})
	}
}

// What is not in force is not evaluated, and can be written as it is: a draft
// is not finished, and what was ended may be of a time with other rules.
func TestWhatIsNotInForceIsRead(t *testing.T) {
	for _, status := range []string{"draft", "proposed", "rejected", "inactive", "entered-in-error"} {
		c, err := read(t, `{"resourceType":"Consent","status":"`+status+`","provision":{"type":"who knows"}}`)
		if err != nil || c.Active(time.Now()) || c.Kind() != choice.NoKind {
			t.Errorf("%s: %v", status, err)
		}
	}
}

func TestKinds(t *testing.T) {
	const scope = `"code":"patient-privacy"`
	infa := strings.Replace(plain, `"system":"http://loinc.org","code":"59284-0"`, `"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"`, 1)
	single := `"provision":{"type":"permit"}}`
	for text, want := range map[string]choice.Kind{
		plain: choice.Sharing,
		strings.Replace(plain, scope, `"code":"research"`, 1):  choice.Research,
		strings.Replace(plain, scope, `"code":"treatment"`, 1): choice.Treatment,
		strings.Replace(plain, scope, `"code":"adr"`, 1):       choice.Directive,
		infa: choice.Sharing, // it holds an exception, which denies
		infa[:strings.Index(infa, `"provision"`)] + single:           choice.Mandate,
		strings.Replace(infa, `"type":"permit"`, `"type":"deny"`, 1): choice.NoKind, // refused: its exception has the same type
	} {
		c, err := read(t, text)
		switch {
		case want == choice.NoKind:
			if err == nil {
				t.Errorf("accepted as %v", c.Kind())
			}
		case err != nil || c.Kind() != want:
			t.Errorf("want %v, got %v", want, err)
		case want != choice.Sharing && c.Active(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)):
			t.Errorf("%v is evaluated", want)
		}
	}
	if choice.Sharing.String() != "sharing" || choice.Kind(99).String() != "not known" {
		t.Error("a kind has no name")
	}
}

// One problem names several faults, and not without end.
func TestFaultsAreNamedTogether(t *testing.T) {
	_, err := read(t, strings.NewReplacer(`"code":"TREAT"`, `"code":"X"`, `"code":"access"`, `"code":"X"`).Replace(plain))
	if n := len(problem.Of(err).Issues); n != 2 {
		t.Errorf("%d faults are named: %v", n, err)
	}
	many := strings.Replace(plain, `"code":[{`, `"code":[`+strings.Repeat(`{"text":"x"},`, 200)+`{`, 1)
	if _, err = read(t, many); len(problem.Of(err).Issues) > 20 {
		t.Errorf("%d faults are named", len(problem.Of(err).Issues))
	}
}

// The Consents that R4 publishes as examples were written before anybody said
// what they mean. What becomes of each is written down here.
func TestExamplesOfR4(t *testing.T) {
	want := map[string]string{
		"consent-example":             "",
		"consent-example-notTime":     "",
		"consent-example-notThis":     "Consent.provision.type", // OPTIN, and about one thing: that it is an exception, only its text tells
		"consent-example-notThem":     "Consent.provision.type",
		"consent-example-Emergency":   "Consent.provision.type",
		"consent-example-Out":         "Consent.provision.actor[0].role.coding[0]",
		"consent-example-grantor":     "Consent.provision.actor[0].role.coding[0]",
		"consent-example-notAuthor":   "Consent.provision.actor[0].role.coding[0]",
		"consent-example-notOrg":      "Consent.policyRule",
		"consent-example-pkb":         "Consent.provision.provision[0].type",
		"consent-example-signature":   "Consent.provision.provision[0].type",
		"consent-example-smartonfhir": "Consent.provision.provision[0].type",
	}
	files := suitetest.Files(t, "r4-examples", "consent-*.json")
	if len(files) != len(want) {
		t.Errorf("%d examples, %d outcomes", len(files), len(want))
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		place, listed := want[strings.TrimSuffix(filepath.Base(f), ".json")]
		_, err = read(t, string(b))
		found := err == nil && place == ""
		if err != nil {
			for _, i := range problem.Of(err).Issues {
				found = found || i.Place == place
			}
		}
		if !found || !listed {
			t.Errorf("%s: want a refusal at %q, got %v", filepath.Base(f), place, err)
		}
	}
}

func TestTooManyProvisions(t *testing.T) {
	kids := strings.Repeat(`{"type":"deny"},`, 255)
	if _, err := read(t, strings.Replace(plain, `"provision":[`, `"provision":[`+kids[:len(kids)-1]+`],"x":[`, 1)); len(problem.Of(err).Issues) != 1 {
		t.Errorf("255 exceptions: %v", err)
	}
	more := `{"type":"deny","provision":[` + strings.Repeat(`{"type":"permit"},`, 199) + `{"type":"permit"}]}`
	_, err := read(t, strings.Replace(plain, `"provision":[`, `"provision":[`+more+","+more+",", 1))
	if err == nil || len(problem.Of(err).Issues) != 1 || problem.Of(err).Issues[0].Code != "too-costly" {
		t.Errorf("400 provisions: %v", err)
	}
	var all strings.Builder
	for i := range 9 {
		all.WriteString(`{"type":"deny","code":[` + strings.TrimSuffix(strings.Repeat(`{"coding":[{"system":"s","code":"`+strconv.Itoa(i)+`"}]},`, 250), ",") + `]},`)
	}
	if _, err = read(t, strings.Replace(plain, `"provision":[`, `"provision":[`+all.String(), 1)); err == nil || problem.Of(err).Issues[0].Code != "too-costly" {
		t.Errorf("4500 values: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(plain))
	f.Add([]byte(`{"resourceType":"Consent","status":"active"}`))
	f.Add([]byte(`{"resourceType":"Consent","status":"active","provision":{"provision":[{}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		tree, err := fhir.Parse(b, fhir.Limits{Bytes: 1 << 16, Depth: 100, Nodes: 1 << 14})
		if err != nil {
			return
		}
		i := choice.ItemOf(tree, "Consent", "1", nil)
		c, err := choice.Read(tree)
		if err != nil {
			if problem.KindOf(err) != problem.Unprocessable || c != nil {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		p, err := choice.Compile([]*choice.Consent{c})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []choice.Viewer{{}, {Refs: []string{"Organization/3"}, Purpose: []string{"TREAT"}, Action: "access", Now: time.Unix(1700000000, 0)}} {
			class := p.Class(&i)
			if got, want := p.Verdict(&v, class), choice.Decide([]*choice.Consent{c}, &v, &i); got != want {
				t.Fatalf("Verdict %+v, Decide %+v", got, want)
			}
			if len(p.Explain(&v, class)) != 1 {
				t.Fatal("no explanation")
			}
		}
		if next := p.NextChange(time.Unix(1700000000, 0)); !next.IsZero() && !next.After(time.Unix(1700000000, 0)) {
			t.Fatalf("the next change is %v", next)
		}
	})
}
