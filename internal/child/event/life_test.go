package event

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// child is a made-up child of these tests.
type child struct{ number, given, birth string }

var (
	ada = child{testNumber("999000001"), "Ada", "2026-01-05"}
	ben = child{testNumber("999000002"), "Ben", "2026-02-07"}
)

func testNumber(nine string) string {
	d, ok := fhir.NHSCheckDigit(nine)
	if !ok {
		panic("no number " + nine)
	}
	return nine + string(d)
}

// letter is a message of ours about a dose, which tests change.
type letter struct {
	id, kind, at string
	about        child
	focus        string
	contact      string
	lot          string
	status       string
	more         string // another entry
}

func dose() letter {
	return letter{id: "m-1", kind: "new", at: "2026-04-01T10:00:00Z", about: ada, focus: "dose-1", contact: "contact-1", lot: "LOT1", status: "completed"}
}

func (l letter) xml() []byte {
	who := fmt.Sprintf(`<identifier><system value="https://fhir.nhs.uk/Id/nhs-number"/><value value="%s"/></identifier><name><family value="Test"/><given value="%s"/></name><birthDate value="%s"/>`, l.about.number, l.about.given, l.about.birth)
	return []byte(fmt.Sprintf(`<Bundle xmlns="http://hl7.org/fhir"><type value="message"/>
<entry><fullUrl value="urn:uuid:%[1]s"/><resource><MessageHeader><id value="%[1]s"/><meta><lastUpdated value="%[3]s"/></meta>
<extension url="https://fhir.nhs.uk/STU3/StructureDefinition/Extension-RoutingDemographics-1"><extension url="nhsNumber"><valueIdentifier><value value="%[9]s"/></valueIdentifier></extension></extension>
<extension url="https://fhir.nhs.uk/STU3/StructureDefinition/Extension-MessageEventType-1"><valueCodeableConcept><coding><code value="%[2]s"/></coding></valueCodeableConcept></extension>
<event><system value="https://fhir.nhs.uk/STU3/CodeSystem/EventType-1"/><code value="vaccinations-1"/></event><timestamp value="%[3]s"/>
<source><endpoint value="urn:test:one"/></source><focus><reference value="urn:uuid:%[5]s"/></focus></MessageHeader></resource></entry>
<entry><fullUrl value="urn:uuid:%[5]s"/><resource><Immunization><id value="%[5]s"/><status value="%[8]s"/><notGiven value="false"/><vaccineCode><coding><system value="http://snomed.info/sct"/><code value="1"/></coding></vaccineCode>
<patient><reference value="urn:uuid:who"/></patient><encounter><reference value="urn:uuid:%[6]s"/></encounter><date value="2026-03-31"/><primarySource value="true"/><lotNumber value="%[7]s"/></Immunization></resource></entry>
<entry><fullUrl value="urn:uuid:%[6]s"/><resource><Encounter><id value="%[6]s"/><status value="finished"/><subject><reference value="urn:uuid:who"/></subject></Encounter></resource></entry>
<entry><fullUrl value="urn:uuid:who"/><resource><Patient><id value="who"/>%[4]s</Patient></resource></entry>
%[10]s</Bundle>`, l.id, l.kind, l.at, who, l.focus, l.contact, l.lot, l.status, l.about.number, l.more))
}

// with changes a letter.
func (l letter) with(change func(*letter)) letter { change(&l); return l }

// inbox is a place with an inbox, where Ada and Ben are known.
func newInbox(t *testing.T, d *db.DB) (*place, *Inbox) {
	t.Helper()
	p := newPlace(t, d)
	in, err := Open(t.Context(), Config{DB: d, Ring: p.ring})
	if err != nil {
		t.Fatal(err)
	}
	for id, c := range map[string]child{"ada": ada, "ben": ben} {
		p.put(fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}],"name":[{"family":"Test","given":[%q]}],"birthDate":%q}`, id, fhir.NHSNumberSystem, c.number, c.given, c.birth))
	}
	return p, in
}

func (p *place) take(in *Inbox, l letter, want State) Receipt {
	p.t.Helper()
	r, err := in.Take(p.t.Context(), p.s, l.xml(), "client:lab")
	if err != nil || r.State != want {
		p.t.Fatalf("%s %v %v, want %s", r.State, r.Refusal, err, want)
	}
	return r
}

// lots are the batches of the doses that the record holds, with their states.
func (p *place) lots() string {
	var out []string
	for k, v := range p.all() {
		if strings.HasPrefix(k, "Immunization/") {
			out = append(out, v.get("lotNumber").str()+" "+v.get("status").str()+" "+strings.TrimPrefix(v.get("patient", "reference").str(), "Patient/"))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (p *place) holds(want string) {
	p.t.Helper()
	if got := p.lots(); got != want {
		p.t.Errorf("the record holds %q, want %q", got, want)
	}
}

// A message comes twice, and once more from another session: it is applied once, and
// answered the same.
func TestAMessageIsAppliedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		first := p.take(in, dose(), Applied)
		if again := p.take(in, dose(), Same); again.Kept != first.Kept {
			t.Errorf("%v is not %v", again, first)
		}
		// Laid out otherwise it is the same message.
		r, err := in.Take(t.Context(), p.s, []byte(strings.ReplaceAll(string(dose().xml()), "\n", "\n\n  ")), "client:lab")
		if err != nil || r.State != Same {
			t.Errorf("%v %v", r.State, err)
		}
		for k, v := range p.all() {
			if strings.HasPrefix(k, "Immunization/") && p.version(k) != 1 {
				t.Errorf("%s has %d versions: %s", k, p.version(k), v.json(true))
			}
		}
		p.holds("LOT1 completed ada")
	})
}

func (p *place) version(k string) int64 {
	p.t.Helper()
	typ, id, _ := strings.Cut(k, "/")
	r, err := p.s.Read(p.t.Context(), record.Key{Type: typ, ID: id}, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	return r.Version
}

// The server was killed after the record was written and before that was noted: the
// message comes again, or somebody tries it again, and it is not applied twice.
func TestAKillBetweenRecordAndInboxAppliesOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		r := p.take(in, dose(), Applied)
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE child_message SET state = 'taking', patient = '', body = $1", p.ring.SealToken(purpose, dose().xml()))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if all, n, err := in.Waiting(t.Context()); err != nil || n != 1 || all[0].ID != r.Kept {
			t.Fatalf("%v %v", all, err)
		}
		p.take(in, dose(), Same)
		p.holds("LOT1 completed ada")
		for k := range p.all() {
			if strings.HasPrefix(k, "Provenance/") && p.version(k) != 1 {
				t.Errorf("%s has %d versions", k, p.version(k))
			}
		}
	})
}

// The record could not be written: the message is kept, and goes in when it is
// tried again.
func TestAMessageIsKeptWhenTheRecordIsAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		if _, err := in.Take(t.Context(), away{p.s}, dose().xml(), "client:lab"); !problem.Is(err, problem.Unavailable) {
			t.Fatal(err)
		}
		all, _, err := in.Waiting(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("%v %v", all, err)
		}
		if r, err := in.Retry(t.Context(), p.s, all[0].ID, false, "", "staff/op"); err != nil || r.State != Applied {
			t.Fatalf("%v %v", r, err)
		}
		p.holds("LOT1 completed ada")
	})
}

type away struct{ *record.Session }

func (away) Transact(context.Context, []record.Op) ([]record.Outcome, error) {
	return nil, problem.New(problem.Unavailable, "")
}

// In whatever order the messages of an event come, the record ends as the last one
// published says.
func TestMessagesInAnyOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first := dose()
		update := dose().with(func(l *letter) { l.id, l.kind, l.at, l.lot = "m-2", "update", "2026-04-02T10:00:00Z", "LOT2" })
		gone := dose().with(func(l *letter) {
			l.id, l.kind, l.at, l.lot, l.status = "m-3", "delete", "2026-04-03T10:00:00Z", "LOT2", "entered-in-error"
		})
		p, in := newInbox(t, d)
		for n, order := range [][]letter{{first, update, gone}, {update, first, gone}, {gone, first, update}, {first, gone, update}, {update, gone, first}, {gone, update, first}} {
			for i, l := range order {
				l.focus, l.contact = fmt.Sprint("dose-", n), fmt.Sprint("contact-", n)
				l.id = fmt.Sprint(l.id, "-", n)
				r, err := in.Take(t.Context(), p.s, l.xml(), "client:lab")
				late := slices.ContainsFunc(order[:i], func(o letter) bool { return o.at > l.at })
				if err != nil || (r.State == Late) != late {
					t.Errorf("order %d, message %d: %v %v", n, i, r, err)
				}
			}
			held := p.lots()
			for _, lot := range strings.Split(held, ", ") {
				if lot != "" && !strings.Contains(lot, "entered-in-error") {
					t.Errorf("order %d: the record holds %q", n, held)
				}
			}
		}
	})
}

// An update makes a new version, and what it no longer speaks of is a mistake; the
// versions before stay.
func TestAnUpdateChangesWhatItShouldAndKeepsTheHistory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		extra := `<entry><fullUrl value="urn:uuid:obs"/><resource><Observation><id value="obs"/><status value="final"/><code><text value="x"/></code><subject><reference value="urn:uuid:who"/></subject></Observation></resource></entry>`
		p.take(in, dose().with(func(l *letter) { l.more = extra }), Applied)
		p.take(in, dose().with(func(l *letter) { l.id, l.kind, l.at, l.lot = "m-2", "update", "2026-04-02T10:00:00Z", "LOT2" }), Applied)
		p.holds("LOT2 completed ada")
		for k, v := range p.all() {
			switch {
			case strings.HasPrefix(k, "Observation/"):
				if v.get("status").str() != "entered-in-error" || p.version(k) != 2 {
					t.Errorf("%s: %s", k, v.json(true))
				}
			case strings.HasPrefix(k, "Immunization/"):
				typ, id, _ := strings.Cut(k, "/")
				old, err := p.s.Read(t.Context(), record.Key{Type: typ, ID: id}, 1)
				if err != nil || !strings.Contains(string(old.Body), "LOT1") {
					t.Errorf("the first version is %s, %v", old.Body, err)
				}
			case strings.HasPrefix(k, "Provenance/"):
				if n := len(v.get("entity").items()); n != 2 || p.version(k) != 2 {
					t.Errorf("%s names %d messages", k, n)
				}
			}
		}
	})
}

// A delete takes nothing away: it marks, and a contact that another event shares stays.
func TestADeleteMarksAndLeavesASharedContact(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		p.take(in, dose(), Applied)
		p.take(in, dose().with(func(l *letter) { l.id, l.focus, l.lot = "m-2", "dose-2", "OTHER" }), Applied)
		remove := func(id, focus, at string) {
			p.take(in, dose().with(func(l *letter) {
				l.id, l.kind, l.at, l.focus, l.status = id, "delete", at, focus, "entered-in-error"
			}), Applied)
		}
		contact := func(want string) {
			t.Helper()
			for k, v := range p.all() {
				if strings.HasPrefix(k, "Encounter/") && v.get("status").str() != want {
					t.Errorf("the contact is %s, want %s", v.get("status").str(), want)
				}
			}
		}
		remove("m-3", "dose-1", "2026-04-03T10:00:00Z")
		p.holds("LOT1 entered-in-error ada, OTHER completed ada")
		contact("finished")
		remove("m-4", "dose-2", "2026-04-04T10:00:00Z")
		contact("entered-in-error")
	})
}

// A message that can be read in part is refused whole, with the place named, and
// waits; nothing of it is in the record.
func TestAPartlyReadableMessageIsRefusedWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		before := len(p.all())
		for _, c := range []struct{ from, to, reason, place string }{
			{`<lotNumber value="LOT1"/>`, `<lotNumbers value="LOT1"/>`, Damaged, "line 8, Bundle.entry[1].resource.lotNumbers"},
			{`<date value="2026-03-31"/>`, `<date value="2026-03-32"/>`, Partly, "line 7, Bundle.entry[1].resource.occurrence"},
			{`<status value="finished"/>`, `<status value="over"/>`, Partly, "line 9, Bundle.entry[2].resource.status"},
			{`<reference value="urn:uuid:contact-1"/>`, `<reference value="Encounter/theirs"/>`, Partly, "line 7, Bundle.entry[1].resource"},
			{`<reference value="urn:uuid:contact-1"/>`, `<reference value="urn:uuid:nowhere"/>`, Doubt, "line 7, Bundle.entry[1].resource"},
			{`</Bundle>`, ``, Damaged, "line 11, Bundle"},
			{`<code value="vaccinations-1"/>`, `<code value="surprise-1"/>`, Partly, "Bundle.entry[0].resource.event"},
			{`<code value="new"/>`, `<code value="perhaps"/>`, Partly, "Bundle.entry[0].resource.extension"},
			{`<type value="message"/>`, `<type value="document"/>`, Damaged, "Bundle.type"},
		} {
			src := strings.Replace(string(dose().xml()), c.from, c.to, 1)
			r, err := in.Take(t.Context(), p.s, []byte(src), "client:lab")
			if err != nil || r.State != Waiting || r.Refusal.Reason != c.reason || !strings.Contains(r.Refusal.Where(), c.place) {
				t.Errorf("%s: %+v %v", c.to, r.Refusal, err)
				continue
			}
			k, err := in.One(t.Context(), r.Kept)
			if err != nil || k.State != Waiting || !strings.Contains(k.Where(), c.place) || k.Say == "" {
				t.Errorf("%s: kept as %+v, %v", c.to, k, err)
			}
			for _, never := range []string{ada.number, "Ada", ada.birth} {
				if strings.Contains(k.Say+k.Place, never) {
					t.Errorf("what is said holds %q: %s", never, k.Say)
				}
			}
		}
		if n := len(p.all()); n != before {
			t.Errorf("the record holds %d entries, and held %d", n, before)
		}
	})
}

// A waiting message is sealed, is tried again when what was missing is there, and is
// put aside with a reason.
func TestAPersonSettlesWhatWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		cai := child{testNumber("999000003"), "Cai", "2026-03-01"}
		r := p.take(in, dose().with(func(l *letter) { l.about = cai }), Waiting)
		if r.Refusal.Reason != NoChild {
			t.Fatalf("%+v", r.Refusal)
		}
		if err := d.Query(t.Context(), "SELECT body FROM child_message", nil, func(row *db.Row) error {
			if strings.Contains(row.Text(0), cai.number) || row.Text(0) == "" {
				t.Error("the message lies open")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if again, err := in.Retry(t.Context(), p.s, r.Kept, true, "", "staff/op"); err != nil || again.State != Waiting {
			t.Fatalf("a child who is not known was taken: %v %v", again, err)
		}
		p.put(fmt.Sprintf(`{"resourceType":"Patient","id":"cai","identifier":[{"system":%q,"value":%q}],"name":[{"family":"Test","given":["Cai"]}],"birthDate":"2026-03-01"}`, fhir.NHSNumberSystem, cai.number))
		if again, err := in.Retry(t.Context(), p.s, r.Kept, false, "", "staff/op"); err != nil || again.State != Applied {
			t.Fatalf("%v %v", again, err)
		}
		p.holds("LOT1 completed cai")
		if again, err := in.Retry(t.Context(), p.s, r.Kept, false, "", "staff/op"); err != nil || again.State != Applied {
			t.Errorf("twice is not once: %v %v", again, err)
		}

		other := p.take(in, dose().with(func(l *letter) { l.about, l.lot = cai, "LOT9" }), Waiting)
		if k, err := in.One(t.Context(), other.Kept); err != nil || !k.MayTake() || !k.MayChoose() {
			t.Errorf("%+v %v", k, err)
		}
		if other.Refusal.Reason != Again {
			t.Errorf("%+v", other.Refusal)
		}
		if err := in.Dismiss(t.Context(), other.Kept, "staff/op", " "); problem.ReasonOf(err) != "message-why" {
			t.Error(err)
		}
		for range 2 {
			if err := in.Dismiss(t.Context(), other.Kept, "staff/op", "The lab sent it by mistake."); err != nil {
				t.Fatal(err)
			}
		}
		if all, n, err := in.Waiting(t.Context()); err != nil || n != 0 || len(all) != 0 {
			t.Errorf("%v %v", all, err)
		}
		if err := in.Erase(t.Context(), "cai"); err != nil {
			t.Fatal(err)
		}
		if _, err := in.One(t.Context(), r.Kept); problem.ReasonOf(err) != "message-none" {
			t.Error(err)
		}
	})
}

// A person says whose message it is by the number of the record, and no other way.
func TestAPersonSaysWhoseMessageItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		stranger := ada
		stranger.given, stranger.birth = "Zed", "2020-01-01"
		r := p.take(in, dose().with(func(l *letter) { l.about = stranger }), Waiting)
		for number, want := range map[string]string{"1": "message-number", testNumber("999000008"): "message-number"} {
			if _, err := in.Retry(t.Context(), p.s, r.Kept, true, number, "staff/op"); problem.ReasonOf(err) != want {
				t.Errorf("%s: %v", number, err)
			}
		}
		if again, err := in.Retry(t.Context(), p.s, r.Kept, true, ben.number, "staff/op"); err != nil || again.State != Applied {
			t.Fatalf("%v %v", again, err)
		}
		p.holds("LOT1 completed ben")
	})
}

// Whoever may not write leaves nothing behind.
func TestWhoMayNotWriteLeavesNoMessage(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	if _, err := in.Take(t.Context(), forbidden{p.s}, dose().xml(), "client:lab"); !problem.Is(err, problem.Forbidden) {
		t.Fatal(err)
	}
	if _, n, err := in.Waiting(t.Context()); err != nil || n != 0 {
		t.Errorf("%d wait, %v", n, err)
	}
}

type forbidden struct{ *record.Session }

func (forbidden) Transact(context.Context, []record.Op) ([]record.Outcome, error) {
	return nil, &record.OpError{Index: 0, Err: problem.New(problem.Forbidden, "")}
}

// The register of sources hears how each message went.
func TestSourcesHearHowItWent(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	var heard []string
	in.cfg.Heard = func(_ context.Context, source string, well bool) error {
		heard = append(heard, fmt.Sprint(source, " ", well))
		return nil
	}
	p.take(in, dose(), Applied)
	p.take(in, dose().with(func(l *letter) { l.lot = "LOT2" }), Waiting)
	if got := strings.Join(heard, ", "); got != "urn:test:one true, urn:test:one false" {
		t.Error(got)
	}
	if _, err := in.Take(t.Context(), p.s, make([]byte, MaxBytes+1), "client:lab"); !problem.Is(err, problem.TooLarge) || errors.Is(err, nil) {
		t.Error(err)
	}
}

// A death that was told informally and then removed is none: the record says that
// the child lives, and the versions before say what was told.
func TestADeathThatWasRemovedIsNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		death := func(id, at, code, died string) letter {
			return letter{id: id, at: at, lot: code, status: died, about: ada}
		}
		for _, l := range []letter{death("d-1", "2026-04-01T10:00:00Z", "1", `<deceasedDateTime value="2026-03-30T10:00:00Z"/>`), death("d-2", "2026-04-02T10:00:00Z", "U", "")} {
			src := fmt.Sprintf(`<Bundle xmlns="http://hl7.org/fhir"><type value="message"/>
<entry><fullUrl value="urn:uuid:%[1]s"/><resource><MessageHeader><id value="%[1]s"/><meta><lastUpdated value="%[2]s"/></meta>
<extension url="https://fhir.nhs.uk/STU3/StructureDefinition/Extension-MessageEventType-1"><valueCodeableConcept><coding><code value="new"/></coding></valueCodeableConcept></extension>
<event><system value="https://fhir.nhs.uk/STU3/CodeSystem/EventType-1"/><code value="pds-death-notification-1"/></event>
<source><endpoint value="urn:test:pds"/></source><focus><reference value="urn:uuid:c%[1]s"/></focus></MessageHeader></resource></entry>
<entry><fullUrl value="urn:uuid:c%[1]s"/><resource><Communication><id value="c%[1]s"/><status value="completed"/><subject><reference value="urn:uuid:who"/></subject></Communication></resource></entry>
<entry><fullUrl value="urn:uuid:who"/><resource><Patient><id value="who"/>
<extension url="%[7]s"><extension url="deathNotificationStatus"><valueCodeableConcept><coding><code value="%[3]s"/></coding></valueCodeableConcept></extension></extension>
<identifier><system value="%[8]s"/><value value="%[5]s"/></identifier><name><family value="Test"/><given value="Ada"/></name><birthDate value="%[6]s"/>%[4]s</Patient></resource></entry></Bundle>`,
				l.id, l.at, l.lot, l.status, ada.number, ada.birth, deathStatus, fhir.NHSNumberSystem)
			r, err := in.Take(t.Context(), p.s, []byte(src), "client:pds")
			if err != nil || r.State != Applied {
				t.Fatalf("%v %v %v", r.State, r.Refusal, err)
			}
			if dead := p.all()["Patient/ada"].get("deceasedDateTime") != nil; dead != (l.lot == "1") {
				t.Errorf("%s: dead is %v", l.id, dead)
			}
		}
		if n := p.version("Patient/ada"); n != 3 {
			t.Errorf("the record of the child has %d versions", n)
		}
		p.waits(in, strings.Replace(string(dose().with(func(l *letter) { l.id, l.kind = "x", "delete" }).xml()), "vaccinations-1", "pds-death-notification-1", 1), Partly)
	})
}

// Two events share a contact: what the later of them says of it stays, also when the
// earlier one comes late.
func TestASharedContactIsAsTheLaterMessageSays(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	later := strings.Replace(string(dose().with(func(l *letter) { l.id, l.focus, l.at = "m-2", "dose-2", "2026-04-09T10:00:00Z" }).xml()), `<status value="finished"/>`, `<status value="cancelled"/>`, 1)
	if r, err := in.Take(t.Context(), p.s, []byte(later), "client:lab"); err != nil || r.State != Applied {
		t.Fatalf("%v %v", r, err)
	}
	r := p.take(in, dose(), Applied)
	for k, v := range p.all() {
		if strings.HasPrefix(k, "Encounter/") && v.get("status").str() != "cancelled" {
			t.Errorf("the contact is %s", v.get("status").str())
		}
	}
	if out, err := Write(t.Context(), p.s, r.Result.Event); err != nil || !strings.Contains(string(out), "contact-1") {
		t.Errorf("%s %v", out, err)
	}
}
