package recall

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/notify"
)

// round is one round of reminders, to its end, and what it came to.
func (s *site) round() (sent Sent) {
	s.t.Helper()
	id, err := s.Start(s.t.Context(), s.queue, RemindKind, access.Operator("console:test"))
	s.ok(err)
	s.queue.Start(1)
	var last jobs.Status
	s.ok(s.queue.Watch(s.t.Context(), id, func(st jobs.Status) bool { last = st; return true }))
	if last.State != jobs.Done {
		s.t.Fatalf("the round ended as %s: %s", last.State, last.Error)
	}
	s.ok(json.Unmarshal(last.Result, &sent))
	return sent
}

// family is a child with a parent who has an account.
func (s *site) family(child, adult string) {
	s.t.Helper()
	s.write(patient(child, bornInJanuary, "hill"), patient(adult, "1990-01-01", "hill"))
	s.join(adult)
	s.parent(adult, child)
}

// A parent is told once for a dose, again after some weeks, and not for ever; of
// nobody's vaccination, and of nothing that is hidden from them.
func TestRemindersAreFewAndSayNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.family("sam", "alex")
		s.write(patient("kit", bornInJanuary, "hill"), patient("teen", "2010-01-01", "hill")) // nobody acts for Kit
		s.join("teen")
		s.settle()
		if got := s.round(); got != (Sent{2, 2}) {
			t.Errorf("the first round sent %+v", got)
		}
		want(t, "the first round", s.mail(), "alex@example.org child-book-due", "teen@example.org own-book-due")
		for _, m := range s.got {
			for _, no := range []string{"sam", "Sam", "alex", "Hill", "DTP", "6-in-1", "MMR", "MMR", "vaccin", "jab", "2026-0", "overdue", "late"} {
				house := notify.House{Service: "Bevan", Site: "https://id.example.org"}
				if text := house.Subject(m) + house.Text(m); strings.Contains(text, no) {
					t.Errorf("a message says %q:\n%s", no, text)
				}
			}
		}
		s.round()
		want(t, "at once again", s.mail())
		s.pass(27 * 24 * time.Hour)
		s.round()
		// By now the third doses are due, of which nobody was told: those whose first
		// dose is not given have none of them.
		want(t, "within four weeks", s.mail())
		s.pass(2 * 24 * time.Hour)
		s.round()
		if got := s.mail(); len(got) != 2 {
			t.Errorf("after four weeks: %q", got)
		}
		if row := s.rows(Ask{Practice: "hill", Overdue: true, Programme: "DTP", Most: 50})[0]; row.Reminded == 0 && row.Patient == "sam" {
			t.Error("the list does not say when the family was reminded")
		}
		for range 6 {
			s.pass(30 * 24 * time.Hour)
			s.round()
		}
		n := 0
		for _, m := range s.mail() {
			if m == "alex@example.org child-book-due" {
				n++
			}
		}
		// 6-in-1, MenB, and PCV when it became due: three times each at most.
		if n > 4 {
			t.Errorf("%d more messages in half a year", n)
		}
	})
}

// A dose that is given, a no, a move and a death end reminders; so does a right
// that ended, and a wish for none.
func TestRemindersEnd(t *testing.T) {
	for name, end := range map[string]func(s *site){
		"given": func(s *site) {
			for i, j := range jabs {
				for k := range j.due {
					s.write(jab(fmt.Sprintf("g%d-%d", i, k), "sam", j.id, fmt.Sprintf("2026-04-0%d", k+1), "completed"))
				}
			}
		},
		"refused":     func(s *site) { s.write(contact(s.t.(*testing.T), "sam", Refused, "", "2026-05-01")) },
		"moved":       func(s *site) { s.write(contact(s.t.(*testing.T), "sam", Moved, "", "2026-05-01")) },
		"died":        func(s *site) { s.write(patient("sam", bornInJanuary, "hill", `"deceasedBoolean":true`)) },
		"erased":      func(s *site) { s.ok(s.Forget(s.t.Context(), "sam")) },
		"not wanted":  func(s *site) { s.ok(s.SetQuiet(s.t.Context(), s.owner["alex"], true)) },
		"right ended": func(s *site) { s.endRights("sam") },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				s.family("sam", "alex")
				s.settle()
				end(s)
				s.settle()
				s.mail()
				if got := s.round(); got != (Sent{}) {
					t.Errorf("a round sent %+v", got)
				}
				want(t, "after the end", s.mail())
			})
		})
	}
}

// endRights ends every right to act for a child.
func (s *site) endRights(child string) {
	s.t.Helper()
	all, err := s.mandates.About(s.t.Context(), child)
	s.ok(err)
	for _, m := range all {
		s.ok(s.mandates.EndAsStaff(s.t.Context(), mandate.By{Actor: "account:clerk", Organisation: "A81001"}, m.ID, mandate.Changed, "a court said so"))
	}
}

// Somebody who wants none, and then wants them again.
func TestRemindersCanBeStoppedAndAskedForAgain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.family("sam", "alex")
		s.settle()
		for range 2 {
			s.ok(s.SetQuiet(t.Context(), s.owner["alex"], true))
		}
		if since, err := s.Quiet(t.Context(), s.owner["alex"]); err != nil || since == 0 {
			t.Errorf("%d, %v", since, err)
		}
		s.round()
		want(t, "while quiet", s.mail())
		s.ok(s.SetQuiet(t.Context(), s.owner["alex"], false))
		s.round()
		want(t, "after it", s.mail(), "alex@example.org child-book-due")
	})
}

// A round that is killed between any two children, and begun again from its
// beginning, sends each message once.
func TestARoundThatIsKilledSendsNothingTwice(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i := range 5 {
			s.family(fmt.Sprintf("kid%d", i), fmt.Sprintf("adult%d", i))
		}
		s.settle()
		for reached := range 4 { // no progress was saved
			for i := range reached {
				if _, err := s.remindOf(t.Context(), fmt.Sprintf("kid%d", i)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := s.round(); got != (Sent{2, 2}) {
			t.Errorf("what was left is %+v", got)
		}
		got := s.mail()
		if len(got) != 5 || len(slices.Compact(got)) != 5 {
			t.Errorf("sent %q", got)
		}
	})
}

// Where the message can not be queued, nothing says that it was sent.
func TestNoReminderIsNotedThatWasNotSent(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.family("sam", "alex")
		s.settle()
		err := s.d.Write(t.Context(), func(tx *db.Tx) error {
			if fresh, err := s.noteReminders(tx, "sam", []line{{programme: "DTP", dose: 1}}); err != nil || !fresh {
				t.Errorf("%v, %v", fresh, err)
			}
			return errors.New("the message can not be queued")
		})
		if err == nil {
			t.Fatal("it was queued")
		}
		if got := s.round(); got != (Sent{1, 1}) {
			t.Errorf("a round sent %+v", got)
		}
	})
}

// A family is told of what their own look at the record says, whatever the practice
// can see: who hid what was given from the practice is not asked for it again.
func TestAFamilyIsToldByWhatTheySeeThemselves(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.family("sam", "alex")
		for i, which := range []string{"DTP", "DTP", "DTP", "rotavirus", "rotavirus", "MenB", "MenB", "PCV"} {
			s.write(jab(fmt.Sprintf("h%d", i), "sam", which, fmt.Sprintf("2026-04-%02d", i+1), "completed"))
		}
		s.write(deny("c", "sam", "hill", ""))
		s.settle()
		if n := len(s.listed(Ask{Practice: "hill", Overdue: true, Most: 50})); n != 3 {
			t.Fatalf("the practice, which sees none of them, has %d on its list", n)
		}
		if got := s.round(); got != (Sent{}) {
			t.Errorf("a round sent %+v", got)
		}
		want(t, "with all given", s.mail())
	})
}

// Another version of the schedule is reckoned as work that says how far it is, and
// goes on where it was stopped.
func TestAnotherScheduleIsReckonedByWork(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i := range 7 {
			s.write(patient(fmt.Sprintf("kid%d", i), bornInJanuary, "hill"))
		}
		s.settle()
		newer := s.node("v2", nil)
		if n, err := newer.Stale(t.Context()); err != nil || n != 7 {
			t.Fatalf("%d are to be reckoned, %v", n, err)
		}
		s.ok(newer.Reckon(t.Context(), "kid3", 0)) // somebody's record changed meanwhile
		q, err := jobs.Open(t.Context(), s.d, jobs.Options{Now: s.now})
		s.ok(err)
		newer.Handle(q)
		q.Start(1)
		defer q.Close()
		id, err := newer.Start(t.Context(), q, RenewKind, access.Operator("console:test"))
		s.ok(err)
		var last jobs.Status
		s.ok(q.Watch(t.Context(), id, func(st jobs.Status) bool { last = st; return true }))
		if n, err := newer.Stale(t.Context()); err != nil || n != 0 || last.State != jobs.Done || last.Done != 6 || last.Total != 6 {
			t.Errorf("%d are left, %v, %+v", n, err, last)
		}
	})
}
