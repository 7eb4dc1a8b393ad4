package account

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

func (s *site) withCode(from Source, address, code string) (Session, error) {
	sess, _, err := s.SignInWithCode(s.t.Context(), from, notify.Email, address, code, "")
	return sess, err
}

func TestATimeCodeIsAWeakSecondWay(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ann, _, _ := here.create("Ann")
		here.ok(here.SetProof(t.Context(), ann.Account, P9))
		here.ok(here.SetRecord(t.Context(), ann.Account, "Patient/1"))
		here.channel(ann, notify.Email, "ann@example.org")
		secret := here.timeCode(ann)
		here.told(notify.TimeCodeSet, "ann@example.org")

		typed := code(secret, here.clock.now())
		got, err := here.withCode(home, " ANN@example.org ", typed[:3]+" "+typed[3:])
		here.ok(err)
		if got.Account != ann.Account || got.Way != WayTimeCode || got.Strength != Shared || got.Vector().String() != "P0.Ck" {
			t.Errorf("a code gives %s", got.Vector())
		}
		if (got.Standing != Standing{Shared, P9, "Patient/1"}) {
			t.Errorf("the facts are not kept apart: %+v", got.Standing)
		}
		// It caps what may be done, however fresh it is.
		for act := Action(1); act < actions; act++ {
			if act.Lacks(got.Standing, got.Verified, here.clock.now()) != NeedPasskey {
				t.Errorf("with a code, action %d is not refused", act)
			}
		}
		_, err = here.BeginPasskey(t.Context(), got)
		refused(t, "a new passkey", err, problem.Forbidden)
		_, err = here.NewRecoveryCodes(t.Context(), got)
		refused(t, "new recovery codes", err, problem.Forbidden)

		for _, s := range []*site{here, there} {
			_, err = s.withCode(home, "ann@example.org", typed)
			refused(t, "the code a second time", err, problem.Unauthorized)
		}
		_, err = here.withCode(home, "ann@example.org", code(secret, here.clock.now().Add(-totpPeriod*time.Second)))
		refused(t, "the code before it", err, problem.Unauthorized)
		_, err = there.withCode(home, "ann@example.org", code(secret, here.clock.now().Add(totpPeriod*time.Second)))
		here.ok(err) // the next one, from a clock that is ahead

		here.mail()
		here.ok(here.RemoveTimeCode(t.Context(), ann))
		here.told(notify.TimeCodeRemoved, "ann@example.org")
		here.clock.move(time.Hour)
		_, err = here.withCode(home, "ann@example.org", code(secret, here.clock.now()))
		refused(t, "a code of an app that was removed", err, problem.Unauthorized)
	})
}

// Of many who type one code at the same time, one comes in.
func TestOneTimeCodeUsedManyTimesAtOnce(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ann, _, _ := here.create("Ann")
		here.channel(ann, notify.Email, "ann@example.org")
		typed := code(here.timeCode(ann), here.clock.now())
		if in := atOnce(t, func(i int) error {
			_, err := []*site{here, there}[i%2].withCode(home, "ann@example.org", typed)
			return err
		}); in != 1 {
			t.Errorf("%d came in", in)
		}
	})
}

func TestAnAppCountsOnceItsCodeWasSeen(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, _ := s.create("Ann")
		s.channel(ann, notify.Email, "ann@example.org")
		tc, err := s.BeginTimeCode(t.Context(), ann)
		s.ok(err)
		if !strings.HasPrefix(tc.URI, "otpauth://totp/Example:Ann?") || !strings.Contains(tc.URI, "secret="+tc.Secret) {
			t.Errorf("the address for the app is %s", tc.URI)
		}
		secret := fromBase32(t, tc.Secret)
		_, err = s.withCode(home, "ann@example.org", code(secret, s.clock.now()))
		refused(t, "before it counts", err, problem.Unauthorized)
		refused(t, "a wrong code", s.FinishTimeCode(t.Context(), ann, tc.ID, "000000"), problem.Invalid)
		s.ok(s.FinishTimeCode(t.Context(), ann, tc.ID, code(secret, s.clock.now())))
		refused(t, "again", s.FinishTimeCode(t.Context(), ann, tc.ID, code(secret, s.clock.now())), problem.Unauthorized)
		_, err = s.withCode(home, "ann@example.org", code(secret, s.clock.now()))
		refused(t, "the code that set it up", err, problem.Unauthorized)
	})
}

// Families share addresses: the code says which account is meant.
func TestTwoAccountsWithOneAddress(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, _ := s.create("Ann")
		bob, _, _ := s.create("Bob")
		for _, x := range []Session{ann, bob} {
			s.channel(x, notify.Email, "family@example.org")
		}
		for i := range 2 * candidates { // and others, who use no app
			s.clock.move(codesByAddress.interval)
			x, _, _ := s.create(fmt.Sprint("Child ", i))
			s.channel(x, notify.Email, "family@example.org")
		}
		ann = s.stepUp(ann)
		hers := s.timeCode(ann)
		bob = s.stepUp(bob)
		his := s.timeCode(bob)
		for want, secret := range map[string][]byte{ann.Account: hers, bob.Account: his} {
			got, err := s.withCode(home, "family@example.org", code(secret, s.clock.now()))
			s.ok(err)
			if got.Account != want {
				t.Error("a code leads to the other account")
			}
		}
	})
}

// stepUp is the session as if it had just been verified.
func (s *site) stepUp(x Session) Session {
	x.Verified = s.clock.now()
	return x
}

// An attacker who guesses codes from everywhere does not stop the owner's
// passkey, nor a recovery code; the owner is told once; the guesses end.
func TestGuessesDoNotStopTheOwner(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ann, _, d := here.create("Ann")
		here.channel(ann, notify.Email, "ann@example.org")
		secret := here.timeCode(ann)
		codes, err := here.NewRecoveryCodes(t.Context(), ann)
		here.ok(err)
		here.mail()
		tried := 0
		for i := range 60 {
			s := []*site{here, there}[i%2]
			if _, err := s.withCode(here.somewhere(), "ann@example.org", "000000"); err == nil {
				t.Fatal("guessed")
			}
			tried++
		}
		_, err = here.withCode(home, "ann@example.org", code(secret, here.clock.now()))
		refused(t, "the right code after sixty wrong ones", err, problem.Unauthorized)
		if fails := here.fails(ann.Account); fails != guessesByAccount.burst {
			t.Errorf("%d guesses were looked at", fails)
		}
		here.ok(here.Sweep(t.Context()))
		here.told(notify.TimeCodeGuessed, "ann@example.org")
		here.ok(there.Sweep(t.Context()))
		here.told(notify.TimeCodeGuessed)

		here.mustSignIn(d) // at once
		there.mustSignIn(&device{d.auth, d.cred, d.rp})
		_, _, err = here.Recover(t.Context(), home, codes[0], "")
		here.ok(err)

		here.clock.move(guessesByAccount.interval)
		_, err = there.withCode(home, "ann@example.org", code(secret, here.clock.now()))
		here.ok(err) // there is another guess, and the owner's is right
		if here.fails(ann.Account) != 0 {
			t.Error("a right code does not forget the wrong ones")
		}

		for here.fails(ann.Account) < maxFails { // and somebody who is very patient
			here.clock.move(guessesByAccount.interval)
			_, err = here.withCode(here.somewhere(), "ann@example.org", "000000")
			refused(t, "a guess", err, problem.Unauthorized)
		}
		here.clock.move(240 * time.Hour)
		_, err = here.withCode(home, "ann@example.org", code(secret, here.clock.now()))
		refused(t, "a right code after a hundred wrong ones in a row", err, problem.Unauthorized)
		d.cred.Counter += 5
		ann, _ = here.mustSignIn(d)
		secret = here.timeCode(ann)
		_, err = here.withCode(home, "ann@example.org", code(secret, here.clock.now()))
		here.ok(err)
	})
}

func (s *site) fails(account string) (n int64) {
	s.t.Helper()
	s.ok(s.db.Query(s.t.Context(), "SELECT fails FROM time_code WHERE account = $1", []any{account}, func(r *db.Row) error {
		n = r.Int64(0)
		return nil
	}))
	return n
}

// One source runs out of tries; another does not notice. On every node.
func TestGuessesAreBoundedBySource(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ann, _, _ := here.create("Ann")
		codes, err := here.NewRecoveryCodes(t.Context(), ann)
		here.ok(err)
		never := strings.Repeat("0", recoverySize)
		for i := range guessesBySource.burst {
			_, _, err := []*site{here, there}[i%2].Recover(t.Context(), abroad, never, "")
			refused(t, "a guess", err, problem.Unauthorized)
		}
		for _, s := range []*site{here, there} {
			_, _, err := s.Recover(t.Context(), abroad, never, "")
			refused(t, "one too many", err, problem.TooMany)
			_, err = s.withCode(abroad, "ann@example.org", "000000")
			refused(t, "by another way", err, problem.TooMany)
			_, _, err = s.Recover(t.Context(), abroad, codes[0], "")
			refused(t, "the right code from there", err, problem.TooMany)
		}
		_, _, err = there.Recover(t.Context(), home, codes[0], "")
		here.ok(err)
		here.clock.move(guessesBySource.interval)
		_, _, err = here.Recover(t.Context(), abroad, codes[1], "")
		here.ok(err)
	})
}

func TestBoundsDoNotGrow(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ok := 0
		for i := range 200 {
			if s.flood.allow(abroad, floodBySource, s.clock.now()) {
				ok = i + 1
			}
		}
		if ok != int(floodBySource.burst) {
			t.Errorf("%d at once", ok)
		}
		if !s.flood.allow(home, floodBySource, s.clock.now()) {
			t.Error("somebody else is refused")
		}
		s.clock.move(floodBySource.interval)
		if !s.flood.allow(abroad, floodBySource, s.clock.now()) {
			t.Error("and is refused for ever")
		}
		var low, high int64 = 1 << 62, 0
		for i := range 300 {
			_, _, err := s.Recover(t.Context(), SourceOf(netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)})), strings.Repeat("0", recoverySize), "")
			refused(t, "a guess", err, problem.Unauthorized)
		}
		s.ok(s.db.Query(t.Context(), "SELECT slot FROM try_slot", nil, func(r *db.Row) error {
			low, high = min(low, r.Int64(0)), max(high, r.Int64(0))
			return nil
		}))
		if high-low >= slots {
			t.Errorf("slots from %d to %d", low, high)
		}
	})
}

// Ceremonies cost rows, and one source can not make many. Somebody else signs
// in meanwhile.
func TestCeremoniesAreBoundedBySource(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, _, d := s.create("Ann")
		before := count(t, s.db, "passkey_ceremony")
		for i := range 150 {
			var err error
			if i%2 == 0 {
				_, err = s.BeginSignIn(t.Context(), abroad)
			} else {
				_, err = s.BeginAccount(t.Context(), abroad, "Mallory")
			}
			if i < int(floodBySource.burst) {
				s.ok(err)
			} else {
				refused(t, "one too many", err, problem.TooMany)
			}
		}
		if n := count(t, s.db, "passkey_ceremony") - before; n != floodBySource.burst {
			t.Errorf("%d ceremonies", n)
		}
		s.mustSignIn(d)
	})
}

func TestPasskeysAndAddressesAreBounded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, _ := s.create("Ann")
		var late Ceremony // begun while there was room
		for i := range maxPasskeys - 1 {
			if i == maxPasskeys-2 {
				var err error
				late, err = s.BeginPasskey(t.Context(), ann)
				s.ok(err)
			}
			s.add(ann, fmt.Sprint("key ", i))
		}
		_, err := s.BeginPasskey(t.Context(), ann)
		refused(t, "one more passkey", err, problem.Conflict)
		refused(t, "one that was begun before", s.FinishPasskey(t.Context(), ann, late.ID, newDevice().register(t, late), "late"), problem.Conflict)
		for i := range maxChannels + 1 {
			s.clock.move(codesByAccount.interval)
			ann = s.stepUp(ann)
			_, err := s.AddChannel(t.Context(), ann, notify.Email, fmt.Sprintf("ann%d@example.org", i))
			if i < maxChannels {
				s.ok(err)
			} else {
				refused(t, "one more address", err, problem.Conflict)
			}
		}
	})
}

func TestASourceIsAnAddressOrANetwork(t *testing.T) {
	same := [][2]string{{"192.0.2.1", "::ffff:192.0.2.1"}, {"2001:db8::1", "2001:db8::ffff:1"}, {"fe80::1%eth0", "fe80::2"}}
	other := [][2]string{{"192.0.2.1", "192.0.2.2"}, {"2001:db8::1", "2001:db8:0:1::1"}}
	for _, p := range same {
		if SourceOf(netip.MustParseAddr(p[0])) != SourceOf(netip.MustParseAddr(p[1])) {
			t.Errorf("%v are two", p)
		}
	}
	for _, p := range other {
		if SourceOf(netip.MustParseAddr(p[0])) == SourceOf(netip.MustParseAddr(p[1])) {
			t.Errorf("%v are one", p)
		}
	}
	if SourceOf(netip.Addr{}) != (Source{}) {
		t.Error("no address is a source")
	}
}

func TestAnAddressIsConfirmedByItsCode(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		ann, _, _ := s.create("Ann")
		c, err := s.AddChannel(ctx, ann, notify.Email, "Ann@Example.org")
		s.ok(err)
		got := s.mail()
		if len(got) != 1 || got[0].Kind != notify.ConfirmAddress || got[0].Address != "ann@example.org" || len(got[0].Code) != channelDigits {
			t.Fatalf("%d messages", len(got))
		}
		_, err = s.NewRecoveryCodes(ctx, ann)
		s.ok(err)
		s.told(notify.CodesReplaced) // nobody: the address is not confirmed
		wrong := "000000"
		if got[0].Code == wrong {
			wrong = "000001"
		}
		for range channelTries - 1 {
			refused(t, "a wrong code", s.ConfirmChannel(ctx, ann, c.ID, wrong), problem.Invalid)
		}
		bob, _, _ := s.create("Bob")
		refused(t, "somebody else has the code", s.ConfirmChannel(ctx, bob, c.ID, got[0].Code), problem.Invalid)
		s.ok(s.ConfirmChannel(ctx, ann, c.ID, got[0].Code))
		s.told(notify.AddressAdded, "ann@example.org")
		refused(t, "it is confirmed again", s.ConfirmChannel(ctx, ann, c.ID, got[0].Code), problem.Invalid)

		s.clock.move(time.Second) // addresses are listed in the order of their seconds
		c2, err := s.AddChannel(ctx, ann, notify.Phone, "+44 7700 900123")
		s.ok(err)
		code := s.mail()[0].Code
		for range channelTries {
			refused(t, "a wrong code", s.ConfirmChannel(ctx, ann, c2.ID, "abc"), problem.Invalid)
		}
		refused(t, "the right one after five wrong ones", s.ConfirmChannel(ctx, ann, c2.ID, code), problem.Invalid)
		c3, err := s.AddChannel(ctx, ann, notify.Phone, "+44 7700 900123")
		s.ok(err)
		code = s.mail()[0].Code
		s.clock.move(channelLife)
		refused(t, "a code that is too old", s.ConfirmChannel(ctx, ann, c3.ID, code), problem.Invalid)
		ann = s.stepUp(ann)
		list, err := s.Channels(ctx, ann.Account)
		s.ok(err)
		if len(list) != 3 {
			t.Errorf("%d addresses", len(list))
		}
		for _, x := range list {
			if (x.ID == c.ID) == x.Verified.IsZero() || (x.ID == c.ID) != (x.Address == "ann@example.org") {
				t.Errorf("%s is confirmed at %v", x.Medium, x.Verified)
			}
		}
		refused(t, "somebody else removes it", s.RemoveChannel(ctx, s.stepUp(bob), c.ID), problem.NotFound)
		s.ok(s.RemoveChannel(ctx, ann, c.ID))
		s.told(notify.AddressRemoved, "ann@example.org")
	})
}

// Codes can not be used to flood somebody with messages.
func TestMessagesToAnAddressAreBounded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		sent := 0
		for i := range 3 {
			x, _, _ := s.create(fmt.Sprint("Mallory ", i))
			for range 4 {
				c, err := s.AddChannel(t.Context(), x, notify.Email, "victim@example.org")
				if err == nil {
					s.ok(s.RemoveChannel(t.Context(), x, c.ID))
				} else {
					refused(t, "too many", err, problem.TooMany)
				}
			}
			sent += len(s.mail())
		}
		if sent != int(codesByAddress.burst) {
			t.Errorf("%d messages were sent", sent)
		}
	})
}
