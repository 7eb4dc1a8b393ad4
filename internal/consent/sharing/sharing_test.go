package sharing

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/problem"
)

// everyPlain is every combination of the form, but for days.
func everyPlain() (all []Plain) {
	whos := []Whom{{Kind: Everybody}, {Kind: Acting}, {Kind: Outside, But: []Named{{"a", "Hill Surgery"}, {"b", ""}}}, {Kind: Job, ID: "clinician", Name: "Clinicians"},
		{Kind: Organisation, ID: "o1", Name: "City Hospital"}, {Kind: Somebody, ID: "acc1", Name: "Dr Ada Obi"}, {Kind: App, ID: "heart", Name: "Heart App"}, {Kind: Team, ID: "t1", Name: "Knee team"}}
	whats := []What{{Kind: Everything}, {Entry, "Observation/x"}}
	for _, l := range Labels() {
		whats = append(whats, What{Label, l})
	}
	for _, g := range Groups() {
		whats = append(whats, What{Group, g})
	}
	for _, who := range whos {
		for _, what := range whats {
			for _, why := range []Why{AnyWhy, Care, Research} {
				for _, may := range []bool{true, false} {
					p := Plain{May: may, Whom: who, What: what, Why: why}
					if who.Kind == Acting && why != AnyWhy || who.Kind == Outside && (may || why == Care) {
						continue
					}
					all = append(all, p)
				}
			}
		}
	}
	return all
}

// Every choice that can be made is a valid FHIR Consent that can be enforced as
// it stands, and is read back as it was made.
func TestEveryChoiceComesBack(t *testing.T) {
	days := []Plain{{}, {From: "2026-05-03"}, {Until: "2026-05-03"}, {From: "2026-05-03", Until: "2026-06-01", DataFrom: "2019-01-01", DataUntil: "2020-01-01"}, {DataFrom: "2019-01-01"}}
	for i, p := range everyPlain() {
		d := days[i%len(days)]
		p.From, p.Until, p.DataFrom, p.DataUntil = d.From, d.Until, d.DataFrom, d.DataUntil
		c, err := Consent(p, "sam")
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		said, err := choice.Read(c)
		if err != nil || said.Kind() != choice.Sharing || said.Person() != "sam" {
			t.Fatalf("%s: %v", c.Bytes(), err)
		}
		for _, is := range validate.Resource(c, validate.Options{}) {
			if is.Severity == validate.Error {
				t.Fatalf("%s: %s", c.Bytes(), is.Message)
			}
		}
		if got, ok := Read(c); !ok || !reflect.DeepEqual(got, p) {
			t.Errorf("%s\n%+v\nis read as %v %+v", c.Bytes(), p, ok, got)
		}
	}
}

// A no hides itself from those to whom it says no, whatever it is about.
func TestANoHidesItself(t *testing.T) {
	viewer := &choice.Viewer{Refs: []string{"Organization/o1", "CareTeam/t1"}, Idents: []choice.Coding{{System: choice.IdentRole, Code: "clinician"}, {System: choice.IdentAccount, Code: "acc1"}, {System: choice.IdentApp, Code: "heart"}},
		Action: "access", Now: time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)}
	for _, p := range everyPlain() {
		if p.May {
			continue
		}
		p.DataUntil = "2020-01-01"
		viewer.Purpose = []string{map[Why]string{AnyWhy: "TREAT", Care: "TREAT", Research: "HRESCH"}[p.Why]}
		if p.Whom.Kind == Acting {
			viewer.Purpose = []string{familyWord}
		}
		c, err := Consent(p, "sam")
		if err != nil {
			t.Fatal(err)
		}
		said, err := choice.Read(c)
		if err != nil {
			t.Fatal(err)
		}
		it := choice.ItemOf(c, "Consent", "c1", nil)
		if v := choice.Decide([]*choice.Consent{said}, viewer, &it); !v.Decided || v.Permit {
			t.Errorf("%+v shows itself", p)
		}
	}
}

// What is not one clear choice is not made.
func TestWhatIsNotClearIsRefused(t *testing.T) {
	all := Whom{Kind: Everybody}
	for name, p := range map[string]Plain{
		"nobody": {What: What{Kind: Everything}}, "nothing": {Whom: all},
		"a job without a name":  {Whom: Whom{Kind: Job}, What: What{Kind: Everything}},
		"everybody with an id":  {Whom: Whom{Kind: Everybody, ID: "x"}, What: What{Kind: Everything}},
		"outside of nothing":    {Whom: Whom{Kind: Outside}, What: What{Kind: Everything}},
		"a yes for outside":     {May: true, Whom: Whom{Kind: Outside, But: []Named{{"a", ""}}}, What: What{Kind: Everything}},
		"a team that is none":   {Whom: Whom{Kind: Team, ID: "a/b"}, What: What{Kind: Everything}},
		"an id that is none":    {Whom: Whom{Kind: Organisation, ID: "a/b"}, What: What{Kind: Everything}},
		"a label that is none":  {Whom: all, What: What{Label, "feelings"}},
		"a group that is none":  {Whom: all, What: What{Group, "all"}},
		"an entry that is none": {Whom: all, What: What{Entry, "x"}},
		"who somebody is":       {Whom: all, What: What{Entry, "Patient/sam"}},
		"acting for research":   {Whom: Whom{Kind: Acting}, What: What{Kind: Everything}, Why: Research},
		"another purpose":       {Whom: all, What: What{Kind: Everything}, Why: "fun"},
		"a day that is none":    {Whom: all, What: What{Kind: Everything}, From: "2026-02-31"},
		"days the wrong way":    {Whom: all, What: What{Kind: Everything}, DataFrom: "2026-02-02", DataUntil: "2026-02-01"},
	} {
		if _, err := Consent(p, "sam"); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A Consent that says more than the form can is not read as if it said less.
func TestWhatHasNoPlainFormIsReadAsItStands(t *testing.T) {
	plain := `{"resourceType":"Consent","status":"active","patient":{"reference":"Patient/sam"},"provision":`
	for name, provision := range map[string]string{
		"two labels":              `{"type":"deny","securityLabel":[{"system":"urn:bevan:sensitivity","code":"genetics"},{"system":"urn:bevan:sensitivity","code":"substances"}]}`,
		"a label of HL7":          `{"type":"deny","securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]}`,
		"an action":               `{"type":"deny","action":[{"coding":[{"code":"disclose"}]}]}`,
		"a code":                  `{"type":"deny","code":[{"coding":[{"system":"http://snomed.info/sct","code":"1","display":"A thing"}]}]}`,
		"one type of a group":     `{"type":"deny","class":[{"system":"http://hl7.org/fhir/resource-types","code":"MedicationRequest"}]}`,
		"a no inside of a yes":    `{"type":"permit","provision":[{"type":"deny"}]}`,
		"two exceptions":          `{"type":"deny","provision":[{"type":"permit"},{"type":"permit"}]}`,
		"related and not by name": `{"type":"deny","data":[{"meaning":"related","reference":{"reference":"Observation/x"}}]}`,
		"two actors":              `{"type":"deny","actor":[` + one("Organization/a") + `,` + one("Organization/b") + `]}`,
		"a practitioner":          `{"type":"deny","actor":[` + one("Practitioner/a") + `]}`,
		"a time of day":           `{"type":"deny","period":{"start":"2026-05-03T10:00:00Z"}}`,
		"a label and a type":      `{"type":"deny","securityLabel":[{"system":"urn:bevan:sensitivity","code":"genetics"}],"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}]}`,
	} {
		c, err := fhir.Parse([]byte(plain+provision+"}"), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := Read(c); ok {
			t.Errorf("%s is read as %+v", name, p)
		}
		parts, more := Parts(c)
		if len(parts) == 0 || more || parts[0].Deny != strings.HasPrefix(provision, `{"type":"deny"`) {
			t.Errorf("%s: %+v", name, parts)
		}
	}
	c, err := fhir.Parse([]byte(plain+`{"type":"permit","provision":[{"type":"deny","code":[{"coding":[{"code":"1","display":"A thing"}]}],"period":{"start":"2026-05-03"}}]}}`), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Part{{}, {Deny: true, Depth: 1, Said: []Said{{"code", "A thing"}, {"period", "2026-05-03 – "}}}}
	if got, _ := Parts(c); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func one(ref string) string {
	return `{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"` + ref + `"}}`
}

// Whatever a Consent says, reading it does not fail, and what is read as plain is
// what would be written again.
func FuzzRead(f *testing.F) {
	for i, p := range everyPlain() {
		if c, err := Consent(p, "sam"); err == nil && i%17 == 0 {
			f.Add(c.Bytes())
		}
	}
	f.Add([]byte(`{"provision":{"type":"deny","provision":[{}]}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, err := fhir.Parse(src, fhir.Limits{})
		if err != nil {
			return
		}
		Parts(c)
		p, ok := Read(c)
		if !ok {
			return
		}
		again, err := Consent(p, "sam")
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		if q, ok := Read(again); !ok || !reflect.DeepEqual(p, q) {
			t.Errorf("%+v becomes %+v", p, q)
		}
	})
}
