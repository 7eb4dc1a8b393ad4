package event

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

var day = time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)

// silent is an access log that keeps nothing.
type silent struct{}

func (*silent) Append(context.Context, ...audit.Entry) error { return nil }

// place is a store with a session of somebody who runs the service.
type place struct {
	t    *testing.T
	db   *db.DB
	ring *seal.Ring
	s    *record.Session
}

func newPlace(t *testing.T, d *db.DB) *place {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	door, err := record.New(t.Context(), record.Config{DB: d, Log: &silent{}, Ring: ring, Base: "https://h.example/fhir"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := door.Open(t.Context(), access.Operator("test"), record.About{}, access.Operations)
	if err != nil {
		t.Fatal(err)
	}
	return &place{t: t, db: d, ring: ring, s: s}
}

func (p *place) put(text string) {
	p.t.Helper()
	t, err := fhir.Parse([]byte(text), fhir.Limits{})
	if err != nil {
		p.t.Fatal(err)
	}
	k := record.Key{Type: t.Root().Get("resourceType").Str(), ID: t.Root().Get("id").Str()}
	if _, err := p.s.Transact(p.t.Context(), []record.Op{{Method: record.Put, Key: k, Body: t}}); err != nil {
		p.t.Fatal(err)
	}
}

// knows puts a child into the record.
func (p *place) knows(id, number, birth string) {
	p.t.Helper()
	p.put(fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}],"name":[{"use":"official","family":"DAWKINS","given":["Jack"]}],"gender":"male","birthDate":%q}`, id, fhir.NHSNumberSystem, number, birth))
}

func suite(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(suitetest.Dir(t, "child-health-events"), name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func read(t testing.TB, src []byte) *Message {
	t.Helper()
	m, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (p *place) apply(src []byte, d Decision) (Result, error) {
	p.t.Helper()
	return Apply(p.t.Context(), p.s, read(p.t, src), d, day)
}

func (p *place) must(src []byte, want State) Result {
	p.t.Helper()
	r, err := p.apply(src, Decision{})
	if err != nil || r.State != want {
		p.t.Fatalf("%v %v, want %s", r.State, err, want)
	}
	return r
}

// all is everything that the record holds, without what the server owns.
func (p *place) all() map[string]*val {
	p.t.Helper()
	out := map[string]*val{}
	for _, typ := range []string{"Patient", "Encounter", "Observation", "Procedure", "DiagnosticReport", "Immunization", "EpisodeOfCare", "CareTeam", "Communication", "RelatedPerson", "Provenance", "Organization", "Practitioner", "PractitionerRole", "HealthcareService", "Location"} {
		q, err := search.Parse(p.s.Registry(), []string{typ}, nil, []search.Pair{{Name: "_count", Value: "200"}}, search.Options{})
		if err != nil {
			p.t.Fatal(err)
		}
		page, err := p.s.Search(p.t.Context(), q, "")
		if err != nil {
			p.t.Fatal(err)
		}
		for _, r := range page.Items {
			t, err := fhir.Parse(r.Body, fhir.Limits{})
			if err != nil {
				p.t.Fatal(err)
			}
			v := valOf(t.Root())
			v.get("meta").del("lastUpdated")
			v.get("meta").del("versionId")
			out[r.Key.String()] = v
		}
	}
	return out
}

// messages are England's, with what has to be so before each: the day on which the
// child was born, and whether a person has to look at it.
var messages = []struct {
	name  string
	birth string // "" for a child who is not known
	after string // a message that comes before it
	doubt string // what a person is asked to look at
}{
	{"BirthNotificationWithMother", "", "", ""},
	{"BirthNotificationWithoutMother", "", "", "not in the message"},
	{"PDS-Change-Of-Address-ems-example", "2017-10-02", "", ""},
	{"PDS-Change-Of-GP-ems-example", "2017-10-02", "", ""},
	{"PDS-Death-Notification-formal-ems-example", "2017-10-02", "", "can not be one"},
	{"PDS-Death-Notification-informal-ems-example", "2017-10-02", "", "can not be one"},
	{"PDS-Death-Notification-removed-ems-example", "2017-10-02", "", "can not be one"},
	{"PDS-Record-Change-Citizen", "2017-10-02", "", ""},
	{"PDS-Record-Change", "2017-10-02", "", ""},
	{"Professional-Contacts-1-new", "2017-10-02", "", ""},
	{"Professional-Contacts-1-update", "2017-10-02", "Professional-Contacts-1-new", ""},
	{"Professional-Contacts-1-delete", "2017-10-02", "Professional-Contacts-1-new", ""},
	{"blood-spot-test-outcome-1-new", "2017-10-02", "", ""},
	{"blood-spot-test-outcome-1-update", "2017-10-02", "blood-spot-test-outcome-1-new", ""},
	{"blood-spot-test-outcome-1-delete", "2017-10-02", "blood-spot-test-outcome-1-new", ""},
	{"newborn-hearing-1-new", "2017-10-02", "", ""},
	{"newborn-hearing-1-update", "2017-10-02", "newborn-hearing-1-new", ""},
	{"newborn-hearing-1-delete", "2017-10-02", "newborn-hearing-1-new", ""},
	{"nipe-outcome-1-new", "2017-10-02", "", ""},
	{"nipe-outcome-1-update", "2017-10-02", "nipe-outcome-1-new", "none that can be"},
	{"nipe-outcome-1-delete", "2017-10-02", "nipe-outcome-1-new", ""},
	{"vaccinations-1-new", "2017-10-02", "", ""},
	{"vaccinations-1-update", "2017-10-02", "vaccinations-1-new", ""},
	{"vaccinations-1-delete", "2017-10-02", "vaccinations-1-new", ""},
	{"vaccinations-1-notgiven-new", "2019-10-12", "", ""},
}

// takes brings a message of the suite in, as a person decides where one has to.
func (p *place) takes(i int) (Result, []byte) {
	p.t.Helper()
	c := messages[i]
	if c.birth != "" {
		p.knows("jack", numberOf(p.t, suite(p.t, c.name)), c.birth)
	}
	if c.after != "" {
		p.must(suite(p.t, c.after), Applied)
	}
	src := suite(p.t, c.name)
	d := Decision{}
	if c.doubt != "" {
		_, err := p.apply(src, d)
		var no *Refusal
		if !errors.As(err, &no) || no.Reason != Doubt || !strings.Contains(no.Say, c.doubt) || no.Line == 0 {
			p.t.Fatalf("%v", err)
		}
		if d.Sure = true; strings.Contains(c.name, "Death") {
			d.Patient = "jack"
		}
	}
	r, err := p.apply(src, d)
	if err != nil || r.State != Applied {
		p.t.Fatalf("%v %v", r.State, err)
	}
	return r, src
}

// numberOf is the NHS number of the header.
func numberOf(t testing.TB, src []byte) string { return read(t, src).routed().number }

// Each of England's 25 messages goes into the record; those that say what can not be
// after a person looked.
func TestAll25MessagesGoIn(t *testing.T) {
	for i, c := range messages[:] {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				p := newPlace(t, d)
				p.takes(i)
				golden(t, c.name+".txt", p.says())
			})
		})
	}
}

// says is what the record holds of people, so that somebody can read it beside the
// message: each resource with its codes, times and states by path, and without what
// the server owns and what names people and places.
func (p *place) says() string {
	var out []string
	names := map[string]string{}
	all := p.all()
	for k, v := range all {
		typ, _, _ := strings.Cut(k, "/")
		names[k] = typ
		for _, x := range v.get("extension").items() {
			if x.get("url").str() == toldID {
				names[k] = typ + " " + x.get("valueString").str()[:8]
			}
		}
		if typ == "Patient" {
			names[k] = "Patient born " + v.get("birthDate").str()
		}
	}
	for k, v := range all {
		if typ, _, _ := strings.Cut(k, "/"); directory[typ] {
			continue
		}
		var parts []string
		flat(v, "", func(path, text string) {
			if to := names[text]; to != "" {
				text = "-> " + to
			}
			parts = append(parts, "  "+path+" = "+text+"\n")
		})
		out = append(out, names[k]+"\n"+strings.Join(parts, ""))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// unsaid are the members that a reader of what a message says does not need, or that
// name somebody.
var unsaid = []string{"resourceType", "id", "meta", "display", "system", "recorded", "contained", "url", "identifier", "family", "given", "prefix", "line", "city", "district", "country", "postalCode", "telecom", "text"}

func flat(v *val, path string, say func(path, text string)) {
	for i, kid := range v.kids {
		at := path
		if v.kind == fhir.Object {
			name := v.keys[i]
			if slices.Contains(unsaid, name) || strings.HasPrefix(v.get("url").str(), ours) {
				continue
			}
			at = strings.TrimPrefix(path+"."+name, ".")
		}
		if len(kid.kids) == 0 {
			text := kid.raw
			if kid.kind == fhir.String {
				text = kid.str()
			}
			say(at, text)
			continue
		}
		flat(kid, at, say)
	}
}

// golden compares with a file that somebody read beside the message. BEVAN_GOLDEN=1
// writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("BEVAN_GOLDEN") == "1" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("%s says otherwise (%v). The record holds:\n%s", name, err, got)
	}
}

// A message that was taken is written from the record, and read again it makes the
// same record: nothing of what it means was lost or changed.
func TestAll25MessagesOutAndInAgain(t *testing.T) {
	for i, c := range messages {
		t.Run(c.name, func(t *testing.T) {
			first := newPlace(t, dbtest.SQLite(t))
			r, src := first.takes(i)
			out, err := Write(t.Context(), first.s, r.Event)
			if err != nil {
				t.Fatal(err)
			}
			sameMessage(t, src, out)
			second := newPlace(t, dbtest.SQLite(t))
			if c.birth != "" {
				second.knows("jack", numberOf(t, src), c.birth)
			}
			if c.after != "" {
				second.must(suite(t, c.after), Applied)
			}
			d := Decision{Sure: c.doubt != ""}
			if strings.Contains(c.name, "Death") {
				d = Decision{} // the record says who it is, so nothing is in doubt any more
			}
			if r, err := second.apply(out, d); err != nil || r.State != Applied {
				t.Fatalf("%v %v\n%s", r.State, err, out)
			}
			sameRecord(t, first.all(), second.all())
		})
	}
}

// sameRecord compares two records. How a message was laid out, and whom its header
// was sent about, are not what it means.
func sameRecord(t *testing.T, a, b map[string]*val) {
	t.Helper()
	for _, all := range []map[string]*val{a, b} {
		for _, v := range all {
			for _, e := range v.get("entity").items() {
				drop(e, toldHash)
			}
			for _, c := range v.get("contained").items() {
				drop(c, routing)
			}
			if targets := v.get("target"); targets != nil { // a delete may show more of the directory than it has to
				targets.kids = slices.DeleteFunc(targets.kids, func(r *val) bool {
					typ, _, _ := strings.Cut(r.get("reference").str(), "/")
					return directory[typ]
				})
				slices.SortFunc(targets.kids, func(a, b *val) int {
					return strings.Compare(a.get("reference").str(), b.get("reference").str())
				})
			}
		}
	}
	for k, v := range a {
		if b[k] == nil {
			t.Errorf("lost: %s %s", k, v.json(true))
		} else if b[k].json(true) != v.json(true) {
			t.Errorf("%s is\n%s\nand was\n%s", k, b[k].json(true), v.json(true))
		}
	}
	for k, v := range b {
		if a[k] == nil {
			t.Errorf("more: %s %s", k, v.json(true))
		}
	}
}

// sameMessage compares what two messages say: every entry of the first is in the
// second, word for word, but for what a sender owns (ids of the Bundle and of the
// people, profiles), and for what is the record's own of a person whom the event
// does not tell of. After a delete only what it shows of itself.
func sameMessage(t *testing.T, src, out []byte) {
	t.Helper()
	was, is := contents(t, src), contents(t, out)
	m := read(t, src)
	for k, v := range was {
		typ, _, _ := strings.Cut(k, "/")
		switch {
		case is[k] == nil && !(m.Kind == Delete && typ == "CareTeam"):
			t.Errorf("lost: %s %s", k, v.json(true))
		case m.Kind == Delete && !directory[typ]:
		case is[k] != nil && is[k].json(true) != v.json(true):
			t.Errorf("%s says\n%s\nand said\n%s", k, is[k].json(true), v.json(true))
		}
	}
	for k, v := range is {
		if was[k] == nil && m.Kind != Delete && !(m.Kind == Update && v.get("status").str() == "entered-in-error") {
			t.Errorf("more: %s %s", k, v.json(true))
		}
	}
}

// contents are the entries of a message by their type and id.
func contents(t *testing.T, src []byte) map[string]*val {
	t.Helper()
	m := read(t, src)
	out := map[string]*val{}
	for _, e := range m.entries {
		res, name := e.res.copy(), e.typ+"/"+e.id
		res.del("meta")
		drop(res, routing)
		if e.typ == "Patient" {
			name = e.typ + "/" + claimsOf(e.res).given[0]
			res.del("id")
			if !byEvent[m.Event].births {
				name, res = "Patient/child", object()
			}
		}
		res.each("", func(name string, v *val) {
			if to := m.byURL[v.str()]; name == "reference" && to != nil && to.typ == "Patient" {
				*v = *str("Patient")
			}
		})
		out[name] = res
	}
	if len(m.of("Patient")) == 0 {
		out["Patient/child"] = object()
	}
	return out
}
