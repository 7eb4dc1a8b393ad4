package proof

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

func TestPeopleAnswerAQuestionWithAReason(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Sam")
		s.linked(p.claim("sam"))(false, account.P0)
		q, err := s.Question(t.Context(), admin, s.questions()[0].ID)
		s.ok(err)
		if len(q.Seen) != 2 || q.Claimed.Family[0] != "Twice" || q.Claimed.Birth != "1970-07-07" || q.Current {
			t.Errorf("the question is %+v", q)
		}
		if n := len(s.town.looks); s.town.looks[n-1] != "account:admin" || s.town.looks[n-2] != "account:admin" {
			t.Errorf("looks are logged as %v", s.town.looks)
		}
		ctx := t.Context()
		refused(t, "no reason", s.Answer(ctx, admin, q.ID, "sam", false, " "), problem.Invalid)
		refused(t, "another record", s.Answer(ctx, admin, q.ID, "ann", false, "because"), problem.Invalid)
		refused(t, "another role", s.Answer(ctx, clerk, q.ID, "sam", false, "because"), problem.Forbidden)
		refused(t, "their own", s.Answer(ctx, By{Account: p.Account, Role: "administrator"}, q.ID, "sam", false, "because"), problem.Forbidden)
		refused(t, "no question", s.Answer(ctx, admin, "x", "sam", false, "because"), problem.NotFound)
		p.is(account.P0, "")
		s.clock.move(time.Minute)
		s.ok(s.Answer(ctx, admin, q.ID, "sam", false, "They rang, and know their last visit"))
		p.is(account.P5, "sam")
		refused(t, "a second time", s.Answer(ctx, admin, q.ID, "sam2", false, "because"), problem.Conflict)
		if d := s.last(p); d.By != "account:admin" || d.Reason != "They rang, and know their last visit" || d.Via != ViaPeople || d.Answers != q.ID {
			t.Errorf("the decision is %+v", d)
		}
		r := s.join("Sam")
		s.linked(r.claim("sam2"))(false, account.P0)
		s.clock.move(time.Minute)
		s.ok(s.Answer(ctx, admin, s.questions()[0].ID, "", false, "Nobody could say who it was"))
		r.is(account.P0, "")
		if d := s.last(r); d.Outcome != Refused {
			t.Errorf("the decision is %+v", d)
		}
		if len(s.questions()) != 0 {
			t.Error("a question is still open")
		}
	})
}

func TestALinkIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		p.told("ann@example.org")
		r, err := s.Redeem(t.Context(), p.Session, s.somewhere(), s.code("ann"), "31 3 1980")
		s.linked(r, err)(true, account.P9)
		s.mail()
		d := s.last(p)
		ctx := t.Context()
		refused(t, "no reason", s.Undo(ctx, admin, d.ID, ""), problem.Invalid)
		refused(t, "another role", s.Undo(ctx, clerk, d.ID, "because"), problem.Forbidden)
		refused(t, "their own", s.Undo(ctx, By{Account: p.Account, Role: "administrator"}, d.ID, "because"), problem.Forbidden)
		s.apps.fault = errors.New("away")
		refused(t, "permissions that could not be ended", s.Undo(ctx, admin, d.ID, "The photo was of her sister"), problem.Unavailable)
		p.is(account.P0, "") // taken back all the same
		s.apps.fault = nil
		s.ok(s.Sweep(ctx))
		if !slices.Equal(s.apps.ended, []string{p.Account + " ann"}) {
			t.Errorf("permissions were ended for %v", s.apps.ended)
		}
		s.ok(s.Sweep(ctx))
		if len(s.apps.ended) != 1 {
			t.Error("they are ended again and again")
		}
		if got := s.mail(); !slices.Equal(got, []notify.Kind{notify.RecordUnlinked}) {
			t.Errorf("told %v", got)
		}
		refused(t, "twice", s.Undo(ctx, admin, d.ID, "because"), problem.Conflict)
		q, err := s.Question(ctx, admin, d.ID)
		s.ok(err)
		if q.UndoneBy != "account:admin" || q.UndoneWhy != "The photo was of her sister" || q.Undone.IsZero() || q.Current {
			t.Errorf("the decision is %+v", q)
		}
		events, err := s.Events(ctx, p.Account)
		s.ok(err)
		if events[0].Ended.IsZero() || events[0].EndedBy != "account:admin" {
			t.Errorf("the event is %+v", events[0])
		}
		s.linked(s.join("Ann").claim("ann"))(true, account.P5) // the record is free again
		all, err := s.Decisions(ctx, admin, "", "ann")
		s.ok(err)
		if len(all) != 2 {
			t.Errorf("%d decisions are kept about the record", len(all))
		}
	})
}

// After a recovery what was proven before counts no more, and a new proof
// gives the level that it is worth and no other.
func TestAfterARecoveryItIsProvenAgain(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		r, err := s.Redeem(t.Context(), p.Session, s.somewhere(), s.code("ann"), "31 3 1980")
		s.linked(r, err)(true, account.P9)
		p.recover()
		p.is(account.P0, "ann")
		s.linked(p.claim("ann"))(true, account.P5)
		p.is(account.P5, "ann")
		p.fresh()
		r, err = s.Redeem(t.Context(), p.Session, s.somewhere(), s.code("ann"), "31 3 1980")
		s.linked(r, err)(true, account.P9)
		p.is(account.P9, "ann")
		a, err := s.Accounts.Get(t.Context(), p.Account)
		s.ok(err)
		if !a.Recovered.IsZero() {
			t.Error("the recovery is not over")
		}
	})
}

// What is taken back while a recovery waits does not come back when the
// recovery is stopped.
func TestTakingBackHoldsAgainstAStoppedRecovery(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		r, err := s.Redeem(t.Context(), p.Session, s.somewhere(), s.code("ann"), "31 3 1980")
		s.linked(r, err)(true, account.P9)
		codes, err := s.Accounts.NewRecoveryCodes(t.Context(), p.fresh())
		s.ok(err)
		_, _, err = s.Accounts.Recover(t.Context(), s.somewhere(), codes[0], "Firefox")
		s.ok(err)
		s.ok(s.Undo(t.Context(), admin, s.last(p).ID, "It was somebody else"))
		s.ok(s.Accounts.StopRecovery(t.Context(), p.fresh()))
		p.is(account.P0, "")
	})
}

func TestAProofRunsOut(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p, q := s.join("Ann"), s.join("Bob")
		for _, c := range []struct {
			p          *person
			of, birth  string
			detailsToo bool
		}{{p, "ann", "31 3 1980", true}, {q, "bob", "2 1 1950", false}} {
			r, err := s.Redeem(t.Context(), c.p.Session, s.somewhere(), s.code(c.of), c.birth)
			s.linked(r, err)(true, account.P9)
			if c.detailsToo {
				_, err := c.p.claim(c.of)
				s.ok(err)
			}
		}
		s.clock.move(10*366*24*time.Hour - time.Hour*24*7)
		s.ok(s.Sweep(t.Context()))
		p.is(account.P5, "ann")
		q.is(account.P0, "bob")
	})
}

// A closed account has nothing left to look at. Its record and its sign-in
// somewhere else can be somebody's again, and what was decided stays known.
func TestAClosedAccountKeepsNoClaim(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.join("Ann")
		r, err := s.ByProvider(t.Context(), ann.Session, s.somewhere(), nhs("1", account.P9, s.of("ann")))
		s.linked(r, err)(true, account.P9)
		s.ok(s.Accounts.Close(t.Context(), ann.fresh()))
		s.ok(s.Sweep(t.Context()))
		if !slices.Equal(s.apps.ended, []string{ann.Account + " ann"}) {
			t.Errorf("permissions were ended for %v", s.apps.ended)
		}
		again := s.join("Ann")
		r, err = s.ByProvider(t.Context(), again.Session, s.somewhere(), nhs("1", account.P9, s.of("ann")))
		s.linked(r, err)(true, account.P9)
		if all, err := s.Decisions(t.Context(), admin, "", "ann"); err != nil || len(all) != 2 {
			t.Errorf("%d decisions are kept: %v", len(all), err)
		}
		p := s.join("Sam")
		s.linked(p.claim("sam"))(false, account.P0)
		id := s.questions()[0].ID
		s.ok(s.Accounts.Close(t.Context(), p.fresh()))
		q, err := s.Question(t.Context(), admin, id)
		s.ok(err)
		if len(q.Claimed.Family) != 0 || q.Claimed.Birth != "" {
			t.Errorf("the claim is still there: %+v", q.Claimed)
		}
		refused(t, "an answer", s.Answer(t.Context(), admin, id, "sam", false, "because"), problem.NotFound)
		if len(s.questions()) != 0 {
			t.Error("the question waits for ever")
		}
	})
}
