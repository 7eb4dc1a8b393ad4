package account

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// State is whether an account can be used.
type State int

const (
	// Good accounts can be used.
	Good State = iota + 1
	// Suspended accounts let nobody in until they are good again.
	Suspended
	// Closed accounts are empty: the id stays, so that it is never used again.
	Closed
)

// Account is what may be known of an account.
type Account struct {
	ID    string
	State State
	Staff bool
	// Name is what the person calls it; passkey dialogs show it.
	Name string
	// Proof is the level that holds now, and Best the most that it ever was.
	Proof, Best Proof
	Record      string
	// Recovered is the last recovery since which nothing was proven again;
	// zero is none. Waits is until when it can be stopped.
	Recovered, Waits time.Time
	Made             time.Time
}

// row is an account as it lies in the table.
type row struct {
	Account
	handle, wrapped, name []byte
	held                  Proof
}

const accountColumns = "id, state, staff, handle, key, name, proof, best, held, record, recovered, waits, made"

func scanAccount(r *db.Row, a *row) {
	a.ID, a.State, a.Staff = r.Text(0), State(r.Int64(1)), r.Bool(2)
	a.handle, a.wrapped, a.name = clone(r.Bytes(3)), clone(r.Bytes(4)), clone(r.Bytes(5))
	a.Proof, a.Best, a.held, a.Record = Proof(r.Int64(6)), Proof(r.Int64(7)), Proof(r.Int64(8)), r.Text(9)
	a.Recovered, a.Waits, a.Made = moment(r.Int64(10)), moment(r.Int64(11)), moment(r.Int64(12))
}

func clone(b []byte) []byte { return append([]byte{}, b...) }

// Get reads an account.
func (a *Accounts) Get(ctx context.Context, id string) (Account, error) {
	r, err := a.read(ctx, id)
	if err != nil {
		return Account{}, err
	}
	return r.Account, nil
}

// read reads an account with its name in clear.
func (a *Accounts) read(ctx context.Context, id string) (row, error) {
	var r row
	found, err := a.one(ctx, "SELECT "+accountColumns+" FROM account WHERE id = $1", []any{id}, func(dr *db.Row) error {
		scanAccount(dr, &r)
		return nil
	})
	if err != nil {
		return row{}, err
	}
	if !found {
		return row{}, problem.New(problem.NotFound, "There is no account with this id. Check the id.").Because("no-account")
	}
	if r.State == Closed {
		return r, nil
	}
	key, err := a.key(id, r.wrapped)
	if err != nil {
		return row{}, err
	}
	name, err := key.Open(nil, r.name, sealedAs("name", id))
	if err != nil {
		return row{}, err
	}
	r.Name = string(name)
	return r, nil
}

// hold keeps an account and a session of it as they are until the transaction
// ends, so that two nodes do not each remove one of the last two passkeys, and
// a session that was ended a moment ago changes nothing any more.
func (a *Accounts) hold(t *tx, s Session) (row, error) {
	var r row
	found, err := t.One("SELECT "+accountColumns+" FROM account WHERE id = $1"+t.Dialect().Pick("", " FOR UPDATE"), []any{s.Account}, func(dr *db.Row) error {
		scanAccount(dr, &r)
		return nil
	})
	if err != nil {
		return row{}, err
	}
	there := false
	if found && r.State == Good {
		there, err = t.One("SELECT id FROM session WHERE hash = $1 AND account = $2", []any{s.hash[:], s.Account}, func(*db.Row) error { return nil })
		if err != nil {
			return row{}, err
		}
	}
	if !there {
		return row{}, signedOut()
	}
	return r, nil
}

// numberOf ties an account's wrapped key to the account, as the ring wants a
// number. Two accounts with one number would do no harm.
func (a *Accounts) numberOf(id string) int64 { return int64(a.numberHash.SumString(id)) }

func (a *Accounts) key(id string, wrapped []byte) (*seal.Key, error) {
	return a.ring.Unwrap(a.numberOf(id), wrapped)
}

// sealedAs ties a sealed value to what it is and to its row.
func sealedAs(what, id string) []byte { return []byte("account " + what + "\x00" + id) }

// SetProof sets the level of proof, after the person proved who they are. It
// ends what a recovery took away. Who may say so is decided by the caller.
func (a *Accounts) SetProof(ctx context.Context, id string, p Proof) error {
	if !p.known() {
		return problem.New(problem.Invalid, "Levels of proof are 0, 5 and 9. Choose one of them.").Because("proof-level")
	}
	return a.change(ctx, `UPDATE account SET proof = $2, best = CASE WHEN best < $2 THEN $2 ELSE best END, held = 0, recovered = 0
		WHERE id = $1 AND state = 1`, id, int64(p))
}

// SetRecord says which record is the person's; empty takes it away. Who may say
// so is decided by the caller.
func (a *Accounts) SetRecord(ctx context.Context, id, record string) error {
	return a.change(ctx, "UPDATE account SET record = $2 WHERE id = $1 AND state = 1", id, record)
}

// Suspend lets nobody in until Restore. Sessions are refused meanwhile, and are
// good again afterwards where they have not run out.
func (a *Accounts) Suspend(ctx context.Context, id string) error {
	return a.change(ctx, "UPDATE account SET state = 2 WHERE id = $1 AND state = 1", id)
}

// Restore makes a suspended account good again.
func (a *Accounts) Restore(ctx context.Context, id string) error {
	return a.change(ctx, "UPDATE account SET state = 1 WHERE id = $1 AND state = 2", id)
}

// change changes one account. Sessions read the account on each look-up, so it
// is felt here at once, and on other nodes within a second.
func (a *Accounts) change(ctx context.Context, sql, id string, args ...any) error {
	var n int64
	err := a.write(ctx, func(t *tx) (err error) {
		n, err = t.Exec(sql, append([]any{id}, args...)...)
		return err
	})
	a.cache.DropAll()
	if err == nil && n == 0 {
		err = problem.New(problem.NotFound, "There is no such account, or it is not in a state for this. Look at the account.").Because("account-state")
	}
	return err
}

// Close empties an account for good: ways in, addresses, name and key go, and
// with the key every sealed value in old backups. The person is told before.
func (a *Accounts) Close(ctx context.Context, s Session) error {
	if err := a.may(s, CloseAccount); err != nil {
		return err
	}
	err := a.write(ctx, func(t *tx) error {
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		if err := a.tell(t, r, notify.AccountClosed); err != nil {
			return err
		}
		for _, table := range []string{"account_channel", "passkey", "recovery_code", "time_code", "session", "passkey_ceremony", "form_sent"} {
			if _, err := t.Exec("DELETE FROM "+table+" WHERE account = $1", s.Account); err != nil {
				return err
			}
		}
		for _, do := range a.closing {
			if err := do(t.Tx, s.Account); err != nil {
				return err
			}
		}
		_, err = t.Exec("UPDATE account SET state = 3, key = $2, name = $2, handle = $2, record = '', proof = 0, held = 0 WHERE id = $1", s.Account, []byte{})
		return err
	})
	a.cache.DropAll()
	return err
}

// Rewrap wraps the keys of at most so many accounts after the given id with
// the newest master key. It returns the last id, or "" at the end.
func (a *Accounts) Rewrap(ctx context.Context, after string, most int) (string, error) {
	type old struct {
		id      string
		wrapped []byte
	}
	var page []old
	err := a.db.Query(ctx, "SELECT id, key FROM account WHERE id > $1 AND state <> 3 ORDER BY id LIMIT $2", []any{after, int64(most)}, func(r *db.Row) error {
		page = append(page, old{r.Text(0), clone(r.Bytes(1))})
		return nil
	})
	if err != nil || len(page) == 0 {
		return "", err
	}
	for _, o := range page {
		again, changed, err := a.ring.Rewrap(a.numberOf(o.id), o.wrapped)
		if err != nil {
			return "", err
		}
		if !changed {
			continue
		}
		err = a.write(ctx, func(t *tx) error { // only over what was read: the account may have been closed since
			_, err := t.Exec("UPDATE account SET key = $2 WHERE id = $1 AND key = $3", o.id, again, o.wrapped)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return page[len(page)-1].id, nil
}

// line checks a short text that a person gives: one line, not empty.
func line(s string, most int, sentence string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, unicode.IsControl) {
		return "", problem.New(problem.Invalid, sentence).Because("name")
	}
	return s, nil
}

func oneLine(s string, most int) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return -1
		}
		return c
	}, s)
	if r := []rune(s); len(r) > most {
		s = string(r[:most])
	}
	return s
}
