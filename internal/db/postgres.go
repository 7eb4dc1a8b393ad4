package db

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	// postgresOldest is the first version that is supported, as server_version_num gives it.
	postgresOldest = 140000
	// postgresTries bounds how often a transaction that lost against another one is run.
	postgresTries = 6
	// postgresWait bounds the making of one connection.
	postgresWait = 10 * time.Second
)

// postgres is a pool of connections to one PostgreSQL server. Connections that broke are thrown away
// by the pool and made anew when they are next needed, so a server that comes back is found again.
type postgres struct {
	pool *pgxpool.Pool
}

func openPostgres(ctx context.Context, c Config) (*postgres, error) {
	pc, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		// The cause isn't kept: a message about a URL may hold its password.
		return nil, problem.New(problem.Invalid, "The database URL can't be read. Write it as postgres://user:password@host:5432/name.")
	}
	pc.MaxConns = int32(min(c.Readers, 1000))
	pc.ConnConfig.ConnectTimeout = postgresWait
	pc.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	pc.ConnConfig.StatementCacheCapacity = keptStatements
	if pc.ConnConfig.RuntimeParams["application_name"] == "" {
		pc.ConnConfig.RuntimeParams["application_name"] = "bevan"
	}
	pc.AfterConnect = settings(pc.ConnConfig.RuntimeParams)
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, pgProblem(ctx, err)
	}
	p := &postgres{pool: pool}
	if err := p.checkServer(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return p, nil
}

// walking makes PostgreSQL follow an index in its order, row by row, until enough was read. That is what
// the statements above are written for: they have counted before what is little, want the first few rows of
// it, and stand on keys. The server guesses otherwise: where a table has just been filled and not been
// looked at yet, it reads all rows of a key to sort them, and starts processes to help, which takes longer
// than the answer. With these it needs no statistics to be right.
var walking = []struct{ name, value string }{
	{"enable_bitmapscan", "off"},
	{"random_page_cost", "1.1"}, // what is walked is in memory, or on a disk without arms
	{"enable_hashjoin", "off"},
	{"enable_mergejoin", "off"},
	{"max_parallel_workers_per_gather", "0"},
	{"jit", "off"},
}

// settings makes each new connection walk, but for what the URL sets itself.
func settings(given map[string]string) func(context.Context, *pgx.Conn) error {
	var sql strings.Builder
	for _, w := range walking {
		if _, ok := given[w.name]; !ok {
			sql.WriteString("SET " + w.name + " = " + w.value + ";")
		}
	}
	return func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.PgConn().Exec(ctx, sql.String()).ReadAll()
		return err
	}
}

// checkServer refuses a server that is too old or that could lose what it has acknowledged.
func (p *postgres) checkServer(ctx context.Context) error {
	var version int64
	var name, fsync, commit string
	err := p.query(ctx, `SELECT current_setting('server_version_num')::bigint, current_setting('server_version'),
		current_setting('fsync'), current_setting('synchronous_commit')`, nil, func(r *Row) error {
		version, name, fsync, commit = r.Int64(0), r.Text(1), r.Text(2), r.Text(3)
		return nil
	})
	switch {
	case problem.KindOf(err) == problem.Unavailable && err != nil:
		return problem.Wrap(problem.Unavailable, "The PostgreSQL server does not answer. Check that it runs and that the database URL is right.", err)
	case err != nil:
		return err
	case version < postgresOldest:
		return problem.New(problem.Unavailable, fmt.Sprintf("This PostgreSQL is version %s. Bevan needs version 14 or newer. Upgrade the server first.", name))
	case fsync == "off" || commit == "off":
		return problem.New(problem.Unavailable, "This PostgreSQL is set to answer before data is safe on disk. Set fsync and synchronous_commit to on.")
	}
	return nil
}

func (p *postgres) query(ctx context.Context, sql string, args []any, scan func(*Row) error) error {
	rows, err := p.pool.Query(ctx, sql, args...)
	return pgRows(ctx, rows, err, scan)
}

// read runs fn in a read-only snapshot. Its end carries no news for the caller, who doesn't wait for it.
func (p *postgres) read(ctx context.Context, fn func(*Tx) error) error {
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return pgProblem(ctx, err)
	}
	t := &pgTx{conn: c, begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
	defer func() { go t.giveUp() }() // as many of these at once as there are connections
	return fn(&Tx{ctx: ctx, engine: t, dialect: Postgres})
}

// write runs fn and commits it, and tries again where PostgreSQL chose this transaction to give way.
func (p *postgres) write(ctx context.Context, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		err := p.writeOnce(ctx, fn)
		if err == nil || !again(err) || try == postgresTries {
			return err
		}
		pause := time.NewTimer(rand.N(time.Duration(try*try) * 2 * time.Millisecond))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}

func (p *postgres) writeOnce(ctx context.Context, fn func(*Tx) error) error {
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return pgProblem(ctx, err)
	}
	t := &pgTx{conn: c, begin: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"}
	defer t.giveUp() // also when fn panics; after a commit it only releases the connection
	if err := fn(&Tx{ctx: ctx, engine: t, dialect: Postgres}); err != nil {
		return err
	}
	return t.commit(ctx)
}

// pgRows hands the rows out as they came over the wire.
func pgRows(ctx context.Context, rows pgx.Rows, err error, scan func(*Row) error) error {
	if err != nil {
		return pgProblem(ctx, err)
	}
	defer rows.Close()
	row := Row{fields: rows.FieldDescriptions()}
	for rows.Next() {
		row.raw = rows.RawValues()
		if err := scan(&row); err == Stop {
			break
		} else if err != nil {
			return err
		}
		if row.err != nil {
			return row.err
		}
	}
	rows.Close()
	return pgProblem(ctx, rows.Err())
}
