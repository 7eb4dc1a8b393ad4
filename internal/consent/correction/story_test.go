package correction

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/consent/storytest"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// stage is a place on which a story is played.
type stage struct {
	*place
	about Request
	last  error
}

func (s *stage) does(err error) error { s.last = err; return nil }

func (s *stage) waits(by By, want int) error {
	all, err := s.Waiting(s.t.Context(), by)
	if err == nil && len(all) != want {
		err = fmt.Errorf("%d wait", len(all))
	}
	return err
}

// holds says whether the newest of a type in Ann's record, or an entry, says
// something.
func (s *stage) holds(version int64, text string, want bool) error {
	r, err := s.op.Read(s.t.Context(), smokes, version)
	if err == nil && strings.Contains(string(r.Body), text) != want {
		err = fmt.Errorf("it says %s", r.Body)
	}
	return err
}

func (s *stage) steps() []storytest.Step {
	ann, surgery, hospital := self("a", "ann"), nurse("quay"), nurse("hill")
	ctx := s.t.Context()
	say := func(k record.Key, words string) error {
		r, err := s.Ask(ctx, ann, k, words)
		s.about = r
		return s.does(err)
	}
	return []storytest.Step{
		{Pattern: `the surgery wrote (?:that Ann smokes|something about Bob)`, Do: func([]string) error { return nil }},
		{Pattern: `Ann says of it: (.+)`, Do: func(a []string) error { return say(smokes, a[0]) }},
		{Pattern: `Ann says of Bob's entry: (.+)`, Do: func(a []string) error { return say(record.Key{Type: "Observation", ID: "bobs"}, a[0]) }},
		{Pattern: `Ann hears that there is no such entry`, Do: func([]string) error {
			if !problem.Is(s.last, problem.NotFound) {
				return fmt.Errorf("they hear %w", s.last)
			}
			return nil
		}},
		{Pattern: `it waits for the surgery`, Do: func([]string) error { return s.waits(surgery, 1) }},
		{Pattern: `it waits for an operator`, Do: func([]string) error { return s.waits(operator(), 1) }},
		{Pattern: `nothing waits for the hospital`, Do: func([]string) error { return s.waits(hospital, 0) }},
		{Pattern: `nothing waits for the surgery`, Do: func([]string) error { return s.waits(surgery, 0) }},
		{Pattern: `nothing waits for an operator`, Do: func([]string) error { return s.waits(operator(), 0) }},
		{Pattern: `the surgery marks it as wrong, since: (.+)`, Do: func(a []string) error { return s.Accept(ctx, surgery, s.about.ID, InError, 1, nil, a[0]) }},
		{Pattern: `the surgery leaves it, since: (.+)`, Do: func(a []string) error { return s.Refuse(ctx, surgery, s.about.ID, a[0]) }},
		{Pattern: `the (hospital|surgery) can not answer`, Do: func(a []string) error {
			err := s.Refuse(ctx, map[string]By{"hospital": hospital, "surgery": surgery}[a[0]], s.about.ID, "No.")
			if err == nil {
				return errors.New("they can")
			}
			return nil
		}},
		{Pattern: `Ann is (not )?told`, Do: func(a []string) error {
			if (len(s.told) == 1) != (a[0] == "") {
				return fmt.Errorf("told %v", s.told)
			}
			return nil
		}},
		{Pattern: `Ann reads: (.+)`, Do: func(a []string) error {
			t, err := s.One(ctx, ann, s.about.ID)
			if err == nil && t.Reason != a[0] {
				err = fmt.Errorf("they read %q", t.Reason)
			}
			return err
		}},
		{Pattern: `Ann takes it back`, Do: func([]string) error { return s.Withdraw(ctx, ann, s.about.ID) }},
		{Pattern: `Ann does not agree: (.+)`, Do: func(a []string) error { return s.Disagree(ctx, ann, s.about.ID, a[0]) }},
		{Pattern: `Ann's words lie beside the entry: (.+)`, Do: func(a []string) error { s.found("Communication", 1, a[0], "Observation/o1"); return nil }},
		{Pattern: `the entry is marked as wrong`, Do: func([]string) error { return s.holds(0, "entered-in-error", true) }},
		{Pattern: `the entry is as it was`, Do: func([]string) error { return s.holds(0, `"status":"final"`, true) }},
		{Pattern: `what it said before is kept`, Do: func([]string) error { return s.holds(1, `"status":"final"`, true) }},
		{Pattern: `why is written beside it`, Do: func([]string) error { s.found("Provenance", 1, "It was ticked by mistake."); return nil }},
		{Pattern: `two months go by`, Do: func([]string) error { s.now = s.now.AddDate(0, 2, 0); return nil }},
		{Pattern: `the answer is late`, Do: func([]string) error {
			n, err := s.Late(ctx, s.now)
			if err == nil && n != 1 {
				err = fmt.Errorf("%d are late", n)
			}
			return err
		}},
	}
}

func TestStories(t *testing.T) {
	if n := storytest.Run(t, "testdata/stories", func(t *testing.T) []storytest.Step {
		return (&stage{place: newPlace(t, dbtest.SQLite(t))}).steps()
	}); n != 6 {
		t.Errorf("%d stories were played", n)
	}
}
