// Package db opens SQLite or PostgreSQL and gives the rooms above it one narrow way to both:
// transactions, hand-written SQL with $1 placeholders, bulk inserts, numbered migrations, backup.
//
// It is here so that exactly one place knows how each database is opened, made durable, retried and
// how its errors are named; the store, the access log and the jobs stay free of drivers. It does not
// build SQL, does not map rows to structs and knows nothing about people or resources: where the two
// dialects differ, the caller writes both statements and chooses by [DB.Dialect].
package db

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Config says which database to open. Exactly one of Path and URL is set.
type Config struct {
	// Path is the SQLite file. It is made, with mode 0600, where it is missing.
	Path string
	// URL is a PostgreSQL connection string, as libpq and pgx read it.
	URL string
	// Readers is the number of read connections (SQLite) or the size of the pool (PostgreSQL, where
	// writers take from it too). 0 means 4 for each processor, at least 8.
	Readers int
	// WriterCache and ReaderCache are page cache sizes in bytes, SQLite only. 0 means 128 MB and 8 MB:
	// the one writer touches the whole width of every index, a reader follows a few ranges.
	WriterCache, ReaderCache int64
	// CheckpointBytes is the size of the write-ahead log, in bytes, at which a commit copies it back
	// into the database itself instead of leaving that to the background, which begins at a quarter of
	// it. The longer the log grows, the more often has a page changed that is copied once. SQLite only;
	// 0 means 256 MB.
	CheckpointBytes int64
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	lite    *lite
	pg      *postgres
	dialect Dialect
	closing sync.Once
}

// Stop is what a scan function returns to end a query early and without an error.
//
//lint:ignore ST1012 like fs.SkipAll it is an instruction and not a fault
var Stop = errors.New("db: stop reading rows")

// Open opens the database that c names. It fails, with a sentence that says what to do, where the file
// belongs to something else, another process holds it, or the server is missing or too old.
func Open(ctx context.Context, c Config) (*DB, error) {
	if (c.Path == "") == (c.URL == "") {
		return nil, problem.New(problem.Invalid, "Name one database: either an SQLite file or a PostgreSQL URL.")
	}
	if c.Readers <= 0 {
		c.Readers = max(8, 4*runtime.GOMAXPROCS(0))
	}
	if c.URL != "" {
		pg, err := openPostgres(ctx, c)
		if err != nil {
			return nil, err
		}
		return &DB{pg: pg, dialect: Postgres}, nil
	}
	l, err := openLite(c)
	if err != nil {
		return nil, err
	}
	return &DB{lite: l, dialect: SQLite}, nil
}

// Dialect says which SQL the database speaks.
func (d *DB) Dialect() Dialect { return d.dialect }

// Path is the SQLite file, or "" on PostgreSQL.
func (d *DB) Path() string {
	if d.lite == nil {
		return ""
	}
	return d.lite.conf.Path
}

// Read runs fn on one unchanging snapshot, which begins at fn's first query. Nothing can be written in it.
// fn should be short: while it runs, SQLite's log can't begin again at its start, and PostgreSQL can't
// clean up. It should not call Read or Query: enough callers who each hold a connection and wait for a
// second one would wait for ever.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	if d.lite != nil {
		return d.lite.read(ctx, true, fn)
	}
	return d.pg.read(ctx, fn)
}

// Query runs one statement that reads, as its own snapshot: cheaper than Read where one is enough.
func (d *DB) Query(ctx context.Context, sql string, args []any, scan func(*Row) error) error {
	if d.lite != nil {
		return d.lite.read(ctx, false, func(tx *Tx) error { return tx.Query(sql, args, scan) })
	}
	return d.pg.query(ctx, sql, args, scan)
}

// Write runs fn in a transaction and returns nil only when what it wrote is durable. Where fn returns
// an error nothing of it is kept.
//
// On SQLite calls that wait at the same time share one commit, so that one fsync answers them all; each
// is undone alone. On PostgreSQL fn may run again from its beginning after a serialization failure or
// a deadlock. Therefore fn must set what it gives back, never add to it, and must not call Write or
// wait for another writer: on SQLite there is only one.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if d.lite != nil {
		return d.lite.writer.write(ctx, fn, false)
	}
	return d.pg.write(ctx, fn)
}

// WriteBatch is Write for one who has much to write and can wait. On SQLite it shares a commit with the
// other batch calls that are announced by [DB.Coming], unless somebody else wants to write: a page that
// each of them changes is then written once.
func (d *DB) WriteBatch(ctx context.Context, fn func(*Tx) error) error {
	if d.lite != nil {
		return d.lite.writer.write(ctx, fn, true)
	}
	return d.pg.write(ctx, fn)
}

// Coming says that the caller is about to call WriteBatch, so that a batch waits for it. gone says that
// it has done so, or will not; it must be called, and a second call does nothing.
func (d *DB) Coming() (gone func()) {
	if d.lite == nil {
		return func() {}
	}
	d.lite.writer.coming.Add(1)
	return sync.OnceFunc(d.lite.writer.less)
}

// Health returns nil when the database answers and, for SQLite, a commit reaches the disk.
func (d *DB) Health(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	if d.pg != nil {
		return d.pg.query(ctx, "SELECT 1", nil, func(*Row) error { return nil })
	}
	return d.lite.health(ctx)
}

// Close waits for running transactions, writes back the log and lets the database go. A second call does nothing.
func (d *DB) Close() error {
	var err error
	d.closing.Do(func() {
		if d.lite != nil {
			err = d.lite.close()
		} else {
			d.pg.pool.Close()
		}
	})
	return err
}

// Shrink gives back the memory that the writer's page cache took while much
// was written. It is for the end of a load, after which the server goes on
// with reads and small writes. PostgreSQL keeps its own memory.
func (d *DB) Shrink(ctx context.Context) error {
	if d.lite == nil {
		return nil
	}
	return d.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec("PRAGMA shrink_memory")
		return err
	})
}
