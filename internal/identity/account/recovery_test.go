package account

import (
	"crypto/sha1"
	"encoding/base32"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

func fromBase32(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func code(secret []byte, at time.Time) string { return hotp(sha1.New, secret, step(at), totpDigits) }

func TestEachRecoveryCodeIsGoodOnce(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ann, _, d := here.create("Ann")
		codes, err := here.NewRecoveryCodes(t.Context(), ann)
		here.ok(err)
		if len(codes) != 10 {
			t.Fatalf("%d codes", len(codes))
		}
		seen := map[string]bool{}
		for i, c := range codes {
			if seen[c] || len(c) != 23 {
				t.Errorf("code %q", c)
			}
			seen[c] = true
			typed := []string{c, strings.ToUpper(c), strings.ReplaceAll(c, "-", " "), " " + strings.ReplaceAll(c, "-", "") + "\n"}[i%4]
			from := SourceOf(netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}))
			got, _, err := here.Recover(t.Context(), from, typed, "")
			here.ok(err)
			if got.Account != ann.Account || got.Way != WayRecovery {
				t.Errorf("code %d leads elsewhere", i)
			}
			for _, s := range []*site{here, there} {
				_, _, err = s.Recover(t.Context(), from, c, "")
				refused(t, "a second time", err, problem.Unauthorized)
			}
			left, err := there.RecoveryCodesLeft(t.Context(), ann.Account)
			if err != nil || left != 9-i {
				t.Errorf("%d are left, %v", left, err)
			}
		}
		ann, _ = here.mustSignIn(d)
		old := codes
		codes, err = here.NewRecoveryCodes(t.Context(), ann)
		here.ok(err)
		newer, err := here.NewRecoveryCodes(t.Context(), ann)
		here.ok(err)
		for _, c := range []string{old[0], codes[0], "", "abc", strings.Repeat("0", 500), "' OR 1=1 --"} {
			_, _, err = here.Recover(t.Context(), home, c, "")
			refused(t, "an old code", err, problem.Unauthorized)
		}
		_, _, err = here.Recover(t.Context(), home, newer[0], "")
		here.ok(err)
	})
}

func TestOneRecoveryCodeUsedManyTimesAtOnce(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ann, _, _ := here.create("Ann")
		codes, err := here.NewRecoveryCodes(t.Context(), ann)
		here.ok(err)
		if in := atOnce(t, func(i int) error {
			_, _, err := []*site{here, there}[i%2].Recover(t.Context(), home, codes[0], "")
			return err
		}); in != 1 {
			t.Errorf("%d came in", in)
		}
	})
}

func TestRecoveryTellsEveryAddressAndCanBeStopped(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, d := s.create("Ann")
		s.ok(s.SetProof(t.Context(), ann.Account, P9))
		s.channel(ann, notify.Email, "ann@example.org")
		s.channel(ann, notify.Phone, "+44 7700 900123")
		codes, err := s.NewRecoveryCodes(t.Context(), ann)
		s.ok(err)
		s.told(notify.CodesReplaced, "ann@example.org", "+447700900123")

		s.clock.move(24 * time.Hour)
		thief, secret, err := s.Recover(t.Context(), abroad, codes[0], "")
		s.ok(err)
		s.told(notify.RecoveryUsed, "ann@example.org", "+447700900123")
		theirs := s.add(thief, "thief's")
		s.told(notify.PasskeyAdded, "ann@example.org", "+447700900123")
		_, unripe := s.mustSignIn(theirs)

		s.clock.move(defaultWait - 24*time.Hour)
		_, still := s.mustSignIn(theirs)
		_, again, err := s.Recover(t.Context(), abroad, codes[1], "") // and once more
		s.ok(err)
		s.mail()
		ann, _ = s.mustSignIn(d)
		if ann.Recovered.IsZero() || ann.Proof != P0 || !ann.Waits.Equal(s.clock.now().Add(defaultWait)) {
			t.Errorf("the owner sees %+v", ann.Standing)
		}
		s.clock.move(s.fresh())
		refused(t, "stopping it long after the sign-in", s.StopRecovery(t.Context(), ann), problem.Forbidden)
		ann, mine := s.mustSignIn(d)
		s.ok(s.StopRecovery(t.Context(), ann))
		s.told(notify.RecoveryStopped, "ann@example.org", "+447700900123")

		for what, x := range map[string]string{"the recovery": secret, "a second one": again, "its passkey": unripe, "its passkey, later": still} {
			if _, err := s.Session(t.Context(), x); !problem.Is(err, problem.Unauthorized) {
				t.Errorf("the session of %s goes on: %v", what, err)
			}
		}
		_, _, err = s.signIn(theirs)
		refused(t, "the thief's passkey", err, problem.Unauthorized)
		_, _, err = s.Recover(t.Context(), abroad, codes[2], "")
		refused(t, "another code of theirs", err, problem.Unauthorized)
		_, err = s.BeginPasskey(t.Context(), thief)
		s.ok(err) // what was looked up a moment ago may begin
		c, err := s.BeginPasskey(t.Context(), thief)
		s.ok(err)
		refused(t, "but not finish", s.FinishPasskey(t.Context(), thief, c.ID, newDevice().register(t, c), "x"), problem.Unauthorized)
		ann, err = s.Session(t.Context(), mine)
		s.ok(err)
		if ann.Proof != P9 || !ann.Recovered.IsZero() {
			t.Errorf("the owner has %+v", ann.Standing)
		}
		refused(t, "stopping it again", s.StopRecovery(t.Context(), ann), problem.Conflict)
	})
}

// fresh is longer than any action allows.
func (s *site) fresh() time.Duration { return 16 * time.Minute }

// Proof that is given again while a passkey of a thief still waits does not
// keep the owner from stopping it.
func TestARecoveryCanBeStoppedAfterProof(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, d := s.create("Ann")
		codes, err := s.NewRecoveryCodes(t.Context(), ann)
		s.ok(err)
		thief, _, err := s.Recover(t.Context(), abroad, codes[0], "")
		s.ok(err)
		theirs := s.add(thief, "thief's")
		s.ok(s.SetProof(t.Context(), ann.Account, P9))
		ann, _ = s.mustSignIn(d)
		s.ok(s.StopRecovery(t.Context(), ann))
		_, _, err = s.signIn(theirs)
		refused(t, "the thief's passkey", err, problem.Unauthorized)
		acc, err := s.Get(t.Context(), ann.Account)
		s.ok(err)
		if acc.Proof != P9 {
			t.Errorf("the proof is %d", acc.Proof)
		}
	})
}

func TestAWaitThatIsOverCanNotBeStopped(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, _, d := s.create("Ann")
		codes, err := s.NewRecoveryCodes(t.Context(), ann)
		s.ok(err)
		_, _, err = s.Recover(t.Context(), home, codes[0], "")
		s.ok(err)
		s.clock.move(defaultWait)
		ann, _ = s.mustSignIn(d)
		refused(t, "stopping it", s.StopRecovery(t.Context(), ann), problem.Conflict)
	})
}
