package account

import (
	"context"
	"crypto/sha256"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// recoveryCodes is how many codes a person gets.
const recoveryCodes = 10

// NewRecoveryCodes makes ten codes, each good once, and returns them to be
// shown once. Older ones no longer work.
func (a *Accounts) NewRecoveryCodes(ctx context.Context, s Session) ([]string, error) {
	if err := a.may(s, NewRecoveryCodes); err != nil {
		return nil, err
	}
	shown := make([]string, recoveryCodes)
	hashes := make([][sha256.Size]byte, recoveryCodes)
	for i := range shown {
		shown[i], hashes[i] = newRecoveryCode()
	}
	err := a.write(ctx, func(t *tx) error {
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		if _, err := t.Exec("DELETE FROM recovery_code WHERE account = $1", s.Account); err != nil {
			return err
		}
		for _, h := range hashes {
			if _, err := t.Exec("INSERT INTO recovery_code (hash, account) VALUES ($1, $2)", h[:], s.Account); err != nil {
				return err
			}
		}
		return a.tell(t, r, notify.CodesReplaced)
	})
	if err != nil {
		return nil, err
	}
	return shown, nil
}

// RecoveryCodesLeft is how many codes are still good.
func (a *Accounts) RecoveryCodesLeft(ctx context.Context, account string) (int, error) {
	var n int64
	_, err := a.one(ctx, "SELECT count(*) FROM recovery_code WHERE account = $1 AND used = 0", []any{account}, func(r *db.Row) error {
		n = r.Int64(0)
		return nil
	})
	return int(n), err
}

// Recover signs in with a recovery code. The session is weak: it may add a
// passkey, which then has to wait. The level of proof falls to P0 until the
// person proves again who they are, and every address is told. A code that was
// used, one that never was and one of a suspended account are refused alike.
func (a *Accounts) Recover(ctx context.Context, from Source, typed, device string) (Session, string, error) {
	plain, ok := readRecoveryCode(typed)
	if !ok {
		return Session{}, "", refuseCode(cause("not the form of a recovery code"))
	}
	hash := recoveryHash(plain)
	var s Session
	var secret string
	var refused error
	err := a.write(ctx, func(t *tx) error {
		refused = nil // a refusal is kept outside, so that the try stays counted
		ok, err := a.allow(t, slotSource, from.key, guessesBySource)
		if err != nil {
			return err
		}
		if !ok {
			refused = tooMany()
			return nil
		}
		n, err := t.Exec(`UPDATE recovery_code SET used = $2 WHERE hash = $1 AND used = 0
			AND EXISTS (SELECT 1 FROM account a WHERE a.id = recovery_code.account AND a.state = 1)`, hash[:], a.now().Unix())
		if err != nil {
			return err
		}
		if n == 0 {
			refused = refuseCode(cause("not known, or used"))
			return nil
		}
		r, err := a.recover(t, hash)
		if err != nil {
			return err
		}
		s, secret, err = a.begin(t, r, WayRecovery, Weak, nil, device)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Session{}, "", err
	}
	a.cache.DropAll() // sessions of the account know another level of proof
	return s, secret, nil
}

// recover lowers the account of a code that was just used, and tells. What the
// proof was is held, in case the person stops it.
func (a *Accounts) recover(t *tx, hash [sha256.Size]byte) (row, error) {
	now := a.now()
	_, err := t.Exec(`UPDATE account SET held = CASE WHEN recovered = 0 THEN proof ELSE held END, proof = 0, recovered = $2, waits = $3
		WHERE id = (SELECT account FROM recovery_code WHERE hash = $1)`, hash[:], now.Unix(), now.Add(a.conf.Wait).Unix())
	if err != nil {
		return row{}, err
	}
	var r row
	_, err = t.One("SELECT "+accountColumns+" FROM account WHERE id = (SELECT account FROM recovery_code WHERE hash = $1)", []any{hash[:]}, func(dr *db.Row) error {
		scanAccount(dr, &r)
		return nil
	})
	if err != nil {
		return row{}, err
	}
	return r, a.tell(t, r, notify.RecoveryUsed)
}

// StopRecovery undoes a recovery that is still waiting, from a session with a
// passkey that was there before: passkeys that wait go, sessions that came in
// by recovery end, the level of proof is what it was, and codes no longer work,
// since somebody else has one.
func (a *Accounts) StopRecovery(ctx context.Context, s Session) error {
	if err := a.may(s, StopRecovery); err != nil {
		return err
	}
	err := a.write(ctx, func(t *tx) error {
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		now := a.now().Unix()
		if r.Waits.Unix() <= now {
			return problem.New(problem.Conflict, "There is no recovery to stop, or its waiting time is over. Look at your passkeys, and remove those that are not yours.").Because("no-recovery")
		}
		for _, c := range []struct {
			sql  string
			args []any
		}{
			{"DELETE FROM passkey WHERE account = $1 AND ripe > $2", []any{s.Account, now}},
			{"DELETE FROM session WHERE account = $1 AND strength = $2", []any{s.Account, int64(Weak)}},
			{"DELETE FROM recovery_code WHERE account = $1", []any{s.Account}},
			{"UPDATE account SET proof = CASE WHEN recovered > 0 THEN held ELSE proof END, held = 0, recovered = 0, waits = 0 WHERE id = $1", []any{s.Account}},
		} {
			if _, err := t.Exec(c.sql, c.args...); err != nil {
				return err
			}
		}
		return a.tell(t, r, notify.RecoveryStopped)
	})
	a.cache.DropAll()
	return err
}

// refuseCode is the one refusal of a code, whoever it was for.
func refuseCode(cause error) error {
	return problem.Wrap(problem.Unauthorized, "That did not work. Check the code and type it again, or use a passkey. A code works once; after several wrong ones, wait.", cause).Because("recovery-no")
}
