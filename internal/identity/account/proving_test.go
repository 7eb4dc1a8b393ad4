package account

import (
	"bytes"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// in does something in a transaction, as the room of proof does.
func (s *site) in(fn func(t *db.Tx) error) error {
	err := s.db.Write(s.t.Context(), fn)
	s.Forget()
	return err
}

func TestWhatIsProvenIsFeltBySessionsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		sess, secret, _ := s.create("Ann")
		see := func(level Proof, record string) {
			t.Helper()
			now, err := s.Session(t.Context(), secret)
			if s.ok(err); now.Proof != level || now.Record != record {
				t.Errorf("the session sees P%d with %q, want P%d with %q", now.Proof, now.Record, level, record)
			}
		}
		s.ok(s.in(func(t *db.Tx) error { return s.Prove(t, sess.Account, P9, "ann") }))
		see(P9, "ann")
		s.ok(s.in(func(t *db.Tx) error { return s.Disprove(t, sess.Account, P5, "") }))
		see(P5, "")
		s.ok(s.in(func(t *db.Tx) error { return s.Disprove(t, sess.Account, P9, "") })) // lowers, and never raises
		see(P5, "")
		if a, err := s.Get(t.Context(), sess.Account); err != nil || a.Best != P9 {
			t.Errorf("the best is P%d: %v", a.Best, err)
		}
		refused(t, "a level that is none", s.in(func(t *db.Tx) error { return s.Prove(t, sess.Account, 7, "") }), problem.Internal)
		refused(t, "no account", s.in(func(t *db.Tx) error { return s.Prove(t, "nobody", P9, "") }), problem.NotFound)
		refused(t, "no account", s.in(func(t *db.Tx) error { return s.Disprove(t, "nobody", P0, "") }), problem.NotFound)
		s.ok(s.Suspend(t.Context(), sess.Account))
		refused(t, "a suspended account", s.in(func(t *db.Tx) error { return s.Prove(t, sess.Account, P9, "") }), problem.NotFound)
		_, err := func() (a Account, err error) {
			err = s.in(func(t *db.Tx) error { a, err = s.Hold(t, sess.Account); return err })
			return a, err
		}()
		refused(t, "holding a suspended account", err, problem.Forbidden)
		s.ok(s.in(func(t *db.Tx) error { return s.Disprove(t, sess.Account, P0, "") })) // lowered all the same
		s.ok(s.in(func(t *db.Tx) error { return s.Tell(t, sess.Account, notify.RecordUnlinked) }))
	})
}

// What is lowered while a recovery waits does not come back when it is stopped.
func TestDisprovingHoldsAgainstAStoppedRecovery(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		sess, _, d := s.create("Ann")
		s.ok(s.in(func(t *db.Tx) error { return s.Prove(t, sess.Account, P9, "ann") }))
		codes, err := s.NewRecoveryCodes(t.Context(), sess)
		s.ok(err)
		_, _, err = s.Recover(t.Context(), home, codes[0], "x")
		s.ok(err)
		s.ok(s.in(func(t *db.Tx) error { return s.Disprove(t, sess.Account, P5, "ann") }))
		again, _ := s.mustSignIn(d)
		s.ok(s.StopRecovery(t.Context(), again))
		if a, err := s.Get(t.Context(), sess.Account); err != nil || a.Proof != P5 {
			t.Errorf("P%d comes back: %v", a.Proof, err)
		}
	})
}

// A provider lets somebody in to look at things, and to nothing that a passkey
// is for: not to a new passkey either.
func TestAProviderIsAWeakWayIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		sess, _, _ := s.create("Ann")
		s.ok(s.in(func(t *db.Tx) error { return s.Prove(t, sess.Account, P9, "ann") }))
		in, secret, err := s.AdmitByProvider(t.Context(), sess.Account, "Firefox")
		s.ok(err)
		if got, err := s.Session(t.Context(), secret); err != nil || got.Way != WayProvider || got.Strength != Weak || got.Vector().String() != "P0" {
			t.Errorf("the session is %+v: %v", got, err)
		}
		for act := Action(1); act < actions; act++ {
			if act.Lacks(in.Standing, in.Verified, s.clock.now()) == NeedNothing {
				t.Errorf("it may do action %d", act)
			}
		}
		_, err = s.BeginPasskey(t.Context(), in)
		refused(t, "a new passkey", err, problem.Forbidden)
		s.ok(s.Suspend(t.Context(), sess.Account))
		_, _, err = s.AdmitByProvider(t.Context(), sess.Account, "Firefox")
		refused(t, "a suspended account", err, problem.Forbidden)
		_, _, err = s.AdmitByProvider(t.Context(), "nobody", "Firefox")
		refused(t, "no account", err, problem.NotFound)
	})
}

func TestWhatIsSealedForAnAccountOpensThereOnly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, _ := s.create("Ann")
		bob, _, _ := s.create("Bob")
		ctx := t.Context()
		sealed, err := s.Seal(ctx, ann.Account, "claim", "1", []byte("Hill"))
		if s.ok(err); bytes.Contains(sealed, []byte("Hill")) {
			t.Error("it is not sealed")
		}
		if b, err := s.Unseal(ctx, ann.Account, "claim", "1", sealed); err != nil || string(b) != "Hill" {
			t.Errorf("%q %v", b, err)
		}
		for what, try := range map[string][3]string{"another account": {bob.Account, "claim", "1"}, "another kind": {ann.Account, "name", "1"}, "another row": {ann.Account, "claim", "2"}} {
			if b, err := s.Unseal(ctx, try[0], try[1], try[2], sealed); err == nil {
				t.Errorf("it opens for %s: %q", what, b)
			}
		}
		s.ok(s.Close(ctx, ann))
		_, err = s.Unseal(ctx, ann.Account, "claim", "1", sealed)
		refused(t, "a closed account", err, problem.NotFound)
		_, err = s.Seal(ctx, ann.Account, "claim", "1", nil)
		refused(t, "a closed account", err, problem.NotFound)
	})
}
