package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// spoiled are sign-ins that are wrong in one way, each with who answers. They
// all get the same words.
var spoiled = map[string]func(t *testing.T, s *site, c Ceremony, d, other *device) []byte{
	"wrong origin": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.rp.Origin = "https://id.example.org.evil.test"
		return d.answer(t, c)
	},
	"origin with another port": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.rp.Origin = "https://id.example.org:8443"
		return d.answer(t, c)
	},
	"origin without https": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.rp.Origin = "http://id.example.org"
		return d.answer(t, c)
	},
	"wrong RP id": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.rp.ID = "evil.test"
		return d.answer(t, c)
	},
	"uv=0": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.auth.Options.UserNotVerified = true
		return d.answer(t, c)
	},
	"up=0": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.auth.Options.UserNotPresent = true
		return d.answer(t, c)
	},
	"challenge of another ceremony": func(t *testing.T, s *site, _ Ceremony, d, _ *device) []byte {
		another, err := s.BeginSignIn(t.Context(), s.somewhere())
		s.ok(err)
		return d.answer(t, another)
	},
	"sign-count drop": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.cred.Counter = 1
		return d.again(t, c)
	},
	"sign-count not moved": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		return d.again(t, c)
	},
	"sign-count gone": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.cred.Counter = 0
		return d.again(t, c)
	},
	"another account's credential id": func(t *testing.T, _ *site, c Ceremony, d, other *device) []byte {
		d.cred.ID = other.cred.ID
		return d.answer(t, c)
	},
	"another account's user handle": func(t *testing.T, _ *site, c Ceremony, d, other *device) []byte {
		d.auth.Options.UserHandle = other.auth.Options.UserHandle
		return d.answer(t, c)
	},
	"another account's id and handle": func(t *testing.T, _ *site, c Ceremony, d, other *device) []byte {
		d.cred.ID, d.auth.Options.UserHandle = other.cred.ID, other.auth.Options.UserHandle
		return d.answer(t, c)
	},
	"no user handle": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.auth.Options.UserHandle = nil
		return d.answer(t, c)
	},
	"another key": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.cred.Key = newDevice().cred.Key
		return d.answer(t, c)
	},
	"backup flag changed": func(t *testing.T, _ *site, c Ceremony, d, _ *device) []byte {
		d.auth.Options.BackupEligible = true
		return d.answer(t, c)
	},
	"a registration's answer": func(t *testing.T, s *site, _ Ceremony, d, _ *device) []byte {
		c, err := s.BeginAccount(t.Context(), home, "x")
		s.ok(err)
		return d.register(t, c)
	},
	"nothing": func(*testing.T, *site, Ceremony, *device, *device) []byte { return nil },
	"too much": func(*testing.T, *site, Ceremony, *device, *device) []byte {
		return []byte(`"` + strings.Repeat("a", maxAnswer) + `"`)
	},
}

func TestAttack22SignInThatIsNotRight(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, _, other := s.create("Bob")
		for name, spoil := range spoiled {
			sess, _, d := s.create("Ann")
			good := *d
			for range 3 { // so that there is a count to fall back from
				s.mustSignIn(d)
			}
			sessions := count(t, s.db, "session")
			c, err := s.BeginSignIn(t.Context(), s.somewhere())
			s.ok(err)
			got, secret, err := s.FinishSignIn(t.Context(), c.ID, spoil(t, s, c, d, other), "")
			refused(t, name, err, problem.Unauthorized)
			if problem.Sentence(err) != problem.Sentence(refuse(nil)) {
				t.Errorf("%s: other words: %s", name, problem.Sentence(err))
			}
			if secret != "" || got.Account != "" || count(t, s.db, "session") != sessions {
				t.Errorf("%s: somebody is signed in", name)
			}
			good.cred.Counter = d.cred.Counter + 10
			if again, _, err := s.signIn(&good); err != nil || again.Account != sess.Account {
				t.Errorf("%s: and then the owner: %v", name, err)
			}
		}
	})
}

func TestAttack22ReplayedChallenge(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		_, _, d := here.create("Ann")
		d.cred.Counter = 0 // an authenticator that does not count, so that only the challenge can give it away
		c, err := here.BeginSignIn(t.Context(), here.somewhere())
		here.ok(err)
		answer := d.again(t, c)
		_, _, err = there.FinishSignIn(t.Context(), c.ID, answer, "") // begun here, finished there
		here.ok(err)
		for _, s := range []*site{here, there} {
			_, _, err = s.FinishSignIn(t.Context(), c.ID, answer, "")
			refused(t, "again", err, problem.Unauthorized)
		}
		other, err := here.BeginSignIn(t.Context(), here.somewhere())
		here.ok(err)
		_, _, err = here.FinishSignIn(t.Context(), other.ID, answer, "")
		refused(t, "in another ceremony", err, problem.Unauthorized)

		// A wrong answer uses the ceremony up as well.
		c, err = here.BeginSignIn(t.Context(), here.somewhere())
		here.ok(err)
		wrong := *d
		wrong.auth.Options.UserNotVerified = true
		_, _, err = here.FinishSignIn(t.Context(), c.ID, wrong.again(t, c), "")
		refused(t, "a wrong answer", err, problem.Unauthorized)
		_, _, err = there.FinishSignIn(t.Context(), c.ID, d.again(t, c), "")
		refused(t, "the right one after it", err, problem.Unauthorized)

		c, err = here.BeginSignIn(t.Context(), here.somewhere())
		here.ok(err)
		here.clock.move(ceremonyLife)
		_, _, err = here.FinishSignIn(t.Context(), c.ID, d.again(t, c), "")
		refused(t, "too late", err, problem.Unauthorized)
	})
}

// Of many who send one answer at the same time, one is signed in.
func TestAttack22OneAnswerSentManyTimesAtOnce(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		_, _, d := here.create("Ann")
		d.cred.Counter = 0
		c, err := here.BeginSignIn(t.Context(), here.somewhere())
		here.ok(err)
		answer := d.again(t, c)
		if in := atOnce(t, func(i int) error {
			_, _, err := []*site{here, there}[i%2].FinishSignIn(t.Context(), c.ID, answer, "")
			return err
		}); in != 1 {
			t.Errorf("%d were signed in", in)
		}
	})
}

// A copy of an authenticator that counts, and is used at the same moment as the
// original: one of them is signed in.
func TestAttack22OneCountTwiceAtOnce(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		_, _, d := here.create("Ann")
		d.cred.Counter = 7
		var begun [8]Ceremony
		var answers [8][]byte
		for i := range begun {
			var err error
			begun[i], err = here.BeginSignIn(t.Context(), here.somewhere())
			here.ok(err)
			answers[i] = d.again(t, begun[i])
		}
		if in := atOnce(t, func(i int) error {
			_, _, err := []*site{here, there}[i%2].FinishSignIn(t.Context(), begun[i].ID, answers[i], "")
			return err
		}); in != 1 {
			t.Errorf("%d were signed in", in)
		}
	})
}

// atOnce makes eight calls at the same time and says how many were not
// refused. A refusal is Unauthorized.
func atOnce(t *testing.T, call func(i int) error) (in int) {
	t.Helper()
	start, done := make(chan struct{}), make(chan error, 8)
	for i := range 8 {
		go func() {
			<-start
			done <- call(i)
		}()
	}
	close(start)
	for range 8 {
		if err := <-done; err == nil {
			in++
		} else if !problem.Is(err, problem.Unauthorized) {
			t.Error(err)
		}
	}
	return in
}

func TestAttack22ACountThatDropsIsTold(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		sess, _, d := s.create("Ann")
		s.channel(sess, notify.Email, "ann@example.org")
		s.channel(sess, notify.Phone, "+44 7700 900123")
		copied := *d
		copied.cred.Counter = 7
		s.mustSignIn(&copied)
		s.mail()
		_, _, err := s.signIn(d)
		refused(t, "the other one", err, problem.Unauthorized)
		s.told(notify.PasskeyRefused, "ann@example.org", "+447700900123")
		keys, err := s.Passkeys(t.Context(), sess.Account)
		s.ok(err)
		if !keys[0].Warned.Equal(s.clock.now()) || keys[0].Count != 8 {
			t.Errorf("the passkey is %+v", keys[0])
		}
	})
}

// ceremonies of one kind are not good for another, nor for another session.
func TestAttack22CeremoniesAreNotExchanged(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, d := s.create("Ann")
		bob, _, theirs := s.create("Bob")
		up, err := s.BeginStepUp(t.Context(), ann)
		s.ok(err)
		in, err := s.BeginSignIn(t.Context(), s.somewhere())
		s.ok(err)
		reg, err := s.BeginPasskey(t.Context(), ann)
		s.ok(err)
		_, _, err = s.FinishSignIn(t.Context(), up.ID, d.answer(t, up), "")
		refused(t, "a step-up as a sign-in", err, problem.Unauthorized)
		_, _, err = s.FinishStepUp(t.Context(), ann, in.ID, d.answer(t, in))
		refused(t, "a sign-in as a step-up", err, problem.Unauthorized)
		_, _, err = s.FinishStepUp(t.Context(), bob, up.ID, theirs.answer(t, up))
		refused(t, "a step-up of somebody else", err, problem.Unauthorized)
		refused(t, "a registration of somebody else", s.FinishPasskey(t.Context(), bob, reg.ID, newDevice().register(t, reg), "x"), problem.Unauthorized)
		_, _, err = s.FinishAccount(t.Context(), reg.ID, newDevice().register(t, reg), "x", "")
		refused(t, "a registration as an account", err, problem.Unauthorized)
		_, _, err = s.FinishStepUp(t.Context(), ann, up.ID, theirs.answer(t, up))
		refused(t, "a step-up with somebody else's passkey", err, problem.Unauthorized)
	})
}

func TestAttack23RecoveryLowersTheLevel(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, d := s.create("Ann")
		s.ok(s.SetProof(t.Context(), ann.Account, P9))
		s.ok(s.SetRecord(t.Context(), ann.Account, "Patient/1"))
		ann, _ = s.mustSignIn(d)
		codes, err := s.NewRecoveryCodes(t.Context(), ann)
		s.ok(err)
		if got := ann.Vector().String(); got != "P9.Cm" || BreakGlass.Lacks(ann.Standing, ann.Verified, s.clock.now()) != NeedNothing {
			t.Fatalf("before it all, %s", got)
		}
		thief, secret, err := s.Recover(t.Context(), abroad, codes[0], "")
		s.ok(err)
		if thief.Strength != Weak || thief.Proof != P0 || thief.Vector().String() != "P0" {
			t.Errorf("a recovery code gives %s", thief.Vector())
		}
		want, err := ParseRequest("")
		s.ok(err)
		for act := Action(1); act < actions; act++ {
			if act.Lacks(thief.Standing, thief.Verified, s.clock.now()) == NeedNothing {
				t.Errorf("it may do action %d", act)
			}
		}
		_, err = s.NewRecoveryCodes(t.Context(), thief)
		refused(t, "new codes", err, problem.Forbidden)
		_, err = s.BeginTimeCode(t.Context(), thief)
		refused(t, "an app", err, problem.Forbidden)
		_, err = s.AddChannel(t.Context(), thief, notify.Email, "thief@example.org")
		refused(t, "an address", err, problem.Forbidden)
		refused(t, "closing the account", s.Close(t.Context(), thief), problem.Forbidden)

		// A passkey that is added waits, and even then the proof is gone.
		theirs := s.add(thief, "thief's")
		waiting, _ := s.mustSignIn(theirs)
		if waiting.Strength != Weak || Satisfies(waiting.Vector(), want) {
			t.Errorf("at once, the new passkey gives %s", waiting.Vector())
		}
		keys, err := s.Passkeys(t.Context(), ann.Account)
		s.ok(err)
		refused(t, "removing the owner's passkey", s.RemovePasskey(t.Context(), waiting, keys[0].ID), problem.Forbidden)
		_, err = s.BeginPasskey(t.Context(), waiting)
		refused(t, "one more passkey", err, problem.Forbidden)
		up, err := s.BeginStepUp(t.Context(), thief)
		s.ok(err)
		_, _, err = s.FinishStepUp(t.Context(), thief, up.ID, theirs.answer(t, up))
		refused(t, "a step-up with it", err, problem.Forbidden)
		refused(t, "stopping the recovery with it", s.StopRecovery(t.Context(), waiting), problem.Forbidden)

		s.clock.move(defaultWait)
		_, err = s.Session(t.Context(), secret)
		refused(t, "the session of the recovery", err, problem.Unauthorized)
		ripe, _ := s.mustSignIn(theirs)
		if ripe.Strength != Strong || ripe.Proof != P0 || Satisfies(ripe.Vector(), want) || BreakGlass.Lacks(ripe.Standing, ripe.Verified, s.clock.now()) != NeedProof {
			t.Errorf("after the wait it gives %s", ripe.Vector())
		}
		acc, err := s.Get(t.Context(), ann.Account)
		s.ok(err)
		if acc.Proof != P0 || acc.Best != P9 || acc.Recovered.IsZero() {
			t.Errorf("the account is %+v", acc)
		}
		s.ok(s.SetProof(t.Context(), ann.Account, P9)) // proven again
		ripe, _ = s.mustSignIn(theirs)
		if !Satisfies(ripe.Vector(), want) || !ripe.Recovered.IsZero() {
			t.Errorf("proven again it gives %s", ripe.Vector())
		}
	})
}

// observe records what is done by a call, and its refusal.
func (s *site) observe(call func() error) (done []string, words string) {
	s.t.Helper()
	s.trace = func(what string) { done = append(done, what) }
	defer func() { s.trace = nil }()
	err := call()
	if err == nil {
		s.t.Error("it was not refused")
	}
	return done, fmt.Sprint(problem.KindOf(err), problem.Sentence(err))
}

// TestAttack24UserEnumeration compares what is done for known and unknown: the
// statements and the checks of secrets, in order, and the words of the refusal.
func TestAttack24UserEnumeration(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, d := s.create("Ann")
		s.mustSignIn(d)
		s.channel(ann, notify.Email, "ann@example.org")
		s.timeCode(ann)
		codes, err := s.NewRecoveryCodes(t.Context(), ann)
		s.ok(err)
		_, _, err = s.Recover(t.Context(), home, codes[0], "")
		s.ok(err)
		never, _ := newRecoveryCode()
		bob, _, _ := s.create("Bob")
		theirs, err := s.NewRecoveryCodes(t.Context(), bob)
		s.ok(err)
		s.ok(s.Suspend(t.Context(), bob.Account))

		passkey := func(spoil func(*device)) func() error {
			return func() error {
				c := s.quietly()
				other := *d
				spoil(&other)
				answer := other.answer(t, c)
				_, _, err := s.FinishSignIn(t.Context(), c.ID, answer, "")
				return err
			}
		}
		withCode := func(address, code string) func() error {
			return func() error {
				_, _, err := s.SignInWithCode(t.Context(), abroad, notify.Email, address, code, "")
				return err
			}
		}
		recovery := func(code string) func() error {
			return func() error {
				_, _, err := s.Recover(t.Context(), abroad, code, "")
				return err
			}
		}
		stranger := newDevice()
		for name, pair := range map[string][]func() error{
			"passkey": {
				passkey(func(d *device) { d.cred.Key = stranger.cred.Key }),                                 // a known id, a wrong signature
				passkey(func(d *device) { d.cred.ID = stranger.cred.ID }),                                   // an unknown id
				passkey(func(d *device) { d.auth.Options.UserHandle = stranger.cred.ID }),                   // a known id, another handle
				passkey(func(d *device) { d.cred, d.auth.Options.UserHandle = stranger.cred, []byte("x") }), // nothing known
			},
			"time code": {withCode("ann@example.org", "000000"), withCode("nobody@example.org", "000000"), withCode("ann@example.org", "abc"), withCode("nobody@example.org", "abc")},
			"recovery":  {recovery(codes[0]), recovery(never), recovery(theirs[0])},
		} {
			done, words := s.observe(pair[0])
			if len(done) == 0 {
				t.Errorf("%s: nothing was seen", name)
			}
			for i, other := range pair[1:] {
				d, w := s.observe(other)
				if !slices.Equal(done, d) {
					t.Errorf("%s, case %d: other work:\n%s\nnot\n%s", name, i+1, strings.Join(d, "\n"), strings.Join(done, "\n"))
				}
				if w != words {
					t.Errorf("%s, case %d: other words: %s, not %s", name, i+1, w, words)
				}
			}
		}
	})
}

// quietly begins a sign-in outside of what is observed.
func (s *site) quietly() Ceremony {
	s.t.Helper()
	watch := s.trace
	s.trace = nil
	defer func() { s.trace = watch }()
	c, err := s.BeginSignIn(s.t.Context(), s.somewhere())
	s.ok(err)
	return c
}

// An address that somebody else has is taken like any other, and they are not
// told: whether an address is known can not be found out by adding it.
func TestAttack24AnAddressOfSomebodyElse(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, _ := s.create("Ann")
		s.channel(ann, notify.Email, "family@example.org")
		bob, _, _ := s.create("Bob")
		var known, unknown []string
		s.trace = func(what string) { known = append(known, what) }
		_, err := s.AddChannel(t.Context(), bob, notify.Email, "family@example.org")
		s.ok(err)
		s.trace = func(what string) { unknown = append(unknown, what) }
		_, err = s.AddChannel(t.Context(), bob, notify.Email, "other@example.org")
		s.ok(err)
		s.trace = nil
		if !slices.Equal(known, unknown) {
			t.Error("a known address costs other work")
		}
	})
}

// timeCode sets up an app and returns its secret.
func (s *site) timeCode(sess Session) []byte {
	s.t.Helper()
	tc, err := s.BeginTimeCode(context.Background(), sess)
	s.ok(err)
	secret := fromBase32(s.t, tc.Secret)
	s.ok(s.FinishTimeCode(context.Background(), sess, tc.ID, code(secret, s.clock.now())))
	s.clock.move(totpPeriod * time.Second)
	return secret
}
