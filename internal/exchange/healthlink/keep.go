package healthlink

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

const columns = "id, label, made, ends, passcode IS NOT NULL, opened, most, stopped, wrong, file IS NOT NULL"

func (l *Links) scan(r *db.Row) Link {
	one := Link{ID: r.Text(0), Label: r.Text(1), Made: time.Unix(r.Int64(2), 0).UTC(), Ends: time.Unix(r.Int64(3), 0).UTC(), Coded: r.Bool(4),
		Opened: int(r.Int64(5)), Most: int(r.Int64(6)), Locked: r.Int64(8) >= wrongTries}
	if at := r.Int64(7); at != 0 {
		one.Stopped = time.Unix(at, 0).UTC()
	}
	one.Over = !r.Bool(9) || !l.cfg.Now().Before(one.Ends) || one.Opened >= one.Most
	return one
}

// Of are the links of an account, the newest first, with those that ended lately.
func (l *Links) Of(ctx context.Context, account string) (all []Link, err error) {
	err = l.cfg.DB.Query(ctx, "SELECT "+columns+" FROM healthlink WHERE account = $1 ORDER BY made DESC, id LIMIT 100", []any{account}, func(r *db.Row) error {
		all = append(all, l.scan(r))
		return nil
	})
	return all, err
}

// One is one link of an account, with its openings, the newest first.
func (l *Links) One(ctx context.Context, account, id string) (one Link, openings []Opening, err error) {
	err = l.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		found, err := tx.One("SELECT "+columns+" FROM healthlink WHERE account = $1 AND id = $2", []any{account, id}, func(r *db.Row) error {
			one = l.scan(r)
			return nil
		})
		if err != nil {
			return err
		}
		if !found {
			return unknown()
		}
		return tx.Query("SELECT at, recipient FROM healthlink_opening WHERE link = $1 ORDER BY n DESC", []any{id}, func(r *db.Row) error {
			openings = append(openings, Opening{time.Unix(r.Int64(0), 0).UTC(), r.Text(1)})
			return nil
		})
	})
	return one, openings, err
}

func unknown() error {
	return problem.New(problem.NotFound, "There is no such link among yours. Go back to your links.").Because("link-unknown")
}

// Stop ends a link at once. To stop one that has ended is no error.
func (l *Links) Stop(ctx context.Context, account, id string) error {
	return l.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE healthlink SET stopped = CASE WHEN stopped = 0 THEN $3 ELSE stopped END, file = NULL, ticket = NULL, until = 0 WHERE account = $1 AND id = $2", account, id, l.cfg.Now().Unix())
		if err == nil && n == 0 {
			return unknown()
		}
		return err
	})
}

// Sweep takes away the files of links that ended, and a while later all of them.
func (l *Links) Sweep(ctx context.Context) error {
	now := l.cfg.Now()
	return l.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE healthlink SET file = NULL, ticket = NULL, until = 0 WHERE file IS NOT NULL AND (ends <= $1 OR opened >= most AND until <= $1)", now.Unix()); err != nil {
			return err
		}
		return drop(tx, "ends <= $1 OR stopped > 0 AND stopped <= $1", now.Add(-keptAfter).Unix())
	})
}

// Erase takes away all links to the record of a patient. Doing it twice is no error.
func (l *Links) Erase(ctx context.Context, patient string) error {
	return l.cfg.DB.Write(ctx, func(tx *db.Tx) error { return drop(tx, "patient = $1", patient) })
}

func drop(tx *db.Tx, where string, args ...any) error {
	if _, err := tx.Exec("DELETE FROM healthlink_opening WHERE link IN (SELECT id FROM healthlink WHERE "+where+")", args...); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM healthlink WHERE "+where, args...)
	return err
}
