package account

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

func TestAPersonMakesAnAccountAndSignsIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		first, secret, d := s.create("Ann")
		if first.Strength != Strong || first.Way != WayPasskey || first.Proof != P0 || first.Record != "" || first.Vector().String() != "P0.Cm" {
			t.Errorf("the first session is %s, %+v", first.Vector(), first.Standing)
		}
		got, err := s.Session(t.Context(), secret)
		s.ok(err)
		if got.ID != first.ID || got.Account != first.Account || got.Device != "Firefox on Linux" {
			t.Error("the secret leads to another session")
		}
		s.clock.move(time.Hour)
		again, _ := s.mustSignIn(d)
		if again.Account != first.Account || again.ID == first.ID {
			t.Error("a sign-in leads to another account, or to the same session")
		}
		acc, err := s.Get(t.Context(), first.Account)
		s.ok(err)
		if acc.Name != "Ann" || acc.State != Good || acc.Staff {
			t.Errorf("the account is %+v", acc)
		}
	})
}

func TestWhatAPageIsTold(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	_, _, d := s.create("Ann")
	sess, _ := s.mustSignIn(d)
	c, err := s.BeginPasskey(t.Context(), sess)
	s.ok(err)
	var o struct {
		PublicKey struct {
			RP                     struct{ ID string }
			Attestation            string
			User                   struct{ ID, Name string }
			AuthenticatorSelection struct {
				ResidentKey, UserVerification string
				RequireResidentKey            bool
			}
			ExcludeCredentials []struct{ ID string }
		}
	}
	s.ok(json.Unmarshal(c.Options, &o))
	p := o.PublicKey
	if p.RP.ID != "example.org" || p.Attestation != "none" || p.User.Name != "Ann" || p.User.ID == sess.Account ||
		p.AuthenticatorSelection.ResidentKey != "required" || !p.AuthenticatorSelection.RequireResidentKey || p.AuthenticatorSelection.UserVerification != "required" {
		t.Errorf("a registration asks for %+v", p)
	}
	keys, err := s.Passkeys(t.Context(), sess.Account)
	s.ok(err)
	if len(p.ExcludeCredentials) != 1 || p.ExcludeCredentials[0].ID != keys[0].ID {
		t.Errorf("excluded: %v", p.ExcludeCredentials)
	}
	if strings.Contains(string(c.Options), sess.Account) {
		t.Error("the id of the account is told to authenticators")
	}

	c, err = s.BeginSignIn(t.Context(), home)
	s.ok(err)
	if !strings.Contains(string(c.Options), `"userVerification":"required"`) || strings.Contains(string(c.Options), "allowCredentials") {
		t.Errorf("a sign-in asks for %s", c.Options)
	}
}

func TestAPersonHasSeveralPasskeys(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		sess, _, d := s.create("Ann")
		s.channel(sess, notify.Email, "ann@example.org")
		second := newDevice()
		second.auth.Options.BackupEligible, second.auth.Options.BackupState = true, true
		c, err := s.BeginPasskey(t.Context(), sess)
		s.ok(err)
		s.ok(s.FinishPasskey(t.Context(), sess, c.ID, second.register(t, c), "laptop"))
		s.told(notify.PasskeyAdded, "ann@example.org")

		s.clock.move(time.Minute)
		got, _ := s.mustSignIn(second)
		if got.Account != sess.Account {
			t.Error("the second passkey opens another account")
		}
		keys, err := s.Passkeys(t.Context(), sess.Account)
		s.ok(err)
		if len(keys) != 2 {
			t.Fatalf("%d passkeys", len(keys))
		}
		a, b := keys[0], keys[1]
		if a.Name != "telephone" {
			a, b = b, a
		}
		switch {
		case a.Name != "telephone" || a.Synced || a.Backed || a.AAGUID != d.auth.Aaguid || !a.Used.IsZero():
			t.Errorf("the first is %+v", a)
		case b.Name != "laptop" || !b.Synced || !b.Backed || b.AAGUID != second.auth.Aaguid || b.Count != 1 || !b.Used.Equal(s.clock.now()) || !b.Added.Equal(s.clock.now().Add(-time.Minute)):
			t.Errorf("the second is %+v", b)
		}
		second.auth.Options.BackupState = false // it is not copied any more
		s.mustSignIn(second)
		s.ok(s.RenamePasskey(t.Context(), sess, b.ID, "old laptop"))
		keys, err = s.Passkeys(t.Context(), sess.Account)
		s.ok(err)
		for _, k := range keys {
			if k.ID == b.ID && (k.Backed || !k.Synced || k.Name != "old laptop" || k.Count != 2) {
				t.Errorf("afterwards it is %+v", k)
			}
		}
	})
}

func TestTheLastWayInStays(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		sess, _, first := s.create("Ann")
		s.channel(sess, notify.Email, "ann@example.org")
		keys, err := s.Passkeys(t.Context(), sess.Account)
		s.ok(err)
		refused(t, "the only passkey is removed", s.RemovePasskey(t.Context(), sess, keys[0].ID), problem.Conflict)
		if _, _, err := s.signIn(first); err != nil {
			t.Errorf("and is gone: %v", err)
		}
		second := s.add(sess, "laptop")
		_, gone := s.mustSignIn(first)
		mine, _ := s.mustSignIn(second)
		s.mail()
		s.ok(s.RemovePasskey(t.Context(), mine, keys[0].ID))
		s.told(notify.PasskeyRemoved, "ann@example.org")
		if _, _, err := s.signIn(first); !problem.Is(err, problem.Unauthorized) {
			t.Errorf("a removed passkey signs in: %v", err)
		}
		if _, err := s.Session(t.Context(), gone); !problem.Is(err, problem.Unauthorized) {
			t.Errorf("what was signed in with a removed passkey goes on: %v", err)
		}
		refused(t, "it is removed again", s.RemovePasskey(t.Context(), mine, keys[0].ID), problem.NotFound)

		other, _, _ := s.create("Bob")
		s.add(other, "spare")
		keys, err = s.Passkeys(t.Context(), mine.Account)
		s.ok(err)
		refused(t, "somebody else removes it", s.RemovePasskey(t.Context(), other, keys[0].ID), problem.NotFound)
		refused(t, "somebody else renames it", s.RenamePasskey(t.Context(), other, keys[0].ID, "mine"), problem.NotFound)
	})
}

// Two nodes that each remove one of the last two passkeys at the same time
// must not both succeed.
func TestTheLastTwoPasskeysAreNotBothRemoved(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		for range 10 {
			sess, _, _ := here.create("Ann")
			here.add(sess, "laptop")
			keys, err := here.Passkeys(t.Context(), sess.Account)
			here.ok(err)
			done := make(chan error, 2)
			go func() { done <- here.RemovePasskey(t.Context(), sess, keys[0].ID) }()
			go func() { done <- there.RemovePasskey(t.Context(), sess, keys[1].ID) }()
			if e, f := <-done, <-done; (e == nil) == (f == nil) {
				t.Fatalf("both: %v, %v", e, f)
			}
		}
	})
}

func TestStaffPasskeysAreHeldToThePolicy(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var seen []Attested
		s.conf.Staff = func(a Attested) error {
			seen = append(seen, a)
			if a.Synced {
				return problem.New(problem.Forbidden, "Staff use a security key that can not be copied. Choose another device.")
			}
			return nil
		}
		try := func(synced bool) error {
			c, err := s.BeginStaffAccount(t.Context(), home, "Dr Ann")
			s.ok(err)
			if !bytes.Contains(c.Options, []byte(`"attestation":"direct"`)) {
				t.Error("staff are not asked for an attestation")
			}
			d := newDevice()
			d.auth.Options.BackupEligible = synced
			sess, _, err := s.FinishAccount(t.Context(), c.ID, d.register(t, c), "key", "")
			if err == nil && !sess.Staff {
				t.Error("the account is not one of staff")
			}
			return err
		}
		refused(t, "a synced passkey", try(true), problem.Forbidden)
		s.ok(try(false))
		if len(seen) != 2 || seen[0].Format != "packed" || !seen[0].Synced || seen[1].Synced || seen[1].AAGUID == [16]byte{} {
			t.Errorf("the policy saw %+v", seen)
		}
		s.create("Ann") // people are not held to it
		if len(seen) != 2 {
			t.Error("a person was held to the policy for staff")
		}
	})
}

func TestACredentialIsRegisteredOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, _, d := s.create("Ann")
		c, err := s.BeginAccount(t.Context(), abroad, "Mallory")
		s.ok(err)
		thief := newDevice()
		thief.cred.ID = d.cred.ID
		_, _, err = s.FinishAccount(t.Context(), c.ID, thief.register(t, c), "mine", "")
		refused(t, "a credential id of somebody else", err, problem.Invalid)
		s.mustSignIn(d)
	})
}

func TestRegistrationsThatAreNotRight(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for name, spoil := range map[string]func(*device){
			"another origin":    func(d *device) { d.rp.Origin = "https://id.example.org.evil.test" },
			"another domain":    func(d *device) { d.rp.ID = "evil.test" },
			"nobody verified":   func(d *device) { d.auth.Options.UserNotVerified = true },
			"nobody present":    func(d *device) { d.auth.Options.UserNotPresent = true },
			"backed, can't be":  func(d *device) { d.auth.Options.BackupState = true },
			"a key not of ours": func(d *device) { d.cred.Key = nil },
		} {
			c, err := s.BeginAccount(t.Context(), home, "Ann")
			s.ok(err)
			d := newDevice()
			answer := []byte(`{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`)
			if spoil(d); d.cred.Key != nil {
				answer = d.register(t, c)
			}
			_, _, err = s.FinishAccount(t.Context(), c.ID, answer, "telephone", "")
			refused(t, name, err, problem.Invalid)
		}
		if n := count(t, s.db, "account"); n != 0 {
			t.Errorf("%d accounts came of it", n)
		}
		_, err := s.BeginAccount(t.Context(), home, "two\nlines")
		refused(t, "a name of two lines", err, problem.Invalid)
	})
}

func count(t testing.TB, d *db.DB, table string) (n int64) {
	t.Helper()
	err := d.Query(t.Context(), "SELECT count(*) FROM "+table, nil, func(r *db.Row) error { n = r.Int64(0); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return n
}
