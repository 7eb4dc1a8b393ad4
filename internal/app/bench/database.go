package bench

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// database is where one run keeps its records: a temporary folder, or a schema
// of its own on a PostgreSQL server. Both go when the run ends.
type database struct {
	dialect db.Dialect
	dir     string // the data folder
	file    string // of the store, SQLite
	base    string // URL of the server, PostgreSQL
	url     string // leads into the schema
	schema  string
}

// newDatabase makes an empty place. url is "" for SQLite.
func newDatabase(ctx context.Context, dir, storeFile, base string) (*database, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if base == "" {
		return &database{dialect: db.SQLite, dir: dir, file: filepath.Join(dir, storeFile)}, nil
	}
	d := &database{dialect: db.Postgres, dir: dir, base: base}
	var err error
	if d.schema, d.url, err = newSchema(ctx, base); err != nil {
		return nil, err
	}
	return d, nil
}

// newSchema makes a schema and gives the URL that leads into it.
func newSchema(ctx context.Context, base string) (name, into string, err error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		// Without the cause, which may hold the password.
		return "", "", problem.New(problem.Invalid, "The database URL can't be read. Write it as postgres://user:password@host:5432/name.")
	}
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	name = "bevan_bench_" + hex.EncodeToString(b[:])
	if err := onServer(ctx, base, "CREATE SCHEMA "+name); err != nil {
		return "", "", err
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return name, u.String(), nil
}

func dropSchema(base, name string) error {
	// Not the run's context: it is dropped after an interruption as well.
	return onServer(context.Background(), base, "DROP SCHEMA "+name+" CASCADE")
}

func onServer(ctx context.Context, base, sql string) error {
	d, err := db.Open(ctx, db.Config{URL: base, Readers: 1})
	if err != nil {
		return err
	}
	return errors.Join(d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(sql); return err }), d.Close())
}

// name is the heading of the table.
func (d *database) name() string { return d.dialect.Pick("SQLite", "PostgreSQL") }

// args are those that tell `bevan serve` where the records are.
func (d *database) args() []string {
	// One caller asks as fast as it can, so there is no bound on that.
	args := []string{"serve", "--data", d.dir, "--listen", "127.0.0.1:0", "--log-level", "warn", "--rate", "0", "--rate-unknown", "0"}
	if d.url != "" {
		args = append(args, "--db", d.url)
	}
	return args
}

// with opens the store for a moment. On SQLite no server may have it open.
func (d *database) with(ctx context.Context, fn func(*db.DB) error) error {
	conf := db.Config{Path: d.file, Readers: 2}
	if d.url != "" {
		conf = db.Config{URL: d.url, Readers: 2}
	}
	store, err := db.Open(ctx, conf)
	if err != nil {
		return err
	}
	return errors.Join(fn(store), store.Close())
}

// size is the bytes that the records and their index take, without the access
// log, and how many resources there are.
func (d *database) size(ctx context.Context) (bytes, resources int64, err error) {
	err = d.with(ctx, func(s *db.DB) error {
		if err := s.Query(ctx, "SELECT count(*) FROM res", nil, func(r *db.Row) error { resources = r.Int64(0); return nil }); err != nil {
			return err
		}
		if d.dialect == db.SQLite {
			return nil
		}
		return s.Query(ctx, `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE 'access%'`,
			nil, func(r *db.Row) error { bytes = r.Int64(0); return nil })
	})
	if err == nil && d.dialect == db.SQLite {
		var info os.FileInfo
		if info, err = os.Stat(d.file); err == nil { // closed, so nothing is left in its log
			bytes = info.Size()
		}
	}
	return bytes, resources, err
}

// settings say in words how durable the database is and what it may use.
func (d *database) settings(ctx context.Context) (words string, err error) {
	if d.dialect == db.SQLite {
		return "as bevan serve opens it: write-ahead log, synchronous=FULL, commits in groups", nil
	}
	var all []string
	err = d.with(ctx, func(s *db.DB) error {
		return s.Query(ctx, `SELECT name, current_setting(name) FROM pg_settings WHERE name IN
			('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size') ORDER BY name`,
			nil, func(r *db.Row) error { all = append(all, fmt.Sprintf("%s=%s", r.Text(0), r.Text(1))); return nil })
	})
	return strings.Join(all, ", "), err
}

// remove drops the schema; the folder goes with the run's own.
func (d *database) remove() error {
	if d.schema == "" {
		return nil
	}
	return dropSchema(d.base, d.schema)
}
