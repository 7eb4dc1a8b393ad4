package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

var ctx = context.Background()

// schema makes the tables that the tests use.
var schema = fstest.MapFS{
	"0001_pair.sqlite.sql":   {Data: []byte("CREATE TABLE pair (a integer NOT NULL, b integer NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;")},
	"0001_pair.postgres.sql": {Data: []byte("CREATE TABLE pair (a bigint NOT NULL, b bigint NOT NULL, PRIMARY KEY (a, b));")},
	"0002_thing.sqlite.sql": {Data: []byte(`CREATE TABLE thing (id integer PRIMARY KEY, body blob, name text, size real, ok integer);
		CREATE INDEX thing_name ON thing (name); -- two statements; in one file`)},
	"0002_thing.postgres.sql": {Data: []byte(`CREATE TABLE thing (id bigint PRIMARY KEY, body bytea, name text, size double precision, ok boolean);
		CREATE INDEX thing_name ON thing (name);`)},
}

func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(ctx, "test", schema); err != nil {
			t.Fatal(err)
		}
		test(t, d)
	})
}

// exec runs one statement in its own transaction.
func run(d *db.DB, sql string, args ...any) error {
	return d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(sql, args...); return err })
}

func number(t *testing.T, d *db.DB, sql string, args ...any) (n int64) {
	t.Helper()
	if err := d.Query(ctx, sql, args, func(r *db.Row) error { n = r.Int64(0); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEveryTypeComesBackAsItWentIn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		body := bytes.Repeat([]byte{0, 255, 7}, 5000)
		const insert = "INSERT INTO thing (id, body, name, size, ok) VALUES ($1, $2, $3, $4, $5)"
		for _, args := range [][]any{
			{int64(math.MaxInt64), body, "Zoë ' \" \\ $1", 1.5, true},
			{int64(math.MinInt64), []byte{}, "", -0.25, false},
			{7, nil, nil, nil, nil},
		} {
			if err := run(d, insert, args...); err != nil {
				t.Fatal(err)
			}
		}
		var ids []int64
		err := d.Read(ctx, func(tx *db.Tx) error {
			return tx.Query("SELECT id, body, name, size, ok FROM thing ORDER BY id", nil, func(r *db.Row) error {
				ids = append(ids, r.Int64(0))
				switch r.Int64(0) {
				case math.MaxInt64:
					if !bytes.Equal(r.Bytes(1), body) || r.Text(2) != "Zoë ' \" \\ $1" || string(r.Bytes(2)) != r.Text(2) || r.Float64(3) != 1.5 || !r.Bool(4) {
						t.Error("the full row changed")
					}
				case math.MinInt64:
					if r.Null(1) || r.Bytes(1) == nil || len(r.Bytes(1)) != 0 || r.Null(2) || r.Text(2) != "" || r.Float64(3) != -0.25 || r.Bool(4) {
						t.Error("the empty row changed")
					}
				case 7:
					for i := 1; i < 5; i++ {
						if !r.Null(i) {
							t.Errorf("column %d is not NULL", i)
						}
					}
					if r.Bytes(1) != nil || r.Text(2) != "" || r.Float64(3) != 0 || r.Bool(4) {
						t.Error("NULL is not zero")
					}
				}
				return nil
			})
		})
		if err != nil || !slices.Equal(ids, []int64{math.MinInt64, 7, math.MaxInt64}) {
			t.Fatal(ids, err)
		}
	})
}

func TestArgumentsMayComeInAnyOrderAndTwice(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		sql := "SELECT $2::bigint * 100 + $1::bigint * 10 + $2::bigint"
		if d.Dialect() == db.SQLite {
			sql = "SELECT $2 * 100 + $1 * 10 + $2"
		}
		if n := number(t, d, sql, int64(3), int64(5)); n != 535 {
			t.Fatal(n)
		}
	})
}

func TestListsAreArguments(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		values := []int64{1, 1, 2, 2, math.MaxInt64, 3, math.MinInt64, 4}
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.CopyInts(db.Into{Table: "pair", Columns: []string{"a", "b"}}, values)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		list := []int64{2, math.MaxInt64, math.MinInt64, 99}
		if n := number(t, d, "SELECT count(*) FROM pair WHERE "+d.Dialect().AnyInt("a", "$1"), list); n != 3 {
			t.Error("AnyInt:", n)
		}
		if n := number(t, d, "SELECT count(*) FROM pair WHERE "+d.Dialect().AnyInt("a", "$1"), []int64{}); n != 0 {
			t.Error("an empty list found", n)
		}
		if n := number(t, d, "SELECT count(*) FROM "+d.Dialect().EachInt("$1", "x")+" JOIN pair ON pair.a = x.value", list); n != 3 {
			t.Error("EachInt:", n)
		}
		if err := run(d, "INSERT INTO thing (id, name) VALUES (1, 'a\"b'), (2, 'c,<d')"); err != nil {
			t.Fatal(err)
		}
		if n := number(t, d, "SELECT count(*) FROM thing WHERE "+d.Dialect().AnyText("name", "$1"), []string{"a\"b", "c,<d", "e"}); n != 2 {
			t.Error("AnyText:", n)
		}
	})
}

func TestWhatFailsIsNotKept(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec("INSERT INTO pair (a, b) VALUES (1, 1)"); err != nil {
				return err
			}
			return errOwn
		})
		if err != errOwn {
			t.Fatal("the function's own error must come back as it is:", err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec("INSERT INTO pair (a, b) VALUES (2, 2)"); err != nil {
				return err
			}
			for range 2 {
				inner := tx.Nested(func(tx *db.Tx) error {
					return tx.Nested(func(tx *db.Tx) error {
						_, err := tx.Exec("INSERT INTO pair (a, b) VALUES (3, 3), (2, 2)")
						return err
					})
				})
				if problem.KindOf(inner) != problem.Conflict {
					t.Error("a duplicate is not a conflict:", inner)
				}
			}
			return tx.Nested(func(tx *db.Tx) error { _, err := tx.Exec("INSERT INTO pair (a, b) VALUES (4, 4)"); return err })
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := number(t, d, "SELECT sum(a)"+d.Dialect().Pick("", "::bigint")+" FROM pair"); n != 6 {
			t.Fatal("kept the wrong rows:", n)
		}
	})
}

func TestAReaderWritesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for name, read := range map[string]func() error{
			"read": func() error {
				return d.Read(ctx, func(tx *db.Tx) error { _, err := tx.Exec("INSERT INTO pair (a, b) VALUES (1, 1)"); return err })
			},
			"nested": func() error {
				return d.Read(ctx, func(tx *db.Tx) error {
					return tx.Query("INSERT INTO pair (a, b) VALUES (1, 1) RETURNING a", nil, func(*db.Row) error { return nil })
				})
			},
		} {
			if read() == nil {
				t.Error(name, "could write")
			}
		}
		if n := number(t, d, "SELECT count(*) FROM pair"); n != 0 {
			t.Fatal(n)
		}
	})
}

func TestAReadSeesOneMoment(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		const count = "SELECT count(*) FROM pair"
		err := d.Read(ctx, func(tx *db.Tx) error {
			for i := range 3 {
				n := int64(-1)
				if _, err := tx.One(count, nil, func(r *db.Row) error { n = r.Int64(0); return nil }); err != nil {
					return err
				}
				if n != 0 {
					t.Error("a later write was seen:", n)
				}
				if err := run(d, "INSERT INTO pair (a, b) VALUES ($1, 1)", i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := number(t, d, count); n != 3 {
			t.Fatal(n)
		}
	})
}

func TestBulk(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		const rows = 40_000 // more than one chunk in either dialect, and not a multiple of one
		values := make([]int64, 0, 2*rows+2)
		for i := range int64(rows + 1) {
			values = append(values, i/10, i)
		}
		pair := db.Into{Table: "pair", Columns: []string{"a", "b"}}
		insert := func(into db.Into) (n int64, err error) {
			err = d.Write(ctx, func(tx *db.Tx) error { n, err = tx.CopyInts(into, values); return err })
			return n, err
		}
		if n, err := insert(pair); err != nil || n != rows+1 {
			t.Fatal(n, err)
		}
		if _, err := insert(pair); problem.KindOf(err) != problem.Conflict {
			t.Fatal("duplicates went in:", err)
		}
		if n, err := insert(db.Into{Table: "pair", Columns: []string{"a", "b"}, Skip: true}); err != nil || n != 0 {
			t.Fatal(n, err)
		}
		thing := db.Into{Table: "thing", Columns: []string{"id", "body", "name"}}
		for _, skip := range []bool{false, true} {
			thing.Skip = skip
			i, want := int64(0), int64(2500)
			if skip {
				want = 0
			}
			row := make([]any, 3)
			var n int64
			err := d.Write(ctx, func(tx *db.Tx) (err error) {
				i = 0
				n, err = tx.Copy(thing, func() ([]any, bool) {
					i++
					row[0], row[1], row[2] = i, []byte(fmt.Sprint("body", i)), nil
					return row, i <= 2500
				})
				return err
			})
			if err != nil || n != want {
				t.Fatal(skip, n, err)
			}
		}
		if n := number(t, d, "SELECT count(*) FROM thing WHERE name IS NULL AND length(body) > 4"); n != 2500 {
			t.Fatal(n)
		}
	})
}

func TestWritersThatWaitAreAllKeptAndEachAlone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		for w := range int64(16) {
			wg.Go(func() {
				for i := range int64(25) {
					err := d.Write(ctx, func(tx *db.Tx) error {
						if _, err := tx.Exec("INSERT INTO pair (a, b) VALUES ($1, $2)", w, i); err != nil {
							return err
						}
						switch i % 5 {
						case 1:
							return errOwn
						case 2: // a statement that fails on its own
							_, err := tx.Exec("INSERT INTO pair (a, b) VALUES ($1, $2)", w, i)
							return err
						}
						return nil
					})
					if (err == nil) == (i%5 == 1 || i%5 == 2) {
						t.Error(w, i, err)
					}
				}
			})
		}
		wg.Wait()
		if n := number(t, d, "SELECT count(*) FROM pair"); n != 16*15 {
			t.Fatal(n)
		}
		if n := number(t, d, "SELECT count(*) FROM pair WHERE b % 5 IN (1, 2)"); n != 0 {
			t.Fatal("kept what failed:", n)
		}
	})
}

// errOwn is an error of the test's own.
var errOwn = errors.New("own")

// Writers that wait share a commit, and see what those before them wrote. One that fails for that must
// not be told so before everybody else can see it.
func TestAFailureTellsOnlyWhatIsCommitted(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if err := run(d, "INSERT INTO pair (a, b) VALUES (1, 0)"); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for range 100 {
					seen := int64(0)
					err := d.Write(ctx, func(tx *db.Tx) error {
						if i%2 == 0 {
							_, err := tx.Exec("UPDATE pair SET b = b + 1 WHERE a = 1")
							return err
						}
						_, err := tx.One("SELECT b FROM pair WHERE a = 1", nil, func(r *db.Row) error { seen = r.Int64(0); return nil })
						return errors.Join(errOwn, err)
					})
					if i%2 == 0 && err == nil {
						continue
					}
					if !errors.Is(err, errOwn) {
						t.Error(err)
						return
					}
					if n := number(t, d, "SELECT b FROM pair WHERE a = 1"); n < seen {
						t.Errorf("a write failed at %d, and a read after that gives %d", seen, n)
						return
					}
				}
			})
		}
		all.Wait()
	})
}

func TestAPanicIsTheCallersAlone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		func() {
			defer func() {
				if recover() != "mine" {
					t.Error("the panic did not come back")
				}
			}()
			_ = d.Write(ctx, func(tx *db.Tx) error {
				if _, err := tx.Exec("INSERT INTO pair (a, b) VALUES (1, 1)"); err != nil {
					return err
				}
				panic("mine")
			})
		}()
		if err := run(d, "INSERT INTO pair (a, b) VALUES (2, 2)"); err != nil {
			t.Fatal(err)
		}
		if n := number(t, d, "SELECT count(*) FROM pair"); n != 1 {
			t.Fatal(n)
		}
	})
}

func TestCancelStopsAReadAndLeavesTheConnectionGood(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		sql := d.Dialect().Pick("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n", "SELECT pg_sleep(600)")
		for range 8 { // more than there are connections
			c, cancel := context.WithCancel(ctx)
			err := d.Read(c, func(tx *db.Tx) error {
				go cancel()
				return tx.Query(sql, nil, func(*db.Row) error { return nil })
			})
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if n := number(t, d, "SELECT count(*) FROM pair"); n != 0 {
			t.Fatal(n)
		}
	})
}

func TestStatementsDoNotRunInsideARowLoop(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		err := d.Read(ctx, func(tx *db.Tx) error {
			return tx.Query("SELECT 1", nil, func(*db.Row) error {
				return tx.Query("SELECT 2", nil, func(*db.Row) error { return nil })
			})
		})
		if err == nil || !strings.Contains(err.Error(), "while the rows of another") {
			t.Fatal(err)
		}
	})
}

func TestMigrations(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		for range 2 {
			if err := d.Migrate(ctx, "test", schema); err != nil {
				t.Fatal(err)
			}
		}
		older := fstest.MapFS{}
		edited := fstest.MapFS{}
		for name, f := range schema {
			if strings.HasPrefix(name, "0001") {
				older[name] = f
			}
			edited[name] = &fstest.MapFile{Data: append([]byte("-- edited\n"), f.Data...)}
		}
		if err := d.Migrate(ctx, "test", older); problem.KindOf(err) != problem.Unavailable || !strings.Contains(problem.Sentence(err), "newer Bevan") {
			t.Error("an older program opened a newer store:", err)
		}
		if err := d.Migrate(ctx, "test", edited); err == nil {
			t.Error("an edited step was taken")
		}
		broken := fstest.MapFS{
			"0001_one.sql": {Data: []byte("CREATE TABLE half (a integer);")},
			"0002_two.sql": {Data: []byte("CREATE TABLE nonsense here;")},
		}
		if err := d.Migrate(ctx, "broken", broken); err == nil {
			t.Error("a broken step was taken")
		}
		if n := number(t, d, "SELECT count(*) FROM migration WHERE room = 'broken'"); n != 0 {
			t.Error("half of the steps were kept")
		}
		if err := d.Query(ctx, "SELECT a FROM half", nil, func(*db.Row) error { return nil }); err == nil {
			t.Error("the first step's table was kept")
		}
		for _, bad := range []string{"1_x.sql", "0002_x.sql", "0001_x.mysql.sql"} {
			if err := d.Migrate(ctx, "bad", fstest.MapFS{bad: {Data: []byte("SELECT 1;")}}); err == nil {
				t.Error(bad, "was taken")
			}
		}
	})
}

func TestHealth(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if err := d.Health(ctx); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// On SQLite the statement is rewritten so that it keeps its plan; it must stay the same question.
func TestALimitMayBeAnArgument(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const sql = "SELECT x.value FROM (SELECT 1 AS value UNION ALL SELECT 2 UNION ALL SELECT 3) x ORDER BY 1 LIMIT $1"
		for _, n := range []int64{2, 0, 3, 1, 9} {
			var got int64
			if err := d.Query(ctx, sql, []any{n}, func(*db.Row) error { got++; return nil }); err != nil {
				t.Fatal(err)
			}
			if want := min(n, 3); got != want {
				t.Errorf("LIMIT %d gives %d rows, want %d", n, got, want)
			}
		}
	})
}
