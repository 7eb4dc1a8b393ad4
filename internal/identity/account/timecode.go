package account

import (
	"context"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// TimeCode is what an app needs to show codes. It is shown once.
type TimeCode struct {
	ID     string // of the ceremony
	Secret string // base32, to be typed
	URI    string // otpauth, for a picture to be scanned
}

// BeginTimeCode makes a secret for an app. It counts once FinishTimeCode has
// seen a code of it.
func (a *Accounts) BeginTimeCode(ctx context.Context, s Session) (TimeCode, error) {
	if err := a.may(s, NewTimeCode); err != nil {
		return TimeCode{}, err
	}
	r, err := a.read(ctx, s.Account)
	if err != nil {
		return TimeCode{}, err
	}
	key, err := a.key(s.Account, r.wrapped)
	if err != nil {
		return TimeCode{}, err
	}
	secret := randomBytes(totpSize)
	id, err := a.keep(ctx, ceremonyTimeCode, s.Account, s.ID, kept{Secret: key.Seal(nil, secret, sealedAs("time code", s.Account))})
	if err != nil {
		return TimeCode{}, err
	}
	shown := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	uri := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + a.conf.Name + ":" + r.Name,
		RawQuery: url.Values{"secret": {shown}, "issuer": {a.conf.Name}}.Encode()}
	return TimeCode{ID: id, Secret: shown, URI: uri.String()}, nil
}

// FinishTimeCode takes the app into use, in the place of one before it. A wrong
// code leaves the ceremony as it was, so that a person can type it again; it
// guards nothing that they could not have otherwise.
func (a *Accounts) FinishTimeCode(ctx context.Context, s Session, id, typed string) error {
	if err := a.may(s, NewTimeCode); err != nil {
		return err
	}
	k, err := a.ceremony(ctx, id, ceremonyTimeCode, s.ID)
	if err != nil {
		return err
	}
	return a.write(ctx, func(t *tx) error {
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		key, err := a.key(s.Account, r.wrapped)
		if err != nil {
			return err
		}
		secret, err := key.Open(nil, k.Secret, sealedAs("time code", s.Account))
		if err != nil {
			return err
		}
		at, ok := codeStep(secret, typed, a.now())
		if !ok {
			return problem.New(problem.Invalid, "This is not the code that your app shows now. Check that your device has the right time, then type the newest code.").Because("time-code-no")
		}
		if err := t.mustBurn(id); err != nil {
			return err
		}
		_, err = t.Exec(`INSERT INTO time_code (account, secret, step) VALUES ($1, $2, $3)
			ON CONFLICT (account) DO UPDATE SET secret = $2, step = $3, tat = 0, fails = 0, alarm = 0`, s.Account, k.Secret, at)
		if err != nil {
			return err
		}
		return a.tell(t, r, notify.TimeCodeSet)
	})
}

// RemoveTimeCode lets codes of the app in no more. Passkeys are left, so it is
// never the last way in.
func (a *Accounts) RemoveTimeCode(ctx context.Context, s Session) error {
	if err := a.may(s, NewTimeCode); err != nil {
		return err
	}
	return a.write(ctx, func(t *tx) error {
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		n, err := t.Exec("DELETE FROM time_code WHERE account = $1", s.Account)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.NotFound, "You use no app for codes. There is nothing to remove.").Because("no-time-code")
		}
		return a.tell(t, r, notify.TimeCodeRemoved)
	})
}

// codeStep finds the step of a code: this one, the one before or the one after
// (RFC 6238, 5.2, for clocks that differ). All three are always compared.
func codeStep(secret []byte, typed string, now time.Time) (int64, bool) {
	typed, form := readDigits(typed, totpDigits)
	if !form {
		typed = strings.Repeat("x", totpDigits) // compared all the same
	}
	at, ok := int64(0), 0
	for s := step(now) - 1; s <= step(now)+1; s++ {
		same := subtle.ConstantTimeCompare([]byte(hotp(sha1.New, secret, s, totpDigits)), []byte(typed))
		at += int64(same) * (s - at)
		ok |= same
	}
	return at, ok == 1
}

// candidates is how many accounts with one address can use codes. Families
// share addresses; more than this use passkeys.
const candidates = 4

// candidate is an account whose code the typed one may be.
type candidate struct {
	account         string
	secret, wrapped []byte
	step            int64
}

// SignInWithCode signs in with an address and a code of an app. It is a weak
// way: such a session does nothing that needs a passkey. Guesses are counted
// for the source and for the account before the code is looked at, and never
// stand in the way of a passkey. An unknown address costs the same work and
// gets the same answer as a wrong code.
func (a *Accounts) SignInWithCode(ctx context.Context, from Source, medium notify.Medium, address, typed, device string) (Session, string, error) {
	address, err := readAddress(medium, address)
	if err != nil {
		return Session{}, "", err
	}
	list, allowed, err := a.charge(ctx, from, medium, address)
	if err != nil {
		return Session{}, "", err
	}
	if !allowed {
		return Session{}, "", tooMany()
	}
	for len(list) < candidates {
		list = append(list, candidate{})
	}
	var hit *candidate
	var at int64
	for i := range list {
		s, ok, err := a.try(&list[i], typed)
		if err != nil {
			return Session{}, "", err
		}
		if ok && hit == nil {
			hit, at = &list[i], s
		}
	}
	if hit == nil {
		return Session{}, "", refuseCode(cause("no such code"))
	}
	return a.beginWithCode(ctx, hit.account, at, device)
}

// charge counts a guess for the source and for every account with the address,
// and gives those accounts that have guesses left. Should two addresses have
// one hash, somebody could type the other's; they would still need the code.
func (a *Accounts) charge(ctx context.Context, from Source, medium notify.Medium, address string) (list []candidate, allowed bool, err error) {
	now := a.now().Unix()
	every := int64(guessesByAccount.interval / time.Second)
	hash := a.addressOf(medium, address)
	err = a.write(ctx, func(t *tx) (err error) {
		list = nil
		if allowed, err = a.allow(t, slotSource, from.key, guessesBySource); err != nil || !allowed {
			return err
		}
		return t.Query(`UPDATE time_code SET fails = fails + 1, alarm = CASE WHEN fails = $5 THEN 1 ELSE alarm END,
				tat = CASE WHEN tat > $2 THEN tat + $3 ELSE $2 + $3 END
			WHERE tat <= $4 AND fails < $6 AND account IN (SELECT DISTINCT c.account FROM account_channel c
				JOIN time_code own ON own.account = c.account WHERE c.hash = $1 AND c.verified > 0 ORDER BY c.account LIMIT $7)
			RETURNING account, secret, step, (SELECT key FROM account WHERE id = time_code.account)`,
			[]any{hash, now, every, now + int64(guessesByAccount.ahead()/time.Second), guessesByAccount.burst - 1, int64(maxFails), int64(candidates)},
			func(r *db.Row) error {
				list = append(list, candidate{account: r.Text(0), secret: clone(r.Bytes(1)), step: r.Int64(2), wrapped: clone(r.Bytes(3))})
				return nil
			})
	})
	return list, allowed, err
}

// try compares a code with that of a candidate; an empty candidate has a
// secret that nobody knows.
func (a *Accounts) try(c *candidate, typed string) (int64, bool, error) {
	a.note("check time code")
	secret := randomBytes(totpSize)
	if c.account != "" {
		key, err := a.key(c.account, c.wrapped)
		if err != nil {
			return 0, false, err
		}
		if secret, err = key.Open(nil, c.secret, sealedAs("time code", c.account)); err != nil {
			return 0, false, err
		}
	}
	at, ok := codeStep(secret, typed, a.now())
	return at, ok && c.account != "" && at > c.step, nil
}

// beginWithCode uses up the step and signs in.
func (a *Accounts) beginWithCode(ctx context.Context, account string, at int64, device string) (s Session, secret string, err error) {
	err = a.write(ctx, func(t *tx) error {
		var r row
		found, err := t.One("SELECT "+accountColumns+" FROM account WHERE id = $1 AND state = 1", []any{account}, func(dr *db.Row) error {
			scanAccount(dr, &r)
			return nil
		})
		if err != nil {
			return err
		}
		var n int64
		if found {
			if n, err = t.Exec("UPDATE time_code SET step = $2, fails = 0, tat = 0, alarm = 0 WHERE account = $1 AND step < $2", account, at); err != nil {
				return err
			}
		}
		if n == 0 {
			return refuseCode(cause("used already, or suspended"))
		}
		s, secret, err = a.begin(t, r, WayTimeCode, Shared, nil, device)
		return err
	})
	if err != nil {
		return Session{}, "", err
	}
	return s, secret, nil
}

// tellGuesses tells people whose codes are being guessed. It is not done by the
// try itself, which has to cost the same for every address.
func (a *Accounts) tellGuesses(ctx context.Context) error {
	var ids []string
	err := a.db.Query(ctx, "SELECT account FROM time_code WHERE alarm = 1 ORDER BY account LIMIT 100", nil, func(r *db.Row) error {
		ids = append(ids, r.Text(0))
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := a.read(ctx, id)
		if err != nil {
			return err
		}
		err = a.write(ctx, func(t *tx) error {
			n, err := t.Exec("UPDATE time_code SET alarm = 2 WHERE account = $1 AND alarm = 1", id)
			if err != nil || n == 0 {
				return err
			}
			return a.tell(t, r, notify.TimeCodeGuessed)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
