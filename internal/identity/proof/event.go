package proof

import (
	"context"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Event is one check of who somebody is, and what came of it.
type Event struct {
	ID, Account string
	// Framework names the rules by which it was done: a version of ours, or the
	// issuer that has its own.
	Framework string
	Level     account.Proof
	Methods   []Method
	// Verifier is who vouches for it: "rules" and their version, "account:" and
	// that of a member of staff, or an issuer.
	Verifier string
	// Source is the SHA-256 of what a provider signed, in hexadecimal.
	Source string
	// Patient is the record that it was about; "" for none.
	Patient     string
	At, Expires time.Time // Expires is zero where it does not
	// Ended is since when it counts no more; zero while it does.
	Ended             time.Time
	EndedBy, EndedWhy string
	Evidence          []Evidence
}

// Evidence is a document that was looked at.
type Evidence struct {
	Kind, List string // of the list of documents, and its version
	Issuer     string
	Strength   int
	Until      string
}

// Method is a way to check who somebody is.
type Method string

// The methods.
const (
	ByDetails  Method = "details"  // what they typed agrees with a record
	ByPhoto    Method = "photo"    // a photograph was compared with them
	ByDocument Method = "document" // documents were looked at
	Vouched    Method = "provider" // somebody else vouches
	ByPeople   Method = "people"   // people decided
)

func joined(all []Method) string {
	var b strings.Builder
	for i, m := range all {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(m))
	}
	return b.String()
}

func methods(s string) []Method {
	var all []Method
	for _, m := range strings.Fields(s) {
		all = append(all, Method(m))
	}
	return all
}

func (t *tx) insertEvent(e Event) error {
	expires := int64(0)
	if !e.Expires.IsZero() {
		expires = e.Expires.Unix()
	}
	_, err := t.Exec(`INSERT INTO proofing_event (id, account, framework, level, methods, verifier, source, patient, at, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID, e.Account, e.Framework, int64(e.Level), joined(e.Methods), e.Verifier, e.Source, e.Patient, e.At.Unix(), expires)
	return err
}

const eventColumns = "id, account, framework, level, methods, verifier, source, patient, at, expires, ended, ended_by, ended_why"

func scanEvent(r *db.Row) Event {
	return Event{ID: r.Text(0), Account: r.Text(1), Framework: r.Text(2), Level: account.Proof(r.Int64(3)), Methods: methods(r.Text(4)),
		Verifier: r.Text(5), Source: r.Text(6), Patient: r.Text(7), At: moment(r.Int64(8)), Expires: moment(r.Int64(9)),
		Ended: moment(r.Int64(10)), EndedBy: r.Text(11), EndedWhy: r.Text(12)}
}

// maxListed bounds what one list gives.
const maxListed = 200

// Events lists what was checked of an account, the newest first.
func (p *Proofs) Events(ctx context.Context, id string) ([]Event, error) {
	var all []Event
	err := p.DB.Read(ctx, func(t *db.Tx) error {
		all = nil
		err := t.Query("SELECT "+eventColumns+" FROM proofing_event WHERE account = $1 ORDER BY at DESC, id LIMIT $2", []any{id, int64(maxListed)}, func(r *db.Row) error {
			all = append(all, scanEvent(r))
			return nil
		})
		if err != nil {
			return err
		}
		for i := range all {
			err := t.Query("SELECT kind, list, issuer, strength, until FROM proofing_evidence WHERE event = $1 ORDER BY position", []any{all[i].ID}, func(r *db.Row) error {
				all[i].Evidence = append(all[i].Evidence, Evidence{r.Text(0), r.Text(1), r.Text(2), int(r.Int64(3)), r.Text(4)})
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// level is what is proven of an account with a record: the most that any event
// proves that still counts and was about that record. Without a record every
// event counts, since there is nothing that it could be mistaken for.
func (t *tx) level(id, record string, now int64) (account.Proof, error) {
	var most int64
	_, err := t.One(`SELECT coalesce(max(level), 0) FROM proofing_event WHERE account = $1 AND ended = 0 AND (expires = 0 OR expires > $2)
		AND ($3 = '' OR patient = $3)`, []any{id, now, record}, func(r *db.Row) error { most = r.Int64(0); return nil })
	return account.Proof(most), err
}

// recordOf is the record of an account; "" for none.
func (t *tx) recordOf(id string) (record string, err error) {
	_, err = t.One("SELECT patient FROM record_owner WHERE account = $1", []any{id}, func(r *db.Row) error { record = r.Text(0); return nil })
	return record, err
}

// settle makes the account say what the events say, after the newest of them.
// What was proven before a recovery counts no more: whoever had the recovery
// code may be somebody else.
func (p *Proofs) settle(t *tx, a account.Account, newest, record string) error {
	now := p.seconds()
	if !a.Recovered.IsZero() {
		_, err := t.Exec("UPDATE proofing_event SET ended = $3, ended_by = 'recovery', ended_why = $4 WHERE account = $1 AND ended = 0 AND at <= $2 AND id <> $5",
			a.ID, a.Recovered.Unix(), now, "The account was recovered after this, and then proven again.", newest)
		if err != nil {
			return err
		}
	}
	level, err := t.level(a.ID, record, now)
	if err != nil {
		return err
	}
	return p.Accounts.Prove(t.Tx, a.ID, level, record)
}

// unsettle makes the account say what the events say, after one counts no more.
func (p *Proofs) unsettle(t *tx, id, record string) error {
	level, err := t.level(id, record, p.seconds())
	if err != nil {
		return err
	}
	return p.Accounts.Disprove(t.Tx, id, level, record)
}

// Sweep lowers what was proven too long ago, clears away codes that are over,
// and ends permissions that an undone link left behind where that could not be
// done at once. It does a bounded amount of work; call it every minute.
func (p *Proofs) Sweep(ctx context.Context) error {
	err := p.write(ctx, func(t *tx) error {
		now := p.seconds()
		var over []Event
		err := t.Query("SELECT "+eventColumns+" FROM proofing_event WHERE expires > 0 AND expires <= $1 AND ended = 0 ORDER BY expires LIMIT 100", []any{now}, func(r *db.Row) error {
			over = append(over, scanEvent(r))
			return nil
		})
		if err != nil {
			return err
		}
		for _, e := range over {
			if err := p.expire(t, e, now); err != nil {
				return err
			}
		}
		// Documents of a code that nobody used go with it: nothing came of them.
		_, err = t.Exec(`DELETE FROM proofing_evidence WHERE event IN (SELECT id FROM linking_code WHERE used = 0 AND ends <= $1 ORDER BY ends LIMIT 1000)`, now)
		if err != nil {
			return err
		}
		_, err = t.Exec("DELETE FROM linking_code WHERE hash IN (SELECT hash FROM linking_code WHERE ends <= $1 ORDER BY ends LIMIT 1000)", now)
		return err
	})
	if err != nil {
		return err
	}
	return p.cutAll(ctx)
}

func (p *Proofs) expire(t *tx, e Event, now int64) error {
	_, err := t.Exec("UPDATE proofing_event SET ended = $2, ended_by = 'time', ended_why = $3 WHERE id = $1", e.ID, now, "It was good for so long.")
	if err != nil {
		return err
	}
	record, err := t.recordOf(e.Account)
	if err != nil {
		return err
	}
	err = p.unsettle(t, e.Account, record)
	if problem.Is(err, problem.NotFound) { // closed meanwhile
		return nil
	}
	return err
}
