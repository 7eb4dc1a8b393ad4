package db

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Attendance says that a process works with a database, or is alone with it.
// Two processes never hold one SQLite file, so there it says nothing more than
// that the file is open; on PostgreSQL any number of nodes may attend, and work
// that lets nobody else in, such as making the index again, has to know that
// none does.
type Attendance struct {
	stop  context.CancelFunc
	done  chan struct{}
	shut  atomic.Bool // somebody else is alone with the database
	alone bool
}

const (
	sentenceAttended = "A server or another command works with this PostgreSQL database. Stop it on every machine that uses the database, then run this again."
	sentenceAlone    = "The index in this PostgreSQL database is being made again, and nothing else may use it meanwhile. Wait until bevan reindex has ended, then try again."
)

// attendLock is the first half of the advisory lock that stands for
// attendance; the other half is the schema, since several stores may lie in one
// database.
const attendLock = 9

// attendAgain is how long is waited between two tries to say again that we are
// here, after the server went away.
const attendAgain = time.Second

// Attend says that this process works with the database, until Leave. Alone it
// refuses when anybody else does; otherwise it refuses when somebody is alone
// with it. The lock belongs to a connection of its own, so it goes when the
// process goes, however it ends.
func (d *DB) Attend(ctx context.Context, alone bool) (*Attendance, error) {
	a := &Attendance{stop: func() {}, done: make(chan struct{}), alone: alone}
	if d.pg == nil {
		close(a.done)
		return a, nil
	}
	conf := d.pg.pool.Config().ConnConfig
	c, err := a.take(ctx, conf)
	if err != nil {
		return nil, err
	}
	ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	go a.keep(ctx, conf, c)
	return a, nil
}

// Leave lets others be alone. A second call does nothing.
func (a *Attendance) Leave() {
	if a != nil {
		a.stop()
		<-a.done
	}
}

// Check is nil as long as the database may be used. It is an error after the
// connection broke and somebody else took the chance to be alone.
func (a *Attendance) Check() error {
	if a != nil && a.shut.Load() {
		return problem.New(problem.Unavailable, sentenceAlone)
	}
	return nil
}

// take connects and takes the lock, or says who has it.
func (a *Attendance) take(ctx context.Context, conf *pgx.ConnConfig) (c *pgx.Conn, err error) {
	if c, err = pgx.ConnectConfig(ctx, conf); err != nil {
		return nil, pgProblem(ctx, err)
	}
	sql, refusal := "SELECT pg_try_advisory_lock_shared($1::int, hashtext(current_schema()))", sentenceAlone
	if a.alone {
		sql, refusal = "SELECT pg_try_advisory_lock($1::int, hashtext(current_schema()))", sentenceAttended
	}
	got := false
	if err = c.QueryRow(ctx, sql, attendLock).Scan(&got); err != nil {
		err = pgProblem(ctx, err)
	} else if !got {
		err = problem.New(problem.Conflict, refusal)
	}
	if err != nil {
		hangUp(c)
		return nil, err
	}
	return c, nil
}

// keep holds the connection, and takes the lock again when it broke. A process
// that is alone does not: its work fails with the database anyway, and is run
// again.
func (a *Attendance) keep(ctx context.Context, conf *pgx.ConnConfig, c *pgx.Conn) {
	defer close(a.done)
	again := time.NewTicker(attendAgain)
	defer again.Stop()
	for {
		if c != nil {
			_, _ = c.WaitForNotification(ctx) // nobody sends one: it returns when the connection or ctx ends
			hangUp(c)
			c = nil
		}
		if a.alone || ctx.Err() != nil {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
		var err error
		c, err = a.take(ctx, conf)
		if err == nil || problem.KindOf(err) == problem.Conflict {
			a.shut.Store(err != nil)
		}
	}
}

// hangUp lets the lock go and closes the connection. The lock would go with the
// connection, but a little later: the server notices in its own time, and
// whoever comes next would be refused.
func hangUp(c *pgx.Conn) {
	ctx, stop := context.WithTimeout(context.Background(), attendAgain)
	defer stop()
	_, _ = c.Exec(ctx, "SELECT pg_advisory_unlock_all()") // it may be broken already
	_ = c.Close(ctx)
}
