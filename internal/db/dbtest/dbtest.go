// Package dbtest gives every test an empty database of each kind: a new SQLite file, and a new schema
// on the PostgreSQL server that BEVAN_TEST_POSTGRES names. One suite then holds both dialects to the
// same behaviour. It is for tests only; nothing that serves imports it.
package dbtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/bevanhealth/bevan/internal/db"
)

// Env names the environment variable with the URL of a PostgreSQL database in which schemas may be made.
const Env = "BEVAN_TEST_POSTGRES"

// Each runs a test once on each kind of database.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite opens a new file, which goes with the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Config{Path: filepath.Join(t.TempDir(), "test.db"), Readers: 4, WriterCache: 16 << 20})
}

// Postgres opens a new schema, which goes with the test. Without a server it skips the test.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, db.Config{URL: Schema(t), Readers: 6})
}

// Schema makes a new schema on the PostgreSQL server and returns the URL that leads into it, for tests
// that open it more than once. Without a server it skips the test.
func Schema(t testing.TB) string {
	t.Helper()
	base := os.Getenv(Env)
	if base == "" {
		t.Skipf("skipped: %s is not set", Env)
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s is not a URL", Env)
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	name := "test_" + hex.EncodeToString(b[:])
	admin(t, base, "CREATE SCHEMA "+name)
	t.Cleanup(func() { admin(t, base, "DROP SCHEMA "+name+" CASCADE") })
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func open(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func admin(t testing.TB, url, sql string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("the server of %s does not answer: %v", Env, err)
	}
	if _, err := c.Exec(ctx, sql); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
	if err := c.Close(ctx); err != nil {
		t.Error(err)
	}
}
