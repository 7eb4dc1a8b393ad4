package event

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// waits takes a message that must not reach the record.
func (p *place) waits(in *Inbox, src, reason string) {
	p.t.Helper()
	before := len(p.all())
	r, err := in.Take(p.t.Context(), p.s, []byte(src), "client:lab")
	if err != nil || r.State != Waiting || r.Refusal.Reason != reason {
		p.t.Errorf("%v %+v %v, want %s", r.State, r.Refusal, err, reason)
	}
	if n := len(p.all()); n != before {
		p.t.Errorf("the record grew from %d to %d entries", before, n)
	}
}

// A message about one child uses the id of another child's contact and dose: it
// writes its own, and those of the other child stay as they are.
func TestAttack76AMessageUsesTheContactOfAnotherChild(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, in := newInbox(t, d)
		p.take(in, dose(), Applied)
		p.take(in, dose().with(func(l *letter) {
			l.id, l.kind, l.at, l.about, l.lot = "m-2", "update", "2026-04-05T10:00:00Z", ben, "EVIL"
		}), Applied)
		p.take(in, dose().with(func(l *letter) {
			l.id, l.kind, l.at, l.about, l.status = "m-3", "delete", "2026-04-06T10:00:00Z", ben, "entered-in-error"
		}), Applied)
		p.holds("LOT1 completed ada, LOT1 entered-in-error ben")
	})
}

// Another source uses the ids of the first: it has no say over what the first sent.
func TestAttack76AnotherSourceDeletesAnEvent(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	p.take(in, dose(), Applied)
	src := strings.ReplaceAll(string(dose().with(func(l *letter) {
		l.id, l.kind, l.at, l.status = "m-2", "delete", "2026-04-06T10:00:00Z", "entered-in-error"
	}).xml()), "urn:test:one", "urn:test:two")
	if _, err := in.Take(t.Context(), p.s, []byte(src), "client:lab"); err != nil {
		t.Fatal(err)
	}
	p.holds("LOT1 completed ada")
}

// A part of a message is about somebody else than the message.
func TestAttack76APartAboutAnotherChild(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	second := `<entry><fullUrl value="urn:uuid:who2"/><resource><Patient><id value="who2"/><birthDate value="2026-02-07"/></Patient></resource></entry>`
	p.waits(in, string(dose().with(func(l *letter) { l.more = second }).xml()), Partly)
	for _, subject := range []string{"Patient/ben", "https://h.example/fhir/Patient/ben", "urn:uuid:contact-1"} {
		p.waits(in, strings.Replace(string(dose().xml()), `<subject><reference value="urn:uuid:who"/>`, `<subject><reference value="`+subject+`"/>`, 1), Partly)
	}
	p.waits(in, strings.Replace(string(dose().xml()), `<subject><reference value="urn:uuid:who"/></subject>`, "", 1), Partly)
}

// A reference leads to an entry of the record that is not the message's.
func TestAttack76AReferenceIntoTheRecord(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	for _, to := range []string{"Encounter/theirs", "https://h.example/fhir/Encounter/theirs", "Patient/ben", "../Patient/ben", "#x", "urn:uuid:m-1"} {
		p.waits(in, strings.Replace(string(dose().xml()), `<encounter><reference value="urn:uuid:contact-1"/>`, `<encounter><reference value="`+to+`"/>`, 1), Partly)
	}
}

// Two entries have the same address.
func TestAttack76DuplicateIDs(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	twice := `<entry><fullUrl value="urn:uuid:contact-1"/><resource><Encounter><id value="contact-1"/><status value="cancelled"/><subject><reference value="urn:uuid:who"/></subject></Encounter></resource></entry>`
	p.waits(in, string(dose().with(func(l *letter) { l.more = twice }).xml()), Partly)
	p.waits(in, strings.Replace(string(dose().xml()), `<Encounter><id value="contact-1"/>`, `<Encounter><id value="contact-2"/>`, 1), Partly)
}

// A message is played again after it was changed, deleted and changed: nothing moves.
func TestAttack76Replay(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	first := dose()
	second := dose().with(func(l *letter) { l.id, l.kind, l.at, l.lot = "m-2", "update", "2026-04-02T10:00:00Z", "LOT2" })
	p.take(in, first, Applied)
	p.take(in, second, Applied)
	p.take(in, first, Same)
	p.holds("LOT2 completed ada")
	// With the inbox emptied, as by somebody who got at the table, the record knows.
	if err := p.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM child_message")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	p.take(in, first, Same)
	p.take(in, second, Same)
	p.holds("LOT2 completed ada")
}

// The number of a message that was taken is used for another one.
func TestAttack76AnotherMessageWithTheSameNumber(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	p.take(in, dose(), Applied)
	p.waits(in, string(dose().with(func(l *letter) { l.lot = "EVIL" }).xml()), Again)
	p.waits(in, string(dose().with(func(l *letter) { l.about = ben }).xml()), Again)
	p.holds("LOT1 completed ada")
}

// The number is that of one child, and the name or the birthday of another.
func TestAttack76TheNumberOfAnotherChild(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	mixed := child{ada.number, ben.given, ben.birth}
	p.waits(in, string(dose().with(func(l *letter) { l.about = mixed }).xml()), NoChild)
	header := strings.Replace(string(dose().xml()), `<valueIdentifier><value value="`+ada.number, `<valueIdentifier><value value="`+ben.number, 1)
	p.waits(in, header, Doubt)
}

// A message that is no birth notification makes nobody known.
func TestAttack76AnUnknownChildIsNotMade(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	p.waits(in, string(dose().with(func(l *letter) { l.about = child{testNumber("999000009"), "Nobody", "2026-01-01"} }).xml()), NoChild)
}

// A message gives an organisation no access: what it names is not the organisation
// whose staff sign in here, whatever code it has.
func TestAttack76AMessageGivesNoAccess(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	p.put(`{"resourceType":"Organization","id":"org-9","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"Z9"}]}`)
	p.take(in, dose().with(func(l *letter) {
		l.more = `<entry><fullUrl value="urn:uuid:org-9"/><resource><Organization><id value="org-9"/><identifier><system value="https://fhir.nhs.uk/Id/ods-organization-code"/><value value="Z9"/></identifier></Organization></resource></entry>
<entry><fullUrl value="urn:uuid:ep"/><resource><EpisodeOfCare><id value="ep"/><status value="active"/><patient><reference value="urn:uuid:who"/></patient><managingOrganization><reference value="urn:uuid:org-9"/></managingOrganization></EpisodeOfCare></resource></entry>`
	}), Applied)
	for k, v := range p.all() {
		if strings.HasPrefix(k, "EpisodeOfCare/") && v.get("managingOrganization", "reference").str() == "Organization/org-9" {
			t.Errorf("%s ties org-9 to the child", k)
		}
	}
	if p.version("Organization/org-9") != 1 {
		t.Error("the organisation was changed")
	}
}

// Attacks on the reader of XML end in the queue, and in nothing else.
func TestAttack76XMLInAMessage(t *testing.T) {
	p, in := newInbox(t, dbtest.SQLite(t))
	for _, src := range []string{
		`<!DOCTYPE Bundle [<!ENTITY a "b">]>` + string(dose().xml()),
		strings.Replace(string(dose().xml()), "LOT1", "&xxe;", 1),
		strings.Replace(string(dose().xml()), "<Bundle xmlns=\"http://hl7.org/fhir\">", "<Bundle>", 1),
		strings.Replace(string(dose().xml()), "<lotNumber", strings.Repeat("<extension url=\"u\">", 200)+"<lotNumber", 1),
		strings.Replace(string(dose().xml()), "LOT1", strings.Repeat("A", 600<<10), 1),
	} {
		p.waits(in, src, Damaged)
	}
}
