package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// house is a Patient who lives somewhere and is registered somewhere: every element
// that could tell it does.
func house(where, practitioner string, marked bool) string {
	security := ""
	if marked {
		security = `,{"system":"` + label.Ours + `","code":"address-kept"}`
	}
	return fmt.Sprintf(`{"resourceType":"Patient","id":"sam","meta":{"security":[{"system":"urn:x","code":"y","display":"%[1]s"}%[3]s],"profile":["https://%[1]s.example/p"],"source":"https://%[1]s.example","tag":[{"system":"urn:t","code":"%[1]s"}]},
"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">%[1]s</div>"},
"contained":[{"resourceType":"Organization","id":"o","name":"%[1]s"}],
"extension":[{"url":"urn:x","valueString":"%[1]s"}],
"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018","assigner":{"display":"%[1]s"}},{"system":"urn:%[1]s","value":"17"}],
"active":true,"_active":{"extension":[{"url":"urn:x","valueString":"%[1]s"}]},
"name":[{"family":"Secret","given":["Sam"],"extension":[{"url":"urn:x","valueString":"%[1]s"}]}],
"communication":[{"language":{"text":"English","extension":[{"url":"urn:x","valueString":"%[1]s"}],"coding":[{"code":"en","extension":[{"url":"urn:x","valueString":"%[1]s"}]}]}}],
"telecom":[{"system":"phone","value":"%[1]s-1"}],"gender":"male","birthDate":"2020-01-01",
"address":[{"line":["%[1]s"],"city":"%[1]s","postalCode":"%[1]s"}],
"photo":[{"title":"%[1]s"}],"contact":[{"address":{"text":"%[1]s"}}],
"generalPractitioner":[{"reference":"Practitioner/%[2]s"}],"managingOrganization":{"reference":"Organization/%[2]s"}}`, where, practitioner, security)
}

// town is a record with a house, and those who may be its practice.
func town(t *testing.T, op *Session, where, practitioner string, marked bool) {
	t.Helper()
	for _, id := range []string{"here", "there"} {
		put(t, op, `{"resourceType":"Practitioner","id":"`+id+`","name":[{"family":"`+id+`"}]}`)
		put(t, op, `{"resourceType":"Organization","id":"`+id+`","name":"`+id+`"}`)
	}
	put(t, op, house(where, practitioner, marked))
	put(t, op, `{"resourceType":"Practitioner","id":"who"}`)
	put(t, op, `{"resourceType":"CareTeam","id":"team","status":"active","subject":{"reference":"Patient/sam"},"participant":[{"member":{"reference":"Practitioner/who"}}]}`)
	put(t, op, `{"resourceType":"Observation","id":"weight","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/sam"},"performer":[{"reference":"Practitioner/here"}]}`)
}

// acting are those who act for Sam: by themselves, with an app, and taking along.
func acting(t *testing.T, door *Door) map[string]*Session {
	t.Helper()
	app := onBehalf()
	app.App, app.Grant = "app", "g"
	work := onBehalf()
	work.Kind = access.Work
	return map[string]*Session{"a proxy": opened(t, door, onBehalf(), access.Proxy), "their app": opened(t, door, app, access.Proxy), "their copy": opened(t, door, work, access.Export)}
}

// everythingGiven is all that a session is given of Sam, as text: read, of every
// version, found, brought along, scanned and told by history.
func everythingGiven(t *testing.T, s *Session) string {
	t.Helper()
	var b strings.Builder
	see := func(list ...Resource) {
		for _, r := range list {
			fmt.Fprintf(&b, "%s %s\n", r.Key, r.Body)
		}
	}
	for version := range int64(4) {
		if r, err := s.Read(ctx, Key{"Patient", "sam"}, version); err == nil {
			see(r)
		}
	}
	for _, q := range []string{"Patient?_include=Patient:general-practitioner&_include=Patient:organization", "Patient?_include=*", "Observation?_include=*&_include:iterate=*",
		"Observation?_include=Observation:subject&_include:iterate=Patient:*", "Patient?name=secret&_sort=family"} {
		typ, text, _ := strings.Cut(q, "?")
		page, err := s.Search(ctx, query(t, s, typ, text), "")
		if err != nil {
			fmt.Fprintf(&b, "%s: %v\n", q, err)
		}
		see(page.Items...)
	}
	if page, err := s.History(ctx, History{Type: "Patient", ID: "sam"}); err == nil {
		see(page.Items...)
	}
	if _, err := s.Scan(ctx, []string{"Patient"}, time.Time{}, nil, "", func(r Resource) error { see(r); return nil }); err != nil {
		fmt.Fprintf(&b, "scan: %v\n", err)
	}
	return b.String()
}

// Where a court keeps the address of a child from those who act for them, nothing
// that they, their apps and their copies are given tells it, in any version, also in
// those from before; the child and those who care for them see it.
func TestAttack74WhereAChildLivesIsKeptFromThoseWhoActForThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		town(t, op, "kestrel", "there", false)
		for name, s := range acting(t, door) {
			if got := everythingGiven(t, s); !strings.Contains(got, "kestrel") || !strings.Contains(got, "Practitioner/there") {
				t.Errorf("%s is not told before it is kept: %s", name, got)
			}
		}
		if _, err := opened(t, door, nurse("sam"), access.Care).Raise(ctx, Key{"Patient", "sam"}, label.AddressKept, "the court said so on Monday"); err != nil {
			t.Fatal(err)
		}
		put(t, op, house("kestrel", "there", false)) // the next message knows nothing of the label
		for name, s := range acting(t, door) {
			got := everythingGiven(t, s)
			for _, word := range []string{"kestrel", "there", "telecom", "generalPractitioner", "extension\":[{\"url\":\"urn"} {
				if strings.Contains(got, word) {
					t.Errorf("%s is told %q: %s", name, word, got)
				}
			}
			for _, word := range []string{"Secret", "9990000018", "2020-01-01", "SUBSETTED", `"valueCode":"masked"`, "Practitioner/here"} {
				if !strings.Contains(got, word) {
					t.Errorf("%s is not told %q: %s", name, word, got)
				}
			}
		}
		for name, s := range map[string]*Session{"own": opened(t, door, alone("sam"), access.Own), "a nurse": opened(t, door, nurse("sam"), access.Care), "the service": op} {
			r, err := s.Read(ctx, Key{"Patient", "sam"}, 0)
			if err != nil || !strings.Contains(string(r.Body), `"line":["kestrel"]`) || strings.Contains(string(r.Body), "SUBSETTED") {
				t.Errorf("%s reads %s, %v", name, r.Body, err)
			}
		}
	})
}

// keptQuestions find by what is kept, at any depth.
var keptQuestions = []string{"Patient?address=kestrel", "Patient?address-city=kestrel", "Patient?address-postalcode:missing=true", "Patient?phone=kestrel-1", "Patient?telecom=kestrel-1",
	"Patient?general-practitioner=Practitioner/there", "Patient?general-practitioner.family=there", "Patient?organization.name=there", "Patient?identifier=urn:kestrel|17",
	"Patient?_tag=urn:t|kestrel", "Patient?_source=https://kestrel.example", "Patient?_sort=address", "Patient?_sort=-phone",
	"Observation?subject:Patient.address=kestrel", "Observation?patient.phone=kestrel-1", "Observation?patient.general-practitioner=Practitioner/there",
	"Observation?patient.organization.name=there", "Observation?patient._has:Observation:subject:patient.address=kestrel",
	"Practitioner?_has:Patient:general-practitioner:_id=sam", "Practitioner?_has:Patient:general-practitioner:name=secret", "Organization?_has:Patient:organization:_id=sam",
	"Practitioner?_revinclude=Patient:general-practitioner", "Organization?_revinclude=Patient:organization",
	"Practitioner?_has:Observation:performer:patient.address=kestrel"}

// What is kept is not found by either: every question that asks for it is refused, in
// the same words wherever the person lives, so that an answer tells nothing.
func TestAttack74NothingIsFoundByWhereAChildLives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		answers := func() (out []string) {
			for _, s := range []*Session{opened(t, door, onBehalf(), access.Proxy)} {
				for _, q := range keptQuestions {
					typ, text, _ := strings.Cut(q, "?")
					page, err := s.Search(ctx, query(t, s, typ, text), "")
					out = append(out, fmt.Sprintf("%s: %d %s", q, len(page.Items), problem.ReasonOf(err)))
				}
				for _, ref := range []string{"Patient?address=kestrel", "Patient?general-practitioner=Practitioner/there", "Practitioner?_has:Patient:general-practitioner:_id=sam"} {
					_, err := s.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Observation"}, Body: tree(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/sam"},"focus":[{"reference":"`+ref+`"}]}`)}})
					out = append(out, ref+": "+problem.ReasonOf(err))
					q := query(t, s, "Observation", "patient.address=kestrel")
					_, err = s.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Observation"}, If: &q, Body: tree(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/sam"}}`)}})
					out = append(out, "if: "+problem.ReasonOf(err))
				}
			}
			return out
		}
		town(t, op, "kestrel", "there", true)
		there := answers()
		town(t, op, "heron", "here", true)
		if elsewhere := answers(); !slices.Equal(there, elsewhere) {
			t.Errorf("answers differ:\n%s\n%s", strings.Join(there, "\n"), strings.Join(elsewhere, "\n"))
		}
		for _, one := range there {
			if !strings.HasSuffix(one, "address-kept") {
				t.Errorf("not refused: %s", one)
			}
		}
		limited := onBehalf()
		limited.Bound = access.OneTypeWhere("Patient", access.Looking&^access.Follow, "address=kestrel").Or(access.OneType("Observation", access.Read))
		if _, err := door.Open(ctx, limited, About{}, access.Proxy); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("an app that may see some addresses is let in: %v", err)
		}
		for q, want := range map[string]string{"Patient?_id=sam&name=sec&birthdate=2020&_sort=birthdate": "Patient/sam", "Observation?patient=sam&_include=Observation:patient": "Observation/weight Patient/sam", "Observation?patient.name=secret": "Observation/weight"} {
			typ, text, _ := strings.Cut(q, "?")
			if got := ask(t, opened(t, door, onBehalf(), access.Proxy), typ, text); got != want {
				t.Errorf("%s gave %q, not %q", q, got, want)
			}
		}
	})
}

// What is left is a resource without empty lists, and no extension is in any of it.
func TestWhatIsLeftOfAPatientIsWhole(t *testing.T) {
	for src, want := range map[string]string{
		`{"resourceType":"Patient","id":"p","meta":{"versionId":"1"},"identifier":[{"system":"urn:kestrel","value":"1"}],"name":[{"extension":[]}],"gender":{"x":"kestrel"}}`:                                             `{"resourceType":"Patient","id":"p","meta":{"tag":[` + fhir.Subsetted + `],"versionId":"1"},` + masked + `}`,
		`{"resourceType":"Patient","name":[{"given":["A","B"],"_given":[null,{"id":"kestrel"}],"family":"C"},{"text":"D"}],"communication":[{"language":{"text":"E","extension":[{"url":"kestrel"}]},"preferred":true}]}`: `{"resourceType":"Patient","name":[{"given":["A","B"],"family":"C"},{"text":"D"}],"communication":[{"language":{"text":"E"},"preferred":true}],` + masked + `}`,
	} {
		got, err := withoutAddress([]byte(src))
		if err != nil || string(got) != want {
			t.Errorf("%s leaves\n%s, not\n%s, %v", src, got, want, err)
		}
	}
}

// Only those who look after somebody say that their address is kept, and no longer
// kept, with a reason; it is said of who somebody is and of nothing else.
func TestWhoKeepsAnAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		town(t, op, "kestrel", "who", false)
		hospital(t, op)
		k, why := Key{"Patient", "sam"}, "the court said so on Monday"
		for name, s := range map[string]*Session{"own": opened(t, door, alone("sam"), access.Own), "a proxy": opened(t, door, onBehalf(), access.Proxy)} {
			if _, err := s.Raise(ctx, k, label.AddressKept, why); err == nil {
				t.Errorf("%s keeps it", name)
			}
			if _, err := s.Release(ctx, k, why); err == nil {
				t.Errorf("%s tells it", name)
			}
		}
		n := opened(t, door, nurse("sam"), access.Care)
		for _, labels := range []label.Set{0, label.Safeguarding, label.AddressKept | label.Safeguarding} {
			if _, err := n.Raise(ctx, k, labels, why); problem.KindOf(err) != problem.Unprocessable {
				t.Errorf("%s is said of a Patient: %v", labels, err)
			}
		}
		if _, err := n.Raise(ctx, Key{"Observation", "laboratory"}, label.AddressKept, why); problem.KindOf(err) != problem.Unprocessable {
			t.Errorf("it is said of an Observation: %v", err)
		}
		if _, err := n.Release(ctx, k, why); problem.KindOf(err) != problem.NotFound {
			t.Errorf("what is not kept is told: %v", err)
		}
		if _, err := n.Raise(ctx, k, label.AddressKept, why); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, opened(t, door, nurse("sam"), access.Care), "Patient", "", "sam")
		if _, err := n.Release(ctx, k, "short"); problem.KindOf(err) != problem.Invalid {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := n.Release(ctx, k, "the court lifted it on Friday"); err != nil {
			t.Fatal(err)
		}
		r, err := opened(t, door, onBehalf(), access.Proxy).Read(ctx, k, 0)
		if err != nil || strings.Contains(string(r.Body), "masked") {
			t.Errorf("then it reads %s, %v", r.Body, err)
		}
	})
}
