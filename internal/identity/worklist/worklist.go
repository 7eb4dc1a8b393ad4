// Package worklist keeps whom members of staff looked after lately, and whom they
// put on their list: ids and times, each list for one account at one organisation.
//
// Why here: a list of many people's records is in no person's record, so no session
// of the record could hold it as one of staff; and it says whom somebody works with,
// which is theirs and not the organisation's. What is not here: who may see whom.
// A list gives nobody a look; who shows it asks the record for each person anew.
package worklist

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed sql/*.sql
var steps embed.FS

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Accounts *account.Accounts
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Lists are the lists of a store. It is safe for concurrent use.
type Lists struct{ Config }

// Bounds of one list.
const (
	Most     = 50                  // whom somebody keeps, and whom they looked after lately
	Lately   = 28 * 24 * time.Hour // how long somebody stays who was only looked at
	keptFor  = 366 * 24 * time.Hour
	lookedIn = time.Hour // a look within it changes nothing
)

// Owner is whose list it is.
type Owner struct{ Account, Organisation string }

// Entry is one person on it.
type Entry struct {
	Patient      string
	Looked, Kept time.Time // Kept is zero for one who was only looked at
}

// Open makes the table ready.
func Open(ctx context.Context, c Config) (*Lists, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "identity/worklist", files); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	l := &Lists{c}
	c.Accounts.OnClose(l.letGo)
	return l, nil
}

// letGo takes away the lists of an account that is closed.
func (l *Lists) letGo(tx *db.Tx, account string) error {
	_, err := tx.Exec("DELETE FROM worklist WHERE account = $1", account)
	return err
}

// Forget takes a person whose record is erased off every list. Doing it twice is
// no error.
func (l *Lists) Forget(ctx context.Context, patient string) error {
	return l.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM worklist WHERE patient = $1", patient)
		return err
	})
}

// Looked says that somebody looks after a person now. The oldest of those who were
// only looked at make room.
func (l *Lists) Looked(ctx context.Context, by Owner, patient string) error {
	now := l.Now().Unix()
	var last int64
	err := l.DB.Query(ctx, "SELECT looked FROM worklist WHERE account = $1 AND organisation = $2 AND patient = $3", []any{by.Account, by.Organisation, patient}, func(r *db.Row) error {
		last = r.Int64(0)
		return nil
	})
	if err != nil || last > now-int64(lookedIn/time.Second) {
		return err
	}
	return l.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("INSERT INTO worklist (account, organisation, patient, looked, kept) VALUES ($1, $2, $3, $4, 0) ON CONFLICT (account, organisation, patient) DO UPDATE SET looked = excluded.looked",
			by.Account, by.Organisation, patient, now); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM worklist WHERE account = $1 AND organisation = $2 AND (kept = 0 AND looked < $3 OR kept > 0 AND kept < $4 AND looked < $3)",
			by.Account, by.Organisation, now-int64(Lately/time.Second), now-int64(keptFor/time.Second)); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM worklist WHERE account = $1 AND organisation = $2 AND kept = 0 AND patient NOT IN (SELECT patient FROM worklist WHERE account = $1 AND organisation = $2 AND kept = 0 ORDER BY looked DESC, patient LIMIT $3)",
			by.Account, by.Organisation, int64(Most))
		return err
	})
}

// Keep puts a person on the list. The error is Conflict where it is full.
func (l *Lists) Keep(ctx context.Context, by Owner, patient string) error {
	now := l.Now().Unix()
	return l.DB.Write(ctx, func(tx *db.Tx) error {
		var n int64
		if err := tx.Query("SELECT count(*) FROM worklist WHERE account = $1 AND organisation = $2 AND kept > 0 AND patient <> $3", []any{by.Account, by.Organisation, patient}, func(r *db.Row) error {
			n = r.Int64(0)
			return nil
		}); err != nil {
			return err
		}
		if n >= Most {
			return problem.New(problem.Conflict, "Your list is full: it holds 50 people. Take somebody off it first.").Because("worklist-full")
		}
		_, err := tx.Exec("INSERT INTO worklist (account, organisation, patient, looked, kept) VALUES ($1, $2, $3, $4, $4) ON CONFLICT (account, organisation, patient) DO UPDATE SET kept = excluded.kept",
			by.Account, by.Organisation, patient, now)
		return err
	})
}

// Remove takes a person off the list, whether they were kept or only looked at.
func (l *Lists) Remove(ctx context.Context, by Owner, patient string) error {
	return l.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM worklist WHERE account = $1 AND organisation = $2 AND patient = $3", by.Account, by.Organisation, patient)
		return err
	})
}

// List gives those who are kept, then those who were looked at lately, the last
// look first.
func (l *Lists) List(ctx context.Context, by Owner) (all []Entry, err error) {
	moment := func(s int64) time.Time {
		if s == 0 {
			return time.Time{}
		}
		return time.Unix(s, 0).UTC()
	}
	now := l.Now().Unix()
	err = l.DB.Query(ctx, "SELECT patient, looked, kept FROM worklist WHERE account = $1 AND organisation = $2 AND (kept > $3 OR looked >= $4) ORDER BY CASE WHEN kept > $3 THEN 0 ELSE 1 END, looked DESC, patient LIMIT $5",
		[]any{by.Account, by.Organisation, now - int64(keptFor/time.Second), now - int64(Lately/time.Second), int64(2 * Most)}, func(r *db.Row) error {
			all = append(all, Entry{r.Text(0), moment(r.Int64(1)), moment(r.Int64(2))})
			return nil
		})
	return all, err
}
