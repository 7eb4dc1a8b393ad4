package emergency

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

func date(d int) time.Time { return time.Date(2026, 5, d, 0, 0, 0, 0, time.UTC) }

// Three working days, over weekends and holidays, to the end of the day.
func TestWhenAReviewIsDue(t *testing.T) {
	p, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	p.Holidays = []string{"2026-05-04"} // a Monday
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for begun, want := range map[time.Time]time.Time{
		time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC):   date(9),  // Tuesday: Wednesday to Friday
		time.Date(2026, 5, 5, 23, 59, 0, 0, time.UTC): date(9),  // late on Tuesday
		time.Date(2026, 5, 1, 14, 30, 0, 0, time.UTC): date(8),  // Friday: Tuesday to Thursday, since Monday is a holiday
		time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC):  date(8),  // Saturday
		time.Date(2026, 5, 7, 12, 0, 0, 0, time.UTC):  date(13), // Thursday: Friday, Monday, Tuesday
	} {
		if got := p.Due(begun, time.UTC); !got.Equal(want) {
			t.Errorf("begun %v it is due %v, want %v", begun, got, want)
		}
	}
	// In summer half past eleven in the evening of UTC is tomorrow in London.
	if got, want := p.Due(time.Date(2026, 5, 5, 23, 30, 0, 0, time.UTC), london), time.Date(2026, 5, 12, 0, 0, 0, 0, london); !got.Equal(want) {
		t.Errorf("in London it is due %v, want %v", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		begun := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "begun"), 0)
		due, days := p.Due(begun, london), 0
		for at := begun.In(london); at.Before(due); at = at.AddDate(0, 0, 1) {
			days++
		}
		if !due.After(begun.AddDate(0, 0, 3)) || days > 3+7 {
			t.Fatalf("begun %v it is due %v", begun, due)
		}
	})
}

func TestAPolicyIsReadWholeOrRefused(t *testing.T) {
	if _, err := BuiltIn(); err != nil {
		t.Fatal(err)
	}
	whole := func(change string) string {
		return `{"version":"v","minutes":30,"draftMinutes":10,"mostPerDay":20,"reasonLeast":10,"reasonMost":500,"reviewWorkingDays":3,"delayHours":24,"delayMostDays":30,"fewest":5` + change + `}`
	}
	if _, err := ReadPolicy([]byte(whole(""))); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "{}", "[]", whole(`,"minutes":0`), whole(`,"minutes":100000`), whole(`,"fewest":-1`), whole(`,"holidays":["soon"]`),
		whole(`,"hidden":1`), whole(`,"version":""`), whole(`,"reasonMost":20`), `{"version":"v","minutes":30}`} {
		_, err := ReadPolicy([]byte(bad))
		refused(t, bad, err, problem.Invalid, "")
	}
}

func FuzzReadPolicy(f *testing.F) {
	f.Add(builtIn)
	f.Add([]byte(`{"minutes":1e9}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ReadPolicy(b); err == nil && (p.Minutes <= 0 || p.Minutes > 240 || p.Fewest <= 0) {
			t.Errorf("a policy of %+v", p)
		}
	})
}

func TestSomebodyElseReviewsIt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, ada := s.join("ann"), s.hire("ada", "RXH01", staff.Clinician)
		rue, far := s.hire("rue", "RXH", staff.Auditor), s.hire("far", "RXK", staff.Auditor)
		s.own["ann"] = ann.id
		m := ada.opens("ann", "")
		queue, err := s.Queue(t.Context(), rue.by())
		s.ok(err)
		if len(queue) != 1 || queue[0].ID != m.ID || queue[0].Due != time.Date(2026, 5, 7, 0, 0, 0, 0, time.UTC) {
			t.Errorf("the queue is %+v", queue)
		}
		for _, p := range []*person{ada, ann} {
			_, err = s.Queue(t.Context(), p.by())
			refused(t, "the queue, for others", err, problem.Forbidden, "role-no-page")
			_, err = s.Case(t.Context(), p.by(), m.ID)
			refused(t, "a case, for others", err, problem.Forbidden, "role-no-page")
			refused(t, "a verdict, by others", s.Decide(t.Context(), p.by(), m.ID, WasRight, reason), problem.Forbidden, "role-no-page")
		}
		queue, err = s.Queue(t.Context(), far.by())
		s.ok(err)
		if len(queue) != 0 {
			t.Errorf("another hospital has %+v", queue)
		}
		_, err = s.Case(t.Context(), far.by(), m.ID)
		refused(t, "another hospital's", err, problem.NotFound, "no-emergency")
		refused(t, "a verdict of another hospital", s.Decide(t.Context(), far.by(), m.ID, WasRight, reason), problem.NotFound, "no-emergency")

		c, err := s.Case(t.Context(), rue.by(), m.ID)
		s.ok(err)
		if c.Details.Reason != reason || c.Details.NHSNumber != "9990000018" || len(c.Notes) != 0 || c.MayDelay(rue.id) {
			t.Errorf("the case is %+v", c)
		}
		refused(t, "without words", s.Decide(t.Context(), rue.by(), m.ID, WasRight, "fine"), problem.Invalid, "emergency-reason")
		refused(t, "no verdict", s.Decide(t.Context(), rue.by(), m.ID, Answer, reason), problem.Invalid, "emergency-verdict")
		s.ok(s.Decide(t.Context(), rue.by(), m.ID, Question, "Which bed was it, and who called you?"))
		refused(t, "an answer of another", s.Answer(t.Context(), rue.by(), m.ID, reason), problem.NotFound, "no-emergency")
		s.ok(s.Answer(t.Context(), ada.by(), m.ID, "Bed four, the ward sister called."))
		refused(t, "a second answer", s.Answer(t.Context(), ada.by(), m.ID, "And one more thing."), problem.Conflict, "emergency-decided")
		s.ok(s.Decide(t.Context(), rue.by(), m.ID, WasRight, "The ward sister says the same."))
		refused(t, "twice", s.Decide(t.Context(), rue.by(), m.ID, WasNotRight, "On second thoughts not."), problem.Conflict, "emergency-decided")
		mine, err := s.MyCase(t.Context(), ada.id, m.ID)
		s.ok(err)
		got := fmt.Sprint(mine.State)
		for _, n := range mine.Notes {
			got += fmt.Sprint("; ", n.Name, " ", n.What, " ", n.Text)
		}
		if got != "justified; Dr rue question Which bed was it, and who called you?; Dr ada answer Bed four, the ward sister called.; Dr rue justified The ward sister says the same." {
			t.Errorf("its holder reads %s", got)
		}
		_, err = s.MyCase(t.Context(), rue.id, m.ID)
		refused(t, "another's", err, problem.NotFound, "no-emergency")
		if queue, err = s.Queue(t.Context(), rue.by()); err != nil || len(queue) != 0 {
			t.Errorf("the queue is %+v, %v", queue, err)
		}
	})
}

// Nobody reviews themself, whatever hats they have, nor who looked at them.
func TestNobodyReviewsThemself(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada := s.hire("ada", "RXH", staff.Clinician)
		m := ada.opens("ann", "")
		other, err := s.Staff.AddMember(t.Context(), staff.Member{Account: ada.id, Name: "Dr ada", Organisation: s.org["RXH"].ID, Role: staff.Auditor}, "console:test")
		s.ok(err)
		s.ok(s.Accounts.ActIn(t.Context(), ada.by().Session, other.ID))
		refused(t, "oneself", s.Decide(t.Context(), ada.by(), m.ID, WasRight, reason), problem.Forbidden, "emergency-own")
		if queue, err := s.Queue(t.Context(), ada.by()); err != nil || len(queue) != 0 {
			t.Errorf("their own queue is %+v, %v", queue, err)
		}
		rue := s.hire("rue", "RXH", staff.Auditor)
		s.own["ann"] = rue.id
		refused(t, "about one's own record", s.Decide(t.Context(), rue.by(), m.ID, WasRight, reason), problem.Forbidden, "emergency-own")
		s.own["ann"] = ""
		s.ok(s.Decide(t.Context(), rue.by(), m.ID, WasRight, reason))
	})
}

// Only the reviewer who was named has somebody wait, with a reason, and never
// for ever.
func TestANamedReviewerDecidesWhetherThePersonWaits(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, ada := s.join("ann"), s.hire("ada", "RXH", staff.Clinician)
		rue, roy, far := s.hire("rue", "RXH", staff.Auditor), s.hire("roy", "RXH01", staff.Auditor), s.hire("far", "RXK", staff.Auditor)
		s.own["ann"] = ann.id
		names := ""
		all, err := s.Reviewers(t.Context(), ada.by())
		s.ok(err)
		for _, r := range all {
			names += r.Name + " "
		}
		if names != "Dr roy Dr rue " {
			t.Errorf("the reviewers are %s", names)
		}
		for _, bad := range []string{far.id, ada.id, ann.id, "nobody"} {
			_, err := s.Declare(t.Context(), ada.by(), Wanted{Patient: "ann", Details: Details{Reason: reason}, Reviewer: bad})
			refused(t, "a reviewer who is none", err, problem.Invalid, "emergency-reviewer")
		}
		untold := func(want int) {
			t.Helper()
			seen, err := s.OfPatient(t.Context(), "ann")
			s.ok(err)
			held, err := s.Untold(t.Context(), "ann")
			s.ok(err)
			if len(held) != want || len(seen)+len(held) == 0 {
				t.Errorf("%d are not told, %d are", len(held), len(seen))
			}
			for _, m := range seen {
				if held[m.Mandate()] {
					t.Error("one is told and not told")
				}
			}
		}
		m := ada.opens("ann", rue.id)
		s.told()
		untold(1)
		refused(t, "by another reviewer", s.Delay(t.Context(), roy.by(), m.ID, date(20), reason), problem.Forbidden, "emergency-not-asked")
		for _, bad := range []time.Time{s.clock.now(), date(1), {}, date(32)} {
			refused(t, "until "+bad.String(), s.Delay(t.Context(), rue.by(), m.ID, bad, reason), problem.Invalid, "emergency-delay")
		}
		refused(t, "without a reason", s.Delay(t.Context(), rue.by(), m.ID, date(20), ""), problem.Invalid, "emergency-reason")
		s.ok(s.Delay(t.Context(), rue.by(), m.ID, date(20), "They live with the one whom they fear."))
		s.ok(s.Sweep(t.Context()))
		s.told()
		s.clock.at = date(20)
		s.ok(s.Sweep(t.Context()))
		s.ok(s.Sweep(t.Context()))
		s.told("ann@example.org emergency-opened")
		untold(0)
		refused(t, "once they were told", s.Delay(t.Context(), rue.elsewhere().by(), m.ID, date(21), reason), problem.Conflict, "emergency-told")

		// Where nobody decides, the person is told after a day.
		ada, rue = ada.elsewhere(), rue.elsewhere()
		ada.opens("ann", rue.id)
		s.clock.move(24*time.Hour - time.Second)
		s.ok(s.Sweep(t.Context()))
		s.told()
		s.clock.move(time.Second)
		s.ok(s.Sweep(t.Context()))
		s.told("ann@example.org emergency-opened")
		ada, rue = ada.elsewhere(), rue.elsewhere()
		m = ada.opens("ann", rue.id)
		s.ok(s.TellNow(t.Context(), rue.by(), m.ID, "There is no danger that I can see."))
		s.told("ann@example.org emergency-opened")
		untold(0)
	})
}

// A person without an account is told by nobody, and the review says so.
func TestWhoHasNoAccountIsNotReached(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		m := s.hire("ada", "RXH", staff.Clinician).opens("ann", "")
		s.told()
		if m.Reached || m.Told.IsZero() {
			t.Errorf("it is %+v", m)
		}
	})
}

// A review that is late is told to operators once, and shown to them without
// whom it was about.
func TestALateReviewGoesToOperators(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada, olu, rue := s.hire("ada", "RXH", staff.Clinician), s.hire("olu", "RXK", staff.Operator), s.hire("rue", "RXH", staff.Auditor)
		one, two := ada.opens("ann", ""), ada.opens("bob", "")
		s.ok(s.Decide(t.Context(), rue.by(), two.ID, WasRight, reason))
		s.clock.at = one.Due.Add(-time.Second)
		s.ok(s.Sweep(t.Context()))
		s.told()
		s.clock.move(time.Second)
		s.ok(s.Sweep(t.Context()))
		s.ok(s.Sweep(t.Context()))
		s.told("olu@example.org review-late")
		late, err := s.Late(t.Context(), olu.elsewhere().by())
		s.ok(err)
		if len(late) != 1 || late[0].ID != one.ID || late[0].Escalated.IsZero() {
			t.Errorf("late are %+v", late)
		}
		_, err = s.Late(t.Context(), rue.elsewhere().by())
		refused(t, "the list of operators, for others", err, problem.Forbidden, "role-no-page")
		_, err = s.Case(t.Context(), olu.elsewhere().by(), one.ID)
		refused(t, "a case, for an operator", err, problem.Forbidden, "role-no-page")
		s.ok(s.Decide(t.Context(), rue.elsewhere().by(), one.ID, WasNotRight, "It could have waited for a yes."))
		if late, err = s.Late(t.Context(), olu.elsewhere().by()); err != nil || len(late) != 0 {
			t.Errorf("late are %+v, %v", late, err)
		}
	})
}

// What everybody may count: by month, and by organisation where there are five.
func TestWhatEverybodyMayCount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ada, kim := s.hire("ada", "RXH", staff.Clinician), s.hire("kim", "RXK", staff.Clinician)
		rue, far := s.hire("rue", "RXH", staff.Auditor), s.hire("far", "RXK", staff.Auditor)
		count := func() string {
			t.Helper()
			s.clock.move(time.Minute)
			c, err := s.Count(t.Context())
			s.ok(err)
			return fmt.Sprintf("%v %v %d %s", c.Months, c.Organisations, c.Fewest, c.Policy)
		}
		if got := count(); got != "[] [] 5 2026-1" {
			t.Errorf("at first it is %s", got)
		}
		ada.declare("ann", "") // one that is never begun is none
		for range 4 {
			ada.opens("ann", "")
		}
		one := kim.opens("ann", "")
		s.ok(s.Decide(t.Context(), far.by(), one.ID, WasNotRight, "It could have waited for a yes."))
		if got := count(); got != "[{2026-05 5 1 0 1}] [] 5 2026-1" {
			t.Errorf("with four and one it is %s", got)
		}
		last := ada.opens("bob", "")
		s.clock.at = time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)
		ada, rue = ada.elsewhere(), rue.elsewhere()
		s.ok(s.Decide(t.Context(), rue.by(), last.ID, WasRight, "Late, and it was right."))
		ada.opens("ann", "")
		if got := count(); got != "[{2026-06 1 0 0 0} {2026-05 6 1 5 1}] [{Hospital RXH 6 0 5 0}] 5 2026-1" {
			t.Errorf("a month later it is %s", got)
		}
		before := count()
		ada.opens("ann", "")
		if c, err := s.Count(t.Context()); err != nil || fmt.Sprintf("%v %v %d %s", c.Months, c.Organisations, c.Fewest, c.Policy) != before {
			t.Errorf("within a minute it is counted again: %+v, %v", c, err)
		}
		s.clock.at = time.Date(2027, 5, 2, 9, 0, 0, 0, time.UTC)
		if got := count(); got != "[{2026-06 2 0 2 0}] [] 5 2026-1" {
			t.Errorf("a year later it is %s", got)
		}
	})
}
