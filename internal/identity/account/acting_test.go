package account

import (
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// look is the session as the next request finds it.
func (s *site) look(secret string) Session {
	s.t.Helper()
	sess, err := s.Session(s.t.Context(), secret)
	s.ok(err)
	return sess
}

// Only a passkey that meets the policy and does not wait lets somebody act as
// staff: not a code of an app, not a recovery code, not a passkey that came
// after one, not one that can be copied.
func TestOnlyTheStrongestSignInActsAsStaff(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.conf.Staff = DeviceBound
		ctx := t.Context()
		ann, secret, d := s.create("Ann")
		s.channel(ann, notify.Email, "ann@example.org")
		codes, err := s.NewRecoveryCodes(ctx, ann)
		s.ok(err)
		tc, err := s.BeginTimeCode(ctx, ann)
		s.ok(err)
		s.ok(s.FinishTimeCode(ctx, ann, tc.ID, code(fromBase32(t, tc.Secret), s.clock.now())))

		mayNot := func(what, secret string) {
			t.Helper()
			sess := s.look(secret)
			refused(t, what, sess.MayAct(), problem.Forbidden)
			refused(t, what+", to act", s.ActIn(ctx, sess, "place"), problem.Forbidden)
			if got := s.look(secret); got.Assured || got.Acting != "" {
				t.Errorf("%s: it acts in %q", what, got.Acting)
			}
		}
		s.ok(s.look(secret).MayAct())
		s.ok(s.ActIn(ctx, s.look(secret), "place"))
		if got := s.look(secret).Acting; got != "place" {
			t.Errorf("it acts in %q", got)
		}

		s.clock.move(time.Minute)
		_, weak, err := s.SignInWithCode(ctx, s.somewhere(), notify.Email, "ann@example.org", code(fromBase32(t, tc.Secret), s.clock.now()), "")
		s.ok(err)
		mayNot("a code of an app", weak)
		rec, weak, err := s.Recover(ctx, s.somewhere(), codes[0], "")
		s.ok(err)
		mayNot("a recovery code", weak)
		late := s.add(rec, "new")
		_, weak = s.mustSignIn(late)
		mayNot("a passkey that waits", weak)

		synced := newDevice()
		synced.auth.Options.BackupEligible, synced.auth.Options.BackupState = true, true
		c, err := s.BeginPasskey(ctx, s.look(secret))
		s.ok(err)
		s.ok(s.FinishPasskey(ctx, s.look(secret), c.ID, synced.register(t, c), "synced"))
		synced.auth.Options.UserHandle = d.auth.Options.UserHandle
		_, weak = s.mustSignIn(synced)
		mayNot("a passkey that can be copied", weak)

		// Checked again with the other passkey, the session acts no more.
		step := s.look(secret)
		c, err = s.BeginStepUp(ctx, step)
		s.ok(err)
		_, secret, err = s.FinishStepUp(ctx, step, c.ID, synced.answer(t, c))
		s.ok(err)
		mayNot("renewed with a passkey that can be copied", secret)
	})
}

// Where somebody acts is kept through a fresh check, is left on every node
// within a second, and ends with the session.
func TestWhereSomebodyActsIsKeptWithTheSession(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ctx := t.Context()
		_, secret, d := here.create("Ann")
		here.ok(here.ActIn(ctx, here.look(secret), "one"))
		if got := there.look(secret).Acting; got != "one" {
			t.Errorf("on the other node it acts in %q", got)
		}
		here.ok(here.ActIn(ctx, here.look(secret), "two"))
		here.clock.move(time.Second)
		if got := there.look(secret).Acting; got != "two" {
			t.Errorf("after a second it acts in %q", got)
		}
		c, err := here.BeginStepUp(ctx, here.look(secret))
		here.ok(err)
		old := here.look(secret)
		_, secret, err = here.FinishStepUp(ctx, old, c.ID, d.answer(t, c))
		here.ok(err)
		if got := here.look(secret).Acting; got != "two" {
			t.Errorf("after a check it acts in %q", got)
		}
		refused(t, "with the secret from before", here.ActIn(ctx, old, "three"), problem.Unauthorized)
		_, other := here.mustSignIn(d)
		if got := here.look(other).Acting; got != "" {
			t.Errorf("another session acts in %q", got)
		}
		here.ok(there.ActIn(ctx, there.look(secret), ""))
		here.clock.move(time.Second)
		if got := here.look(secret).Acting; got != "" {
			t.Errorf("after leaving it acts in %q", got)
		}
		here.ok(here.ActIn(ctx, here.look(secret), "two"))
		here.clock.move(sessionIdle)
		_, err = here.Session(ctx, secret)
		refused(t, "after half an hour without use", err, problem.Unauthorized)
	})
}
