package db_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

func TestAServerThatGoesAwayAndReturns(t *testing.T) {
	d, away := dbtest.Away(t)
	if err := d.Migrate(ctx, "test", schema); err != nil {
		t.Fatal(err)
	}
	all := map[string]func() error{
		"write":  func() error { return run(d, "UPDATE pair SET a = a") },
		"health": func() error { return d.Health(ctx) },
		"query":  func() error { return d.Query(ctx, "SELECT 1", nil, func(*db.Row) error { return nil }) },
		"read": func() error {
			return d.Read(ctx, func(tx *db.Tx) error { return tx.Query("SELECT 1", nil, func(*db.Row) error { return nil }) })
		},
		"ints": func() error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.CopyInts(db.Into{Table: "pair", Columns: []string{"a", "b"}, Skip: true}, []int64{1, 1})
				return err
			})
		},
		"copy": func() error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Copy(db.Into{Table: "pair", Columns: []string{"a", "b"}}, func() ([]any, bool) { return nil, false })
				return err
			})
		},
	}
	for name, do := range all {
		if err := do(); err != nil {
			t.Fatal(name, err)
		}
	}
	away(true)
	for range 4 { // as often as there are connections to find broken
		for name, do := range all {
			if err := do(); problem.KindOf(err) != problem.Unavailable || err == nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	away(false)
	for name, do := range all {
		if err := do(); err != nil {
			t.Error("after its return:", name, err)
		}
	}
}

func TestADeadlockIsTriedAgain(t *testing.T) {
	d := dbtest.Postgres(t)
	if err := d.Migrate(ctx, "test", schema); err != nil {
		t.Fatal(err)
	}
	if err := run(d, "INSERT INTO pair (a, b) VALUES (1, 0), (2, 0)"); err != nil {
		t.Fatal(err)
	}
	// Both hold one row before either asks for the other's.
	var both sync.WaitGroup
	both.Add(2)
	errs := make(chan error)
	for i := range 2 {
		go func() {
			var once sync.Once
			errs <- d.Write(ctx, func(tx *db.Tx) error {
				if _, err := tx.Exec("UPDATE pair SET b = b + 1 WHERE a = $1", 1+i); err != nil {
					return err
				}
				once.Do(func() { both.Done(); both.Wait() })
				_, err := tx.Exec("UPDATE pair SET b = b + 1 WHERE a = $1", 2-i)
				return err
			})
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := number(t, d, "SELECT count(*) FROM pair WHERE b = 2"); n != 2 {
		t.Error("an update was lost or done twice")
	}
}

func TestAnErrorThatIsHiddenIsNotCommitted(t *testing.T) {
	d := dbtest.Postgres(t)
	if err := d.Migrate(ctx, "test", schema); err != nil {
		t.Fatal(err)
	}
	err := d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("INSERT INTO pair (a, b) VALUES (1, 1)"); err != nil {
			return err
		}
		_, _ = tx.Exec("INSERT INTO pair (a, b) VALUES (1, 1)")
		return nil
	})
	if err == nil || number(t, d, "SELECT count(*) FROM pair") != 0 {
		t.Error("a lost transaction was acknowledged:", err)
	}
}

func TestAColumnOfAnotherTypeIsAnErrorNotZero(t *testing.T) {
	d := dbtest.Postgres(t)
	for sql, read := range map[string]func(*db.Row){
		"SELECT 1.5::numeric":    func(r *db.Row) { r.Int64(0) },
		"SELECT 'x'::text":       func(r *db.Row) { r.Int64(0) },
		"SELECT now()":           func(r *db.Row) { r.Bytes(0) },
		"SELECT '\\x01'::bytea":  func(r *db.Row) { r.Float64(0) },
		"SELECT 1::bigint, 'x' ": func(r *db.Row) { r.Text(0) },
	} {
		if err := d.Query(ctx, sql, nil, func(r *db.Row) error { read(r); return nil }); err == nil {
			t.Error(sql)
		}
	}
}

func TestAWrongURLIsExplainedWithoutItsPassword(t *testing.T) {
	for _, bad := range []string{"postgres://u:secret@127.0.0.1:1/x", "postgres://u:secret@:x:y", "nonsense secret"} {
		_, err := db.Open(ctx, db.Config{URL: bad})
		if err == nil || strings.Contains(problem.Sentence(err), "secret") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
