package event

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// called is a dose that its source calls by an identifier; "" for none.
func called(l letter, by string) string {
	if by == "" {
		return string(l.xml())
	}
	return strings.Replace(string(l.xml()), "<status value=\""+l.status+"\"/><notGiven",
		`<identifier><system value="urn:test:doses"/><value value="`+by+`"/></identifier><status value="`+l.status+`"/><notGiven`, 1)
}

// A source that keeps the identifier of a dose, and gives it another id with each
// message, changes and deletes that dose, whatever comes first.
func TestAnEventIsKnownByItsIdentifier(t *testing.T) {
	first := dose()
	update := dose().with(func(l *letter) {
		l.id, l.kind, l.at, l.focus, l.lot = "m-2", "update", "2026-04-02T10:00:00Z", "dose-b", "LOT2"
	})
	gone := dose().with(func(l *letter) {
		l.id, l.kind, l.at, l.focus, l.lot, l.status = "m-3", "delete", "2026-04-03T10:00:00Z", "dose-c", "LOT2", "entered-in-error"
	})
	for name, c := range map[string]struct {
		told [][2]any // letters, and what the source calls the dose
		want string
	}{
		"update":               {[][2]any{{first, "d1"}, {update, "d1"}}, "LOT2 completed ada"},
		"delete":               {[][2]any{{first, "d1"}, {gone, "d1"}}, "LOT2 entered-in-error ada"},
		"all three":            {[][2]any{{first, "d1"}, {update, "d1"}, {gone, "d1"}}, "LOT2 entered-in-error ada"},
		"the delete first":     {[][2]any{{gone, "d1"}, {first, "d1"}, {update, "d1"}}, ""},
		"the update first":     {[][2]any{{update, "d1"}, {first, "d1"}}, "LOT2 completed ada"},
		"another dose":         {[][2]any{{first, "d1"}, {update, "d2"}}, "LOT1 completed ada, LOT2 completed ada"},
		"a delete by id alone": {[][2]any{{first, "d1"}, {gone.with(func(l *letter) { l.focus = "dose-1" }), ""}}, "LOT2 entered-in-error ada"},
		"a new one by id":      {[][2]any{{first, ""}, {update.with(func(l *letter) { l.focus = "dose-1" }), "d1"}}, "LOT2 completed ada"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				p, in := newInbox(t, d)
				for _, one := range c.told {
					r, err := in.Take(t.Context(), p.s, []byte(called(one[0].(letter), one[1].(string))), "client:lab")
					if err != nil || r.State == Waiting {
						t.Fatalf("%v %v %v", r.State, r.Refusal, err)
					}
				}
				p.holds(c.want)
			})
		})
	}
}

// Two doses that a source gives one identifier by mistake are not made one: the second
// waits, and whoever takes it as it is keeps both, also when it is changed later.
func TestOneIdentifierForTwoDosesWaits(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	if _, err := in.Take(t.Context(), p.s, []byte(called(dose(), "d1")), "client:lab"); err != nil {
		t.Fatal(err)
	}
	second := dose().with(func(l *letter) { l.id, l.at, l.focus, l.lot = "m-2", "2026-04-02T10:00:00Z", "dose-2", "LOT2" })
	r, err := in.Take(t.Context(), p.s, []byte(called(second, "d1")), "client:lab")
	if err != nil || r.State != Waiting || r.Refusal.Reason != Order {
		t.Fatalf("%v %v %v", r.State, r.Refusal, err)
	}
	p.holds("LOT1 completed ada")
	if r, err = in.Retry(t.Context(), p.s, r.Kept, true, "", "operator:test"); err != nil || r.State != Applied {
		t.Fatalf("%v %v", r, err)
	}
	p.holds("LOT1 completed ada, LOT2 completed ada")
	change := second.with(func(l *letter) { l.id, l.kind, l.at, l.lot = "m-3", "update", "2026-04-03T10:00:00Z", "LOT3" })
	if r, err = in.Take(t.Context(), p.s, []byte(called(change, "d1")), "client:lab"); err != nil || r.State != Applied {
		t.Fatalf("%v %v", r, err)
	}
	p.holds("LOT1 completed ada, LOT3 completed ada")
}

// demographics is a message of ours from the national demographics service: id, time,
// event, what stands in the Patient, another entry.
func demographics(id, at, event, patient, more string) []byte {
	return []byte(`<Bundle xmlns="http://hl7.org/fhir"><type value="message"/>
<entry><fullUrl value="urn:uuid:` + id + `"/><resource><MessageHeader><id value="` + id + `"/><meta><lastUpdated value="` + at + `"/></meta>
<extension url="` + eventType + `"><valueCodeableConcept><coding><code value="new"/></coding></valueCodeableConcept></extension>
<event><system value="` + events + `"/><code value="` + event + `"/></event><timestamp value="` + at + `"/>
<source><endpoint value="urn:test:pds"/></source><focus><reference value="urn:uuid:c` + id + `"/></focus></MessageHeader></resource></entry>
<entry><fullUrl value="urn:uuid:c` + id + `"/><resource><Communication><id value="c` + id + `"/><status value="completed"/><subject><reference value="urn:uuid:who"/></subject></Communication></resource></entry>
<entry><fullUrl value="urn:uuid:who"/><resource><Patient><id value="who"/><identifier><system value="` + fhir.NHSNumberSystem + `"/><value value="` + ada.number + `"/></identifier>
<name><family value="Test"/><given value="Ada"/></name><birthDate value="` + ada.birth + `"/>` + patient + `</Patient></resource></entry>` + more + `</Bundle>`)
}

// A second change of surgery says where somebody is registered now. Where they were
// registered before stays true: nothing that was told of them is marked as a mistake.
func TestWhatWasToldOfAPersonStaysTrue(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	for _, id := range []string{"g1", "g2"} {
		surgery := `<generalPractitioner><reference value="` + spine + `STU3/Organization/` + id + `"/></generalPractitioner>`
		before := `<entry><fullUrl value="urn:uuid:e` + id + `"/><resource><EpisodeOfCare><id value="e` + id + `"/><status value="finished"/><patient><reference value="urn:uuid:who"/></patient></EpisodeOfCare></resource></entry>`
		at := map[string]string{"g1": "2026-04-01T10:00:00Z", "g2": "2026-05-01T10:00:00Z"}[id]
		if r, err := in.Take(t.Context(), p.s, demographics(id, at, "pds-change-of-gp-1", surgery, before), "client:pds"); err != nil || r.State != Applied {
			t.Fatalf("%v %v", r, err)
		}
	}
	var states []string
	for k, v := range p.all() {
		if typ, _, _ := strings.Cut(k, "/"); typ == "EpisodeOfCare" || typ == "Communication" {
			states = append(states, typ+" "+v.get("status").str())
		}
	}
	slices.Sort(states)
	if got := strings.Join(states, ", "); got != "Communication completed, Communication completed, EpisodeOfCare finished, EpisodeOfCare finished" {
		t.Error(got)
	}
	if now := p.all()["Patient/ada"].get("generalPractitioner").json(false); !strings.Contains(now, "/g2") {
		t.Error(now)
	}
}

// A new home takes the place of the home before, and of no other address.
func TestAChangeOfHomeLeavesOtherAddresses(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	p.put(`{"resourceType":"Patient","id":"ada","identifier":[{"system":"` + fhir.NHSNumberSystem + `","value":"` + ada.number + `"}],"name":[{"family":"Test","given":["Ada"]}],"birthDate":"` + ada.birth + `",
		"address":[{"use":"home","line":["1 Old Street"]},{"use":"temp","line":["with Gran"]}]}`)
	home := `<address><use value="home"/><line value="2 New Street"/></address>`
	if r, err := in.Take(t.Context(), p.s, demographics("a1", "2026-04-01T10:00:00Z", "pds-change-of-address-1", home, ""), "client:pds"); err != nil || r.State != Applied {
		t.Fatalf("%v %v", r, err)
	}
	if got := p.all()["Patient/ada"].get("address").json(false); got != `[{"use":"home","line":["2 New Street"]},{"use":"temp","line":["with Gran"]}]` {
		t.Error(got)
	}
}

// looked is an event of ours about a contact, as England's screening events are, with
// a part of its own.
func looked(id, kind, at, event string) []byte {
	src := string(dose().with(func(l *letter) { l.id, l.kind, l.at, l.focus = id, kind, at, "part-"+id }).xml())
	src = strings.Replace(src, `<focus><reference value="urn:uuid:part-`+id, `<focus><reference value="urn:uuid:contact-1`, 1)
	return []byte(strings.Replace(src, "vaccinations-1", event, 1))
}

// A contact that two events share stays when one of them is deleted, also where the
// delete shows the contact whole, and whichever of them comes first.
func TestADeletedEventLeavesTheContactToTheOther(t *testing.T) {
	hearing := looked("h-1", "new", "2026-04-01T10:00:00Z", "newborn-hearing-1")
	hips := looked("n-1", "new", "2026-04-01T11:00:00Z", "nipe-outcome-1")
	gone := []byte(strings.Replace(string(looked("h-2", "delete", "2026-04-02T10:00:00Z", "newborn-hearing-1")), `<status value="finished"/>`, `<status value="entered-in-error"/>`, 1))
	for _, order := range [][][]byte{{hearing, hips, gone}, {hearing, gone, hips}, {gone, hips, hearing}} {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			p, in := newInbox(t, d)
			for _, src := range order {
				if r, err := in.Take(t.Context(), p.s, src, "client:lab"); err != nil || r.State == Waiting {
					t.Fatalf("%v %v", r, err)
				}
			}
			for k, v := range p.all() {
				if strings.HasPrefix(k, "Encounter/") && v.get("status").str() != "finished" {
					t.Errorf("the contact is %s", v.get("status").str())
				}
			}
		})
	}
}

// A child who was not born alive is not made known as one who lives, unless somebody
// decided so.
func TestAStillbirthWithoutADeathWaits(t *testing.T) {
	said := func(code, died string) []byte {
		src := string(suite(t, "BirthNotificationWithMother"))
		at := strings.Index(src, "EMS-PDS-StillBornIndicator-1")
		src = src[:at] + strings.Replace(src[at:], `<code value="1"/>`, `<code value="`+code+`"/>`, 1)
		return []byte(strings.Replace(src, `<multipleBirthInteger value="1"/>`, died+`<multipleBirthInteger value="1"/>`, 1))
	}
	for _, c := range []struct {
		code, died string
		waits      bool
	}{{"1", "", false}, {"2", "", true}, {"3", "", true}, {"2", `<deceasedDateTime value="2017-10-02T20:12:00+00:00"/>`, false}} {
		p := newPlace(t, dbtest.SQLite(t))
		_, err := p.apply(said(c.code, c.died), Decision{})
		var no *Refusal
		if waits := errors.As(err, &no) && no.Reason == Doubt; waits != c.waits || err != nil && !waits {
			t.Errorf("%s %q: %v", c.code, c.died, err)
		}
	}
}
