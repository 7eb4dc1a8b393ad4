package recall

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

func want(t *testing.T, what string, got []string, all ...string) {
	t.Helper()
	if !slices.Equal(got, all) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, all)
	}
}

// A child born on 1 January 2026 is 123 days old on 4 May.
const bornInJanuary = "2026-01-01"

func TestAListHasWhoIsLateAndNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.write(patient("sam", bornInJanuary, "hill"), patient("kit", bornInJanuary, "dale"), patient("old", "1990-01-01", "hill"), patient("guess", "2026-01", "hill"), patient("nowhere", bornInJanuary, "none"),
			jab("a", "sam", "DTP", "2026-03-01", "completed"), jab("b", "sam", "rotavirus", "2026-03-01", "completed"), jab("c", "sam", "MenB", "2026-03-01", "completed"))
		s.settle()
		late := Ask{Practice: "hill", Overdue: true, Most: 2}
		// Born on 1 January: second doses are due on 26 March and late on 23 April.
		want(t, "late at Hill", sorted(s.listed(late)), "sam DTP 2", "sam MenB 2", "sam rotavirus 2")
		want(t, "late at Dale", sorted(s.listed(Ask{Practice: "dale", Overdue: true, Most: 50})), "kit DTP 1", "kit MenB 1", "kit rotavirus 1")
		want(t, "due at Hill", s.listed(Ask{Practice: "hill", Most: 50}), "sam PCV 1")
		want(t, "due at Hill within a year", s.listed(Ask{Practice: "hill", Within: 365, Most: 50}), "sam PCV 1", "sam MMR 1")
		want(t, "one programme", s.listed(Ask{Practice: "hill", Overdue: true, Programme: "MenB", Most: 50}), "sam MenB 2")
		late.BornFrom, late.BornBefore = DayOf(start), DayOf(start)+1
		want(t, "born today", s.listed(late))
		if got := s.rows(Ask{Practice: "hill", Overdue: true, Most: 50})[0]; got.Due.String() != "2026-03-26" || got.Overdue.String() != "2026-04-23" || got.Reminded != 0 || got.Programme.Text == "" {
			t.Errorf("%+v", got)
		}
		// Time alone moves it: nothing is reckoned anew.
		before := len(s.log)
		s.pass(60 * 24 * time.Hour)
		want(t, "two months later", sorted(s.listed(Ask{Practice: "hill", Overdue: true, Most: 50})), "sam DTP 2", "sam MenB 2", "sam PCV 1")
		if len(s.log) != before {
			t.Error("a list looks into records")
		}
	})
}

func sorted(all []string) []string { slices.Sort(all); return all }

// Who died, was merged, moved, or is erased is on no list.
func TestWhoIsNotThereIsOnNoList(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, id := range []string{"dies", "merged", "deleted", "erased", "leaves", "moves", "stays"} {
			s.write(patient(id, bornInJanuary, "hill"), jab("j"+id, id, "DTP", "2026-03-01", "completed"))
		}
		s.settle()
		late := Ask{Practice: "hill", Overdue: true, Programme: "DTP", Most: 50}
		if n := len(s.listed(late)); n != 7 {
			t.Fatalf("%d are on the list", n)
		}
		s.write(patient("dies", bornInJanuary, "hill", `"deceasedDateTime":"2026-05-01"`), patient("merged", bornInJanuary, "hill", `"link":[{"other":{"reference":"Patient/stays"},"type":"replaced-by"}]`),
			patient("leaves", bornInJanuary, "dale"))
		s.remove("Patient", "deleted")
		s.write(contact(t, "moves", Moved, "", "2026-05-02"))
		s.ok(s.Forget(t.Context(), "erased"))
		s.ok(s.Forget(t.Context(), "erased"))
		s.settle()
		want(t, "Hill", s.listed(late), "stays DTP 2")
		want(t, "Dale", s.listed(Ask{Practice: "dale", Overdue: true, Programme: "DTP", Most: 50}), "leaves DTP 2")
		s.write(contact(t, "moves", Rang, "", "2026-05-03")) // somebody reached them after all
		s.settle()
		want(t, "Hill, after a call", s.listed(late), "moves DTP 2", "stays DTP 2")
	})
}

// contact is the text of something that was written down of a recall.
func contact(t *testing.T, who string, k Kind, programme, day string) string {
	t.Helper()
	body := Draft{Contact: Contact{Kind: k, Programme: programme}, KindText: string(k), ProgrammeText: programme, At: day, Patient: "Patient/" + who}.Body()
	body["resourceType"], body["id"] = "Communication", "c-"+who+"-"+string(k)+programme+day
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestANoRestsForAsLongAsThePolicySays(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.write(patient("sam", bornInJanuary, "hill"), patient("kit", bornInJanuary, "hill"), contact(t, "sam", Refused, "DTP", "2026-05-01"), jab("no", "kit", "MenB", "2026-05-01", "not-done"))
		s.settle()
		late := Ask{Practice: "hill", Overdue: true, Most: 50}
		want(t, "after a no", sorted(s.listed(late)), "kit DTP 1", "kit rotavirus 1", "sam MenB 1", "sam rotavirus 1")
		s.pass(366 * 24 * time.Hour)
		got := s.listed(Ask{Practice: "hill", Overdue: true, Programme: "DTP", Most: 50})
		want(t, "a year later", sorted(got), "kit DTP 1", "sam DTP 1")
	})
}

// What is hidden from a practice is in no list of theirs: they are told what they
// would be if it had never been.
func TestWhatIsHiddenFromThePracticeIsInNoListAndNoNumber(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, id := range []string{"hides", "never"} {
			s.write(patient(id, bornInJanuary, "hill"))
		}
		s.write(jab("hidden", "hides", "DTP", "2026-03-01", "completed"), jab("hidden2", "hides", "PCV", "2026-04-25", "completed"), deny("c", "hides", "hill", ""))
		s.settle()
		for _, a := range []Ask{{Practice: "hill", Overdue: true, Most: 50}, {Practice: "hill", Within: 400, Most: 50}} {
			byChild := map[string][]string{}
			for _, r := range s.rows(a) {
				byChild[r.Patient] = append(byChild[r.Patient], r.Programme.ID+" "+r.Due.String()+" "+r.Overdue.String())
			}
			want(t, "of the one who hides", byChild["hides"], byChild["never"]...)
		}
		// Taken back, it is seen again.
		s.remove("Consent", "c")
		s.settle()
		want(t, "after the choice ended", s.listed(Ask{Practice: "hill", Overdue: true, Programme: "DTP", Most: 50}), "never DTP 1", "hides DTP 2")
	})
}

// A choice that begins by its date is felt within a day.
func TestAChoiceThatBeginsLaterIsFelt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.write(patient("sam", bornInJanuary, "hill"), jab("a", "sam", "DTP", "2026-03-01", "completed"), deny("c", "sam", "hill", `{"start":"2026-05-10"}`))
		s.settle()
		late := Ask{Practice: "hill", Overdue: true, Programme: "DTP", Most: 50}
		want(t, "before", s.listed(late), "sam DTP 2")
		s.pass(7 * 24 * time.Hour)
		s.settle()
		want(t, "after", s.listed(late), "sam DTP 1")
	})
}

// What fails in the middle is done again, and nothing is lost.
func TestASweepGoesOnWhereItStopped(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, id := range []string{"a", "b", "c"} {
			s.write(patient(id, bornInJanuary, "hill"))
		}
		dbtest.Settled(t, s.DB)
		for range 3 {
			s.broken = errors.New("the store is away")
			if _, err := s.Sweep(t.Context()); err == nil {
				t.Fatal("the error is lost")
			}
		}
		s.settle()
		if n := len(s.listed(Ask{Practice: "hill", Overdue: true, Programme: "DTP", Most: 50})); n != 3 {
			t.Errorf("%d of 3 are on the list", n)
		}
	})
}

// Two nodes do not do it at once; one that died loses its turn.
func TestOneNodeSweeps(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		other := s.node("v1", nil)
		mine, err := s.Turn(t.Context(), sweeps)
		s.ok(err)
		theirs, err := other.Turn(t.Context(), sweeps)
		s.ok(err)
		if !mine || theirs {
			t.Errorf("the turn is at %v and %v", mine, theirs)
		}
		s.pass(turnLife + time.Second)
		if theirs, err = other.Turn(t.Context(), sweeps); err != nil || !theirs {
			t.Errorf("the turn of a node that died is not taken: %v, %v", theirs, err)
		}
		if mine, err = s.Turn(t.Context(), sweeps); err != nil || mine {
			t.Errorf("it came back: %v, %v", mine, err)
		}
	})
}

func TestAForgedPageOfAListIsRefused(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.write(patient("sam", bornInJanuary, "hill"), patient("kit", bornInJanuary, "hill"))
		s.settle()
		_, next, err := s.List(t.Context(), Ask{Practice: "hill", Overdue: true, Most: 1})
		s.ok(err)
		for _, bad := range []string{"x", next + "x", next[:len(next)-2]} {
			if _, _, err := s.List(t.Context(), Ask{Practice: "hill", Overdue: true, Most: 1, After: bad}); problem.ReasonOf(err) != "recall-page" {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if _, _, err := s.List(t.Context(), Ask{Practice: "dale", Overdue: true, Most: 1, After: next}); problem.ReasonOf(err) != "recall-page" {
			t.Errorf("a page of another practice: %v", err)
		}
	})
}

func TestDaysOfTheCalendar(t *testing.T) {
	for _, c := range []struct {
		day    string
		months int
		want   string
	}{{"2024-02-29", 12, "2025-02-28"}, {"2026-01-31", 1, "2026-02-28"}, {"2025-12-15", 1, "2026-01-15"}, {"2026-05-03", -12, "2025-05-03"}, {"2024-01-31", 1, "2024-02-29"}} {
		d, ok := ParseDay(c.day)
		if !ok || d.AddMonths(c.months).String() != c.want {
			t.Errorf("%s and %d months is %s", c.day, c.months, d.AddMonths(c.months))
		}
	}
	if _, ok := ParseDay("2026-05"); ok {
		t.Error("a month is read as a day")
	}
	if d, ok := ParseDay("2026-05-03T23:30:00Z"); !ok || d.String() != "2026-05-03" || d.Quarter() != 2026*4+1 {
		t.Errorf("%v, %v", d, ok)
	}
}
