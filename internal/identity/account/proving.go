package account

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// What the room that proves who people are may do to an account. It keeps why a
// level is what it is; here lies the level itself. Both change in one
// transaction, which is why these take one.

// Hold keeps an account as it is until the transaction ends, so that two
// proofs at once do not each see what was before the other. One that can not
// be used is refused.
func (a *Accounts) Hold(t *db.Tx, id string) (Account, error) {
	r, err := a.holdRow(t, id)
	return r.Account, err
}

func (a *Accounts) holdRow(t *db.Tx, id string) (row, error) {
	var r row
	found, err := (&tx{db.Watch(t, a.trace)}).One("SELECT "+accountColumns+" FROM account WHERE id = $1"+t.Dialect().Pick("", " FOR UPDATE"), []any{id}, func(dr *db.Row) error {
		scanAccount(dr, &r)
		return nil
	})
	switch {
	case err != nil:
		return row{}, err
	case !found || r.State == Closed:
		return row{}, problem.New(problem.NotFound, "There is no such account, or it was closed. Look at the list again.").Because("account-gone")
	case r.State != Good:
		return row{}, suspended()
	}
	return r, nil
}

// HoldSession is Hold for the account of a session that must still be there:
// one that was ended a moment ago proves nothing any more.
func (a *Accounts) HoldSession(t *db.Tx, s Session) (Account, error) {
	r, err := a.hold(&tx{db.Watch(t, a.trace)}, s)
	return r.Account, err
}

// Prove says what is proven of an account from now on, and which record is
// theirs. It ends what a recovery took away. Who may say so is decided by the
// caller, who calls Forget when the transaction has ended.
func (a *Accounts) Prove(t *db.Tx, id string, p Proof, record string) error {
	if !p.known() {
		return problem.New(problem.Internal, "")
	}
	return a.exactly(t, `UPDATE account SET proof = $2, best = CASE WHEN best < $2 THEN $2 ELSE best END, held = 0, recovered = 0, record = $3
		WHERE id = $1 AND state = 1`, id, int64(p), record)
}

// Disprove lowers what is proven of an account to at most a level, and says
// which record is theirs. A recovery that was not followed by proof stays one,
// and stopping it gives back no more than the level. A suspended account is
// lowered too.
func (a *Accounts) Disprove(t *db.Tx, id string, most Proof, record string) error {
	return a.exactly(t, `UPDATE account SET proof = CASE WHEN proof > $2 THEN $2 ELSE proof END, held = CASE WHEN held > $2 THEN $2 ELSE held END, record = $3
		WHERE id = $1 AND state <> 3`, id, int64(most), record)
}

func (a *Accounts) exactly(t *db.Tx, sql string, args ...any) error {
	n, err := (&tx{db.Watch(t, a.trace)}).Exec(sql, args...)
	if err == nil && n != 1 {
		err = problem.New(problem.NotFound, "There is no such account, or it is not in a state for this. Look at the account.").Because("account-state")
	}
	return err
}

// Forget forgets what was remembered of sessions, after a transaction that
// changed what is proven; also after an error that may hide a commit.
func (a *Accounts) Forget() { a.cache.DropAll() }

// Tell writes one message to every verified address of an account, in the
// transaction of what it tells of.
func (a *Accounts) Tell(t *db.Tx, id string, k notify.Kind) error {
	r, err := a.holdRow(t, id)
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.NotFound) {
		return nil // nobody there who could act on it
	}
	if err != nil {
		return err
	}
	return a.tell(&tx{db.Watch(t, a.trace)}, r, k)
}

// MayProve counts one try of proving who somebody is, for the account and for
// where it comes from, and says whether it is let in. Both are counted whatever
// the outcome, by the same statements.
func (a *Accounts) MayProve(t *db.Tx, from Source, account string) (bool, error) {
	w := &tx{db.Watch(t, a.trace)}
	mine, err := a.allow(w, slotProofAccount, account, proofByAccount)
	if err != nil {
		return false, err
	}
	theirs, err := a.allow(w, slotProofSource, from.key, proofBySource)
	return mine && theirs, err
}

// Seal seals a value under the account's own key, so that it is lost with the
// account. what names the value and id its row: it opens nowhere else.
func (a *Accounts) Seal(ctx context.Context, account, what, id string, plain []byte) ([]byte, error) {
	key, err := a.keyOf(ctx, account)
	if err != nil {
		return nil, err
	}
	return key.Seal(nil, plain, sealedAs(what, id)), nil
}

// Unseal opens what Seal sealed. Of an account that was closed it opens
// nothing, and the error is NotFound.
func (a *Accounts) Unseal(ctx context.Context, account, what, id string, sealed []byte) ([]byte, error) {
	key, err := a.keyOf(ctx, account)
	if err != nil {
		return nil, err
	}
	return key.Open(nil, sealed, sealedAs(what, id))
}

// AdmitByProvider signs somebody in whom a provider vouches for, whose sign-in
// was linked to the account before. The session is weak: how a provider knows
// people is not ours to judge, so what matters wants a passkey. Whether the
// provider did vouch is decided by the caller.
func (a *Accounts) AdmitByProvider(ctx context.Context, account, device string) (Session, string, error) {
	var s Session
	var secret string
	err := a.write(ctx, func(t *tx) error {
		r, err := a.holdRow(t.Tx, account)
		if err != nil {
			return err
		}
		s, secret, err = a.begin(t, r, WayProvider, Weak, nil, device)
		return err
	})
	if err != nil {
		return Session{}, "", err
	}
	return s, secret, nil
}

// keyOf is the key of an account that was not closed.
func (a *Accounts) keyOf(ctx context.Context, account string) (*seal.Key, error) {
	r, err := a.read(ctx, account)
	if err != nil {
		return nil, err
	}
	if r.State == Closed {
		return nil, problem.New(problem.NotFound, "This account was closed, and what it kept went with it.").Because("account-closed")
	}
	return a.key(account, r.wrapped)
}

// OnClose has something done when an account is closed, in the transaction that
// closes it: a room that keeps what hangs on accounts lets go of it. It is for
// the start, before anybody can close one.
func (a *Accounts) OnClose(do func(t *db.Tx, account string) error) {
	a.closing = append(a.closing, do)
}
