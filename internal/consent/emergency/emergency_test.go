package emergency

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// The whole way: a reason, a passkey, half an hour with one record, the person
// is told, somebody else reviews it.
func TestAnEmergencyOpensOneRecordForHalfAnHour(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, ada := s.join("ann"), s.hire("ada", "RXH", staff.Clinician)
		s.own["ann"] = ann.id
		m := ada.opens("ann", "")
		if m.Ends.Sub(m.Begun) != 30*time.Minute || m.Policy != "2026-1" || !m.Reached || m.Told.IsZero() || m.State != Waits {
			t.Errorf("it is %+v", m)
		}
		s.told("ann@example.org emergency-opened")
		s.ok(s.sees(m, "", "a"))
		s.ok(s.sees(m, "ann", "a"))
		for _, e := range s.log {
			if e.Purpose != access.Emergency || e.Rule != "professional-emergency" || e.Who.Mandate != "emergency:"+m.ID || e.Who.Actor != "account:"+ada.id || e.Person == 0 {
				t.Errorf("the log says %+v", e)
			}
			if strings.Contains(fmt.Sprintf("%+v", e), "consciousness") {
				t.Error("the log holds the reason")
			}
		}
		if len(s.log) != 2 {
			t.Errorf("%d looks are logged", len(s.log))
		}
		used, err := s.Use(t.Context(), ada.by(), m.ID)
		s.ok(err)
		if used.Who() != m.Who() {
			t.Errorf("it is used as %+v", used.Who())
		}
		seen, err := s.OfPatient(t.Context(), "ann")
		s.ok(err)
		if len(seen) != 1 || seen[0].Details.Reason != reason || seen[0].Name != "Dr ada" || seen[0].OrganisationName != "Hospital RXH" {
			t.Errorf("the person reads %+v", seen)
		}
		s.clock.move(30*time.Minute - time.Second)
		s.ok(s.sees(m, "ann", "a"))
		s.clock.move(time.Second)
		refused(t, "after its end", s.sees(m, "ann", "a"), problem.Forbidden, "")
		ada = ada.elsewhere() // the sign-in has gone idle
		mine, err := s.Mine(t.Context(), ada.id)
		s.ok(err)
		if len(mine) != 1 || mine[0].Open(s.clock.now()) {
			t.Errorf("the holder reads %+v", mine)
		}
	})
}

// What is read in an emergency can not be written, and is of one person.
func TestAttack71BreakGlassWithoutReasonForAnotherOrLater(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada := s.hire("ada", "RXH", staff.Clinician)
		for _, bad := range []string{"", " ", "short", "         .", strings.Repeat("long ", 200), "the right\u202etfel eht words", "a bad byte \xff here", "a control \x01 character"} {
			_, err := s.Declare(t.Context(), ada.by(), Wanted{Patient: "ann", Details: Details{Reason: bad}})
			refused(t, fmt.Sprintf("the reason %.20q", bad), err, problem.Invalid, "emergency-reason")
		}
		m := ada.opens("ann", "")
		refused(t, "a second person", s.sees(m, "bob", "b"), problem.Forbidden, "")
		refused(t, "another's allergy", s.sees(m, "", "b"), problem.NotFound, "")
		forged := m.Who()
		forged.Patient = "bob"
		forged.For = 99
		_, err := s.door.Open(t.Context(), forged, record.About{}, access.Emergency)
		refused(t, "another in context", err, problem.Forbidden, "")
		for _, change := range []func(*access.Who){func(w *access.Who) { w.Mandate = "" }, func(w *access.Who) { w.Until = 0 }, func(w *access.Who) { w.Patient = "" },
			func(w *access.Who) { w.Organisation = "" }, func(w *access.Who) { w.Kind = access.Client }, func(w *access.Who) { w.Role = access.RoleSelf }} {
			w := m.Who()
			change(&w)
			_, err := s.door.Open(t.Context(), w, record.About{}, access.Emergency)
			refused(t, fmt.Sprintf("%+v", w), err, problem.Forbidden, "")
		}
		session, err := s.door.Open(t.Context(), m.Who(), record.About{}, access.Emergency)
		s.ok(err)
		_, err = session.Transact(t.Context(), []record.Op{{Method: record.Delete, Key: record.Key{Type: "AllergyIntolerance", ID: "a"}}})
		refused(t, "a write", err, problem.Forbidden, "")

		_, err = s.Begin(t.Context(), ada.touch(), m.ID)
		refused(t, "the same one again", err, problem.Conflict, "emergency-late")
		s.clock.move(29 * time.Minute)
		_, err = s.Use(t.Context(), ada.by(), m.ID)
		s.ok(err)
		s.clock.move(time.Minute)
		ada.touch()
		_, err = s.Use(t.Context(), ada.by(), m.ID)
		refused(t, "after its end, with a fresh passkey", err, problem.Forbidden, "emergency-over")
		late := ada.declare("ann", "")
		s.clock.move(10 * time.Minute)
		_, err = s.Begin(t.Context(), ada.touch(), late)
		refused(t, "a reason of ten minutes ago", err, problem.Conflict, "emergency-late")
	})
}

// Who may not, by role, by sign-in, by proof and by when they were verified.
func TestAttack23BreakGlassAtLowAssurance(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, role := range staff.Roles() {
			p := s.hire("p"+string(role), "RXH", role)
			_, err := s.Declare(t.Context(), p.by(), Wanted{Patient: "ann", Details: Details{Reason: reason}})
			if role == staff.Clinician {
				s.ok(err)
			} else {
				refused(t, string(role), err, problem.Forbidden, "role-no-page")
			}
		}
		_, err := s.Declare(t.Context(), s.join("nobody").by(), Wanted{Patient: "ann", Details: Details{Reason: reason}})
		refused(t, "somebody who works nowhere", err, problem.Forbidden, "role-no-page")

		ada := s.hire("ada", "RXH", staff.Clinician)
		id := ada.declare("ann", "")
		_, err = s.Begin(t.Context(), ada.by(), id)
		s.clock.move(time.Second)
		if err != nil { // the sign-in of this second counts, one before the reason does not
			t.Error(err)
		}
		id = ada.declare("ann", "")
		_, err = s.Begin(t.Context(), ada.by(), id)
		refused(t, "a passkey that was touched before the reason was given", err, problem.Forbidden, "needs-fresh")
		b := ada.touch()
		s.clock.move(5 * time.Minute)
		_, err = s.Begin(t.Context(), b, id)
		refused(t, "a touch of five minutes ago", err, problem.Forbidden, "needs-fresh")

		weak := ada.touch()
		weak.Session.Strength = account.Shared
		_, err = s.Begin(t.Context(), weak, id)
		refused(t, "a code of six digits", err, problem.Forbidden, "needs-passkey")
		copied := ada.by()
		copied.Session.Assured = false
		_, err = s.Begin(t.Context(), copied, id)
		refused(t, "a passkey that can be copied", err, problem.Forbidden, "staff-signed-in-copied")
		s.ok(s.Accounts.SetProof(t.Context(), ada.id, account.P5))
		_, err = s.Begin(t.Context(), ada.touch(), id)
		refused(t, "P5", err, problem.Forbidden, "needs-proof")
		s.ok(s.Accounts.SetProof(t.Context(), ada.id, account.P9))

		codes, err := s.Accounts.NewRecoveryCodes(t.Context(), ada.touch().Session)
		s.ok(err)
		before := ada.by()
		_, _, err = s.Accounts.Recover(t.Context(), s.somewhere(), codes[0], "Firefox")
		s.ok(err)
		after := ada.by()
		if after.Session.Proof >= before.Session.Proof {
			t.Errorf("a recovery leaves P%d", after.Session.Proof)
		}
		_, err = s.Begin(t.Context(), after, id)
		refused(t, "after a recovery", err, problem.Forbidden, "needs-proof")
	})
}

// An emergency is of one sign-in, one place and one passkey, and nobody else's.
func TestAnEmergencyIsBoundToTheSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada, eve := s.hire("ada", "RXH", staff.Clinician), s.hire("eve", "RXH", staff.Clinician)
		id := ada.declare("ann", "")
		_, err := s.Begin(t.Context(), eve.touch(), id)
		refused(t, "another's", err, problem.NotFound, "no-emergency")
		_, err = s.Begin(t.Context(), ada.elsewhere().touch(), id)
		refused(t, "from another browser", err, problem.NotFound, "no-emergency")
		m, err := s.Begin(t.Context(), ada.touch(), id)
		s.ok(err)
		_, err = s.Use(t.Context(), eve.by(), id)
		refused(t, "used by another", err, problem.NotFound, "no-emergency")
		_, err = s.Use(t.Context(), ada.elsewhere().by(), id)
		refused(t, "used from another browser", err, problem.NotFound, "no-emergency")
		other := ada.by()
		other.Session.Passkey = "another"
		_, err = s.Use(t.Context(), other, id)
		refused(t, "used by another device", err, problem.NotFound, "no-emergency")
		for _, b := range []error{s.End(t.Context(), eve.by(), id)} {
			refused(t, "ended by another", b, problem.NotFound, "no-emergency")
		}
		_, err = s.Use(t.Context(), ada.by(), "nothing")
		refused(t, "one that never was", err, problem.NotFound, "no-emergency")

		// Every node asks the same table.
		far := node(t, s.db, s.ring, s.clock)
		_, err = far.Use(t.Context(), ada.by(), id)
		s.ok(err)
		s.ok(s.End(t.Context(), ada.elsewhere().by(), id))
		_, err = far.Use(t.Context(), ada.by(), id)
		refused(t, "ended, on another node", err, problem.Forbidden, "emergency-over")
		at, err := s.Mine(t.Context(), ada.id)
		s.ok(err)
		s.clock.move(time.Minute)
		s.ok(s.End(t.Context(), ada.by(), id)) // twice is no error, and changes nothing
		again, err := s.Mine(t.Context(), ada.id)
		s.ok(err)
		if at[0].Ended.IsZero() || !again[0].Ended.Equal(at[0].Ended) || again[0].Ends != m.Ends {
			t.Errorf("it ended at %v, then at %v", at[0].Ended, again[0].Ended)
		}

		// A place that is taken away takes the emergency with it.
		m = ada.opens("bob", "")
		s.ok(s.Staff.EndMember(t.Context(), ada.place, time.Time{}, "console:test", "left"))
		b := ada.elsewhereWithoutPlace()
		_, err = s.Use(t.Context(), b, m.ID)
		refused(t, "without the place", err, problem.Forbidden, "role-no-page")
		if err := s.Accounts.EndAll(t.Context(), ada.id); err != nil {
			t.Fatal(err)
		}
		_, err = s.Declare(t.Context(), b, Wanted{Patient: "ann", Details: Details{Reason: reason}})
		refused(t, "by a sign-in that ended", err, problem.Forbidden, "role-no-page")
	})
}

func (p *person) elsewhereWithoutPlace() By {
	p.s.t.Helper()
	session, err := p.s.Accounts.Session(p.s.t.Context(), p.secret)
	p.s.ok(err)
	return By{Session: session}
}

// One account can not open one record after the other.
func TestEmergenciesAreSeldom(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.Policy.MostPerDay = 2
		ada := s.hire("ada", "RXH", staff.Clinician)
		ada.declare("ann", "")
		ada.declare("ann", "")
		_, err := s.Declare(t.Context(), ada.by(), Wanted{Patient: "ann", Details: Details{Reason: reason}})
		refused(t, "a third", err, problem.TooMany, "emergency-many")
		s.clock.move(24*time.Hour + time.Second)
		ada.elsewhere().declare("ann", "")
	})
}

// Nothing that somebody wrote can be read in the tables, and it goes with the
// key of the person. What was never begun goes after a day.
func TestWhatIsWrittenIsSealedAndForgotten(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, ada, rue := s.join("ann"), s.hire("ada", "RXH", staff.Clinician), s.hire("rue", "RXH", staff.Auditor)
		s.own["ann"] = ann.id
		m := ada.opens("ann", "")
		ada.declare("ann", "")
		s.ok(s.Decide(t.Context(), rue.by(), m.ID, Question, "Which bed was it, and who called you?"))
		for _, sql := range []string{"SELECT sealed FROM emergency", "SELECT sealed FROM emergency_note", "SELECT key FROM emergency_key"} {
			n := 0
			s.ok(s.db.Query(t.Context(), sql, nil, func(r *db.Row) error {
				n++
				for _, bad := range []string{"consciousness", "Ann Hill", "9990000018", "which bed", "Which bed"} {
					if bytes.Contains(r.Bytes(0), []byte(bad)) {
						t.Errorf("%s shows %q", sql, bad)
					}
				}
				return nil
			}))
			if n == 0 {
				t.Errorf("%s gives nothing", sql)
			}
		}
		last, err := s.Rewrap(t.Context(), "", 10)
		s.ok(err)
		if last != "ann" {
			t.Errorf("the last key is that of %q", last)
		}
		s.clock.move(24*time.Hour + time.Second)
		s.ok(s.Sweep(t.Context()))
		n := 0
		s.ok(s.db.Query(t.Context(), "SELECT id FROM emergency", nil, func(*db.Row) error { n++; return nil }))
		if n != 1 {
			t.Errorf("%d are left", n)
		}
		s.ok(s.Forget(t.Context(), "ann"))
		seen, err := s.OfPatient(t.Context(), "ann")
		s.ok(err)
		c, err := s.Case(t.Context(), rue.elsewhere().by(), m.ID)
		s.ok(err)
		if len(seen) != 1 || seen[0].Details != (Details{}) || c.Details != (Details{}) || len(c.Notes) != 1 || c.Notes[0].Text != "" {
			t.Errorf("what was forgotten is %+v and %+v", seen, c)
		}
	})
}
