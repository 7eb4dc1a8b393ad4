package account

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

func TestASessionIsThirtyMinutesIdleAndTwelveHoursAtMost(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		begun, secret, _ := s.create("Ann")
		s.clock.move(sessionIdle - time.Second)
		got, err := s.Session(t.Context(), secret)
		s.ok(err)
		if !got.Verified.Equal(begun.Verified) || !got.Ends.Equal(begun.Ends) || !got.Used.Equal(s.clock.now()) {
			t.Errorf("a use changes more than the last use: %+v", got.Standing)
		}
		s.clock.move(sessionIdle)
		_, err = s.Session(t.Context(), secret)
		refused(t, "idle for thirty minutes", err, problem.Unauthorized)

		_, secret, _ = s.create("Ann")
		for range 28 {
			s.clock.move(25 * time.Minute)
			_, err = s.Session(t.Context(), secret)
			s.ok(err)
		}
		left := sessionLife - 28*25*time.Minute
		s.clock.move(left - time.Second - 5*time.Minute)
		_, err = s.Session(t.Context(), secret)
		s.ok(err)
		s.clock.move(5 * time.Minute)
		_, err = s.Session(t.Context(), secret)
		s.ok(err)
		s.clock.move(time.Second)
		_, err = s.Session(t.Context(), secret)
		refused(t, "in use for twelve hours", err, problem.Unauthorized)
	})
}

func TestThePersonSeesTheirSessionsAndEndsThem(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		ann, one, d := s.create("Ann")
		bob, theirs, _ := s.create("Bob")
		var secrets []string
		for range 3 {
			s.clock.move(time.Second)
			_, x := s.mustSignIn(d)
			secrets = append(secrets, x)
		}
		list, err := s.Sessions(ctx, ann.Account)
		s.ok(err)
		if len(list) != 4 || list[3].ID != ann.ID || list[0].Device != "Firefox on Linux" {
			t.Fatalf("%d sessions", len(list))
		}
		refused(t, "somebody else ends one", s.End(ctx, bob, list[0].ID), problem.NotFound)
		s.ok(s.End(ctx, ann, list[0].ID))
		refused(t, "it is ended again", s.End(ctx, ann, list[0].ID), problem.NotFound)
		_, err = s.Session(ctx, secrets[2])
		refused(t, "an ended session", err, problem.Unauthorized)
		_, err = s.Session(ctx, secrets[1])
		s.ok(err)
		n, err := s.EndOthers(ctx, ann)
		if err != nil || n != 2 {
			t.Errorf("%d others were ended, %v", n, err)
		}
		for _, x := range secrets {
			_, err = s.Session(ctx, x)
			refused(t, "another session", err, problem.Unauthorized)
		}
		_, err = s.Session(ctx, one)
		s.ok(err)
		s.ok(s.SignOut(ctx, ann))
		s.ok(s.SignOut(ctx, ann))
		_, err = s.Session(ctx, one)
		refused(t, "after signing out", err, problem.Unauthorized)
		_, err = s.EndOthers(ctx, ann)
		refused(t, "ending others when signed out", err, problem.Unauthorized)
		_, err = s.Session(ctx, theirs)
		s.ok(err)
	})
}

// An end is felt at once on the node that was told, and within a second on
// every other.
func TestAnEndedSessionIsRefusedWithinASecondEverywhere(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ctx := t.Context()
		for name, end := range map[string]func(s Session, d *device) error{
			"signed out":      func(s Session, _ *device) error { return here.SignOut(ctx, s) },
			"ended from list": func(s Session, d *device) error { o, _ := here.mustSignIn(d); return here.End(ctx, o, s.ID) },
			"others ended": func(_ Session, d *device) error {
				o, _ := here.mustSignIn(d)
				_, err := here.EndOthers(ctx, o)
				return err
			},
			"all ended": func(s Session, _ *device) error { return here.EndAll(ctx, s.Account) },
			"closed":    func(s Session, _ *device) error { return here.Close(ctx, s) },
			"suspended": func(s Session, _ *device) error { return here.Suspend(ctx, s.Account) },
		} {
			ann, secret, d := here.create("Ann")
			for _, n := range []*site{here, there} {
				_, err := n.Session(ctx, secret)
				here.ok(err)
			}
			here.ok(end(ann, d))
			kind := problem.Unauthorized
			if name == "suspended" {
				kind = problem.Forbidden
			}
			_, err := here.Session(ctx, secret)
			refused(t, name+", here, at once", err, kind)
			here.clock.move(time.Second)
			_, err = there.Session(ctx, secret)
			refused(t, name+", there, a second later", err, kind)
		}
	})
}

// What is proven of an account is felt by its sessions within a second too.
func TestSessionsSeeTheAccountAsItIs(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ann, secret, _ := here.create("Ann")
		_, err := there.Session(t.Context(), secret)
		here.ok(err)
		here.ok(here.SetProof(t.Context(), ann.Account, P9))
		here.ok(here.SetRecord(t.Context(), ann.Account, "Patient/1"))
		here.clock.move(time.Second)
		for _, n := range []*site{here, there} {
			got, err := n.Session(t.Context(), secret)
			here.ok(err)
			if (got.Standing != Standing{Strong, P9, "Patient/1"}) {
				t.Errorf("it sees %+v", got.Standing)
			}
		}
		refused(t, "a level that is none", here.SetProof(t.Context(), ann.Account, 7), problem.Invalid)
		refused(t, "an account that is none", here.SetProof(t.Context(), "x", P9), problem.NotFound)
		here.ok(here.Suspend(t.Context(), ann.Account))
		here.ok(here.Restore(t.Context(), ann.Account))
		_, err = here.Session(t.Context(), secret)
		here.ok(err)
	})
}

func TestAStepUpRenewsTheSecretAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		ann, old, d := s.create("Ann")
		s.clock.move(20 * time.Minute)
		ann, err := s.Session(ctx, old)
		s.ok(err)
		refused(t, "new codes long after the sign-in", func() error { _, err := s.NewRecoveryCodes(ctx, ann); return err }(), problem.Forbidden)
		c, err := s.BeginStepUp(ctx, ann)
		s.ok(err)
		if !strings.Contains(string(c.Options), `"userVerification":"required"`) {
			t.Error("a step-up does not verify the person")
		}
		up, secret, err := s.FinishStepUp(ctx, ann, c.ID, d.answer(t, c))
		s.ok(err)
		if secret == old || !up.Verified.Equal(s.clock.now()) || up.ID != ann.ID || !up.Begun.Equal(ann.Begun) || !up.Ends.Equal(ann.Ends) {
			t.Errorf("after it the session is %+v", up.Standing)
		}
		_, err = s.Session(ctx, old)
		refused(t, "the secret before it", err, problem.Unauthorized)
		got, err := s.Session(ctx, secret)
		s.ok(err)
		_, err = s.NewRecoveryCodes(ctx, got)
		s.ok(err)
		_, err = s.NewRecoveryCodes(ctx, ann)
		refused(t, "with the session as it was", err, problem.Forbidden)
	})
}

func TestUseCostsAtMostOneWriteAMinute(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, secret, _ := s.create("Ann")
		writes := 0
		s.trace = func(what string) {
			if strings.HasPrefix(what, "UPDATE session") {
				writes++
			}
		}
		for range 600 { // a call every second for ten minutes
			s.clock.move(time.Second)
			_, err := s.Session(t.Context(), secret)
			s.ok(err)
		}
		if writes != 10 {
			t.Errorf("%d writes in ten minutes", writes)
		}
	})
}

func TestWhatIsNoSessionIsRefused(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	_, secret, _ := s.create("Ann")
	asked := 0
	s.trace = func(string) { asked++ }
	for _, bad := range []string{"", sessionPrefix, secret + "0", secret[1:], strings.ToUpper(secret), " " + secret, "bevan_" + secret, sessionPrefix + strings.Repeat("'", 52)} {
		_, err := s.Session(t.Context(), bad)
		refused(t, bad, err, problem.Unauthorized)
	}
	if asked != 0 {
		t.Error("rubbish costs a query")
	}
	for i := len(sessionPrefix); i < len(secret)-1; i++ {
		c := byte('0')
		if secret[i] == c {
			c = '1'
		}
		_, err := s.Session(t.Context(), secret[:i]+string(c)+secret[i+1:])
		refused(t, "another letter", err, problem.Unauthorized)
	}
}

// plainSession is a session as somebody would write it down who has no
// database: the rules, and nothing else.
type plainSession struct {
	secret, id  string
	used, begun time.Time
	gone        bool
}

func (p *plainSession) use(now time.Time) bool {
	if p.gone || now.Sub(p.used) >= 30*time.Minute || now.Sub(p.begun) >= 12*time.Hour {
		return false
	}
	if now.Sub(p.used) >= time.Minute {
		p.used = now.Truncate(time.Second)
	}
	return true
}

// A person with many sessions, on two nodes that forget what they remembered
// before each step, against the plain rules.
func TestSessionsAreAsThePlainRulesSay(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		rapid.Check(t, func(rt *rapid.T) { playSessions(t, rt, [2]*site{here, there}) })
	})
}

func playSessions(t *testing.T, rt *rapid.T, nodes [2]*site) {
	ctx := t.Context()
	here := nodes[0]
	first, secret, d := here.create("Ann")
	all := []*plainSession{{secret: secret, id: first.ID, used: first.Used, begun: first.Begun}}
	var live *plainSession
	var sess Session
	pick := func(rt *rapid.T) *site {
		for _, n := range nodes {
			n.cache.DropAll()
		}
		live = all[rapid.IntRange(0, len(all)-1).Draw(rt, "session")]
		n := nodes[rapid.IntRange(0, 1).Draw(rt, "node")]
		got, err := n.Session(ctx, live.secret)
		if want := live.use(here.clock.now()); want != (err == nil) {
			rt.Fatalf("good: %v, want %v: %v", err == nil, want, err)
		}
		if sess = got; err != nil {
			live = nil
		}
		return n
	}
	rt.Repeat(map[string]func(*rapid.T){
		"use": func(rt *rapid.T) { pick(rt) },
		"wait": func(rt *rapid.T) {
			here.clock.move(time.Duration(rapid.SampledFrom([]int64{1, 20, 59, 60, 61, 600, 1799, 1800, 3 * 3600}).Draw(rt, "seconds")) * time.Second)
		},
		"sign in": func(rt *rapid.T) {
			s, secret := here.mustSignIn(d)
			all = append(all, &plainSession{secret: secret, id: s.ID, used: s.Used, begun: s.Begun})
		},
		"sign out": func(rt *rapid.T) {
			if n := pick(rt); live != nil {
				here.ok(n.SignOut(ctx, sess))
				live.gone = true
			}
		},
		"end one": func(rt *rapid.T) {
			if n := pick(rt); live != nil {
				other := all[rapid.IntRange(0, len(all)-1).Draw(rt, "other")]
				_ = n.End(ctx, sess, other.id) // it may have ended already
				other.gone = true
			}
		},
		"end others": func(rt *rapid.T) {
			if n := pick(rt); live != nil {
				_, err := n.EndOthers(ctx, sess)
				here.ok(err)
				for _, o := range all {
					o.gone = o.gone || o != live
				}
			}
		},
		"sweep": func(rt *rapid.T) { here.ok(here.Sweep(ctx)) },
		"list": func(rt *rapid.T) {
			list, err := here.Sessions(ctx, first.Account)
			here.ok(err)
			good := 0
			for _, o := range all {
				if c := *o; c.use(here.clock.now()) {
					good++
				}
			}
			if len(list) != good {
				rt.Fatalf("%d are listed, want %d", len(list), good)
			}
		},
	})
}

func TestSweepTakesAwayWhatIsOver(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, secret, _ := s.create("Ann")
		_, err := s.BeginSignIn(t.Context(), home)
		s.ok(err)
		_, _, err = s.Recover(t.Context(), home, strings.Repeat("0", recoverySize), "")
		refused(t, "a guess", err, problem.Unauthorized)
		s.ok(s.Sweep(t.Context()))
		if count(t, s.db, "passkey_ceremony") != 1 || count(t, s.db, "session") != 1 || count(t, s.db, "try_slot") != 1 {
			t.Error("what is good was swept away")
		}
		s.clock.move(sessionLife)
		s.ok(s.Sweep(t.Context()))
		if count(t, s.db, "passkey_ceremony") != 0 || count(t, s.db, "session") != 0 || count(t, s.db, "try_slot") != 0 {
			t.Error("what is over is still there")
		}
		_, err = s.Session(t.Context(), secret)
		refused(t, "a swept session", err, problem.Unauthorized)
	})
}
