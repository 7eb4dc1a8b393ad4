package account

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Way is how a session was begun, or last verified.
type Way int

// The ways in.
const (
	WayPasskey Way = iota + 1
	WayTimeCode
	WayRecovery
	WayProvider
)

// Session is somebody who is signed in: what was seen of them, and when. The
// facts of the account are as they are now, not as they were at the sign-in.
type Session struct {
	ID      string // for lists; lets nobody in
	Account string
	Staff   bool
	Way     Way
	Standing
	// Passkey is the credential id, where the way is a passkey.
	Passkey string
	Device  string
	Begun   time.Time
	Used    time.Time // to the minute
	// Verified is when the person was last verified: auth_time.
	Verified time.Time
	Ends     time.Time
	// Recovered is a recovery of the account that was not followed by proof
	// yet, and Waits until when it can be stopped. A page shows it on every
	// sign-in.
	Recovered, Waits time.Time
	// Assured is that the passkey of the session is good enough for staff, and
	// Acting the place in which its holder acts as staff; "" for none, and
	// always so where the session is not Assured. Both are as Session finds
	// them: one that was just begun or renewed has neither.
	Assured bool
	Acting  string

	hash  [sha256.Size]byte
	state State
}

// Format hides the hash under every verb.
func (s Session) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "(session %s)", s.ID) }

// LogValue hides it from structured logs.
func (s Session) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// Bounds of a session (NHS login: 30 minutes idle, 12 hours of use).
const (
	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
	// sessionStep is how exactly the last use is kept. It bounds writes to one
	// a minute, and ends a session up to a minute early, never late.
	sessionStep = time.Minute
	maxDevice   = 60
)

// live says whether the session is good at that time. A clock that was set back
// ends nothing.
func (s Session) live(now time.Time) bool {
	return now.Before(s.Ends) && now.Sub(s.Used) < sessionIdle
}

// begin makes and stores a session in the transaction of the sign-in.
func (a *Accounts) begin(t *tx, r row, way Way, strength Strength, passkey []byte, device string) (Session, string, error) {
	s, secret := a.newSession(r, way, strength, passkey, device)
	return s, secret, t.insert(s)
}

// newSession makes a session that begins now, and its secret.
func (a *Accounts) newSession(r row, way Way, strength Strength, passkey []byte, device string) (Session, string) {
	now := whole(a.now())
	secret, hash := newSecret()
	return Session{
		ID: randomText(10), Account: r.ID, Staff: r.Staff, Way: way, Passkey: string(passkey),
		Standing: Standing{Strength: strength, Proof: r.Proof, Record: r.Record},
		Device:   oneLine(device, maxDevice), Begun: now, Used: now, Verified: now, Ends: now.Add(sessionLife),
		Recovered: r.Recovered, Waits: r.Waits, hash: hash, state: r.State,
	}, secret
}

// sessionInto are the columns of a session, and values what a new one has in
// them; the eighth value stands in three columns.
const sessionInto = "hash, id, account, way, strength, passkey, device, begun, used, verified, ends"

func (s Session) values() []any {
	return []any{s.hash[:], s.ID, s.Account, int64(s.Way), int64(s.Strength), []byte(s.Passkey), s.Device, s.Begun.Unix(), s.Ends.Unix()}
}

func (t *tx) insert(s Session) error {
	_, err := t.Exec("INSERT INTO session ("+sessionInto+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9)", s.values()...)
	return err
}

const sessionColumns = `s.hash, s.id, s.account, s.way, s.strength, s.passkey, s.device, s.begun, s.used, s.verified, s.ends,
	a.state, a.staff, a.proof, a.record, a.recovered, a.waits, s.acting, p.id IS NOT NULL, p.aaguid, p.format, p.kind, p.eligible
	FROM session s JOIN account a ON a.id = s.account LEFT JOIN passkey p ON p.id = s.passkey AND p.account = s.account`

func (a *Accounts) scanSession(r *db.Row) Session {
	s := Session{
		ID: r.Text(1), Account: r.Text(2), Way: Way(r.Int64(3)), Passkey: string(r.Bytes(5)), Device: r.Text(6),
		Standing: Standing{Strength(r.Int64(4)), Proof(r.Int64(13)), r.Text(14)},
		Begun:    moment(r.Int64(7)), Used: moment(r.Int64(8)), Verified: moment(r.Int64(9)), Ends: moment(r.Int64(10)),
		state: State(r.Int64(11)), Staff: r.Bool(12), Recovered: moment(r.Int64(15)), Waits: moment(r.Int64(16)),
	}
	copy(s.hash[:], r.Bytes(0))
	if s.Strength == Strong && r.Bool(18) {
		at := Attested{Format: r.Text(20), Type: r.Text(21), Synced: r.Bool(22)}
		copy(at.AAGUID[:], r.Bytes(19))
		s.Assured = a.conf.Staff == nil || a.conf.Staff(at) == nil
	}
	if s.Assured {
		s.Acting = r.Text(17)
	}
	return s
}

// Session says who is signed in with a secret, and counts this as a use. What
// it refuses is of kind Unauthorized.
func (a *Accounts) Session(ctx context.Context, secret string) (Session, error) {
	hash, ok := secretHash(secret)
	if !ok {
		return Session{}, signedOut()
	}
	now := a.now()
	s, known, drops := a.cache.Get(hash, now)
	if !known {
		found, err := a.one(ctx, "SELECT "+sessionColumns+" WHERE s.hash = $1", []any{hash[:]}, func(r *db.Row) error {
			s = a.scanSession(r)
			return nil
		})
		if err != nil {
			return Session{}, err
		}
		if !found {
			return Session{}, signedOut()
		}
	}
	switch {
	case !s.live(now):
		return Session{}, signedOut()
	case s.state != Good:
		return Session{}, suspended()
	}
	if now.Sub(s.Used) >= sessionStep {
		if err := a.touch(ctx, &s, now); err != nil {
			return Session{}, err
		}
		known = false // what is remembered has the old time
	}
	if !known {
		a.cache.Put(s.hash, s, now, drops)
	}
	return s, nil
}

// touch stores that the session was used. Of calls that come together on one
// node one writes; the end of the session is never moved.
func (a *Accounts) touch(ctx context.Context, s *Session, now time.Time) error {
	if !a.busy.enter(s.hash) {
		return nil
	}
	defer a.busy.leave(s.hash)
	at := whole(now)
	err := a.write(ctx, func(t *tx) error {
		_, err := t.Exec("UPDATE session SET used = $2 WHERE hash = $1 AND used = $3", s.hash[:], at.Unix(), s.Used.Unix())
		return err
	})
	if err == nil {
		s.Used = at
	}
	return err
}

// Sessions lists what is signed in to an account, the latest use first.
func (a *Accounts) Sessions(ctx context.Context, account string) ([]Session, error) {
	var all []Session
	now := a.now()
	err := a.db.Query(ctx, "SELECT "+sessionColumns+" WHERE s.account = $1 ORDER BY s.used DESC, s.begun DESC, s.id LIMIT 1000", []any{account}, func(r *db.Row) error {
		if s := a.scanSession(r); s.live(now) {
			all = append(all, s)
		}
		return nil
	})
	return all, err
}

// SignOut ends the session itself. Doing it twice is no error.
func (a *Accounts) SignOut(ctx context.Context, s Session) error {
	err := a.write(ctx, func(t *tx) error {
		_, err := t.Exec("DELETE FROM session WHERE hash = $1", s.hash[:])
		return err
	})
	a.cache.Drop(s.hash)
	return err
}

// End ends a session of the person's own, named by its id. One that is not
// theirs is not found.
func (a *Accounts) End(ctx context.Context, s Session, id string) error {
	var n int64
	err := a.write(ctx, func(t *tx) (err error) {
		if _, err = a.hold(t, s); err != nil {
			return err
		}
		n, err = t.Exec("DELETE FROM session WHERE id = $1 AND account = $2", id, s.Account)
		return err
	})
	a.cache.DropAll()
	if err == nil && n == 0 {
		err = problem.New(problem.NotFound, "This session has ended already. Look at the list again.").Because("session-ended")
	}
	return err
}

// EndOthers ends every session of the person but this one, and says how many.
func (a *Accounts) EndOthers(ctx context.Context, s Session) (int, error) {
	var n int64
	err := a.write(ctx, func(t *tx) (err error) {
		if _, err = a.hold(t, s); err != nil {
			return err
		}
		n, err = t.Exec("DELETE FROM session WHERE account = $1 AND hash <> $2", s.Account, s.hash[:])
		return err
	})
	a.cache.DropAll()
	return int(n), err
}

// EndAll ends every session of an account, for people who run the service. Who
// may do so is decided by the caller.
func (a *Accounts) EndAll(ctx context.Context, account string) error {
	err := a.write(ctx, func(t *tx) error {
		_, err := t.Exec("DELETE FROM session WHERE account = $1", account)
		return err
	})
	a.cache.DropAll()
	return err
}

// may says whether the session may do an action of this room.
func (a *Accounts) may(s Session, act Action) error {
	return act.Lacks(s.Standing, s.Verified, a.now()).Problem()
}

func signedOut() error {
	return problem.New(problem.Unauthorized, "You are not signed in any more. Sign in again.").Because("signed-out")
}

func suspended() error {
	return problem.New(problem.Forbidden, "This account can not be used now. Ask the people who run this service.").Because("account-suspended")
}
