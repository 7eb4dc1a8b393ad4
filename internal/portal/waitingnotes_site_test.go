package portal

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/record"
)

const bosNotes = bosFamily + "/notes"

// told is who is told of a note now, as "address kind", in order.
func (s *site) told() (all []string) {
	s.t.Helper()
	s.noted()
	for _, m := range s.mail() {
		all = append(all, m.Address+" "+m.Kind.String())
	}
	slices.Sort(all)
	return all
}

func (s *site) toldAre(when string, want ...string) {
	s.t.Helper()
	if got := s.told(); !slices.Equal(got, want) {
		s.t.Errorf("%s: told are %q, want %q", when, got, want)
	}
}

// staffNote is a note of staff with the Provenance that says so; more is what else
// its meta says.
func staffNote(id, child, sent, said, more string) []string {
	return []string{fmt.Sprintf(`{"resourceType":"Communication","id":%q,"status":"completed","sent":%q,"subject":{"reference":"Patient/%s"},"sender":{"reference":"Practitioner/p1","display":"Dr Ada Obi"},"payload":[{"contentString":%q}],"meta":{"tag":[{"system":"urn:bevan:child","code":"note"}]%s}}`, id, sent, child, said, more),
		fmt.Sprintf(`{"resourceType":"Provenance","id":"p%s","target":[{"reference":"Communication/%s"},{"reference":"Patient/%s"}],"recorded":"2026-05-03T14:30:00Z","agent":[{"who":{"reference":"Practitioner/p1"}}]}`, id, id, child)}
}

// A note of a family is on the list of the team that looks after the child, and marked
// on somebody's own list, until it is answered or marked as read. Nobody else has it,
// and what came while an answer was written goes on waiting.
func TestANoteOfAFamilyWaitsForItsTeam(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		s.operator.workAs(staff.Operator)
		dot := s.rescuer(s.operator, s.operator.hospital("RXD"), "Nurse Dot")
		ada.send(boAt+"/go", "to", "k")
		ada.get(notesAt).shows(http.StatusOK, "Notes from families", "No note waits for you here.")
		pat.send(bosNotes, "note", "Does Bo need shoes yet?").to(bosNotes)
		s.noted()
		s.looks()
		list := ada.get(notesAt)
		list.shows(http.StatusOK, "Bo Reed", "3 May 2025", "999 000 7217", "Waiting since")
		if at := list.find(`href="([^"]+)">Bo Reed`); at != boAt+"/child/notes" {
			t.Errorf("the row leads to %s", at)
		}
		list.hides("shoes", "Kit Marsh", "No note waits")
		if !slices.ContainsFunc(s.looks(), func(e audit.Entry) bool { return e.Who.Role == access.RoleProfessional && e.Verb == access.Search }) {
			t.Error("a name is shown, and no look is written down")
		}
		ada.get(listAt).shows(http.StatusOK, "A note from the family waits : Bo Reed")
		dot.get(notesAt).hides("Bo Reed")

		seen := ada.get(boAt + "/child/notes")
		seen.shows(http.StatusOK, "A note waits for an answer.", "Mark as read")
		pat.get(bosNotes).hides("Mark as read")
		ids := seen.find(`name="seen" value="([^"]+)"`)
		s.clock.move(time.Minute)
		pat.send(bosNotes, "note", "And which size?").to(bosNotes)
		s.clock.move(time.Minute)
		ada.send(boAt+"/child/notes", "note", "Not before walking outside.", "seen", ids).to(boAt + "/child/notes")
		s.noted()
		ada.get(notesAt).shows(http.StatusOK, "Bo Reed")
		for _, at := range []string{boAt + "/child/notes", boAt + "/child"} { // though the newest is the answer
			ada.get(at).shows(http.StatusOK, "A note waits for an answer.")
		}
		s.readsAll(ada, pat)
	})
}

// readsAll has all notes about Bo marked as read: they are on no list until the family
// writes again.
func (s *site) readsAll(ada, pat *person) {
	s.t.Helper()
	for range 2 {
		ada.send(boAt+"/child/notes/read", "key", aKey).to(boAt + "/child/notes")
		ada.get(boAt+"/child/notes").shows(http.StatusOK, "The notes are marked as read.")
	}
	s.noted()
	for _, at := range []string{notesAt, listAt, boAt + "/child/notes"} {
		ada.get(at).hides("Notes that wait Name", "A note from the family waits", "waits for an answer", "Mark as read")
	}
	ada.get(listAt).shows(http.StatusOK, "Bo Reed")
	a := pat.get(bosNotes)
	a.shows(http.StatusOK, "Dr Ada Obi Has read the notes before this.")
	a.hides("waits for an answer")
	if n := len(s.all("Communication")); n != 4 {
		s.t.Errorf("%d notes", n)
	}
	s.clock.move(time.Minute)
	pat.send(bosNotes, "note", "One more thing.").to(bosNotes)
	s.noted()
	ada.get(notesAt).shows(http.StatusOK, "Bo Reed")
}

// Each who acts for a child and sees a note of staff is told of it once, without a
// word of it and without a name. Nobody else is: not who wrote it, whose right ended,
// who wants none, and from whom it is kept.
func TestWhoIsToldOfANote(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		pat.addressed("pat@example.org")
		joins := func(name, id, number string) (*person, mandate.Mandate) {
			p := s.proven(name, id, number)
			p.addressed(id + "@example.org")
			return p, p.parentOf("bo")
		}
		_, ended := joins("Eve Reed", "eve", "9990007233")
		quiet, _ := joins("Dan Reed", "dan", "9990007241")
		joins("Mo Reed", "mo", "9990007268")
		pat.must(s.cfg.Mandates.EndAsStaff(t.Context(), surgery, ended.ID, mandate.Changed, "a court said so"))
		quiet.send("/account/reminders", "want", "none").to("/account/reminders")
		ada.addressed("ada@example.org")
		ada.parentOf("bo")
		s.told()

		ada.send(boAt+"/child/notes", "note", "Zanzibar is the word.").to(boAt + "/child/notes")
		s.noted()
		var got []string
		for _, m := range s.mail() {
			got = append(got, m.Address+" "+m.Kind.String())
			house := notify.House{Service: "Bevan", Site: origin}
			if text := house.Subject(m) + house.Text(m); strings.Contains(text, "Zanzibar") || strings.Contains(text, "Bo ") || strings.Contains(text, "Reed") || strings.Contains(text, "Ada") {
				t.Errorf("a message says %q", text)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, []string{"mo@example.org child-note", "pat@example.org child-note"}) {
			t.Errorf("told are %q", got)
		}
		s.toldAre("again")
		pat.send(bosNotes, "note", "Thank you.").to(bosNotes)
		s.toldAre("of a note of the family")
		ada.send(boAt + "/child/notes/read").to(boAt + "/child/notes")
		s.toldAre("that it was read")
		ada.send(boAt+"/child/safeguarding/write", "key", aKey, "step", "save", "note", "Bruise on the arm.").to(boAt + "/child/safeguarding")
		s.toldAre("of a note for professionals")
		s.put(staffNote("kept", "bo", "2026-05-03T14:30:00Z", "For the child alone.", `,"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"}]`)...)
		s.toldAre("of one that is kept from parents")
		s.put(staffNote("old", "bo", "2026-04-01T14:30:00Z", "From long ago.", "")...)
		s.toldAre("of one that is brought in from elsewhere")
		ada.send(boAt+"/child/notes", "note", "One.").to(boAt + "/child/notes")
		ada.send(boAt+"/child/notes", "note", "Two.").to(boAt + "/child/notes")
		s.toldAre("of two at once", "mo@example.org child-note", "pat@example.org child-note")
		quiet.send("/account/reminders", "want", "some").to("/account/reminders")
		s.toldAre("who wants messages again")
	})
}

// One of two parents from whom a note is kept is not told of it, and the other is.
func TestANoteIsToldByEachOnesOwnLook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		pat.addressed("pat@example.org")
		mo := s.proven("Mo Reed", "mo", "9990007268")
		mo.addressed("mo@example.org")
		mo.parentOf("bo")
		right, ok, err := s.cfg.Mandates.HeldBy(t.Context(), mo.account(), mo.rightOf("bo"))
		mo.must(err)
		if !ok {
			t.Fatal("the right gives nothing")
		}
		s.put(keptNotes(right.Holder))
		s.told()
		ada.send(boAt+"/child/notes", "note", "Come on Monday.").to(boAt + "/child/notes")
		s.toldAre("the one who sees it", "pat@example.org child-note")
		mo.send("/family/act", "right", mo.rightOf("bo")).to("/family/record")
		mo.get(bosNotes).hides("Come on Monday.")
		pat.get(bosNotes).shows(http.StatusOK, "Come on Monday.")
	})
}

// keptNotes is a choice by which somebody sees none of the notes about Bo.
func keptNotes(from string) string {
	return `{"resourceType":"Consent","id":"bonotes","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],` +
		`"patient":{"reference":"Patient/bo"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny","actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"` + from + `"}}],"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Communication"}]}}`
}

// A young person with an account is told of a note in their own red book.
func TestAYoungPersonIsToldOfANote(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, _, _ := nursery(t, d)
		tam := s.linked("Tam", "tam")
		tam.addressed("tam@example.org")
		s.surgeries = append(s.surgeries, s.orgOf("bo"))
		s.put(staffNote("t1", "tam", "2026-05-03T14:30:00Z", "Come on Monday.", "")...)
		s.toldAre("the one whose record it is", "tam@example.org own-note")
		tam.get("/record/child/notes").shows(http.StatusOK, "Come on Monday.")
		ada.get(notesAt).hides("Tam")
	})
}

// What a family may do by an app of theirs: it can not put a note into a record that
// is not theirs, nor on a list of somebody else's, and what it writes as if it were
// staff neither tells anybody nor ends the wait of a note.
func TestAttack76AFamilyWritesNotesByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		s.operator.workAs(staff.Operator)
		dot := s.rescuer(s.operator, s.operator.hospital("RXD"), "Nurse Dot")
		mo := s.proven("Mo Reed", "mo", "9990007268")
		mo.addressed("mo@example.org")
		mo.parentOf("bo")
		s.told()
		write := pat.writesAbout("bo")
		for name, text := range map[string]string{
			"another's record": familyNote("x1", "kit", "For Kit's list."),
			"a Provenance":     strings.Replace(staffNote("x2", "bo", "2026-05-03T14:30:00Z", "x", "")[1], "px2", "x3", 1),
			"a care team":      `{"resourceType":"CareTeam","id":"x4","status":"active","subject":{"reference":"Patient/bo"},"participant":[{"member":{"reference":"Organization/` + s.operator.hospitalAgain("RXD") + `"}}]}`,
		} {
			if write(text) == nil {
				t.Errorf("a parent writes %s", name)
			}
		}
		pat.send(boAt+"/child/notes", "note", "As staff.")
		pat.send(boAt + "/child/notes/read")
		pat.get(notesAt).hides("Notes that wait")

		mo.send("/family/act", "right", mo.rightOf("bo")).to("/family/record")
		mo.send(bosNotes, "note", "Who answers me?").to(bosNotes)
		pat.must(write(staffNote("forged", "bo", "2026-05-03T14:30:00Z", "All is well.", "")[0]))
		future := strings.Replace(familyNote("future", "bo", "From the future."), "2026-05-03", "2099-05-03", 1)
		pat.must(write(future))
		s.toldAre("of a note that a parent wrote as staff")
		ada.get(notesAt).shows(http.StatusOK, "Bo Reed")
		ada.get(boAt+"/child/notes").shows(http.StatusOK, "A note waits for an answer.")
		dot.get(notesAt).hides("Bo Reed", "Kit Marsh")
		ada.get(notesAt).hides("Kit Marsh")

		s.clock.move(time.Minute)
		ada.send(boAt + "/child/notes/read").to(boAt + "/child/notes")
		s.noted()
		ada.get(notesAt).hides("Bo Reed")
		s.clock.move(time.Minute)
		mo.send(bosNotes, "note", "And now?").to(bosNotes) // behind the one from the future
		s.noted()
		ada.get(notesAt).shows(http.StatusOK, "Bo Reed")
	})
}

// writesAbout writes what an app of somebody may write about a child for whom they act.
func (p *person) writesAbout(child string) func(text string) error {
	p.t.Helper()
	right, ok, err := p.s.cfg.Mandates.HeldBy(p.t.Context(), p.account(), p.rightOf(child))
	p.must(err)
	if !ok {
		p.t.Fatal("the right gives nothing")
	}
	r, err := p.s.door.Open(p.t.Context(), right.Who(staff.Actor(p.account()), access.AllTypes(access.AllVerbs)), record.About{Patient: child}, access.Proxy)
	p.must(err)
	return func(text string) error {
		tree, err := fhir.Parse([]byte(text), fhir.Limits{})
		p.must(err)
		_, err = r.Transact(p.t.Context(), []record.Op{{Method: record.Post, Key: record.Key{Type: tree.Root().Get("resourceType").Str()}, Body: tree}})
		return err
	}
}

// rightOf is the right by which somebody acts for a child.
func (p *person) rightOf(child string) string {
	p.t.Helper()
	held, err := p.s.cfg.Mandates.Held(p.t.Context(), child)
	p.must(err)
	for _, h := range held {
		if h.Relation.Account == p.account() {
			return h.ID
		}
	}
	return ""
}

// What a family keeps from a team is on no list of theirs, and a note that is seen no
// more waits no more.
func TestAttack76ANoteThatIsKeptFromATeamIsOnNoListOfTheirs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, org := nursery(t, d)
		ada.send(boAt+"/go", "to", "k")
		pat.send(bosNotes, "note", "Does Bo need shoes yet?").to(bosNotes)
		s.noted()
		ada.get(notesAt).shows(http.StatusOK, "Bo Reed")
		s.put(keptNotes("Organization/" + org))
		ada.get(notesAt).hides("Bo Reed") // at once, by their own look
		ada.get(listAt).shows(http.StatusOK, "Bo Reed")
		ada.get(listAt).hides("A note from the family waits")
		s.clock.move(7 * time.Hour)
		ada = ada.elsewhere()
		ada.workAs(staff.Clinician)
		s.noted()
		rows, _, err := s.cfg.Talks.List(t.Context(), org, "", 10)
		if err != nil || len(rows) != 0 {
			t.Errorf("%d rows are kept of what is hidden, %v", len(rows), err)
		}
	})
}
