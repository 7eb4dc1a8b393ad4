package db

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Scrub takes what was deleted out of the files. On SQLite it copies the
// write-ahead log back and cuts it off, so that nothing is left in it of what was
// written over; with whole it writes the whole database anew as well, which
// takes away what earlier changes left in unused parts of pages. Nobody else
// writes meanwhile, and the disk needs room for a second copy.
//
// PostgreSQL clears its pages itself, by vacuum; its operator may ask for more.
func (d *DB) Scrub(ctx context.Context, whole bool) error {
	if d.lite == nil {
		return nil
	}
	if whole {
		if err := d.lite.writer.alone(ctx, func(c *conn) error { return c.script("VACUUM") }); err != nil {
			return liteProblem(ctx, err)
		}
	}
	for try := 0; ; try++ {
		busy := true
		err := d.lite.writer.alone(ctx, func(c *conn) error {
			return c.query(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)", nil, func(r *Row) error {
				busy = r.Bool(0)
				return nil
			})
		})
		if err != nil || !busy {
			return err
		}
		if try == scrubTries {
			return problem.New(problem.Unavailable, "The database is being read without a pause, so its log could not be cleared. It is cleared when the server stops; or try again when less is going on.")
		}
		pause := time.NewTimer(scrubPause)
		select { // somebody reads a snapshot that is older than the end of the log
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}

const (
	scrubTries = 20
	scrubPause = 250 * time.Millisecond
)

// solo is work that needs the writing connection outside of a transaction.
type solo struct {
	do   func(*conn) error
	done chan error
}

// alone runs fn on the writing connection while no transaction runs.
func (w *writer) alone(ctx context.Context, fn func(*conn) error) error {
	s := &solo{do: fn, done: make(chan error, 1)}
	select {
	case w.solos <- s:
		return <-s.done
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return problem.New(problem.Unavailable, sentenceGone)
	}
}
