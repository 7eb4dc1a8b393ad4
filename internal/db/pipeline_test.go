package db_test

import (
	"errors"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// errThere is what a test makes of a row that is there already.
var errThere = errors.New("it is there")

func TestAPipelineRunsInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(ctx, "test", schema); err != nil {
			t.Fatal(err)
		}
		var seen []int64
		err := d.Write(ctx, func(tx *db.Tx) error {
			seen = nil
			p := &db.Pipeline{}
			read := func(r *db.Row) error { seen = append(seen, r.Int64(0)); return nil }
			p.Query("SELECT count(*) FROM pair", nil, read)
			p.Insert(errThere, "INSERT INTO pair (a, b) VALUES ($1, $2)", 1, 10)
			p.Query("SELECT b FROM pair WHERE a = $1", []any{1}, read)
			p.Exec("UPDATE pair SET b = b + $1", 5)
			p.Query("SELECT b FROM pair WHERE a = $1", []any{1}, read)
			if err := tx.Run(p); err != nil {
				return err
			}
			end := &db.Pipeline{}
			end.Exec("INSERT INTO pair (a, b) VALUES ($1, $2)", 2, 20)
			return tx.Last(end)
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) != 3 || seen[0] != 0 || seen[1] != 10 || seen[2] != 15 {
			t.Errorf("the answers came as %v", seen)
		}
		if n := number(t, d, "SELECT CAST(sum(b) AS bigint) FROM pair"); n != 35 {
			t.Errorf("%d was kept", n)
		}
	})
}

func TestNothingOfAFailedPipelineIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(ctx, "test", schema); err != nil {
			t.Fatal(err)
		}
		insert := func(last, named bool) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				p := &db.Pipeline{}
				p.Exec("INSERT INTO pair (a, b) VALUES (1, 1)")
				if named {
					p.Insert(errThere, "INSERT INTO pair (a, b) VALUES (1, 1)")
				} else {
					p.Exec("INSERT INTO pair (a, b) VALUES (1, 1)")
				}
				p.Exec("INSERT INTO pair (a, b) VALUES (2, 2)")
				if last {
					return tx.Last(p)
				}
				return tx.Run(p)
			})
		}
		for _, last := range []bool{false, true} {
			if err := insert(last, true); !errors.Is(err, errThere) {
				t.Errorf("last %v: the error is %v", last, err)
			}
			if err := insert(last, false); !problem.Is(err, problem.Conflict) {
				t.Errorf("last %v: the error is %v", last, err)
			}
		}
		if n := number(t, d, "SELECT count(*) FROM pair"); n != 0 {
			t.Errorf("%d rows of failed transactions were kept", n)
		}
		if err := run(d, "INSERT INTO pair (a, b) VALUES (1, 1)"); err != nil {
			t.Error("the connection is of no more use:", err)
		}
	})
}

func TestNothingRunsBehindTheLast(t *testing.T) {
	d := dbtest.Postgres(t)
	if err := d.Migrate(ctx, "test", schema); err != nil {
		t.Fatal(err)
	}
	one := &db.Pipeline{}
	one.Exec("INSERT INTO pair (a, b) VALUES (1, 1)")
	rows := &db.Pipeline{}
	rows.Query("SELECT 1", nil, func(*db.Row) error { return nil })
	for name, behind := range map[string]func(tx *db.Tx) error{
		"exec":  func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM pair"); return err },
		"query": func(tx *db.Tx) error { return tx.Query("SELECT 1", nil, func(*db.Row) error { return nil }) },
		"run":   func(tx *db.Tx) error { return tx.Run(rows) },
		"last":  func(tx *db.Tx) error { return tx.Last(one) },
		"ints": func(tx *db.Tx) error {
			_, err := tx.CopyInts(db.Into{Table: "pair", Columns: []string{"a", "b"}}, []int64{3, 3})
			return err
		},
		"copy": func(tx *db.Tx) error {
			_, err := tx.Copy(db.Into{Table: "pair", Columns: []string{"a", "b"}}, func() ([]any, bool) { return nil, false })
			return err
		},
	} {
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := tx.Last(one); err != nil {
				return err
			}
			return behind(tx)
		})
		if err == nil {
			t.Error(name, "ran behind the last statements")
		}
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return tx.Last(rows) }); err == nil {
		t.Error("rows were asked for together with the commit")
	}
	if n := number(t, d, "SELECT count(*) FROM pair"); n != 0 {
		t.Errorf("%d rows were kept", n)
	}
}

func TestAPipelineIsOneTurn(t *testing.T) {
	to, turns := dbtest.Turns(t)
	d, err := db.Open(ctx, db.Config{URL: to, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(ctx, "test", schema); err != nil {
		t.Fatal(err)
	}
	write := func(n int) error {
		return d.Write(ctx, func(tx *db.Tx) error {
			look, end := &db.Pipeline{}, &db.Pipeline{}
			look.Query("SELECT a FROM pair WHERE a = $1", []any{n}, func(*db.Row) error { return errThere })
			look.Query("SELECT b FROM pair WHERE b = $1", []any{n}, func(*db.Row) error { return errThere })
			if err := tx.Run(look); err != nil {
				return err
			}
			end.Exec("INSERT INTO pair (a, b) VALUES ($1, $1)", n)
			end.Exec("UPDATE pair SET b = $1 WHERE a = $1", n)
			return tx.Last(end)
		})
	}
	if err := write(1); err != nil { // the statements are prepared
		t.Fatal(err)
	}
	before := turns()
	if err := write(2); err != nil {
		t.Fatal(err)
	}
	if n := turns() - before; n != 2 {
		t.Errorf("looking and writing took %d round trips", n)
	}
}
